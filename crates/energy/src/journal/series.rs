//! How a series is written into a copy of a counter: `12-ea_import_wh`.

use model::{PointId, SeriesKey};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serializer;

pub(super) fn serialize<S: Serializer>(
    series: &SeriesKey,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}-{}", series.point, series.measurand))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SeriesKey, D::Error> {
    let spelling = String::deserialize(deserializer)?;
    let series = spelling.split_once('-').and_then(|(point, measurand)| {
        Some(SeriesKey::new(
            PointId(point.parse().ok()?),
            measurand.parse().ok()?,
        ))
    });
    series.ok_or_else(|| D::Error::custom(format!("`{spelling}` is no series")))
}
