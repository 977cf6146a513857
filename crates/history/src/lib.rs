//! Where readings live.

mod store;

pub use store::{HistoryError, HistoryStore, Sample, Span, SteppedSeries, StoreHealth};
