//! A tenth of what `make soak` does: real buses against seeded peers that keep to nothing.

#[path = "../examples/hostile/cases.rs"]
mod cases;
#[path = "../examples/hostile/peer.rs"]
mod peer;

const N_CASES: usize = 10_000;

#[test]
fn no_hostile_peer_blocks_a_bus_or_puts_a_wrong_value_into_it() {
    let report = cases::run(N_CASES, cases::SEED);
    print!("{report}");
}
