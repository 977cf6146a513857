use model::WiringType;

use super::load::Connection;
use super::network::NetworkState;
use super::phasor::Phasor;
use super::waveform::{Conductor, Waveform};

/// Active, reactive and apparent power, in whole thousandths: meters count them up without loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Power {
    pub(crate) p_w: f64,
    /// Of the fundamental.
    pub(crate) q_var: f64,
    pub(crate) s_va: f64,
}

/// One measured current with the voltage that drives it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PhaseState {
    pub(crate) voltage: Conductor,
    pub(crate) current: Conductor,
    pub(crate) power: Power,
    /// Active and reactive power of the fundamental.
    pub(crate) fundamental: Phasor,
}

/// What a meter sees of one load at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CircuitState {
    pub(crate) wiring: WiringType,
    /// The measured phases: one where the others are assumed to be like it.
    pub(crate) phases: Vec<PhaseState>,
    /// The sum of three measured currents, where a neutral exists.
    pub(crate) neutral: Option<Conductor>,
    pub(crate) total: Power,
    pub(crate) total_fundamental: Phasor,
    /// First conductor of the network, from 0: what a single-phase meter calls its L1.
    pub(crate) first_phase: usize,
}

impl CircuitState {
    /// What the meter sees when `currents` flow in the conductors of `network`.
    pub(crate) fn new(
        connection: Connection,
        network: &NetworkState,
        currents: &[Waveform; 3],
    ) -> Self {
        let wiring = connection.wiring;
        let first = connection.first_phase;
        let phase = |voltage: &Conductor, k: usize| PhaseState::new(voltage, &currents[k]);
        let (phases, alike) = match wiring {
            WiringType::SinglePhase => (vec![phase(&network.phases[first], first)], 1.0),
            WiringType::TwoPhase => (vec![phase(&network.lines[first], first)], 1.0),
            WiringType::ThreePhaseBalanced => (vec![phase(&network.star[0], 0)], 3.0),
            WiringType::ThreePhaseNeutralBalanced => (vec![phase(&network.phases[0], 0)], 3.0),
            WiringType::ThreePhaseUnbalanced => {
                ((0..3).map(|k| phase(&network.star[k], k)).collect(), 1.0)
            }
            WiringType::ThreePhaseNeutralUnbalanced => {
                ((0..3).map(|k| phase(&network.phases[k], k)).collect(), 1.0)
            }
        };
        let neutral = (wiring == WiringType::ThreePhaseNeutralUnbalanced).then(|| {
            let [a, b, c] = currents;
            Conductor::new(a.plus(b, 1.0).plus(c, 1.0))
        });
        let sum = |part: fn(&PhaseState) -> f64| {
            thousandths(alike * phases.iter().map(part).sum::<f64>())
        };
        Self {
            total: Power {
                p_w: sum(|phase| phase.power.p_w),
                q_var: sum(|phase| phase.power.q_var),
                s_va: sum(|phase| phase.power.s_va),
            },
            total_fundamental: phases
                .iter()
                .map(|phase| phase.fundamental.scaled(alike))
                .sum(),
            wiring,
            phases,
            neutral,
            first_phase: first,
        }
    }
}

impl PhaseState {
    fn new(voltage: &Conductor, current: &Waveform) -> Self {
        let current = Conductor::new(current.clone());
        let fundamental =
            voltage.waveform.fundamental() * current.waveform.fundamental().conjugate();
        let power = Power {
            p_w: thousandths(voltage.waveform.power_with(&current.waveform)),
            q_var: thousandths(fundamental.im),
            s_va: thousandths(voltage.rms * current.rms),
        };
        Self {
            voltage: voltage.clone(),
            current,
            power,
            fundamental,
        }
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
