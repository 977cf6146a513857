//! Energy imported since local midnight, as differences of the index that the meters give.
//!
//! [`energy_today`] walks the readings of each feeding circuit, one meter at a time: a pair of
//! neighbours is a span with a known energy. What lies between two meters, across a step back of
//! the index (a reset, a roll-over) or around a glitch is not covered, and the rest still counts.
//!
//! # Invariants
//!
//! - Energy is never negative and never invented: an index is only subtracted from a later one of
//!   the same meter.
//! - The hours add up to the day, but for silences that reach from one hour into another: how
//!   much of those fell into which hour nobody knows.

use history::{HistoryError, Sample, Span};
use jiff::{SignedDuration, Timestamp, Zoned};
use model::{CounterKind, Measurand, Phase, PointId, Quantity, SeriesKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::overview::Day;
use crate::site::{CheckedMount, Site};

/// Readings that are in memory at a time.
const PAGE: usize = 10_000;

/// Within this, energy is taken as spread evenly over the time between two readings; what a longer
/// silence brought cannot be told apart by hours or days.
const EVEN_MAX: SignedDuration = SignedDuration::from_mins(15);

/// A meter that missed no more than two turns is not silent.
const STANDS_SPACINGS: i32 = 3;

/// Imported active energy since local midnight.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EnergyToday {
    /// Difference of the indexes in Wh; null where a feeding circuit has no reading today.
    pub value_wh: Option<f64>,
    /// From when on it counts: local midnight, or the first reading after it.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Until when it counts: the last reading, of the circuit that was read longest ago.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Share of the day so far that it covers, 0 to 1.
    pub coverage: f64,
    /// The local hours that have begun. A day has 23 to 25 of them.
    pub hours: Vec<EnergyHour>,
}

/// One local hour of [`EnergyToday`].
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct EnergyHour {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Its end, which may be yet to come.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// In Wh; null where nothing of it is covered.
    pub value_wh: Option<f64>,
    /// Share of the whole hour that is covered, 0 to 1.
    pub coverage: f64,
}

pub(super) async fn energy_today(
    state: &ApiState,
    site: &Site,
    feeders: &[PointId],
    day: &Day,
    now: Timestamp,
) -> Result<EnergyToday, HistoryError> {
    let borders = hour_borders(day, now, site);
    let mut sums = Vec::new();
    for point in feeders {
        sums.push(sum_of_point(state, site, *point, day, now, &borders).await?);
    }
    Ok(together(&sums, day, now, &borders))
}

/// Where local hours begin, from midnight until the end of the hour that `now` is in.
fn hour_borders(day: &Day, now: Timestamp, site: &Site) -> Vec<Timestamp> {
    let mut borders = vec![day.from];
    let mut at = day.from;
    while at <= now && at < day.until {
        at = end_of_hour(&at.to_zoned(site.time_zone().clone())).min(day.until);
        borders.push(at);
    }
    borders
}

fn end_of_hour(at: &Zoned) -> Timestamp {
    let into_hour = SignedDuration::from_mins(i64::from(at.minute()))
        + SignedDuration::from_secs(i64::from(at.second()));
    at.timestamp() + (SignedDuration::from_hours(1) - into_hour)
}

/// The counter of imported energy that a mount offers: the total, or else the partial one.
fn counter(site: &Site, mount: &CheckedMount) -> Option<Measurand> {
    let offered = site.device(mount.device)?.profile.measurands(mount.channel);
    let total = Measurand::new(Quantity::ActiveEnergyImport, Phase::Total);
    [total, total.with_counter(CounterKind::Partial)]
        .into_iter()
        .find(|counter| offered.iter().any(|info| info.measurand == *counter))
}

/// All meters of one point, after one another.
async fn sum_of_point(
    state: &ApiState,
    site: &Site,
    point: PointId,
    day: &Day,
    now: Timestamp,
    borders: &[Timestamp],
) -> Result<DaySum, HistoryError> {
    let mut sum = DaySum::new(borders);
    for mount in site.mounts_of(point, day.from, now) {
        let Some(measurand) = counter(site, mount) else {
            continue;
        };
        let series = SeriesKey::new(point, measurand);
        let mut from = mount.from.max(day.from - EVEN_MAX);
        let after_now = now + SignedDuration::from_millis(1);
        let until = mount.until.map_or(after_now, |until| until.min(after_now));
        let mut walk = IndexWalk::default();
        while from < until {
            let span = Span { from, until };
            let page = state.history.read_raw(series, span, PAGE).await?;
            for sample in &page {
                walk.push(*sample, &mut sum);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.at + SignedDuration::from_millis(1),
                _ => break,
            }
        }
        let hold = SignedDuration::try_from(state.periods.hold(measurand)).unwrap_or(EVEN_MAX);
        walk.finish(mount.until.map_or(now, |end| end.min(now)), hold, &mut sum);
    }
    Ok(sum)
}

