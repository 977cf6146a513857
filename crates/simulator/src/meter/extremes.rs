use model::{Measurand, Quantity, Statistic, ValueKind};
use serde::{Deserialize, Serialize};

use crate::physics::Observed;

/// The smallest and the largest value seen, each with the index of its instant.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Extreme {
    smallest: Option<(f64, i64)>,
    largest: Option<(f64, i64)>,
}

/// Extremes of one list of values since the meter was installed.
///
/// The sense of a power factor has no extremes of its own: it is kept as it was when the power
/// factor had its own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Extremes {
    extremes: Vec<Extreme>,
}

impl Extremes {
    /// Of two equal values, the first one is kept.
    pub(crate) fn see(&mut self, values: &[Observed], at_ms: i64) {
        self.extremes.resize(values.len(), Extreme::default());
        for (index, (measurand, value)) in values.iter().enumerate() {
            let Some(value) = *value else { continue };
            if measurand.kind() != ValueKind::Gauge {
                continue;
            }
            let is_smaller = self.extremes[index].smallest.is_none_or(|(x, _)| value < x);
            let is_larger = self.extremes[index].largest.is_none_or(|(x, _)| value > x);
            if is_smaller {
                self.extremes[index].smallest = Some((value, at_ms));
            }
            if is_larger {
                self.extremes[index].largest = Some((value, at_ms));
            }
            // The sense is listed right behind its power factor.
            if measurand.quantity == Quantity::PowerFactor
                && let Some((sense, Some(code))) = values.get(index + 1)
                && sense.quantity == Quantity::PowerFactorType
            {
                let of_sense = &mut self.extremes[index + 1];
                if is_smaller {
                    of_sense.smallest = Some((*code, at_ms));
                }
                if is_larger {
                    of_sense.largest = Some((*code, at_ms));
                }
            }
        }
    }

    /// Value and instant of an extreme; `is_largest` tells which.
    pub(crate) fn get(&self, index: usize, is_largest: bool) -> Option<(f64, i64)> {
        let extreme = self.extremes.get(index)?;
        if is_largest {
            extreme.largest
        } else {
            extreme.smallest
        }
    }
}

/// Whether a statistic asks for the largest value; `None` where it is no extreme.
pub(crate) fn asks_for_largest(measurand: Measurand) -> Option<bool> {
    match measurand.statistic {
        Statistic::Maximum | Statistic::MaximumOfAverages => Some(true),
        Statistic::Minimum | Statistic::MinimumOfAverages => Some(false),
        Statistic::Instant | Statistic::Average => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Phase;

    #[test]
    fn extremes_keep_their_first_instant_and_the_sense_goes_with_its_power_factor() {
        let factor = Measurand::new(Quantity::PowerFactor, Phase::L1);
        let sense = Measurand::new(Quantity::PowerFactorType, Phase::L1);
        let mut extremes = Extremes::default();
        for (at_ms, value, code) in [
            (10, 0.8, 2.0),
            (20, 0.9, 1.0),
            (30, 0.9, 2.0),
            (40, 0.7, 2.0),
        ] {
            extremes.see(&[(factor, Some(value)), (sense, Some(code))], at_ms);
        }
        assert_eq!(extremes.get(0, true), Some((0.9, 20)));
        assert_eq!(extremes.get(1, true), Some((1.0, 20)));
        assert_eq!(extremes.get(0, false), Some((0.7, 40)));
        assert_eq!(extremes.get(1, false), Some((2.0, 40)));
    }
}
