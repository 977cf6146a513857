use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{Quality, SeriesKey};

/// Half-open: `from` is inside, `until` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// One stored value of a series.
///
/// - **Unit**: that of `series.measurand`.
/// - **Gaps**: there is no sample; a value that is not available is not stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub series: SeriesKey,
    pub at: Timestamp,
    pub value: f64,
    /// The value is a whole multiple of 10^-decimals (as far as the store cares; others are kept exactly too).
    pub decimals: u8,
    pub quality: Quality,
}

/// One series over a span, in equal steps: what a chart draws.
///
/// - **Shape**: step `i` covers `from + i * step` up to, not including, the next one; UTC.
/// - **Unit**: that of the measurand. A gauge holds the time-weighted mean of the step, a counter
///   the last index in the step.
/// - **Gaps**: a step without readings is `None`, never `0.0`; `coverage` is the share (0 to 1) of
///   the step that readings cover, each for at most `hold`.
#[derive(Debug, Clone, PartialEq)]
pub struct SteppedSeries {
    pub series: SeriesKey,
    pub from: Timestamp,
    pub step: Duration,
    pub values: Vec<Option<f64>>,
    pub minima: Vec<Option<f64>>,
    pub maxima: Vec<Option<f64>>,
    pub coverage: Vec<f32>,
}

/// How the store is doing, for health and diagnostic pages.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreHealth {
    pub bytes_on_disk: u64,
    pub series: u64,
    pub oldest_at: Option<Timestamp>,
    pub newest_at: Option<Timestamp>,
    /// The last failure to write, while it lasts.
    pub fault: Option<String>,
}

/// Where readings live. Object-safe and small; it knows no calendar and no energy.
#[async_trait]
pub trait HistoryStore: Send + Sync + std::fmt::Debug {
    /// Returns once the samples survive a power cut. An equal (series, instant) replaces the older value.
    async fn append(&self, samples: Vec<Sample>) -> Result<(), HistoryError>;

    /// The newest sample of each series, in the order asked.
    async fn latest(&self, series: &[SeriesKey]) -> Result<Vec<Option<Sample>>, HistoryError>;

    /// Every sample of a series in a span, by time, at most `limit`.
    async fn read_raw(
        &self,
        series: SeriesKey,
        span: Span,
        limit: usize,
    ) -> Result<Vec<Sample>, HistoryError>;

    /// Equal steps over a span. `hold` is how long a reading stands for itself (three periods).
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

    /// Drops what is older than `before`; space is given back to the disk.
    async fn delete_before(&self, series: SeriesKey, before: Timestamp)
    -> Result<(), HistoryError>;

    async fn health(&self) -> Result<StoreHealth, HistoryError>;
}

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("{steps} steps asked, more than {max}")]
    TooManySteps { steps: u64, max: u64 },
    #[error("the span from {from} until {until} is empty or inverted")]
    EmptySpan { from: Timestamp, until: Timestamp },
    #[error("the history file {path} cannot be used")]
    Unavailable {
        path: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
