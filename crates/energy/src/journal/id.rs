use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use model::{PointId, SeriesKey};
use serde::{Deserialize, Serialize};

/// The id of a journal entry: its series, the reading before, and the first odd one. The series
/// is of indexes, which are instantaneous.
///
/// It is spelled `12-ea_import_wh-1767225600000-1767226200000` (milliseconds since 1970), stays
/// when a pending entry gets its verdict, and is the same when the journal is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EntryId {
    series: SeriesKey,
    before_ms: i64,
    odd_ms: i64,
}

impl EntryId {
    pub(crate) fn new(series: SeriesKey, before: Timestamp, odd: Timestamp) -> Self {
        Self {
            series,
            before_ms: before.as_millisecond(),
            odd_ms: odd.as_millisecond(),
        }
    }

    pub fn series(&self) -> SeriesKey {
        self.series
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SeriesKey {
            point, measurand, ..
        } = self.series;
        write!(
            formatter,
            "{point}-{measurand}-{}-{}",
            self.before_ms, self.odd_ms
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a counter-journal entry")]
pub struct UnknownEntryId(pub String);

impl FromStr for EntryId {
    type Err = UnknownEntryId;

    fn from_str(spelling: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = spelling.split('-');
            let id = Self {
                series: SeriesKey::new(
                    PointId(parts.next()?.parse().ok()?),
                    parts.next()?.parse().ok()?,
                ),
                before_ms: parts.next()?.parse().ok()?,
                odd_ms: parts.next()?.parse().ok()?,
            };
            (parts.next().is_none() && id.to_string() == spelling).then_some(id)
        };
        read().ok_or_else(|| UnknownEntryId(spelling.to_owned()))
    }
}

impl From<EntryId> for String {
    fn from(id: EntryId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for EntryId {
    type Error = UnknownEntryId;

    fn try_from(spelling: String) -> Result<Self, Self::Error> {
        spelling.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_from_their_spelling() {
        let spelling = "12-ea_import_wh-1767225600000-1767226200000";
        let id: EntryId = spelling.parse().unwrap();
        assert_eq!(id.to_string(), spelling);
        assert_eq!(id.series().point, PointId(12));
    }

    #[test]
    fn foreign_spellings_are_refused() {
        for spelling in [
            "",
            "12",
            "12-ea_import_wh-1767225600000",
            "12-ea_import_wh-1767225600000-1767226200000-0",
            "012-ea_import_wh-1767225600000-1767226200000",
            "12-nothing-1767225600000-1767226200000",
        ] {
            assert!(spelling.parse::<EntryId>().is_err(), "{spelling}");
        }
    }
}