/// What one point brought since midnight.
#[derive(Debug)]
struct DaySum {
    borders: Vec<Timestamp>,
    energy_wh: f64,
    covered: SignedDuration,
    /// Per hour: energy and the time it covers.
    hours: Vec<(f64, SignedDuration)>,
    /// First and last reading; the first from before midnight counts from midnight.
    read: Option<(Timestamp, Timestamp)>,
}

impl DaySum {
    fn new(borders: &[Timestamp]) -> Self {
        Self {
            borders: borders.to_vec(),
            energy_wh: 0.0,
            covered: SignedDuration::ZERO,
            hours: vec![(0.0, SignedDuration::ZERO); borders.len().saturating_sub(1)],
            read: None,
        }
    }

    fn midnight(&self) -> Timestamp {
        self.borders[0]
    }

    /// A silence so long that nobody knows how much of it was today.
    fn splits(&self, from: Timestamp, until: Timestamp) -> bool {
        from < self.midnight() && until.duration_since(from) > EVEN_MAX
    }

    /// What was read before midnight only does not count from there.
    fn forget_yesterday(&mut self) {
        let midnight = self.midnight();
        self.read = self.read.filter(|(_, last)| *last > midnight);
    }

    fn note_reading(&mut self, at: Timestamp) {
        let at = at.max(self.midnight());
        self.read = Some(match self.read {
            None => (at, at),
            Some((first, last)) => (first.min(at), last.max(at)),
        });
    }

    /// Adds what was used from one instant to a later one; what lies before midnight is left out.
    fn add(&mut self, from: Timestamp, until: Timestamp, energy_wh: f64) {
        let length = until.duration_since(from);
        let today_from = from.max(self.midnight());
        if length <= SignedDuration::ZERO || until <= today_from {
            return;
        }
        let share = |part: SignedDuration| part.as_secs_f64() / length.as_secs_f64();
        let today = until.duration_since(today_from);
        self.energy_wh += energy_wh * share(today);
        self.covered += today;
        for (border, hour) in self.borders.windows(2).zip(&mut self.hours) {
            let (start, end) = (border[0].max(today_from), border[1].min(until));
            let part = end.duration_since(start);
            let is_within = part == length;
            if part > SignedDuration::ZERO && (is_within || length <= EVEN_MAX) {
                hour.0 += energy_wh * share(part);
                hour.1 += part;
            }
        }
    }
}

/// Walks the readings of one meter by time, two steps behind: a reading that lies outside its
/// neighbours while these agree with each other is a glitch, which the next reading shows.
#[derive(Debug, Default)]
struct IndexWalk {
    before: Option<Sample>,
    last: Option<Sample>,
}

impl IndexWalk {
    fn push(&mut self, sample: Sample, sum: &mut DaySum) {
        let Some(last) = self.last else {
            self.last = Some(sample);
            return;
        };
        if let Some(before) = self.before
            && before.value <= sample.value
            && !(before.value..=sample.value).contains(&last.value)
        {
            self.last = Some(sample);
            return;
        }
        self.settle(sum);
        self.before = Some(last);
        self.last = Some(sample);
    }

    /// Counts what lies between the two readings. A step back is not covered.
    fn settle(&self, sum: &mut DaySum) {
        let Some(last) = self.last else { return };
        let before = self.before.filter(|before| !sum.splits(before.at, last.at));
        if before.is_none() && last.at >= sum.midnight() {
            sum.forget_yesterday();
        }
        sum.note_reading(last.at);
        if let Some(before) = before
            && last.value >= before.value
        {
            sum.add(before.at, last.at, last.value - before.value);
        }
    }

    /// The last reading stands until `now` where the meter is not silent.
    fn finish(self, now: Timestamp, hold: SignedDuration, sum: &mut DaySum) {
        self.settle(sum);
        let Some(last) = self.last else { return };
        let spacing = self.before.map_or(SignedDuration::ZERO, |before| {
            last.at.duration_since(before.at)
        });
        let stands = hold.max((spacing * STANDS_SPACINGS).min(EVEN_MAX));
        if now.duration_since(last.at) <= stands {
            sum.add(last.at, now, 0.0);
        }
    }
}

