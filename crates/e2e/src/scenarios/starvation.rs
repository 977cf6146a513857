use std::fmt::Write as _;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Api, Plant, Wattline, eventually, now};

/// Meters behind one gateway.
const METERS: u64 = 30;
/// Short, so that many periods pass in a test.
const PERIOD: Duration = Duration::from_millis(300);
/// What was read last is stored within a second.
const STORED_WITHIN: Duration = Duration::from_secs(2);

/// What silence cost the neighbours.
#[derive(Debug)]
pub struct Starvation {
    /// Readings due from those that answered.
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
    let meters = ThirtyMeters::start();
    meters.silence(1);
    let starvation = meters.watch(periods, 1);
    meters.finish(&["I-35 no. 1", "timeout"]);
    starvation
}

/// Ten of them are silent and known to be so: how many readings do probes cost the others?
pub fn ten_silent_meters_of_thirty(periods: u32) -> Starvation {
    const SILENT: u64 = 10;
    let meters = ThirtyMeters::start();
    for meter in 1..=SILENT {
        meters.silence(meter);
    }
    eventually("ten meters to be silent", Duration::from_mins(1), || {
        let devices = meters.devices();
        let silent = devices
            .iter()
            .filter(|device| device["health"]["state"] == "silent");
        (silent.count() as u64 == SILENT).then_some(())
    });
    let starvation = meters.watch(periods, SILENT);
    meters.finish(&["I-35 no. ", "timeout"]);
    starvation
}

/// How a bus that cannot keep its periods serves its devices.
#[derive(Debug)]
pub struct SlowBus {
    /// Period of each meter as the API tells it, in s: the shortest and the longest.
    pub periods_s: (f64, f64),
    /// Readings of each meter in a span: the fewest and the most.
    pub stored: (u64, u64),
    /// What each should have at the longest and at the shortest period told.
    pub expected: (f64, f64),
}

/// All meters answer so slowly that one turn of the bus takes several periods.
pub fn a_bus_too_slow_for_its_periods() -> SlowBus {
    const SPAN: Duration = Duration::from_secs(15);
    let meters = ThirtyMeters::start();
    for meter in 1..=METERS {
        meters.fault(meter, &json!({ "kind": "delay", "ms": 30 }));
    }
    let mut before = 0.0;
    let settled = eventually("the periods to settle", Duration::from_mins(2), || {
        let (least, most) = extent(meters.periods()?);
        let is_settled =
            least > 2.0 * PERIOD.as_secs_f64() && most < 1.15 * least && least < 1.05 * before;
        before = least;
        // Each turn moves the period told a little: what comes next is seen after some of them.
        std::thread::sleep(Duration::from_secs_f64(2.0 * most));
        is_settled.then_some((least, most))
    });
    let (from, until) = pass(SPAN);
    // What else this machine does may slow the bus meanwhile: then it has to say so.
    let told = extent(meters.periods().expect("every meter is polled"));
    let periods_s = (settled.0.min(told.0), settled.1.max(told.1));
    let counts = (1..=METERS).map(|meter| readings(&meters.api, meter, from, until) as f64);
    let (fewest, most) = extent(counts.collect());
    meters.finish(&[]);
    SlowBus {
        periods_s,
        stored: (fewest as u64, most as u64),
        expected: (
            SPAN.as_secs_f64() / periods_s.1,
            SPAN.as_secs_f64() / periods_s.0,
        ),
    }
}

fn extent(numbers: Vec<f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    numbers.into_iter().fold(start, |(least, most), number| {
        (least.min(number), most.max(number))
    })
}

/// Thirty meters behind a gateway, polled and answering.
struct ThirtyMeters {
    plant: Plant,
    program: Wattline,
    api: Api,
    _folder: tempfile::TempDir,
}

impl ThirtyMeters {
    /// The period that each meter is said to be read at; `None` until all of them have one.
    fn periods(&self) -> Option<Vec<f64>> {
        let devices = self.devices();
        let meters = devices.iter().filter(|device| device["class"] != "gateway");
        meters
            .map(|meter| meter["health"]["period_s"].as_f64())
            .collect()
    }

    fn start() -> Self {
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
        let meters = Self {
            plant,
            program,
            api,
            _folder: folder,
        };
        eventually("all meters to answer", Duration::from_secs(30), || {
            let answering = meters
                .devices()
                .iter()
                .all(|device| device["health"]["state"] == "answering");
            answering.then_some(())
        });
        // The first sweeps read the slow tables too; the rhythm settles after them.
        std::thread::sleep(10 * PERIOD);
        meters
    }

    fn devices(&self) -> Vec<Value> {
        self.api
            .read("/devices")
            .as_array()
            .expect("a list")
            .clone()
    }

    fn silence(&self, meter: u64) {
        self.fault(meter, &json!({ "kind": "silent" }));
    }

    fn fault(&self, meter: u64, fault: &Value) {
        let path = format!("/gateways/Gateway/devices/{}/fault", meter + 1);
        self.plant.put(&path, fault);
    }

    /// What the meters after the first `silent` ones bring in so many periods.
    fn watch(&self, periods: u32, silent: u64) -> Starvation {
        let (from, until) = pass(PERIOD * periods);
        let stored = (silent + 1..=METERS)
            .map(|meter| readings(&self.api, meter, from, until))
            .sum();
        Starvation {
            due: (METERS - silent) * u64::from(periods),
            stored,
        }
    }

    fn finish(self, expected: &[&str]) {
        self.program.finish(expected);
        self.plant.finish();
    }
}

/// Lets time pass until what was read in it is stored, and answers the span.
fn pass(span: Duration) -> (Timestamp, Timestamp) {
    let from = now();
    std::thread::sleep(span);
    std::thread::sleep(STORED_WITHIN);
    (
        from,
        from + SignedDuration::try_from(span).expect("minutes"),
    )
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
