//! The figures of the program itself, for the diagnostic pages.

use std::time::Duration;

use serde_json::Value;
use server::users::UserProfile;
use tokio::time::Instant;

use crate::partial_energies::{PLANT, site};
use crate::running::{PATIENCE, RunningServer, simulated};

/// Asks until every device of the bus was asked something.
async fn details(server: &RunningServer) -> Value {
    let mut user = server.logged_in(UserProfile::User).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let details = user.get("/api/v1/health/details").await;
        let sources = details["buses"][0]["sources"].as_array().expect("sources");
        let is_asked = |source: &Value| source["load"]["requests_per_s"] != 0.0;
        if sources.len() == 4 && sources.iter().all(is_asked) {
            return details;
        }
        assert!(Instant::now() < deadline, "{details:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// DIA-02, ACC-12
#[tokio::test]
async fn the_program_tells_what_it_takes_and_how_busy_its_buses_are() {
    let plant = simulated(PLANT).await;
    let server = RunningServer::start(Some(site(&plant))).await;
    let details = details(&server).await;
    let positive = |pointer: &str| {
        let value = details.pointer(pointer).and_then(Value::as_f64);
        assert!(
            value.is_some_and(|value| value > 0.0),
            "{pointer}: {details:#}"
        );
    };
    for pointer in [
        "/process/rss_bytes",
        "/process/open_files",
        "/process/threads",
        "/recorder/capacity",
        "/listeners/capacity",
        "/buses/0/load/requests_per_s",
        "/buses/0/load/held_pct",
        "/buses/0/load/latency_p95_ms",
        "/buses/0/sources/0/load/held_pct",
        "/buses/0/sources/0/period_wanted_s",
    ] {
        positive(pointer);
    }
    let bus = &details["buses"][0];
    let expected = format!("127.0.0.1:{}", plant.gateways()[0].1.port());
    assert_eq!(bus["endpoint"], expected);
    // Nobody is at the address of the last one, and its gateway says so.
    assert!(bus["sources"][3]["load"]["failures_per_s"].as_f64() > Some(0.0));
    server.stopped().await;
    plant.stop().await;
}
