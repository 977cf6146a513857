//! What users of other products suffer from with counters and calendars. Each test is one pain
//! that shipped somewhere, and must not be one here.

use energy::civil::{CivilStep, PredefinedPeriod, SiteCalendar};
use energy::{
    Amount, Counter, CounterTraits, Curve, Decision, IndexStep, Mounted, Rule, Span, Verdict,
};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::support::{Tape, at, kinds, only_entry, series, wh, worked_traits};

const STEP: i64 = 2_100;
const WEEKS: SignedDuration = SignedDuration::from_hours(3 * 7 * 24);

fn without_power() -> CounterTraits {
    CounterTraits {
        max_per_hour: None,
        ..worked_traits()
    }
}

fn without_ring() -> CounterTraits {
    CounterTraits {
        ring: None,
        ..worked_traits()
    }
}

/// The kinds of the entries, and what the whole tape holds.
#[track_caller]
fn check(tape: &Tape, traits: CounterTraits, expected: &[IndexStep], total: i64) -> Counter {
    let counter = tape.feed(traits);
    assert_eq!(kinds(&counter), expected);
    assert_eq!(tape.total(&counter).energy, Some(wh(total)));
    counter
}

// Counters

#[test]
fn one_bad_read_does_not_book_the_lifetime_total() {
    let good = || Tape::new().up_to(1_254_300, STEP);
    for traits in [worked_traits(), without_ring(), without_power()] {
        for bad in [0, 1, 12, 99_999_999, 9_254_300, -1] {
            let tape = good().counts([bad, 1_256_400]).onward(STEP, 3);
            check(&tape, traits, &[IndexStep::Glitch], 6 * STEP);
        }
        // Twice, and other numbers each time.
        let tape = good().counts([0, 77_000_000, 1_256_400]).onward(STEP, 3);
        check(&tape, traits, &[IndexStep::Glitch], 6 * STEP);
    }
}

#[test]
fn a_gateway_that_says_zero_for_hours_books_nothing_when_its_meter_is_back() {
    for traits in [worked_traits(), without_power()] {
        let good = Tape::new().up_to(1_254_300, STEP);
        let counter = good.clone().counts([0; 20]).feed(traits);
        // For want of anything better it looks like a reset while it lasts.
        assert_eq!(kinds(&counter), [IndexStep::Reset]);
        let back = good.counts([0; 20]).counts([1_290_000]).onward(STEP, 3);
        let counter = check(
            &back,
            traits,
            &[IndexStep::Glitch],
            1_290_000 - 1_250_100 + 3 * STEP,
        );
        assert_eq!(only_entry(&counter).entry.n_held, 20);
    }
}

#[test]
fn a_series_that_begins_with_zeros_books_no_lifetime_total() {
    let tape = Tape::new()
        .counts([0, 0, 0])
        .up_to(1_254_300, STEP)
        .onward(STEP, 3);
    for traits in [worked_traits(), without_power()] {
        let counter = check(&tape, traits, &[IndexStep::Jump], 5 * STEP);
        assert_eq!(only_entry(&counter).entry.proposal, Some(wh(1_250_100)));
    }
    // A new meter that truly starts from zero loses nothing.
    let new = Tape::new().counts([0, 900, 1_900, 2_700, 3_800]);
    check(&new, without_power(), &[], 3_800);
}

#[test]
fn a_real_reset_is_not_ignored_until_the_counter_passes_its_old_value() {
    let tape = Tape::new()
        .up_to(1_254_300, STEP)
        .counts([350])
        .onward(STEP, 40);
    for traits in [worked_traits(), without_ring(), without_power()] {
        check(&tape, traits, &[IndexStep::Reset], 42 * STEP + 350);
    }
}

#[test]
fn a_meter_back_after_weeks_with_the_same_index_has_used_nothing() {
    let tape = Tape::new()
        .up_to(1_400_000, STEP)
        .silence(WEEKS)
        .counts([1_400_000]);
    let tape = tape.onward(STEP, 3);
    let counter = check(&tape, worked_traits(), &[IndexStep::CatchUp], 5 * STEP);
    assert_eq!(only_entry(&counter).step, Some(Amount::ZERO));
}

#[test]
fn a_reset_after_a_long_outage_gives_no_negative_energy() {
    for traits in [worked_traits(), without_ring(), without_power()] {
        let tape = Tape::new()
            .up_to(1_254_300, STEP)
            .silence(WEEKS)
            .counts([350]);
        let tape = tape.onward(STEP, 3);
        check(&tape, traits, &[IndexStep::Reset], 5 * STEP + 350);
    }
}

