//! Points of one series in memory, packed: about three bytes each where a [`Point`] takes sixteen.
//!
//! Each point is written as the difference to the one before: how much longer or shorter the time
//! between them was than the last time, and how much greater or less the scaled integer of the
//! value. Decimals, quality and coverage are only written where they change.

use model::{Coverage, Quality};

use crate::codec::scaled;
use crate::codec::varint::{self, Cursor};
use crate::point::Point;

/// Lowest bit of a head: a byte of flags follows.
const HAS_FLAGS: i64 = 1;

const FLAG_FLOAT: u8 = 1;
const FLAG_DECIMALS: u8 = 1 << 1;
const FLAG_QUALITY: u8 = 1 << 2;
const FLAG_COVERAGE: u8 = 1 << 3;

/// A run grows by this share of itself: twice the size, as a `Vec` does by itself, would leave a
/// third of all memory of the unsealed points unused.
const GROWTH: usize = 4;

/// Points of one series, by time, each instant once.
#[derive(Debug, Default, Clone)]
pub(crate) struct PackedPoints {
    bytes: Vec<u8>,
    n: usize,
    /// Those that a point behind the run is judged by.
    ends: Option<(i64, Tip)>,
}

/// The last point of a run, and what the next one is written as the difference to.
#[derive(Debug, Clone, Copy)]
struct Tip {
    point: Point,
    spacing_ms: i64,
    integer: i64,
}

impl Tip {
    /// Before the first point of a run.
    fn origin() -> Self {
        Self {
            point: Point::new(0, 0.0, 0, Quality::MEASURED),
            spacing_ms: 0,
            integer: 0,
        }
    }
}

impl PackedPoints {
    pub(crate) fn len(&self) -> usize {
        self.n
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.n == 0
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn first_ms(&self) -> Option<i64> {
        self.ends.map(|(first_ms, _)| first_ms)
    }

    pub(crate) fn last(&self) -> Option<Point> {
        self.ends.map(|(_, tip)| tip.point)
    }

    /// Appends a point that lies behind all others.
    pub(crate) fn push(&mut self, point: Point) {
        let before = self.ends.map_or_else(Tip::origin, |(_, tip)| tip);
        let spacing_ms = point.at_ms() - before.point.at_ms();
        let integer = scaled::integer_of(point.value, point.decimals());
        let mut flags = 0;
        if integer.is_none() {
            flags |= FLAG_FLOAT;
        }
        if point.decimals() != before.point.decimals() {
            flags |= FLAG_DECIMALS;
        }
        if point.quality() != before.point.quality() {
            flags |= FLAG_QUALITY;
        }
        if point.coverage() != before.point.coverage() {
            flags |= FLAG_COVERAGE;
        }
        if self.bytes.capacity() - self.bytes.len() < POINT_BYTES_MAX {
            self.bytes
                .reserve_exact((self.bytes.len() / GROWTH).max(POINT_BYTES_MAX));
        }
        let head = ((spacing_ms - before.spacing_ms) << 1) | i64::from(flags != 0);
        varint::put_signed(&mut self.bytes, head);
        if flags != 0 {
            self.bytes.push(flags);
        }
        if flags & FLAG_DECIMALS != 0 {
            self.bytes.push(point.decimals());
        }
        if flags & FLAG_QUALITY != 0 {
            self.bytes.push(point.quality().bits());
        }
        if flags & FLAG_COVERAGE != 0 {
            self.bytes.push(point.coverage().half_percents());
        }
        match integer {
            Some(integer) => varint::put_signed(&mut self.bytes, integer - before.integer),
            None => self.bytes.extend_from_slice(&point.value.to_le_bytes()),
        }
        let tip = Tip {
            point,
            spacing_ms,
            integer: integer.unwrap_or(before.integer),
        };
        let first_ms = self.first_ms().unwrap_or(point.at_ms());
        self.ends = Some((first_ms, tip));
        self.n += 1;
    }

    /// All points, unpacked one by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Point> {
        let mut cursor = Cursor::new(&self.bytes);
        let mut tip = Tip::origin();
        std::iter::from_fn(move || {
            tip = take(&mut cursor, tip)?;
            Some(tip.point)
        })
    }

    /// The first `limit` points with `from_ms <= at < until_ms`.
    pub(crate) fn between(&self, from_ms: i64, until_ms: i64, limit: usize) -> Vec<Point> {
        let is_behind = self.last().is_none_or(|last| last.at_ms() < from_ms);
        if is_behind {
            return Vec::new();
        }
        self.iter()
            .skip_while(|point| point.at_ms() < from_ms)
            .take_while(|point| point.at_ms() < until_ms)
            .take(limit)
            .collect()
    }
}

