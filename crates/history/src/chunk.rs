//! A chunk: up to some thousand points of one series, compressed, as it lies on the disk.
//!
//! Layout: version, flags, exponent, number of points, instants, decimals, quality and, unless it
//! is full throughout, coverage as runs, values. Instants are first and step where they are regular, else `pco` integers of
//! milliseconds. Values are `pco` integers scaled by 10^exponent where every one of them comes
//! back bit for bit, else `pco` floats. Who keeps a chunk also keeps a checksum over it.

use model::{Coverage, Quality};
use pco::ChunkConfig;
use pco::data_types::Number;

use crate::codec::varint::{self, Cursor};
use crate::codec::{runs, scaled};
use crate::point::Point;

const VERSION: u8 = 1;
const FLAG_INSTANTS: u8 = 1;
const FLAG_FLOATS: u8 = 1 << 1;
const FLAG_COVERAGE: u8 = 1 << 2;

/// Measured: level 8 packs 3 % better than 4 at half its speed, which is still ten million a second.
const LEVEL: usize = 8;

/// No writer makes larger ones; a reader must not be talked into huge allocations.
const POINTS_MAX: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChunkFault {
    #[error("its format {0} is not known")]
    Version(u8),
    #[error("its {0} cannot be read")]
    Broken(&'static str),
    #[error("its checksum does not match")]
    Checksum,
}

/// Packs points that are sorted by time, at least one.
pub(crate) fn encode(points: &[Point]) -> Vec<u8> {
    let step_ms = regular_step(points);
    let exponent = points
        .iter()
        .map(|point| point.decimals())
        .max()
        .unwrap_or(0);
    let integers: Option<Vec<i64>> = points
        .iter()
        .map(|point| scaled::integer_of(point.value, exponent))
        .collect();
    let mut flags = 0;
    if step_ms.is_none() {
        flags |= FLAG_INSTANTS;
    }
    if integers.is_none() {
        flags |= FLAG_FLOATS;
    }

    let is_covered = |point: &Point| point.coverage() == Coverage::FULL;
    if !points.iter().all(is_covered) {
        flags |= FLAG_COVERAGE;
    }

    let mut bytes = vec![VERSION, flags, exponent];
    varint::put(&mut bytes, points.len() as u64);
    if let Some(step_ms) = step_ms {
        varint::put_signed(&mut bytes, points[0].at_ms());
        varint::put(&mut bytes, step_ms as u64);
    } else {
        let instants: Vec<i64> = points.iter().map(|point| point.at_ms()).collect();
        put_numbers(&mut bytes, &instants);
    }
    runs::put(&mut bytes, points.iter().map(|point| point.decimals()));
    runs::put(
        &mut bytes,
        points.iter().map(|point| point.quality().bits()),
    );
    if flags & FLAG_COVERAGE != 0 {
        let coverage = points.iter().map(|point| point.coverage().half_percents());
        runs::put(&mut bytes, coverage);
    }
    if let Some(integers) = integers {
        put_numbers(&mut bytes, &integers);
    } else {
        let values: Vec<f64> = points.iter().map(|point| point.value).collect();
        put_numbers(&mut bytes, &values);
    }
    bytes
}

/// Unpacks what [`encode`] packed; any other bytes give a fault, at worst wrong points.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Point>, ChunkFault> {
    let broken = |part| move || ChunkFault::Broken(part);
    let mut cursor = Cursor::new(bytes);
    let version = cursor.byte().ok_or_else(broken("head"))?;
    if version != VERSION {
        return Err(ChunkFault::Version(version));
    }
    let flags = cursor.byte().ok_or_else(broken("head"))?;
    let exponent = cursor.byte().ok_or_else(broken("head"))?;
    let n = cursor
        .varint()
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| (1..=POINTS_MAX).contains(n))
        .ok_or_else(broken("number of points"))?;
    let instants = take_instants(&mut cursor, flags, n).ok_or_else(broken("instants"))?;
    let decimals = runs::take(&mut cursor, n).ok_or_else(broken("decimals"))?;
    let quality = runs::take(&mut cursor, n).ok_or_else(broken("quality"))?;
    let coverage = if flags & FLAG_COVERAGE != 0 {
        runs::take(&mut cursor, n).ok_or_else(broken("coverage"))?
    } else {
        vec![Coverage::FULL.half_percents(); n]
    };
    let values: Vec<f64> = if flags & FLAG_FLOATS == 0 {
        let integers: Vec<i64> = take_numbers(&mut cursor, n).ok_or_else(broken("values"))?;
        integers
            .into_iter()
            .map(|integer| scaled::value_of(integer, exponent))
            .collect()
    } else {
        take_numbers(&mut cursor, n).ok_or_else(broken("values"))?
    };
    let marks = decimals.into_iter().zip(quality).zip(coverage);
    Ok(instants
        .into_iter()
        .zip(values)
        .zip(marks)
        .map(|((at_ms, value), ((decimals, quality), coverage))| {
            Point::new(at_ms, value, decimals, Quality::from_bits(quality))
                .with_coverage(Coverage::of_half_percents(coverage))
        })
        .collect())
}

/// The milliseconds between any two neighbours, if they are the same everywhere.
fn regular_step(points: &[Point]) -> Option<i64> {
    let step_of = |pair: &[Point]| pair[1].at_ms() - pair[0].at_ms();
    let step_ms = points.get(..2).map_or(0, step_of);
    points
        .windows(2)
        .all(|pair| step_of(pair) == step_ms)
        .then_some(step_ms)
}

