//! Short words that the tests share.

use jiff::Timestamp;
use model::{Coverage, Measurand, Phase, PointId, Quality, Quantity, SeriesKey};

use history::{HistoryStore, Sample, Span, SqliteOptions};

/// Chunks so small that a handful of samples makes several.
pub(crate) fn small_chunks() -> SqliteOptions {
    SqliteOptions {
        chunk_points: 3,
        thin_at_least: std::time::Duration::ZERO,
        ..SqliteOptions::default()
    }
}

pub(crate) fn power(point: u32) -> SeriesKey {
    SeriesKey::new(
        PointId(point),
        Measurand::new(Quantity::ActivePower, Phase::Total),
    )
}

pub(crate) fn instant(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap()
}

pub(crate) fn sample(series: SeriesKey, at_ms: i64, value: f64) -> Sample {
    Sample {
        series,
        at: instant(at_ms),
        value,
        decimals: 2,
        quality: Quality::MEASURED,
        coverage: Coverage::FULL,
    }
}

/// Far from the end of a month.
pub(crate) const BASE_MS: i64 = 1_768_000_000_000;

/// Samples of one series, one a second; the same numbers give the same samples.
pub(crate) fn run(seconds: std::ops::Range<i64>) -> Vec<Sample> {
    seconds
        .map(|i| sample(power(1), BASE_MS + i * 1000, i as f64 / 4.0))
        .collect()
}

pub(crate) fn always() -> Span {
    Span {
        from: Timestamp::UNIX_EPOCH,
        until: Timestamp::MAX,
    }
}

/// The whole series.
pub(crate) async fn read_all(store: &dyn HistoryStore, series: SeriesKey) -> Vec<Sample> {
    store.read_raw(series, always(), usize::MAX).await.unwrap()
}