impl FromIterator<Point> for PackedPoints {
    /// Packs points that are sorted by time.
    fn from_iter<I: IntoIterator<Item = Point>>(points: I) -> Self {
        let mut packed = Self::default();
        for point in points {
            packed.push(point);
        }
        packed
    }
}

/// A head and an integer of ten bytes each, flags, and a byte for each of them but one.
const POINT_BYTES_MAX: usize = 24;

/// The point behind `before`; `None` at the end.
fn take(cursor: &mut Cursor<'_>, before: Tip) -> Option<Tip> {
    let head = cursor.varint_signed()?;
    let flags = if head & HAS_FLAGS != 0 {
        cursor.byte()?
    } else {
        0
    };
    let spacing_ms = before.spacing_ms + (head >> 1);
    let mut decimals = before.point.decimals();
    let mut quality = before.point.quality();
    let mut coverage = before.point.coverage();
    if flags & FLAG_DECIMALS != 0 {
        decimals = cursor.byte()?;
    }
    if flags & FLAG_QUALITY != 0 {
        quality = Quality::from_bits(cursor.byte()?);
    }
    if flags & FLAG_COVERAGE != 0 {
        coverage = Coverage::of_half_percents(cursor.byte()?);
    }
    let mut integer = before.integer;
    let value = if flags & FLAG_FLOAT != 0 {
        cursor.f64()?
    } else {
        integer += cursor.varint_signed()?;
        scaled::value_of(integer, decimals)
    };
    let at_ms = before.point.at_ms() + spacing_ms;
    Some(Tip {
        point: Point::new(at_ms, value, decimals, quality).with_coverage(coverage),
        spacing_ms,
        integer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(point: Point) -> (i64, u64, u8, u8, u8) {
        (
            point.at_ms(),
            point.value.to_bits(),
            point.decimals(),
            point.quality().bits(),
            point.coverage().half_percents(),
        )
    }

    #[track_caller]
    fn check(points: &[Point]) -> PackedPoints {
        let packed: PackedPoints = points.iter().copied().collect();
        let expected: Vec<_> = points.iter().copied().map(bits).collect();
        let found: Vec<_> = packed.iter().map(bits).collect();
        assert_eq!(found, expected);
        assert_eq!(packed.len(), points.len());
        assert_eq!(packed.first_ms(), points.first().map(|point| point.at_ms()));
        assert_eq!(packed.last().map(bits), points.last().copied().map(bits));
        packed
    }

    #[test]
    fn a_second_of_a_meter_takes_three_bytes() {
        let points: Vec<Point> = (0..1000)
            .map(|i| {
                let at_ms = 1_700_000_000_000 + i * 1000 + (i * 7919) % 9;
                let value = (23_000 + (i * 31) % 61) as f64 / 100.0;
                Point::new(at_ms, value, 2, Quality::MEASURED)
            })
            .collect();
        let packed = check(&points);
        assert!(packed.n_bytes() < 3 * 1000, "{}", packed.n_bytes());
    }

    #[test]
    fn a_span_takes_what_lies_in_it() {
        let points: Vec<Point> = (0..10)
            .map(|i| Point::new(i * 10, i as f64, 0, Quality::MEASURED))
            .collect();
        let packed = check(&points);
        let between = |from_ms, until_ms, limit| -> Vec<i64> {
            let found = packed.between(from_ms, until_ms, limit);
            found.iter().map(|point| point.at_ms()).collect()
        };
        assert_eq!(between(20, 40, 9), [20, 30]);
        assert_eq!(between(21, 1000, 2), [30, 40]);
        assert_eq!(between(91, 1000, 9), [0; 0]);
    }

    proptest! {
        #[test]
        fn every_point_comes_back(
            run in prop::collection::vec(
                (1i64..100_000_000, any::<i32>(), 0u8..20, any::<f64>(), 0u8..9, 0u8..=200),
                0..60,
            )
        ) {
            let mut at_ms = 0;
            let points: Vec<Point> = run
                .into_iter()
                .map(|(spacing_ms, integer, decimals, float, quality, coverage)| {
                    at_ms += spacing_ms;
                    let scaled = scaled::value_of(i64::from(integer), decimals);
                    let value = if coverage % 7 == 0 { float } else { scaled };
                    Point::new(at_ms, value, decimals, Quality::from_bits(quality))
                        .with_coverage(Coverage::of_half_percents(coverage))
                })
                .collect();
            check(&points);
        }
    }
}
