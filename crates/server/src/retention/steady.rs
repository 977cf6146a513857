use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long a clock that went forward has to stay there before history is deleted by it.
const TRUSTED_AFTER: Duration = Duration::from_hours(24);

/// The time of day as far as retention believes it: the earliest that the clock, or the newest
/// stored sample at the start, has claimed within a day.
///
/// A host that starts in 2040, or whose clock is set forward by mistake, must not lose its history
/// by it; a host that was off for a year deletes a day later than it could.
#[derive(Debug, Default)]
pub(super) struct SteadyNow {
    /// Uptime of a claim, and what the clock would have shown at uptime zero.
    claims: VecDeque<(Duration, Timestamp)>,
}

impl SteadyNow {
    /// `newest_at` is believed at the first call: history was not made in the future.
    pub(super) fn at(
        &mut self,
        clock: Timestamp,
        uptime: Duration,
        newest_at: Option<Timestamp>,
    ) -> Timestamp {
        if self.claims.is_empty()
            && let Some(newest_at) = newest_at
        {
            self.claims.push_back((uptime, before(newest_at, uptime)));
        }
        self.claims.push_back((uptime, before(clock, uptime)));
        // One is always left: the one just made.
        self.claims
            .retain(|(made, _)| uptime.saturating_sub(*made) < TRUSTED_AFTER);
        let zero = self.claims.iter().map(|(_, zero)| *zero).min();
        let zero = zero.expect("a claim was just made");
        zero.saturating_add(SignedDuration::try_from(uptime).unwrap_or(SignedDuration::MAX))
            .unwrap_or(clock)
            .min(clock)
    }
}

fn before(at: Timestamp, uptime: Duration) -> Timestamp {
    let uptime = SignedDuration::try_from(uptime).unwrap_or(SignedDuration::MAX);
    at.saturating_sub(uptime).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hours(n: u64) -> Duration {
        Duration::from_hours(n)
    }

    #[test]
    fn a_clock_that_runs_is_believed() {
        let mut steady = SteadyNow::default();
        let newest = Some(at("2026-05-01T12:00:00Z"));
        for hour in 0..24 {
            let clock = at("2026-05-01T12:00:00Z") + SignedDuration::from_hours(hour);
            assert_eq!(steady.at(clock, hours(hour as u64), newest), clock);
        }
    }

    /// DAT-10
    #[test]
    fn a_clock_that_jumps_forward_is_believed_after_a_day_and_not_before() {
        let mut steady = SteadyNow::default();
        steady.at(at("2026-05-01T12:00:00Z"), hours(0), None);
        let wrong =
            |hour: u64| at("2040-01-01T00:00:00Z") + SignedDuration::from_hours(hour as i64);
        assert_eq!(
            steady.at(wrong(1), hours(1), None),
            at("2026-05-01T13:00:00Z")
        );
        assert_eq!(
            steady.at(wrong(23), hours(23), None),
            at("2026-05-02T11:00:00Z")
        );
        assert_eq!(steady.at(wrong(25), hours(25), None), wrong(25));
    }

    #[test]
    fn at_the_start_the_newest_sample_tells_the_time() {
        let mut steady = SteadyNow::default();
        let newest = Some(at("2026-05-01T12:00:00Z"));
        let clock = at("2027-05-01T12:00:00Z");
        assert_eq!(
            steady.at(clock, hours(0), newest),
            at("2026-05-01T12:00:00Z")
        );
        let later = clock + SignedDuration::from_hours(24);
        assert_eq!(steady.at(later, hours(24), newest), later);
    }

    #[test]
    fn a_clock_that_jumps_back_is_followed_at_once() {
        let mut steady = SteadyNow::default();
        steady.at(at("2026-05-01T12:00:00Z"), hours(0), None);
        let back = at("1970-01-01T00:00:00Z");
        assert_eq!(steady.at(back, hours(1), None), back);
    }
}
