use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far apart readings come: the median of the last few intervals.
///
/// Learned, because the same series is read every ten seconds while it is young, is kept every
/// ten minutes later, and was brought along by the hour from another system.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Rhythm {
    intervals: VecDeque<SignedDuration>,
}

/// An odd number, few enough that a slower rhythm is known after three readings.
const INTERVALS_MAX: usize = 5;
/// A reading stands for at most so many periods; what lies beyond is a silence.
const PERIODS_TO_SILENCE: i32 = 3;

impl Rhythm {
    /// Begins with the first intervals to come: what is slow from the start is no silence.
    pub(super) fn of(first: impl IntoIterator<Item = SignedDuration>) -> Self {
        Self {
            intervals: first.into_iter().take(INTERVALS_MAX).collect(),
        }
    }

    pub(super) fn learn(&mut self, interval: SignedDuration) {
        if self.intervals.len() == INTERVALS_MAX {
            self.intervals.pop_front();
        }
        self.intervals.push_back(interval);
    }

    /// Whether what lies between two readings is longer than three periods. `least` is a period
    /// that is known beforehand. Where neither it nor the readings tell, nothing is a silence.
    pub(super) fn is_silence(
        &self,
        from: Timestamp,
        until: Timestamp,
        least: Option<SignedDuration>,
    ) -> bool {
        self.median()
            .max(least)
            .is_some_and(|period| until.duration_since(from) > period * PERIODS_TO_SILENCE)
    }

    fn median(&self) -> Option<SignedDuration> {
        if self.intervals.is_empty() {
            return None;
        }
        let mut sorted = [SignedDuration::MAX; INTERVALS_MAX];
        for (place, interval) in sorted.iter_mut().zip(&self.intervals) {
            *place = *interval;
        }
        sorted.sort_unstable();
        Some(sorted[self.intervals.len() / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(intervals_s: &[i64], least_s: Option<i64>, gap_s: i64, is_silence: bool) {
        let mut rhythm = Rhythm::default();
        for seconds in intervals_s {
            rhythm.learn(SignedDuration::from_secs(*seconds));
        }
        let (from, until) = (
            Timestamp::UNIX_EPOCH,
            Timestamp::from_second(gap_s).unwrap(),
        );
        let least = least_s.map(SignedDuration::from_secs);
        assert_eq!(rhythm.is_silence(from, until, least), is_silence);
    }

    #[test]
    fn a_silence_is_longer_than_three_periods_of_what_was_seen() {
        check(&[600], None, 1_800, false);
        check(&[600], None, 1_801, true);
        check(&[600, 600, 90_000, 600], None, 1_801, true);
    }

    #[test]
    fn a_slower_rhythm_is_learnt_in_three_readings() {
        check(&[10, 10, 10, 10, 10, 600, 600], None, 600, true);
        check(&[10, 10, 10, 10, 10, 600, 600, 600], None, 600, false);
    }

    #[test]
    fn what_is_slow_from_the_start_is_known_and_forgotten_when_it_quickens() {
        let day = SignedDuration::from_hours(24);
        let mut rhythm = Rhythm::of([day; 9]);
        let start = Timestamp::UNIX_EPOCH;
        assert!(!rhythm.is_silence(start, start + day, None));
        for _ in 0..3 {
            rhythm.learn(SignedDuration::from_secs(10));
        }
        assert!(rhythm.is_silence(start, start + day, None));
    }

    #[test]
    fn a_period_that_is_known_beforehand_is_the_least() {
        check(&[], Some(600), 1_800, false);
        check(&[10, 10, 10], Some(600), 1_800, false);
        check(&[3_600, 3_600], Some(600), 10_000, false);
        check(&[], None, 1_000_000_000, false);
    }
}
