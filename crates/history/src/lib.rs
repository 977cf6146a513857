//! Where readings live.
//!
//! [`HistoryStore`] is the whole face of it: append, latest, a raw span, a stepped span, the last
//! reading at or before each of many instants, retention, health. [`SqliteStore`] keeps one file;
//! [`Recorder`] stands in front of a store and never makes a poller wait.
//!
//! The one idea of [`SqliteStore`]: what arrives is appended to the *poll journal*, one compact
//! row per group commit, and held in memory, packed, as the tail of its series; now and then the
//! journal is sealed into compressed *chunks*, one series each. A sample is known by its series
//! and instant, so journal, tail and chunks may overlap freely: doubles vanish where they are
//! merged. Two megabytes of packed samples are sealed, whatever the plant.
//!
//! # Invariants
//!
//! - An append that returned survives a power cut.
//! - An instant counts in whole milliseconds; of equal (series, instant) the last append wins.
//! - Missing is a gap: no sample, `None` in a step, never `0.0`.
//! - A damaged journal row or chunk costs that row or chunk, is reported, and nothing else stops.
//! - The SQL of readings stays here; no calendar and no energy comes in.
//!
//! Start with `store.rs`; then `sqlite/writer.rs` for the way in, `sqlite/read.rs` for the way
//! out, and `chunk.rs` for what lies on the disk. Every engine has to pass [`conformance`].

mod chunk;
mod codec;
pub mod conformance;
mod journal;
mod packed;
mod point;
mod recorder;
mod retention;
mod sample;
mod sqlite;
mod stepped;
mod store;

pub use recorder::{Recorder, RecorderHealth, RecorderOptions};
pub use retention::{Retained, Retention, StoredSeries, Thinning, retained_samples};
pub use sample::{Sample, Span};
pub use sqlite::{FileSummary, SqliteOptions, SqliteStore, copy_file, inspect_file};
pub use stepped::{STEPS_MAX, StepGrid, SteppedSeries, step_samples};
pub use store::{HistoryError, HistoryStore, StoreHealth};
