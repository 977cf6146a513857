use std::fmt::Write as _;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Api, Plant, Wattline, eventually, now};

/// Meters behind the one gateway of [`one_silent_meter_of_thirty`].
const METERS: u64 = 30;
/// Short, so that many periods pass in a test.
const PERIOD: Duration = Duration::from_millis(300);

/// What silence cost the neighbours.
#[derive(Debug)]
pub struct Starvation {
    /// Readings due from the 29 others while the one was silent.
    pub due: u64,
    pub stored: u64,
}

impl Starvation {
    pub fn lost_pct(&self) -> f64 {
        100.0 * (1.0 - self.stored as f64 / self.due as f64)
    }
}

/// One of 30 meters of one gateway falls silent for `periods` poll periods: how many readings do
/// the others lose, detection included?
pub fn one_silent_meter_of_thirty(periods: u32) -> Starvation {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plant_file = folder.path().join("plant.toml");
    std::fs::write(&plant_file, plant()).expect("a writable folder");
    let plant = Plant::start(&plant_file);
    let (host, port) = plant.address();
    let site_file = folder.path().join("site.json");
    std::fs::write(&site_file, site(&host, port).to_string()).expect("a writable folder");
    let mut program = Wattline::serve(
        &folder.path().join("data"),
        &[
            "--site",
            site_file.to_str().expect("a plain path"),
            "--live-period-ms",
            &PERIOD.as_millis().to_string(),
        ],
    );
    let api = program.api().as_user();
    eventually("all meters to answer", Duration::from_secs(30), || {
        let devices = api.read("/devices");
        let answering = devices
            .as_array()?
            .iter()
            .all(|device| device["health"]["state"] == "answering");
        answering.then_some(())
    });
    // The first sweeps read the slow tables too; the rhythm settles after them.
    std::thread::sleep(10 * PERIOD);
    plant.put(
        "/gateways/Gateway/devices/2/fault",
        &json!({ "kind": "silent" }),
    );
    let from = now();
    let span = PERIOD * periods;
    std::thread::sleep(span);
    let until = from + SignedDuration::try_from(span).expect("minutes");
    // What was read last is stored within a second.
    std::thread::sleep(Duration::from_secs(2));
    let stored = (1..METERS)
        .map(|meter| readings(&api, meter + 1, from, until))
        .sum();
    program.finish(&["I-35 no. 1", "timeout"]);
    plant.finish();
    Starvation {
        due: (METERS - 1) * u64::from(periods),
        stored,
    }
}

fn readings(api: &Api, point: u64, from: Timestamp, until: Timestamp) -> u64 {
    api.read(&format!(
        "/circuits/{point}/readings?quantity=p_w&from={from}&until={until}"
    ))
    .as_array()
    .map_or(0, |readings| readings.len() as u64)
}

fn plant() -> String {
    let mut text = String::from(
        r#"
[plant]
name = "Thirty meters"
seed = 3
time_zone = "Europe/Paris"

[[network]]
name = "Main"
voltage_v = 230
frequency_hz = 50

[[gateway]]
name = "Gateway"
listen = "127.0.0.1:0"

[[gateway.device]]
unit_id = 1
name = "D-70"
profile = "socomec.digiware.d70"
"#,
    );
    for meter in 1..=METERS {
        write!(
            text,
            r#"
[[gateway.device]]
unit_id = {unit}
name = "I-35 no. {meter}"
profile = "socomec.digiware.i35"
mounts = {{ circuit1 = "Line {meter}" }}
"#,
            unit = meter + 1
        )
        .expect("a string takes all");
    }
    for meter in 1..=METERS {
        write!(
            text,
            r#"
[[load]]
name = "Line {meter}"
network = "Main"
wiring = "3p_n"
nominal_current_a = 63
source = {{ kind = "household" }}
p_max_w = 20_000
shift_min = {shift}
"#,
            shift = 7 * meter
        )
        .expect("a string takes all");
    }
    text
}

fn site(host: &str, port: u16) -> Value {
    let mut sources = vec![json!({
        "id": 100, "name": "D-70", "profile": "socomec.digiware.d70",
        "host": host, "port": port, "unit_id": 1
    })];
    let mut points = Vec::new();
    let mut mounts = Vec::new();
    for meter in 1..=METERS {
        sources.push(json!({
            "id": meter, "name": format!("I-35 no. {meter}"), "profile": "socomec.digiware.i35",
            "gateway": 100, "unit_id": meter + 1
        }));
        points.push(json!({
            "id": meter, "name": format!("Line {meter}"), "kind": "circuit", "wiring": "3p_n"
        }));
        mounts.push(json!({
            "point": meter, "source": meter, "channel": "circuit1", "from": "2020-01-01T00:00:00Z"
        }));
    }
    json!({
        "format": "wattline-configuration", "version": 1,
        "site": { "name": "Thirty meters", "time_zone": "Europe/Paris" },
        "sources": sources, "points": points, "mounts": mounts
    })
}
