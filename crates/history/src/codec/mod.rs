//! Small encodings that journal rows and chunks share. All reading is bounded by the input.

pub(crate) mod runs;
pub(crate) mod scaled;
pub(crate) mod varint;
