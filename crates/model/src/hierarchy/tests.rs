use super::*;

/// `id: fed by | circuits | nodes | hierarchies`, such as `1: 2 | 3 4 | 2 |`.
fn node(text: &str) -> HierarchyNode {
    let (id, members) = text.split_once(':').unwrap();
    let lists: Vec<Vec<u32>> = members
        .split('|')
        .map(|list| {
            list.split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect()
        })
        .collect();
    let id: u32 = id.trim().parse().unwrap();
    HierarchyNode {
        id: NodeId(id),
        name: format!("Node {id}"),
        fed_by: lists[0].iter().copied().map(PointId).collect(),
        circuits: lists[1].iter().copied().map(PointId).collect(),
        nodes: lists[2].iter().copied().map(NodeId).collect(),
        hierarchies: lists[3].iter().copied().map(HierarchyId).collect(),
    }
}

fn hierarchies(trees: &[&[&str]]) -> Vec<Hierarchy> {
    let tree = |(at, nodes): (usize, &&[&str])| Hierarchy {
        id: HierarchyId(at as u32 + 1),
        name: format!("Hierarchy {at}"),
        fluid: 1,
        nodes: nodes.iter().map(|text| node(text)).collect(),
    };
    trees.iter().enumerate().map(tree).collect()
}

/// Circuits below 100 are electricity, up to 200 water, up to 300 there is none; nobody said what the others are.
fn fluid_of(circuit: PointId) -> Option<CircuitFluid> {
    match circuit.0 {
        0..100 => Some(CircuitFluid::Declared(1)),
        100..200 => Some(CircuitFluid::Declared(2)),
        200..300 => None,
        _ => Some(CircuitFluid::Undeclared),
    }
}

fn read(trees: &[&[&str]]) -> Result<Hierarchies, Vec<HierarchyMistake>> {
    Hierarchies::check(hierarchies(trees), HierarchyLimits::default(), fluid_of)
}

#[track_caller]
fn check(trees: &[&[&str]], mistake: &str) {
    let told: Vec<String> = match read(trees) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(told.join("\n"), mistake);
}

/// HIE-01, HIE-08: a site of two buildings, each a hierarchy of its own.
#[test]
fn a_tree_of_nodes_circuits_and_hierarchies_is_walked_down() {
    let all = read(&[
        &["1: 1 | 2 3 | 4 | 2", "2: 2 | 5 6 | |", "4: | 7 | |"],
        &["1: 8 | 9 | |"],
    ])
    .unwrap();
    let main = all.main(HierarchyId(1)).unwrap();
    assert_eq!(
        all.parts(main),
        [
            Part::Circuit(PointId(2)),
            Part::Circuit(PointId(3)),
            Part::Node(NodeId(4)),
            Part::Hierarchy(HierarchyId(2)),
        ]
    );
    let below = |part| all.below(main, part).map(|at| (at.hierarchy.0, at.node.0));
    assert_eq!(below(Part::Circuit(PointId(2))), Some((1, 2)));
    assert_eq!(below(Part::Circuit(PointId(3))), None);
    assert_eq!(below(Part::Hierarchy(HierarchyId(2))), Some((2, 1)));
    let circuits: Vec<u32> = all.circuits_from(main).iter().map(|it| it.0).collect();
    assert_eq!(circuits, [1, 2, 3, 5, 6, 7, 8, 9]);
}

/// HIE-12: two transformers.
#[test]
fn several_circuits_may_feed_a_node_from_one_place() {
    check(&[&["1: 1 2 | 3 4 | |", "2: 3 4 | 5 | |"]], "");
    check(
        &[&["1: 1 | 3 | |", "2: 3 4 | 5 | |"]],
        "hierarchies[0].nodes[1].fed_by: the circuits that feed a node are attached to one and the same node",
    );
}

/// HIE-18
#[test]
fn a_circuit_occurs_once_in_a_hierarchy_and_may_occur_in_others() {
    check(&[&["1: 1 | 2 | |"], &["1: 1 | 2 | |"]], "");
    check(
        &[&["1: 1 | 2 2 | |"]],
        "hierarchies[0].nodes[0].circuits[1]: circuit 2 is in this hierarchy already, and would be counted twice",
    );
    check(
        &[&["1: 1 | 2 | |", "2: 2 | 4 | |", "3: 2 | 5 | |"]],
        "hierarchies[0].nodes[2].fed_by[0]: circuit 2 feeds another node already",
    );
}

