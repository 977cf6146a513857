//! Every zone of the tz database, 2020 to 2030: parts add up to the whole, in length and energy.

use std::collections::HashSet;

use energy::civil::{CivilStep, SiteCalendar};
use energy::{Amount, Curve, IndexReading, Span, StepEnergy};
use jiff::civil::date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Tape, at, worked_traits};

/// From what to what parts must add up. Weeks cross months and years, so they end at days.
const NESTED: [(CivilStep, CivilStep); 8] = [
    (CivilStep::Hour, CivilStep::Day),
    (CivilStep::Hour, CivilStep::ContractDay),
    (CivilStep::Day, CivilStep::Week),
    (CivilStep::Day, CivilStep::Month),
    (CivilStep::Month, CivilStep::Year),
    (CivilStep::ContractDay, CivilStep::ContractWeek),
    (CivilStep::ContractDay, CivilStep::ContractMonth),
    (CivilStep::ContractMonth, CivilStep::ContractYear),
];

fn eleven_years(calendar: &SiteCalendar) -> Span {
    Span::new(
        calendar.start_of_date(date(2020, 1, 1)),
        calendar.start_of_date(date(2031, 1, 1)),
    )
}

/// All zones. Of those whose clocks are alike over these years, one is walked for all.
fn calendars() -> Vec<(String, SiteCalendar)> {
    let zones = TimeZoneDatabase::bundled();
    let names: Vec<String> = zones.available().map(|name| name.to_string()).collect();
    assert!(names.len() > 500, "the whole database: {}", names.len());
    let mut clocks = HashSet::new();
    let mut calendars = Vec::new();
    for name in names {
        let zone = zones.get(&name).unwrap();
        if clocks.insert(clock(&zone)) {
            let contract_hour = (calendars.len() % 24) as i8;
            let calendar = SiteCalendar::new(zone).with_contract_hour(contract_hour);
            calendars.push((name, calendar.unwrap()));
        }
    }
    assert!(calendars.len() > 50, "clocks: {}", calendars.len());
    calendars
}

/// All that there is to know of a zone over these years: its offsets, and since when.
fn clock(zone: &TimeZone) -> Vec<(Timestamp, i32)> {
    let (from, until) = (at("2019-12-01T00:00:00Z"), at("2031-02-01T00:00:00Z"));
    let changes = zone.following(from).map(|change| change.timestamp());
    std::iter::once(from)
        .chain(changes.take_while(|change| *change < until))
        .map(|since| (since, zone.to_offset(since).seconds()))
        .collect()
}

/// A counter that was read at odd times over the years, with a silence, a reset and a question.
fn curve_and_readings() -> (Curve, Vec<IndexReading>) {
    let mut tape = Tape::every(SignedDuration::from_secs(400_013))
        .starting(at("2019-12-01T00:00:07Z"))
        .up_to(1_254_300, 2_113)
        .onward(30_011, 300)
        .silence(SignedDuration::from_hours(1_003))
        .onward(977, 200)
        .counts([12])
        .onward(31, 100)
        .counts([90_000_000]);
    while tape.readings.last().unwrap().at < at("2031-01-03T00:00:00Z") {
        tape = tape.onward(13, 20);
    }
    let counter = tape.feed(worked_traits().with_ring(1_000_000_000));
    assert_eq!(counter.journal().entries().count(), 3);
    (Curve::new(counter.journal()), tape.readings)
}

/// What is booked in a step, and what is in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Energies {
    booked: Option<Amount>,
    proposed: Option<Amount>,
}

impl Energies {
    fn of(step: &StepEnergy) -> Self {
        Self {
            booked: step.energy,
            proposed: step.open.and_then(|open| open.proposal),
        }
    }

    fn with(self, other: Self) -> Self {
        let sum = |one: Option<Amount>, two| one.into_iter().chain(two).reduce(|a, b| a + b);
        Self {
            booked: sum(self.booked, other.booked),
            proposed: sum(self.proposed, other.proposed),
        }
    }
}

/// PER-11: days of 23 and 25 hours, half-hour zones, zones that change their offset by law.
#[test]
fn in_every_zone_hours_add_up_to_days_and_days_to_weeks_months_and_years() {
    let (curve, readings) = curve_and_readings();
    for (zone, calendar) in calendars() {
        let span = eleven_years(&calendar);
        let steps_of = |step| {
            let steps = calendar.steps(step, span).unwrap();
            let energies = curve.energies(&steps, &readings);
            let energies: Vec<Energies> = energies.iter().map(Energies::of).collect();
            (steps, energies)
        };
        let steps = CivilStep::NAMED.map(|(step, _)| (step, steps_of(step)));
        let find = |wanted| &steps.iter().find(|(step, _)| *step == wanted).unwrap().1;
        for (part, whole) in NESTED {
            let ((parts, part_energies), (wholes, whole_energies)) = (find(part), find(whole));
            let mut next = 0;
            for (whole_span, whole_energy) in wholes.iter().zip(whole_energies) {
                let (mut length, mut energy) = (SignedDuration::ZERO, Energies::default());
                assert_eq!(parts[next].from, whole_span.from, "{zone} {part}");
                while next < parts.len() && parts[next].from < whole_span.until {
                    length += parts[next].length();
                    energy = energy.with(part_energies[next]);
                    next += 1;
                }
                assert_eq!(
                    length,
                    whole_span.length(),
                    "{zone} {whole} {}",
                    whole_span.from
                );
                assert_eq!(energy, *whole_energy, "{zone} {whole} {}", whole_span.from);
            }
            assert_eq!(next, parts.len());
        }
    }
}

#[test]
fn in_every_zone_steps_begin_where_the_clock_says() {
    for (zone, calendar) in calendars() {
        let span = eleven_years(&calendar);
        let local = |at| calendar.zone().to_datetime(at);
        let just_before = |at: Timestamp| local(at - SignedDuration::from_nanos(1));
        for hour in calendar.steps(CivilStep::Hour, span).unwrap() {
            let (before, shown) = (just_before(hour.from), local(hour.from));
            let is_full = shown.minute() == 0 && shown.second() == 0;
            let leaps = before.date() < shown.date() || before.hour() < shown.hour();
            assert!(is_full || leaps, "{zone} {shown}");
            assert!(
                hour.length() <= SignedDuration::from_mins(90),
                "{zone} {shown}"
            );
        }
        for day in calendar.steps(CivilStep::Day, span).unwrap() {
            let (before, shown) = (just_before(day.from), local(day.from));
            assert_eq!(
                before.date().tomorrow().unwrap(),
                shown.date(),
                "{zone} {shown}"
            );
            assert_eq!(
                calendar.start_of_date(shown.date()),
                day.from,
                "{zone} {shown}"
            );
        }
        for week in calendar
            .steps(CivilStep::Week, span)
            .unwrap()
            .iter()
            .skip(1)
        {
            let first = local(week.from).date();
            assert_eq!(
                first.iso_week_date().weekday(),
                jiff::civil::Weekday::Monday,
                "{zone}"
            );
        }
    }
}
