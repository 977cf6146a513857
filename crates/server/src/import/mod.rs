//! Years brought along: a CSV of history becomes samples, as if they had been read.
//!
//! [`Importer::import`] reads a whole file, resolves its wall-clock times, compares it with what
//! the history has, and only then stores what is new. Indexes go in as indexes; the counter
//! journal is made over them as over readings.
//!
//! # Invariants
//!
//! - All or nothing: one refused line, and nothing of the file is stored. Once all of it is to be
//!   stored, its rows are kept beside the history until they are: a disk that is full is waited for,
//!   and what a stop or a power cut interrupts, the next start completes ([`Importer::complete`]).
//! - Idempotent: what the history has already is left as it is. A different value for the same
//!   instant is reported, and kept only when the caller asks to replace.
//!
//! Start with `rows.rs` for the form of the file, `wall_clock.rs` for the hour that comes twice.

mod means;
mod pending;
mod progress;
mod report;
mod rows;
mod wall_clock;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use history::{HistoryError, HistoryStore, Sample, Span};
use jiff::{SignedDuration, Timestamp};
use model::{Coverage, SeriesKey, ValueKind};
use tokio_util::sync::CancellationToken;

use crate::energy::EnergyService;
use crate::site::SiteStore;
pub use progress::{ImportPhase, ImportProgress};
pub use report::{ImportReport, Refusal, Touched};
use rows::{FileRows, Row, SeriesRows};

/// Samples that are compared or stored at a time.
const BATCH_SAMPLES: usize = 50_000;

/// How long a history that takes no rows is left alone: retention may make room meanwhile.
const STORE_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Takes history files, one at a time.
#[derive(Debug, Clone)]
pub struct Importer {
    /// Where rows are kept until all of them are stored: the data folder.
    pub folder: PathBuf,
    /// Interrupts an import.
    pub stopping: CancellationToken,
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
    #[error("line {line} goes on over more than {max} bytes: a quote is not closed")]
    LongLine { line: u64, max: u64 },
    #[error("the history cannot be read, or does not take the rows")]
    History(#[from] HistoryError),
    #[error("the rows cannot be kept in the data folder until they are stored")]
    Keep(#[source] std::io::Error),
    #[error("the server stopped before anything of the file was stored: import it again")]
    Stopped,
    #[error("the server stopped: the rest of the file is stored at its next start")]
    Interrupted,
    #[error("the reading of the file was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

impl ImportError {
    /// Whether the file itself is wrong, so that it never can be taken.
    pub fn is_of_file(&self) -> bool {
        matches!(
            self,
            Self::Csv(_) | Self::TooManyRows { .. } | Self::LongLine { .. }
        )
    }

    /// Whether it came to no end because the server stops.
    pub fn is_of_stop(&self) -> bool {
        matches!(self, Self::Stopped | Self::Interrupted)
    }
}

impl Importer {
    /// Takes one file, after the one that was interrupted. A file with refused lines is answered
    /// with them and leaves the history as it was.
    pub async fn import(
        &self,
        file: File,
        replace: bool,
        progress: Arc<ImportProgress>,
    ) -> Result<ImportReport, ImportError> {
        self.complete().await?;
        self.take(file, replace, progress).await
    }

    /// Stores what is left of an import that was interrupted, if one was.
    pub async fn complete(&self) -> Result<Option<ImportReport>, ImportError> {
        let Some(file) = pending::open(&self.folder).map_err(ImportError::Keep)? else {
            return Ok(None);
        };
        let result = self.take(file, true, Arc::default()).await;
        match &result {
            Ok(report) if report.refused == 0 => {
                tracing::info!(rows = report.taken, "an interrupted import is completed");
            }
            Ok(ImportReport { refusals, .. }) => {
                tracing::error!(?refusals, "the rest of an interrupted import is lost");
            }
            Err(error) if error.is_of_file() => {
                tracing::error!(%error, "the rest of an interrupted import is lost");
            }
            Err(_) => return result.map(Some),
        }
        pending::discard(&self.folder).map_err(ImportError::Keep)?;
        result.map(Some)
    }

    async fn take(
        &self,
        file: File,
        replace: bool,
        progress: Arc<ImportProgress>,
    ) -> Result<ImportReport, ImportError> {
        let site = self.site.site();
        let (stopping, reading) = (self.stopping.clone(), Arc::clone(&progress));
        let mut file =
            tokio::task::spawn_blocking(move || rows::read(file, &site, &reading, &stopping))
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
        if file.series.iter().any(|series| !series.rows.is_empty()) {
            let file = self.keep(file).await?;
            self.store(&file, &progress, &mut report).await?;
            pending::discard(&self.folder).map_err(ImportError::Keep)?;
        }
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
                if self.stopping.is_cancelled() {
                    return Err(ImportError::Stopped);
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

    async fn keep(&self, file: FileRows) -> Result<FileRows, ImportError> {
        let (folder, stopping) = (self.folder.clone(), self.stopping.clone());
        tokio::task::spawn_blocking(move || match pending::keep(&folder, &file, &stopping) {
            Ok(true) => Ok(file),
            Ok(false) => Err(ImportError::Stopped),
            Err(error) => Err(ImportError::Keep(error)),
        })
        .await?
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
                self.append(samples).await?;
                progress.pass(batch.len());
            }
            for batch in self.means(rows).await?.chunks(BATCH_SAMPLES) {
                self.append(batch.to_vec()).await?;
            }
            report.takes(rows);
        }
        Ok(())
    }
}

impl Importer {
    /// Stores some rows, however long the history cannot.
    async fn append(&self, samples: Vec<Sample>) -> Result<(), ImportError> {
        let mut was_failing = false;
        while !self.stopping.is_cancelled() {
            match self.history.append(samples.clone()).await {
                Err(error) if error.is_transient() => {
                    if !was_failing {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "an import waits: the history takes no rows");
                    }
                    was_failing = true;
                    let pause = tokio::time::sleep(STORE_AGAIN_AFTER);
                    self.stopping.run_until_cancelled(pause).await;
                }
                result => return Ok(result?),
            }
        }
        Err(ImportError::Interrupted)
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
