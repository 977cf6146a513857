//! Device clocks: seconds since 2000-01-01 00:00:00 in a zone that no register table states,
//! taken as UTC.

use jiff::Timestamp;

/// 2000-01-01 00:00:00 UTC in seconds since 1970.
const EPOCH_2000_S: i64 = 946_684_800;

pub(crate) fn device_seconds_to_unix(seconds: i128) -> f64 {
    seconds as f64 + EPOCH_2000_S as f64
}

/// `None` beyond the end of the calendar, which 32 bits do not reach.
pub(crate) fn device_seconds_to_timestamp(seconds: i128) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds).ok()?;
    Timestamp::from_second(seconds.checked_add(EPOCH_2000_S)?).ok()
}

pub(crate) fn device_seconds_from_timestamp(at: Timestamp) -> i128 {
    i128::from(at.as_second() - EPOCH_2000_S)
}

pub(crate) fn device_seconds_from_unix(seconds: f64) -> i128 {
    (seconds - EPOCH_2000_S as f64).round() as i128
}
