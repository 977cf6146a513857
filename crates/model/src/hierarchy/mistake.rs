use std::fmt;

use crate::{HierarchyId, NodeId, PointId};

/// Why some hierarchies cannot be, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct HierarchyMistake {
    pub place: HierarchyPlace,
    pub problem: HierarchyProblem,
}

/// A place in the list of hierarchies, spelled as in the site's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HierarchyPlace {
    /// `None` for the list as a whole.
    pub hierarchy: Option<usize>,
    pub node: Option<usize>,
    /// The member, and the position in it where it is a list.
    pub member: Option<(&'static str, Option<usize>)>,
}

impl fmt::Display for HierarchyPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("hierarchies")?;
        if let Some(hierarchy) = self.hierarchy {
            write!(formatter, "[{hierarchy}]")?;
        }
        if let Some(node) = self.node {
            write!(formatter, ".nodes[{node}]")?;
        }
        if let Some((member, position)) = self.member {
            write!(formatter, ".{member}")?;
            if let Some(position) = position {
                write!(formatter, "[{position}]")?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HierarchyProblem {
    #[error("at most {limit} hierarchies")]
    TooManyHierarchies { limit: usize },
    #[error("at most {limit} nodes in a hierarchy")]
    TooManyNodes { limit: usize },
    #[error("at most {limit} circuits in a hierarchy")]
    TooManyCircuits { limit: usize },
    #[error("a main node is needed")]
    NoNode,
    #[error("{id} is used twice")]
    IdTwice { id: u32 },
    #[error("{0} is no circuit")]
    NoCircuit(PointId),
    #[error("circuit {0} is not declared to be of this fluid, and a hierarchy has exactly one")]
    OtherFluid(PointId),
    #[error("circuit {0} is in this hierarchy already, and would be counted twice")]
    CircuitTwice(PointId),
    #[error("circuit {0} feeds another node already")]
    FeedsTwice(PointId),
    #[error("there is no node {0}")]
    NoSuchNode(NodeId),
    #[error("node {0} hangs below another node already")]
    NodeTwice(NodeId),
    #[error("circuits feed node {0}: it hangs where they do")]
    FedElsewhere(NodeId),
    #[error("the main node hangs below nothing")]
    MainBelow,
    #[error("the circuits that feed a node are attached to one and the same node")]
    FeedersApart,
    #[error("the node is linked to nothing: the main node does not lead to it")]
    Unlinked,
    #[error("the node feeds itself in a circle")]
    NodeCycle,
    #[error("there is no hierarchy {0}")]
    NoSuchHierarchy(HierarchyId),
    #[error("hierarchy {0} is of another fluid")]
    HierarchyOfOtherFluid(HierarchyId),
    #[error("hierarchy {0} contains this one, so that each would contain itself")]
    HierarchyCycle(HierarchyId),
    #[error("circuit {circuit} is in hierarchy {hierarchy} too, and would be counted twice")]
    CountedTwice {
        circuit: PointId,
        hierarchy: HierarchyId,
    },
    #[error("hierarchy {0} is below this one already, and would be counted twice")]
    HierarchyTwice(HierarchyId),
}