fn take_instants(cursor: &mut Cursor<'_>, flags: u8, n: usize) -> Option<Vec<i64>> {
    if flags & FLAG_INSTANTS != 0 {
        return take_numbers(cursor, n);
    }
    let first_ms = cursor.varint_signed()?;
    let step_ms = i64::try_from(cursor.varint()?).ok()?;
    (0..n as i64)
        .map(|i| step_ms.checked_mul(i)?.checked_add(first_ms))
        .collect()
}

fn put_numbers<T: Number>(bytes: &mut Vec<u8>, numbers: &[T]) {
    let config = ChunkConfig::default().with_compression_level(LEVEL);
    let packed = pco::standalone::simple_compress(numbers, &config)
        .expect("the settings are fixed and pco writes to memory");
    varint::put(bytes, packed.len() as u64);
    bytes.extend_from_slice(&packed);
}

fn take_numbers<T: Number + Default>(cursor: &mut Cursor<'_>, n: usize) -> Option<Vec<T>> {
    let length = usize::try_from(cursor.varint()?).ok()?;
    let packed = cursor.bytes(length)?;
    let mut numbers = vec![T::default(); n];
    let progress = pco::standalone::simple_decompress_into(packed, &mut numbers).ok()?;
    (progress.finished && progress.n_processed == n).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(points: &[Point]) -> Vec<(i64, u64, u8, u8, u8)> {
        points
            .iter()
            .map(|point| {
                (
                    point.at_ms(),
                    point.value.to_bits(),
                    point.decimals(),
                    point.quality().bits(),
                    point.coverage().half_percents(),
                )
            })
            .collect()
    }

    fn check(points: &[Point]) -> usize {
        let bytes = encode(points);
        let decoded = decode(&bytes).unwrap();
        assert_eq!(bits(&decoded), bits(points));
        bytes.len()
    }

    /// A voltage of two decimals that wanders, every ten minutes.
    fn voltage(n: i64, jitter_ms: impl Fn(i64) -> i64) -> Vec<Point> {
        let mut centivolts = 23_000;
        let mut state = 1u64;
        (0..n)
            .map(|i| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                centivolts += (state >> 60) as i64 - 7;
                Point::new(
                    1_700_000_400_000 + i * 600_000 + jitter_ms(i),
                    centivolts as f64 / 100.0,
                    2,
                    Quality::MEASURED,
                )
            })
            .collect()
    }

    #[test]
    fn regular_decimals_take_about_a_byte_each() {
        let bytes = check(&voltage(4096, |_| 0));
        assert!(bytes < 4096, "{bytes}");
    }

    #[test]
    fn gaps_cost_little_and_jitter_about_a_byte_more() {
        let gaps = check(&voltage(4096, |i| (i / 500) * 600_000));
        assert!(gaps < 4096 + 300, "{gaps}");
        let jitter = check(&voltage(4096, |i| (i * 7919) % 100));
        assert!(jitter < 2 * 4096, "{jitter}");
    }

    #[test]
    fn one_value_that_is_no_decimal_spoils_no_bit() {
        let mut points = voltage(100, |_| 0);
        points[50].value = 1.0 / 3.0;
        check(&points);
        points[51].value = f64::NAN;
        points[52].value = f64::NEG_INFINITY;
        points[53].value = -0.0;
        check(&points);
    }

    #[test]
    fn a_single_point_is_a_chunk() {
        check(&voltage(1, |_| 0));
    }

    #[test]
    fn a_later_format_is_named() {
        assert_eq!(decode(&[9]).unwrap_err(), ChunkFault::Version(9));
    }

    fn any_points() -> impl Strategy<Value = Vec<Point>> {
        let value = prop_oneof![
            any::<f64>(),
            any::<i32>().prop_map(|integer| f64::from(integer) / 1000.0),
            any::<u64>().prop_map(f64::from_bits),
        ];
        let gap_ms = prop_oneof![Just(1000i64), 1..5000i64, 1..10_000_000_000i64];
        let flags = (
            any::<u8>().prop_map(Quality::from_bits),
            prop_oneof![Just(3), any::<u8>()],
            prop_oneof![Just(200), any::<u8>()].prop_map(Coverage::of_half_percents),
        );
        let parts = proptest::collection::vec((gap_ms, value, flags), 1..200);
        (0..4_000_000_000_000i64, parts).prop_map(|(mut at_ms, parts)| {
            parts
                .into_iter()
                .map(|(gap_ms, value, (quality, decimals, coverage))| {
                    at_ms += gap_ms;
                    Point::new(at_ms, value, decimals, quality).with_coverage(coverage)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn any_points_read_back_bit_for_bit(points in any_points()) {
            check(&points);
        }

        #[test]
        fn decimal_points_read_back_bit_for_bit(
            integers in proptest::collection::vec(any::<i32>(), 1..300),
            decimals in 0..=15u8,
        ) {
            let points: Vec<Point> = integers
                .iter()
                .enumerate()
                .map(|(i, integer)| {
                    let value = scaled::value_of(i64::from(*integer), decimals);
                    Point::new(i as i64 * 1000, value, decimals, Quality::MEASURED)
                })
                .collect();
            check(&points);
        }

        #[test]
        fn damage_gives_a_fault_or_points_but_no_panic(
            points in any_points(),
            at in any::<proptest::sample::Index>(),
            with in 1..=255u8,
            cut in any::<bool>(),
        ) {
            let mut bytes = encode(&points);
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= with;
            }
            if let Ok(decoded) = decode(&bytes) {
                prop_assert!(decoded.len() <= POINTS_MAX);
            }
        }

        #[test]
        fn foreign_bytes_give_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
