use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{DiskBudget, Horizons};

/// How long history is kept; each left to its default where it is not given.
#[derive(Debug, Clone, Copy, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RetentionOptions {
    /// Keep readings at their own rate for so many hours; then their means tell of them [default: 48]
    #[arg(long, env = "WATTLINE_KEEP_READINGS_HOURS", value_name = "HOURS", value_parser = clap::value_parser!(u32).range(HOURS))]
    pub keep_readings_hours: Option<u32>,
    /// Keep means, minima and maxima for so many days [default: 1096, three years]
    #[arg(long, env = "WATTLINE_KEEP_AVERAGES_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(DAYS))]
    pub keep_averages_days: Option<u32>,
    /// Keep indexes of counters for so many days [default: 7305, twenty years]
    #[arg(long, env = "WATTLINE_KEEP_INDEXES_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(DAYS))]
    pub keep_indexes_days: Option<u32>,
    /// Let history take so many megabytes of the disk; beyond it the finest data goes earlier
    /// [default: half of what is free without it]
    #[arg(long, env = "WATTLINE_DISK_BUDGET_MB", value_name = "MB", value_parser = clap::value_parser!(u32).range(MEGABYTES))]
    pub disk_budget_mb: Option<u32>,
}

/// At least what the live pages look back to, at most what seconds of a year fill a disk with.
const HOURS: std::ops::RangeInclusive<i64> = 1..=8784;
/// A century, before which no meter spoke.
const DAYS: std::ops::RangeInclusive<i64> = 1..=36_525;
/// The journal alone takes a tenth of the least.
const MEGABYTES: std::ops::RangeInclusive<i64> = 200..=4_000_000_000;

const DAY: Duration = Duration::from_hours(24);

impl RetentionOptions {
    /// These options, and those of `file` where these say nothing.
    #[must_use]
    pub fn or(self, file: RetentionOptions) -> RetentionOptions {
        RetentionOptions {
            keep_readings_hours: self.keep_readings_hours.or(file.keep_readings_hours),
            keep_averages_days: self.keep_averages_days.or(file.keep_averages_days),
            keep_indexes_days: self.keep_indexes_days.or(file.keep_indexes_days),
            disk_budget_mb: self.disk_budget_mb.or(file.disk_budget_mb),
        }
    }

    pub fn horizons(self) -> Horizons {
        Horizons {
            readings: Duration::from_hours(u64::from(self.keep_readings_hours.unwrap_or(48))),
            averages: DAY * self.keep_averages_days.unwrap_or(1096),
            indexes: DAY * self.keep_indexes_days.unwrap_or(7305),
        }
    }

    /// `used` is what history takes already.
    pub fn budget(self, data: &Path, used: u64) -> DiskBudget {
        match self.disk_budget_mb {
            Some(megabytes) => DiskBudget::of_megabytes(u64::from(megabytes)),
            None => DiskBudget::of_disk(data, used),
        }
    }

    /// What the arguments of the same names would refuse.
    pub(crate) fn out_of_range(&self) -> Option<String> {
        let options = [
            ("keep_readings_hours", self.keep_readings_hours, HOURS),
            ("keep_averages_days", self.keep_averages_days, DAYS),
            ("keep_indexes_days", self.keep_indexes_days, DAYS),
            ("disk_budget_mb", self.disk_budget_mb, MEGABYTES),
        ];
        options
            .into_iter()
            .find(|(_, value, range)| value.is_some_and(|value| !range.contains(&i64::from(value))))
            .map(|(name, _, range)| {
                format!(
                    "retention.{name} must be {} to {}",
                    range.start(),
                    range.end()
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DAT-08
    #[test]
    fn a_site_that_nobody_configured_keeps_what_the_requirement_says() {
        let horizons = RetentionOptions::default().horizons();
        let days = |horizon: Duration| horizon.as_secs() / 86_400;
        assert_eq!(days(horizons.readings), 2);
        assert_eq!(days(horizons.averages), 3 * 365 + 1);
        assert_eq!(days(horizons.indexes), 20 * 365 + 5);
    }

    #[test]
    fn arguments_come_before_the_file() {
        let file = RetentionOptions {
            keep_readings_hours: Some(10),
            keep_averages_days: Some(11),
            ..RetentionOptions::default()
        };
        let arguments = RetentionOptions {
            keep_readings_hours: Some(5),
            disk_budget_mb: Some(300),
            ..RetentionOptions::default()
        };
        let both = arguments.or(file);
        assert_eq!(both.horizons().readings, Duration::from_hours(5));
        assert_eq!(both.horizons().averages, DAY * 11);
        let budget = both.budget(Path::new("/nowhere"), 0);
        assert_eq!(budget, DiskBudget::of_megabytes(300));
    }
}
