//! Hierarchies: their limits, names and fluids; the trees themselves are checked by the model.

use std::collections::HashMap;

use model::hierarchy::{CircuitFluid, Hierarchies, Hierarchy, HierarchyMistake};
use model::{PointId, PointKind};

use super::Mistakes;
use crate::site::{Label, MeasuringPoint, SiteDocument};

/// How far each limit of hierarchies may be raised: far beyond what a person can draw, and what can
/// be checked in a blink.
const LIMIT_MAX: u16 = 1_000;

pub(super) fn check_hierarchies(
    document: &SiteDocument,
    fluids: &HashMap<u32, Label>,
    points: &[MeasuringPoint],
    mistakes: &mut Mistakes,
) -> Hierarchies {
    let limits = document.site.hierarchy_limits;
    let mut are_limits_sound = true;
    for (member, limit) in [
        ("hierarchies", limits.hierarchies),
        ("nodes", limits.nodes),
        ("circuits", limits.circuits),
    ] {
        if limit > LIMIT_MAX {
            are_limits_sound = false;
            let path = format!("site.hierarchy_limits.{member}");
            mistakes.add(path, format!("at most {LIMIT_MAX}"));
        }
    }
    if !are_limits_sound {
        return Hierarchies::default();
    }
    for (index, tree) in document.hierarchies.iter().enumerate() {
        let path = format!("hierarchies[{index}]");
        mistakes.name(&path, &tree.name);
        if !fluids.contains_key(&tree.fluid) {
            mistakes.add(
                format!("{path}.fluid"),
                format!("{} does not exist", tree.fluid),
            );
        }
        for (index, node) in tree.nodes.iter().enumerate() {
            mistakes.name(&format!("{path}.nodes[{index}]"), &node.name);
        }
    }
    let circuits: HashMap<PointId, CircuitFluid> = points
        .iter()
        .filter(|point| point.kind == PointKind::Circuit)
        .map(|point| {
            let fluid = point.fluid.as_ref();
            let fluid = fluid.map_or(CircuitFluid::Undeclared, |fluid| {
                CircuitFluid::Declared(fluid.id)
            });
            (point.id, fluid)
        })
        .collect();
    let trees = document.hierarchies.iter().map(Hierarchy::from).collect();
    let fluid_of = |circuit: PointId| circuits.get(&circuit).copied();
    Hierarchies::check(trees, limits.limits(), fluid_of).unwrap_or_else(|found| {
        for HierarchyMistake { place, problem } in found {
            mistakes.add(place.to_string(), problem.to_string());
        }
        Hierarchies::default()
    })
}
