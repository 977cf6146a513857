//! What the built server needs of its machine.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::figure::Figure;
use crate::machine;
use crate::plants::LoadPlant;
use crate::program::Program;
use crate::results::{self, Row};

/// Starts measured; the first ones find less in the caches of the system.
const STARTS: usize = 5;
/// After this a server has read every table of every meter, some of them twice.
const SETTLED: Duration = Duration::from_secs(75);
/// How long its processor time is measured then.
const WATCHED: Duration = Duration::from_secs(30);

pub fn run() -> anyhow::Result<()> {
    let mut rows = vec![start_time()?];
    for plant in [
        LoadPlant {
            gateways: 1,
            meters: 30,
        },
        LoadPlant {
            gateways: 20,
            meters: 10,
        },
    ] {
        rows.extend(under_load(plant)?);
    }
    results::write_part("server", &rows)
}

/// From the call to the line that says that requests are answered, over an empty data folder.
fn start_time() -> anyhow::Result<Row> {
    let mut starts_ms = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let began = Instant::now();
        let mut server = serve(&folder.path().join("data"), None)?;
        server.line("listening on ")?;
        starts_ms.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let start = Figure::of(starts_ms);
    let note = format!(
        "first start over an empty data folder; {start}; {}",
        machine::load()
    );
    Ok(Row::new("server.start_ms", start.median(), "ms", note))
}

/// Memory and processor time while all meters of a plant are polled at the usual periods.
fn under_load(plant: LoadPlant) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let plant_file = folder.path().join("plant.toml");
    fs::write(&plant_file, plant.plant(0))?;
    let mut simulator = Program::start(&["simulate".as_ref(), plant_file.as_os_str()])?;
    let mut gateways: Vec<SocketAddr> = Vec::new();
    for number in 1..=plant.gateways {
        let address = simulator.line(&format!("gateway Gateway {number} on "))?;
        gateways.push(address.parse().context("a gateway has an address")?);
    }
    let site_file = folder.path().join("site.json");
    fs::write(&site_file, plant.site(&gateways).to_string())?;
    let mut server = serve(&folder.path().join("data"), Some(&site_file))?;
    let root = server.line("listening on ")?;

    std::thread::sleep(SETTLED);
    let cpu_before = server.cpu_time()?;
    std::thread::sleep(WATCHED);
    let busy = (server.cpu_time()? - cpu_before) / WATCHED.as_secs_f64();
    let memory = server.memory()?;
    let n_meters = plant.n_meters();
    anyhow::ensure!(
        n_answering(&root)? == n_meters,
        "not all meters answer, so the server has less to do than it should"
    );

    let note = format!(
        "resident, of it {:.1} MB its own or its share (PSS); {n_meters} meters of 139 values \
         behind {} gateway(s), polled for {} s at the usual periods; {}",
        memory.pss_mb,
        plant.gateways,
        (SETTLED + WATCHED).as_secs(),
        machine::load()
    );
    let name = |what: &str| format!("server.{what}_{n_meters}_meters");
    Ok(vec![
        Row::new(&name("memory_mb"), memory.rss_mb, "MB", note),
        Row::new(
            &name("cpu_percent"),
            100.0 * busy,
            "%",
            format!("of one core, over {} s of the same run", WATCHED.as_secs()),
        ),
    ])
}

fn serve(data: &Path, site: Option<&Path>) -> anyhow::Result<Program> {
    let mut arguments = vec![
        "serve".as_ref(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
    ];
    if let Some(site) = site {
        arguments.extend(["--site".as_ref(), site.as_os_str()]);
    }
    Program::start(&arguments)
}

/// How many devices answer, as the server's own API tells.
fn n_answering(root: &str) -> anyhow::Result<usize> {
    let session = ureq::post(format!("{root}/api/v1/session"))
        .header("x-wattline", "1")
        .send_json(serde_json::json!({ "profile": "user" }))?;
    let cookie = session
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .context("a log-in answers a cookie")?;
    let devices: Vec<serde_json::Value> = ureq::get(format!("{root}/api/v1/devices"))
        .header("cookie", cookie)
        .call()?
        .body_mut()
        .read_json()?;
    let answers = |device: &&serde_json::Value| device["health"]["state"] == "answering";
    Ok(devices.iter().filter(answers).count())
}
