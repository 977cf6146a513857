use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::electrical::NOMINAL_STAR_DEG;

const NOMINAL_V: f64 = 230.0;

/// What a meter says when the current that phase `k` really draws is `amperes[k]` at `phi[k]`, and
/// arrives at its inputs as `inputs` says: which conductor, and whether the wrong way round.
fn metered(amperes: [f64; 3], phi: [f64; 3], inputs: [(usize, bool); 3]) -> Moment {
    let mut moment = Moment {
        wiring: Some(WiringType::ThreePhaseNeutralUnbalanced),
        nominal_voltage_v: Some(NOMINAL_V),
        nominal_current_a: Some(100.0),
        v: [Some(NOMINAL_V); 3],
        u: [Some(NOMINAL_V * 3f64.sqrt()); 3],
        ..Moment::default()
    };
    for (input, (conductor, is_reversed)) in inputs.into_iter().enumerate() {
        let current = NOMINAL_STAR_DEG[conductor] - phi[conductor];
        let turned = if is_reversed {
            current + 180.0
        } else {
            current
        };
        let (sin, cos) = (NOMINAL_STAR_DEG[input] - turned).to_radians().sin_cos();
        let s = NOMINAL_V * amperes[conductor];
        moment.i[input] = Some(amperes[conductor]);
        moment.p[input] = Some(s * cos);
        moment.q[input] = Some(s * sin);
        moment.s[input] = Some(s);
    }
    moment
}

const RIGHT: [(usize, bool); 3] = [(0, false), (1, false), (2, false)];

#[track_caller]
fn check(moment: &Moment, fault: Option<WiringFault>, alternatives: &[WiringFault]) {
    let finding = judge(moment);
    assert_eq!(finding.as_ref().map(|finding| finding.fault), fault);
    let found = finding.map(|finding| finding.alternatives);
    assert_eq!(found.unwrap_or_default(), alternatives);
}

fn at_30_degrees(inputs: [(usize, bool); 3]) -> Moment {
    metered([10.0; 3], [30.0; 3], inputs)
}

#[test]
fn one_reversed_sensor_is_named_with_its_evidence() {
    let moment = at_30_degrees([(0, false), (1, true), (2, false)]);
    assert!((moment.p[1].unwrap() + 1_992.0).abs() < 1.0);
    check(&moment, Some(WiringFault::SensorReversed(2)), &[]);
    let finding = judge(&moment).unwrap();
    assert!((finding.phi_deg[1].unwrap() + 150.0).abs() < 1e-6);
    assert!((finding.undone_phi_deg[1].unwrap() - 30.0).abs() < 1e-6);
}

#[test]
fn exchanged_sensors_are_named() {
    let moment = at_30_degrees([(1, false), (0, false), (2, false)]);
    assert!((moment.p[0].unwrap() + 1_992.0).abs() < 1.0 && moment.p[1].unwrap().abs() < 1.0);
    check(&moment, Some(WiringFault::SensorsExchanged(1, 2)), &[]);
}

#[test]
fn all_sensors_reversed_are_named_with_the_alternative() {
    let moment = at_30_degrees([(0, true), (1, true), (2, true)]);
    check(
        &moment,
        Some(WiringFault::AllSensorsReversed),
        &[WiringFault::SensorsMovedOn],
    );
}

#[test]
fn sensors_moved_on_by_one_phase_are_among_the_explanations() {
    let moment = at_30_degrees([(1, false), (2, false), (0, false)]);
    let finding = judge(&moment).unwrap();
    let named = [&[finding.fault][..], &finding.alternatives].concat();
    assert!(named.contains(&WiringFault::SensorsMovedOn), "{named:?}");
}

#[test]
fn a_single_phase_circuit_is_reversed_where_its_power_is_negative() {
    let mut moment = metered(
        [10.0, 0.0, 0.0],
        [20.0; 3],
        [(0, true), (1, false), (2, false)],
    );
    moment.wiring = Some(WiringType::SinglePhase);
    moment.v = [Some(NOMINAL_V), None, None];
    moment.u = [None; 3];
    for values in [&mut moment.i, &mut moment.p, &mut moment.q, &mut moment.s] {
        *values = [values[0], None, None];
    }
    check(&moment, Some(WiringFault::SensorReversed(1)), &[]);
}

#[test]
fn capacitors_at_an_incomer_are_no_fault() {
    check(&metered([10.0; 3], [-37.0; 3], RIGHT), None, &[]);
}

#[test]
fn a_circuit_that_feeds_back_gets_no_hint_of_direction() {
    let moment = Moment {
        feeds_back: true,
        ..at_30_degrees([(0, true), (1, true), (2, true)])
    };
    check(&moment, None, &[]);
}

#[test]
fn a_missing_voltage_is_told_from_a_dead_phase_by_its_current() {
    let mut moment = at_30_degrees(RIGHT);
    moment.v[1] = Some(0.0);
    (moment.p[1], moment.q[1], moment.s[1]) = (Some(0.0), Some(0.0), Some(0.0));
    check(&moment, Some(WiringFault::VoltageMissing(2)), &[]);
    moment.i[1] = Some(0.0);
    check(&moment, Some(WiringFault::PhaseDead(2)), &[]);
    // Without any voltage it is an outage.
    let nothing = [Some(0.0); 3];
    (moment.v, moment.i, moment.s) = (nothing, nothing, nothing);
    check(&moment, None, &[]);
}

