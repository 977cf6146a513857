//! A plant with faults, in time that runs faster: no reading goes missing without a count.

use e2e::scenarios::{by_effort, plant_with_faults};

/// What the chance of this test is made of.
const SEED: u64 = 20_260_115;
/// In the end of a day the server has no more memory than after its first hour, but for this.
const GROWTH_MAX_PCT: f64 = 5.0;

/// NFR-02, PLT-14
#[test]
fn every_reading_that_was_due_is_stored_or_counted_as_missed() {
    // By the clock of the plant; 20 s of the wall in a test, 24 minutes in the soak.
    let hours = by_effort(1.0 / 3.0, 24.0);
    let day = plant_with_faults(hours, SEED);
    println!("{day}: grown by {:.1} %", day.memory.growth_pct());
    assert!(day.unaccounted.is_empty(), "{:#?}", day.unaccounted);
    assert!(day.wrong.is_empty(), "{:#?}", day.wrong);
    assert_eq!(day.dropped, 0, "a healthy disk loses nothing");
    assert!(day.missed > 0 && day.stored > day.missed, "{day}");
    if hours > 1.0 {
        assert!(day.memory.growth_pct() < GROWTH_MAX_PCT, "{day}");
    }
}
