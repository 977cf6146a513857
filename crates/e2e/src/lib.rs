//! Black-box tests of the built program: they start `wattline` as a user would and look at it
//! from outside, beside peers that this project did not write.
//!
//! [`Wattline`] is a running `wattline serve` or `wattline demo`, [`Plant`] a running simulator,
//! [`ForeignDevice`] a server of pymodbus with registers filled by hand, over Modbus TCP or on a
//! [`SerialCable`]. All listen on free ports of 127.0.0.1 and end with their value.
//!
//! # Invariants
//!
//! - Nothing here links a crate of the program: what is tested is the binary beside the tests.
//! - An unexpected WARN or ERROR in the program's log fails the test ([`Wattline::finish`]).
//! - Waiting has a condition and a bound ([`eventually`]).

mod api;
mod foreign;
mod line;
pub mod one_meter;
mod plant;
mod program;
pub mod registers;
pub mod scenarios;
mod shown;
mod wait;

pub use api::{Api, Live};
pub use foreign::ForeignDevice;
pub use line::{SerialCable, SerialConverter};
pub use plant::{Plant, mbpoll};
pub use program::{Wattline, binary};
pub use shown::{assert_shown, site};
pub use wait::{eventually, now};
