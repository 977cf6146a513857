//! One row of the poll journal: what one group commit brought, compact and with a checksum.
//!
//! Layout: kind, body, CRC-32 of both. A row of samples holds them in the order they came, each
//! as the difference to the one before: neighbours in a sweep share instant, decimals, quality
//! and coverage, so that a sample takes about six bytes. A row of deletion says which samples of
//! earlier rows are gone.

use model::{Coverage, Quality};

use crate::codec::scaled;
use crate::codec::varint::{self, Cursor};
use crate::point::Point;

const KIND_SAMPLES: u8 = 1;
const KIND_DELETION: u8 = 2;

const FLAG_FLOAT: u8 = 1;
const FLAG_DECIMALS: u8 = 1 << 1;
const FLAG_QUALITY: u8 = 1 << 2;
const FLAG_COVERAGE: u8 = 1 << 3;

const CHECKSUM_BYTES: usize = 4;

#[derive(Debug, Clone)]
pub(crate) enum JournalRow {
    Samples(Vec<(u32, Point)>),
    /// Samples of `series` before `before_ms` in earlier rows are deleted.
    Deletion {
        series: u32,
        before_ms: i64,
    },
}

impl JournalRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Samples(samples) => {
                bytes.reserve(samples.len() * 8 + 16);
                bytes.push(KIND_SAMPLES);
                put_samples(&mut bytes, samples);
            }
            Self::Deletion { series, before_ms } => {
                bytes.push(KIND_DELETION);
                varint::put(&mut bytes, u64::from(*series));
                varint::put_signed(&mut bytes, *before_ms);
            }
        }
        let checksum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// `None` if the row is damaged: its checksum does not match, or nobody knows its kind.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (bytes, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
        if crc32fast::hash(bytes).to_le_bytes() != checksum {
            return None;
        }
        let mut cursor = Cursor::new(bytes);
        match cursor.byte()? {
            KIND_SAMPLES => take_samples(&mut cursor).map(Self::Samples),
            KIND_DELETION => Some(Self::Deletion {
                series: u32::try_from(cursor.varint()?).ok()?,
                before_ms: cursor.varint_signed()?,
            }),
            _ => None,
        }
    }
}

/// What a sample is written as the difference to.
struct Neighbour {
    series: i64,
    at_ms: i64,
    decimals: u8,
    quality: Quality,
    coverage: Coverage,
}

impl Neighbour {
    const FIRST: Self = Self {
        series: 0,
        at_ms: 0,
        decimals: 0,
        quality: Quality::MEASURED,
        coverage: Coverage::FULL,
    };
}

fn put_samples(bytes: &mut Vec<u8>, samples: &[(u32, Point)]) {
    varint::put(bytes, samples.len() as u64);
    let mut before = Neighbour::FIRST;
    for &(series, point) in samples {
        let integer = scaled::integer_of(point.value, point.decimals());
        let mut flags = 0;
        if integer.is_none() {
            flags |= FLAG_FLOAT;
        }
        if point.decimals() != before.decimals {
            flags |= FLAG_DECIMALS;
        }
        if point.quality() != before.quality {
            flags |= FLAG_QUALITY;
        }
        if point.coverage() != before.coverage {
            flags |= FLAG_COVERAGE;
        }
        bytes.push(flags);
        varint::put_signed(bytes, i64::from(series) - before.series);
        varint::put_signed(bytes, point.at_ms() - before.at_ms);
        if flags & FLAG_DECIMALS != 0 {
            bytes.push(point.decimals());
        }
        if flags & FLAG_QUALITY != 0 {
            bytes.push(point.quality().bits());
        }
        if flags & FLAG_COVERAGE != 0 {
            bytes.push(point.coverage().half_percents());
        }
        match integer {
            Some(integer) => varint::put_signed(bytes, integer),
            None => bytes.extend_from_slice(&point.value.to_le_bytes()),
        }
        before = Neighbour {
            series: i64::from(series),
            at_ms: point.at_ms(),
            decimals: point.decimals(),
            quality: point.quality(),
            coverage: point.coverage(),
        };
    }
}

