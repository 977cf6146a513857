use jiff::tz::TimeZone;
use model::{Declared, Measurand, Phase, Quantity, Statistic, derive};
use proptest::prelude::*;

use super::*;

const PERIOD: SignedDuration = SignedDuration::from_secs(60);

fn averager(averaging: Averaging) -> BlockAverager {
    let calendar = SiteCalendar::new(TimeZone::UTC);
    BlockAverager::new(calendar, BlockLength::TEN_MINUTES, averaging, PERIOD)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn blocks(averaging: Averaging, readings: &[(i64, Option<f64>)]) -> Vec<BlockMean> {
    let mut averager = averager(averaging);
    let mut blocks = Vec::new();
    for (second, value) in readings {
        blocks.extend(averager.feed(at(*second), *value).unwrap());
    }
    blocks.extend(averager.finish());
    blocks
}

/// Mean, minimum, maximum and coverage of the only block.
#[track_caller]
fn check(averaging: Averaging, readings: &[(i64, Option<f64>)], expected: [f64; 4]) {
    let blocks = blocks(averaging, readings);
    let found = [
        blocks[0].mean,
        blocks[0].minimum,
        blocks[0].maximum,
        blocks[0].coverage,
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{found} is not {expected}: {blocks:?}"
        );
    }
}

fn each_minute(value: impl Fn(i64) -> f64) -> Vec<(i64, Option<f64>)> {
    (0..=10)
        .map(|minute| (60 * minute, Some(value(minute))))
        .collect()
}

#[test]
fn a_mean_is_weighted_by_time() {
    let readings = [
        (0, Some(100.0)),
        (60, Some(400.0)),
        (210, Some(0.0)),
        (390, Some(0.0)),
    ];
    let mut readings = readings.to_vec();
    readings.extend([(570, Some(0.0)), (600, None)]);
    check(Averaging::Mean, &readings, [110.0, 0.0, 400.0, 1.0]);
}

#[test]
fn p_and_q_keep_their_sign_and_a_load_curve_parts_them() {
    let readings = each_minute(|minute| if minute < 5 { 9_000.0 } else { -3_000.0 });
    check(
        Averaging::Mean,
        &readings,
        [3_000.0, -3_000.0, 9_000.0, 1.0],
    );
    check(
        Averaging::AboveZero,
        &readings,
        [4_500.0, 0.0, 9_000.0, 1.0],
    );
    check(
        Averaging::BelowZero,
        &readings,
        [1_500.0, 0.0, 3_000.0, 1.0],
    );
}

#[test]
fn a_reading_stands_for_three_periods_and_then_there_is_a_gap() {
    check(Averaging::Mean, &[(0, Some(5.0))], [5.0, 5.0, 5.0, 0.3]);
    // One that says "not available" ends it at once.
    check(
        Averaging::Mean,
        &[(0, Some(5.0)), (60, None)],
        [5.0, 5.0, 5.0, 0.1],
    );
    assert_eq!(
        blocks(Averaging::Mean, &[(0, None), (60, Some(f64::NAN))]),
        []
    );
}

#[test]
fn a_reading_stands_into_the_next_block() {
    let blocks = blocks(Averaging::Mean, &[(570, Some(8.0))]);
    let coverages: Vec<f64> = blocks.iter().map(|block| block.coverage).collect();
    assert_eq!(coverages, [30.0 / 600.0, 150.0 / 600.0]);
}

#[test]
fn rms_values_and_angles_have_their_own_means() {
    let readings = each_minute(|minute| if minute < 5 { 3.0 } else { 4.0 });
    check(
        Averaging::RootMeanSquare,
        &readings,
        [12.5f64.sqrt(), 3.0, 4.0, 1.0],
    );
    let around = each_minute(|minute| if minute < 5 { 179.0 } else { -177.0 });
    check(Averaging::Angle, &around, [-179.0, -177.0, 179.0, 1.0]);
}

