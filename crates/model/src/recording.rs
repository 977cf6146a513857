use std::fmt;
use std::str::FromStr;

/// What stands behind the values of a series, so that a mean is never taken for a moment (PLT-10).
///
/// Its spelling is `instant`, or the statistic with its period: `mean_10min`, `min_10min`,
/// `max_30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Recording {
    /// The value as it was read, at the instant of the answer. Indexes are recorded so.
    #[default]
    Instantaneous,
    /// The mean over a period, weighted by time. A sample bears the instant at which its period
    /// begins.
    Mean(IntegrationPeriod),
    /// The smallest value that stood in a period.
    Minimum(IntegrationPeriod),
    Maximum(IntegrationPeriod),
}

impl Recording {
    /// The period that each value stands for; `None` for instantaneous values.
    pub fn period(self) -> Option<IntegrationPeriod> {
        match self {
            Self::Instantaneous => None,
            Self::Mean(period) | Self::Minimum(period) | Self::Maximum(period) => Some(period),
        }
    }

    /// Decimals that values are kept with, given those of the register: a mean gets one more, as
    /// there is that much in it, and further ones would cost four times the room for noise.
    pub fn decimals(self, of_register: u8) -> u8 {
        match self {
            Self::Mean(_) => of_register.saturating_add(1),
            Self::Instantaneous | Self::Minimum(_) | Self::Maximum(_) => of_register,
        }
    }
}

/// The time over which values are averaged: whole seconds, at most an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntegrationPeriod {
    seconds: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a period of {0} s is not between a second and an hour")]
pub struct BrokenPeriod(pub u32);

impl IntegrationPeriod {
    /// The period of load curves unless the site sets another (DAT-03).
    pub const TEN_MINUTES: Self = Self { seconds: 600 };

    /// No meter averages over longer, and queries look back no further for a value that stands.
    pub const SECONDS_MAX: u16 = 3600;

    /// # Errors
    ///
    /// [`BrokenPeriod`] for zero and above [`Self::SECONDS_MAX`].
    pub fn of_seconds(seconds: u32) -> Result<Self, BrokenPeriod> {
        u16::try_from(seconds)
            .ok()
            .filter(|seconds| (1..=Self::SECONDS_MAX).contains(seconds))
            .map(|seconds| Self { seconds })
            .ok_or(BrokenPeriod(seconds))
    }

    pub const fn seconds(self) -> u32 {
        self.seconds as u32
    }
}

impl fmt::Display for IntegrationPeriod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            seconds if seconds % 60 == 0 => write!(formatter, "{}min", seconds / 60),
            seconds => write!(formatter, "{seconds}s"),
        }
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instantaneous => formatter.write_str("instant"),
            Self::Mean(period) => write!(formatter, "mean_{period}"),
            Self::Minimum(period) => write!(formatter, "min_{period}"),
            Self::Maximum(period) => write!(formatter, "max_{period}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no recording; write `instant`, or such as `mean_10min`, `min_10min`, `max_30s`")]
pub struct UnknownRecording(pub String);

impl FromStr for Recording {
    type Err = UnknownRecording;

    fn from_str(spelling: &str) -> Result<Self, Self::Err> {
        let read = || {
            let Some((statistic, period)) = spelling.split_once('_') else {
                return Some(Self::Instantaneous);
            };
            let (number, factor) = match period.strip_suffix("min") {
                Some(minutes) => (minutes, 60),
                None => (period.strip_suffix('s')?, 1),
            };
            let seconds = number.parse::<u32>().ok()?.checked_mul(factor)?;
            let period = IntegrationPeriod::of_seconds(seconds).ok()?;
            match statistic {
                "mean" => Some(Self::Mean(period)),
                "min" => Some(Self::Minimum(period)),
                "max" => Some(Self::Maximum(period)),
                _ => None,
            }
        };
        read()
            .filter(|recording| recording.to_string() == spelling)
            .ok_or_else(|| UnknownRecording(spelling.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(seconds: u32) -> IntegrationPeriod {
        IntegrationPeriod::of_seconds(seconds).unwrap()
    }

    #[track_caller]
    fn check(recording: Recording, spelling: &str) {
        assert_eq!(recording.to_string(), spelling);
        assert_eq!(spelling.parse(), Ok(recording));
    }

    /// PLT-10
    #[test]
    fn a_recording_says_what_it_is_and_over_which_period() {
        check(Recording::Instantaneous, "instant");
        check(
            Recording::Mean(IntegrationPeriod::TEN_MINUTES),
            "mean_10min",
        );
        check(Recording::Minimum(period(3600)), "min_60min");
        check(Recording::Maximum(period(90)), "max_90s");
        check(Recording::Mean(period(60)), "mean_1min");
    }

    #[test]
    fn other_spellings_are_refused() {
        for spelling in [
            "",
            "mean",
            "mean_",
            "mean_min",
            "mean_0s",
            "mean_60s",
            "mean_010min",
            "mean_61min",
            "mean_1h",
            "avg_10min",
            "instant_10min",
            "Mean_10min",
            "mean_10min ",
        ] {
            assert!(spelling.parse::<Recording>().is_err(), "{spelling}");
        }
    }

    #[test]
    fn a_period_is_between_a_second_and_an_hour() {
        for seconds in [0, 3601, 86_400, u32::MAX] {
            assert_eq!(
                IntegrationPeriod::of_seconds(seconds),
                Err(BrokenPeriod(seconds))
            );
        }
    }

    #[test]
    fn only_a_mean_has_a_digit_more_than_the_register() {
        let ten_minutes = IntegrationPeriod::TEN_MINUTES;
        assert_eq!(Recording::Mean(ten_minutes).decimals(2), 3);
        assert_eq!(Recording::Maximum(ten_minutes).decimals(2), 2);
        assert_eq!(Recording::Instantaneous.decimals(2), 2);
    }
}
