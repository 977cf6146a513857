//! What the registers of a device mean: TOML to checked profile, read plan, decode and encode.
//!
//! A profile is data that an electrician can read beside the vendor's register table; a
//! correction is an edit of one file under `/profiles`. [`DeviceProfile::parse`] checks it,
//! [`DeviceProfile::read_plan`] says which words to ask for, [`DeviceProfile::decode`] turns the
//! answers into values, and [`DeviceProfile::encode`] does the reverse for simulated devices.
//!
//! # Invariants
//!
//! - Nothing here does I/O or knows the time of day; `now` is an argument.
//! - Scaling and signs are settled here, once: what leaves `decode` has the canonical unit and
//!   sign of `model`.
//! - A value is never put together from two answers, and one bad register spoils one value.
//! - A profile that was read is right: whatever could be wrong is reported by `format`, all at
//!   once, with its place.
//!
//! The format is described in `docs/profile-format.md`; start reading with [`DeviceProfile`].

mod action;
mod catalogue;
mod check;
mod decode;
mod diagnostic;
mod encode;
mod encoding;
mod format;
mod head;
mod identity;
mod image;
mod memory;
mod parts;
mod plan;
mod profile;
mod read_plan;
mod scale;
mod sentinels;
mod signs;
mod table;
mod time;
mod value;
mod word_order;

pub use action::{Action, ActionKind, Ordered, RegisterWrite, WriteFunction, Zeroed};
pub use catalogue::Catalogue;
pub use check::{ChannelSummary, Summary, check_file};
pub use diagnostic::Diagnostic;
pub use encode::ValueSource;
pub use head::{Confidence, Head, MeasurandInfo, ProductClass, RegisterMapStatus, Source};
pub use identity::{Identity, SimulatedIdentity};
pub use image::{RegisterBlock, RegisterImage};
pub use memory::{ExceptionCode, RegisterMemory};
pub use plan::{LinkOptions, PollClass, ReadFunction, ReadPlan, ReadRequest, TableKey};
pub use profile::DeviceProfile;
pub use value::{ChannelValue, DecodeFault, Decoded};
