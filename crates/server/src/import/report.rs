use history::Sample;
use jiff::Timestamp;
use model::SeriesKey;

use super::instant;
use super::rows::{FileRows, Row, SeriesRows};

/// Refusals, differences and warnings that are told one by one; all of them are counted.
const TOLD_MAX: usize = 1_000;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportReport {
    /// Lines that hold a row.
    pub rows: u64,
    /// Rows that the history has now and did not have before, or had otherwise.
    pub taken: u64,
    /// Rows that the history had already, or that the file has twice.
    pub equal: u64,
    /// Rows without a value.
    pub gaps: u64,
    /// Rows for which the history has another value.
    pub different: u64,
    /// Of these, how many were replaced; they count as taken too.
    pub replaced: u64,
    /// Lines that cannot be taken. With any, nothing is taken.
    pub refused: u64,
    pub refusals: Vec<Refusal>,
    pub differences: Vec<Refusal>,
    pub warnings: Vec<Refusal>,
    pub touched: Vec<Touched>,
}

/// A line and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub line: u64,
    pub problem: String,
}

/// A span in which a series has got samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    pub series: SeriesKey,
    pub from: Timestamp,
    /// The last instant itself.
    pub until: Timestamp,
    pub rows: u64,
}

impl ImportReport {
    pub(super) fn of(file: &FileRows) -> Self {
        Self {
            rows: file.n_rows,
            equal: file.n_equal,
            gaps: file.n_gaps,
            refused: file.refusals.count,
            refusals: file.refusals.told.clone(),
            warnings: file.warnings.told.clone(),
            ..Self::default()
        }
    }

    pub(super) fn differs(&mut self, row: &Row, there: &Sample, replaced: bool) {
        self.different += 1;
        self.replaced += u64::from(replaced);
        if self.differences.len() < TOLD_MAX {
            self.differences.push(Refusal {
                line: u64::from(row.line),
                problem: format!(
                    "the history has {} at {}, the file {}",
                    there.value, there.at, row.value
                ),
            });
        }
    }

    pub(super) fn takes(&mut self, rows: &SeriesRows) {
        self.taken += rows.rows.len() as u64;
        if let (Some(first), Some(last)) = (rows.rows.first(), rows.rows.last()) {
            self.touched.push(Touched {
                series: rows.series,
                from: instant(first.at_ms),
                until: instant(last.at_ms),
                rows: rows.rows.len() as u64,
            });
        }
    }
}

/// Things to tell, of which the first are told and all counted.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) count: u64,
    pub(super) told: Vec<Refusal>,
}

impl Told {
    pub(super) fn tell(&mut self, line: u64, problem: impl Into<String>) {
        self.count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(Refusal {
                line,
                problem: problem.into(),
            });
        }
    }
}
