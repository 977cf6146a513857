use std::fmt;

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::traits::{SLACK, elapsed_ns};
use super::{CounterTraits, IndexReading, IndexStep};

/// Why a step is of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// Longer than three periods without a reading.
    Silence,
    /// The index came back to where it was.
    Return,
    /// The next readings did not bear out the first one of the series.
    FirstNotBorneOut,
    /// Going on over the ring that the profile states.
    KnownRing,
    /// Going on over the smallest usual ring above the index.
    AssumedRing,
    /// Not more than can have flowed since the reading before, counted from zero.
    FromZero,
    /// This application ordered the reset.
    ResetOrdered,
    /// Not further behind than a meter saves its memory.
    RestoredOlderValue,
    /// Another meter answered.
    IdentityChanged,
    /// A person declared the exchange, or mounted another device.
    ExchangeDeclared,
    /// The index fell, and nothing else explains by how much.
    Unexplained,
    /// More than can have flowed.
    TooFast,
    /// Too few readings yet.
    Unconfirmed,
}

impl Rule {
    /// The spelling in files and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Return => "return",
            Self::FirstNotBorneOut => "first_not_borne_out",
            Self::KnownRing => "known_ring",
            Self::AssumedRing => "assumed_ring",
            Self::FromZero => "from_zero",
            Self::ResetOrdered => "reset_ordered",
            Self::RestoredOlderValue => "restored_older_value",
            Self::IdentityChanged => "identity_changed",
            Self::ExchangeDeclared => "exchange_declared",
            Self::Unexplained => "unexplained",
            Self::TooFast => "too_fast",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Silence => "no reading for more than three periods",
            Self::Return => "the index came back to where it was",
            Self::FirstNotBorneOut => "the next readings do not bear out the first one",
            Self::KnownRing => "the counter passed the ring that its profile states",
            Self::AssumedRing => "the counter passed a usual ring, which is an assumption",
            Self::FromZero => "the index is what can have flowed since a reset",
            Self::ResetOrdered => "the reset was ordered here",
            Self::RestoredOlderValue => "the meter restored a value of the last quarter of an hour",
            Self::IdentityChanged => "another meter answered",
            Self::ExchangeDeclared => "the exchange of the meter was declared",
            Self::Unexplained => "the index fell, and nothing explains by how much",
            Self::TooFast => "the index grew by more than can have flowed",
            Self::Unconfirmed => "the next readings will tell",
        })
    }
}

/// Where a counter starts again from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ring {
    /// The first count after the largest.
    pub counts: i64,
    /// Taken from the usual ones, because no profile states it.
    pub assumed: bool,
}

/// A verdict on the step from a base to a reading that two more have confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruling {
    pub(super) kind: IndexStep,
    pub(super) rule: Rule,
    /// In counts; `None` is unknown and asks.
    pub(super) step: Option<i64>,
    pub(super) proposal: Option<i64>,
    pub(super) ring: Option<Ring>,
    /// More may have flowed than the step says.
    pub(super) lower_bound: bool,
    /// Another rule would have fitted as well, with another step, or no power is known.
    pub(super) doubtful: bool,
}

impl Ruling {
    pub(super) fn new(kind: IndexStep, rule: Rule, step: Option<i64>) -> Self {
        Self {
            kind,
            rule,
            step,
            proposal: None,
            ring: None,
            lower_bound: false,
            doubtful: false,
        }
    }

    pub(super) fn ordered_reset(reading: &IndexReading) -> Self {
        Self {
            lower_bound: true,
            ..Self::new(IndexStep::Reset, Rule::ResetOrdered, Some(reading.count))
        }
    }
}

/// The verdict on the step from a base to a reading.
pub(super) fn rule(
    traits: &CounterTraits,
    pace: &Pace,
    base: &IndexReading,
    reading: &IndexReading,
) -> Ruling {
    let ruling = first_that_fits(traits, pace, base, reading);
    Ruling {
        // What a counter has shown is weaker than what its circuit can carry.
        doubtful: ruling.doubtful || (traits.max_per_hour.is_none() && ruling.step.is_some()),
        ..ruling
    }
}