/// The sum of all points: it is known only where each of them is.
fn together(sums: &[DaySum], day: &Day, now: Timestamp, borders: &[Timestamp]) -> EnergyToday {
    let read: Option<Vec<_>> = sums.iter().map(|sum| sum.read).collect();
    let read = read.filter(|read| !read.is_empty());
    let (since, until) = read.as_ref().map_or((now, now), |read| {
        let since = read.iter().map(|(first, _)| *first).max();
        let until = read.iter().map(|(_, last)| *last).min();
        (since.unwrap_or(now), until.unwrap_or(now))
    });
    let so_far = now.duration_since(day.from);
    let covered = sums.iter().map(|sum| sum.covered).min();
    EnergyToday {
        value_wh: read.map(|_| rounded(sums.iter().map(|sum| sum.energy_wh).sum())),
        since,
        until,
        coverage: share(covered.unwrap_or_default(), so_far),
        hours: borders
            .windows(2)
            .enumerate()
            .map(|(i, border)| {
                let parts = || sums.iter().map(|sum| sum.hours[i]);
                let covered = parts().map(|(_, covered)| covered).min();
                let covered = covered.unwrap_or_default();
                EnergyHour {
                    from: border[0],
                    until: border[1],
                    value_wh: (covered > SignedDuration::ZERO)
                        .then(|| rounded(parts().map(|(energy_wh, _)| energy_wh).sum())),
                    coverage: share(covered, border[1].duration_since(border[0])),
                }
            })
            .collect(),
    }
}

fn share(part: SignedDuration, whole: SignedDuration) -> f64 {
    if whole <= SignedDuration::ZERO {
        return 1.0;
    }
    (part.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0)
}

/// To the milliwatt-hour: no meter counts finer, and what lies below comes from adding.
fn rounded(energy_wh: f64) -> f64 {
    (energy_wh * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use model::{Coverage, Quality};

    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 3600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sum(readings: &[(i64, f64)], now: i64) -> DaySum {
        let borders: Vec<Timestamp> = (0..=now / HOUR + 1).map(|i| at(i * HOUR)).collect();
        let mut sum = DaySum::new(&borders);
        let mut walk = IndexWalk::default();
        for (second, value) in readings {
            let sample = Sample {
                series: SeriesKey::new(
                    PointId(1),
                    Measurand::new(Quantity::ActiveEnergyImport, Phase::Total),
                ),
                at: at(*second),
                value: *value,
                decimals: 0,
                quality: Quality::MEASURED,
                coverage: Coverage::FULL,
            };
            walk.push(sample, &mut sum);
        }
        walk.finish(at(now), SignedDuration::from_secs(30), &mut sum);
        sum
    }

    /// Energy, covered seconds, and energy per hour of a day that begins at zero.
    #[track_caller]
    fn check(readings: &[(i64, f64)], now: i64, energy_wh: f64, covered: i64, hours: &[f64]) {
        let sum = sum(readings, now);
        assert!(
            (sum.energy_wh - energy_wh).abs() < 1e-6,
            "{}",
            sum.energy_wh
        );
        assert_eq!(sum.covered.as_secs(), covered);
        let found: Vec<f64> = sum.hours.iter().map(|(wh, _)| rounded(*wh)).collect();
        assert_eq!(found, hours);
    }

    #[test]
    fn a_pair_across_a_border_is_shared_by_time() {
        let readings = [(-300, 0.0), (300, 10.0), (3300, 60.0), (3900, 70.0)];
        check(&readings, 3900, 65.0, 3900, &[60.0, 5.0]);
    }

    #[test]
    fn a_long_silence_counts_in_the_day_and_in_no_hour() {
        let readings = [
            (0, 0.0),
            (600, 10.0),
            (2 * HOUR + 600, 130.0),
            (2 * HOUR + 1200, 140.0),
        ];
        let now = 2 * HOUR + 1200;
        check(&readings, now, 140.0, now, &[10.0, 0.0, 10.0]);
    }

    #[test]
    fn a_step_back_splits_the_day_and_is_not_covered() {
        let readings = [(0, 900.0), (600, 910.0), (1200, 3.0), (1800, 13.0)];
        check(&readings, 1800, 20.0, 1200, &[20.0]);
    }

    #[test]
    fn a_glitch_upwards_or_downwards_brings_nothing() {
        for glitch in [0.0, 1e9] {
            let readings = [(0, 900.0), (600, 910.0), (1200, glitch), (1800, 930.0)];
            check(&readings, 1800, 30.0, 1800, &[30.0]);
        }
    }

    #[test]
    fn a_long_silence_across_midnight_is_not_of_today() {
        let readings = [(-14 * MINUTE, 0.0), (600, 24.0), (1200, 34.0)];
        check(&readings, 1200, 10.0, 600, &[10.0]);
        let read = sum(&readings, 1200).read;
        assert_eq!(read, Some((at(600), at(1200))));
    }

    #[test]
    fn a_meter_that_fell_silent_covers_until_its_last_reading() {
        let readings = [(0, 0.0), (600, 10.0)];
        check(
            &readings,
            600 + 14 * MINUTE,
            10.0,
            600 + 14 * MINUTE,
            &[10.0],
        );
        check(
            &readings,
            5 * HOUR,
            10.0,
            600,
            &[10.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        );
        let read = sum(&readings, 5 * HOUR).read;
        assert_eq!(read, Some((at(0), at(600))));
    }
}
