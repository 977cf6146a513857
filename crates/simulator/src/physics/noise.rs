/// Noise that is a function of time: the same seed and instant always give the same value, so a
/// plant can be stopped, started and stepped at any pace and still tells one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Noise {
    seed: u64,
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed: mixed(seed) }
    }

    /// A noise of its own for one thing with a name.
    pub(crate) fn named(self, name: &str) -> Self {
        let seed = name
            .bytes()
            .fold(self.seed, |seed, byte| mixed(seed ^ u64::from(byte)));
        Self { seed }
    }

    /// A noise of its own for the n-th of several like things.
    pub(crate) fn numbered(self, number: usize) -> Self {
        Self {
            seed: mixed(self.seed ^ (number as u64 + 1)),
        }
    }

    /// Between −1 and 1, moving smoothly from one random value to the next every `period_ms`.
    pub(crate) fn at(self, at_ms: i64, period_ms: i64) -> f64 {
        let cell = at_ms.div_euclid(period_ms);
        let share = at_ms.rem_euclid(period_ms) as f64 / period_ms as f64;
        let smooth = share * share * (3.0 - 2.0 * share);
        let before = self.lattice(cell);
        let after = self.lattice(cell + 1);
        before + (after - before) * smooth
    }

    fn lattice(self, cell: i64) -> f64 {
        let bits = mixed(self.seed ^ (cell as u64)) >> 11;
        bits as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// The finalizer of `SplitMix64`: every bit of the input reaches every bit of the result.
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_seed_and_instant_give_the_same_value() {
        let value = |seed| Noise::new(seed).named("pump").at(1_700_000_000_123, 1000);
        assert_eq!(value(7).to_bits(), value(7).to_bits());
        assert_ne!(value(7).to_bits(), value(8).to_bits());
    }

    #[test]
    fn long_means_are_near_zero() {
        let noise = Noise::new(3);
        let mean = (0..10_000i64)
            .map(|second| noise.at(second * 1000, 1000))
            .sum::<f64>()
            / 1e4;
        assert!(mean.abs() < 0.02, "{mean}");
    }

    proptest! {
        #[test]
        fn noise_stays_between_its_limits(seed: u64, at_ms in -1_000_000_000_000i64..4_000_000_000_000, period_ms in 1i64..1_000_000) {
            let value = Noise::new(seed).at(at_ms, period_ms);
            prop_assert!((-1.0..=1.0).contains(&value));
        }
    }
}
