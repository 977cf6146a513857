use std::fmt;
use std::str::FromStr;

/// The length of blocks that follow the local clock: an integration period, or the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockLength {
    seconds: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{seconds} s do not divide a day, so that blocks would not start at midnight")]
pub struct BrokenBlock {
    pub seconds: u32,
}

impl BlockLength {
    pub const HOUR: Self = Self { seconds: 3_600 };
    /// The integration period of load curves unless the site sets another (DAT-03).
    pub const TEN_MINUTES: Self = Self { seconds: 600 };

    /// # Errors
    ///
    /// [`BrokenBlock`] unless the length divides 24 hours.
    pub fn of_seconds(seconds: u32) -> Result<Self, BrokenBlock> {
        if seconds == 0 || !86_400u32.is_multiple_of(seconds) {
            return Err(BrokenBlock { seconds });
        }
        Ok(Self {
            seconds: i64::from(seconds),
        })
    }

    pub fn seconds(self) -> i64 {
        self.seconds
    }
}

/// A kind of step of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CivilStep {
    /// Aligned on the local clock: ten minutes start at :00, :10, … in zones of any offset.
    Block(BlockLength),
    Hour,
    Day,
    /// ISO 8601: from Monday.
    Week,
    Month,
    Year,
    /// From one contract hour to that of the next date.
    ContractDay,
    ContractWeek,
    ContractMonth,
    ContractYear,
}

impl CivilStep {
    /// The steps that have a name; blocks are told by their length.
    pub const NAMED: [(Self, &'static str); 9] = [
        (Self::Hour, "hour"),
        (Self::Day, "day"),
        (Self::Week, "week"),
        (Self::Month, "month"),
        (Self::Year, "year"),
        (Self::ContractDay, "contract_day"),
        (Self::ContractWeek, "contract_week"),
        (Self::ContractMonth, "contract_month"),
        (Self::ContractYear, "contract_year"),
    ];

    pub(super) fn block(self) -> Option<BlockLength> {
        match self {
            Self::Block(length) => Some(length),
            Self::Hour => Some(BlockLength::HOUR),
            _ => None,
        }
    }

    pub(super) fn is_contract(self) -> bool {
        matches!(
            self,
            Self::ContractDay | Self::ContractWeek | Self::ContractMonth | Self::ContractYear
        )
    }
}

impl fmt::Display for CivilStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Block(length) = self {
            return write!(formatter, "{} s", length.seconds());
        }
        let name = Self::NAMED.iter().find(|(step, _)| step == self);
        formatter.write_str(name.map_or("", |(_, name)| name))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a step of the calendar, such as `hour`, `day` or `contract_month`")]
pub struct UnknownStep(pub String);

impl FromStr for CivilStep {
    type Err = UnknownStep;

    fn from_str(spelling: &str) -> Result<Self, Self::Err> {
        Self::NAMED
            .into_iter()
            .find_map(|(step, name)| (name == spelling).then_some(step))
            .ok_or_else(|| UnknownStep(spelling.to_owned()))
    }
}
