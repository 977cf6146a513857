use std::collections::{HashMap, HashSet};

use super::{
    CircuitFluid, Hierarchy, HierarchyLimits, HierarchyMistake, HierarchyPlace, HierarchyProblem,
};
use crate::{HierarchyId, NodeId, PointId};

/// Everything that is wrong with some hierarchies. What is wrong inside of one is told before the
/// links between them are looked at.
pub(super) fn mistakes(
    list: &[Hierarchy],
    limits: HierarchyLimits,
    fluid_of: &dyn Fn(PointId) -> Option<CircuitFluid>,
) -> Vec<HierarchyMistake> {
    let mut found = Found::default();
    if list.len() > limits.hierarchies {
        let limit = limits.hierarchies;
        found.add(WHOLE, HierarchyProblem::TooManyHierarchies { limit });
    }
    let mut ids = HashSet::new();
    for (at, hierarchy) in list.iter().enumerate() {
        let place = HierarchyPlace {
            hierarchy: Some(at),
            ..WHOLE
        };
        if !ids.insert(hierarchy.id) {
            let id = hierarchy.id.0;
            found.add(place.of("id"), HierarchyProblem::IdTwice { id });
        }
        check_one(hierarchy, place, limits, fluid_of, &mut found);
    }
    if found.0.is_empty() {
        check_links(list, &mut found);
    }
    found.0
}

const WHOLE: HierarchyPlace = HierarchyPlace {
    hierarchy: None,
    node: None,
    member: None,
};

#[derive(Default)]
struct Found(Vec<HierarchyMistake>);

impl Found {
    fn add(&mut self, place: HierarchyPlace, problem: HierarchyProblem) {
        self.0.push(HierarchyMistake { place, problem });
    }
}

impl HierarchyPlace {
    fn node(self, node: usize) -> Self {
        Self {
            node: Some(node),
            ..self
        }
    }

    fn of(self, member: &'static str) -> Self {
        Self {
            member: Some((member, None)),
            ..self
        }
    }

    fn at(self, member: &'static str, position: usize) -> Self {
        Self {
            member: Some((member, Some(position))),
            ..self
        }
    }
}

