use jiff::{SignedDuration, Timestamp};

use super::*;

fn calendar(zone: &str) -> SiteCalendar {
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    SiteCalendar::new(zones.get(zone).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span::new(at(from), at(until))
}

/// The steps of a span, as minutes.
#[track_caller]
fn check(zone: &str, step: CivilStep, span: Span, minutes: &[i64]) {
    let steps = calendar(zone).steps(step, span).unwrap();
    let lengths: Vec<i64> = steps.iter().map(|part| part.length().as_mins()).collect();
    assert_eq!(lengths, minutes, "{zone} {step}");
}

/// The step that an instant lies in.
#[track_caller]
fn check_step_at(calendar: &SiteCalendar, step: CivilStep, inside: &str, expected: Span) {
    assert_eq!(calendar.step_at(step, at(inside)), expected, "{step}");
}

/// PER-11
#[test]
fn the_day_of_the_spring_change_has_23_hours_and_that_of_autumn_25() {
    let spring = span("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    check("Europe/Paris", CivilStep::Day, spring, &[23 * 60]);
    check("Europe/Paris", CivilStep::Hour, spring, &[60; 23]);
    let autumn = span("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    check("Europe/Paris", CivilStep::Day, autumn, &[25 * 60]);
    check("Europe/Paris", CivilStep::Hour, autumn, &[60; 25]);
}

#[test]
fn hours_and_blocks_of_odd_zones_follow_their_own_clock() {
    let kathmandu = calendar("Asia/Kathmandu"); // +05:45
    check_step_at(
        &kathmandu,
        CivilStep::Hour,
        "2026-05-01T12:00:00Z",
        span("2026-05-01T11:15:00Z", "2026-05-01T12:15:00Z"),
    );
    check_step_at(
        &kathmandu,
        CivilStep::Block(BlockLength::TEN_MINUTES),
        "2026-05-01T12:00:00Z",
        span("2026-05-01T11:55:00Z", "2026-05-01T12:05:00Z"),
    );
    check_step_at(
        &kathmandu,
        CivilStep::Day,
        "2026-05-01T12:00:00Z",
        span("2026-04-30T18:15:00Z", "2026-05-01T18:15:00Z"),
    );
    check_step_at(
        &calendar("Asia/Kolkata"), // +05:30
        CivilStep::Day,
        "2026-05-01T12:00:00Z",
        span("2026-04-30T18:30:00Z", "2026-05-01T18:30:00Z"),
    );
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    // Autumn: 02:00 (+11) becomes 01:30 (+10:30), so that the hour from 01:00 lasts 90 minutes.
    let autumn = span("2026-04-04T13:00:00Z", "2026-04-04T16:30:00Z");
    check(
        "Australia/Lord_Howe",
        CivilStep::Hour,
        autumn,
        &[60, 90, 60],
    );
    // Spring: 02:00 (+10:30) becomes 02:30 (+11); what is left of that hour is half of it.
    let spring = span("2026-10-03T13:30:00Z", "2026-10-03T17:00:00Z");
    check(
        "Australia/Lord_Howe",
        CivilStep::Hour,
        spring,
        &[60, 60, 30, 60],
    );
    let day = calendar("Australia/Lord_Howe").step_at(CivilStep::Day, at("2026-04-04T15:00:00Z"));
    assert_eq!(day.length(), SignedDuration::from_mins(24 * 60 + 30));
}

#[test]
fn a_day_whose_midnight_is_leapt_over_begins_at_one() {
    // Cairo springs forward at 00:00 on the last Friday of April.
    check_step_at(
        &calendar("Africa/Cairo"),
        CivilStep::Day,
        "2026-04-24T12:00:00Z",
        span("2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
    );
    check(
        "Africa/Cairo",
        CivilStep::Hour,
        span("2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
        &[60; 23],
    );
}

#[test]
fn a_midnight_that_comes_twice_opens_the_day_once() {
    // Havana falls back from 01:00 to 00:00.
    check(
        "America/Havana",
        CivilStep::Day,
        span("2023-11-05T04:00:00Z", "2023-11-06T05:00:00Z"),
        &[25 * 60],
    );
    // Beirut falls back from 00:00 to 23:00 of the day before.
    check(
        "Asia/Beirut",
        CivilStep::Day,
        span("2026-10-23T21:00:00Z", "2026-10-25T22:00:00Z"),
        &[25 * 60, 24 * 60],
    );
}

#[test]
fn a_zone_that_changes_its_offset_by_law_keeps_its_days() {
    // Eastern Kazakhstan went from +06 to +05 on 2024-03-01 at 00:00: 29 February had 25 hours.
    check(
        "Asia/Almaty",
        CivilStep::Day,
        span("2024-02-28T18:00:00Z", "2024-03-01T19:00:00Z"),
        &[25 * 60, 24 * 60],
    );
    // Casey leapt by three hours at 00:01 on 2020-10-04: an hour of one minute, and one of 59.
    check(
        "Antarctica/Casey",
        CivilStep::Hour,
        span("2020-10-03T15:00:00Z", "2020-10-03T18:00:00Z"),
        &[60, 1, 59, 60],
    );
}

#[test]
fn a_date_that_was_left_out_has_no_day() {
    // Samoa went from 29 to 31 December 2011.
    check(
        "Pacific/Apia",
        CivilStep::Day,
        span("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"),
        &[24 * 60, 24 * 60],
    );
    assert_eq!(
        calendar("Pacific/Apia")
            .date_of(at("2011-12-30T10:00:00Z"))
            .to_string(),
        "2011-12-31"
    );
}

#[test]
fn weeks_are_of_iso_8601_and_cross_the_years() {
    // 2026-12-31 is a Thursday: its week is that of Monday 28 December, and goes on to 3 January.
    check_step_at(
        &calendar("Europe/Paris"),
        CivilStep::Week,
        "2027-01-01T12:00:00Z",
        span("2026-12-27T23:00:00Z", "2027-01-03T23:00:00Z"),
    );
}

#[test]
fn months_and_years_have_their_own_lengths() {
    let year = span("2023-12-31T23:00:00Z", "2024-12-31T23:00:00Z");
    let days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let minutes = days.map(|days: i64| days * 24 * 60);
    let mut with_changes = minutes;
    with_changes[2] -= 60;
    with_changes[9] += 60;
    check("Europe/Paris", CivilStep::Month, year, &with_changes);
    check("Europe/Paris", CivilStep::Year, year, &[366 * 24 * 60]);
}

#[test]
fn contract_days_begin_at_the_contract_hour() {
    let paris = calendar("Europe/Paris").with_contract_hour(6).unwrap();
    check_step_at(
        &paris,
        CivilStep::ContractDay,
        "2026-05-02T03:59:59Z",
        span("2026-05-01T04:00:00Z", "2026-05-02T04:00:00Z"),
    );
    check_step_at(
        &paris,
        CivilStep::ContractMonth,
        "2026-05-01T03:59:59Z",
        span("2026-04-01T04:00:00Z", "2026-05-01T04:00:00Z"),
    );
    // Days, weeks, months and years without the word stay those of the date.
    check_step_at(
        &paris,
        CivilStep::Day,
        "2026-05-01T23:00:00Z",
        span("2026-05-01T22:00:00Z", "2026-05-02T22:00:00Z"),
    );
}

#[test]
fn a_contract_hour_that_is_leapt_over_begins_with_the_leap() {
    let paris = calendar("Europe/Paris").with_contract_hour(2).unwrap();
    let steps = paris
        .steps(
            CivilStep::ContractDay,
            span("2026-03-28T01:00:00Z", "2026-03-30T00:00:00Z"),
        )
        .unwrap();
    assert_eq!(
        steps,
        [
            span("2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z"),
            span("2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"),
        ]
    );
    // In autumn 02:00 comes twice, and the first time counts.
    check_step_at(
        &paris,
        CivilStep::ContractDay,
        "2026-10-25T00:30:00Z",
        span("2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"),
    );
}

#[test]
fn a_contract_hour_is_one_of_a_day() {
    for hour in [-1, 24] {
        assert_eq!(
            calendar("UTC").with_contract_hour(hour).err(),
            Some(CivilError::ContractHour { hour })
        );
    }
}

#[test]
fn parts_of_a_span_are_cut_to_it() {
    check(
        "Europe/Paris",
        CivilStep::Day,
        span("2026-05-01T10:00:00Z", "2026-05-03T10:30:00Z"),
        &[12 * 60, 24 * 60, 12 * 60 + 30],
    );
    check(
        "Europe/Paris",
        CivilStep::Day,
        span("2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z"),
        &[],
    );
}

#[test]
fn more_steps_than_anybody_can_look_at_are_refused() {
    assert_eq!(
        calendar("Europe/Paris").steps(
            CivilStep::Hour,
            span("1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
        ),
        Err(CivilError::TooManySteps)
    );
}

/// PER-10, PER-11: whole periods in the site's zone, the week from Monday.
#[test]
fn predefined_periods_are_those_of_the_site() {
    // Sunday 2026-03-01, 00:30 in Paris, and still February in UTC.
    let (paris, now) = (calendar("Europe/Paris"), at("2026-02-28T23:30:00Z"));
    for (period, from, until) in [
        (PredefinedPeriod::Today, "2026-02-28T23", "2026-03-01T23"),
        (
            PredefinedPeriod::Yesterday,
            "2026-02-27T23",
            "2026-02-28T23",
        ),
        (
            PredefinedPeriod::CurrentWeek,
            "2026-02-22T23",
            "2026-03-01T23",
        ),
        (
            PredefinedPeriod::PreviousWeek,
            "2026-02-15T23",
            "2026-02-22T23",
        ),
        (
            PredefinedPeriod::CurrentMonth,
            "2026-02-28T23",
            "2026-03-31T22",
        ),
        (
            PredefinedPeriod::PreviousMonth,
            "2026-01-31T23",
            "2026-02-28T23",
        ),
        (
            PredefinedPeriod::CurrentYear,
            "2025-12-31T23",
            "2026-12-31T23",
        ),
        (
            PredefinedPeriod::PreviousYear,
            "2024-12-31T23",
            "2025-12-31T23",
        ),
    ] {
        let expected = span(&format!("{from}:00:00Z"), &format!("{until}:00:00Z"));
        assert_eq!(period.span(&paris, now), expected, "{}", period.name());
        assert_eq!(PredefinedPeriod::from_name(period.name()), Some(period));
    }
}

#[test]
fn steps_read_back_from_their_names() {
    for (step, name) in CivilStep::NAMED {
        assert_eq!(name.parse(), Ok(step));
        assert_eq!(step.to_string(), name);
    }
    assert!("fortnight".parse::<CivilStep>().is_err());
    assert_eq!(
        BlockLength::of_seconds(7_000),
        Err(BrokenBlock { seconds: 7_000 })
    );
}
