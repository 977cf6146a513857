use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::IndexReading;
use super::super::held::HeldReadings;
use super::super::pace::Pace;
use crate::Amount;
use crate::journal::Exchange;

/// What is remembered of the meter at hand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Watch {
    /// The last accepted reading. Jitter moves its instant and not its count.
    pub(super) base: Option<IndexReading>,
    /// Whether another reading has borne the first base out.
    pub(super) is_open: bool,
    pub(super) held: HeldReadings,
    pub(super) pace: Pace,
    /// The bases before this one, where no limit holds an index that goes up and comes back.
    pub(super) trail: VecDeque<IndexReading>,
    pub(super) stuck: Option<Stuck>,
    pub(super) reset_ordered_at: Option<Timestamp>,
    /// The meter before, until this one has a first reading.
    pub(super) exchanged: Option<Exchanged>,
}

/// The index has not moved since a verdict. If it comes back to the base that the verdict left,
/// all of that was one long glitch, such as the zeros of a gateway whose meter is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stuck {
    pub(super) left: IndexReading,
    pub(super) root: IndexReading,
    pub(super) n_more: u32,
}

/// A meter was taken away, and the first reading of the new one is still to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchanged {
    pub(super) before: IndexReading,
    pub(super) unit_before: Amount,
    pub(super) exchange: Exchange,
    /// What the old meter counted to its closing index, in its counts.
    pub(super) old_part: Option<i64>,
    pub(super) silent: bool,
    pub(super) held: HeldReadings,
}

/// An odd reading and two more that fit, each the one before.
pub(super) const RUN_CONFIRMS: usize = 3;

/// A reading that was accepted for want of a limit counts as confirmed after as many.
const TRAIL_MAX: usize = RUN_CONFIRMS - 1;

/// A device obeys within seconds, but its index may be asked for as seldom as this.
pub(super) const RESET_ORDER_LASTS: SignedDuration = SignedDuration::from_hours(1);

impl Watch {
    /// The base has moved on to a reading. `has_limit` where the largest power is known.
    pub(super) fn remember(&mut self, base: IndexReading, after: IndexReading, has_limit: bool) {
        self.base = Some(after);
        if after.count == base.count {
            self.stuck = self.stuck.map(|stuck| Stuck {
                n_more: stuck.n_more.saturating_add(1),
                ..stuck
            });
            return;
        }
        self.stuck = None;
        if has_limit {
            return;
        }
        self.trail.push_back(base);
        if self.trail.len() > TRAIL_MAX
            && let Some(confirmed) = self.trail.pop_front()
            && let Some(next) = self.trail.front()
        {
            self.pace.see(&confirmed, next);
        }
    }
}
