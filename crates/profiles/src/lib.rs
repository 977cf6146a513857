//! What the registers of a device mean: TOML to checked profile, read plan, decode and encode.

mod image;
mod plan;
mod value;

pub use image::{RegisterBlock, RegisterImage};
pub use plan::{LinkOptions, PollClass, ReadFunction, ReadPlan, ReadRequest, TableKey};
pub use value::{ChannelValue, DecodeFault, Decoded};
