//! The smallest plant that a story of the data folder needs: one meter of one circuit.

use serde_json::{Value, json};

/// For `wattline simulate`.
pub const PLANT: &str = r#"
[plant]
name = "One meter"
seed = 7
time_zone = "Europe/Paris"

[[network]]
name = "Main"
voltage_v = 230
frequency_hz = 50

[[load]]
name = "Line"
network = "Main"
wiring = "3p_n"
nominal_current_a = 63
source = { kind = "household" }
p_max_w = 20_000
noise_pct = 5

[[gateway]]
name = "Gateway"
listen = "127.0.0.1:0"

[[gateway.device]]
unit_id = 3
name = "I-35"
profile = "socomec.digiware.i35"
mounts = { circuit1 = "Line" }
"#;

/// The site that reads it, where the simulator answers.
#[must_use]
pub fn site(host: &str, port: u16) -> Value {
    json!({
        "format": "wattline-configuration", "version": 1,
        "site": { "name": "One meter", "time_zone": "Europe/Paris" },
        "sources": [{
            "id": 1, "name": "I-35", "zone": "Lab", "profile": "socomec.digiware.i35",
            "host": host, "port": port, "unit_id": 3
        }],
        "points": [{
            "id": 1, "name": "Line", "kind": "circuit", "wiring": "3p_n",
            "nominal_voltage_v": 230, "nominal_current_a": 63
        }],
        "mounts": [{ "point": 1, "source": 1, "channel": "circuit1", "from": "2020-01-01T00:00:00Z" }]
    })
}
