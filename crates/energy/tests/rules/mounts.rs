//! One point, several meters after one another: one curve and one sum.

use energy::{
    Amount, Counter, CounterTraits, Curve, IndexReading, IndexStep, MountError, Mounted, Span,
};
use jiff::{SignedDuration, Timestamp};
use model::Quality;

use crate::support::{TEN_MINUTES, at, kinds, only_entry, series, wh, worked_traits};

const STEP: i64 = 2_100;

fn mounted(from: &str, until: Option<&str>) -> Mounted {
    Mounted {
        from: at(from),
        until: until.map(at),
        traits: worked_traits(),
        opening: None,
        closing: None,
    }
}

/// Readings every ten minutes from an instant on.
fn readings(from: &str, first: i64, n_readings: i64, step: i64) -> Vec<IndexReading> {
    let instant = |n: i64| at(from) + TEN_MINUTES * (n as i32);
    (0..n_readings)
        .map(|n| IndexReading::new(instant(n), first + n * step))
        .collect()
}

const OLD_FROM: &str = "2026-01-01T00:00:00Z";
const EXCHANGE: &str = "2026-01-05T00:55:00Z";

fn old() -> Vec<IndexReading> {
    readings("2026-01-05T00:00:00Z", 1_254_300, 6, STEP)
}

fn new() -> Vec<IndexReading> {
    readings("2026-01-05T01:00:00Z", 1_150, 6, STEP)
}

fn over(mounts: &[Mounted], readings: &[IndexReading]) -> Counter {
    Counter::over_mounts(series(), mounts, readings.to_vec()).unwrap()
}

fn total(counter: &Counter, readings: &[IndexReading]) -> energy::StepEnergy {
    let span = Span::new(readings[0].at, readings[readings.len() - 1].at);
    Curve::new(counter.journal()).energy(span, readings)
}

/// DAT-12
#[test]
fn with_both_indexes_nothing_is_lost_and_nothing_asked() {
    let mounts = [
        Mounted {
            closing: Some(1_265_500),
            ..mounted(OLD_FROM, Some(EXCHANGE))
        },
        Mounted {
            opening: Some(50),
            ..mounted(EXCHANGE, None)
        },
    ];
    let readings = [old(), new()].concat();
    let counter = over(&mounts, &readings);
    let entry = only_entry(&counter);
    assert_eq!(
        (entry.kind, entry.step),
        (IndexStep::Replacement, Some(wh(700)))
    );
    let total = total(&counter, &readings);
    assert_eq!(total.energy, Some(wh(5 * STEP + 700 + 1_100 + 5 * STEP)));
    assert_eq!(total.quality, Quality::MEASURED);
}

#[test]
fn meters_of_other_resolutions_add_up_in_units() {
    let mounts = [
        Mounted {
            closing: Some(1_265_500),
            ..mounted(OLD_FROM, Some(EXCHANGE))
        },
        Mounted {
            // 10 Wh a count from here on.
            traits: CounterTraits::of_unit(wh(10)).with_max_per_hour(wh(100_000)),
            opening: Some(0),
            ..mounted(EXCHANGE, None)
        },
    ];
    let later = readings("2026-01-05T01:00:00Z", 110, 6, 210);
    let readings = [old(), later].concat();
    let total = total(&over(&mounts, &readings), &readings);
    assert_eq!(total.energy, Some(wh(5 * STEP + 700 + 1_100 + 5 * STEP)));
}

#[test]
fn without_indexes_the_exchange_asks() {
    let mounts = [mounted(OLD_FROM, Some(EXCHANGE)), mounted(EXCHANGE, None)];
    let readings = [old(), new()].concat();
    let counter = over(&mounts, &readings);
    let entry = only_entry(&counter);
    assert_eq!((entry.kind, entry.step), (IndexStep::Replacement, None));
    assert_eq!(total(&counter, &readings).energy, Some(wh(10 * STEP)));
    // What the old meter had counted to its closing index is proposed.
    let with_closing = [
        Mounted {
            closing: Some(1_265_500),
            ..mounts[0]
        },
        mounts[1],
    ];
    let counter = over(&with_closing, &readings);
    assert_eq!(only_entry(&counter).entry.proposal, Some(wh(700)));
}

#[test]
fn a_new_meter_that_looks_like_the_old_one_going_on_is_still_another() {
    let mounts = [mounted(OLD_FROM, Some(EXCHANGE)), mounted(EXCHANGE, None)];
    let readings = [old(), readings("2026-01-05T01:00:00Z", 1_266_900, 6, STEP)].concat();
    assert_eq!(kinds(&over(&mounts, &readings)), [IndexStep::Replacement]);
}

