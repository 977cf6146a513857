//! One dead meter never starves the others.

use e2e::scenarios::{by_effort, one_silent_meter_of_thirty};

/// NFR-02
#[test]
fn a_silent_meter_costs_its_neighbours_less_than_two_percent() {
    let starvation = one_silent_meter_of_thirty(by_effort(200, 600));
    println!("{starvation:?}: {:.2} % lost", starvation.lost_pct());
    assert!(starvation.lost_pct() < 2.0, "{starvation:?}");
}
