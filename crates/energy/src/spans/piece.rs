use jiff::Timestamp;

use crate::index::elapsed_ns;
use crate::journal::{Decided, Exchange};
use crate::{Amount, IndexReading, Span};

/// A stretch of the curve that is of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Span,
    /// The accumulated energy where it begins.
    pub(super) start: Amount,
    /// What is booked over all of it.
    pub(super) step: Amount,
    pub(super) way: Way,
    pub(super) lower_bound: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Along the readings; `count` is the index where it begins.
    Readings { count: i64, unit: Amount },
    /// Between two readings.
    Measured,
    /// Over a silence: known in total.
    Silent,
    /// Somebody's word.
    Typed,
    /// In question, with the amount that is proposed.
    Open { proposal: Option<Amount> },
    /// Nothing was mounted.
    Void,
}

impl Piece {
    pub(super) fn end(&self) -> Amount {
        self.start + self.step
    }

    /// The accumulated energy at an instant inside.
    pub(super) fn at(&self, at: Timestamp, readings: &[IndexReading]) -> Amount {
        let Way::Readings { count, unit } = self.way else {
            return self.start
                + self
                    .step
                    .share(elapsed_ns(self.span.from, at), self.length_ns());
        };
        // The ends are known; only readings strictly between them are looked at.
        let value_of = |reading: &IndexReading| {
            let counted = unit.times(reading.count.saturating_sub(count));
            (
                reading.at,
                self.start + counted.clamp(Amount::ZERO, self.step),
            )
        };
        let next = readings.partition_point(|reading| reading.at <= at);
        let before = readings[..next].last();
        let before = before.filter(|reading| reading.at > self.span.from);
        let after = readings.get(next);
        let after = after.filter(|reading| reading.at < self.span.until);
        let (from, lower) = before.map_or((self.span.from, self.start), value_of);
        let (until, upper) = after.map_or((self.span.until, self.end()), value_of);
        lower + (upper - lower).share(elapsed_ns(from, at), elapsed_ns(from, until))
    }

    /// Whether the curve between two instants inside hangs on readings outside of them only.
    pub(super) fn has_no_reading_in(&self, span: Span, readings: &[IndexReading]) -> bool {
        let first = readings.partition_point(|reading| reading.at < span.from);
        let is_inside = readings
            .get(first)
            .is_some_and(|reading| reading.at <= span.until);
        !is_inside && self.span.from < span.from && span.until < self.span.until
    }

    /// The part of the amount in question that falls before an instant.
    pub(super) fn proposed_until(&self, at: Timestamp) -> Option<Amount> {
        let Way::Open { proposal } = self.way else {
            return None;
        };
        let elapsed = elapsed_ns(self.span.from, at).max(0);
        proposal.map(|amount| amount.share(elapsed, self.length_ns()))
    }

    fn length_ns(&self) -> i128 {
        elapsed_ns(self.span.from, self.span.until)
    }
}

/// What an entry makes of its span: how far each part reaches, what is booked there, and how.
pub(super) fn parts_of(decided: &Decided<'_>) -> Vec<(Timestamp, Amount, Way)> {
    let entry = decided.entry;
    let until = entry.after.at;
    let Some(step) = decided.step else {
        let proposal = entry.proposal;
        return vec![(until, Amount::ZERO, Way::Open { proposal })];
    };
    let way = if decided.typed {
        Way::Typed
    } else if entry.silent {
        Way::Silent
    } else {
        Way::Measured
    };
    match entry.exchange {
        Some(Exchange {
            closed_at,
            opened_at,
            ..
        }) if decided.verdict.is_none() => {
            vec![(closed_at, step, way), (opened_at, Amount::ZERO, Way::Void)]
        }
        _ => vec![(until, step, way)],
    }
}
