use std::str::FromStr;

use jiff::civil::{Date, DateTime};

use super::moment::{DAY_MS, HOUR_MS, MINUTE_MS, Moment};

const HOUSEHOLD_MINUTES: &str = include_str!("../../data/household_1min.csv");
const HOUSEHOLD_HOURS: &str = include_str!("../../data/household_hourly.csv");
const COMMERCIAL_QUARTERS: &str = include_str!("../../data/bdew_commercial_g25.csv");

/// Columns of the minute recording that a load can follow; the rest of the file is not power.
pub(crate) const HOUSEHOLD_COLUMNS: [&str; 4] = [
    "active_power_kw",
    "sub_metering_1_wh",
    "sub_metering_2_wh",
    "sub_metering_3_wh",
];

/// Sub-meters count whole watt-hours in a minute: a level of 5 Wh is the mean over this many
/// minutes, so that a tap of one count does not look like a power of 60 W for one minute.
const SUB_METER_MINUTES: usize = 3;

/// Whole years of the hourly recording: a date is looked up in one of them, so that seasons fit.
const SEASONAL_YEARS: std::ops::Range<i16> = 2007..2010;

/// A recorded load as shares of its largest value, in equal steps from a local midnight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recording {
    step_ms: i64,
    shares: Vec<f32>,
    /// Day number of the first step.
    first_day: i64,
    /// Whether a date is looked up at its own time of year; otherwise the days just go round.
    seasonal: bool,
}

impl Recording {
    /// The minute recording: whole days, gaps bridged by a straight line.
    pub(crate) fn household(column: &str) -> Self {
        let rows = rows(HOUSEHOLD_MINUTES, column);
        let (first_day, shares) = whole_days(&rows, MINUTE_MS);
        let shares = if column.starts_with("sub_metering") {
            smoothed(&shares, SUB_METER_MINUTES)
        } else {
            shares
        };
        Self::scaled(MINUTE_MS, first_day, &shares, false)
    }

    /// The four years of hourly means, from 2006-12-17.
    pub(crate) fn household_hourly() -> Self {
        let rows = rows(HOUSEHOLD_HOURS, "active_power_kw");
        let (first_day, means) = whole_days(&rows, HOUR_MS);
        Self::scaled(HOUR_MS, first_day, &means, true)
    }

    fn scaled(step_ms: i64, first_day: i64, values: &[f64], seasonal: bool) -> Self {
        let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        Self {
            step_ms,
            shares: values
                .iter()
                .map(|value| (value / largest) as f32)
                .collect(),
            first_day,
            seasonal,
        }
    }

    fn days(&self) -> i64 {
        self.shares.len() as i64 * self.step_ms / DAY_MS
    }

    fn day_of(&self, moment: &Moment) -> i64 {
        if !self.seasonal {
            return moment.day_number;
        }
        let years = SEASONAL_YEARS.end - SEASONAL_YEARS.start;
        let year = SEASONAL_YEARS.start + (moment.year - SEASONAL_YEARS.start).rem_euclid(years);
        // A leap day has no counterpart in two years of three.
        let date = Date::new(year, moment.month, moment.day)
            .unwrap_or_else(|_| Date::constant(year, 2, 28));
        day_number(date)
    }

    /// The share at a moment, interpolated; `shift_ms` sets the recording back.
    pub(crate) fn at(&self, moment: &Moment, shift_ms: i64) -> f64 {
        let span_ms = self.days() * DAY_MS;
        let day = self.day_of(moment) - self.first_day;
        let in_recording_ms = (day * DAY_MS + moment.day_ms - shift_ms).rem_euclid(span_ms);
        let index = (in_recording_ms / self.step_ms) as usize;
        let share = (in_recording_ms % self.step_ms) as f64 / self.step_ms as f64;
        let before = f64::from(self.shares[index]);
        let after = f64::from(self.shares[(index + 1) % self.shares.len()]);
        before + (after - before) * share
    }
}

/// Days since 1970-01-01.
fn day_number(date: Date) -> i64 {
    i64::from((date - Date::constant(1970, 1, 1)).get_days())
}

/// The commercial profile G25: 12 months, 3 kinds of day, 96 quarters of an hour.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CommercialProfile {
    shares: Vec<f32>,
}

const QUARTER_MS: i64 = 15 * MINUTE_MS;
const QUARTERS: usize = 96;
const DAY_TYPES: [&str; 3] = ["workday", "saturday", "sunday_or_holiday"];

impl CommercialProfile {
    pub(crate) fn load() -> Self {
        let mut values = vec![0.0; 12 * DAY_TYPES.len() * QUARTERS];
        for record in records(COMMERCIAL_QUARTERS) {
            let month: usize = field(&record, 0);
            let day_type = DAY_TYPES
                .iter()
                .position(|name| record.get(1) == Some(name))
                .expect("the embedded profile names its three kinds of day");
            let time: jiff::civil::Time = field(&record, 2);
            let quarter =
                usize::from(time.hour() as u8) * 4 + usize::from(time.minute() as u8) / 15;
            values[((month - 1) * DAY_TYPES.len() + day_type) * QUARTERS + quarter] =
                field(&record, 3);
        }
        let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        Self {
            shares: values
                .iter()
                .map(|value| (value / largest) as f32)
                .collect(),
        }
    }