/// The rules in their order.
fn first_that_fits(
    traits: &CounterTraits,
    pace: &Pace,
    base: &IndexReading,
    reading: &IndexReading,
) -> Ruling {
    let step = reading.count.saturating_sub(base.count);
    let limit = traits
        .limit(base.at, reading.at)
        .unwrap_or_else(|| pace.limit(elapsed_ns(base.at, reading.at)));
    if reading.is_of_another_meter_than(base) {
        return Ruling::new(IndexStep::Replacement, Rule::IdentityChanged, None);
    }
    if (0..=limit).contains(&step) {
        // Only where no power is known: what looked odd is within what the counter has shown.
        return Ruling::new(IndexStep::Normal, Rule::Return, Some(step));
    }
    if step > 0 {
        return Ruling {
            proposal: Some(step),
            ..Ruling::new(IndexStep::Jump, Rule::TooFast, None)
        };
    }
    let from_zero = (0..=limit).contains(&reading.count);
    if let Some((ring, step)) = over_the_ring(traits.ring, base, step, limit) {
        let rule = if ring.assumed {
            Rule::AssumedRing
        } else {
            Rule::KnownRing
        };
        return Ruling {
            ring: Some(ring),
            lower_bound: limit >= ring.counts,
            doubtful: from_zero,
            ..Ruling::new(IndexStep::Rollover, rule, Some(step))
        };
    }
    let back_limit = traits
        .step_back_limit()
        .unwrap_or_else(|| pace.step_back_limit());
    let restored = -step <= back_limit.max(SLACK);
    // A young counter can fit both: then it is what it is nearer to, zero or its last value.
    if from_zero && !(restored && -step < reading.count) {
        return Ruling {
            lower_bound: true,
            doubtful: restored,
            ..Ruling::new(IndexStep::Reset, Rule::FromZero, Some(reading.count))
        };
    }
    if restored {
        return Ruling {
            doubtful: from_zero,
            ..Ruling::new(IndexStep::StepBack, Rule::RestoredOlderValue, Some(0))
        };
    }
    Ruling::new(IndexStep::Replacement, Rule::Unexplained, None)
}

/// The ring that explains a fall, and the step over it.
fn over_the_ring(
    known: Option<i64>,
    base: &IndexReading,
    fall: i64,
    limit: i64,
) -> Option<(Ring, i64)> {
    let (counts, assumed) = match known {
        Some(ring) => (ring, false),
        None => (usual_ring_above(base.count)?, true),
    };
    let step = fall.saturating_add(counts);
    // After so long a silence that any step would fit, a fall is no evidence for a ring.
    let is_evidence = !assumed || limit < counts;
    let fits = base.count < counts && (0..=limit).contains(&step) && is_evidence;
    fits.then_some((Ring { counts, assumed }, step))
}

/// The smallest of 10^n, 2^16, 2^23, 2^24, 2^31 and 2^32 above a count.
pub(crate) fn usual_ring_above(count: i64) -> Option<i64> {
    let powers_of_two = [16, 23, 24, 31, 32].map(|bits| 1i64 << bits);
    let powers_of_ten = (1..19).map(|digits| 10i64.pow(digits));
    powers_of_ten
        .chain(powers_of_two)
        .filter(|ring| *ring > count)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ring_is_the_smallest_above() {
        for (count, ring) in [
            (65_530, 1 << 16),
            (8_388_600, 1 << 23),
            (16_777_000, 1 << 24),
            (99_999_200, 100_000_000),
            (2_147_483_000, 1 << 31),
            (4_294_967_000, 1 << 32),
            (4_294_967_296, 10_000_000_000),
        ] {
            assert_eq!(usual_ring_above(count), Some(ring));
        }
    }
}
