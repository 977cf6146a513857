//! Servers that this project did not write, killed and started at random.

use std::time::Duration;

use e2e::scenarios::{ForeignServer, by_effort, restarted_at_random};

/// What the chance of this test is made of.
const SEED: u64 = 20_260_115;

/// NFR-02, PLT-14
#[test]
fn history_holds_what_a_restarted_server_served_in_time_and_nothing_else() {
    let span = by_effort(Duration::from_secs(25), Duration::from_mins(10));
    let servers = [ForeignServer::Pymodbus, ForeignServer::Libmodbus];
    for outcome in restarted_at_random(&servers, span, SEED) {
        println!("{outcome}");
        assert!(outcome.lost.is_empty(), "lost: {:#?}", outcome.lost);
        assert!(outcome.invented.is_empty(), "{:#?}", outcome.invented);
        assert!(
            outcome.stored as u64 > span.as_secs(),
            "too few readings to prove anything: {outcome}"
        );
    }
}
