use super::noise::Noise;
use super::phasor::Phasor;
use super::waveform::{Conductor, Harmonic, Waveform};

/// How the voltage of the whole network wanders: a slow part and a part of some seconds.
const SLOW_PERIOD_MS: i64 = 900_000;
const FAST_PERIOD_MS: i64 = 7_000;
/// Share of the slow part.
const SLOW_SHARE: f64 = 0.8;
/// How fast the phases drift apart and harmonics change.
const DRIFT_PERIOD_MS: i64 = 240_000;
/// How far a harmonic of voltage or current drifts from its stated share.
pub(crate) const HARMONIC_DRIFT: f64 = 0.08;
/// Voltage of the neutral against earth, as a share of the nominal voltage: some tenths of a volt.
const NEUTRAL_SHARE: f64 = 0.003;

/// A supply as a plant describes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Network {
    pub(crate) name: String,
    /// Phase to neutral.
    pub(crate) voltage_v: f64,
    pub(crate) frequency_hz: f64,
    pub(crate) voltage_wander_pct: f64,
    pub(crate) frequency_wander_hz: f64,
    /// How far single phases leave the mean.
    pub(crate) unbalance_pct: f64,
    pub(crate) harmonics: Vec<Harmonic>,
}

/// The voltages of a network at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NetworkState {
    pub(crate) frequency_hz: f64,
    /// Phases against neutral; V1 lies at 0°.
    pub(crate) phases: [Conductor; 3],
    /// U12, U23, U31: always the differences of `phases`.
    pub(crate) lines: [Conductor; 3],
    /// Phases against their common middle: what a load without neutral sees.
    pub(crate) star: [Conductor; 3],
    pub(crate) neutral: Conductor,
}

impl Network {
    pub(crate) fn state(&self, noise: Noise, at_ms: i64) -> NetworkState {
        let noise = noise.named(&self.name);
        let wander = SLOW_SHARE * noise.numbered(0).at(at_ms, SLOW_PERIOD_MS)
            + (1.0 - SLOW_SHARE) * noise.numbered(1).at(at_ms, FAST_PERIOD_MS);
        let drift = 1.0 + HARMONIC_DRIFT * noise.numbered(2).at(at_ms, DRIFT_PERIOD_MS);
        let phases = [0.0, -120.0, 120.0].map({
            let mut number = 3;
            move |degrees| {
                number += 1;
                let apart = noise.numbered(number).at(at_ms, DRIFT_PERIOD_MS);
                let volts = self.voltage_v
                    * (1.0
                        + (self.voltage_wander_pct * wander + self.unbalance_pct * apart) / 100.0);
                Waveform::new(Phasor::from_degrees(volts, degrees), &self.harmonics, drift)
            }
        });
        let neutral_v = self.voltage_v
            * NEUTRAL_SHARE
            * (1.0 + 0.5 * noise.numbered(7).at(at_ms, FAST_PERIOD_MS));
        let frequency_hz = self.frequency_hz
            + self.frequency_wander_hz * noise.numbered(8).at(at_ms, FAST_PERIOD_MS);
        let neutral = Conductor::new(Waveform::sine(Phasor::from_degrees(
            neutral_v,
            180.0 * noise.numbered(9).at(at_ms, DRIFT_PERIOD_MS),
        )));
        NetworkState::new(frequency_hz, phases, neutral)
    }
}

impl NetworkState {
    fn new(frequency_hz: f64, phases: [Waveform; 3], neutral: Conductor) -> Self {
        let [v1, v2, v3] = &phases;
        let lines = [v1.plus(v2, -1.0), v2.plus(v3, -1.0), v3.plus(v1, -1.0)];
        let sum = v1.plus(v2, 1.0).plus(v3, 1.0);
        let star = phases.each_ref().map(|phase| phase.plus(&sum, -1.0 / 3.0));
        Self {
            frequency_hz,
            neutral,
            phases: phases.map(Conductor::new),
            lines: lines.map(Conductor::new),
            star: star.map(Conductor::new),
        }
    }

    /// The same as it arrives where some phases are not connected.
    pub(crate) fn with_phases(&self, connected: [bool; 3]) -> Self {
        let phases = std::array::from_fn(|k| {
            if connected[k] {
                self.phases[k].waveform.clone()
            } else {
                Waveform::default()
            }
        });
        Self::new(self.frequency_hz, phases, self.neutral.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn network() -> Network {
        Network {
            name: "main".to_owned(),
            voltage_v: 230.0,
            frequency_hz: 50.0,
            voltage_wander_pct: 1.0,
            frequency_wander_hz: 0.03,
            unbalance_pct: 0.5,
            harmonics: vec![Harmonic {
                rank: 5,
                percent: 2.0,
                degrees: 180.0,
            }],
        }
    }

    proptest! {
        #[test]
        fn voltages_and_frequency_stay_within_the_stated_limits(at_ms in 0..2_000_000_000_000i64) {
            let state = network().state(Noise::new(1), at_ms);
            prop_assert!((state.frequency_hz - 50.0).abs() <= 0.03);
            for phase in &state.phases {
                let volts = phase.waveform.fundamental().magnitude();
                prop_assert!((volts - 230.0).abs() <= 230.0 * 0.015 + 1e-9);
            }
        }

        #[test]
        fn the_line_voltages_close_their_triangle(at_ms in 0..2_000_000_000_000i64) {
            let state = network().state(Noise::new(1), at_ms);
            let [a, b, c] = state.lines.map(|line| line.waveform);
            prop_assert!(a.plus(&b, 1.0).plus(&c, 1.0).rms() < 1e-9);
        }
    }
}
