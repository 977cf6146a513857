//! Voltages that are missing, torn apart or of another kind than declared.

use super::{Finding, Moment, WiringFault, number, used_phases};
use crate::electrical::unbalance_sequence_pct;

/// A phase below this share of its nominal voltage lacks it, while another one has at least so
/// much that it is no outage.
const MISSING_SHARE: f64 = 0.5;
const PRESENT_SHARE: f64 = 0.8;
/// Phase voltages this far apart, of their mean, while the line voltages are even to this.
const TORN_SHARE: f64 = 0.1;
const EVEN_UNBALANCE_PCT: f64 = 2.0;
/// How near all voltages are to √3 or 1/√3 of the nominal one when the kinds are mixed up.
const KIND_TOLERANCE: f64 = 0.03;
/// What a supply never leaves for long.
const USUAL_SHARE: std::ops::RangeInclusive<f64> = 0.85..=1.15;

pub(super) fn judge(moment: &Moment) -> Option<Finding> {
    missing(moment)
        .or_else(|| torn(moment))
        .or_else(|| other_kind(moment))
}

fn missing(moment: &Moment) -> Option<Finding> {
    let nominal = moment.nominal_voltage_v?;
    let share = |phase: usize| moment.v[phase].map(|v| v / nominal);
    let is_supplied = (0..3).any(|phase| share(phase).is_some_and(|v| v >= PRESENT_SHARE));
    let phase = (0..3).find(|phase| share(*phase).is_some_and(|v| v < MISSING_SHARE))?;
    is_supplied.then(|| {
        let fault = if used_phases(moment).contains(&phase) {
            WiringFault::VoltageMissing
        } else {
            WiringFault::PhaseDead
        };
        Finding::of(fault(number(phase)))
    })
}

fn torn(moment: &Moment) -> Option<Finding> {
    let [v1, v2, v3] = moment.v;
    let [u12, u23, u31] = moment.u;
    let v = [v1?, v2?, v3?];
    let mean = v.iter().sum::<f64>() / 3.0;
    let spread = v.iter().copied().fold(0.0, f64::max) - v.iter().copied().fold(mean, f64::min);
    let is_even = unbalance_sequence_pct([u12?, u23?, u31?])? < EVEN_UNBALANCE_PCT;
    (spread > TORN_SHARE * mean && is_even).then(|| Finding::of(WiringFault::NeutralLost))
}

fn other_kind(moment: &Moment) -> Option<Finding> {
    let nominal = moment.nominal_voltage_v?;
    let shares: Vec<f64> = moment.v.iter().flatten().map(|v| v / nominal).collect();
    let is_near = |wanted: f64| {
        shares
            .iter()
            .all(|share| (share / wanted - 1.0).abs() <= KIND_TOLERANCE)
    };
    // No voltage at all is an outage.
    if shares.is_empty() || shares.iter().any(|share| *share < MISSING_SHARE / 2.0) {
        return None;
    }
    if is_near(3f64.sqrt()) || is_near(1.0 / 3f64.sqrt()) {
        return Some(Finding::of(WiringFault::VoltageTypeMixedUp));
    }
    let is_outside = shares.iter().all(|share| !USUAL_SHARE.contains(share));
    is_outside.then(|| Finding::of(WiringFault::VoltageRatioWrong))
}
