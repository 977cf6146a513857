//! Trees of measuring points: which circuit feeds which node, and what hangs below (HIE-01).
//!
//! A [`Hierarchy`] is a tree of nodes for one fluid. A node may be fed by circuits; attached to it
//! are circuits, nodes that no circuit feeds, and other hierarchies, each of which stands for its
//! main node. A node that circuits feed hangs below the node to which those are attached; the main
//! node, the first of the list, hangs below nothing. What flows into a fed node and is not measured
//! below it is its unmeasured point, which nobody has to draw (HIE-12).
//!
//! # Invariants
//!
//! - [`Hierarchies`] in memory were checked: every node is reached from the main one by exactly one
//!   way, nothing leads back to itself, and however far one looks down, through linked hierarchies
//!   too, no circuit is counted twice.

mod check;
mod mistake;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::{HierarchyId, NodeId, PointId};

pub use mistake::{HierarchyMistake, HierarchyPlace, HierarchyProblem};

/// A tree of nodes and circuits of one fluid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    pub id: HierarchyId,
    pub name: String,
    /// Id of its fluid; every circuit in it has the same.
    pub fluid: u32,
    /// The first one is the main node.
    pub nodes: Vec<HierarchyNode>,
}

/// A level of a hierarchy, such as a building or a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HierarchyNode {
    pub id: NodeId,
    pub name: String,
    /// The circuits through which it is fed; several add up.
    pub fed_by: Vec<PointId>,
    /// The circuits that it feeds.
    pub circuits: Vec<PointId>,
    /// The nodes below it that no circuit feeds.
    pub nodes: Vec<NodeId>,
    /// The hierarchies that stand below it.
    pub hierarchies: Vec<HierarchyId>,
}

/// How much fits; each may be raised by configuration (HIE-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HierarchyLimits {
    pub hierarchies: usize,
    pub nodes: usize,
    pub circuits: usize,
}

impl Default for HierarchyLimits {
    /// HIE-03, HIE-04, HIE-05
    fn default() -> Self {
        Self {
            hierarchies: 10,
            nodes: 32,
            circuits: 50,
        }
    }
}

/// What flows in a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitFluid {
    /// The fluid with this id.
    Declared(u32),
    Undeclared,
}

/// A node of some hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeRef {
    pub hierarchy: HierarchyId,
    pub node: NodeId,
}

/// What is attached to a node, measured or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Circuit(PointId),
    /// A node that no circuit feeds.
    Node(NodeId),
    /// A linked hierarchy, standing for its main node.
    Hierarchy(HierarchyId),
}

/// All hierarchies of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hierarchies {
    list: Vec<Hierarchy>,
    index: HashMap<HierarchyId, usize>,
}

impl Hierarchies {
    /// Checks hierarchies. `fluid_of` answers the fluid of a circuit: `None` for what is no circuit,
    /// [`CircuitFluid::Undeclared`] for a circuit of which nobody said it.
    ///
    /// # Errors
    ///
    /// Every mistake found, each with its place.
    pub fn check(
        list: Vec<Hierarchy>,
        limits: HierarchyLimits,
        fluid_of: impl Fn(PointId) -> Option<CircuitFluid>,
    ) -> Result<Self, Vec<HierarchyMistake>> {
        let mistakes = check::mistakes(&list, limits, &fluid_of);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let index = list
            .iter()
            .enumerate()
            .map(|(at, hierarchy)| (hierarchy.id, at))
            .collect();
        Ok(Self { list, index })
    }

    pub fn list(&self) -> &[Hierarchy] {
        &self.list
    }

    pub fn get(&self, id: HierarchyId) -> Option<&Hierarchy> {
        self.index.get(&id).map(|at| &self.list[*at])
    }

    pub fn node(&self, at: NodeRef) -> Option<&HierarchyNode> {
        self.get(at.hierarchy)?
            .nodes
            .iter()
            .find(|node| node.id == at.node)
    }

    /// The main node of a hierarchy.
    pub fn main(&self, id: HierarchyId) -> Option<NodeRef> {
        let main = self.get(id)?.nodes.first()?;
        Some(NodeRef {
            hierarchy: id,
            node: main.id,
        })
    }

    /// What is attached to a node: circuits, then nodes, then hierarchies.
    pub fn parts(&self, at: NodeRef) -> Vec<Part> {
        let Some(node) = self.node(at) else {
            return Vec::new();
        };
        let circuits = node.circuits.iter().copied().map(Part::Circuit);
        let nodes = node.nodes.iter().copied().map(Part::Node);
        let hierarchies = node.hierarchies.iter().copied().map(Part::Hierarchy);
        circuits.chain(nodes).chain(hierarchies).collect()
    }

    /// The node that a part of `at` opens; `None` for a circuit that feeds nothing further.
    pub fn below(&self, at: NodeRef, part: Part) -> Option<NodeRef> {
        match part {
            Part::Circuit(circuit) => {
                let fed = self.get(at.hierarchy)?.nodes.iter();
                let mut fed = fed.filter(|node| node.fed_by.contains(&circuit));
                fed.next().map(|node| NodeRef {
                    node: node.id,
                    ..at
                })
            }
            Part::Node(node) => Some(NodeRef { node, ..at }),
            Part::Hierarchy(hierarchy) => self.main(hierarchy),
        }
    }

    /// The node and everything below it, the node itself first.
    pub fn nodes_from(&self, at: NodeRef) -> Vec<NodeRef> {
        let mut found = vec![at];
        let mut next = 0;
        while let Some(node) = found.get(next).copied() {
            next += 1;
            for part in self.parts(node) {
                if let Some(below) = self.below(node, part)
                    && !found.contains(&below)
                {
                    found.push(below);
                }
            }
        }
        found
    }

    /// The circuits whose energies the balance of a node and of everything below it needs.
    pub fn circuits_from(&self, at: NodeRef) -> Vec<PointId> {
        let mut circuits: Vec<PointId> = Vec::new();
        for node in self.nodes_from(at) {
            let Some(node) = self.node(node) else {
                continue;
            };
            for circuit in node.fed_by.iter().chain(&node.circuits) {
                if !circuits.contains(circuit) {
                    circuits.push(*circuit);
                }
            }
        }
        circuits
    }
}
