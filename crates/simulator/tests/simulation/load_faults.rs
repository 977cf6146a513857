//! Meters that are wired wrongly and counters that misbehave, ordered and written down.

use crate::common::{Running, read, start};
use serde_json::Value;
use simulator::Plant;

const FAULTS: &str = "/loads/heater/faults";

/// A steady 6 kW on three phases; `faults` are those of the file.
async fn heater(faults: &str) -> Running {
    let text = format!(
        r#"
[plant]
name = "one heater"
start = "2026-06-23T10:00:00Z"

[[network]]
name = "main"
voltage_v = 230
frequency_hz = 50

[[load]]
name = "heater"
network = "main"
source = {{ kind = "constant" }}
p_max_w = 6000
noise_pct = 0
index_kwh = 100
{faults}

[[gateway]]
name = "board"
listen = "127.0.0.1:0"

[[gateway.device]]
unit_id = 3
profile = "socomec.digiware.i35"
mounts = {{ circuit1 = "heater" }}
"#
    );
    start(Plant::parse("heater.toml", &text).unwrap()).await
}

async fn shown(running: &Running, quantity: &str) -> f64 {
    let values = running.channel(0, 3, "circuit1").await;
    values[quantity].as_f64().unwrap()
}

async fn truth(running: &Running) -> f64 {
    let state = running.get("/state").await;
    state["loads"][0]["truth"]["ea_import_wh"].as_f64().unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() < 1.0,
        "{what}: {found}, not {expected}"
    );
}

#[tokio::test]
async fn a_meter_that_is_wired_wrongly_shows_what_arrives_at_it() {
    let running = heater("").await;
    for (faults, p_w, v1_v, i1_a) in [
        (r#"[{"kind":"reversed_current"}]"#, -6000.0, 230.0, 8.7),
        (
            r#"[{"kind":"reversed_current","phase":"L2"}]"#,
            2000.0,
            230.0,
            8.7,
        ),
        (
            r#"[{"kind":"swapped_phases","phase":"L1","with":"L2"}]"#,
            0.0,
            230.0,
            8.7,
        ),
        (
            r#"[{"kind":"missing_voltage","phase":"L1"}]"#,
            4000.0,
            0.0,
            8.7,
        ),
        (
            r#"[{"kind":"wrong_ratio","factor":2.5}]"#,
            15_000.0,
            230.0,
            21.7,
        ),
        (
            r#"[{"kind":"wrong_ratio","factor":2},{"kind":"reversed_current","phase":"L1"}]"#,
            4000.0,
            230.0,
            17.4,
        ),
        ("[]", 6000.0, 230.0, 8.7),
    ] {
        assert_eq!(running.put(FAULTS, faults).await, 204, "{faults}");
        near(shown(&running, "p_w").await, p_w, faults);
        near(shown(&running, "v1_v").await, v1_v, faults);
        near(shown(&running, "i1_a").await, i1_a, faults);
    }
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_reversed_meter_counts_the_wrong_way_and_the_truth_is_still_told() {
    let running = heater("").await;
    let (before, true_before) = (shown(&running, "ea_export_wh").await, truth(&running).await);
    let order = r#"[{"kind":"reversed_current"}]"#;
    assert_eq!(running.put(FAULTS, order).await, 204);
    running.clock.move_on(3600);
    near(truth(&running).await - true_before, 6000.0, "truth");
    near(
        shown(&running, "ea_export_wh").await - before,
        6000.0,
        "meter",
    );
    running.simulation.stop().await;
}

#[tokio::test]
async fn counters_fall_jump_and_roll_over_and_the_truth_goes_on() {
    let running = heater("").await;
    let begun = truth(&running).await;
    near(
        shown(&running, "ea_import_wh").await,
        begun,
        "without a fault",
    );

    let mut client = running.client(0, 3).await;
    assert_eq!(
        running.put(FAULTS, r#"[{"kind":"counter_reset"}]"#).await,
        204
    );
    // Thousands of Wh and the tenths behind them, as they go over the wire.
    assert_eq!(read(&mut client, 19_843, 3).await, [0, 0, 0]);
    near(truth(&running).await, begun, "truth after the reset");
    running.clock.move_on(3600);
    near(
        shown(&running, "ea_import_wh").await,
        6000.0,
        "an hour after the reset",
    );
    near(
        shown(&running, "ea_import_partial_wh").await,
        6000.0,
        "partial counter",
    );
    near(truth(&running).await, begun + 6000.0, "truth an hour later");

    let order = r#"[{"kind":"counter_glitch","kwh":1000}]"#;
    assert_eq!(running.put(FAULTS, order).await, 204);
    near(shown(&running, "ea_import_wh").await, 1_006_000.0, "glitch");
    let order = r#"[{"kind":"counter_glitch","kwh":-1000}]"#;
    assert_eq!(running.put(FAULTS, order).await, 204);
    near(
        shown(&running, "ea_import_wh").await,
        0.0,
        "no counter is below zero",
    );

    let order = r#"[{"kind":"counter_width","kwh":10}]"#;
    assert_eq!(running.put(FAULTS, order).await, 204);
    near(
        shown(&running, "ea_import_wh").await,
        6000.0,
        "before the roll-over",
    );
    running.clock.move_on(3600);
    near(
        shown(&running, "ea_import_wh").await,
        2000.0,
        "after the roll-over",
    );
    assert_eq!(running.put(FAULTS, "[]").await, 204);
    near(
        shown(&running, "ea_import_wh").await,
        12_000.0,
        "in the end",
    );
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_plant_file_says_when_a_meter_goes_wrong() {
    let running = heater(
        r#"
[[load.fault]]
kind = "reversed_current"
phase = "L1"
from = "2026-06-23T10:01:00Z"
until = "2026-06-23T10:02:00Z"

[[load.fault]]
kind = "counter_reset"
from = "2026-06-23T10:03:00Z"
"#,
    )
    .await;
    for (seconds, p_w) in [(0, 6000.0), (61, 2000.0), (60, 6000.0)] {
        running.clock.move_on(seconds);
        near(shown(&running, "p_w").await, p_w, "p_w");
    }
    assert!(shown(&running, "ea_import_wh").await > 100_000.0);
    running.clock.move_on(60);
    near(
        shown(&running, "ea_import_wh").await,
        1.0,
        "just after the reset",
    );
    assert!(truth(&running).await > 100_000.0);
    running.simulation.stop().await;
}

#[tokio::test]
async fn an_order_that_makes_no_sense_changes_nothing() {
    let running = heater("").await;
    for order in [
        r#"[{"kind":"reversed_current"},{"kind":"moody"}]"#,
        r#"[{"kind":"wrong_ratio"}]"#,
        r#"[{"kind":"wrong_ratio","factor":2,"speed":1}]"#,
    ] {
        assert_eq!(running.put(FAULTS, order).await, 422, "{order}");
    }
    assert_eq!(running.put("/loads/cooler/faults", "[]").await, 404);
    near(shown(&running, "p_w").await, 6000.0, "as before");
    let state: Value = running.get("/state").await;
    assert_eq!(state["loads"][0]["name"], "heater");
    running.simulation.stop().await;
}
