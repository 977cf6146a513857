use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::EntryId;
use crate::{Amount, IndexReading, IndexStep, Ring, Rule, Span};

/// What the rules made of one odd step of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub id: EntryId,
    pub kind: IndexStep,
    /// The last reading that was accepted before.
    pub before: IndexReading,
    /// The reading that energy goes on from; of a pending entry, the newest one held.
    pub after: IndexReading,
    /// What one count of `before` is worth.
    pub unit_before: Amount,
    /// What one count of `after` is worth: another meter may have another resolution.
    pub unit_after: Amount,
    /// What is booked between the two; `None` is unknown and asks.
    pub step: Option<Amount>,
    /// The amount in question, where the readings suggest one.
    pub proposal: Option<Amount>,
    /// The readings in between that count for nothing, the newest of them if there were many.
    pub held: Vec<IndexReading>,
    /// How many there were.
    pub n_held: u32,
    pub rule: Rule,
    /// The ring of the counter, as its profile states it or as a roll-over was counted by.
    pub ring: Option<Ring>,
    /// More may have flowed than the step says.
    pub lower_bound: bool,
    /// Another rule would have fitted as well, with another step, or the largest power is not
    /// known.
    pub doubtful: bool,
    /// Longer than three periods: what lies inside the span is estimated.
    pub silent: bool,
    pub exchange: Option<Exchange>,
    /// The reading by which the rule was certain. No clock is asked.
    pub confirmed_at: Timestamp,
}

/// One meter taken away and another put in its place. Indexes are in counts of either meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub closed_at: Timestamp,
    pub closing: Option<i64>,
    /// Later than `closed_at` where nothing was mounted for a while; then nothing is known and
    /// nothing asked.
    pub opened_at: Timestamp,
    pub opening: Option<i64>,
}

impl JournalEntry {
    /// Where energies depend on this entry.
    pub fn span(&self) -> Span {
        Span::new(self.before.at, self.after.at)
    }

    /// The index before, in canonical units.
    pub fn value_before(&self) -> Amount {
        self.unit_before.times(self.before.count)
    }

    /// The index after, in canonical units.
    pub fn value_after(&self) -> Amount {
        self.unit_after.times(self.after.count)
    }
}
