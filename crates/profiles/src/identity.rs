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

/// Who a simulated device says it is, in the words in which [`Identity`] gives them back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SimulatedIdentity {
    /// Empty for the first model of the profile.
    pub product: String,
    /// Such as `2614-0005-01234`: year and week, line, running number.
    pub serial: String,
    /// Such as `1.1.2`.
    pub firmware: String,
}
