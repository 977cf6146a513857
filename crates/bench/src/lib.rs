//! The figures of `make bench`: a development program, no part of what is shipped.
//!
//! It is made of *parts*, one subcommand each. A part measures and leaves its [`results::Row`]s
//! in a file of its own, so that parts need not know each other and may be written in other
//! languages (the browser's is `web/e2e/bench`); `report` makes one list and one table of them.
//!
//! # Invariants
//!
//! - What is compared is measured in the same run, in turns, under the same conditions.
//! - A row says in its note what spread it had and how busy the machine was.

pub mod figure;
pub mod history;
pub mod machine;
pub mod plants;
pub mod poll;
pub mod program;
pub mod results;
pub mod server;
