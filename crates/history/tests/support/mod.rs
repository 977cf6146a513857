//! What the tests of this folder share.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

mod reference;
mod wrapped;

pub use reference::Reference;
pub use wrapped::{Reopening, Sealing};

use jiff::Timestamp;
use model::{Measurand, Phase, PointId, Quality, Quantity, SeriesKey};

use history::{Sample, SqliteOptions};

/// Chunks so small that a handful of samples makes several.
pub fn small_chunks() -> SqliteOptions {
    SqliteOptions {
        chunk_points: 3,
        ..SqliteOptions::default()
    }
}

pub fn power(point: u32) -> SeriesKey {
    SeriesKey {
        point: PointId(point),
        measurand: Measurand::new(Quantity::ActivePower, Phase::Total),
    }
}

pub fn instant(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap()
}

pub fn sample(series: SeriesKey, at_ms: i64, value: f64) -> Sample {
    Sample {
        series,
        at: instant(at_ms),
        value,
        decimals: 2,
        quality: Quality::MEASURED,
    }
}
