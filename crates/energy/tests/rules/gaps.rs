//! What a span says of itself where readings are missing, far apart or in question.

use energy::{Amount, Counter, Curve, Span, StepEnergy};
use jiff::SignedDuration;
use model::Quality;

use crate::support::{Tape, at, wh, worked_traits};

const STEP: i64 = 2_100;

/// Ten hours of silence from 00:20 to 10:20, over which 36 kWh flowed.
fn silent() -> (Counter, Tape) {
    let tape = Tape::new().up_to(1_254_300, STEP);
    let tape = tape
        .silence(SignedDuration::from_hours(10))
        .counts([1_290_300])
        .onward(STEP, 9);
    (tape.feed(worked_traits()), tape)
}

fn energy((counter, tape): &(Counter, Tape), from: &str, until: &str) -> StepEnergy {
    let instant = |time: &str| at(&format!("2026-01-05T{time}:00Z"));
    let span = Span::new(instant(from), instant(until));
    Curve::new(counter.journal()).energy(span, &tape.readings)
}

#[track_caller]
fn check(found: StepEnergy, units: Option<i64>, coverage: f64, quality: Quality) {
    assert_eq!(found.energy, units.map(wh));
    assert!((found.coverage - coverage).abs() < 1e-9, "{found:?}");
    assert_eq!(found.quality, quality, "{found:?}");
}

fn estimated() -> Quality {
    Quality::ESTIMATED.with(Quality::INCOMPLETE)
}

#[test]
fn inside_a_silence_energy_is_spread_and_nothing_is_covered() {
    check(
        energy(&silent(), "02:00", "03:00"),
        Some(3_600),
        0.0,
        estimated(),
    );
}

#[test]
fn what_contains_the_whole_silence_is_exact() {
    let whole = energy(&silent(), "00:00", "11:00");
    check(
        whole,
        Some(2 * STEP + 36_000 + 4 * STEP),
        1.0,
        Quality::MEASURED,
    );
    let itself = energy(&silent(), "00:20", "10:20");
    check(itself, Some(36_000), 1.0, Quality::MEASURED);
}

#[test]
fn what_a_silence_reaches_into_is_covered_in_part() {
    check(
        energy(&silent(), "00:00", "01:00"),
        Some(2 * STEP + 2_400),
        1.0 / 3.0,
        estimated(),
    );
}

#[test]
fn outside_of_all_readings_nothing_is_known_and_it_is_not_zero() {
    let found = energy(&silent(), "20:00", "21:00");
    check(found, None, 0.0, Quality::INCOMPLETE);
    // The last reading is of 11:50.
    check(
        energy(&silent(), "11:40", "12:40"),
        Some(STEP),
        1.0 / 6.0,
        Quality::INCOMPLETE,
    );
    let nothing = Curve::new(Counter::new(crate::support::series(), worked_traits()).journal());
    assert_eq!(nothing.span(), None);
    check(
        nothing.energy(found.span, &[]),
        None,
        0.0,
        Quality::INCOMPLETE,
    );
}

#[test]
fn hours_between_daily_readings_are_estimated_and_their_days_are_not() {
    let tape = Tape::every(SignedDuration::from_hours(24)).up_to(1_254_300, 24_000);
    let daily = (tape.feed(worked_traits()), tape);
    check(
        energy(&daily, "09:00", "10:00"),
        Some(1_000),
        1.0,
        Quality::ESTIMATED,
    );
    let day = Span::new(at("2026-01-05T00:00:00Z"), at("2026-01-06T00:00:00Z"));
    let day = Curve::new(daily.0.journal()).energy(day, &daily.1.readings);
    check(day, Some(24_000), 1.0, Quality::MEASURED);
}

#[test]
fn what_is_in_question_stands_beside_the_energy_and_adds_up() {
    let tape = Tape::new()
        .up_to(1_254_300, STEP)
        .counts([9_254_300])
        .onward(STEP, 6);
    let jumped = (tape.feed(worked_traits()), tape);
    let suspect = Quality::SUSPECT.with(Quality::INCOMPLETE);
    let (first, second) = (
        energy(&jumped, "00:00", "00:25"),
        energy(&jumped, "00:25", "01:00"),
    );
    check(first, Some(2 * STEP), 20.0 / 25.0, suspect);
    check(second, Some(3 * STEP), 30.0 / 35.0, suspect);
    let proposal = |step: StepEnergy| step.open.and_then(|open| open.proposal);
    assert_eq!(proposal(first), Some(wh(4_000_000)));
    assert_eq!(proposal(second), Some(wh(4_000_000)));
    // Wholly in question: nothing is known, and that is not zero.
    let inside = energy(&jumped, "00:22", "00:27");
    check(inside, None, 0.0, suspect);
    assert_eq!(proposal(inside), Some(wh(4_000_000)));
}

#[test]
fn a_curve_says_where_it_needs_readings() {
    let silent = silent();
    let curve = Curve::new(silent.0.journal());
    for (time, needed) in [
        ("00:05", true),
        ("05:00", false),
        ("10:20", false),
        ("11:05", true),
    ] {
        let instant = at(&format!("2026-01-05T{time}:00Z"));
        assert_eq!(curve.needs_readings_at(instant), needed, "{time}");
    }
    assert!(curve.at(at("2026-01-04T00:00:00Z"), &[]) == Amount::ZERO);
}
