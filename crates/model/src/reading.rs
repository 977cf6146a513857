use jiff::Timestamp;

use crate::{Measurand, PointId, Recording};

/// One stored or live series: what is measured, where, and how it is recorded. The moments and
/// the means of one measurand are two series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesKey {
    pub point: PointId,
    pub measurand: Measurand,
    pub recording: Recording,
}

impl SeriesKey {
    /// The values as they are read.
    pub fn new(point: PointId, measurand: Measurand) -> Self {
        Self {
            point,
            measurand,
            recording: Recording::Instantaneous,
        }
    }

    #[must_use]
    pub fn with_recording(self, recording: Recording) -> Self {
        Self { recording, ..self }
    }
}

/// What is to be known about a value besides its figure. No flag: measured and complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Quality(u8);

impl Quality {
    pub const MEASURED: Self = Self(0);
    /// The period behind the value was not wholly covered.
    pub const INCOMPLETE: Self = Self(1);
    /// The device's clock was not set.
    pub const CLOCK_UNSET: Self = Self(1 << 1);
    /// Spread over a gap, or interpolated beyond one step.
    pub const ESTIMATED: Self = Self(1 << 2);
    /// Held or doubtful.
    pub const SUSPECT: Self = Self(1 << 3);
    /// Computed by the server because the device does not give it.
    pub const COMPUTED: Self = Self(1 << 4);
    /// Taken during a voltage event.
    pub const PQ_FLAGGED: Self = Self(1 << 5);
    /// Rests on what is usual, such as angles of 120°, since the device tells too little.
    pub const ASSUMED: Self = Self(1 << 6);

    const NAMES: [(Self, &'static str); 7] = [
        (Self::INCOMPLETE, "incomplete"),
        (Self::CLOCK_UNSET, "clock_unset"),
        (Self::ESTIMATED, "estimated"),
        (Self::SUSPECT, "suspect"),
        (Self::COMPUTED, "computed"),
        (Self::PQ_FLAGGED, "pq_flagged"),
        (Self::ASSUMED, "assumed"),
    ];

    #[must_use]
    pub fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    pub fn bits(self) -> u8 {
        self.0
    }

    /// Reads back [`Quality::bits`]; unknown bits are dropped.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 0b111_1111)
    }

    /// The names of the flags set, as the glossary spells them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .filter(move |(flag, _)| self.contains(*flag))
            .map(|(_, name)| name)
    }
}

/// A value of a series at an instant.
///
/// - **Unit**: that of `series.measurand` ([`Measurand::unit`]).
/// - **Gaps**: `value` is `None` when the device answered and said "not available".
/// - **Time**: `at` is when the answer came, by the server's clock; nobody changes it later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub series: SeriesKey,
    pub value: Option<f64>,
    pub at: Timestamp,
    pub quality: Quality,
    /// Decimals of the register's scale (0.01 V has 2); history stores whole multiples of them.
    pub decimals: u8,
    /// For an extreme: when the device says it occurred. `None` if unknown or never.
    pub occurred_at: Option<Timestamp>,
}
