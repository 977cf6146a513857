//! Means over an integration period, weighted by time, and load curves.
//!
//! A reading stands until the next one, at most for three polling periods; what lies beyond is a
//! gap and counts for nothing. Blocks follow the local clock ([`crate::civil`]), and each says how
//! much of it was covered.
//!
//! Ratios are never averaged: a power factor over a block comes from the averaged powers, by
//! `model::derive` with `Statistic::Average`, and over a billing span from energies
//! ([`EnergyRatios`]).

mod block;
mod load;
mod ratio;
mod rule;

pub use block::{BlockAverager, BlockMean, Completeness, max_demand};
pub use load::{LoadPoint, load_curve};
pub use ratio::EnergyRatios;
pub use rule::Averaging;
