use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// How far apart readings come: the median of the last few intervals.
///
/// Learned, because the same series is read every ten seconds while it is young, is kept every
/// ten minutes later, and was brought along by the hour from another system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rhythm {
    intervals: VecDeque<SignedDuration>,
}

/// An odd number, few enough that a slower rhythm is known after three readings.
const INTERVALS_MAX: usize = 5;
/// A reading stands for at most so many periods; what lies beyond is a silence.
const PERIODS_TO_SILENCE: i32 = 3;

impl Rhythm {
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
        let mut sorted: Vec<SignedDuration> = self.intervals.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}
