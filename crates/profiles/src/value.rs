use jiff::Timestamp;
use model::{Channel, Measurand, Quality};

/// A decoded value of one channel of a device, not yet mounted on a point.
///
/// - **Unit**: that of the measurand; scaling is done.
/// - **Gaps**: `None` when the device answered with a value that means "not available".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelValue {
    pub channel: Channel,
    pub measurand: Measurand,
    pub value: Option<f64>,
    /// When the answer that holds it came.
    pub at: Timestamp,
    pub quality: Quality,
    /// Decimals of the register's scale in the canonical unit.
    pub decimals: u8,
    /// For an extreme: when the device says it occurred; `None` if unknown or never.
    pub occurred_at: Option<Timestamp>,
}

/// One value that could not be made out of its words.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{measurand} of {channel} at register {address}: {reason}")]
pub struct DecodeFault {
    pub channel: Channel,
    pub measurand: Measurand,
    pub address: u16,
    pub reason: String,
}

/// The good and the bad of one image; one bad register spoils one value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoded {
    pub values: Vec<ChannelValue>,
    pub faults: Vec<DecodeFault>,
}
