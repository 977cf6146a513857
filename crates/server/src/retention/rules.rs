use std::collections::HashMap;
use std::time::Duration;

use history::{Retention, Span, StoredSeries, Thinning};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::{IntegrationPeriod, Measurand, PointId, Recording, SeriesKey, ValueKind};

/// How long each class of series is kept (DAT-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizons {
    /// Readings at their own rate. Indexes older than this are thinned to one per ten minutes.
    pub readings: Duration,
    /// Means, minima and maxima. Indexes older than this are thinned to one per local hour.
    pub averages: Duration,
    pub indexes: Duration,
}

/// What readings become where no means are made of them.
const FINE_STEP: Duration = Duration::from_secs(IntegrationPeriod::TEN_MINUTES.seconds() as u64);
const HOUR: Duration = Duration::from_hours(1);

/// Means may begin so much after the readings that they are made of: the rest of a first period,
/// and then some.
const MEANS_LATE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The times that means tell of.
#[derive(Debug, Clone, Copy)]
struct Told {
    from: Timestamp,
    until: Timestamp,
}

fn told_by_means(series: &[StoredSeries]) -> HashMap<(PointId, Measurand), Told> {
    let mut means: HashMap<(PointId, Measurand), Told> = HashMap::new();
    for stored in series {
        let Recording::Mean(period) = stored.key.recording else {
            continue;
        };
        let length = SignedDuration::from_secs(i64::from(period.seconds()));
        let told = Told {
            from: stored.oldest_at,
            until: stored
                .newest
                .at
                .saturating_add(length)
                .unwrap_or(Timestamp::MAX),
        };
        let of_measurand = (stored.key.point, stored.key.measurand);
        // A site whose period was changed has means of both.
        let whole = means.entry(of_measurand).or_insert(told);
        whole.from = whole.from.min(told.from);
        whole.until = whole.until.max(told.until);
    }
    means
}

