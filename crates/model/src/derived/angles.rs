//! Angles of voltages and currents for the phasor diagram, where the device gives none.
//!
//! Voltages: from magnitudes where they tell, else nominal. Currents: θV − φ, with φ from the
//! device, from the fundamental powers of the phase, from its powers, or from those of the whole.
//! V1, or the first voltage of the virtual star of a three-wire network, points to 0°.

use super::{Derivation, PAIRS, PHASES};
use crate::electrical::{
    LineAngles, NOMINAL_STAR_DEG, normalised_degrees, phi_deg, star_angles_deg,
};
use crate::{Phase, Quality, Quantity, WiringType};

/// Decimals of a computed angle, those of a register's.
const ANGLE_DECIMALS: Option<u8> = Some(1);

/// A value, what of the device it rests on, and whether it is assumed.
struct Angle {
    degrees: f64,
    basis: (Quantity, Phase),
    is_assumed: bool,
}

impl Derivation<'_> {
    pub(super) fn angles(&mut self, wiring: Option<WiringType>) {
        let Some(wiring) = wiring.or_else(|| self.wiring_measured()) else {
            return;
        };
        let star = match wiring {
            WiringType::SinglePhase => self.single_phase(),
            WiringType::TwoPhase => self.two_phase(),
            WiringType::ThreePhaseBalanced | WiringType::ThreePhaseUnbalanced => self.three_wire(),
            WiringType::ThreePhaseNeutralBalanced | WiringType::ThreePhaseNeutralUnbalanced => {
                self.four_wire()
            }
        };
        self.currents(wiring, &star);
    }

    /// What the voltages measured make likely where the site declares no wiring.
    fn wiring_measured(&self) -> Option<WiringType> {
        let has = |quantity, phase| self.get(quantity, phase).is_some();
        if has(Quantity::Voltage, Phase::L2) {
            Some(WiringType::ThreePhaseNeutralUnbalanced)
        } else if has(Quantity::Voltage, Phase::L1) {
            Some(WiringType::SinglePhase)
        } else if has(Quantity::LineVoltage, Phase::L23) {
            Some(WiringType::ThreePhaseUnbalanced)
        } else {
            has(Quantity::LineVoltage, Phase::L12).then_some(WiringType::TwoPhase)
        }
    }

    fn single_phase(&mut self) -> Vec<(Phase, Angle)> {
        let voltage = (Quantity::Voltage, Phase::L1);
        if self.get(voltage.0, voltage.1).is_some() {
            let quantity = (Quantity::VoltageAngle, Phase::L1);
            self.add(quantity, Some(0.0), voltage, ANGLE_DECIMALS);
        }
        vec![(Phase::L1, self.reference(Quantity::VoltageAngle, Phase::L1))]
    }

    /// Of two phases without neutral U12 is the reference, for its current too.
    fn two_phase(&mut self) -> Vec<(Phase, Angle)> {
        let voltage = (Quantity::LineVoltage, Phase::L12);
        if self.get(voltage.0, voltage.1).is_some() {
            let quantity = (Quantity::LineVoltageAngle, Phase::L12);
            self.add(quantity, Some(0.0), voltage, ANGLE_DECIMALS);
        }
        let reference = self.reference(Quantity::LineVoltageAngle, Phase::L12);
        vec![(Phase::L1, reference)]
    }

    fn four_wire(&mut self) -> Vec<(Phase, Angle)> {
        let volts = self.all(Quantity::Voltage, PHASES);
        let measured = volts
            .zip(self.all(Quantity::LineVoltage, PAIRS))
            .and_then(|(v, u)| star_angles_deg(v, u));
        let angles = measured.unwrap_or(NOMINAL_STAR_DEG);
        for (phase, degrees) in PHASES.into_iter().zip(angles) {
            if self.get(Quantity::Voltage, phase).is_none() {
                continue;
            }
            // The first is the reference, which is no assumption.
            let is_assumed = measured.is_none() && phase != Phase::L1;
            let basis = (Quantity::Voltage, phase);
            self.add_angle((Quantity::VoltageAngle, phase), degrees, basis, is_assumed);
        }
        PHASES
            .into_iter()
            .map(|phase| (phase, self.reference(Quantity::VoltageAngle, phase)))
            .collect()
    }

    fn three_wire(&mut self) -> Vec<(Phase, Angle)> {
        let measured = self
            .all(Quantity::LineVoltage, PAIRS)
            .and_then(LineAngles::of_magnitudes);
        let angles = measured.unwrap_or(LineAngles::NOMINAL);
        let is_assumed = measured.is_none();
        for (pair, degrees) in PAIRS.into_iter().zip(angles.lines_deg) {
            if self.get(Quantity::LineVoltage, pair).is_some() {
                let basis = (Quantity::LineVoltage, pair);
                self.add_angle(
                    (Quantity::LineVoltageAngle, pair),
                    degrees,
                    basis,
                    is_assumed,
                );
            }
        }
        PHASES
            .into_iter()
            .zip(angles.star_deg)
            .map(|(phase, degrees)| {
                let basis = (Quantity::LineVoltage, Phase::L12);
                (
                    phase,
                    Angle {
                        degrees,
                        basis,
                        is_assumed,
                    },
                )
            })
            .collect()
    }

    /// The angle that the current of a phase is counted from.
    fn reference(&self, quantity: Quantity, phase: Phase) -> Angle {
        let derived = self
            .values
            .iter()
            .find(|value| (value.measurand.quantity, value.measurand.phase) == (quantity, phase));
        Angle {
            degrees: self.get(quantity, phase).unwrap_or_default(),
            basis: (quantity, phase),
            is_assumed: derived.is_some_and(|value| value.quality.contains(Quality::ASSUMED)),
        }
    }

    fn currents(&mut self, wiring: WiringType, references: &[(Phase, Angle)]) {
        for (phase, reference) in references {
            if self.get(Quantity::Current, *phase).is_none() {
                continue;
            }
            let Some(phi) = self.phi(wiring, *phase) else {
                continue;
            };
            if wiring.has_neutral() {
                let quantity = (Quantity::PhiAngle, *phase);
                self.add_angle(quantity, phi.degrees, phi.basis, phi.is_assumed);
            }
            self.add_angle(
                (Quantity::CurrentAngle, *phase),
                normalised_degrees(reference.degrees - phi.degrees),
                phi.basis,
                phi.is_assumed || reference.is_assumed,
            );
        }
    }

    /// φ of a phase by its best source. That of the whole holds for each phase of a balanced
    /// load, and is assumed to where the load may be unbalanced.
    fn phi(&self, wiring: WiringType, phase: Phase) -> Option<Angle> {
        if let Some(degrees) = self.get(Quantity::PhiAngle, phase) {
            return Some(Angle {
                degrees,
                basis: (Quantity::PhiAngle, phase),
                is_assumed: false,
            });
        }
        let fundamental = (
            Quantity::ActivePowerFundamental,
            Quantity::ReactivePowerFundamental,
        );
        let whole = (Quantity::ActivePower, Quantity::ReactivePower);
        let stands_for_all = wiring.is_balanced() || !wiring.is_three_phase();
        [
            (fundamental, phase, false),
            (whole, phase, false),
            (fundamental, Phase::Total, !stands_for_all),
            (whole, Phase::Total, !stands_for_all),
        ]
        .into_iter()
        .find_map(|((active, reactive), phase, is_assumed)| {
            let (p_w, q_var) = (self.get(active, phase)?, self.get(reactive, phase)?);
            Some(Angle {
                degrees: phi_deg(p_w, q_var)?,
                basis: (active, phase),
                is_assumed,
            })
        })
    }

    fn add_angle(
        &mut self,
        quantity: (Quantity, Phase),
        degrees: f64,
        basis: (Quantity, Phase),
        is_assumed: bool,
    ) {
        let quality = if is_assumed {
            Quality::COMPUTED.with(Quality::ASSUMED)
        } else {
            Quality::COMPUTED
        };
        self.add_with(quantity, Some(degrees), basis, ANGLE_DECIMALS, quality);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crate::derived::{Declared, derive};
    use crate::{Measurand, Quality, Statistic, WiringType};

    /// Angles computed from values by their spellings, with whether each is assumed.
    fn angles(wiring: WiringType, known: &[(&str, f64)]) -> HashMap<String, (f64, bool)> {
        let known: HashMap<Measurand, f64> = known
            .iter()
            .map(|(spelling, value)| (spelling.parse().unwrap(), *value))
            .collect();
        let declared = Declared {
            wiring: Some(wiring),
            nominal_s_va: None,
        };
        derive(Statistic::Instant, declared, &|measurand| {
            known.get(&measurand).copied()
        })
        .into_iter()
        .filter(|value| value.measurand.to_string().ends_with("_deg"))
        .map(|value| {
            let is_assumed = value.quality.contains(Quality::ASSUMED);
            (value.measurand.to_string(), (value.value, is_assumed))
        })
        .collect()
    }

    #[track_caller]
    fn check(wiring: WiringType, known: &[(&str, f64)], expected: &[(&str, f64, bool)]) {
        let found = angles(wiring, known);
        for (spelling, degrees, is_assumed) in expected {
            let (value, assumed) = found[*spelling];
            assert!(
                (value - degrees).abs() < 0.06 && assumed == *is_assumed,
                "{spelling} is {value}, assumed {assumed}"
            );
        }
        assert_eq!(found.len(), expected.len(), "{found:?}");
    }

    /// MON-10, MON-15
    #[test]
    fn a_four_wire_load_has_its_angles_from_magnitudes_and_powers() {
        check(
            WiringType::ThreePhaseNeutralUnbalanced,
            &[
                ("v1_v", 231.0),
                ("v2_v", 226.0),
                ("v3_v", 234.0),
                ("u12_v", 397.4),
                ("u23_v", 397.8),
                ("u31_v", 401.7),
                ("i1_a", 10.0),
                ("i2_a", 10.0),
                ("p1_w", 2000.0),
                ("q1_var", 2000.0),
                ("p2_w", -1000.0),
                ("q2_var", 0.0),
            ],
            &[
                ("v_angle1_deg", 0.0, false),
                ("v_angle2_deg", -120.8, false),
                ("v_angle3_deg", 119.5, false),
                ("phi1_deg", 45.0, false),
                ("phi2_deg", 180.0, false),
                ("i_angle1_deg", -45.0, false),
                ("i_angle2_deg", 59.2, false),
            ],
        );
    }

    #[test]
    fn without_line_voltages_the_angles_are_nominal_and_say_so() {
        check(
            WiringType::ThreePhaseNeutralUnbalanced,
            &[
                ("v1_v", 230.0),
                ("v2_v", 230.0),
                ("i2_a", 5.0),
                ("p2_w", 100.0),
                ("q2_var", 0.0),
            ],
            &[
                ("v_angle1_deg", 0.0, false),
                ("v_angle2_deg", -120.0, true),
                ("phi2_deg", 0.0, false),
                ("i_angle2_deg", -120.0, true),
            ],
        );
    }

    #[test]
    fn a_three_wire_load_has_the_phi_of_the_whole_on_each_phase() {
        check(
            WiringType::ThreePhaseUnbalanced,
            &[
                ("u12_v", 400.0),
                ("u23_v", 392.0),
                ("u31_v", 405.0),
                ("i1_a", 10.0),
                ("i3_a", 11.0),
                ("p_w", 1000.0),
                ("q_var", 1000.0),
            ],
            &[
                ("u_angle12_deg", 29.34, false),
                ("u_angle23_deg", -89.16, false),
                ("u_angle31_deg", 151.06, false),
                ("i_angle1_deg", -45.0, true),
                ("i_angle3_deg", 76.49, true),
            ],
        );
    }

    #[test]
    fn one_phase_and_two_phases_have_one_reference() {
        check(
            WiringType::SinglePhase,
            &[
                ("v1_v", 230.0),
                ("i1_a", 1.0),
                ("p_w", 3.0),
                ("q_var", -3.0),
            ],
            &[
                ("v_angle1_deg", 0.0, false),
                ("phi1_deg", -45.0, false),
                ("i_angle1_deg", 45.0, false),
            ],
        );
        check(
            WiringType::TwoPhase,
            &[
                ("u12_v", 400.0),
                ("i1_a", 1.0),
                ("p_w", 3.0),
                ("q_var", 3.0),
            ],
            &[
                ("u_angle12_deg", 0.0, false),
                ("i_angle1_deg", -45.0, false),
            ],
        );
    }

    #[test]
    fn an_angle_of_the_device_is_not_computed_and_is_counted_from() {
        check(
            WiringType::ThreePhaseNeutralUnbalanced,
            &[
                ("v1_v", 230.0),
                ("v_angle1_deg", 3.0),
                ("i1_a", 1.0),
                ("phi1_deg", 33.0),
                ("p1_w", 1.0),
                ("q1_var", 1.0),
            ],
            &[("i_angle1_deg", -30.0, false)],
        );
    }
}
