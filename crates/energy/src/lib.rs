//! How much was used: from the index as a meter gave it to the energy of any span.
//!
//! Index first: the raw index is stored as it was read, and energy is a difference of indexes
//! beside a *counter journal* of what happened to the counter: glitches, roll-overs, resets, other
//! meters, silences. Energy is never dropped, never invented and never booked twice; what cannot be
//! known is left open, with the amount in question, until a person says.
//!
//! This crate is pure. It is handed readings and verdicts, fetches nothing, stores nothing and asks
//! no clock, so that the same readings always make the same journal.
//!
//! # Invariants
//!
//! - Sums are exact ([`Amount`]): hours add up to their day and parts to the whole, to the last
//!   count; the float comes at the very end.
//! - All calendar arithmetic is in [`civil`].
//! - A verdict never touches a reading, and undoing it restores every sum.
//!
//! Start with `index.rs` for the rules, `journal.rs` for what people see and change, `spans.rs`
//! for what pages ask, `civil.rs` for days that are no 24 hours.

mod amount;
pub mod average;
pub mod civil;
mod index;
mod journal;
mod span;
mod spans;

pub use amount::Amount;
pub use index::{
    Counter, CounterTraits, FeedError, IndexEvent, IndexReading, IndexStep, MountError, Mounted,
    Ring, Rule,
};
pub use journal::{
    CounterJournal, Decided, Decision, EntryId, Exchange, JournalEntry, UnknownEntryId, Verdict,
    VerdictError,
};
pub use span::Span;
pub use spans::{Curve, OpenAmount, StepEnergy};
