use jiff::Timestamp;
use model::{Coverage, Quality, SeriesKey};

use crate::HistoryError;
use crate::codec::scaled;

/// Half-open: `from` is inside, `until` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Span {
    /// The whole milliseconds inside, half-open.
    ///
    /// # Errors
    ///
    /// [`HistoryError::EmptySpan`] if there is none.
    pub(crate) fn milliseconds(&self) -> Result<(i64, i64), HistoryError> {
        let (from_ms, until_ms) = (next_millisecond(self.from), next_millisecond(self.until));
        if from_ms >= until_ms {
            return Err(HistoryError::EmptySpan {
                from: self.from,
                until: self.until,
            });
        }
        Ok((from_ms, until_ms))
    }
}

/// The first whole millisecond at or after an instant.
pub(crate) fn next_millisecond(at: Timestamp) -> i64 {
    at.as_nanosecond().div_euclid(NANOSECONDS) as i64
        + i64::from(at.as_nanosecond().rem_euclid(NANOSECONDS) != 0)
}

const NANOSECONDS: i128 = 1_000_000;

/// One stored value of a series.
///
/// - **Unit**: that of `series.measurand`.
/// - **Time**: kept to the millisecond, what is finer is cut off. The value of a period
///   ([`model::Recording`]) bears the instant at which the period begins.
/// - **Gaps**: there is no sample; a value that is not available is not stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub series: SeriesKey,
    pub at: Timestamp,
    pub value: f64,
    /// The value is a whole multiple of 10^-decimals, as far as the store cares: such values take
    /// the least room, others are kept just as exactly.
    pub decimals: u8,
    pub quality: Quality,
    /// How much of the period behind the value was measured; full for an instantaneous one.
    pub coverage: Coverage,
}

impl Sample {
    /// The sample with the decimals that its recording is kept with, and its value rounded to
    /// them: how every mean goes into a store, since an unrounded one takes four times the room.
    #[must_use]
    pub fn with_register_decimals(self, of_register: u8) -> Self {
        let decimals = self.series.recording.decimals(of_register);
        Self {
            value: scaled::round(self.value, decimals),
            decimals,
            ..self
        }
    }

    /// Whether a store takes it: a finite value between 1970 and 2106 (the seconds of 32 bits, by
    /// which chunks are numbered).
    pub fn is_storable(&self) -> bool {
        self.value.is_finite()
            && self.at >= Timestamp::UNIX_EPOCH
            && self.at.as_second() <= i64::from(u32::MAX)
    }
}
