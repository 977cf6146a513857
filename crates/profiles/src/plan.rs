use std::time::Duration;

/// How often a table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PollClass {
    /// Instantaneous and averaged values, every second by default.
    Live,
    /// Energy counters, every 10 s by default.
    Energy,
    /// Extremes, THD and harmonics, every 60 s by default.
    Slow,
}

impl PollClass {
    pub const ALL: [Self; 3] = [Self::Live, Self::Energy, Self::Slow];

    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Energy => "energy",
            Self::Slow => "slow",
        }
    }
}

/// Which Modbus function reads a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReadFunction {
    /// Function 3.
    Holding,
    /// Function 4.
    Input,
}

impl ReadFunction {
    pub const ALL: [Self; 2] = [Self::Holding, Self::Input];

    /// The spelling in profiles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holding => "holding",
            Self::Input => "input",
        }
    }
}

/// One instance of a table of a profile: what a device can lack as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableKey {
    /// Index of the table in its profile.
    pub table: u16,
    /// Instance of a repeated table, from 1.
    pub instance: u8,
}

/// One Modbus request: `count` words from `start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRequest {
    pub function: ReadFunction,
    pub start: u16,
    pub count: u16,
    /// The tables that the words belong to: absent when the device answers exception 1, 2 or 3.
    pub tables: Vec<TableKey>,
}

/// The requests of one sweep of one device, in the order in which they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadPlan {
    pub requests: Vec<ReadRequest>,
}

/// How a device wants to be talked to, from the `link` part of its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// How long an answer may take.
    pub timeout: Duration,
    /// Requests sent again after a time-out or a malformed answer, before it counts as a failure.
    pub retries: u8,
    pub pause_after_connect: Duration,
    /// Silence between an answer and the next request.
    pub pause_between: Duration,
    /// Most words in one read (Modbus allows 125).
    pub words_max: u16,
    /// Most undeclared words that a read may cross; 0 reads no hole at all.
    pub hole_words_max: u16,
    /// Answers that carry unit id 0 or 255 instead of the one asked are taken.
    pub any_unit_id: bool,
    /// Requests that may be outstanding at once; a gateway's counts for the devices behind it.
    pub window: u8,
    /// The device closes, or wants closed, the connection after each sweep.
    pub close_after_sweep: bool,
}
