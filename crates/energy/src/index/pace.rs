use serde::{Deserialize, Serialize};

use super::IndexReading;
use super::traits::{SLACK, elapsed_ns, saturated};

/// The fastest that a counter has been seen to count.
///
/// Where nothing tells the largest power, it stands in for it when a verdict has to choose between
/// a roll-over, a reset and another meter. It never limits what goes on from the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Pace {
    counts: i128,
    ns: i128,
}

impl Pace {
    pub(super) fn see(&mut self, before: &IndexReading, after: &IndexReading) {
        let counts = i128::from(after.count) - i128::from(before.count);
        let ns = elapsed_ns(before.at, after.at);
        if counts > 0 && ns > 0 && counts.saturating_mul(self.ns.max(1)) > self.counts * ns {
            (self.counts, self.ns) = (counts, ns);
        }
    }

    /// As L of the rules, in counts.
    pub(super) fn limit(&self, elapsed_ns: i128) -> i64 {
        saturated(self.counts * 3 * elapsed_ns / (2 * self.ns.max(1))).saturating_add(SLACK)
    }

    /// What flows in a quarter of an hour, as for a restored older value.
    pub(super) fn step_back_limit(&self) -> i64 {
        saturated(self.counts * 900_000_000_000 / self.ns.max(1))
    }
}
