use jiff::Timestamp;
use model::{Coverage, Quality, SeriesKey};

use crate::Sample;

/// A sample without its series, in 16 bytes: what tails and chunks hold by the million.
///
/// The stamp packs 43 bits of milliseconds above 6 of decimals, 8 of coverage and 7 of quality.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    stamp: i64,
    pub(crate) value: f64,
}

const AT_SHIFT: u32 = 21;
const DECIMALS_SHIFT: u32 = 15;
const COVERAGE_SHIFT: u32 = 7;
const QUALITY_MASK: u8 = 0x7f;

/// More decimals than any number has; a store keeps no more.
pub(crate) const DECIMALS_KEPT_MAX: u8 = 0x3f;

impl Point {
    /// With full coverage. `at_ms` must fit 43 bits, which reach beyond what
    /// [`Sample::is_storable`] lets in.
    pub(crate) fn new(at_ms: i64, value: f64, decimals: u8, quality: Quality) -> Self {
        let decimals = decimals.min(DECIMALS_KEPT_MAX);
        Self {
            stamp: (at_ms << AT_SHIFT)
                | i64::from(decimals) << DECIMALS_SHIFT
                | i64::from(Coverage::FULL.half_percents()) << COVERAGE_SHIFT
                | i64::from(quality.bits() & QUALITY_MASK),
            value,
        }
    }

    pub(crate) fn with_coverage(self, coverage: Coverage) -> Self {
        let others = self.stamp & !(0xff << COVERAGE_SHIFT);
        Self {
            stamp: others | i64::from(coverage.half_percents()) << COVERAGE_SHIFT,
            ..self
        }
    }

    /// Minus zero becomes zero: no meter means it, and it would not survive a scaled integer.
    pub(crate) fn of(sample: &Sample) -> Self {
        Self::new(
            sample.at.as_millisecond(),
            sample.value + 0.0,
            sample.decimals,
            sample.quality,
        )
        .with_coverage(sample.coverage)
    }

    pub(crate) fn at_ms(self) -> i64 {
        self.stamp >> AT_SHIFT
    }

    pub(crate) fn at_second(self) -> i64 {
        self.at_ms().div_euclid(1000)
    }

    pub(crate) fn decimals(self) -> u8 {
        (self.stamp >> DECIMALS_SHIFT) as u8 & DECIMALS_KEPT_MAX
    }

    pub(crate) fn quality(self) -> Quality {
        Quality::from_bits(self.stamp as u8 & QUALITY_MASK)
    }

    pub(crate) fn coverage(self) -> Coverage {
        Coverage::of_half_percents((self.stamp >> COVERAGE_SHIFT) as u8)
    }

    pub(crate) fn sample(self, series: SeriesKey) -> Sample {
        Sample {
            series,
            at: Timestamp::from_millisecond(self.at_ms())
                .expect("43 bits of milliseconds are within the years of a timestamp"),
            value: self.value,
            decimals: self.decimals(),
            quality: self.quality(),
            coverage: self.coverage(),
        }
    }
}

/// Two runs by time become one; where both have an instant, `newer` wins.
pub(crate) fn merge(older: Vec<Point>, newer: &[Point]) -> Vec<Point> {
    let Some(first) = newer.first() else {
        return older;
    };
    if older.last().is_none_or(|last| last.at_ms() < first.at_ms()) {
        let mut merged = older;
        merged.extend_from_slice(newer);
        return merged;
    }
    let mut merged = Vec::with_capacity(older.len() + newer.len());
    let mut rest = newer.iter().copied().peekable();
    for point in older {
        while let Some(earlier) = rest.next_if(|other| other.at_ms() < point.at_ms()) {
            merged.push(earlier);
        }
        if rest
            .peek()
            .is_none_or(|other| other.at_ms() != point.at_ms())
        {
            merged.push(point);
        }
    }
    merged.extend(rest);
    merged
}

/// Orders points by time; of equal instants the one that came last stays.
pub(crate) fn sort_and_dedup(points: &mut Vec<Point>) {
    points.sort_by_key(|point| point.at_ms());
    points.dedup_by(|later, kept| {
        let same = later.at_ms() == kept.at_ms();
        if same {
            *kept = *later;
        }
        same
    });
}

/// The part of a sorted run with `from_ms <= at < until_ms`.
pub(crate) fn range(points: &[Point], from_ms: i64, until_ms: i64) -> &[Point] {
    let from = points.partition_point(|point| point.at_ms() < from_ms);
    let until = points.partition_point(|point| point.at_ms() < until_ms);
    &points[from..until.max(from)]
}

/// The last point of a sorted run at or before an instant.
pub(crate) fn last_at_or_before(points: &[Point], at_ms: i64) -> Option<Point> {
    let after = points.partition_point(|point| point.at_ms() <= at_ms);
    points[..after].last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(run: &[(i64, f64)]) -> Vec<Point> {
        run.iter()
            .map(|&(at_ms, value)| Point::new(at_ms, value, 0, Quality::MEASURED))
            .collect()
    }

    fn pairs(run: &[Point]) -> Vec<(i64, f64)> {
        run.iter()
            .map(|point| (point.at_ms(), point.value))
            .collect()
    }

    #[track_caller]
    fn check(older: &[(i64, f64)], newer: &[(i64, f64)], merged: &[(i64, f64)]) {
        assert_eq!(pairs(&merge(points(older), &points(newer))), merged);
    }

    #[test]
    fn a_run_behind_another_is_appended() {
        check(&[(1, 1.0)], &[(2, 2.0)], &[(1, 1.0), (2, 2.0)]);
        check(&[], &[(2, 2.0)], &[(2, 2.0)]);
        check(&[(1, 1.0)], &[], &[(1, 1.0)]);
    }

    #[test]
    fn late_points_find_their_place() {
        check(
            &[(2, 2.0), (4, 4.0)],
            &[(1, 1.0), (3, 3.0), (5, 5.0)],
            &[(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (5, 5.0)],
        );
    }

    #[test]
    fn of_equal_instants_the_newer_run_wins() {
        check(&[(1, 1.0), (2, 2.0)], &[(2, 9.0)], &[(1, 1.0), (2, 9.0)]);
    }

    #[test]
    fn of_equal_instants_the_last_to_come_stays() {
        let mut run = points(&[(2, 1.0), (1, 1.0), (2, 2.0), (1, 3.0)]);
        sort_and_dedup(&mut run);
        assert_eq!(pairs(&run), [(1, 3.0), (2, 2.0)]);
    }

    #[test]
    fn a_packed_point_keeps_its_parts() {
        for at_ms in [0, -1, 1, i64::from(u32::MAX) * 1000 + 999] {
            let all = Quality::from_bits(0xff);
            let point = Point::new(at_ms, 1.5, 50, all);
            assert_eq!(point.at_ms(), at_ms);
            assert_eq!((point.decimals(), point.quality()), (50, all));
            assert_eq!(point.coverage(), Coverage::FULL);
            let half = Coverage::of_share(0.5);
            let point = point.with_coverage(half);
            assert_eq!((point.at_ms(), point.coverage()), (at_ms, half));
            assert_eq!((point.decimals(), point.quality()), (50, all));
        }
    }
}