#[test]
fn a_lost_neutral_tears_the_phases_apart_and_leaves_the_lines_even() {
    let moment = Moment {
        v: [Some(205.0), Some(232.0), Some(252.0)],
        ..at_30_degrees(RIGHT)
    };
    let scaled = Moment {
        s: [None; 3],
        ..moment
    };
    check(&scaled, Some(WiringFault::NeutralLost), &[]);
}

#[test]
fn wrong_ratios_of_voltage_and_scale_are_told_apart() {
    let with_volts = |v: f64| Moment {
        v: [Some(v); 3],
        s: [None; 3],
        ..at_30_degrees(RIGHT)
    };
    check(
        &with_volts(400.0),
        Some(WiringFault::VoltageTypeMixedUp),
        &[],
    );
    check(
        &with_volts(115.0),
        Some(WiringFault::VoltageRatioWrong),
        &[],
    );
    let mut moment = at_30_degrees(RIGHT);
    moment.s[2] = moment.s[2].map(|s| s * 10.0);
    check(&moment, Some(WiringFault::ScaleWrong(3)), &[]);
}

#[test]
fn a_current_far_above_its_sensor_is_a_ratio_in_doubt() {
    let moment = metered([130.0, 40.0, 40.0], [10.0; 3], RIGHT);
    check(&moment, Some(WiringFault::CurrentAboveSensor(1)), &[]);
}

/// A fault of one moment with the number of steps of four seconds for which it is read.
fn shown_after(steps: &[(Option<WiringFault>, usize)]) -> Option<WiringFault> {
    let mut watch = HintWatch::default();
    let mut at = Timestamp::UNIX_EPOCH;
    for (fault, times) in steps {
        for _ in 0..*times {
            at += SignedDuration::from_secs(4);
            watch.step(fault.map(Finding::of), at);
        }
    }
    watch.shown().map(|finding| finding.fault)
}

#[test]
fn a_hint_is_shown_and_withdrawn_when_nearly_all_moments_agree() {
    let fault = Some(WiringFault::SensorReversed(1));
    assert_eq!(shown_after(&[(fault, 8)]), None);
    assert_eq!(shown_after(&[(None, 1), (fault, 9)]), fault);
    assert_eq!(shown_after(&[(fault, 10), (None, 5)]), fault);
    assert_eq!(shown_after(&[(fault, 10), (None, 10)]), None);
}

#[test]
fn moments_close_together_are_not_enough() {
    let mut watch = HintWatch::default();
    let finding = Finding::of(WiringFault::NeutralLost);
    for second in 0..20 {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
        assert_eq!(watch.step(Some(finding.clone()), at), None);
    }
}

/// Currents of healthy loads: balanced, unbalanced, one phase alone.
fn amperes() -> impl Strategy<Value = [f64; 3]> {
    prop_oneof![
        (0.0..100f64).prop_map(|i| [i; 3]),
        [0.0..100f64, 0.0..100f64, 0.0..100f64],
        (0.0..100f64, 0..3usize).prop_map(|(i, phase)| {
            let mut amperes = [0.0; 3];
            amperes[phase] = i;
            amperes
        }),
    ]
}

proptest! {
    #[test]
    fn healthy_loads_of_every_kind_get_no_hint(
        amperes in amperes(),
        phi in [-80.0..88f64, -80.0..88f64, -80.0..88f64],
        volts in [0.93..1.07f64, 0.93..1.07f64, 0.93..1.07f64],
    ) {
        let mut moment = metered(amperes, phi, RIGHT);
        for (phase, share) in volts.into_iter().enumerate() {
            for values in [&mut moment.v, &mut moment.p, &mut moment.q, &mut moment.s] {
                values[phase] = values[phase].map(|value| value * share);
            }
        }
        // Voltages that differ by more than a tenth with even lines are what a lost neutral is.
        moment.u = [None; 3];
        prop_assert_eq!(judge(&moment), None);
    }

    #[test]
    fn circuits_that_feed_back_get_no_hint_in_any_quadrant(
        amperes in amperes(),
        phi in [-180.0..180f64, -180.0..180f64, -180.0..180f64],
    ) {
        let moment = Moment { feeds_back: true, ..metered(amperes, phi, RIGHT) };
        prop_assert_eq!(judge(&moment), None);
    }

    #[test]
    fn one_fault_of_direction_is_always_named_alone(
        amperes in [8.0..100f64, 8.0..100f64, 8.0..100f64],
        phi in -20.0..60f64,
        apart in [-7.0..7f64, -7.0..7f64, -7.0..7f64],
        (one, other) in prop_oneof![Just((0, 1)), Just((1, 2)), Just((0, 2))],
        is_reversed in any::<bool>(),
    ) {
        let mut inputs = RIGHT;
        let fault = if is_reversed {
            inputs[one].1 = true;
            WiringFault::SensorReversed(number(one))
        } else {
            inputs.swap(one, other);
            WiringFault::SensorsExchanged(number(one), number(other))
        };
        let phi = apart.map(|more| (phi + more).clamp(-20.0, 60.0));
        let finding = judge(&metered(amperes, phi, inputs)).unwrap();
        prop_assert_eq!(finding.fault, fault);
        prop_assert_eq!(finding.alternatives, vec![]);
    }
}
