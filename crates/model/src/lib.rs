//! What is measured: quantities with their units and phases, points, devices, readings.
//!
//! The words of the whole program live here, once, and nothing else does: no I/O, no clock
//! (`now` is an argument), no JSON shapes (those belong to `server::api`), no register addresses
//! (those belong to `profiles`).
//!
//! Start with [`Measurand`], the key of every value, then [`Reading`], a value with its time.
//!
//! # Invariants
//!
//! - One canonical unit and one sign convention per quantity (W, Wh, V, A, Hz; import positive).
//! - A measurand has one spelling, that of [`Measurand`]'s `Display`: profiles, API, files and
//!   logs all use it, and `FromStr` reads it back.
//! - Missing is `None`, never `0.0`.

mod clock;
mod coverage;
mod derived;
pub mod electrical;
pub mod en50160;
pub mod hierarchy;
mod id;
mod measurand;
mod quantity;
mod reading;
mod recording;
mod site;
pub mod wiring_hint;

pub use clock::Clock;
pub use coverage::Coverage;
pub use derived::{Declared, DerivedValue, derivable, derive};
pub use id::{DeviceId, HierarchyId, NodeId, PointId};
pub use measurand::{CounterKind, Measurand, Phase, RankRange, Statistic, UnknownMeasurand};
pub use quantity::{Quantity, Unit, ValueKind};
pub use reading::{Quality, Reading, SeriesKey};
pub use recording::{BrokenPeriod, IntegrationPeriod, Recording, UnknownRecording};
pub use site::{Channel, PointKind, UnknownChannel, WiringType};