#[test]
fn while_nothing_was_mounted_nothing_is_known_and_nothing_asked() {
    let mounts = [
        Mounted {
            closing: Some(1_265_500),
            ..mounted(OLD_FROM, Some(EXCHANGE))
        },
        Mounted {
            opening: Some(0),
            ..mounted("2026-01-07T00:00:00Z", None)
        },
    ];
    let stray = readings("2026-01-06T00:00:00Z", 77, 3, 1);
    let later = readings("2026-01-07T00:00:00Z", 0, 6, STEP);
    let readings = [old(), stray, later].concat();
    let counter = over(&mounts, &readings);
    let all = total(&counter, &readings);
    assert_eq!(all.energy, Some(wh(5 * STEP + 700 + 5 * STEP)));
    assert!(all.open.is_none() && all.coverage < 0.1);
    let between = Span::new(at("2026-01-06T00:00:00Z"), at("2026-01-06T12:00:00Z"));
    let nothing = Curve::new(counter.journal()).energy(between, &readings);
    assert_eq!((nothing.energy, nothing.open), (None, None));
}

#[test]
fn the_first_opening_and_the_last_closing_index_count_as_readings() {
    let mounts = [Mounted {
        opening: Some(1_254_000),
        closing: Some(1_265_000),
        ..mounted("2026-01-04T23:50:00Z", Some(EXCHANGE))
    }];
    let counter = over(&mounts, &old());
    assert_eq!(kinds(&counter), []);
    let span = Span::new(mounts[0].from, at(EXCHANGE));
    let energy = Curve::new(counter.journal()).energy(span, &old()).energy;
    assert_eq!(energy, Some(wh(300 + 5 * STEP + 200)));
}

#[test]
fn what_was_held_when_the_meter_was_taken_away_is_settled_by_its_closing_index() {
    let mounts = [
        Mounted {
            closing: Some(1_266_000),
            ..mounted(OLD_FROM, Some(EXCHANGE))
        },
        Mounted {
            opening: Some(50),
            ..mounted(EXCHANGE, None)
        },
    ];
    let mut before = old();
    before[5].count = 0;
    let readings = [before, new()].concat();
    let counter = over(&mounts, &readings);
    let entry = only_entry(&counter);
    assert_eq!(entry.step, Some(wh(1_266_000 - 1_254_300 - 4 * STEP)));
    assert_eq!(entry.entry.n_held, 1);
}

#[test]
fn a_closing_index_below_the_last_reading_is_over_the_ring_or_asks() {
    for (last, closing, step) in [(99_999_900, 300, Some(400)), (1_264_800, 300, None)] {
        let mounts = [
            Mounted {
                closing: Some(closing),
                ..mounted(OLD_FROM, Some(EXCHANGE))
            },
            Mounted {
                opening: Some(50),
                ..mounted(EXCHANGE, None)
            },
        ];
        let before = readings("2026-01-05T00:00:00Z", last - 5 * STEP, 6, STEP);
        let counter = over(&mounts, &[before, new()].concat());
        assert_eq!(only_entry(&counter).step, step.map(wh));
    }
}

#[test]
fn a_meter_that_was_never_heard_of_is_passed_over() {
    let between = "2026-01-05T00:57:00Z";
    let mounts = [
        mounted(OLD_FROM, Some(EXCHANGE)),
        mounted(EXCHANGE, Some(between)),
        mounted(between, None),
    ];
    let readings = [old(), new()].concat();
    let counter = over(&mounts, &readings);
    assert_eq!(only_entry(&counter).kind, IndexStep::Replacement);
    assert_eq!(total(&counter, &readings).energy, Some(wh(10 * STEP)));
}

#[test]
fn mounts_are_in_order_and_apart() {
    let none: [IndexReading; 0] = [];
    assert!(matches!(
        Counter::over_mounts(series(), &[], none),
        Err(MountError::None)
    ));
    let overlapping = [mounted(OLD_FROM, Some(EXCHANGE)), mounted(OLD_FROM, None)];
    let from = at(OLD_FROM);
    assert_eq!(
        Counter::over_mounts(series(), &overlapping, none).err(),
        Some(MountError::Overlap { from })
    );
}

#[test]
fn an_exchange_of_a_week_of_readings_keeps_hours_adding_up_to_the_day() {
    let mounts = [
        Mounted {
            closing: Some(1_265_500),
            ..mounted(OLD_FROM, Some(EXCHANGE))
        },
        Mounted {
            opening: Some(50),
            ..mounted(EXCHANGE, None)
        },
    ];
    let later = readings("2026-01-05T01:00:00Z", 1_150, 1_000, STEP);
    let readings = [old(), later].concat();
    let curve = Curve::new(over(&mounts, &readings).journal());
    let day = Span::new(at("2026-01-05T00:00:00Z"), at("2026-01-06T00:00:00Z"));
    let hour = |n: i64| -> Timestamp { day.from + SignedDuration::from_hours(n) };
    let hours: Vec<Span> = (0..24).map(|n| Span::new(hour(n), hour(n + 1))).collect();
    let parts = curve.energies(&hours, &readings);
    let sum: Amount = parts.iter().filter_map(|part| part.energy).sum();
    assert_eq!(Some(sum), curve.energy(day, &readings).energy);
}
