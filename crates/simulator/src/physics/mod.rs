//! The electrical world of a plant: pure functions from a seed and an instant to voltages,
//! currents and powers.
//!
//! Everything starts from phasors per harmonic rank ([`Waveform`]). A [`Network`] makes the
//! voltages; a [`Draw`] the currents that its power needs; a [`CircuitState`] is what a meter
//! between the two sees, and [`values`] names it. Because every figure is computed from the same
//! phasors, U fits V, the neutral current fits the phases, and P² + Q² ≤ S², by construction.

mod circuit;
mod load;
mod miswiring;
mod network;
mod noise;
mod phasor;
mod values;
mod waveform;

pub(crate) use circuit::{CircuitState, Power};
pub(crate) use load::{Connection, Draw};
pub(crate) use miswiring::Miswiring;
pub(crate) use network::{Network, NetworkState};
pub(crate) use noise::Noise;
pub(crate) use phasor::Phasor;
pub(crate) use values::{
    Observed, Sense, circuit_harmonic, circuit_values, network_harmonic, network_values,
};
pub(crate) use waveform::{Harmonic, RANK_MAX, Waveform};
