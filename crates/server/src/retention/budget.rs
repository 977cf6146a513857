use std::path::Path;
use std::time::Duration;

use super::Horizons;

/// The disk that history may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskBudget {
    bytes: u64,
}

/// Where the disk does not say how large it is: enough for years, and on no disk too much.
const UNKNOWN_DISK: u64 = 4 << 30;

impl DiskBudget {
    pub fn of_megabytes(megabytes: u64) -> Self {
        Self {
            bytes: megabytes.saturating_mul(1_000_000),
        }
    }

    /// Half of what would be free without the history: what was free when it was installed, as
    /// far as nothing else grew.
    pub fn of_disk(data: &Path, used: u64) -> Self {
        let disk = rustix::fs::statvfs(data).ok();
        Self::of_free(
            disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            used,
        )
    }

    fn of_free(free: Option<u64>, used: u64) -> Self {
        Self {
            bytes: free.map_or(UNKNOWN_DISK, |free| free.saturating_add(used) / 2),
        }
    }

    pub(super) fn bytes(self) -> u64 {
        self.bytes
    }
}

/// What one step over the budget takes off a horizon, and one below it gives back.
const STEP: f64 = 0.8;

/// Below this share of the budget a horizon grows again.
const RELAXED: f64 = 0.8;

/// However full the disk is, so much stays: what live pages and one day's pages look at.
const READINGS_MIN: Duration = Duration::from_hours(1);
const AVERAGES_MIN: Duration = Duration::from_hours(24 * 31);

/// How far horizons are shortened to keep within the budget: the finest data first, indexes
/// never (DAT-08).
#[derive(Debug)]
pub(super) struct Pressure {
    /// What is left of the horizons of readings and averages, 0 to 1.
    readings: f64,
    averages: f64,
    can_tighten: bool,
}

impl Default for Pressure {
    fn default() -> Self {
        Self {
            readings: 1.0,
            averages: 1.0,
            can_tighten: true,
        }
    }
}

impl Pressure {
    pub(super) fn tighten(&mut self, asked: Horizons) -> Horizons {
        let shorten = |horizon: Duration, share: f64, least: Duration| {
            horizon.mul_f64(share).max(least).min(horizon)
        };
        let tightened = Horizons {
            readings: shorten(asked.readings, self.readings, READINGS_MIN),
            averages: shorten(asked.averages, self.averages, AVERAGES_MIN),
            ..asked
        };
        let is_least =
            |horizon: Duration, asked: Duration, least: Duration| horizon <= least.min(asked);
        self.can_tighten = !is_least(tightened.readings, asked.readings, READINGS_MIN)
            || !is_least(tightened.averages, asked.averages, AVERAGES_MIN);
        if is_least(tightened.readings, asked.readings, READINGS_MIN) {
            self.readings = 0.0;
        }
        tightened
    }

    /// Draws the consequence of what is used; whether another attempt may help.
    pub(super) fn judge(&mut self, used: u64, budget: u64) -> bool {
        let was_free = self.is_free();
        let is_over = used > budget;
        if is_over && self.readings > 0.0 {
            self.readings *= STEP;
        } else if is_over {
            self.averages *= STEP;
        } else if (used as f64) < budget as f64 * RELAXED {
            self.relax();
        }
        if is_over && was_free {
            tracing::warn!(
                used,
                budget,
                "the history takes more than its share of the disk: its finest data goes earlier"
            );
        } else if !is_over && !was_free && self.is_free() {
            tracing::info!(
                used,
                budget,
                "the history is kept as long as it is set again"
            );
        }
        is_over && self.can_tighten
    }

    fn relax(&mut self) {
        if self.averages < 1.0 {
            self.averages = (self.averages / STEP).min(1.0);
        } else {
            self.readings = (self.readings.max(0.01) / STEP).min(1.0);
        }
    }

    fn is_free(&self) -> bool {
        self.readings >= 1.0 && self.averages >= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Horizons = Horizons {
        readings: Duration::from_hours(48),
        averages: Duration::from_hours(24 * 1096),
        indexes: Duration::from_hours(24 * 7305),
    };

    /// DAT-08
    #[test]
    fn over_the_budget_the_finest_data_goes_first_and_indexes_never() {
        let mut pressure = Pressure::default();
        let mut last = pressure.tighten(ASKED);
        assert_eq!(last, ASKED);
        let mut n = 0;
        while pressure.judge(2, 1) {
            let next = pressure.tighten(ASKED);
            assert_eq!(next.indexes, ASKED.indexes);
            assert!(next.readings <= last.readings && next.averages <= last.averages);
            if next.averages < ASKED.averages {
                assert_eq!(next.readings, READINGS_MIN);
            }
            last = next;
            n += 1;
            assert!(n < 100, "{last:?}");
        }
        assert_eq!((last.readings, last.averages), (READINGS_MIN, AVERAGES_MIN));
    }

    #[test]
    fn below_the_budget_everything_is_kept_again() {
        let mut pressure = Pressure::default();
        for _ in 0..50 {
            pressure.judge(2, 1);
            pressure.tighten(ASKED);
        }
        for _ in 0..100 {
            assert!(!pressure.judge(1, 10));
        }
        assert_eq!(pressure.tighten(ASKED), ASKED);
    }

    #[test]
    fn just_below_the_budget_nothing_changes() {
        let mut pressure = Pressure::default();
        pressure.judge(11, 10);
        let tightened = pressure.tighten(ASKED);
        assert!(!pressure.judge(9, 10));
        assert_eq!(pressure.tighten(ASKED), tightened);
    }

    #[test]
    fn horizons_below_the_least_are_taken_as_they_are() {
        let short = Horizons {
            readings: Duration::from_mins(10),
            ..ASKED
        };
        let mut pressure = Pressure::default();
        pressure.judge(2, 1);
        assert_eq!(pressure.tighten(short).readings, short.readings);
    }

    #[test]
    fn half_of_what_is_free_without_the_history_is_its_budget() {
        assert_eq!(DiskBudget::of_free(Some(600), 0).bytes(), 300);
        assert_eq!(DiskBudget::of_free(Some(600), 400).bytes(), 500);
        let overfull = DiskBudget::of_free(Some(u64::MAX), 2);
        assert_eq!(overfull.bytes(), u64::MAX / 2);
        let nowhere = DiskBudget::of_disk(Path::new("/nowhere"), 7);
        assert_eq!(nowhere.bytes(), UNKNOWN_DISK);
        assert_eq!(DiskBudget::of_megabytes(7).bytes(), 7_000_000);
    }
}