    /// The share at a moment: the energy of a quarter of an hour lies at its middle, and the
    /// values between are interpolated. Holidays are not known and count by their weekday.
    pub(crate) fn at(&self, moment: &Moment, shift_ms: i64) -> f64 {
        let day_ms = moment.day_ms - shift_ms - QUARTER_MS / 2;
        let quarter = day_ms.div_euclid(QUARTER_MS);
        let share = day_ms.rem_euclid(QUARTER_MS) as f64 / QUARTER_MS as f64;
        let before = self.quarter(moment, quarter);
        let after = self.quarter(moment, quarter + 1);
        before + (after - before) * share
    }

    fn quarter(&self, moment: &Moment, quarter: i64) -> f64 {
        use jiff::civil::Weekday;
        let day_type = match moment.weekday {
            Weekday::Saturday => 1,
            Weekday::Sunday => 2,
            _ => 0,
        };
        let month = usize::from(moment.month as u8) - 1;
        let quarter = quarter.rem_euclid(QUARTERS as i64) as usize;
        f64::from(self.shares[(month * DAY_TYPES.len() + day_type) * QUARTERS + quarter])
    }
}

fn records(text: &str) -> impl Iterator<Item = csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes())
        .into_records()
        .map(|record| record.expect("the embedded recordings are well-formed, see the tests"))
        .collect::<Vec<_>>()
        .into_iter()
}

fn field<T: FromStr>(record: &csv::StringRecord, index: usize) -> T {
    record
        .get(index)
        .and_then(|text| text.parse().ok())
        .expect("the embedded recordings are well-formed, see the tests")
}

/// Local time in milliseconds and value of one column.
fn rows(text: &str, column: &str) -> Vec<(i64, f64)> {
    let header = text.lines().next().unwrap_or_default();
    let index = header
        .split(',')
        .position(|name| name == column)
        .expect("callers name columns that the embedded recordings have");
    records(text)
        .map(|record| {
            let at: DateTime = field(&record, 0);
            let at = at
                .to_zoned(jiff::tz::TimeZone::UTC)
                .expect("every civil time exists in UTC")
                .timestamp();
            (at.as_millisecond(), field(&record, index))
        })
        .collect()
}

/// The rows from the first to the last local midnight in equal steps; a missing step lies on the
/// straight line between its neighbours. Answers the day number of the first, too.
fn whole_days(rows: &[(i64, f64)], step_ms: i64) -> (i64, Vec<f64>) {
    let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else {
        return (0, Vec::new());
    };
    let from = (first + DAY_MS - 1).div_euclid(DAY_MS) * DAY_MS;
    let until = last.div_euclid(DAY_MS) * DAY_MS;
    let mut next = 0;
    let values = (from..until)
        .step_by(step_ms as usize)
        .map(|at| {
            while rows[next].0 < at {
                next += 1;
            }
            let (after_at, after) = rows[next];
            if after_at == at {
                return after;
            }
            let (before_at, before) = rows[next - 1];
            let share = (at - before_at) as f64 / (after_at - before_at) as f64;
            before + (after - before) * share
        })
        .collect();
    (from / DAY_MS, values)
}

fn smoothed(values: &[f64], width: usize) -> Vec<f64> {
    (0..values.len())
        .map(|index| {
            let from = index.saturating_sub(width / 2);
            let until = (from + width).min(values.len());
            values[from..until].iter().sum::<f64>() / (until - from) as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn moment(text: &str) -> Moment {
        let at: jiff::Timestamp = text.parse().unwrap();
        Moment::new(at.as_millisecond(), &TimeZone::UTC)
    }

    #[test]
    fn the_embedded_recordings_are_whole_days_of_shares() {
        for column in HOUSEHOLD_COLUMNS {
            let recording = Recording::household(column);
            assert_eq!(recording.days(), 13, "{column}");
            assert!(
                recording
                    .shares
                    .iter()
                    .all(|share| (0.0..=1.0).contains(share))
            );
        }
        assert_eq!(Recording::household_hourly().days(), 1455);
        assert!(
            CommercialProfile::load()
                .shares
                .iter()
                .all(|share| *share > 0.0)
        );
    }

    #[test]
    fn a_recorded_minute_comes_back_at_its_time_of_day() {
        let recording = Recording::household("active_power_kw");
        let noon = recording.shares[12 * 60];
        let moment = Moment {
            day_number: recording.first_day + 13 * 500,
            day_ms: 12 * HOUR_MS,
            ..moment("2026-01-01T12:00:00Z")
        };
        assert!((recording.at(&moment, 0) - f64::from(noon)).abs() < 1e-6);
    }

    #[test]
    fn an_office_works_on_workdays() {
        let profile = CommercialProfile::load();
        let workday = profile.at(&moment("2026-01-14T10:00:00Z"), 0);
        let sunday = profile.at(&moment("2026-01-18T10:00:00Z"), 0);
        assert!(workday > 3.0 * sunday, "{workday} {sunday}");
    }
}
