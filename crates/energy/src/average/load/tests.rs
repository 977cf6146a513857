use jiff::Timestamp;

use super::*;
use crate::Amount;

fn span(block: i64) -> Span {
    let at = |second| Timestamp::from_second(second).unwrap();
    Span::new(at(600 * block), at(600 * (block + 1)))
}

fn step(block: i64, wh: i64, coverage: f64, quality: Quality) -> StepEnergy {
    StepEnergy {
        span: span(block),
        energy: Some(Amount::from_units(wh)),
        coverage,
        quality,
        open: None,
        lower_bound: false,
    }
}

fn mean(block: i64, watts: f64, coverage: f64) -> BlockMean {
    BlockMean {
        span: span(block),
        mean: watts,
        minimum: watts,
        maximum: watts,
        coverage,
    }
}

fn values(curve: &[LoadPoint]) -> Vec<Option<f64>> {
    curve.iter().map(|point| point.value).collect()
}

/// DAT-03
#[test]
fn the_mean_power_of_a_block_is_its_energy_over_its_time() {
    let curve = load_curve(&[step(0, 2_100, 1.0, Quality::MEASURED)], &[]);
    assert_eq!(values(&curve), [Some(12_600.0)]);
}

/// DAT-04
#[test]
fn where_the_index_says_too_little_points_of_power_stand_in() {
    let estimated = Quality::INCOMPLETE.with(Quality::ESTIMATED);
    let energies = [
        step(0, 2_100, 1.0, Quality::MEASURED),
        step(1, 700, 0.0, estimated),
        step(2, 700, 0.0, estimated),
        step(3, 700, 0.0, estimated),
    ];
    let points = [
        mean(0, 12_000.0, 1.0),
        mean(1, 11_000.0, 1.0),
        mean(2, 10_000.0, 0.6),
        mean(3, 9_000.0, 0.2),
    ];
    let curve = load_curve(&energies, &points);
    assert_eq!(
        values(&curve),
        [Some(12_600.0), Some(11_000.0), Some(10_000.0), None]
    );
    let qualities: Vec<Quality> = curve.iter().map(|point| point.quality).collect();
    let computed = Quality::COMPUTED;
    assert_eq!(
        qualities,
        [
            Quality::MEASURED,
            computed,
            computed.with(Quality::INCOMPLETE),
            estimated
        ]
    );
}
