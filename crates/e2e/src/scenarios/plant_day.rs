use std::fmt::{self, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::random::Random;
use crate::{Api, Plant, Wattline, eventually, now, site};

/// Meters behind each gateway.
const GATEWAYS: u64 = 2;
const METERS: u64 = 2;
/// How fast plant time runs: a day in 24 minutes.
const SPEED: f64 = 60.0;
/// Periods by the wall, so that a day of the plant has some ten thousand readings of each series.
const LIVE_MS: u32 = 100;
const ENERGY_MS: u32 = 1_000;
const SLOW_MS: u32 = 6_000;
/// From one order to the next.
const PAUSE_S: (f64, f64) = (0.5, 4.0);
/// How long a meter is wrong.
const TROUBLE_S: (f64, f64) = (0.2, 3.0);
/// What meters do wrong. Torn values are not among them: they look sound to everybody.
const FAULTS: [&str; 10] = [
    r#"{"kind":"silent"}"#,
    r#"{"kind":"delay","ms":150}"#,
    r#"{"kind":"delay","ms":2000}"#,
    r#"{"kind":"exception","code":6}"#,
    r#"{"kind":"garbage"}"#,
    r#"{"kind":"cut"}"#,
    r#"{"kind":"short"}"#,
    r#"{"kind":"long"}"#,
    r#"{"kind":"foreign_transaction"}"#,
    r#"{"kind":"drip","ms":20}"#,
];
/// What a load of the plant can draw, with the noise of its source.
const POWER_MAX_W: f64 = 21_000.0;
/// What was read last is stored within a second; a busy machine gets some more.
const STORED_WITHIN: Duration = Duration::from_secs(3);

/// What became of the readings of a plant with faults.
#[derive(Debug)]
pub struct PlantDay {
    seed: u64,
    orders: usize,
    pub series: usize,
    pub due: u64,
    pub stored: u64,
    pub missed: u64,
    pub dropped: u64,
    /// Series of which stored, dropped and missed are not what was due.
    pub unaccounted: Vec<String>,
    /// Powers in the history that no load has.
    pub wrong: Vec<String>,
    /// Resident memory of the server, in kB.
    pub memory: Memory,
}

/// Resident memory of the server at two moments, in kB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub after_an_hour: u64,
    pub in_the_end: u64,
}

impl Memory {
    /// Growth since the first hour, in percent.
    pub fn growth_pct(self) -> f64 {
        100.0 * (self.in_the_end as f64 / self.after_an_hour as f64 - 1.0)
    }
}

impl fmt::Display for PlantDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            orders,
            series,
            due,
            stored,
            missed,
            dropped,
            memory,
            ..
        } = self;
        write!(
            formatter,
            "seed {seed}, {orders} faults, {series} series: {due} due, {stored} stored, \
             {missed} missed, {dropped} dropped; {} kB after an hour, {} kB in the end",
            memory.after_an_hour, memory.in_the_end
        )
    }
}

/// Runs a plant for `hours` of its own time, with faults by chance, and accounts for every reading.
pub fn plant_with_faults(hours: f64, seed: u64) -> PlantDay {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plant_file = folder.path().join("plant.toml");
    std::fs::write(&plant_file, plant_text()).expect("a writable folder");
    let plant = Plant::start(&plant_file);
    plant.put("/speed", &json!({ "speed": SPEED }));
    let site_file = folder.path().join("site.json");
    std::fs::write(&site_file, document(&plant).to_string()).expect("a writable folder");
    let begun = now();
    let mut program = Wattline::serve(
        &folder.path().join("data"),
        &[
            "--site",
            site_file.to_str().expect("a plain path"),
            "--live-period-ms",
            &LIVE_MS.to_string(),
            "--energy-period-ms",
            &ENERGY_MS.to_string(),
            "--slow-period-ms",
            &SLOW_MS.to_string(),
        ],
    );
    let api = program.api().as_user();
    let wall = |hours: f64| Duration::from_secs_f64(hours * 3_600.0 / SPEED);
    let start = Instant::now();
    let mut trouble = Trouble::new(seed);
    trouble.make(&plant, start + wall(hours.min(1.0)));
    let after_an_hour = program.memory_kb();
    trouble.make(&plant, start + wall(hours));
    let memory = Memory {
        after_an_hour,
        in_the_end: program.memory_kb(),
    };

    // So that nothing more comes: what was read is stored then, and what is due is missed.
    for (gateway, unit_id) in meters() {
        set_fault(&plant, gateway, unit_id, &json!({ "kind": "silent" }));
    }
    eventually("all meters to be silent", Duration::from_mins(2), || {
        let devices = api.read("/devices");
        let mut devices = devices.as_array()?.iter();
        let none_answers = devices.all(|device| device["health"]["state"] != "answering");
        none_answers.then_some(())
    });
    std::thread::sleep(STORED_WITHIN);
    let mut day = PlantDay {
        seed,
        orders: trouble.orders,
        series: 0,
        due: 0,
        stored: 0,
        missed: 0,
        dropped: api.read("/health")["parts"]["history"]["dropped"]
            .as_u64()
            .expect("a number"),
        unaccounted: Vec::new(),
        wrong: Vec::new(),
        memory,
    };
    for (index, _) in meters().enumerate() {
        day.account(&api, index as u64 + 1, begun);
    }
    program.finish(&["device=Meter"]);
    plant.finish();
    day
}

