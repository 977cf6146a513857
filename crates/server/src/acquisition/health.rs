use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::DeviceId;
use profiles::TableKey;

/// Delay of the first probe after a device fell silent.
pub(super) const PROBE_DELAY_FIRST: Duration = Duration::from_secs(5);
/// Longest delay between probes: with a time-out of a second a dead device costs its neighbours
/// at most a sixtieth of the bus.
pub(super) const PROBE_DELAY_MAX: Duration = Duration::from_mins(1);
/// Enough doublings to reach every link's time-out from the least patience.
const PATIENCE_DOUBLINGS_MAX: u32 = 10;
/// Weight of the newest latency in the smoothed one.
const LATENCY_WEIGHT: f64 = 0.2;

/// How a device stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    /// Not asked yet.
    Waiting,
    Answering,
    /// Does not answer; probed with growing delay.
    Silent,
    /// Answers, but says that it is another product than configured.
    Foreign,
    /// Answers every request with an exception.
    Refusing,
}

impl DeviceState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Answering => "answering",
            Self::Silent => "silent",
            Self::Foreign => "foreign",
            Self::Refusing => "refusing",
        }
    }
}

/// A fault with the stable word that pages translate and the detail for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFault {
    pub code: String,
    pub detail: String,
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceIdentity {
    pub product: Option<String>,
    pub serial: Option<String>,
    pub firmware: Option<String>,
}

/// How a device answers.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceHealth {
    pub device: DeviceId,
    pub state: DeviceState,
    /// When the present state began.
    pub since: Timestamp,
    pub last_answer_at: Option<Timestamp>,
    /// Smoothed time of an answer.
    pub latency: Option<Duration>,
    pub requests: u64,
    pub failures: u64,
    /// Period of the live values as achieved.
    pub period: Option<Duration>,
    pub next_probe_at: Option<Timestamp>,
    pub fault: Option<DeviceFault>,
    pub identity: Option<DeviceIdentity>,
    /// Tables of its profile that the device says it does not have.
    pub absent: BTreeSet<TableKey>,
    /// How often the task of its bus had to be started again, since an error of the program ended
    /// it.
    pub bus_restarts: u32,
}

impl DeviceHealth {
    /// Equal but for what moves with every sweep: counts, latency and the time of the last answer.
    pub(crate) fn is_same_condition(&self, other: &Self) -> bool {
        self.device == other.device
            && self.state == other.state
            && self.since == other.since
            && self.next_probe_at == other.next_probe_at
            && self.fault == other.fault
            && self.identity == other.identity
            && self.absent == other.absent
            && self.bus_restarts == other.bus_restarts
    }
}

/// What one sweep of a device came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SweepResult {
    /// Something was read; `fault` names what was not.
    Answered { fault: Option<DeviceFault> },
    /// Only exceptions came.
    Refused(DeviceFault),
    /// Nothing came.
    Silent(DeviceFault),
    /// Nothing could be asked: the bus has no connection.
    Unreachable(DeviceFault),
    /// Another product answers at this address.
    Foreign(DeviceFault),
}

/// Follows one device: its health for the pages, and when it may be asked again.
#[derive(Debug)]
pub(super) struct HealthWatch {
    health: DeviceHealth,
    probe_delay: Duration,
    /// Probes in a row that nobody answered.
    failed_probes: u32,
    blocked_until: Option<Instant>,
}

/// A change worth one log line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum HealthChange {
    Began(DeviceState, DeviceFault),
    Recovered { after: DeviceState },
}

impl HealthWatch {
    /// A device that is not asked yet, on a bus that was started again `bus_restarts` times.
    pub(super) fn new(device: DeviceId, now: Timestamp, bus_restarts: u32) -> Self {
        Self {
            health: DeviceHealth {
                device,
                state: DeviceState::Waiting,
                since: now,
                last_answer_at: None,
                latency: None,
                requests: 0,
                failures: 0,
                period: None,
                next_probe_at: None,
                fault: (bus_restarts > 0).then(|| DeviceFault {
                    code: "bus_restarted".to_owned(),
                    detail: "an error of the program ended the polling of its bus, which begins \
                             again"
                        .to_owned(),
                }),
                identity: None,
                absent: BTreeSet::new(),
                bus_restarts,
            },
            probe_delay: PROBE_DELAY_FIRST,
            failed_probes: 0,
            blocked_until: None,
        }
    }

    pub(super) fn health(&self) -> &DeviceHealth {
        &self.health
    }

    /// When a quarantined device may be probed again; `None` for one that takes its turns.
    pub(super) fn blocked_until(&self) -> Option<Instant> {
        self.blocked_until
    }

    /// How many times its usual patience the next probe deserves.
    pub(super) fn patience_factor(&self) -> u32 {
        1 << self.failed_probes.min(PATIENCE_DOUBLINGS_MAX)
    }

    pub(super) fn set_identity(&mut self, identity: DeviceIdentity) {
        self.health.identity = Some(identity);
    }

    pub(super) fn set_absent(&mut self, absent: BTreeSet<TableKey>) {
        self.health.absent = absent;
    }

    pub(super) fn set_period(&mut self, period: Duration) {
        self.health.period = Some(period);
    }

