use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use modbus::Endpoint;
use model::{Channel, DeviceId, Measurand, PointId, WiringType};
use profiles::{DeviceProfile, PollClass, ProductClass, ReadPlan, TableKey};

use crate::site::{MeasuringPoint, Site};

/// The devices behind one connection: they take turns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BusPlan {
    pub endpoint: Endpoint,
    pub devices: Vec<PolledDevice>,
}

/// One device as a poller sees it.
#[derive(Debug, Clone)]
pub(super) struct PolledDevice {
    pub id: DeviceId,
    pub name: String,
    pub unit_id: u8,
    pub profile: Arc<DeviceProfile>,
    pub channels: Vec<MountedChannel>,
}

/// A channel and the point that its values belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MountedChannel {
    pub channel: Channel,
    pub point: PointId,
    /// What the circuit is wired for; `None` lets all values through.
    pub wiring: Option<WiringType>,
    /// √3·Un·In, below a share of which ratios mean nothing.
    pub nominal_s_va: Option<f64>,
}

impl BusPlan {
    /// Requests that may be outstanding at once on this bus: what its gateway takes.
    pub(super) fn window(&self) -> u8 {
        let gateways = self
            .devices
            .iter()
            .map(|device| &device.profile)
            .filter(|profile| profile.head().class == ProductClass::Gateway);
        gateways
            .map(|profile| profile.link().window)
            .max()
            .unwrap_or(1)
    }
}

impl PartialEq for PolledDevice {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.name == other.name
            && self.unit_id == other.unit_id
            && self.channels == other.channels
            && Arc::ptr_eq(&self.profile, &other.profile)
    }
}

impl PolledDevice {
    pub(super) fn mounted(&self) -> Vec<Channel> {
        self.channels
            .iter()
            .map(|mounted| mounted.channel)
            .collect()
    }

    /// The tables of `class` that are still read.
    pub(super) fn plan(&self, class: PollClass, absent: &HashSet<TableKey>) -> ReadPlan {
        self.profile.read_plan(class, &self.mounted(), absent)
    }

    /// In which class each value is read: its period makes it stale.
    pub(super) fn classes(&self) -> HashMap<(Channel, Measurand), PollClass> {
        self.channels
            .iter()
            .flat_map(|mounted| {
                self.profile
                    .measurands(mounted.channel)
                    .iter()
                    .map(|info| ((mounted.channel, info.measurand), info.class))
            })
            .collect()
    }
}

/// The buses of a site at an instant: one for each address that is connected to.
pub(super) fn bus_plans(site: &Site, now: Timestamp) -> Vec<BusPlan> {
    let mut buses: BTreeMap<(&str, u16), Vec<PolledDevice>> = BTreeMap::new();
    for device in site.devices() {
        let channels = site
            .mounts_on(device.id, now)
            .filter_map(|mount| {
                let point = site.point(mount.point)?;
                Some(MountedChannel {
                    channel: mount.channel,
                    point: mount.point,
                    wiring: point.wiring,
                    nominal_s_va: nominal_power(site, point),
                })
            })
            .collect();
        buses
            .entry((&device.host, device.port))
            .or_default()
            .push(PolledDevice {
                id: device.id,
                name: device.name.clone(),
                unit_id: device.unit_id,
                profile: Arc::clone(&device.profile),
                channels,
            });
    }
    buses
        .into_iter()
        .map(|((host, port), devices)| BusPlan {
            endpoint: Endpoint::tcp(host, port),
            devices,
        })
        .collect()
}

/// Nominal apparent power of a circuit, in VA; `None` where it is not known.
pub fn nominal_power(site: &Site, point: &MeasuringPoint) -> Option<f64> {
    let (voltage, current) = (site.nominal_voltage(point)?, point.nominal_current_a?);
    Some(match point.wiring {
        Some(wiring) if wiring.is_three_phase() && wiring.has_neutral() => 3.0 * voltage * current,
        Some(wiring) if wiring.is_three_phase() => 3f64.sqrt() * voltage * current,
        _ => voltage * current,
    })
}
