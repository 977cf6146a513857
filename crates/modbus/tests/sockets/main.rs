//! The client over real sockets and pseudo-terminals: against servers that others wrote, and
//! against peers that keep to nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and what its peers do is part of it"
)]

mod foreign_lines;
mod hostile;
mod independent;
mod line;
mod lines;
mod peer;
mod reconnecting;
