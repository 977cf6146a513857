use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};
use model::{Phase, Quality, Quantity};

use super::*;

/// Rows of a file in its order: wall-clock time of 24 and 25 October 2026 in Paris, and value. The
/// clocks go back from 03:00 to 02:00.
fn read(rows: &[(&str, f64)]) -> (Vec<Row>, Vec<(usize, Fold)>) {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let mut folds = Vec::new();
    let rows = rows.iter().enumerate().map(|(index, (wall, value))| {
        let wall: DateTime = format!("2026-10-25T{wall}:00").parse().unwrap();
        let ms = |offset: Offset| offset.to_timestamp(wall).unwrap().as_millisecond();
        let at_ms = match zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Fold { before, after } => {
                folds.push((index, Fold::new(ms(before), ms(after), wall, before)));
                ms(before)
            }
            AmbiguousOffset::Unambiguous { offset } => ms(offset),
            AmbiguousOffset::Gap { .. } => unreachable!("there is none on this day"),
        };
        Row {
            line: index as u32,
            at_ms,
            value: *value,
            decimals: 0,
            quality: Quality::MEASURED,
        }
    });
    (rows.collect(), folds)
}

/// What the rows resolve to, as minutes after 00:00Z, and which of them were guessed.
#[track_caller]
fn check(quantity: Quantity, rows: &[(&str, f64)], minutes: &[i64], guessed: &[usize]) {
    let midnight: Timestamp = "2026-10-25T00:00:00Z".parse().unwrap();
    let (mut rows, folds) = read(rows);
    let unplaced = resolve(Measurand::new(quantity, Phase::Total), &mut rows, &folds);
    let found: Vec<i64> = rows
        .iter()
        .map(|row| (row.at_ms - midnight.as_millisecond()) / 60_000)
        .collect();
    assert_eq!((found.as_slice(), unplaced.as_slice()), (minutes, guessed));
}

fn check_power(walls: &[&str], minutes: &[i64], guessed: &[usize]) {
    let rows: Vec<(&str, f64)> = walls.iter().map(|wall| (*wall, 1.0)).collect();
    check(Quantity::ActivePower, &rows, minutes, guessed);
}

#[test]
fn oldest_first_the_second_of_two_is_the_later() {
    let walls = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"];
    check_power(&walls, &[-30, 0, 30, 60, 90, 120], &[]);
    check_power(
        &["01:00", "02:00", "02:00", "03:00"],
        &[-60, 0, 60, 120],
        &[],
    );
}

#[test]
fn newest_first_the_first_of_two_is_the_later() {
    let walls = ["03:00", "02:30", "02:00", "02:30", "02:00", "01:30"];
    check_power(&walls, &[120, 90, 60, 30, 0, -30], &[]);
}

#[test]
fn the_turn_tells_apart_what_occurs_once() {
    // 02:10 is missing of the second pass, 02:20 of the first.
    let walls = [
        "01:50", "02:00", "02:10", "02:30", "02:00", "02:20", "02:30", "03:00",
    ];
    check_power(&walls, &[-10, 0, 10, 30, 60, 80, 90, 120], &[]);
}

#[test]
fn without_a_turn_the_neighbours_tell() {
    // After a silence the series starts again in the second pass.
    let walls = ["01:00", "01:10", "02:40", "02:50", "03:00", "03:10"];
    check_power(&walls, &[-60, -50, 100, 110, 120, 130], &[]);
    let walls = ["01:40", "01:50", "02:00", "02:10", "03:30", "03:40"];
    check_power(&walls, &[-20, -10, 0, 10, 150, 160], &[]);
}

#[test]
fn what_nothing_tells_is_the_earlier_and_said() {
    check_power(&["01:00", "02:00", "03:00"], &[-60, 0, 120], &[1]);
    check_power(&["00:00", "02:30", "04:17"], &[-120, 30, 197], &[1]);
}

#[test]
fn in_no_order_a_counter_tells_by_its_values() {
    let rows = [
        ("03:10", 70.0),
        ("02:30", 50.0),
        ("01:50", 10.0),
        ("02:30", 20.0),
        ("03:20", 80.0),
        ("01:40", 5.0),
    ];
    let minutes = [130, 90, -10, 30, 140, -20];
    check(Quantity::ActiveEnergyImport, &rows, &minutes, &[]);
}
