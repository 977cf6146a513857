//! The newest reading of every series and the health of every device, and who is listening.
//!
//! Readings come from `acquisition::dispatch`, which never waits: a listener is only told that
//! something changed ([`LiveBoard::changes`]) and fetches what is newer than what it has
//! ([`LiveBoard::readings_since`]), so a slow one skips what it did not see.
//!
//! # Invariants
//!
//! - Every update gives its readings one version, larger than all before; a reading is newer
//!   than a listener's version or the listener has seen it or a later one.
//! - A point of the site is here only while it is mounted; [`LiveBoard::retain`] drops the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::RwLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::{DeviceId, Measurand, PointId, Quantity, Reading, Statistic};
use profiles::TableKey;
use tokio::sync::watch;

use crate::acquisition::DeviceHealth;

/// Periods after which a value that was not renewed is stale (MON-05).
const STALE_PERIODS: f64 = 3.0;

/// How often listeners hear of counts and latencies of a device whose condition does not change.
const HEALTH_COUNTS_EVERY: Duration = Duration::from_secs(10);

/// A reading with the period in which the next one is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveReading {
    pub reading: Reading,
    /// The period achieved, at least the one asked for; three of them make a value stale.
    pub period: Duration,
}

impl LiveReading {
    /// Older than three of its periods: shown with its age, counted in no sum.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.reading.at).as_secs_f64();
        age > STALE_PERIODS * self.period.as_secs_f64()
    }
}

/// The families of quantities that share a gauge's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GaugeFamily {
    Voltage,
    LineVoltage,
    Current,
    Power,
}

