use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// An instant as loads see it: with the time of day of the building.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at_ms: i64,
    /// Days since 1970-01-01 of the local calendar.
    pub(crate) day_number: i64,
    pub(crate) year: i16,
    pub(crate) month: i8,
    pub(crate) day: i8,
    pub(crate) weekday: Weekday,
    /// Milliseconds of the local day that the clock on the wall shows.
    pub(crate) day_ms: i64,
}

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

impl Moment {
    pub(crate) fn new(at_ms: i64, zone: &TimeZone) -> Self {
        let at = timestamp(at_ms);
        let local = at.to_zoned(zone.clone()).datetime();
        let date = local.date();
        let local_ms = at_ms + i64::from(zone.to_offset(at).seconds()) * 1000;
        Self {
            at_ms,
            day_number: local_ms.div_euclid(DAY_MS),
            year: date.year(),
            month: date.month(),
            day: date.day(),
            weekday: date.weekday(),
            day_ms: local_ms.rem_euclid(DAY_MS),
        }
    }
}

/// The instant of a count of milliseconds; counts beyond the calendar are held at its ends.
pub(crate) fn timestamp(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_day_is_that_of_the_building() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let at: Timestamp = "2026-07-14T22:30:00Z".parse().unwrap();
        let moment = Moment::new(at.as_millisecond(), &zone);
        assert_eq!((moment.month, moment.day), (7, 15));
        assert_eq!(moment.day_ms, 30 * MINUTE_MS);
        assert_eq!(moment.weekday, Weekday::Wednesday);
    }
}
