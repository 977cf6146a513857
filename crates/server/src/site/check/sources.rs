//! Sources: what a product is, and where it is reached.

use std::collections::HashSet;

use modbus::Endpoint;
use model::DeviceId;
use profiles::Catalogue;

use super::Mistakes;
use crate::site::endpoints::Endpoints;
use crate::site::{Device, SiteDocument};

pub(super) fn check_sources(
    document: &SiteDocument,
    catalogue: &Catalogue,
    mistakes: &mut Mistakes,
) -> Vec<Device> {
    let mut endpoints = Endpoints::new(&document.sources, catalogue);
    let mut ids = HashSet::new();
    let mut names = HashSet::new();
    let mut addresses = HashSet::new();
    let mut devices = Vec::new();
    for (index, source) in document.sources.iter().enumerate() {
        let path = format!("sources[{index}]");
        mistakes.name(&path, &source.name);
        if !ids.insert(source.id) {
            mistakes.add(format!("{path}.id"), format!("{} is used twice", source.id));
        }
        if !names.insert(source.name.to_lowercase()) {
            mistakes.add(
                format!("{path}.name"),
                format!("`{}` is used twice", source.name),
            );
        }
        let profile = catalogue.get(&source.profile);
        if profile.is_none() {
            mistakes.add(
                format!("{path}.profile"),
                format!("`{}` is not a device profile", source.profile),
            );
        }
        let Some(endpoint) = endpoints.of(index, source, mistakes) else {
            continue;
        };
        // Address 0 is a broadcast on a line: nobody answers it.
        let is_tcp = matches!(endpoint, Endpoint::Tcp { .. });
        let direct = source.gateway.is_none() && is_tcp;
        let unit_fits =
            matches!(source.unit_id, 1..=247) || (direct && matches!(source.unit_id, 0 | 255));
        if !unit_fits {
            mistakes.add(
                format!("{path}.unit_id"),
                "a Modbus address is 1 to 247 (0 and 255 for a device reached directly over \
                 Modbus TCP)",
            );
        }
        if !addresses.insert((endpoint.clone(), source.unit_id)) {
            mistakes.add(
                format!("{path}.unit_id"),
                format!("{endpoint} has address {} twice", source.unit_id),
            );
        }
        if let Some(profile) = profile {
            devices.push(Device {
                id: DeviceId(source.id),
                name: source.name.clone(),
                zone: source.zone.clone(),
                profile,
                gateway: source.gateway.map(DeviceId),
                endpoint,
                window: source.window,
                unit_id: source.unit_id,
            });
        }
    }
    devices
}