fn check_one(
    hierarchy: &Hierarchy,
    place: HierarchyPlace,
    limits: HierarchyLimits,
    fluid_of: &dyn Fn(PointId) -> Option<CircuitFluid>,
    found: &mut Found,
) {
    if hierarchy.nodes.is_empty() {
        found.add(place.of("nodes"), HierarchyProblem::NoNode);
        return;
    }
    if hierarchy.nodes.len() > limits.nodes {
        let limit = limits.nodes;
        found.add(place.of("nodes"), HierarchyProblem::TooManyNodes { limit });
    }
    if circuits_of(hierarchy).len() > limits.circuits {
        let limit = limits.circuits;
        found.add(place, HierarchyProblem::TooManyCircuits { limit });
    }
    let mut ids = HashMap::new();
    for (at, node) in hierarchy.nodes.iter().enumerate() {
        if ids.insert(node.id, at).is_some() {
            let id = node.id.0;
            found.add(place.node(at).of("id"), HierarchyProblem::IdTwice { id });
        }
        for (member, circuits) in [("fed_by", &node.fed_by), ("circuits", &node.circuits)] {
            for (position, circuit) in circuits.iter().enumerate() {
                let place = place.node(at).at(member, position);
                match fluid_of(*circuit) {
                    None => found.add(place, HierarchyProblem::NoCircuit(*circuit)),
                    Some(fluid) if fluid != CircuitFluid::Declared(hierarchy.fluid) => {
                        found.add(place, HierarchyProblem::OtherFluid(*circuit));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    check_tree(hierarchy, place, &ids, found);
}

/// Every node has one place below the main one.
fn check_tree(
    hierarchy: &Hierarchy,
    place: HierarchyPlace,
    ids: &HashMap<NodeId, usize>,
    found: &mut Found,
) {
    let mut attached_to: HashMap<PointId, usize> = HashMap::new();
    let mut feeds: HashSet<PointId> = HashSet::new();
    let mut parents: Vec<Option<usize>> = vec![None; hierarchy.nodes.len()];
    for (at, node) in hierarchy.nodes.iter().enumerate() {
        for (position, circuit) in node.circuits.iter().enumerate() {
            if attached_to.insert(*circuit, at).is_some() {
                let place = place.node(at).at("circuits", position);
                found.add(place, HierarchyProblem::CircuitTwice(*circuit));
            }
        }
        for (position, circuit) in node.fed_by.iter().enumerate() {
            if !feeds.insert(*circuit) {
                let place = place.node(at).at("fed_by", position);
                found.add(place, HierarchyProblem::FeedsTwice(*circuit));
            }
        }
        for (position, id) in node.nodes.iter().enumerate() {
            let place = place.node(at).at("nodes", position);
            let problem = match ids.get(id) {
                None => HierarchyProblem::NoSuchNode(*id),
                Some(0) => HierarchyProblem::MainBelow,
                Some(child) if !hierarchy.nodes[*child].fed_by.is_empty() => {
                    HierarchyProblem::FedElsewhere(*id)
                }
                Some(child) => match parents[*child].replace(at) {
                    None => continue,
                    Some(_) => HierarchyProblem::NodeTwice(*id),
                },
            };
            found.add(place, problem);
        }
    }
    for (at, node) in hierarchy.nodes.iter().enumerate() {
        let mut above = node.fed_by.iter().map(|circuit| attached_to.get(circuit));
        let Some(first) = above.next() else {
            continue;
        };
        let place = place.node(at).of("fed_by");
        if above.any(|other| other != first) {
            found.add(place, HierarchyProblem::FeedersApart);
        } else if at == 0 && first.is_some() {
            found.add(place, HierarchyProblem::MainBelow);
        } else {
            parents[at] = first.copied();
        }
    }
    if !found.0.is_empty() {
        return;
    }
    for at in 1..hierarchy.nodes.len() {
        let mut above = at;
        let mut steps = 0;
        while let Some(parent) = parents[above]
            && steps <= parents.len()
        {
            (above, steps) = (parent, steps + 1);
        }
        if steps > parents.len() {
            found.add(place.node(at), HierarchyProblem::NodeCycle);
        } else if above != 0 {
            found.add(place.node(at), HierarchyProblem::Unlinked);
        }
    }
}

fn circuits_of(hierarchy: &Hierarchy) -> HashSet<PointId> {
    let nodes = hierarchy.nodes.iter();
    nodes
        .flat_map(|node| node.fed_by.iter().chain(&node.circuits))
        .copied()
        .collect()
}

fn check_links(list: &[Hierarchy], found: &mut Found) {
    let by_id: HashMap<HierarchyId, &Hierarchy> = list
        .iter()
        .map(|hierarchy| (hierarchy.id, hierarchy))
        .collect();
    for (at, hierarchy) in list.iter().enumerate() {
        let place = HierarchyPlace {
            hierarchy: Some(at),
            ..WHOLE
        };
        // Which of the hierarchies below holds a circuit, this one included.
        let mut holders: HashMap<PointId, HierarchyId> = circuits_of(hierarchy)
            .into_iter()
            .map(|circuit| (circuit, hierarchy.id))
            .collect();
        let mut seen = HashSet::from([hierarchy.id]);
        for (node_at, node) in hierarchy.nodes.iter().enumerate() {
            for (position, id) in node.hierarchies.iter().enumerate() {
                let problem = link_problem(hierarchy, *id, &by_id, &mut holders, &mut seen);
                if let Some(problem) = problem {
                    found.add(place.node(node_at).at("hierarchies", position), problem);
                }
            }
        }
    }
}

/// What speaks against `child` below `parent`. Otherwise notes what comes with it.
fn link_problem(
    parent: &Hierarchy,
    child: HierarchyId,
    by_id: &HashMap<HierarchyId, &Hierarchy>,
    holders: &mut HashMap<PointId, HierarchyId>,
    seen: &mut HashSet<HierarchyId>,
) -> Option<HierarchyProblem> {
    let Some(linked) = by_id.get(&child) else {
        return Some(HierarchyProblem::NoSuchHierarchy(child));
    };
    if linked.fluid != parent.fluid {
        return Some(HierarchyProblem::HierarchyOfOtherFluid(child));
    }
    let brought = closure(child, by_id);
    if brought.contains(&parent.id) {
        return Some(HierarchyProblem::HierarchyCycle(child));
    }
    for id in brought {
        if !seen.insert(id) {
            return Some(HierarchyProblem::HierarchyTwice(id));
        }
        let mut circuits: Vec<PointId> = circuits_of(by_id[&id]).into_iter().collect();
        circuits.sort_unstable();
        for circuit in circuits {
            if let Some(hierarchy) = holders.insert(circuit, id) {
                return Some(HierarchyProblem::CountedTwice { circuit, hierarchy });
            }
        }
    }
    None
}

/// A hierarchy and all that are linked below it, each once.
fn closure(id: HierarchyId, by_id: &HashMap<HierarchyId, &Hierarchy>) -> Vec<HierarchyId> {
    let mut reached = vec![id];
    let mut next = 0;
    while let Some(id) = reached.get(next).copied() {
        next += 1;
        let nodes = by_id.get(&id).map_or(&[][..], |hierarchy| &hierarchy.nodes);
        for linked in nodes.iter().flat_map(|node| &node.hierarchies) {
            if by_id.contains_key(linked) && !reached.contains(linked) {
                reached.push(*linked);
            }
        }
    }
    reached
}
