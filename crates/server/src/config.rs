use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::acquisition::Periods;
use crate::retention::RetentionOptions;
use crate::users::UsersSettings;

/// Settings of the process. What the site is lies in the data folder instead.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of `config.db` and `history.db`; made if it does not exist.
    pub data: PathBuf,
    /// Loopback unless told otherwise: as long as there is no HTTPS, passwords would travel in
    /// clear beyond it.
    pub listen: SocketAddr,
    pub periods: Periods,
    pub retention: RetentionOptions,
    pub access: AccessOptions,
}

/// Who may come in and under which names; each left to its default where it is not given.
#[derive(Debug, Clone, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct AccessOptions {
    /// Let the profile User in, which has no password [default: true]
    #[arg(long, env = "WATTLINE_ANONYMOUS_ACCESS", value_name = "BOOL")]
    pub anonymous_access: Option<bool>,
    /// End a session after so many minutes without use, except those of User [default: 30]
    #[arg(long, env = "WATTLINE_SESSION_IDLE_MINUTES", value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..))]
    pub session_idle_minutes: Option<u32>,
    /// Further name under which the server is asked for, such as that of a proxy; repeatable. With
    /// any, a first password needs the one-time code from this machine too
    #[arg(
        long = "allow-host",
        env = "WATTLINE_ALLOW_HOST",
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub allowed_hosts: Option<Vec<String>>,
    /// Path below which a proxy publishes the pages [default: /]. With one, a first password needs
    /// the one-time code from this machine too, as everybody comes from the proxy
    #[arg(long, env = "WATTLINE_BASE_PATH", value_name = "PATH")]
    pub base_path: Option<String>,
}

impl AccessOptions {
    /// These options, and those of `file` where these say nothing.
    #[must_use]
    pub fn or(self, file: AccessOptions) -> AccessOptions {
        AccessOptions {
            anonymous_access: self.anonymous_access.or(file.anonymous_access),
            session_idle_minutes: self.session_idle_minutes.or(file.session_idle_minutes),
            allowed_hosts: self.allowed_hosts.or(file.allowed_hosts),
            base_path: self.base_path.or(file.base_path),
        }
    }

    pub fn users(&self) -> UsersSettings {
        let defaults = UsersSettings::default();
        UsersSettings {
            anonymous_access: self.anonymous_access.unwrap_or(defaults.anonymous_access),
            session_idle_max: self
                .session_idle_minutes
                .map_or(defaults.session_idle_max, |minutes| {
                    Duration::from_mins(u64::from(minutes))
                }),
            behind_proxy: self.base_path.is_some() || self.allowed_hosts.is_some(),
        }
    }
}

/// How often each class of values is read; each left to its default where it is not given.
#[derive(Debug, Clone, Copy, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PeriodOptions {
    /// Read instantaneous and averaged values every so many milliseconds [default: 1000]
    #[arg(long, env = "WATTLINE_LIVE_PERIOD_MS", value_name = "MS", value_parser = clap::value_parser!(u32).range(PERIOD_MS))]
    pub live_period_ms: Option<u32>,
    /// Read energy counters every so many milliseconds [default: 10000]
    #[arg(long, env = "WATTLINE_ENERGY_PERIOD_MS", value_name = "MS", value_parser = clap::value_parser!(u32).range(PERIOD_MS))]
    pub energy_period_ms: Option<u32>,
    /// Read extremes, distortion and harmonics every so many milliseconds [default: 60000]
    #[arg(long, env = "WATTLINE_SLOW_PERIOD_MS", value_name = "MS", value_parser = clap::value_parser!(u32).range(PERIOD_MS))]
    pub slow_period_ms: Option<u32>,
}

/// A meter answers in some milliseconds at best, and a value of yesterday is no live one.
const PERIOD_MS: std::ops::RangeInclusive<i64> = 20..=86_400_000;

impl PeriodOptions {
    /// These options, and those of `file` where these say nothing.
    #[must_use]
    pub fn or(self, file: PeriodOptions) -> PeriodOptions {
        PeriodOptions {
            live_period_ms: self.live_period_ms.or(file.live_period_ms),
            energy_period_ms: self.energy_period_ms.or(file.energy_period_ms),
            slow_period_ms: self.slow_period_ms.or(file.slow_period_ms),
        }
    }

    pub fn periods(self) -> Periods {
        let defaults = Periods::default();
        let or = |asked: Option<u32>, default: Duration| {
            asked.map_or(default, |ms| Duration::from_millis(u64::from(ms.max(1))))
        };
        Periods {
            live: or(self.live_period_ms, defaults.live),
            energy: or(self.energy_period_ms, defaults.energy),
            slow: or(self.slow_period_ms, defaults.slow),
        }
    }
}

/// The same settings as an optional file, each of them optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub log: Option<String>,
    #[serde(default)]
    pub access: AccessOptions,
    #[serde(default)]
    pub periods: PeriodOptions,
    #[serde(default)]
    pub retention: RetentionOptions,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    #[error("the settings file {path} cannot be read")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("in the settings file {path}, {problem}")]
    OutOfRange { path: PathBuf, problem: String },
    #[error("the settings file {path} has a mistake\n{source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
}

impl ConfigFile {
    pub fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigFileError::Read {
            path: path.to_owned(),
            source,
        })?;
        let file: Self = toml::from_str(&text).map_err(|source| ConfigFileError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        match file.out_of_range() {
            None => Ok(file),
            Some(problem) => Err(ConfigFileError::OutOfRange {
                path: path.to_owned(),
                problem,
            }),
        }
    }

    /// What the arguments of the same names would refuse.
    fn out_of_range(&self) -> Option<String> {
        let periods = [
            ("live_period_ms", self.periods.live_period_ms),
            ("energy_period_ms", self.periods.energy_period_ms),
            ("slow_period_ms", self.periods.slow_period_ms),
        ];
        let period = periods
            .into_iter()
            .find(|(_, ms)| ms.is_some_and(|ms| !PERIOD_MS.contains(&i64::from(ms))))
            .map(|(name, _)| {
                format!(
                    "periods.{name} must be {} to {}",
                    PERIOD_MS.start(),
                    PERIOD_MS.end()
                )
            });
        let idle = (self.access.session_idle_minutes == Some(0))
            .then(|| "access.session_idle_minutes must be at least 1".to_owned());
        period.or(idle).or(self.retention.out_of_range())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, refused: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wattline.toml");
        std::fs::write(&path, text).unwrap();
        let problem = ConfigFile::read(&path).err().map(|error| error.to_string());
        match refused {
            None => assert_eq!(problem, None),
            Some(part) => assert!(problem.unwrap_or_default().contains(part)),
        }
    }

    #[test]
    fn a_settings_file_is_held_to_the_ranges_of_the_arguments() {
        check(
            "listen = '127.0.0.1:8081'\n[periods]\nlive_period_ms = 500",
            None,
        );
        check(
            "[periods]\nlive_period_ms = 0",
            Some("live_period_ms must be 20"),
        );
        check(
            "[retention]\nkeep_readings_hours = 0",
            Some("keep_readings_hours must be 1"),
        );
        check("[access]\nsession_idle_minutes = 0", Some("at least 1"));
        check("[period]\nlive_period_ms = 500", Some("unknown field"));
    }
}
