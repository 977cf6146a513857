/// How much of the time behind a value was measured, in half percents.
///
/// Rounded down, so that nothing calls itself complete that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Coverage(u8);

const HALF_PERCENTS: u8 = 200;

impl Coverage {
    /// All of it; and what an instantaneous value has, as no time is behind it.
    pub const FULL: Self = Self(HALF_PERCENTS);

    /// From a share, 0 to 1. The slack is for sums of shares that miss 1 by their last bits.
    pub fn of_share(share: f64) -> Self {
        const SLACK: f64 = 1e-6;
        Self((share.clamp(0.0, 1.0) * f64::from(HALF_PERCENTS) + SLACK) as u8)
    }

    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(HALF_PERCENTS)
    }

    pub fn half_percents(self) -> u8 {
        self.0
    }

    /// Reads back [`Coverage::half_percents`]; more than all is all.
    pub fn of_half_percents(half_percents: u8) -> Self {
        Self(half_percents.min(HALF_PERCENTS))
    }
}

impl Default for Coverage {
    fn default() -> Self {
        Self::FULL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(share: f64, expected: f64) {
        assert_eq!(
            Coverage::of_share(share).share().to_bits(),
            expected.to_bits()
        );
    }

    #[test]
    fn a_share_is_kept_to_half_a_percent_and_never_rounded_up() {
        check(1.0, 1.0);
        check(0.999_999_999_9, 1.0);
        check(0.9999, 0.995);
        check(0.5, 0.5);
        check(0.004, 0.0);
        check(0.0, 0.0);
    }

    #[test]
    fn shares_out_of_range_are_those_at_its_ends() {
        check(1.7, 1.0);
        check(-0.5, 0.0);
        check(f64::NAN, 0.0);
        assert_eq!(Coverage::of_half_percents(255), Coverage::FULL);
    }
}
