use model::WiringType;

use super::network::{HARMONIC_DRIFT, NetworkState};
use super::noise::Noise;
use super::phasor::Phasor;
use super::waveform::{Harmonic, Waveform};
use crate::replay::{Moment, Source};

/// Noise of a load: what changes from one second to the next, and what takes some breaths.
const FAST_PERIOD_MS: i64 = 1_000;
const SLOW_PERIOD_MS: i64 = 19_000;
/// How fast cos φ and harmonics drift, and by how much tan φ does.
const DRIFT_PERIOD_MS: i64 = 90_000;
const TAN_PHI_DRIFT: f64 = 0.04;

/// The conductors of a network that a load is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connection {
    pub(crate) wiring: WiringType,
    /// First conductor, from 0. A two-phase load lies between it and the next one; loads of
    /// three phases begin with the first.
    pub(crate) first_phase: usize,
}

/// A consumer or generator with a shape of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draw {
    pub(crate) source: Source,
    /// Power at the largest share of the source.
    pub(crate) p_max_w: f64,
    /// Power at no share.
    pub(crate) p_min_w: f64,
    /// Sets the recording back in time, so that two loads on one recording differ.
    pub(crate) shift_ms: i64,
    pub(crate) exports: bool,
    /// Positive is inductive.
    pub(crate) tan_phi: f64,
    /// Shares of the three phases; they add up to 1.
    pub(crate) phase_split: [f64; 3],
    pub(crate) harmonics: Vec<Harmonic>,
    pub(crate) noise_pct: f64,
}

impl Draw {
    /// The currents in the three conductors of the network.
    pub(crate) fn currents(
        &self,
        connection: Connection,
        network: &NetworkState,
        noise: Noise,
        moment: &Moment,
    ) -> [Waveform; 3] {
        let share = self.source.share(moment, self.shift_ms, noise.named("sky"));
        let level = self.p_min_w + (self.p_max_w - self.p_min_w) * share;
        let direction = if self.exports { -1.0 } else { 1.0 };
        let tan_phi = self.tan_phi
            * (1.0 + TAN_PHI_DRIFT * noise.numbered(10).at(moment.at_ms, DRIFT_PERIOD_MS));
        let power = |share: f64, number: usize| {
            let p = direction * level * share * self.jitter(noise.numbered(number), moment.at_ms);
            Phasor {
                re: p,
                im: p * tan_phi,
            }
        };
        let drift = 1.0 + HARMONIC_DRIFT * noise.numbered(11).at(moment.at_ms, DRIFT_PERIOD_MS);
        let current = |power: Phasor, voltage: Phasor| {
            let fundamental = power.divided_by(voltage).conjugate();
            Waveform::new(fundamental, &self.harmonics, drift)
        };

        let volts = network
            .phases
            .each_ref()
            .map(|phase| phase.waveform.fundamental());
        let first = connection.first_phase;
        match connection.wiring {
            WiringType::SinglePhase => {
                let mut currents = [const { None }; 3];
                currents[first] = Some(current(power(1.0, 0), volts[first]));
                currents.map(Option::unwrap_or_default)
            }
            WiringType::TwoPhase => {
                let second = (first + 1) % 3;
                let there = current(power(1.0, 0), volts[first] - volts[second]);
                let mut currents = <[Waveform; 3]>::default();
                currents[second] = Waveform::default().plus(&there, -1.0);
                currents[first] = there;
                currents
            }
            WiringType::ThreePhaseBalanced | WiringType::ThreePhaseNeutralBalanced => {
                let power = power(1.0 / 3.0, 0);
                volts.map(|volts| current(power, volts))
            }
            WiringType::ThreePhaseNeutralUnbalanced => {
                std::array::from_fn(|k| current(power(self.phase_split[k], k), volts[k]))
            }
            WiringType::ThreePhaseUnbalanced => without_zero_sequence(&std::array::from_fn(|k| {
                let star = network.star[k].waveform.fundamental();
                current(power(self.phase_split[k], k), star)
            })),
        }
    }

    fn jitter(&self, noise: Noise, at_ms: i64) -> f64 {
        let fast = noise.named("fast").at(at_ms, FAST_PERIOD_MS);
        let slow = noise.named("slow").at(at_ms, SLOW_PERIOD_MS);
        1.0 + self.noise_pct / 100.0 * (0.5 * fast + 0.5 * slow)
    }
}

/// Where no neutral exists, the three currents add up to zero at every rank.
fn without_zero_sequence(currents: &[Waveform; 3]) -> [Waveform; 3] {
    let [a, b, c] = currents;
    let sum = a.plus(b, 1.0).plus(c, 1.0);
    currents
        .each_ref()
        .map(|current| current.plus(&sum, -1.0 / 3.0))
}
