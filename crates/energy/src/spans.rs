//! Energy of any span: what was booked, interpolated between readings, beside what is not known.
//!
//! A [`Curve`] is the energy accumulated since the first reading of a point, over all its meters.
//! It depends on the instant alone and never on the span that is asked for, so that hours sum to
//! their day and parts to the whole exactly. Where the journal has nothing to say the index itself
//! is the curve, and only the readings around the asked instants are needed; where it has, the
//! entry carries both its readings.
//!
//! # Invariants
//!
//! - The curve never falls.
//! - A span that holds a whole gap is exact; one inside of it is estimated and covered by nothing.
//! - What is in question is not in the energy: it stands beside it, and adds up likewise.

mod curve;
mod piece;
mod step;

pub use curve::Curve;
pub use step::{OpenAmount, StepEnergy};
