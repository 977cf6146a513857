//! Counts what was due and what came of every recorded series, so that whatever history lacks is
//! accounted for: a reading is stored, or dropped on its way there, or it was missed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::{DeviceId, SeriesKey};
use profiles::PollClass;

use super::dispatch::is_recorded;
use super::schedule::Periods;
use crate::live::LiveReading;

/// What became of the readings of one series since its device is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesCounts {
    pub series: SeriesKey,
    pub since: Timestamp,
    /// The period asked for.
    pub period: Duration,
    /// One at the start and one for each period since, whatever state the device was in.
    pub due: u64,
    /// Read when it was due, and handed over to be stored.
    pub read: u64,
    /// Read and handed over besides, to see what an order did.
    pub extra: u64,
}

impl SeriesCounts {
    pub fn missed(&self) -> u64 {
        // A device is never asked more often than its period says.
        self.due.saturating_sub(self.read)
    }
}

/// The counts of all devices. A series is known from its first reading on.
#[derive(Debug, Default)]
pub struct ReadingCounts {
    devices: Mutex<HashMap<DeviceId, DeviceCounts>>,
}

#[derive(Debug)]
struct DeviceCounts {
    since: Timestamp,
    began: Instant,
    periods: Periods,
    read: HashMap<SeriesKey, Read>,
}

#[derive(Debug)]
struct Read {
    class: PollClass,
    when_due: u64,
    extra: u64,
}

impl ReadingCounts {
    /// The first turn of a device is due at `began`, which is `since` by the clock.
    pub(super) fn begin(
        &self,
        device: DeviceId,
        periods: Periods,
        began: Instant,
        since: Timestamp,
    ) {
        let counts = DeviceCounts {
            since,
            began,
            periods,
            read: HashMap::new(),
        };
        self.devices().insert(device, counts);
    }

    /// Counts what one sweep of a device brought, each with the class it was read in.
    pub(super) fn count(&self, device: DeviceId, readings: &[(PollClass, LiveReading)]) {
        self.add(device, readings, |read| read.when_due += 1);
    }

    /// Counts what was read though it was not due.
    pub(super) fn count_extra(&self, device: DeviceId, readings: &[(PollClass, LiveReading)]) {
        self.add(device, readings, |read| read.extra += 1);
    }

    fn add(
        &self,
        device: DeviceId,
        readings: &[(PollClass, LiveReading)],
        count: impl Fn(&mut Read),
    ) {
        let mut devices = self.devices();
        let Some(counts) = devices.get_mut(&device) else {
            return;
        };
        for (class, live) in readings {
            let series = live.reading.series;
            if live.reading.value.is_some() && is_recorded(series.measurand) {
                count(counts.read.entry(series).or_insert(Read {
                    class: *class,
                    when_due: 0,
                    extra: 0,
                }));
            }
        }
    }

    /// Forgets devices that are not polled any more.
    pub(super) fn retain(&self, is_polled: impl Fn(DeviceId) -> bool) {
        self.devices().retain(|device, _| is_polled(*device));
    }

    /// The counts of a device by series, as of `now`: a reading that is under way counts as
    /// missed until it is there.
    pub fn of(&self, device: DeviceId, now: Instant) -> Vec<SeriesCounts> {
        let devices = self.devices();
        let Some(counts) = devices.get(&device) else {
            return Vec::new();
        };
        let mut all: Vec<SeriesCounts> = counts
            .read
            .iter()
            .map(|(series, read)| {
                let period = counts.periods.of(read.class);
                SeriesCounts {
                    series: *series,
                    since: counts.since,
                    period,
                    due: due(now.saturating_duration_since(counts.began), period),
                    read: read.when_due,
                    extra: read.extra,
                }
            })
            .collect();
        all.sort_by_key(|counts| counts.series);
        all
    }

    fn devices(&self) -> MutexGuard<'_, HashMap<DeviceId, DeviceCounts>> {
        // A panic elsewhere leaves at worst one sweep uncounted.
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn due(elapsed: Duration, period: Duration) -> u64 {
    let periods = elapsed.as_nanos() / period.as_nanos().max(1);
    u64::try_from(periods).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use model::{Measurand, Phase, PointId, Quality, Quantity, Reading};

    use super::*;

    const DEVICE: DeviceId = DeviceId(7);

    fn reading(quantity: Quantity, value: Option<f64>) -> LiveReading {
        LiveReading {
            reading: Reading {
                series: SeriesKey::new(PointId(1), Measurand::new(quantity, Phase::Total)),
                value,
                at: Timestamp::UNIX_EPOCH,
                quality: Quality::MEASURED,
                decimals: 0,
                occurred_at: None,
            },
            period: Duration::from_secs(1),
        }
    }

    /// PLT-14
    #[test]
    fn what_was_due_was_read_or_missed() {
        let counts = ReadingCounts::default();
        let began = Instant::now();
        counts.begin(DEVICE, Periods::default(), began, Timestamp::UNIX_EPOCH);
        let power = reading(Quantity::ActivePower, Some(1.0));
        let gap = reading(Quantity::ActivePower, None);
        let index = reading(Quantity::ActiveEnergyImport, Some(1.0));
        counts.count(
            DEVICE,
            &[(PollClass::Live, power), (PollClass::Energy, index)],
        );
        counts.count(DEVICE, &[(PollClass::Live, gap)]);
        counts.count(DEVICE, &[(PollClass::Live, power)]);
        // Of which nothing is kept.
        let state = reading(Quantity::PowerFactorType, Some(1.0));
        counts.count(DEVICE, &[(PollClass::Live, state)]);
        counts.count_extra(DEVICE, &[(PollClass::Energy, index)]);

        let all = counts.of(DEVICE, began + Duration::from_millis(11_500));
        let found: Vec<_> = all
            .iter()
            .map(|of| {
                (
                    of.series.measurand.to_string(),
                    of.due,
                    of.read,
                    of.missed(),
                    of.extra,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("p_w".to_owned(), 12, 2, 10, 0),
                ("ea_import_wh".to_owned(), 2, 1, 1, 1)
            ]
        );
    }

    #[test]
    fn a_device_that_is_polled_anew_begins_anew_and_one_that_is_gone_has_no_counts() {
        let counts = ReadingCounts::default();
        let began = Instant::now();
        let power = reading(Quantity::ActivePower, Some(1.0));
        for _ in 0..2 {
            counts.begin(DEVICE, Periods::default(), began, Timestamp::UNIX_EPOCH);
            counts.count(DEVICE, &[(PollClass::Live, power)]);
        }
        assert_eq!(counts.of(DEVICE, began)[0].read, 1);
        counts.retain(|device| device != DEVICE);
        assert!(counts.of(DEVICE, began).is_empty());
    }
}
