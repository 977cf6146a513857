//! What the registers of a device mean: TOML to checked profile, read plan, decode and encode.

mod catalogue;
mod diagnostic;
mod encode;
mod head;
mod identity;
mod image;
mod memory;
mod plan;
mod profile;
mod value;

pub use catalogue::Catalogue;
pub use diagnostic::Diagnostic;
pub use encode::ValueSource;
pub use head::{Confidence, Head, MeasurandInfo, ProductClass, RegisterMapStatus, Source};
pub use identity::{Identity, SimulatedIdentity};
pub use image::{RegisterBlock, RegisterImage};
pub use memory::{ExceptionCode, RegisterMemory};
pub use plan::{LinkOptions, PollClass, ReadFunction, ReadPlan, ReadRequest, TableKey};
pub use profile::DeviceProfile;
pub use value::{ChannelValue, DecodeFault, Decoded};
