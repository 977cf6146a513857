/// What a device says it is, judged by a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The device is one of the profile's models.
    Matches {
        vendor: String,
        product: String,
        serial: Option<String>,
        firmware: Option<String>,
    },
    /// The device says something else.
    Foreign { found: String },
    /// The device does not say: its identification table is absent or was not read.
    Unknown,
}

/// Who a simulated device says it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SimulatedIdentity {
    /// Year (2 digits), week, production line and running number of the serial number.
    pub serial: SerialNumber,
    /// Major, minor, revision and build.
    pub version: [u16; 4],
}

/// A serial number as Socomec devices keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SerialNumber {
    /// Two digits.
    pub year: u8,
    pub week: u8,
    pub line: u8,
    pub number: u16,
}
