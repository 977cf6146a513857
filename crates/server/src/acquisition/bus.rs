use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use modbus::Endpoint;
use model::{Channel, Declared, DeviceId, Measurand, PointId};
use profiles::{DeviceProfile, PollClass, ProductClass, ReadPlan, TableKey};

use crate::site::{MeasuringPoint, Site};

/// The devices behind one connection or on one line: they take turns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BusPlan {
    pub endpoint: Endpoint,
    /// Requests that may be outstanding at once: what the site declares, or what its gateway takes.
    pub window: u8,
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
    /// Without a wiring all values are let through.
    pub declared: Declared,
}

/// How a value comes: the class's period makes it stale, and the table may be absent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub class: PollClass,
    pub table: TableKey,
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

    /// Where each value is read.
    pub(super) fn offers(&self) -> HashMap<(Channel, Measurand), Offer> {
        self.channels
            .iter()
            .flat_map(|mounted| {
                self.profile.measurands(mounted.channel).iter().map(|info| {
                    let offer = Offer {
                        class: info.class,
                        table: info.table,
                    };
                    ((mounted.channel, info.measurand), offer)
                })
            })
            .collect()
    }
}

/// The buses of a site at an instant: one for each place that is connected to.
pub(super) fn bus_plans(site: &Site, now: Timestamp) -> Vec<BusPlan> {
    let mut buses: BTreeMap<&Endpoint, BusPlan> = BTreeMap::new();
    let mut declared: HashMap<&Endpoint, u8> = HashMap::new();
    for device in site.devices() {
        let channels = site
            .mounts_on(device.id, now)
            .filter_map(|mount| {
                let point = site.point(mount.point)?;
                Some(MountedChannel {
                    channel: mount.channel,
                    point: mount.point,
                    declared: Declared {
                        wiring: point.wiring,
                        nominal_s_va: nominal_power(site, point),
                    },
                })
            })
            .collect();
        let plan = buses.entry(&device.endpoint).or_insert_with(|| BusPlan {
            endpoint: device.endpoint.clone(),
            window: 1,
            devices: Vec::new(),
        });
        declared.extend(device.window.map(|window| (&device.endpoint, window)));
        if device.profile.head().class == ProductClass::Gateway {
            plan.window = plan.window.max(device.profile.link().window);
        }
        plan.devices.push(PolledDevice {
            id: device.id,
            name: device.name.clone(),
            unit_id: device.unit_id,
            profile: Arc::clone(&device.profile),
            channels,
        });
    }
    for (endpoint, window) in declared {
        if let Some(plan) = buses.get_mut(endpoint) {
            plan.window = window;
        }
    }
    buses.into_values().collect()
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
