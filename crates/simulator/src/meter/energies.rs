use model::{CounterKind, Measurand, Phase, Quantity};
use profiles::Zeroed;
use serde::{Deserialize, Serialize};

use crate::physics::{Power, Sense};

/// Tariffs that meters can tell apart.
const TARIFFS: usize = 8;

/// The energies that a meter counts.
const COUNTED: [Quantity; 9] = [
    Quantity::ActiveEnergyImport,
    Quantity::ActiveEnergyExport,
    Quantity::ReactiveEnergyPlus,
    Quantity::ReactiveEnergyMinus,
    Quantity::ApparentEnergy,
    Quantity::ReactiveEnergyPlusLagging,
    Quantity::ReactiveEnergyMinusLagging,
    Quantity::ReactiveEnergyPlusLeading,
    Quantity::ReactiveEnergyMinusLeading,
];

/// Counts in one `Wh`, `varh` or `VAh`: power comes in whole thousandths and time in milliseconds, so
/// that counting loses nothing and every register is read off one whole number.
const COUNTS_PER_HOUR: f64 = 1e3 * 3_600_000.0;

type Counts = [[u128; TARIFFS]; COUNTED.len()];

/// The counters of one circuit.
///
/// Totals are the sum of the tariffs, partial counters are totals less what they were at the last
/// reset: both hold to the last count because nothing else is stored. The partial counters of the
/// tariffs have a reset of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Energies {
    counts: Counts,
    operating_ms: u64,
    at_reset: Counts,
    operating_at_reset_ms: u64,
    reset_at_ms: i64,
    /// `None` as long as all partial counters were reset together.
    #[serde(default)]
    tariffs_at_reset: Option<Counts>,
    /// What the counters had counted when they fell to zero by a fault.
    #[serde(default)]
    zeroed: Counts,
    /// The reset before the last one, from which the last partial counters had started.
    #[serde(default)]
    before: FormerReset,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct FormerReset {
    counts: Counts,
    tariffs: Counts,
    operating_ms: u64,
}

impl Energies {
    /// Counters that stand at `index_wh` of active energy, imported or exported, in tariff 1;
    /// the partial counters start from there at `at_ms`.
    pub(crate) fn starting_at(index_wh: f64, exports: bool, at_ms: i64) -> Self {
        let mut counts = [[0; TARIFFS]; COUNTED.len()];
        counts[usize::from(exports)][0] = (index_wh * COUNTS_PER_HOUR) as u128;
        Self {
            at_reset: counts,
            counts,
            operating_ms: 0,
            operating_at_reset_ms: 0,
            reset_at_ms: at_ms,
            tariffs_at_reset: None,
            zeroed: Counts::default(),
            before: FormerReset::default(),
        }
    }

    /// All counters fall to zero, as those of a meter that lost its memory.
    pub(crate) fn zero(&mut self) {
        self.zeroed = self.counts;
    }

    /// Zeroes partial counters; what they stood at becomes the last partial counters.
    pub(crate) fn reset_partial(&mut self, zeroes: Zeroed, at_ms: i64) {
        let tariffs_at_reset = self.tariffs_at_reset.unwrap_or(self.at_reset);
        if zeroes == Zeroed::Energies {
            self.tariffs_at_reset = Some(tariffs_at_reset);
        } else {
            self.before.tariffs = tariffs_at_reset;
            self.tariffs_at_reset = Some(self.counts);
        }
        if zeroes == Zeroed::Tariffs {
            return;
        }
        self.before.counts = std::mem::replace(&mut self.at_reset, self.counts);
        self.before.operating_ms =
            std::mem::replace(&mut self.operating_at_reset_ms, self.operating_ms);
        self.reset_at_ms = at_ms;
    }

