use std::time::{Duration, Instant};

use model::{Measurand, Quantity, ValueKind};
use profiles::PollClass;

/// How often each class of tables is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    pub live: Duration,
    pub energy: Duration,
    pub slow: Duration,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            live: Duration::from_secs(1),
            energy: Duration::from_secs(10),
            slow: Duration::from_mins(1),
        }
    }
}

impl Periods {
    pub fn of(&self, class: PollClass) -> Duration {
        match class {
            PollClass::Live => self.live,
            PollClass::Energy => self.energy,
            PollClass::Slow => self.slow,
        }
    }

    /// How long a stored reading of a series stands for itself: three of its periods.
    pub fn hold(&self, measurand: Measurand) -> Duration {
        let period = match (measurand.kind(), measurand.quantity) {
            (ValueKind::Counter, _) => self.energy,
            (_, Quantity::VoltageThd | Quantity::LineVoltageThd | Quantity::CurrentThd) => {
                self.slow
            }
            _ => self.live,
        };
        period * HOLD_PERIODS
    }
}

/// Periods for which a reading stands for its series; what lies beyond is a gap.
const HOLD_PERIODS: u32 = 3;

/// Least time from the end of a turn to the next of the same class: history keeps one reading of a
/// series for each millisecond, and a turn that is late by almost a period is followed at once.
const ANSWERS_APART: Duration = Duration::from_millis(2);

/// Smoothing of the achieved period: short enough to show a slow bus within seconds.
const ACHIEVED_WEIGHT: f64 = 0.3;

#[derive(Debug, Clone, Copy)]
struct ClassClock {
    due: Instant,
    last: Option<Instant>,
    achieved: Duration,
}

/// When each class of one device is due, and the period it really gets.
///
/// A class that is late is due at once but is never asked twice to catch up, so that a slow bus
/// slows all its devices alike: the caller serves whoever has waited longest.
#[derive(Debug)]
pub(super) struct DeviceSchedule {
    periods: Periods,
    classes: [ClassClock; 3],
}

impl DeviceSchedule {
    /// The first sweep is due at `start`.
    pub(super) fn new(periods: Periods, start: Instant) -> Self {
        Self {
            periods,
            classes: PollClass::ALL.map(|class| ClassClock {
                due: start,
                last: None,
                achieved: periods.of(class),
            }),
        }
    }

    /// The earliest instant at which any class is due.
    pub(super) fn next_due(&self) -> Instant {
        self.classes
            .iter()
            .map(|class| class.due)
            .min()
            .expect("there are three classes")
    }

    /// The classes that are due at `now`.
    pub(super) fn due(&self, now: Instant) -> Vec<PollClass> {
        PollClass::ALL
            .into_iter()
            .filter(|class| self.clock(*class).due <= now)
            .collect()
    }

    /// Notes that `class` was asked at `now`, which took until `ended`; the next turn keeps the
    /// rhythm where it can.
    pub(super) fn served(&mut self, class: PollClass, now: Instant, ended: Instant) {
        let period = self.periods.of(class);
        let clock = &mut self.classes[index(class)];
        clock.due = (clock.due + period).max(ended + ANSWERS_APART);
        if let Some(last) = clock.last.replace(now) {
            let step = now - last;
            clock.achieved =
                clock.achieved.mul_f64(1.0 - ACHIEVED_WEIGHT) + step.mul_f64(ACHIEVED_WEIGHT);
        }
    }

    /// Leaves the device alone until `until`: it missed its turns and does not get them back.
    pub(super) fn postpone(&mut self, until: Instant) {
        for clock in &mut self.classes {
            clock.due = clock.due.max(until);
            clock.last = None;
        }
    }

    /// The period that values of `class` keep, never better than the one asked for.
    pub(super) fn achieved(&self, class: PollClass) -> Duration {
        self.clock(class).achieved.max(self.periods.of(class))
    }

    fn clock(&self, class: PollClass) -> &ClassClock {
        &self.classes[index(class)]
    }
}

fn index(class: PollClass) -> usize {
    match class {
        PollClass::Live => 0,
        PollClass::Energy => 1,
        PollClass::Slow => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn everything_is_due_at_the_start_and_then_by_its_period() {
        let start = Instant::now();
        let mut schedule = DeviceSchedule::new(Periods::default(), start);
        assert_eq!(schedule.due(start), PollClass::ALL);
        for class in PollClass::ALL {
            schedule.served(class, start, start);
        }
        assert_eq!(schedule.due(start), []);
        assert_eq!(schedule.due(start + SECOND), [PollClass::Live]);
        assert_eq!(
            schedule.due(start + 10 * SECOND),
            [PollClass::Live, PollClass::Energy]
        );
        assert_eq!(schedule.next_due(), start + SECOND);
    }

    #[test]
    fn a_late_turn_keeps_the_rhythm_and_is_not_made_up_for() {
        let start = Instant::now();
        let mut schedule = DeviceSchedule::new(Periods::default(), start);
        let mut serve = |at: Duration| {
            schedule.served(PollClass::Live, start + at, start + at);
            schedule.clock(PollClass::Live).due - start
        };
        assert_eq!(serve(Duration::ZERO), SECOND);
        assert_eq!(serve(SECOND + Duration::from_millis(300)), 2 * SECOND);
        assert_eq!(serve(7 * SECOND), 7 * SECOND + ANSWERS_APART);
    }

    /// DAT-11
    #[test]
    fn a_turn_that_is_late_by_almost_a_period_leaves_the_next_an_instant_of_its_own() {
        let start = Instant::now();
        let mut schedule = DeviceSchedule::new(Periods::default(), start);
        let ended = start + Duration::from_micros(999_900);
        schedule.served(PollClass::Live, start, ended);
        assert_eq!(schedule.next_due(), start);
        assert_eq!(schedule.clock(PollClass::Live).due, ended + ANSWERS_APART);
    }

    #[test]
    fn the_period_achieved_is_never_better_than_the_one_asked() {
        let start = Instant::now();
        let mut schedule = DeviceSchedule::new(Periods::default(), start);
        for turn in 0..20 {
            let at = start + turn * 3 * SECOND;
            schedule.served(PollClass::Live, at, at);
        }
        assert!(schedule.achieved(PollClass::Live) > 2 * SECOND);
        for turn in 0..40 {
            let at = start + 60 * SECOND + turn * SECOND / 2;
            schedule.served(PollClass::Live, at, at);
        }
        assert_eq!(schedule.achieved(PollClass::Live), SECOND);
    }
}
