use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{PointId, SeriesKey};

use crate::{Retained, Retention, Sample, Span, SteppedSeries, StoredSeries};

/// Where readings live. Object-safe and small; it knows no calendar and no energy.
#[async_trait]
pub trait HistoryStore: Send + Sync + std::fmt::Debug {
    /// Returns once the samples survive a power cut. Samples may be late and in any order; of
    /// equal (series, instant) the last one wins, within a call and between calls.
    ///
    /// # Errors
    ///
    /// [`HistoryError::NotStorable`] names the first sample that no store takes
    /// ([`Sample::is_storable`]), and none of the call is stored;
    /// [`HistoryError::Unavailable`] leaves open whether some are, so append them again.
    async fn append(&self, samples: Vec<Sample>) -> Result<(), HistoryError>;

    /// The newest sample of each series, in the order asked.
    async fn latest(&self, series: &[SeriesKey]) -> Result<Vec<Option<Sample>>, HistoryError>;

    /// The first `limit` samples of a series in a span, by time.
    async fn read_raw(
        &self,
        series: SeriesKey,
        span: Span,
        limit: usize,
    ) -> Result<Vec<Sample>, HistoryError>;

    /// Equal steps over a span. `hold` (three periods) is how long a reading stands at least, where
    /// its neighbours do not show that the series is recorded less often: see [`SteppedSeries`].
    ///
    /// # Errors
    ///
    /// [`HistoryError::TooManySteps`] above [`STEPS_MAX`](crate::STEPS_MAX), and
    /// [`HistoryError::BrokenStep`] for steps that are not whole milliseconds.
    async fn read_stepped(
        &self,
        series: SeriesKey,
        span: Span,
        step: Duration,
        hold: Duration,
    ) -> Result<SteppedSeries, HistoryError>;

    /// The last sample at or before each instant (sorted ascending), per instant.
    async fn last_at_or_before(
        &self,
        series: SeriesKey,
        instants: &[Timestamp],
    ) -> Result<Vec<Option<Sample>>, HistoryError>;

    /// What is recorded of a point, and how: the series that hold samples, in the order of their
    /// keys.
    async fn series_of(&self, point: PointId) -> Result<Vec<SeriesKey>, HistoryError>;

    /// Every series that holds samples, with its ends, in the order of their keys.
    async fn series(&self) -> Result<Vec<StoredSeries>, HistoryError>;

    /// Takes away what the series may lose, bit by bit, so that appends go on between; space is
    /// given back to the disk soon after. An engine may leave more for a while, never less
    /// ([`retained_samples`](crate::retained_samples)).
    async fn retain(&self, rules: Vec<Retention>) -> Result<Retained, HistoryError>;

    /// Drops what is older than `before`; space is given back to the disk soon after.
    async fn delete_before(&self, series: SeriesKey, before: Timestamp)
    -> Result<(), HistoryError>;

    async fn health(&self) -> Result<StoreHealth, HistoryError>;
}

/// How the store is doing, for health and diagnostic pages.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoreHealth {
    pub bytes_on_disk: u64,
    /// Of those, what new data takes before the file grows.
    pub bytes_free: u64,
    pub series: u64,
    pub oldest_at: Option<Timestamp>,
    pub newest_at: Option<Timestamp>,
    /// Samples that wait in the poll journal for the next sealing.
    pub unsealed: u64,
    /// Journal rows and chunks that could not be read since the store was opened. Each cost the
    /// samples in it and nothing else.
    pub damaged: u64,
    /// The last failure to write, while it lasts; else what is damaged.
    pub fault: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("{steps} steps asked, more than {max}")]
    TooManySteps { steps: u64, max: u64 },
    #[error("a step of {step:?} is not a whole number of milliseconds")]
    BrokenStep { step: Duration },
    #[error("the span from {from} until {until} is empty or inverted")]
    EmptySpan { from: Timestamp, until: Timestamp },
    #[error(
        "{value} at {at} is not a finite number between 1970 and 2106, so `{}` of point {} cannot store it",
        series.measurand, series.point
    )]
    NotStorable {
        series: SeriesKey,
        at: Timestamp,
        value: f64,
    },
    #[error("the history file {path} has version {found}, this program knows up to {known}")]
    NewerFile {
        path: String,
        found: i64,
        known: i64,
    },
    #[error("the history file {path} cannot be used")]
    Unavailable {
        path: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl HistoryError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
