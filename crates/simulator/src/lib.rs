//! Pretend devices that speak real Modbus TCP, from the same profiles as the real ones.
//!
//! A [`Plant`] (supplies, loads, gateways with devices) is read from TOML; a [`Simulation`] runs
//! it: it moves the plant through time and answers on the network what its devices would answer.
//! The one idea: every figure comes from the same phasors, and the registers of a device are the
//! inverse of what its profile decodes, so that what a poller reads can be checked against what
//! is physically there.
//!
//! # Invariants
//!
//! - Physics is a pure function of seed and instant; only [`Simulation`] knows sockets and time.
//! - Energies are exactly the powers held, times how long they were held.
//! - All words of one answer show one instant, unless a test orders torn ones.
//! - Nothing here knows register addresses: they belong to `profiles`.
//!
//! The plant format is described in `docs/plant-format.md`. To follow one value: `physics`
//! (phasors to values), `meter` (values to averages, extremes and energies), `world` (steps),
//! `running` (registers), `gateway` (the wire), `trouble` (what goes wrong on it).

mod control;
mod gateway;
mod memory;
mod meter;
mod past;
mod physics;
mod plant;
mod plant_clock;
mod replay;
mod running;
mod served;
mod simulation;
mod trouble;
mod world;

pub use past::{Past, Played};
pub use plant::{Plant, PlantError, PlantMistake};
pub use simulation::{Simulation, SimulationError, SimulationOptions};
