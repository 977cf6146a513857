//! How a device is reached: a Modbus TCP client that trusts no peer.
//!
//! A [`TcpBus`] is one connection to a gateway or a device. It is handed a read plan and answers
//! an image of registers, each block with the time of its answer, beside what failed.
//!
//! Thinking and sockets are apart. `pdu` (what is asked and answered), `mbap` (frames),
//! `transactions` (which answers are still wanted), `sweep` (retry or give up) and `conversation`
//! (all four over one connection) take bytes and times as arguments and do no I/O; `session` adds
//! a stream of bytes, `bus` the TCP connection. [`exercise`] drives the pure part with arbitrary
//! bytes, for fuzzing.
//!
//! # Invariants
//!
//! - An answer is taken only for the request whose transaction id it carries, while that request
//!   waits, and only if it has the shape that was asked for. Late answers are dropped.
//! - A device that is silent costs its neighbours one time-out for each try of one request in a
//!   sweep. An exception is an answer, and the sweep goes on.
//! - A peer that leaves Modbus TCP loses its connection; one that closes an idle connection is
//!   connected to again without a word.
//! - Nothing that a peer sends makes memory or waiting grow without bound.
//! - A write is sent once.
//! - Register addresses come from the plan; their meaning is in `profiles`, health and periods
//!   are in `server::acquisition`.

mod bus;
mod conversation;
mod endpoint;
mod exception;
mod exercise;
mod fault;
mod mbap;
mod pdu;
mod reconnect;
mod session;
mod sweep;
mod transactions;

pub use bus::{CONNECT_TIMEOUT, ReadOutcome, TcpBus};
pub use endpoint::Endpoint;
pub use exception::ExceptionCode;
pub use exercise::exercise;
pub use fault::RequestFault;
pub use mbap::FramingFault;
pub use pdu::{InvalidRequest, MalformedAnswer, READ_WORDS_MAX, WRITE_WORDS_MAX};
pub use transactions::WINDOW_MAX;
