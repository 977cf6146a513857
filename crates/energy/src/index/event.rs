use jiff::Timestamp;

use super::{IndexReading, IndexStep};
use crate::Amount;

/// What a reading brought about, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexEvent {
    /// The first reading that the next one bore out: energy is known from here on.
    Opened(IndexReading),
    /// Energy was booked between two readings, or is in question (`None`).
    Stepped {
        kind: IndexStep,
        before: IndexReading,
        after: IndexReading,
        step: Option<Amount>,
    },
    /// The reading does not go on from the base and waits for later ones.
    Held(IndexReading),
    /// What was booked after this instant was a mistake and is taken back; what stands in its
    /// place follows.
    Retracted { since: Timestamp },
}
