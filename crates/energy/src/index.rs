//! From the index as the meter gave it to steps of energy: the rules.
//!
//! [`Counter`] is fed one reading after the other and keeps a *base*, the last reading that it
//! accepted. A reading that goes on from the base is booked at once. One that does not is *held*:
//! nothing is booked and nothing is refused, until a later reading tells what it was. Either the
//! index comes back to where the base was, and the held ones were a glitch; or two more readings
//! follow the odd one, each fitting the one before, and then the rules give a verdict
//! (`ruling.rs`), which the counter journal records.
//!
//! # Invariants
//!
//! - What is booked is a whole number of counts, and never below zero.
//! - A verdict needs three readings that agree, or a person who ordered or declared what happened.
//! - What cannot be known books nothing and asks; what was booked by mistake is taken back whole.
//! - The same readings make the same journal, whether fed at once or one a day.
//!
//! Start with [`Counter::feed`], then `ruling.rs` for the rules in their order.

mod counter;
mod event;
mod held;
mod mounts;
mod pace;
mod reading;
mod resolution;
mod rhythm;
mod ruling;
mod step;
mod traits;

pub use counter::{Counter, FeedError, RULES_VERSION};
pub use event::IndexEvent;
pub use mounts::{MountError, Mounted};
pub use reading::IndexReading;
pub use resolution::resolution_of;
pub(crate) use ruling::usual_ring_above;
pub use ruling::{Ring, Rule};
pub use step::IndexStep;
pub use traits::CounterTraits;
pub(crate) use traits::elapsed_ns;