#[test]
fn a_small_step_down_does_not_count_everything_again() {
    let down = |index| Tape::new().up_to(index, 20).counts([index - 100]);
    for traits in [worked_traits(), without_ring()] {
        for index in [1_254_300, 20_000] {
            check(
                &down(index).onward(20, 3),
                traits,
                &[IndexStep::StepBack],
                5 * 20,
            );
        }
    }
    // Gone on by more than it fell, it looks like one bad reading: less is booked, never more.
    let tape = down(1_254_300).onward(STEP, 3);
    check(
        &tape,
        worked_traits(),
        &[IndexStep::Glitch],
        2 * 20 - 100 + 3 * STEP,
    );
}

#[test]
fn a_counter_that_resets_while_its_neighbour_does_not_makes_no_spike() {
    let helper = Tape::new().up_to(48_000, STEP).counts([0]).onward(STEP, 3);
    let source = Tape::new().up_to(7_048_000, STEP).onward(STEP, 4);
    check(&helper, worked_traits(), &[IndexStep::Reset], 5 * STEP);
    check(&source, worked_traits(), &[], 6 * STEP);
}

#[test]
fn correcting_history_takes_one_verdict_and_moves_no_error_to_the_next_hour() {
    let tape = Tape::new()
        .up_to(1_254_300, STEP)
        .counts([9_254_300])
        .onward(STEP, 12);
    let mut counter = tape.feed(worked_traits());
    let utc = SiteCalendar::new(TimeZone::UTC);
    let hours = utc.steps(CivilStep::Hour, tape.span()).unwrap();
    let energies =
        |counter: &Counter| Curve::new(counter.journal()).energies(&hours, &tape.readings);
    let before = energies(&counter);
    let id = only_entry(&counter).entry.id;
    let verdict = Verdict {
        decision: Decision::Amount(wh(1_900)),
        by: "administrator".to_owned(),
        reason: "read from the meter itself".to_owned(),
        at: at("2026-01-06T08:00:00Z"),
    };
    let touched = counter.journal_mut().decide(id, verdict).unwrap();
    for (hour, (before, after)) in hours.iter().zip(before.iter().zip(energies(&counter))) {
        let is_touched = hour.overlap(touched).is_some();
        assert_eq!(*before != after, is_touched, "{hour:?}");
    }
    assert_eq!(tape.total(&counter).energy, Some(wh(14 * STEP + 1_900)));
    counter.journal_mut().undo(id).unwrap();
    assert_eq!(energies(&counter), before);
}

#[test]
fn counters_roll_over_at_odd_limits() {
    let tenth = Amount::from_f64(0.1).unwrap();
    for (unit, ring) in [
        (tenth, 1i64 << 23),    // 838 860.7 Wh
        (wh(100), 1 << 32),     // 429 496 729.5 kWh
        (tenth, 1 << 32),       // 429 496.7 kWh
        (wh(1_000), 1_000_000), // six digits of kWh
        (wh(10), 10_000_000),
        (wh(1), 1 << 16),
    ] {
        // A count of 1 kWh or so moves by one or two, finer ones by many.
        let step = (wh(4_000).billionths() / unit.billionths()).clamp(2, 2_000) as i64;
        let tape = Tape::new().up_to(ring - step / 2, step);
        let tape = tape.counts([step - step / 2]).onward(step, 3);
        let known = CounterTraits::of_unit(unit).with_max_per_hour(wh(100_000));
        for traits in [known, known.with_ring(ring)] {
            let counter = tape.feed(traits);
            assert_eq!(kinds(&counter), [IndexStep::Rollover]);
            assert_eq!(tape.total(&counter).energy, Some(unit.times(6 * step)));
        }
    }
}

#[test]
fn an_index_that_slips_below_zero_is_no_rollover() {
    let ring = 1i64 << 32;
    let tape = Tape::new().counts([3, 3, 4, ring - 1, 4, 5, 6]);
    let traits = CounterTraits::of_unit(wh(100))
        .with_max_per_hour(wh(100_000))
        .with_ring(ring);
    check(&tape, traits, &[IndexStep::Glitch], 300);
}