#[test]
fn ratios_come_from_averaged_powers() {
    let p = blocks(
        Averaging::Mean,
        &each_minute(|minute| if minute < 5 { 100.0 } else { 0.0 }),
    );
    let q = blocks(
        Averaging::Mean,
        &each_minute(|minute| if minute < 5 { 0.0 } else { 60.0 }),
    );
    let s = blocks(
        Averaging::Mean,
        &each_minute(|minute| if minute < 5 { 100.0 } else { 60.0 }),
    );
    let of = |quantity| Measurand::new(quantity, Phase::Total).with_statistic(Statistic::Average);
    let known = |measurand: Measurand| match measurand {
        _ if measurand == of(Quantity::ActivePower) => Some(p[0].mean),
        _ if measurand == of(Quantity::ReactivePower) => Some(q[0].mean),
        _ if measurand == of(Quantity::ApparentPower) => Some(s[0].mean),
        _ => None,
    };
    let derived = derive(Statistic::Average, Declared::default(), &known);
    let value_of = |quantity| {
        let value = derived.iter().find(|value| value.measurand == of(quantity));
        value.unwrap().value
    };
    assert!((value_of(Quantity::PowerFactor) - 50.0 / 80.0).abs() < 1e-12);
    assert!((value_of(Quantity::TanPhi) - 30.0 / 50.0).abs() < 1e-12);
    assert_eq!(Averaging::of(Quantity::PowerFactor), None);
    assert_eq!(Averaging::of(Quantity::ActiveEnergyImport), None);
    assert_eq!(Averaging::of(Quantity::PhiAngle), Some(Averaging::Angle));
}

#[test]
fn a_block_is_complete_incomplete_or_empty() {
    for (coverage, completeness) in [
        (1.0, Completeness::Complete),
        (0.95, Completeness::Complete),
        (0.94, Completeness::Incomplete),
        (0.5, Completeness::Incomplete),
        (0.49, Completeness::Empty),
    ] {
        assert_eq!(Completeness::of(coverage), completeness);
    }
    let mut readings = each_minute(|_| 7.0);
    readings.push((1_200, Some(90.0))); // three minutes of the third block: no demand
    let blocks = blocks(Averaging::Mean, &readings);
    assert_eq!(
        max_demand(&blocks).map(|block| block.span.from),
        Some(at(0))
    );
    assert_eq!(blocks.last().and_then(BlockMean::value), None);
}

/// DAT-03: the local clock, not that of UTC.
#[test]
fn blocks_follow_the_local_clock() {
    let calendar = SiteCalendar::new(TimeZone::get("Asia/Kathmandu").unwrap());
    let mut averager =
        BlockAverager::new(calendar, BlockLength::TEN_MINUTES, Averaging::Mean, PERIOD);
    averager.feed(at(0), Some(1.0)).unwrap(); // 05:45
    let blocks = averager.finish();
    assert_eq!(blocks[0].span, Span::new(at(-300), at(300)));
}

#[test]
fn a_block_ends_in_time_although_no_reading_comes() {
    let mut averager = averager(Averaging::Mean);
    averager.feed(at(540), Some(1.0)).unwrap();
    assert_eq!(averager.advance(at(599)), []);
    assert_eq!(averager.advance(at(600)).len(), 1);
    assert_eq!(averager.advance(at(100_000)).len(), 1);
    assert_eq!(averager.advance(at(200_000)), []);
    assert!(averager.feed(at(540), Some(1.0)).is_err());
}

proptest! {
    #[test]
    fn blocks_hold_the_whole_of_what_stood(
        gaps in prop::collection::vec(1i64..900, 1..60),
        values in prop::collection::vec(-1e6f64..1e6, 60),
        asked in prop::collection::vec(any::<bool>(), 60),
    ) {
        let mut second = 0;
        let mut whole = 0.0;
        let mut averager = averager(Averaging::Mean);
        let mut blocks = Vec::new();
        for ((gap, value), asked) in gaps.iter().zip(&values).zip(asked) {
            blocks.extend(averager.feed(at(second), Some(*value)).unwrap());
            // Asking in between changes nothing.
            if asked {
                blocks.extend(averager.advance(at(second + gap / 2)));
            }
            whole += value * (*gap).min(180) as f64;
            second += gap;
        }
        blocks.extend(averager.feed(at(second), None).unwrap());
        blocks.extend(averager.finish());
        let sum: f64 = blocks.iter().map(|block| block.mean * block.coverage * 600.0).sum();
        prop_assert!((sum - whole).abs() <= 1e-3, "{sum} is not {whole}");
        for block in &blocks {
            prop_assert!(block.minimum <= block.mean + 1e-6 && block.mean <= block.maximum + 1e-6);
            prop_assert!((0.0..=1.0).contains(&block.coverage));
        }
        for pair in blocks.windows(2) {
            prop_assert!(pair[0].span.until <= pair[1].span.from);
        }
    }
}
