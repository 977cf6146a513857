use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Amount;

/// What is known of a counter beforehand, from its profile and its circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterTraits {
    /// What one count is worth, in canonical units: 1 Wh, 10 Wh, 0.1 Wh. Above zero.
    pub unit: Amount,
    /// The first count after the largest, such as 10^8 or 2^32; `None` where nobody knows.
    pub ring: Option<i64>,
    /// The most that can flow in an hour, √3 · Umax · Imax for an energy; `None` where nothing
    /// tells, and then there is no upper limit.
    pub max_per_hour: Option<Amount>,
    /// The least time between two readings that is no silence, before the readings themselves
    /// have shown how far apart they come.
    pub period: Option<SignedDuration>,
}

const HOUR_NS: i128 = 3_600_000_000_000;
/// How far behind a meter that restores an older value may be: it saves at least this often.
const SAVED_EVERY_NS: i128 = HOUR_NS / 4;
/// The two counts by which a counter may be off at either end of a step, and jitter.
pub(crate) const SLACK: i64 = 2;

impl CounterTraits {
    /// Nothing is known but the resolution.
    pub fn of_unit(unit: Amount) -> Self {
        Self {
            unit,
            ring: None,
            max_per_hour: None,
            period: None,
        }
    }

    #[must_use]
    pub fn with_ring(self, ring: i64) -> Self {
        Self {
            ring: Some(ring),
            ..self
        }
    }

    #[must_use]
    pub fn with_max_per_hour(self, amount: Amount) -> Self {
        Self {
            max_per_hour: Some(amount),
            ..self
        }
    }

    #[must_use]
    pub fn with_period(self, period: SignedDuration) -> Self {
        Self {
            period: Some(period),
            ..self
        }
    }

    /// L of the rules, 1.5 · Pmax · Δt + 2 · u, in counts.
    pub(crate) fn limit(&self, from: Timestamp, until: Timestamp) -> Option<i64> {
        let most = self.max_per_hour?.billionths();
        let flow = most
            .saturating_mul(elapsed_ns(from, until))
            .saturating_mul(3)
            .div_euclid(2 * HOUR_NS * self.unit.billionths());
        Some(saturated(flow).saturating_add(SLACK))
    }

    /// What flows at most between two savings of a meter's memory, in counts.
    pub(crate) fn step_back_limit(&self) -> Option<i64> {
        let most = self.max_per_hour?.billionths();
        let flow = most
            .saturating_mul(SAVED_EVERY_NS)
            .div_euclid(HOUR_NS * self.unit.billionths());
        Some(saturated(flow))
    }
}

pub(crate) fn elapsed_ns(from: Timestamp, until: Timestamp) -> i128 {
    until.as_nanosecond() - from.as_nanosecond()
}

pub(crate) fn saturated(counts: i128) -> i64 {
    i64::try_from(counts).unwrap_or(if counts < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit_wh: f64, max_kw: i64, seconds: i64, limit: i64) {
        let traits = CounterTraits::of_unit(Amount::from_f64(unit_wh).unwrap())
            .with_max_per_hour(Amount::from_units(max_kw * 1_000));
        let from = Timestamp::UNIX_EPOCH;
        let until = Timestamp::from_second(seconds).unwrap();
        assert_eq!(traits.limit(from, until), Some(limit));
    }

    #[test]
    fn the_limit_is_that_of_the_worked_cases() {
        check(1.0, 100, 600, 25_002);
        check(1_000.0, 100, 10, 2); // 416 Wh are no whole count of a kWh; the two counts matter
        check(0.1, 100, 600, 250_002);
    }

    #[test]
    fn decades_of_silence_are_no_overflow() {
        check(0.1, 1_000_000, 3_000_000_000, 12_500_000_000_000_002);
    }
}
