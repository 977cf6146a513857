//! The installation as people edit it: sources, points, mounts, names and the site's zone.
//!
//! [`SiteDocument`] is the whole of it as text; [`Site::check`] turns a document into a [`Site`]
//! whose references all hold, or says everything that is wrong with it. [`SiteStore`] keeps the
//! present one and every earlier revision, and tells whoever listens when it changes.
//!
//! # Invariants
//!
//! - A `Site` in memory has been checked: ids are unique, references exist, zones are known.
//! - Ids are permanent: history and addresses of pages refer to them, so whoever edits the
//!   document must not give one to something else.
//! - History hangs on points, addresses on sources; only mounts join the two.

mod changes;
mod check;
mod document;
mod endpoints;
mod revisions;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use energy::Amount;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use modbus::Endpoint;
use model::hierarchy::Hierarchies;
use model::{Channel, DeviceId, IntegrationPeriod, Measurand, PointId, PointKind, WiringType};
use profiles::{Catalogue, DeviceProfile};
use serde_json::{Map, Value};

pub use document::{
    HierarchyBounds, HierarchyTree, Label, MODBUS_PORT, Mount, Parity, Point, ProfileText,
    Protocol, SerialLine, SiteDocument, SiteMistake, SiteSettings, Source, TreeNode,
};
pub use revisions::{NextIds, Revision};
pub use store::{SavedSite, SiteStore, SiteStoreError};

/// A checked installation.
#[derive(Debug)]
pub struct Site {
    document: SiteDocument,
    catalogue: Arc<Catalogue>,
    time_zone: TimeZone,
    devices: Vec<Device>,
    points: Vec<MeasuringPoint>,
    mounts: Vec<CheckedMount>,
    hierarchies: Hierarchies,
    device_index: HashMap<DeviceId, usize>,
    point_index: HashMap<PointId, usize>,
}

/// A source with its profile and the way to it.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    pub zone: String,
    pub profile: Arc<DeviceProfile>,
    pub gateway: Option<DeviceId>,
    /// Where its bus is: its own address, or that of the gateway before it.
    pub endpoint: Endpoint,
    /// Requests that may be outstanding at once there, where the document says it here.
    pub window: Option<u8>,
    pub unit_id: u8,
}

/// A point with its words resolved.
#[derive(Debug, Clone)]
pub struct MeasuringPoint {
    pub id: PointId,
    pub name: String,
    pub kind: PointKind,
    pub wiring: Option<WiringType>,
    pub fluid: Option<Label>,
    pub usage: Option<Label>,
    pub network: Option<PointId>,
    pub nominal_voltage_v: Option<f64>,
    pub nominal_current_a: Option<f64>,
    pub nominal_frequency_hz: Option<f64>,
    pub full_scale_current_a: Option<f64>,
    pub feeds_site: bool,
    pub feeds_back: bool,
}

/// A channel of a device on a point, from/until.
#[derive(Debug, Clone)]
pub struct CheckedMount {
    pub point: PointId,
    pub device: DeviceId,
    pub channel: Channel,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    /// What the counters showed at `from`, as far as somebody noted it.
    pub opening: Vec<(Measurand, Amount)>,
    /// What they showed at `until`.
    pub closing: Vec<(Measurand, Amount)>,
}

impl CheckedMount {
    fn holds_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl Site {
    pub fn document(&self) -> &SiteDocument {
        &self.document
    }

    /// What differs from an earlier state, before and after, by place.
    pub fn changes_since(&self, earlier: &Site) -> (Map<String, Value>, Map<String, Value>) {
        changes::changes(&earlier.document, &self.document)
    }

    /// The profiles that its sources may have: those of the program and its own.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub fn name(&self) -> &str {
        &self.document.site.name
    }

    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    pub fn time_zone_name(&self) -> &str {
        &self.document.site.time_zone
    }

    /// Hour of the wall clock at which the contract's days begin.
    pub fn contract_hour(&self) -> i8 {
        self.document.site.contract_hour
    }

    /// Over what means and load curves are made.
    pub fn integration_period(&self) -> IntegrationPeriod {
        IntegrationPeriod::of_seconds(self.document.site.integration_period_s)
            .unwrap_or(IntegrationPeriod::TEN_MINUTES)
    }

    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.device_index
            .get(&id)
            .map(|index| &self.devices[*index])
    }

    pub fn points(&self) -> &[MeasuringPoint] {
        &self.points
    }

    pub fn point(&self, id: PointId) -> Option<&MeasuringPoint> {
        self.point_index.get(&id).map(|index| &self.points[*index])
    }

    /// Nominal voltage of a point, its own or that of the network that feeds it: phase-neutral
    /// where its wiring has a neutral, else phase-phase.
    pub fn nominal_voltage(&self, point: &MeasuringPoint) -> Option<f64> {
        if point.nominal_voltage_v.is_some() {
            return point.nominal_voltage_v;
        }
        let network = self.point(point.network?)?;
        let nominal = network.nominal_voltage_v?;
        let has_neutral = |point: &MeasuringPoint| point.wiring.is_none_or(WiringType::has_neutral);
        Some(match (has_neutral(network), has_neutral(point)) {
            (true, false) => nominal * 3f64.sqrt(),
            (false, true) => nominal / 3f64.sqrt(),
            _ => nominal,
        })
    }

    /// Nominal frequency of a point, its own or that of the network that feeds it.
    pub fn nominal_frequency(&self, point: &MeasuringPoint) -> Option<f64> {
        point
            .nominal_frequency_hz
            .or_else(|| self.point(point.network?)?.nominal_frequency_hz)
    }

    /// The trees that tell which circuit feeds which.
    pub fn hierarchies(&self) -> &Hierarchies {
        &self.hierarchies
    }

    /// The device and channel that measure a point at an instant.
    pub fn mount_of(&self, point: PointId, at: Timestamp) -> Option<&CheckedMount> {
        self.mounts
            .iter()
            .find(|mount| mount.point == point && mount.holds_at(at))
    }

    /// The next instant at which a mount begins or ends.
    pub fn next_mount_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.mounts
            .iter()
            .flat_map(|mount| [Some(mount.from), mount.until])
            .flatten()
            .filter(|change| *change > now)
            .min()
    }

    /// The devices and channels that measured a point, after one another.
    pub fn all_mounts_of(&self, point: PointId) -> Vec<&CheckedMount> {
        let mut mounts: Vec<&CheckedMount> = self
            .mounts
            .iter()
            .filter(|mount| mount.point == point)
            .collect();
        mounts.sort_by_key(|mount| mount.from);
        mounts
    }

    /// What the channels of a device measure at an instant.
    pub fn mounts_on(
        &self,
        device: DeviceId,
        at: Timestamp,
    ) -> impl Iterator<Item = &CheckedMount> {
        self.mounts
            .iter()
            .filter(move |mount| mount.device == device && mount.holds_at(at))
    }
}
