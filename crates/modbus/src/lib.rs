//! How a device is reached: a Modbus client that trusts no peer.
//!
//! A [`Bus`] is one connection to a gateway or a device, or one serial line. It is handed a read
//! plan and answers an image of registers, each block with the time of its answer, beside what
//! failed.
//!
//! Thinking and sockets are apart. `pdu` (what is asked and answered), `mbap` and `rtu` (frames),
//! `transactions` and `exchange` (which answers are still wanted, with and without ids),
//! `arrears` (what may still come), `sweep` (retry or give up) and `conversation` (all of these
//! over one bus) take bytes and times as arguments and do no I/O; `session` adds a stream of
//! bytes, `line` opens it, `bus` keeps it up. [`exercise()`] drives the pure part with arbitrary
//! bytes, for fuzzing.
//!
//! # Invariants
//!
//! - An answer is taken only for the request that it answers, while that request waits, and only
//!   if it has the shape that was asked for. Over Modbus TCP its transaction id tells; over RTU,
//!   where nothing does, no request is sent that a late answer could be taken for.
//! - A device that is silent costs its neighbours one time-out for each try of one request in a
//!   sweep, on a line also a short silence. An exception is an answer, and the sweep goes on.
//! - A peer that leaves Modbus TCP loses its connection, a line with noise is listened to until it
//!   is silent; a peer that closes an idle connection is connected to again without a word.
//! - Nothing that a peer sends makes memory or waiting grow without bound.
//! - A write is sent once.
//! - Register addresses come from the plan; their meaning is in `profiles`, health and periods
//!   are in `server::acquisition`.

mod arrears;
mod bus;
mod conversation;
mod endpoint;
mod exception;
mod exchange;
mod exercise;
mod fault;
mod inbox;
mod line;
mod mbap;
mod pdu;
mod reconnect;
mod rtu;
mod session;
mod sweep;
mod transactions;

pub use bus::{Bus, PATIENCE_MIN, ReadOutcome, patience};
pub use endpoint::{Endpoint, Parity, SerialPort, StopBits};
pub use exception::ExceptionCode;
pub use exercise::exercise;
pub use fault::{FramingFault, RequestFault};
pub use line::CONNECT_TIMEOUT;
pub use pdu::{InvalidRequest, MalformedAnswer, READ_WORDS_MAX, WRITE_WORDS_MAX};
pub use transactions::WINDOW_MAX;
