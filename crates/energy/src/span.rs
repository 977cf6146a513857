use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Half-open: `from` is inside, `until` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Span {
    pub fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until }
    }

    /// Elapsed time, not wall-clock time: a day may last 23 or 25 hours.
    pub fn length(self) -> SignedDuration {
        self.until.duration_since(self.from)
    }

    pub fn is_empty(self) -> bool {
        self.from >= self.until
    }

    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// What both share; `None` where they only touch.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let shared = Self {
            from: self.from.max(other.from),
            until: self.until.min(other.until),
        };
        (!shared.is_empty()).then_some(shared)
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            until: self.until.max(other.until),
        }
    }
}
