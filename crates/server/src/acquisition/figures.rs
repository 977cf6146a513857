//! How busy the buses were in the last minute, and with which device: for the diagnostic pages.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::DeviceId;

/// Over which span figures are told: long enough to be calm, short enough to show what is wrong now.
const WINDOW: Duration = Duration::from_mins(1);
/// Askings kept of one device: far more than one bus can do in the window.
const KEPT_MAX: usize = 2_000;

/// One time that a device was asked for something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    pub began: Instant,
    /// How long the bus was held.
    pub held: Duration,
    pub requests: u32,
    pub failures: u32,
    /// Mean time of an answer.
    pub latency: Option<Duration>,
}

/// The askings of all devices in the last minute.
#[derive(Debug, Default)]
pub struct BusFigures {
    devices: Mutex<HashMap<DeviceId, Recent>>,
}

#[derive(Debug)]
struct Recent {
    since: Instant,
    askings: VecDeque<Asking>,
}

/// What some devices together did to their bus in the last minute.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BusLoad {
    pub requests_per_s: f64,
    pub failures_per_s: f64,
    /// Share of the time for which the bus was held, 0 to 1.
    pub held: f64,
    /// Times of an answer that half, and 95 of 100, of the askings kept to.
    pub latency_p50: Option<Duration>,
    pub latency_p95: Option<Duration>,
    pub latency_max: Option<Duration>,
}

impl BusFigures {
    pub(super) fn note(&self, device: DeviceId, asking: Asking) {
        let mut devices = self.lock();
        let recent = devices.entry(device).or_insert_with(|| Recent {
            since: asking.began,
            askings: VecDeque::new(),
        });
        while recent.askings.len() >= KEPT_MAX
            || recent
                .askings
                .front()
                .is_some_and(|oldest| asking.began.duration_since(oldest.began) > WINDOW)
        {
            recent.askings.pop_front();
        }
        recent.askings.push_back(asking);
    }

    /// Forgets the devices that are gone.
    pub(super) fn retain(&self, is_there: impl Fn(DeviceId) -> bool) {
        self.lock().retain(|device, _| is_there(*device));
    }

    /// The load that `devices` are to the bus that they share.
    pub fn load(&self, devices: &[DeviceId], now: Instant) -> BusLoad {
        let known = self.lock();
        let mine = || devices.iter().filter_map(|device| known.get(device));
        // Just after the start the window is as long as there was anything to ask.
        let seen = mine()
            .map(|recent| now.saturating_duration_since(recent.since))
            .max()
            .unwrap_or_default()
            .clamp(Duration::from_secs(1), WINDOW);
        let mut load = BusLoad::default();
        let mut latencies = Vec::new();
        for asking in mine().flat_map(|recent| &recent.askings) {
            if now.saturating_duration_since(asking.began) <= WINDOW {
                load.requests_per_s += f64::from(asking.requests);
                load.failures_per_s += f64::from(asking.failures);
                load.held += asking.held.as_secs_f64();
                latencies.extend(asking.latency);
            }
        }
        for sum in [
            &mut load.requests_per_s,
            &mut load.failures_per_s,
            &mut load.held,
        ] {
            *sum /= seen.as_secs_f64();
        }
        load.held = load.held.min(1.0);
        latencies.sort_unstable();
        load.latency_p50 = quantile(&latencies, 50);
        load.latency_p95 = quantile(&latencies, 95);
        load.latency_max = latencies.last().copied();
        load
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, Recent>> {
        // Figures that a panic left behind are old in a minute.
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The smallest of `sorted` that `percent` of them do not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: DeviceId = DeviceId(1);
    const SLOW: DeviceId = DeviceId(2);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn asking(began: Instant, held_ms: u64, failures: u32) -> Asking {
        Asking {
            began,
            held: ms(held_ms),
            requests: 2,
            failures,
            latency: (failures == 0).then(|| ms(held_ms / 2)),
        }
    }

    #[test]
    fn a_bus_is_the_sum_of_its_devices_and_each_has_its_share() {
        let figures = BusFigures::default();
        let start = Instant::now();
        for second in 0..100u32 {
            let at = start + second * Duration::from_secs(1);
            figures.note(FAST, asking(at, 20, 0));
            figures.note(SLOW, asking(at, 400, u32::from(second % 2 == 0)));
        }
        let now = start + Duration::from_secs(100);
        let near = |found: f64, expected: f64| (found - expected).abs() < 0.04 * expected.max(1.0);
        let both = figures.load(&[FAST, SLOW], now);
        assert!(near(both.requests_per_s, 4.0), "{both:?}");
        assert!(near(both.failures_per_s, 0.5), "{both:?}");
        assert!(near(both.held, 0.42), "{both:?}");
        assert_eq!(both.latency_p50, Some(ms(10)));
        assert_eq!(both.latency_p95, Some(ms(200)));
        assert_eq!(both.latency_max, Some(ms(200)));
        assert!(near(figures.load(&[SLOW], now).held, 0.4));
    }

    #[test]
    fn a_device_that_was_not_asked_lately_is_no_load() {
        let figures = BusFigures::default();
        let start = Instant::now();
        figures.note(FAST, asking(start, 20, 0));
        let later = figures.load(&[FAST, SLOW], start + 2 * WINDOW);
        assert_eq!(later, BusLoad::default());
        figures.retain(|device| device != FAST);
        assert!(figures.lock().is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let figures = BusFigures::default();
        let start = Instant::now();
        for number in 0..KEPT_MAX as u32 + 10 {
            figures.note(FAST, asking(start + number * ms(1), 1, 0));
        }
        assert_eq!(figures.lock()[&FAST].askings.len(), KEPT_MAX);
    }
}
