//! What the crate promises, through its public face: conformance, crashes, damage, recording.
#![expect(
    clippy::unwrap_used,
    reason = "all of this is tests, their helpers too"
)]

mod conformance;
mod copies;
mod crash;
mod damage;
mod disk;
mod faults;
mod opening;
mod random_walk;
mod recording;
mod reference;
mod retention;
mod sealing;
mod support;
mod wrapped;
