use std::collections::HashMap;

use model::{PointId, SeriesKey};

use crate::journal::JournalRow;
use crate::packed::PackedPoints;
use crate::point::{self, Point};

/// What memory knows of every series: its id, its unsealed points, its first and last moment.
///
/// The poll journal on disk says the same; this is what it means, replayed.
#[derive(Debug, Default)]
pub(super) struct Tails {
    ids: HashMap<SeriesKey, u32>,
    by_id: HashMap<u32, Tail>,
    n_points: usize,
    n_bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Tail {
    unsealed: PackedPoints,
    sealed: SealedEnds,
}

/// Where the chunks of a series begin and end.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct SealedEnds {
    pub(super) first_ms: Option<i64>,
    pub(super) last: Option<Point>,
}

impl Tail {
    pub(super) fn unsealed(&self) -> &PackedPoints {
        &self.unsealed
    }

    /// The newest sample of the series, sealed or not.
    pub(super) fn last(&self) -> Option<Point> {
        match (self.unsealed.last(), self.sealed.last) {
            (Some(unsealed), Some(sealed)) if unsealed.at_ms() < sealed.at_ms() => Some(sealed),
            (unsealed, sealed) => unsealed.or(sealed),
        }
    }

    /// The instant of the oldest sample of the series, sealed or not.
    pub(super) fn first_ms(&self) -> Option<i64> {
        let unsealed = self.unsealed.first_ms();
        unsealed.into_iter().chain(self.sealed.first_ms).min()
    }

    pub(super) fn sealed_ends(&self) -> SealedEnds {
        self.sealed
    }

    /// The ends once the unsealed points are in chunks too.
    pub(super) fn ends_when_sealed(&self) -> SealedEnds {
        SealedEnds {
            first_ms: self.first_ms(),
            last: self.last(),
        }
    }
}

impl Tails {
    pub(super) fn id(&self, series: SeriesKey) -> Option<u32> {
        self.ids.get(&series).copied()
    }

    pub(super) fn tail(&self, id: u32) -> Option<&Tail> {
        self.by_id.get(&id)
    }

    pub(super) fn of(&self, series: SeriesKey) -> Option<&Tail> {
        self.tail(self.id(series)?)
    }

    /// The series of a point that hold samples, in the order of their keys.
    pub(super) fn series_of(&self, point: PointId) -> Vec<SeriesKey> {
        let mut found: Vec<SeriesKey> = self
            .ids
            .iter()
            .filter(|(key, _)| key.point == point)
            .filter(|(_, id)| self.tail(**id).is_some_and(|tail| tail.last().is_some()))
            .map(|(key, _)| *key)
            .collect();
        found.sort_unstable();
        found
    }

