//! The client over real sockets: against a server that others wrote, and against peers that
//! keep to nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and what its peers do is part of it"
)]

mod hostile;
mod independent;
mod peer;
mod reconnecting;