impl PlantDay {
    /// Adds the series of one device, whose point has the same id.
    fn account(&mut self, api: &Api, device: u64, begun: jiff::Timestamp) {
        let counts = api.read(&format!("/devices/{device}/counts"));
        let counted_at = now();
        for counts in counts.as_array().expect("a list") {
            let quantity = counts["quantity"].as_str().expect("a spelling");
            let number = |member: &str| counts[member].as_u64().expect("a number");
            let (due, missed) = (number("due"), number("missed"));
            let readings = api.readings(device, quantity, begun);
            let stored = readings.len() as u64;
            self.series += 1;
            self.due += due;
            self.stored += stored;
            self.missed += missed;
            // Nothing is dropped while a store is well; which series it were, nobody knows.
            if stored + missed != due {
                self.unaccounted.push(format!(
                    "{quantity} of meter {device}: {stored} stored, {missed} missed, {due} due"
                ));
            }
            let since: jiff::Timestamp = counts["since"]
                .as_str()
                .expect("an instant")
                .parse()
                .expect("RFC 3339");
            let elapsed_s = counted_at.duration_since(since).as_secs_f64();
            let period_s = counts["period_s"].as_f64().expect("a number");
            // The clock of this test and that of the answer are not read at the same moment.
            let n_periods = elapsed_s / period_s;
            let seconds_late = 5.0 / period_s;
            if !(n_periods - seconds_late - 1.0..=n_periods + 2.0).contains(&(due as f64)) {
                self.unaccounted.push(format!(
                    "{quantity} of meter {device}: {due} due in {n_periods} periods"
                ));
            }
            if quantity == "p_w" {
                let wrong = readings
                    .iter()
                    .filter(|(_, power)| !(0.0..POWER_MAX_W).contains(power));
                self.wrong
                    .extend(wrong.map(|(at, power)| format!("{power} W at {at}")));
            }
        }
    }
}

/// Orders faults by chance.
struct Trouble {
    random: Random,
    orders: usize,
}

impl Trouble {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            orders: 0,
        }
    }

    /// One meter after the other goes wrong for a while.
    fn make(&mut self, plant: &Plant, until: Instant) {
        let sleep = |random: &mut Random, (shortest, longest)| {
            let span = Duration::from_secs_f64(random.between(shortest, longest));
            std::thread::sleep(span.min(until.saturating_duration_since(Instant::now())));
        };
        let meters: Vec<(u64, u64)> = meters().collect();
        while Instant::now() < until {
            sleep(&mut self.random, PAUSE_S);
            let (gateway, unit_id) = *self.random.one_of(&meters);
            let fault: &str = self.random.one_of::<&str>(&FAULTS);
            let fault: Value = serde_json::from_str(fault).expect("typed by hand");
            set_fault(plant, gateway, unit_id, &fault);
            self.orders += 1;
            sleep(&mut self.random, TROUBLE_S);
            set_fault(plant, gateway, unit_id, &json!({ "kind": "none" }));
        }
    }
}

fn set_fault(plant: &Plant, gateway: u64, unit_id: u64, fault: &Value) {
    let path = format!("/gateways/Gateway{gateway}/devices/{unit_id}/fault");
    plant.put(&path, fault);
}

/// Gateway and unit id of every meter, in the order of their points.
fn meters() -> impl Iterator<Item = (u64, u64)> {
    (1..=GATEWAYS).flat_map(|gateway| (1..=METERS).map(move |meter| (gateway, meter + 1)))
}

fn plant_text() -> String {
    let mut text = String::from(
        r#"
[plant]
name = "A day with faults"
seed = 11
time_zone = "Europe/Paris"
start = "2026-01-15T00:00:00Z"

[[network]]
name = "Main"
voltage_v = 230
frequency_hz = 50
"#,
    );
    for number in 1..=GATEWAYS * METERS {
        write!(
            text,
            r#"
[[load]]
name = "Line {number}"
network = "Main"
wiring = "3p_n"
nominal_current_a = 63
source = {{ kind = "household" }}
p_max_w = 20_000
shift_min = {shift}
"#,
            shift = 7 * number
        )
        .expect("a string takes all");
    }
    let mut number = 0;
    for gateway in 1..=GATEWAYS {
        write!(
            text,
            r#"
[[gateway]]
name = "Gateway{gateway}"
listen = "127.0.0.1:0"
"#
        )
        .expect("a string takes all");
        for meter in 1..=METERS {
            number += 1;
            write!(
                text,
                r#"
[[gateway.device]]
unit_id = {unit}
profile = "socomec.digiware.i35"
mounts = {{ circuit1 = "Line {number}" }}
"#,
                unit = meter + 1
            )
            .expect("a string takes all");
        }
    }
    text
}

fn document(plant: &Plant) -> Value {
    let state = plant.get("/state");
    let address = |gateway: u64| {
        let address = &state["gateways"][gateway as usize - 1]["address"];
        let address = address.as_str().expect("an address");
        let (host, port) = address.rsplit_once(':').expect("host and port");
        (host.to_owned(), port.parse::<u16>().expect("a port"))
    };
    let numbered = || (1..).zip(meters());
    let sources = numbered().map(|(id, (gateway, unit_id))| {
        let (host, port) = address(gateway);
        json!({ "id": id, "name": format!("Meter {id}"), "profile": "socomec.digiware.i35",
            "host": host, "port": port, "unit_id": unit_id })
    });
    let points = numbered().map(|(id, _)| {
        json!({ "id": id, "name": format!("Line {id}"), "kind": "circuit", "wiring": "3p_n" })
    });
    let mounts: Vec<(u32, u32, &str)> = (1..)
        .zip(meters())
        .map(|(id, _)| (id, id, "circuit1"))
        .collect();
    site(&sources.collect(), &points.collect(), &mounts)
}