/// What each series may lose by now.
pub(super) fn rules_of(
    series: &[StoredSeries],
    now: Timestamp,
    zone: &TimeZone,
    horizons: Horizons,
    kept: &dyn Fn(SeriesKey) -> Option<Vec<Span>>,
) -> Vec<Retention> {
    let means = told_by_means(series);
    let back = |horizon: Duration| {
        let horizon = SignedDuration::try_from(horizon).unwrap_or(SignedDuration::MAX);
        now.saturating_sub(horizon).unwrap_or(Timestamp::MIN)
    };
    // Cells are those of the local clock, in zones of half an hour and three quarters too.
    let anchor = now.to_zoned(zone.clone()).start_of_day();
    let anchor = anchor.map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp());
    let thinning = |horizon: Duration, step: Duration| Thinning {
        until: back(horizon),
        step,
        anchor,
    };
    series
        .iter()
        .filter_map(|stored| {
            // The store remembers what it thinned and does not come back to it: as long as nobody
            // knows what is to be kept, it must not begin.
            let keep = kept(stored.key)?;
            let SeriesKey {
                point,
                measurand,
                recording,
            } = stored.key;
            // What would be deleted lies before the horizon, and before the newest reading.
            let needed_until = back(horizons.readings).min(stored.newest.at);
            let has_means = means.get(&(point, measurand)).is_some_and(|told| {
                told.from <= stored.oldest_at + MEANS_LATE_MAX && needed_until <= told.until
            });
            let (kept_for, thin) = match (recording, measurand.kind()) {
                (Recording::Instantaneous, ValueKind::Counter) => (
                    horizons.indexes,
                    vec![
                        thinning(horizons.readings, FINE_STEP),
                        thinning(horizons.averages, HOUR),
                    ],
                ),
                (Recording::Instantaneous, _) if has_means => (horizons.readings, Vec::new()),
                // Nothing else tells of these, so that they are not deleted with the others.
                (Recording::Instantaneous, _) => (
                    horizons.averages,
                    vec![thinning(horizons.readings, FINE_STEP)],
                ),
                _ => (horizons.averages, Vec::new()),
            };
            Some(Retention {
                series: stored.key,
                delete_before: Some(back(kept_for)),
                thin,
                keep,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use history::Sample;
    use model::{Coverage, Quality};

    const HORIZONS: Horizons = Horizons {
        readings: Duration::from_hours(48),
        averages: Duration::from_hours(24 * 1000),
        indexes: Duration::from_hours(24 * 7000),
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn stored(measurand: &str, recording: &str, oldest_at: &str) -> StoredSeries {
        ended(measurand, recording, oldest_at, "2026-05-01T12:00:00Z")
    }

    fn ended(measurand: &str, recording: &str, oldest_at: &str, newest_at: &str) -> StoredSeries {
        let key = SeriesKey::new(PointId(1), measurand.parse().unwrap())
            .with_recording(recording.parse().unwrap());
        let newest = Sample {
            series: key,
            at: at(newest_at),
            value: 1.0,
            decimals: 0,
            quality: Quality::MEASURED,
            coverage: Coverage::FULL,
        };
        StoredSeries {
            key,
            oldest_at: at(oldest_at),
            newest,
        }
    }

    /// Per series: from when on it is kept, and the steps it is thinned to until when.
    #[track_caller]
    fn check(series: &[StoredSeries], expected: &[(&str, &[(u64, &str)])]) {
        let zone = TimeZone::get("Asia/Kathmandu").unwrap();
        let now = at("2026-05-01T12:00:00Z");
        let rules = rules_of(series, now, &zone, HORIZONS, &|_| Some(Vec::new()));
        let found: Vec<_> = rules
            .iter()
            .map(|rule| {
                let thin = rule.thin.iter().map(|thin| {
                    // Hours of a zone with three quarters of an hour.
                    assert_eq!(thin.anchor, at("2026-04-30T18:15:00Z"));
                    (thin.step.as_secs(), thin.until)
                });
                (rule.delete_before.unwrap(), thin.collect::<Vec<_>>())
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(from, thin)| {
                let thin = thin.iter().map(|(step, until)| (*step, at(until)));
                (at(from), thin.collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(found, expected);
    }

    const YESTERDAY: &str = "2026-04-29T12:00:00Z";
    const LONG_AGO: &str = "2023-08-05T12:00:00Z";
    const VERY_LONG_AGO: &str = "2007-03-02T12:00:00Z";

    /// DAT-08
    #[test]
    fn each_class_is_kept_for_its_time() {
        check(
            &[
                stored("p_w", "instant", "2026-01-01T00:00:00Z"),
                stored("p_w", "mean_10min", "2026-01-01T00:00:00Z"),
                stored("p_w", "max_10min", "2026-01-01T00:00:00Z"),
                stored("ea_import_wh", "instant", "2026-01-01T00:00:00Z"),
            ],
            &[
                (YESTERDAY, &[]),
                (LONG_AGO, &[]),
                (LONG_AGO, &[]),
                (VERY_LONG_AGO, &[(600, YESTERDAY), (3600, LONG_AGO)]),
            ],
        );
    }

    #[test]
    fn readings_that_no_means_tell_of_are_thinned_instead() {
        let thinned: (&str, &[(u64, &str)]) = (LONG_AGO, &[(600, YESTERDAY)]);
        check(
            &[stored("p_w", "instant", "2026-01-01T00:00:00Z")],
            &[thinned],
        );
        check(
            &[
                stored("p_w", "instant", "2025-01-01T00:00:00Z"),
                stored("p_w", "mean_10min", "2026-01-01T00:00:00Z"),
            ],
            &[thinned, (LONG_AGO, &[])],
        );
    }

    /// DAT-10
    #[test]
    fn readings_that_means_do_not_reach_are_thinned_instead() {
        let begun = "2026-01-01T00:00:00Z";
        let means = |newest_at| ended("p_w", "mean_10min", begun, newest_at);
        let thinned: (&str, &[(u64, &str)]) = (LONG_AGO, &[(600, YESTERDAY)]);
        let deleted: (&str, &[(u64, &str)]) = (YESTERDAY, &[]);
        for (newest_mean_at, expected) in [
            // Of the readings that go, the last are of the instant before the horizon.
            ("2026-04-29T11:40:00Z", thinned),
            ("2026-04-29T11:50:00Z", deleted),
        ] {
            let readings = stored("p_w", "instant", begun);
            check(
                &[readings, means(newest_mean_at)],
                &[expected, (LONG_AGO, &[])],
            );
        }
        // A meter that is gone: means go as far as its readings.
        let readings = ended("p_w", "instant", begun, "2026-02-01T00:05:00Z");
        check(
            &[readings, means("2026-02-01T00:00:00Z")],
            &[deleted, (LONG_AGO, &[])],
        );
    }

    #[test]
    fn what_is_to_be_kept_is_asked_for_each_series() {
        let span = Span {
            from: at("2026-01-01T00:00:00Z"),
            until: at("2026-01-02T00:00:00Z"),
        };
        let series = [stored("ea_import_wh", "instant", "2026-01-01T00:00:00Z")];
        let now = at("2026-05-01T12:00:00Z");
        let rules = rules_of(&series, now, &TimeZone::UTC, HORIZONS, &|_| {
            Some(vec![span])
        });
        assert_eq!(rules[0].keep, [span]);
        // Not known yet: nothing of it goes, and it is not remembered as thinned.
        let rules = rules_of(&series, now, &TimeZone::UTC, HORIZONS, &|_| None);
        assert_eq!(rules, []);
    }
}
