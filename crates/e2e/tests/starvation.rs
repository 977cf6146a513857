//! One dead meter never starves the others, nor do ten, and a slow bus is fair.

use e2e::scenarios::{
    a_bus_too_slow_for_its_periods, by_effort, one_silent_meter_of_thirty,
    ten_silent_meters_of_thirty,
};

/// NFR-02
#[test]
fn a_silent_meter_costs_its_neighbours_less_than_two_percent() {
    let starvation = one_silent_meter_of_thirty(by_effort(200, 600));
    println!("{starvation:?}: {:.2} % lost", starvation.lost_pct());
    assert!(starvation.lost_pct() < 2.0, "{starvation:?}");
}

/// NFR-02
#[test]
fn probes_of_ten_silent_meters_take_no_more_than_their_share_of_the_bus() {
    // A bus that is busy with probes for a twentieth of the time loses no more of its turns; a
    // probe that has just begun or just ended counts whole.
    let starvation = ten_silent_meters_of_thirty(by_effort(60, 600));
    println!("{starvation:?}: {:.2} % lost", starvation.lost_pct());
    assert!(starvation.lost_pct() < 7.0, "{starvation:?}");
}

/// NFR-02
#[test]
fn a_bus_too_slow_for_its_periods_slows_all_its_devices_alike_and_says_so() {
    let bus = a_bus_too_slow_for_its_periods();
    println!("{bus:?}");
    let (fewest, most) = bus.stored;
    assert!(most - fewest <= 1, "{bus:?}");
    let (least_due, most_due) = bus.expected;
    assert!(most as f64 >= least_due - 2.0, "{bus:?}");
    assert!(fewest as f64 <= most_due + 2.0, "{bus:?}");
}
