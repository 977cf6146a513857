use std::time::Duration;

use jiff::Timestamp;
use model::SeriesKey;

use crate::{Sample, Span};

/// What a series may lose.
#[derive(Debug, Clone, PartialEq)]
pub struct Retention {
    pub series: SeriesKey,
    /// Samples before this instant go.
    pub delete_before: Option<Timestamp>,
    /// Older ones coarser: each has its own step.
    pub thin: Vec<Thinning>,
    /// What stays whatever the rest says, such as the readings around an entry of the counter
    /// journal.
    pub keep: Vec<Span>,
}

/// Of each cell of a grid the first sample stays, and with it the last one before a silence of
/// more than a cell, so that a gap is as long as it was. Doing it twice changes nothing, and
/// doing it with a step that is a multiple equals doing it with that step alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thinning {
    /// Cells that end later than this are left.
    pub until: Timestamp,
    /// The length of a cell, in whole milliseconds.
    pub step: Duration,
    /// Where some cell begins: local midnight, for cells that are hours of a zone.
    pub anchor: Timestamp,
}

/// What retention took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    pub samples_deleted: u64,
    pub samples_thinned: u64,
}

impl std::ops::AddAssign for Retained {
    fn add_assign(&mut self, other: Self) {
        self.samples_deleted += other.samples_deleted;
        self.samples_thinned += other.samples_thinned;
    }
}

/// A series that holds samples, and its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoredSeries {
    pub key: SeriesKey,
    pub oldest_at: Timestamp,
    pub newest: Sample,
}

/// The cells of a [`Thinning`] in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells {
    step_ms: i64,
    anchor_ms: i64,
}

impl Cells {
    pub(crate) fn of(thinning: &Thinning) -> Self {
        Self {
            step_ms: i64::try_from(thinning.step.as_millis())
                .unwrap_or(i64::MAX)
                .max(1),
            anchor_ms: thinning.anchor.as_millisecond(),
        }
    }

    pub(crate) fn step_ms(self) -> i64 {
        self.step_ms
    }

    fn cell_of(self, at_ms: i64) -> i64 {
        at_ms
            .saturating_sub(self.anchor_ms)
            .div_euclid(self.step_ms)
    }

    /// Where the cell of an instant begins.
    pub(crate) fn border_before(self, at_ms: i64) -> i64 {
        self.cell_of(at_ms)
            .saturating_mul(self.step_ms)
            .saturating_add(self.anchor_ms)
    }

    /// Whether thinning keeps each of some instants, which ascend and begin with a cell;
    /// `next_ms` is the instant behind them.
    pub(crate) fn keeps(self, instants_ms: &[i64], next_ms: Option<i64>) -> Vec<bool> {
        let mut before: Option<i64> = None;
        (0..instants_ms.len())
            .map(|i| {
                let at_ms = instants_ms[i];
                let cell = self.cell_of(at_ms);
                let is_first = before.replace(cell) != Some(cell);
                let next_ms = instants_ms.get(i + 1).copied().or(next_ms);
                let is_before_silence =
                    next_ms.is_none_or(|next_ms| next_ms - at_ms > self.step_ms);
                is_first || is_before_silence
            })
            .collect()
    }
}

/// Which of some samples of one series a [`Retention`] leaves, all of them given by time.
///
/// Engines may leave more for a while, such as whole chunks; never less.
pub fn retained_samples(samples: &[Sample], rule: &Retention) -> Vec<Sample> {
    let instants_ms: Vec<i64> = samples
        .iter()
        .map(|sample| sample.at.as_millisecond())
        .collect();
    let mut stays = vec![true; samples.len()];
    for thinning in &rule.thin {
        let cells = Cells::of(thinning);
        let until_ms = cells.border_before(thinning.until.as_millisecond());
        let kept = cells.keeps(&instants_ms, None);
        for (i, at_ms) in instants_ms.iter().enumerate() {
            stays[i] &= *at_ms >= until_ms || kept[i];
        }
    }
    for (i, sample) in samples.iter().enumerate() {
        let is_kept = |span: &Span| span.from <= sample.at && sample.at < span.until;
        stays[i] &= rule.delete_before.is_none_or(|before| sample.at >= before);
        stays[i] |= rule.keep.iter().any(is_kept);
    }
    let kept = samples.iter().zip(stays).filter(|(_, stays)| *stays);
    kept.map(|(sample, _)| *sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(step_ms: i64, instants_ms: &[i64], next_ms: Option<i64>, expected: &[i64]) {
        let cells = Cells {
            step_ms,
            anchor_ms: 3,
        };
        let kept = cells.keeps(instants_ms, next_ms);
        let kept: Vec<i64> = instants_ms
            .iter()
            .zip(kept)
            .filter_map(|(at_ms, kept)| kept.then_some(*at_ms))
            .collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn of_each_cell_the_first_stays() {
        check(10, &[3, 5, 9, 12, 13, 20, 24], Some(25), &[3, 13, 24]);
        check(10, &[-8, -7, 2], Some(3), &[-8, -7]);
    }

    #[test]
    fn the_last_before_a_silence_stays() {
        check(10, &[3, 5, 9, 40, 41], Some(42), &[3, 9, 40]);
        check(10, &[3, 5, 9], Some(20), &[3, 9]);
        check(10, &[3, 5, 9], None, &[3, 9]);
    }

    #[test]
    fn a_border_is_where_a_cell_begins() {
        let cells = Cells {
            step_ms: 10,
            anchor_ms: 3,
        };
        for (at_ms, border) in [(3, 3), (12, 3), (13, 13), (2, -7), (-7, -7)] {
            assert_eq!(cells.border_before(at_ms), border, "{at_ms}");
        }
    }
}