impl GaugeFamily {
    fn of(quantity: Quantity) -> Option<Self> {
        match quantity {
            Quantity::Voltage => Some(Self::Voltage),
            Quantity::LineVoltage => Some(Self::LineVoltage),
            Quantity::Current => Some(Self::Current),
            Quantity::ActivePower | Quantity::ReactivePower | Quantity::ApparentPower => {
                Some(Self::Power)
            }
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
struct PointBoard {
    version: u64,
    values: BTreeMap<Measurand, (u64, LiveReading)>,
    largest_seen: HashMap<GaugeFamily, f64>,
}

#[derive(Debug, Default)]
struct Board {
    version: u64,
    points: HashMap<PointId, PointBoard>,
    health: HashMap<DeviceId, HealthEntry>,
}

#[derive(Debug)]
struct HealthEntry {
    version: u64,
    told_at: Instant,
    health: DeviceHealth,
}

/// What the pages see: shared by the pollers, which write, and the streams, which read.
#[derive(Debug)]
pub struct LiveBoard {
    board: RwLock<Board>,
    changed: watch::Sender<u64>,
}

impl Default for LiveBoard {
    fn default() -> Self {
        Self {
            board: RwLock::default(),
            changed: watch::Sender::new(0),
        }
    }
}

const POISONED: &str = "no code panics while it holds the board";

impl LiveBoard {
    /// Takes the readings of one sweep.
    pub fn update(&self, readings: &[LiveReading]) {
        if readings.is_empty() {
            return;
        }
        let mut board = self.board.write().expect(POISONED);
        board.version += 1;
        let version = board.version;
        for live in readings {
            let key = live.reading.series;
            let point = board.points.entry(key.point).or_default();
            point.version = version;
            if let (Some(family), Some(value)) =
                (GaugeFamily::of(key.measurand.quantity), live.reading.value)
                && matches!(
                    key.measurand.statistic,
                    Statistic::Instant | Statistic::Maximum
                )
            {
                let seen = point.largest_seen.entry(family).or_default();
                *seen = seen.max(value.abs());
            }
            point.values.insert(key.measurand, (version, *live));
        }
        drop(board);
        self.changed.send_replace(version);
    }

    /// Takes the health of a device. Listeners are told when its condition changes, and of its
    /// counts now and then: they move with every sweep.
    pub fn update_health(&self, health: &DeviceHealth) {
        let mut board = self.board.write().expect(POISONED);
        let told = board.health.get(&health.device).is_some_and(|known| {
            known.health.is_same_condition(health) && known.told_at.elapsed() < HEALTH_COUNTS_EVERY
        });
        if told {
            if let Some(known) = board.health.get_mut(&health.device) {
                known.health = health.clone();
            }
            return;
        }
        board.version += 1;
        let version = board.version;
        board.health.insert(
            health.device,
            HealthEntry {
                version,
                told_at: Instant::now(),
                health: health.clone(),
            },
        );
        drop(board);
        self.changed.send_replace(version);
    }

    /// Forgets points and devices that are not part of the site any more, and wakes listeners
    /// when there were some.
    pub fn retain(&self, points: &HashSet<PointId>, devices: &HashSet<DeviceId>) {
        let mut board = self.board.write().expect(POISONED);
        let n_before = board.points.len() + board.health.len();
        board.points.retain(|point, _| points.contains(point));
        board.health.retain(|device, _| devices.contains(device));
        if board.points.len() + board.health.len() == n_before {
            return;
        }
        board.version += 1;
        let version = board.version;
        drop(board);
        self.changed.send_replace(version);
    }

    /// Tells the version of each change; a listener that lags sees only the newest.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Readings of the points chosen that are newer than `version`, and the version they bring
    /// the listener to. Version 0 gives all: a snapshot.
    pub fn readings_since(
        &self,
        version: u64,
        wanted: impl Fn(PointId, Measurand) -> bool,
    ) -> (Vec<LiveReading>, u64) {
        let board = self.board.read().expect(POISONED);
        let readings = board
            .points
            .iter()
            .filter(|(_, point)| point.version > version)
            .flat_map(|(id, point)| {
                point
                    .values
                    .iter()
                    .map(move |(measurand, value)| (*id, *measurand, value))
            })
            .filter(|(id, measurand, (at, _))| *at > version && wanted(*id, *measurand))
            .map(|(_, _, (_, live))| *live)
            .collect();
        (readings, board.version)
    }

    /// Health of the devices chosen that is newer than `version`.
    pub fn health_since(
        &self,
        version: u64,
        wanted: impl Fn(DeviceId) -> bool,
    ) -> Vec<DeviceHealth> {
        let board = self.board.read().expect(POISONED);
        board
            .health
            .values()
            .filter(|entry| entry.version > version && wanted(entry.health.device))
            .map(|entry| entry.health.clone())
            .collect()
    }

    pub fn health_of(&self, device: DeviceId) -> Option<DeviceHealth> {
        let board = self.board.read().expect(POISONED);
        board.health.get(&device).map(|entry| entry.health.clone())
    }

    /// The tables that a device says it does not have.
    pub fn absent_tables(&self, device: DeviceId) -> BTreeSet<TableKey> {
        self.health_of(device)
            .map(|health| health.absent)
            .unwrap_or_default()
    }

    /// The newest reading of one series.
    pub fn latest(&self, point: PointId, measurand: Measurand) -> Option<LiveReading> {
        let board = self.board.read().expect(POISONED);
        let (_, live) = board.points.get(&point)?.values.get(&measurand)?;
        Some(*live)
    }

    /// The largest value that a gauge of this family has had to show.
    pub fn largest_seen(&self, point: PointId, family: GaugeFamily) -> Option<f64> {
        let board = self.board.read().expect(POISONED);
        board.points.get(&point)?.largest_seen.get(&family).copied()
    }
}

#[cfg(test)]
mod tests {
    use model::{Phase, Quality, SeriesKey};

    use super::*;

    fn reading(point: u32, value: f64) -> LiveReading {
        LiveReading {
            reading: Reading {
                series: SeriesKey::new(
                    PointId(point),
                    Measurand::new(Quantity::Current, Phase::L1),
                ),
                value: Some(value),
                at: Timestamp::UNIX_EPOCH,
                quality: Quality::MEASURED,
                decimals: 3,
                occurred_at: None,
            },
            period: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_slow_listener_gets_the_newest_and_skips_the_rest() {
        let board = LiveBoard::default();
        board.update(&[reading(1, 1.0), reading(2, 1.0)]);
        let (snapshot, version) = board.readings_since(0, |_, _| true);
        assert_eq!(snapshot.len(), 2);
        for value in [2.0, 3.0, 4.0] {
            board.update(&[reading(1, value)]);
        }
        let (readings, newest) = board.readings_since(version, |_, _| true);
        assert_eq!(readings, [reading(1, 4.0)]);
        assert_eq!(board.readings_since(newest, |_, _| true).0, []);
    }

    #[test]
    fn the_largest_value_seen_counts_exports_too() {
        let board = LiveBoard::default();
        board.update(&[reading(1, -7.0)]);
        board.update(&[reading(1, 5.0)]);
        assert_eq!(
            board.largest_seen(PointId(1), GaugeFamily::Current),
            Some(7.0)
        );
    }

    #[test]
    fn what_left_the_site_is_forgotten() {
        let board = LiveBoard::default();
        board.update(&[reading(1, 1.0), reading(2, 1.0)]);
        let changes = board.changes();
        board.retain(&HashSet::from([PointId(2)]), &HashSet::new());
        assert!(changes.has_changed().unwrap());
        assert_eq!(
            board.latest(PointId(1), reading(1, 0.0).reading.series.measurand),
            None
        );
    }
}
