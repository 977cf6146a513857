//! Plants on real sockets: the demonstration, and a small one for what is steered.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and what its helpers do is part of it"
)]

mod common;
mod control;
mod load_faults;
mod registers;
mod trouble;
mod writes;
