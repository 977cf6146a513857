//! What every store has to do, as small cases.
//!
//! Each engine runs them all, each on a store of its own, and again for every state that its
//! samples can be in (fresh, sealed, reopened):
//!
//! ```no_run
//! # async fn all(new_store: impl Fn() -> std::sync::Arc<dyn history::HistoryStore>) {
//! for case in history::conformance::cases() {
//!     case.run(new_store()).await;
//! }
//! # }
//! ```
//!
//! The samples lie around the end of a month and, in places, within one second, where chunks end.

mod appending;
mod deletion;
mod newest;
mod raw;
mod recordings;
mod retaining;
mod steps;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::{Coverage, Measurand, Phase, PointId, Quality, Quantity, SeriesKey};

use crate::{HistoryError, HistoryStore, Sample, Span, SteppedSeries};

/// One thing that a store has to do, told by its name. A store that does not panics.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    run: fn(Probe) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Case {
    /// Runs the case on an empty store.
    pub async fn run(self, store: Arc<dyn HistoryStore>) {
        (self.run)(Probe { store }).await;
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// All cases; an empty store for each.
pub fn cases() -> Vec<Case> {
    [
        appending::CASES,
        raw::CASES,
        newest::CASES,
        steps::CASES,
        deletion::CASES,
        recordings::CASES,
        retaining::CASES,
    ]
    .concat()
}

/// Lists async functions as [`Case`]s under their own names.
macro_rules! list_cases {
    ($($name:ident,)*) => {
        pub(super) const CASES: &[super::Case] = &[$(super::Case {
            name: stringify!($name),
            run: |probe| Box::pin($name(probe)),
        },)*];
    };
}
use list_cases;

/// Ten seconds before February 2026 in UTC.
const BASE_MS: i64 = 1_769_903_990_000;

/// Short words for the cases: instants are milliseconds after [`BASE_MS`], and unless a series is
/// named it is [`power`].
#[derive(Debug, Clone)]
struct Probe {
    store: Arc<dyn HistoryStore>,
}

fn series(point: u32, quantity: Quantity) -> SeriesKey {
    SeriesKey::new(PointId(point), Measurand::new(quantity, Phase::Total))
}

fn power() -> SeriesKey {
    series(1, Quantity::ActivePower)
}

fn energy() -> SeriesKey {
    series(1, Quantity::ActiveEnergyImport)
}

fn at(offset_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(BASE_MS + offset_ms).expect("the offsets of the cases are small")
}

fn offset_ms(at: Timestamp) -> i64 {
    at.as_millisecond() - BASE_MS
}

fn span(from_ms: i64, until_ms: i64) -> Span {
    Span {
        from: at(from_ms),
        until: at(until_ms),
    }
}

fn sample(series: SeriesKey, offset_ms: i64, value: f64) -> Sample {
    Sample {
        series,
        at: at(offset_ms),
        value,
        decimals: 1,
        quality: Quality::MEASURED,
        coverage: Coverage::FULL,
    }
}

impl Probe {
    async fn append(&self, run: &[(i64, f64)]) {
        self.append_to(power(), run).await;
    }

    async fn append_to(&self, series: SeriesKey, run: &[(i64, f64)]) {
        let samples = run
            .iter()
            .map(|&(offset_ms, value)| sample(series, offset_ms, value))
            .collect();
        self.append_samples(samples).await;
    }

    async fn append_samples(&self, samples: Vec<Sample>) {
        self.store
            .append(samples)
            .await
            .expect("the store takes samples");
    }

    #[track_caller]
    fn check_raw(&self, expected: &[(i64, f64)]) -> impl Future<Output = ()> {
        self.check_raw_of(power(), expected)
    }

    /// The whole series, within a wide span.
    async fn check_raw_of(&self, series: SeriesKey, expected: &[(i64, f64)]) {
        let found = self.raw(series, span(-86_400_000, 86_400_000)).await;
        assert_eq!(pairs(&found), expected);
    }

    async fn raw(&self, series: SeriesKey, span: Span) -> Vec<Sample> {
        self.store
            .read_raw(series, span, usize::MAX)
            .await
            .expect("the store reads")
    }

    async fn latest(&self, series: SeriesKey) -> Option<(i64, f64)> {
        let latest = self.store.latest(&[series]).await.expect("the store reads");
        assert_eq!(latest.len(), 1);
        latest[0].map(|sample| (offset_ms(sample.at), sample.value))
    }

    /// Steps of a second that hold for two.
    async fn steps(&self, series: SeriesKey, span: Span) -> SteppedSeries {
        self.store
            .read_stepped(series, span, Duration::from_secs(1), Duration::from_secs(2))
            .await
            .expect("the store reads")
    }

    async fn delete_before(&self, offset_ms: i64) {
        self.store
            .delete_before(power(), at(offset_ms))
            .await
            .expect("the store deletes");
    }
}

fn pairs(samples: &[Sample]) -> Vec<(i64, f64)> {
    samples
        .iter()
        .map(|sample| (offset_ms(sample.at), sample.value))
        .collect()
}

fn is_empty_span<T>(result: &Result<T, HistoryError>) -> bool {
    matches!(result, Err(HistoryError::EmptySpan { .. }))
}