    /// Counts a power held for `duration_ms` in the tariff numbered from 0.
    pub(crate) fn count(&mut self, power: Power, duration_ms: i64, tariff: usize) {
        let Power { p_w, q_var, s_va } = power;
        let lags = Sense::of(p_w, q_var) == Sense::Lagging;
        let amounts = [
            p_w,
            -p_w,
            q_var,
            -q_var,
            s_va,
            if lags { q_var } else { 0.0 },
            if lags { -q_var } else { 0.0 },
            if lags { 0.0 } else { q_var },
            if lags { 0.0 } else { -q_var },
        ];
        for (counts, amount) in self.counts.iter_mut().zip(amounts) {
            let thousandths = (amount.max(0.0) * 1000.0).round() as u128;
            counts[tariff] += thousandths * duration_ms as u128;
        }
        if s_va > 0.0 {
            self.operating_ms += duration_ms as u64;
        }
    }

    /// What the meter has counted.
    pub(crate) fn value(&self, measurand: Measurand) -> Option<f64> {
        self.shown(measurand, CounterFault::default())
    }

    /// What the meter shows of it.
    pub(crate) fn shown(&self, measurand: Measurand, fault: CounterFault) -> Option<f64> {
        if measurand.phase != Phase::Total {
            return None;
        }
        match measurand.quantity {
            Quantity::OperatingTime => {
                let ms = match measurand.counter {
                    CounterKind::Total => self.operating_ms,
                    CounterKind::Partial => self.operating_ms - self.operating_at_reset_ms,
                    CounterKind::LastPartial => {
                        self.operating_at_reset_ms - self.before.operating_ms
                    }
                };
                Some(ms as f64 / 1000.0)
            }
            Quantity::PartialResetAt => Some(self.reset_at_ms.div_euclid(1000) as f64),
            quantity => {
                let index = COUNTED.iter().position(|counted| *counted == quantity)?;
                let counts = self.counts_of(index, measurand.counter, measurand.tariff)?;
                Some(fault.shown(counts) as f64 / COUNTS_PER_HOUR)
            }
        }
    }

    fn counts_of(&self, index: usize, counter: CounterKind, tariff: Option<u8>) -> Option<u128> {
        let of = |counts: &Counts| match tariff {
            None => Some(counts[index].iter().sum()),
            Some(number) => counts[index]
                .get(usize::from(number).checked_sub(1)?)
                .copied(),
        };
        let (at_reset, before) = match (tariff, &self.tariffs_at_reset) {
            (Some(_), Some(tariffs)) => (tariffs, &self.before.tariffs),
            _ => (&self.at_reset, &self.before.counts),
        };
        let since_zeroed = |counts: &Counts| of(&larger(counts, &self.zeroed));
        let total: u128 = of(&self.counts)?;
        Some(match counter {
            CounterKind::Total => total - of(&self.zeroed)?,
            CounterKind::Partial => total - since_zeroed(at_reset)?,
            CounterKind::LastPartial => since_zeroed(at_reset)? - since_zeroed(before)?,
        })
    }

    /// Total active energy imported and exported, total reactive energy plus and minus, and
    /// apparent energy, in thousandths times milliseconds.
    pub(crate) fn totals(&self) -> [u128; 5] {
        std::array::from_fn(|index| self.counts[index].iter().sum())
    }
}

/// One by one the larger of two counts: what counting began from last.
fn larger(one: &Counts, other: &Counts) -> Counts {
    std::array::from_fn(|index| {
        std::array::from_fn(|tariff| one[index][tariff].max(other[index][tariff]))
    })
}

/// What is wrong with how a meter shows its counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CounterFault {
    /// They begin again at zero after so many counts.
    width: Option<u128>,
    /// They show so many counts more, or less.
    jump: i128,
}

impl CounterFault {
    pub(crate) fn set_width(&mut self, wh: f64) {
        self.width = Some((wh * COUNTS_PER_HOUR) as u128);
    }

    pub(crate) fn jump(&mut self, wh: f64) {
        self.jump += (wh * COUNTS_PER_HOUR) as i128;
    }