fn take_samples(cursor: &mut Cursor<'_>) -> Option<Vec<(u32, Point)>> {
    let n = usize::try_from(cursor.varint()?).ok()?;
    // Each sample takes at least four bytes, so a wrong number cannot ask for more than the row.
    if n > cursor.remaining() {
        return None;
    }
    let mut samples = Vec::with_capacity(n);
    let mut before = Neighbour::FIRST;
    for _ in 0..n {
        let flags = cursor.byte()?;
        before.series = before.series.checked_add(cursor.varint_signed()?)?;
        before.at_ms = before.at_ms.checked_add(cursor.varint_signed()?)?;
        if flags & FLAG_DECIMALS != 0 {
            before.decimals = cursor.byte()?;
        }
        if flags & FLAG_QUALITY != 0 {
            before.quality = Quality::from_bits(cursor.byte()?);
        }
        if flags & FLAG_COVERAGE != 0 {
            before.coverage = Coverage::of_half_percents(cursor.byte()?);
        }
        let value = if flags & FLAG_FLOAT == 0 {
            scaled::value_of(cursor.varint_signed()?, before.decimals)
        } else {
            cursor.f64()?
        };
        let series = u32::try_from(before.series).ok()?;
        let point = Point::new(before.at_ms, value, before.decimals, before.quality);
        samples.push((series, point.with_coverage(before.coverage)));
    }
    Some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(row: &JournalRow) -> Vec<(u32, i64, u64, [u8; 3])> {
        match row {
            JournalRow::Samples(samples) => samples
                .iter()
                .map(|(series, point)| {
                    (
                        *series,
                        point.at_ms(),
                        point.value.to_bits(),
                        [
                            point.decimals(),
                            point.quality().bits(),
                            point.coverage().half_percents(),
                        ],
                    )
                })
                .collect(),
            JournalRow::Deletion { series, before_ms } => vec![(*series, *before_ms, 0, [0; 3])],
        }
    }

    fn any_row() -> impl Strategy<Value = JournalRow> {
        let value = prop_oneof![
            any::<i32>().prop_map(|integer| f64::from(integer) / 100.0),
            any::<u64>().prop_map(f64::from_bits),
        ];
        let decimals = prop_oneof![Just(2u8), any::<u8>()];
        let sample = (
            any::<u32>(),
            0..4_294_967_296_000i64,
            value,
            decimals,
            any::<u8>().prop_map(Quality::from_bits),
            prop_oneof![Just(200), any::<u8>()].prop_map(Coverage::of_half_percents),
        );
        let sample = sample.prop_map(|(series, at_ms, value, decimals, quality, coverage)| {
            let point = Point::new(at_ms, value, decimals, quality);
            (series, point.with_coverage(coverage))
        });
        prop_oneof![
            proptest::collection::vec(sample, 0..50).prop_map(JournalRow::Samples),
            (any::<u32>(), any::<i64>())
                .prop_map(|(series, before_ms)| JournalRow::Deletion { series, before_ms }),
        ]
    }

    #[test]
    fn a_sweep_takes_about_six_bytes_a_sample() {
        let samples = (1..=1000)
            .map(|series| {
                let value = f64::from(series * 7919 % 100_000) / 100.0;
                let point = Point::new(1_700_000_000_123, value, 2, Quality::MEASURED);
                (series, point)
            })
            .collect();
        let bytes = JournalRow::Samples(samples).encode();
        assert!(bytes.len() < 6500, "{}", bytes.len());
    }

    proptest! {
        #[test]
        fn any_row_reads_back_bit_for_bit(row in any_row()) {
            let decoded = JournalRow::decode(&row.encode()).unwrap();
            prop_assert_eq!(bits(&decoded), bits(&row));
        }

        #[test]
        fn a_torn_or_changed_row_is_refused(
            row in any_row(),
            at in any::<proptest::sample::Index>(),
            with in 1..=255u8,
            cut in any::<bool>(),
        ) {
            let mut bytes = row.encode();
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= with;
            }
            prop_assert!(JournalRow::decode(&bytes).is_none());
        }

        #[test]
        fn foreign_bytes_with_a_right_checksum_give_no_panic(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
            let _ = JournalRow::decode(&bytes);
        }
    }
}
