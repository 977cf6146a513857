use std::fmt;

/// Why a device refused a request, as it said itself: an answer, so the device is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExceptionCode(pub u8);

impl ExceptionCode {
    pub const ILLEGAL_FUNCTION: Self = Self(1);
    pub const ILLEGAL_ADDRESS: Self = Self(2);
    pub const ILLEGAL_VALUE: Self = Self(3);
    pub const DEVICE_FAILURE: Self = Self(4);
    pub const ACKNOWLEDGE: Self = Self(5);
    pub const DEVICE_BUSY: Self = Self(6);
    pub const MEMORY_PARITY: Self = Self(8);
    /// A gateway has no way to the device: a fault of its settings or its line.
    pub const GATEWAY_PATH_UNAVAILABLE: Self = Self(10);
    /// A gateway waited for the device in vain.
    pub const GATEWAY_TARGET_SILENT: Self = Self(11);

    /// What the code means, and the name under which the API shows it.
    fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::ILLEGAL_FUNCTION => ("illegal function", "exception_1"),
            Self::ILLEGAL_ADDRESS => ("illegal data address", "exception_2"),
            Self::ILLEGAL_VALUE => ("illegal data value", "exception_3"),
            Self::DEVICE_FAILURE => ("device failure", "exception_4"),
            Self::ACKNOWLEDGE => ("acknowledged, still at work", "exception_5"),
            Self::DEVICE_BUSY => ("device busy", "exception_6"),
            Self::MEMORY_PARITY => ("memory parity error", "exception_8"),
            Self::GATEWAY_PATH_UNAVAILABLE => ("gateway path unavailable", "exception_10"),
            Self::GATEWAY_TARGET_SILENT => ("gateway target did not answer", "exception_11"),
            Self(_) => ("not of the standard", "exception_other"),
        }
    }

    /// Stable and short, for the API: `exception_2`.
    pub fn code(self) -> &'static str {
        self.meaning().1
    }

    /// The device does not have what was asked for, and asking again changes nothing.
    pub fn means_absent(self) -> bool {
        matches!(
            self,
            Self::ILLEGAL_FUNCTION | Self::ILLEGAL_ADDRESS | Self::ILLEGAL_VALUE
        )
    }

    /// A gateway answered in place of a device that did not.
    pub fn means_silent(self) -> bool {
        matches!(
            self,
            Self::GATEWAY_PATH_UNAVAILABLE | Self::GATEWAY_TARGET_SILENT
        )
    }
}

impl fmt::Display for ExceptionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "exception {} ({})", self.0, self.meaning().0)
    }
}