    /// Every series that holds samples, with the millisecond of its oldest and its newest point.
    pub(super) fn filled(&self) -> impl Iterator<Item = (SeriesKey, i64, Point)> {
        self.ids.iter().filter_map(|(key, id)| {
            let tail = self.tail(*id)?;
            Some((*key, tail.first_ms()?, tail.last()?))
        })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Tail> {
        self.by_id.values()
    }

    pub(super) fn n_series(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn n_points(&self) -> usize {
        self.n_points
    }

    /// What the unsealed points take of memory.
    pub(super) fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// Ids with unsealed points, ascending as the chunks lie on the disk.
    pub(super) fn unsealed(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self
            .by_id
            .iter()
            .filter(|(_, tail)| !tail.unsealed.is_empty())
            .map(|(id, _)| *id)
            .collect();
        ids.sort_unstable();
        ids
    }

    pub(super) fn register(&mut self, series: SeriesKey, id: u32) {
        self.ids.insert(series, id);
    }

    pub(super) fn set_sealed_ends(&mut self, id: u32, ends: SealedEnds) {
        self.by_id.entry(id).or_default().sealed = ends;
    }

    pub(super) fn apply(&mut self, row: &JournalRow) {
        match row {
            JournalRow::Samples(samples) => self.add(samples),
            JournalRow::Deletion { series, before_ms } => self.delete_before(*series, *before_ms),
        }
    }

    fn add(&mut self, samples: &[(u32, Point)]) {
        let mut late: HashMap<u32, Vec<Point>> = HashMap::new();
        for &(id, point) in samples {
            let tail = self.by_id.entry(id).or_default();
            if tail
                .unsealed
                .last()
                .is_some_and(|last| last.at_ms() >= point.at_ms())
            {
                late.entry(id).or_default().push(point);
                continue;
            }
            let n_bytes = tail.unsealed.n_bytes();
            tail.unsealed.push(point);
            self.n_bytes += tail.unsealed.n_bytes() - n_bytes;
            self.n_points += 1;
        }
        for (id, mut late) in late {
            // Whatever was packed above lies behind these, so that they are the last to say
            // something about their instants.
            point::sort_and_dedup(&mut late);
            self.replace(id, |points| point::merge(points, &late));
        }
    }

    /// The points of a series are in chunks now.
    pub(super) fn seal(&mut self, id: u32) {
        if let Some(tail) = self.by_id.get_mut(&id) {
            tail.sealed = tail.ends_when_sealed();
        }
        self.replace(id, |_sealed| Vec::new());
    }

    fn delete_before(&mut self, id: u32, before_ms: i64) {
        let first_ms = self
            .by_id
            .get(&id)
            .and_then(|tail| tail.unsealed.first_ms());
        if first_ms.is_none_or(|first_ms| first_ms >= before_ms) {
            return;
        }
        self.replace(id, |points| {
            point::range(&points, before_ms, i64::MAX).to_vec()
        });
    }

    /// Packs the unsealed points of a series anew.
    fn replace(&mut self, id: u32, change: impl FnOnce(Vec<Point>) -> Vec<Point>) {
        let Some(tail) = self.by_id.get_mut(&id) else {
            return;
        };
        let changed = change(tail.unsealed.iter().collect());
        let changed: PackedPoints = changed.into_iter().collect();
        self.n_points = self.n_points + changed.len() - tail.unsealed.len();
        self.n_bytes = self.n_bytes + changed.n_bytes() - tail.unsealed.n_bytes();
        tail.unsealed = changed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Quality;

    fn add(tails: &mut Tails, run: &[(i64, f64)]) {
        let samples = run
            .iter()
            .map(|&(at_ms, value)| (1, Point::new(at_ms, value, 0, Quality::MEASURED)))
            .collect();
        tails.apply(&JournalRow::Samples(samples));
    }

    #[track_caller]
    fn check(tails: &Tails, points: &[(i64, f64)]) {
        let tail = tails.tail(1).unwrap();
        let unsealed = tail.unsealed();
        let found: Vec<(i64, f64)> = unsealed.iter().map(|p| (p.at_ms(), p.value)).collect();
        assert_eq!(found, points);
        assert_eq!(tails.n_points(), points.len());
        assert_eq!(tails.n_bytes(), unsealed.n_bytes());
        assert_eq!(tail.last().map(Point::at_ms), points.last().map(|p| p.0));
        assert_eq!(tail.first_ms(), points.first().map(|p| p.0));
    }

    #[track_caller]
    fn check_last(tails: &Tails, expected: (i64, f64)) {
        let last = tails.tail(1).unwrap().last().unwrap();
        assert_eq!((last.at_ms(), last.value), expected);
    }

    #[test]
    fn late_and_repeated_points_are_sorted_in() {
        let mut tails = Tails::default();
        add(&mut tails, &[(10, 1.0), (5, 1.0), (7, 1.0), (10, 2.0)]);
        check(&tails, &[(5, 1.0), (7, 1.0), (10, 2.0)]);
        add(&mut tails, &[(12, 1.0)]);
        add(&mut tails, &[(7, 3.0), (6, 1.0)]);
        check(
            &tails,
            &[(5, 1.0), (6, 1.0), (7, 3.0), (10, 2.0), (12, 1.0)],
        );
    }

    #[test]
    fn the_newest_is_the_latest_by_time_and_not_by_arrival() {
        let mut tails = Tails::default();
        add(&mut tails, &[(10, 1.0)]);
        add(&mut tails, &[(5, 2.0)]);
        check_last(&tails, (10, 1.0));
        add(&mut tails, &[(10, 3.0)]);
        check_last(&tails, (10, 3.0));
    }

    #[test]
    fn sealing_forgets_the_points_and_remembers_the_ends() {
        let mut tails = Tails::default();
        add(&mut tails, &[(5, 1.0), (10, 1.0)]);
        tails.seal(1);
        add(&mut tails, &[(7, 2.0)]);
        let tail = tails.tail(1).unwrap();
        assert_eq!(
            (tail.first_ms(), tail.last().unwrap().at_ms()),
            (Some(5), 10)
        );
        add(&mut tails, &[(10, 3.0)]);
        check_last(&tails, (10, 3.0));
        assert_eq!(tails.n_points(), 2);
    }

    #[test]
    fn deletion_takes_what_came_before_it_and_not_what_comes_after() {
        let mut tails = Tails::default();
        add(&mut tails, &[(5, 1.0), (10, 1.0)]);
        tails.apply(&JournalRow::Deletion {
            series: 1,
            before_ms: 10,
        });
        check(&tails, &[(10, 1.0)]);
        add(&mut tails, &[(6, 1.0)]);
        check(&tails, &[(6, 1.0), (10, 1.0)]);
        tails.apply(&JournalRow::Deletion {
            series: 1,
            before_ms: 100,
        });
        check(&tails, &[]);
    }
}
