//! Measuring points: what they are by name, and what they refer to.

use std::collections::{HashMap, HashSet};

use model::{PointId, PointKind, WiringType};

use super::Mistakes;
use crate::site::{Label, MeasuringPoint, SiteDocument};

pub(super) fn check_points(
    document: &SiteDocument,
    fluids: &HashMap<u32, Label>,
    usages: &HashMap<u32, Label>,
    mistakes: &mut Mistakes,
) -> Vec<MeasuringPoint> {
    let networks: HashSet<u32> = document
        .points
        .iter()
        .filter(|point| point.kind == PointKind::Network.name())
        .map(|point| point.id)
        .collect();
    let mut ids = HashSet::new();
    let mut points = Vec::new();
    for (index, point) in document.points.iter().enumerate() {
        let path = format!("points[{index}]");
        mistakes.name(&path, &point.name);
        if !ids.insert(point.id) {
            mistakes.add(format!("{path}.id"), format!("{} is used twice", point.id));
        }
        let kind = PointKind::ALL
            .into_iter()
            .find(|kind| kind.name() == point.kind);
        if kind.is_none() {
            mistakes.add(format!("{path}.kind"), "must be `circuit` or `network`");
        }
        let wiring = point.wiring.as_deref().map(|name| {
            let wiring = WiringType::from_name(name);
            if wiring.is_none() {
                mistakes.add(
                    format!("{path}.wiring"),
                    format!(
                        "must be one of {}",
                        WiringType::ALL.map(WiringType::name).join(", ")
                    ),
                );
            }
            wiring
        });
        let mut label = |member: &str, id: Option<u32>, known: &HashMap<u32, Label>| {
            let id = id?;
            let label = known.get(&id).cloned();
            if label.is_none() {
                mistakes.add(format!("{path}.{member}"), format!("{id} does not exist"));
            }
            label
        };
        let fluid = label("fluid", point.fluid, fluids);
        let usage = label("usage", point.usage, usages);
        if let Some(network) = point.network
            && !networks.contains(&network)
        {
            mistakes.add(
                format!("{path}.network"),
                format!("{network} is not a network point"),
            );
        }
        for (member, value) in [
            ("nominal_voltage_v", point.nominal_voltage_v),
            ("nominal_current_a", point.nominal_current_a),
            ("nominal_frequency_hz", point.nominal_frequency_hz),
            ("full_scale_current_a", point.full_scale_current_a),
        ] {
            mistakes.positive(format!("{path}.{member}"), value);
        }
        if let Some(kind) = kind {
            points.push(MeasuringPoint {
                id: PointId(point.id),
                name: point.name.clone(),
                kind,
                wiring: wiring.flatten(),
                fluid,
                usage,
                network: point.network.map(PointId),
                nominal_voltage_v: point.nominal_voltage_v,
                nominal_current_a: point.nominal_current_a,
                nominal_frequency_hz: point.nominal_frequency_hz,
                full_scale_current_a: point.full_scale_current_a,
                feeds_site: point.feeds_site,
                feeds_back: point.feeds_back,
            });
        }
    }
    points
}