    /// Counts the requests of a sweep and how long their answers took.
    pub(super) fn count(&mut self, requests: u32, failures: u32, latency: Option<Duration>) {
        self.health.requests += u64::from(requests);
        self.health.failures += u64::from(failures);
        if let Some(latency) = latency {
            self.health.latency = Some(self.health.latency.map_or(latency, |known| {
                known.mul_f64(1.0 - LATENCY_WEIGHT) + latency.mul_f64(LATENCY_WEIGHT)
            }));
        }
    }

    /// Moves on by the result of one sweep; answers what is to be logged, if anything.
    pub(super) fn step(
        &mut self,
        result: SweepResult,
        at: Timestamp,
        now: Instant,
    ) -> Option<HealthChange> {
        let before = self.health.state;
        // When the connection comes back all its devices are asked soon: its delay grows already.
        let may_grow = !matches!(result, SweepResult::Unreachable(_));
        let (state, fault) = match result {
            SweepResult::Answered { fault } => (DeviceState::Answering, fault),
            SweepResult::Refused(fault) => (DeviceState::Refusing, Some(fault)),
            SweepResult::Silent(fault) | SweepResult::Unreachable(fault) => {
                (DeviceState::Silent, Some(fault))
            }
            SweepResult::Foreign(fault) => (DeviceState::Foreign, Some(fault)),
        };
        if state != DeviceState::Silent {
            self.health.last_answer_at = Some(at);
        }
        if state == DeviceState::Answering {
            self.probe_delay = PROBE_DELAY_FIRST;
            self.failed_probes = 0;
            self.blocked_until = None;
            self.health.next_probe_at = None;
        } else {
            self.blocked_until = Some(now + self.probe_delay);
            self.health.next_probe_at = at.checked_add(self.probe_delay).ok();
            if may_grow {
                self.probe_delay = (self.probe_delay * 2).min(PROBE_DELAY_MAX);
                self.failed_probes += u32::from(before == DeviceState::Silent);
            }
        }
        self.health.state = state;
        self.health.fault.clone_from(&fault);
        if state == before {
            return None;
        }
        self.health.since = at;
        match (state, fault) {
            (DeviceState::Answering, _) if before == DeviceState::Waiting => None,
            (DeviceState::Answering, _) => Some(HealthChange::Recovered { after: before }),
            (state, Some(fault)) => Some(HealthChange::Began(state, fault)),
            (_, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> DeviceFault {
        DeviceFault {
            code: "timeout".to_owned(),
            detail: "did not answer within 1 s".to_owned(),
        }
    }

    #[test]
    fn a_silent_device_is_probed_with_growing_bounded_delay() {
        let start = Timestamp::UNIX_EPOCH;
        let now = Instant::now();
        let mut watch = HealthWatch::new(DeviceId(1), start, 0);
        let delays: Vec<u64> = (0..6)
            .map(|_| {
                watch.step(SweepResult::Silent(fault()), start, now);
                (watch.blocked_until().unwrap() - now).as_secs()
            })
            .collect();
        assert_eq!(delays, [5, 10, 20, 40, 60, 60]);
    }

    #[test]
    fn a_broken_connection_makes_no_device_wait_longer_and_longer() {
        let at = Timestamp::UNIX_EPOCH;
        let now = Instant::now();
        let mut watch = HealthWatch::new(DeviceId(1), at, 0);
        for _ in 0..5 {
            watch.step(SweepResult::Unreachable(fault()), at, now);
            assert_eq!(watch.blocked_until(), Some(now + PROBE_DELAY_FIRST));
        }
        assert_eq!(watch.health().state, DeviceState::Silent);
    }

    #[test]
    fn each_probe_in_vain_waits_longer_for_a_device_that_became_slow() {
        let at = Timestamp::UNIX_EPOCH;
        let now = Instant::now();
        let mut watch = HealthWatch::new(DeviceId(1), at, 0);
        let factors: Vec<u32> = (0..4)
            .map(|_| {
                watch.step(SweepResult::Silent(fault()), at, now);
                watch.patience_factor()
            })
            .collect();
        assert_eq!(factors, [1, 2, 4, 8]);
        watch.step(SweepResult::Answered { fault: None }, at, now);
        assert_eq!(watch.patience_factor(), 1);
    }

    #[test]
    fn silence_is_told_once_when_it_begins_and_once_when_it_ends() {
        let at = Timestamp::UNIX_EPOCH;
        let now = Instant::now();
        let mut watch = HealthWatch::new(DeviceId(1), at, 0);
        let answered = || SweepResult::Answered { fault: None };
        assert_eq!(watch.step(answered(), at, now), None);
        assert_eq!(
            watch.step(SweepResult::Silent(fault()), at, now),
            Some(HealthChange::Began(DeviceState::Silent, fault()))
        );
        assert_eq!(watch.step(SweepResult::Silent(fault()), at, now), None);
        assert_eq!(
            watch.step(answered(), at, now),
            Some(HealthChange::Recovered {
                after: DeviceState::Silent
            })
        );
        assert_eq!(watch.blocked_until(), None);
        assert_eq!(watch.health().fault, None);
    }

    #[test]
    fn a_silent_device_keeps_the_time_of_its_last_answer() {
        let start = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(60).unwrap();
        let mut watch = HealthWatch::new(DeviceId(1), start, 0);
        watch.step(SweepResult::Answered { fault: None }, start, Instant::now());
        watch.step(SweepResult::Silent(fault()), later, Instant::now());
        assert_eq!(watch.health().last_answer_at, Some(start));
        assert_eq!(watch.health().since, later);
    }
}
