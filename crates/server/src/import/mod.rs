//! Years brought along: a CSV of history becomes samples, as if they had been read.
//!
//! [`Importer::import`] reads a whole file, resolves its wall-clock times, compares it with what
//! the history has, and only then stores what is new. Indexes go in as indexes; the counter
//! journal is made over them as over readings.
//!
//! # Invariants
//!
//! - All or nothing: one refused line, and nothing of the file is stored.
//! - Idempotent: what the history has already is left as it is. A different value for the same
//!   instant is reported, and kept only when the caller asks to replace.
//!
//! Start with `rows.rs` for the form of the file, `wall_clock.rs` for the hour that comes twice.

mod progress;
mod report;
mod rows;
mod wall_clock;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use history::{HistoryError, HistoryStore, Sample, Span};
use jiff::{SignedDuration, Timestamp};
use model::{Coverage, SeriesKey, ValueKind};

use crate::energy::EnergyService;
use crate::site::SiteStore;
pub use progress::{ImportPhase, ImportProgress};
pub use report::{ImportReport, Refusal, Touched};
use rows::{FileRows, Row, SeriesRows};

/// Samples that are compared or stored at a time.
const BATCH_SAMPLES: usize = 50_000;

/// Takes history files.
#[derive(Debug, Clone)]
pub struct Importer {
    pub site: Arc<SiteStore>,
    pub history: Arc<dyn HistoryStore>,
    pub energy: Arc<EnergyService>,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read")]
    Read(#[source] std::io::Error),
    #[error("the file is no CSV text in UTF-8")]
    Csv(#[from] csv::Error),
    #[error("the file has more than {max} rows; split it, by year for instance")]
    TooManyRows { max: usize },
    #[error("the history did not take the rows; import the file again")]
    History(#[from] HistoryError),
    #[error("the reading of the file was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

impl Importer {
    /// Takes one file. A file with refused lines is answered with them and leaves the history as
    /// it was.
    pub async fn import(
        &self,
        path: &Path,
        replace: bool,
        progress: Arc<ImportProgress>,
    ) -> Result<ImportReport, ImportError> {
        let site = self.site.site();
        let (path, reading) = (path.to_owned(), Arc::clone(&progress));
        let mut file = tokio::task::spawn_blocking(move || {
            let file = File::open(path).map_err(ImportError::Read)?;
            rows::read(file, &site, &reading)
        })
        .await??;
        let mut report = ImportReport::of(&file);
        if report.refused > 0 {
            progress.enter(ImportPhase::Done);
            return Ok(report);
        }
        progress.enter(ImportPhase::Comparing);
        for series in &mut file.series {
            self.compare(series, replace, &mut report).await?;
            progress.pass(series.rows.len());
        }
        progress.enter(ImportPhase::Storing);
        self.store(&file, &progress, &mut report).await?;
        progress.enter(ImportPhase::Done);
        Ok(report)
    }

    /// Drops the rows that the history has, in place.
    async fn compare(
        &self,
        rows: &mut SeriesRows,
        replace: bool,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let (Some(first), Some(last)) = (rows.rows.first(), rows.rows.last()) else {
            return Ok(());
        };
        let until = last.at_ms + 1;
        let mut from = first.at_ms;
        let mut stored: Vec<Sample> = Vec::new();
        let mut kept = Vec::with_capacity(rows.rows.len());
        let mut next = 0;
        for row in rows.rows.drain(..) {
            // Pages of what is stored are walked along with the rows.
            loop {
                while stored
                    .get(next)
                    .is_some_and(|there| there.at.as_millisecond() < row.at_ms)
                {
                    next += 1;
                }
                if next < stored.len() || from >= until {
                    break;
                }
                let span = Span {
                    from: instant(from.max(row.at_ms)),
                    until: instant(until),
                };
                stored = self
                    .history
                    .read_raw(rows.series, span, BATCH_SAMPLES)
                    .await?;
                next = 0;
                from = match stored.last() {
                    Some(last) if stored.len() == BATCH_SAMPLES => last.at.as_millisecond() + 1,
                    _ => until,
                };
            }
            let there = stored
                .get(next)
                .filter(|it| it.at.as_millisecond() == row.at_ms);
            match there {
                None => kept.push(row),
                Some(there) if is_equal(there, &row) => report.equal += 1,
                Some(there) => {
                    report.differs(&row, there, replace);
                    if replace {
                        kept.push(row);
                    }
                }
            }
        }
        rows.rows = kept;
        Ok(())
    }

    async fn store(
        &self,
        file: &FileRows,
        progress: &ImportProgress,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        // Even what is replaced by an equal index may have another quality.
        let counters = file.series.iter().filter(|rows| {
            !rows.rows.is_empty() && rows.series.measurand.kind() == ValueKind::Counter
        });
        let counters = counters.map(|rows| rows.series).collect();
        let _importing = Arc::clone(&self.energy).importing(counters);
        for rows in &file.series {
            for batch in rows.rows.chunks(BATCH_SAMPLES) {
                let samples = batch.iter().map(|row| sample(rows.series, row)).collect();
                self.history.append(samples).await?;
                progress.pass(batch.len());
            }
            report.takes(rows);
        }
        Ok(())
    }
}

fn is_equal(there: &Sample, row: &Row) -> bool {
    // Minus zero is stored as zero; otherwise equal means to the last bit.
    there.value.to_bits() == (row.value + 0.0).to_bits() && there.quality == row.quality
}

fn sample(series: SeriesKey, row: &Row) -> Sample {
    Sample {
        series,
        at: instant(row.at_ms),
        value: row.value,
        decimals: row.decimals,
        quality: row.quality,
        coverage: Coverage::FULL,
    }
}

fn instant(at_ms: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(at_ms)
}