    fn shown(self, counts: u128) -> u128 {
        let jumped = counts.saturating_add_signed(self.jump);
        self.width.map_or(jumped, |width| jumped % width.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn new(quantity: Quantity) -> Measurand {
        Measurand::new(quantity, Phase::Total)
    }

    #[test]
    fn a_steady_power_makes_the_energy_of_the_worked_example() {
        let mut energies = Energies::starting_at(0.0, false, 0);
        let power = Power {
            p_w: 12_600.0,
            q_var: -600.0,
            s_va: 12_700.0,
        };
        energies.count(power, 600_000, 0);
        for (quantity, expected) in [
            (Quantity::ActiveEnergyImport, 2100.0),
            (Quantity::ActiveEnergyExport, 0.0),
            (Quantity::ReactiveEnergyMinus, 100.0),
            (Quantity::ReactiveEnergyMinusLeading, 100.0),
            (Quantity::ReactiveEnergyMinusLagging, 0.0),
            (Quantity::OperatingTime, 600.0),
        ] {
            assert_eq!(
                energies.value(new(quantity)),
                Some(expected),
                "{quantity:?}"
            );
        }
    }

    #[test]
    fn the_index_at_installation_is_in_the_total_and_not_in_the_partial_counter() {
        let energies = Energies::starting_at(1500.0, true, 0);
        let export = new(Quantity::ActiveEnergyExport);
        assert_eq!(energies.value(export), Some(1500.0));
        let partial = export.with_counter(CounterKind::Partial);
        assert_eq!(energies.value(partial), Some(0.0));
        let last = export.with_counter(CounterKind::LastPartial);
        assert_eq!(energies.value(last), Some(1500.0));
    }

    #[test]
    fn a_reset_zeroes_the_partial_counters_that_it_is_about_and_keeps_what_they_stood_at() {
        let mut energies = Energies::starting_at(1000.0, false, 0);
        let power = Power {
            p_w: 3600.0,
            q_var: 0.0,
            s_va: 3600.0,
        };
        let import = new(Quantity::ActiveEnergyImport);
        let tariff = Measurand {
            tariff: Some(1),
            ..import
        };
        let values = |energies: &Energies, of: Measurand| {
            [
                CounterKind::Total,
                CounterKind::Partial,
                CounterKind::LastPartial,
            ]
            .map(|kind| energies.value(of.with_counter(kind)).unwrap() as u32)
        };
        energies.count(power, 5_000, 0);
        energies.reset_partial(Zeroed::Energies, 5_000);
        energies.count(power, 2_000, 0);
        assert_eq!(values(&energies, import), [1007, 2, 5]);
        assert_eq!(values(&energies, tariff), [1007, 7, 1000]);
        energies.reset_partial(Zeroed::All, 7_000);
        assert_eq!(values(&energies, import), [1007, 0, 2]);
        assert_eq!(values(&energies, tariff), [1007, 0, 7]);
        let at = energies.value(new(Quantity::PartialResetAt));
        assert_eq!(at, Some(7.0));
    }

    proptest! {
        #[test]
        fn tariffs_and_quadrants_add_up_to_the_count(
            steps in proptest::collection::vec((-1e5..1e5f64, -1e5..1e5f64, 1..10_000i64, 0..TARIFFS), 1..50)
        ) {
            let mut energies = Energies::starting_at(0.0, false, 0);
            for (p_w, q_var, duration_ms, tariff) in steps {
                let power = Power { p_w, q_var, s_va: p_w.hypot(q_var) };
                energies.count(power, duration_ms, tariff);
            }
            let sum = |index: usize| energies.counts[index].iter().sum::<u128>();
            prop_assert_eq!(sum(2), sum(5) + sum(7));
            prop_assert_eq!(sum(3), sum(6) + sum(8));
            for counter in [CounterKind::Total, CounterKind::Partial] {
                let tariffs: u128 = (1..=8)
                    .map(|number| energies.counts_of(0, counter, Some(number)).unwrap())
                    .sum();
                prop_assert_eq!(energies.counts_of(0, counter, None), Some(tariffs));
            }
        }
    }
}