#[test]
fn a_new_meter_that_starts_at_a_small_value_is_exchanged_without_a_break() {
    let traits = CounterTraits {
        ring: None,
        ..worked_traits()
    };
    let exchanged_at = at("2026-01-05T00:25:00Z");
    let mount = |from, until, opening, closing| Mounted {
        from,
        until,
        traits,
        opening,
        closing,
    };
    let mounts = [
        mount(
            at("2026-01-01T00:00:00Z"),
            Some(exchanged_at),
            None,
            Some(1_254_900),
        ),
        mount(exchanged_at, None, Some(37), None),
    ];
    let tape = Tape::new()
        .up_to(1_254_300, STEP)
        .counts([1_137])
        .onward(STEP, 3);
    let counter = Counter::over_mounts(series(), &mounts, tape.readings.clone()).unwrap();
    let entry = only_entry(&counter);
    assert_eq!(
        (entry.kind, entry.entry.rule),
        (IndexStep::Replacement, Rule::ExchangeDeclared)
    );
    assert_eq!(entry.step, Some(wh(600)));
    let total = tape.total(&counter);
    assert_eq!(total.energy, Some(wh(2 * STEP + 600 + 1_100 + 3 * STEP)));
    assert!(total.open.is_none() && total.coverage >= 1.0);
}

#[test]
fn after_a_gap_the_difference_is_not_taken_from_zero() {
    let tape = Tape::new()
        .up_to(1_254_300, STEP)
        .silence(WEEKS)
        .counts([1_300_000]);
    let tape = tape.onward(STEP, 3);
    check(
        &tape,
        worked_traits(),
        &[IndexStep::CatchUp],
        5 * STEP + 45_700,
    );
}

#[test]
fn no_energy_is_thrown_away_however_much_it_is() {
    // A factory feeder of 12 MW: far above 60 kW, and two days without an answer.
    let step = 2_000_000;
    let tape = Tape::new().up_to(900_000_000, step).onward(step, 3);
    let tape = tape
        .silence(SignedDuration::from_hours(48))
        .onward(288 * step, 1)
        .onward(step, 3);
    let traits = CounterTraits::of_unit(wh(1));
    check(&tape, traits, &[IndexStep::CatchUp], (5 + 288 + 3) * step);
    check(
        &tape,
        traits.with_max_per_hour(wh(15_000_000)),
        &[IndexStep::CatchUp],
        296 * step,
    );
}

#[test]
fn days_and_months_of_an_index_need_no_programming_and_match_it() {
    let tape = Tape::every(SignedDuration::from_mins(17))
        .starting(at("2025-12-30T11:03:00Z"))
        .up_to(1_254_300, 311)
        .onward(97, 20_000);
    let counter = tape.feed(worked_traits());
    let curve = Curve::new(counter.journal());
    let paris = SiteCalendar::new(TimeZone::get("Europe/Paris").unwrap());
    for step in [
        CivilStep::Hour,
        CivilStep::Day,
        CivilStep::Week,
        CivilStep::Month,
    ] {
        let spans = paris.steps(step, tape.span()).unwrap();
        let sum: Amount = curve
            .energies(&spans, &tape.readings)
            .iter()
            .filter_map(|part| part.energy)
            .sum();
        assert_eq!(sum, wh(2 * 311 + 20_000 * 97), "{step}");
    }
}

#[test]
fn long_term_sums_are_the_real_difference() {
    // The same from hourly readings, as years later, when the finer ones are gone.
    let fine = Tape::new().up_to(1_254_300, STEP).onward(STEP, 6 * 24 * 30);
    let counter = fine.feed(worked_traits());
    let curve = Curve::new(counter.journal());
    let hourly: Vec<_> = fine.readings.iter().copied().step_by(6).collect();
    let utc = SiteCalendar::new(TimeZone::UTC);
    for hour in utc.steps(CivilStep::Hour, fine.span()).unwrap() {
        let (all, few) = (
            curve.energy(hour, &fine.readings),
            curve.energy(hour, &hourly),
        );
        assert_eq!(all.energy, few.energy);
    }
}

// Days, months, zones

fn paris() -> SiteCalendar {
    SiteCalendar::new(TimeZone::get("Europe/Paris").unwrap())
}

/// 36 kW without a break over a span, read every ten minutes.
fn steady(span: Span) -> (Curve, Tape) {
    let n_readings = span.length().as_mins() / 10 + 12;
    let tape = Tape::new()
        .starting(span.from - SignedDuration::from_mins(60))
        .up_to(1_254_300, 6_000)
        .onward(6_000, n_readings);
    (Curve::new(tape.feed(worked_traits()).journal()), tape)
}