/// HIE-07
#[test]
fn a_circuit_of_another_fluid_is_refused() {
    check(
        &[&["1: 1 | 2 100 200 300 | |"]],
        "hierarchies[0].nodes[0].circuits[1]: circuit 100 is not declared to be of this fluid, and a hierarchy has exactly one\n\
         hierarchies[0].nodes[0].circuits[2]: 200 is no circuit\n\
         hierarchies[0].nodes[0].circuits[3]: circuit 300 is not declared to be of this fluid, and a hierarchy has exactly one",
    );
}

/// HIE-09
#[test]
fn what_leads_back_to_itself_is_refused() {
    check(
        &[&["1: 1 | 2 | |", "2: 3 | 4 | |", "3: 4 | 3 | |"]],
        "hierarchies[0].nodes[1]: the node feeds itself in a circle\n\
         hierarchies[0].nodes[2]: the node feeds itself in a circle",
    );
    check(
        &[&["1: 1 | 1 | |"]],
        "hierarchies[0].nodes[0].fed_by: the main node hangs below nothing",
    );
    check(
        &[&["1: | | | 2"], &["1: | | | 1"]],
        "hierarchies[0].nodes[0].hierarchies[0]: hierarchy 2 contains this one, so that each would contain itself\n\
         hierarchies[1].nodes[0].hierarchies[0]: hierarchy 1 contains this one, so that each would contain itself",
    );
    check(
        &[&["1: | | | 1"]],
        "hierarchies[0].nodes[0].hierarchies[0]: hierarchy 1 contains this one, so that each would contain itself",
    );
}

#[test]
fn a_node_hangs_at_one_place() {
    check(
        &[&["1: 1 | 2 | |", "2: | 3 | |"]],
        "hierarchies[0].nodes[1]: the node is linked to nothing: the main node does not lead to it",
    );
    check(
        &[&["1: 1 | | 2 3 |", "2: | | |", "3: | | 2 |"]],
        "hierarchies[0].nodes[2].nodes[0]: node 2 hangs below another node already",
    );
    check(
        &[&["1: 1 | 2 | 2 |", "2: 2 | 3 | |"]],
        "hierarchies[0].nodes[0].nodes[0]: circuits feed node 2: it hangs where they do",
    );
    check(&[&[]], "hierarchies[0].nodes: a main node is needed");
}

#[test]
fn nothing_is_counted_twice_through_a_linked_hierarchy() {
    check(
        &[&["1: 1 | 5 | | 2"], &["1: 4 | 5 | |"]],
        "hierarchies[0].nodes[0].hierarchies[0]: circuit 5 is in hierarchy 1 too, and would be counted twice",
    );
    check(
        &[
            &["1: | | | 2 3"],
            &["1: | | | 4"],
            &["1: | | | 4"],
            &["1: | 9 | |"],
        ],
        "hierarchies[0].nodes[0].hierarchies[1]: hierarchy 4 is below this one already, and would be counted twice",
    );
}

/// HIE-03, HIE-04, HIE-05, HIE-06, HIE-17
#[test]
fn limits_are_refused_by_their_number() {
    let node = |id: u32| format!("{id}: | {} | |", 30 + id);
    let nodes: Vec<String> = (2..=33).map(node).collect();
    let below: Vec<String> = (2..=33).map(|id| id.to_string()).collect();
    let main = format!("1: 1 | | {} |", below.join(" "));
    let mut tree = vec![main.as_str()];
    tree.extend(nodes.iter().map(String::as_str));
    check(
        &[&tree],
        "hierarchies[0].nodes: at most 32 nodes in a hierarchy",
    );
    let circuits = |last: u32| {
        let ids: Vec<String> = (2..=last).map(|id| id.to_string()).collect();
        format!("1: 1 | {} | |", ids.join(" "))
    };
    // The unmeasured point does not count.
    check(&[&[&circuits(50)]], "");
    check(
        &[&[&circuits(51)]],
        "hierarchies[0]: at most 50 circuits in a hierarchy",
    );
    let raised = HierarchyLimits {
        circuits: 51,
        ..HierarchyLimits::default()
    };
    assert!(Hierarchies::check(hierarchies(&[&[&circuits(51)]]), raised, fluid_of).is_ok());
    let eleven: Vec<&[&str]> = vec![&["1: | 1 | |"]; 11];
    check(&eleven, "hierarchies: at most 10 hierarchies");
}
