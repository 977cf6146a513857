use std::fmt;
use std::str::FromStr;

use crate::{Measurand, Phase};

/// Anything that has a history of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PointKind {
    /// One measured electrical (or fluid) circuit.
    Circuit,
    /// The voltages of a voltage module.
    Network,
}

impl PointKind {
    pub const ALL: [Self; 2] = [Self::Circuit, Self::Network];

    pub fn name(self) -> &'static str {
        match self {
            Self::Circuit => "circuit",
            Self::Network => "network",
        }
    }
}

/// One measuring channel of a device, spelled `circuit1`, `network1`: kind and number from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    pub kind: PointKind,
    pub number: u8,
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.kind.name(), self.number)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a channel; write its kind and number, such as `circuit1` or `network1`")]
pub struct UnknownChannel(pub String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(spelling: &str) -> Result<Self, Self::Err> {
        PointKind::ALL
            .into_iter()
            .find_map(|kind| {
                let number = spelling.strip_prefix(kind.name())?.parse().ok()?;
                (number > 0).then_some(Self { kind, number })
            })
            .ok_or_else(|| UnknownChannel(spelling.to_owned()))
    }
}

/// The conductors of a network or load and how many currents are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WiringType {
    SinglePhase,
    TwoPhase,
    ThreePhaseBalanced,
    ThreePhaseUnbalanced,
    ThreePhaseNeutralBalanced,
    ThreePhaseNeutralUnbalanced,
}

impl WiringType {
    pub const ALL: [Self; 6] = [
        Self::SinglePhase,
        Self::TwoPhase,
        Self::ThreePhaseBalanced,
        Self::ThreePhaseUnbalanced,
        Self::ThreePhaseNeutralBalanced,
        Self::ThreePhaseNeutralUnbalanced,
    ];

    /// The spelling in files and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::SinglePhase => "1p_n",
            Self::TwoPhase => "2p",
            Self::ThreePhaseBalanced => "3p_balanced",
            Self::ThreePhaseUnbalanced => "3p",
            Self::ThreePhaseNeutralBalanced => "3p_n_balanced",
            Self::ThreePhaseNeutralUnbalanced => "3p_n",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wiring| wiring.name() == name)
    }

    /// Whether there are three phases, however many of them are measured.
    pub fn is_three_phase(self) -> bool {
        !matches!(self, Self::SinglePhase | Self::TwoPhase)
    }

    /// Whether one current stands for all phases.
    pub fn is_balanced(self) -> bool {
        matches!(
            self,
            Self::ThreePhaseBalanced | Self::ThreePhaseNeutralBalanced
        )
    }

    /// Whether a circuit or network wired so has this value at all: a three-wire network has no
    /// V and no power of one phase, a single-phase circuit no L2, a balanced one no current but
    /// the one measured.
    pub fn has(self, measurand: Measurand) -> bool {
        let (quantity, phase) = (measurand.quantity, measurand.phase);
        if quantity.is_phase_neutral() && !self.has_neutral() {
            return false;
        }
        let alone = matches!(phase, Phase::Total | Phase::System | Phase::Any);
        if quantity.is_of_power() && !alone && !self.has_neutral() {
            return false;
        }
        match self {
            Self::SinglePhase => {
                !quantity.needs_three_phases()
                    && !quantity.is_phase_phase()
                    && (alone || phase == Phase::L1)
            }
            Self::TwoPhase => {
                !quantity.needs_three_phases()
                    && (alone || matches!(phase, Phase::L1 | Phase::L2 | Phase::L12))
            }
            Self::ThreePhaseBalanced | Self::ThreePhaseNeutralBalanced => {
                !quantity.is_of_current()
                    || (!quantity.needs_three_phases() && (alone || phase == Phase::L1))
            }
            Self::ThreePhaseUnbalanced => phase != Phase::N,
            Self::ThreePhaseNeutralUnbalanced => true,
        }
    }

    /// Whether phase-neutral voltages exist.
    pub fn has_neutral(self) -> bool {
        matches!(
            self,
            Self::SinglePhase | Self::ThreePhaseNeutralBalanced | Self::ThreePhaseNeutralUnbalanced
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wiring: WiringType, has: &[&str], has_not: &[&str]) {
        for spelling in has {
            assert!(
                wiring.has(spelling.parse().unwrap()),
                "{wiring:?} has {spelling}"
            );
        }
        for spelling in has_not {
            assert!(
                !wiring.has(spelling.parse().unwrap()),
                "{wiring:?} has no {spelling}"
            );
        }
    }

    /// MON-25
    #[test]
    fn a_three_wire_network_has_no_phase_neutral_voltage() {
        check(
            WiringType::ThreePhaseUnbalanced,
            &["u12_v", "u_sys_v", "i3_a", "p_w", "ea_import_wh"],
            &["v1_v", "v_sys_avg_v", "thd_v1_pct", "in_a"],
        );
    }

    /// PLT-13
    #[test]
    fn a_three_wire_circuit_has_no_power_of_one_phase() {
        check(
            WiringType::ThreePhaseUnbalanced,
            &["p_avg_w", "power_factor", "tan_phi", "s_nominal_va"],
            &[
                "p1_w",
                "q2_max_var",
                "power_factor_type3",
                "cos_phi1",
                "phi2_deg",
            ],
        );
    }

    #[test]
    fn a_single_phase_circuit_has_one_phase() {
        check(
            WiringType::SinglePhase,
            &[
                "v1_v",
                "i1_a",
                "p_w",
                "p1_w",
                "thd_i1_pct",
                "frequency_hz",
                "es_vah",
            ],
            &[
                "v2_v",
                "u12_v",
                "i3_a",
                "in_a",
                "i_unbalance_amp_pct",
                "i_zero_seq_a",
            ],
        );
    }

    #[test]
    fn a_balanced_circuit_has_the_one_current_that_is_measured() {
        check(
            WiringType::ThreePhaseNeutralBalanced,
            &["v3_v", "u31_v", "i1_a", "p_w"],
            &["i2_a", "in_a", "i_unbalance_amp_pct", "thd_i2_pct"],
        );
    }

    #[test]
    fn a_four_wire_circuit_has_all() {
        check(
            WiringType::ThreePhaseNeutralUnbalanced,
            &["v1_v", "in_a", "u31_v", "i_zero_seq_a"],
            &[],
        );
    }
}