#[track_caller]
fn check_kwh(calendar: &SiteCalendar, step: CivilStep, span: Span, kwh: &[i64]) {
    let (curve, tape) = steady(span);
    let spans = calendar.steps(step, span).unwrap();
    let energies = curve.energies(&spans, &tape.readings);
    let energies: Vec<_> = energies.iter().map(|part| part.energy).collect();
    let expected: Vec<_> = kwh.iter().map(|kwh| Some(wh(kwh * 1_000))).collect();
    assert_eq!(energies, expected);
}

#[test]
fn days_of_the_clock_change_are_whole_and_neither_lost_nor_mangled() {
    let spring = Span::new(at("2026-03-27T23:00:00Z"), at("2026-03-30T22:00:00Z"));
    check_kwh(
        &paris(),
        CivilStep::Day,
        spring,
        &[24 * 36, 23 * 36, 24 * 36],
    );
    let autumn = Span::new(at("2026-10-23T22:00:00Z"), at("2026-10-26T23:00:00Z"));
    check_kwh(
        &paris(),
        CivilStep::Day,
        autumn,
        &[24 * 36, 25 * 36, 24 * 36],
    );
}

#[test]
fn march_is_not_filed_under_april() {
    let months = paris()
        .steps(
            CivilStep::Month,
            Span::new(at("2026-02-28T23:00:00Z"), at("2026-04-30T22:00:00Z")),
        )
        .unwrap();
    let march = Span::new(at("2026-02-28T23:00:00Z"), at("2026-03-31T22:00:00Z"));
    assert_eq!((months.len(), months[0]), (2, march));
}

#[test]
fn half_hour_zones_are_zones_like_others() {
    for (zone, from, until) in [
        (
            "Asia/Kolkata",
            "2026-05-01T18:30:00Z",
            "2026-05-02T18:30:00Z",
        ),
        (
            "Asia/Kathmandu",
            "2026-05-01T18:15:00Z",
            "2026-05-02T18:15:00Z",
        ),
        (
            "Australia/Adelaide",
            "2026-05-01T14:30:00Z",
            "2026-05-02T14:30:00Z",
        ),
    ] {
        let calendar = SiteCalendar::new(TimeZone::get(zone).unwrap());
        let span = Span::new(at(from), at(until));
        check_kwh(&calendar, CivilStep::Day, span, &[24 * 36]);
        check_kwh(&calendar, CivilStep::Hour, span, &[36; 24]);
    }
}

#[test]
fn daily_windows_are_local_on_every_day_of_the_year() {
    let year = Span::new(at("2025-12-31T23:00:00Z"), at("2026-12-31T23:00:00Z"));
    let days = paris().steps(CivilStep::Day, year).unwrap();
    assert_eq!(days.len(), 365);
    for day in days {
        let (from, until) = (paris().zone().to_datetime(day.from), day.until);
        assert_eq!(from.time(), jiff::civil::Time::midnight());
        assert_eq!(
            paris().zone().to_datetime(until).time(),
            jiff::civil::Time::midnight()
        );
    }
}

#[test]
fn there_is_a_since_local_midnight() {
    let now = at("2026-07-14T22:30:00Z"); // half past midnight of the 15th in Paris
    let today = PredefinedPeriod::Today.span(&paris(), now);
    assert_eq!(today.from, at("2026-07-14T22:00:00Z"));
}

#[test]
fn a_zone_is_not_a_fixed_offset() {
    let noon_winter = paris().start_of_date(jiff::civil::date(2026, 1, 10));
    let noon_summer = paris().start_of_date(jiff::civil::date(2026, 7, 10));
    assert_eq!(noon_winter, at("2026-01-09T23:00:00Z"));
    assert_eq!(noon_summer, at("2026-07-09T22:00:00Z"));
}

#[test]
fn no_hour_after_the_clock_change_is_negative_or_double() {
    let night = Span::new(at("2026-10-24T22:00:00Z"), at("2026-10-25T05:00:00Z"));
    check_kwh(&paris(), CivilStep::Hour, night, &[36; 7]);
    let night = Span::new(at("2026-03-28T23:00:00Z"), at("2026-03-29T04:00:00Z"));
    check_kwh(&paris(), CivilStep::Hour, night, &[36; 5]);
}

#[test]
fn the_first_and_the_last_hour_of_an_export_are_right() {
    // From the middle of an hour to the middle of another one: cut, and adding up.
    let span = Span::new(at("2026-05-01T10:20:00Z"), at("2026-05-01T12:40:00Z"));
    check_kwh(&paris(), CivilStep::Hour, span, &[24, 36, 24]);
}
