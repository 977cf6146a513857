//! The control interface: faults, pace of time, and the log of what was served.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Running, SetClock, read, refused, small_plant, start};
use simulator::{Simulation, SimulationOptions};
use tokio::time::timeout;
use tokio_modbus::ExceptionCode;
use tokio_modbus::client::Reader;

const FAULT: &str = "/gateways/D-70%20board/devices/3/fault";
/// Long enough for an answer on this machine, short enough to wait for silence.
const PATIENCE: Duration = Duration::from_millis(500);

async fn small() -> Running {
    start(small_plant()).await
}

#[tokio::test]
async fn a_device_can_be_silenced_and_its_neighbours_go_on() {
    let running = small().await;
    assert_eq!(running.put(FAULT, r#"{"kind":"silent"}"#).await, 204);
    let mut silent = running.client(0, 3).await;
    let answer = timeout(PATIENCE, silent.read_holding_registers(18444, 2)).await;
    assert!(answer.is_err(), "{answer:?}");
    let mut neighbour = running.client(0, 4).await;
    read(&mut neighbour, 18444, 2).await;
    let state = running.get("/state").await;
    assert_eq!(
        state["gateways"][0]["devices"][0]["fault"]["kind"],
        "silent"
    );

    assert_eq!(running.put(FAULT, r#"{"kind":"none"}"#).await, 204);
    let mut back = running.client(0, 3).await;
    read(&mut back, 18444, 2).await;
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_device_can_answer_late_or_refuse() {
    let running = small().await;
    assert_eq!(
        running.put(FAULT, r#"{"kind":"delay","ms":300}"#).await,
        204
    );
    let mut client = running.client(0, 3).await;
    let asked = std::time::Instant::now();
    read(&mut client, 18444, 2).await;
    assert!(asked.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        running.put(FAULT, r#"{"kind":"exception","code":6}"#).await,
        204
    );
    assert_eq!(
        refused(&mut client, 18444, 2).await,
        ExceptionCode::ServerDeviceBusy
    );
    running.simulation.stop().await;
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let running = small().await;
    let nobody = "/gateways/D-70%20board/devices/99/fault";
    assert_eq!(running.put(nobody, r#"{"kind":"none"}"#).await, 404);
    assert_eq!(running.put(FAULT, r#"{"kind":"tired"}"#).await, 422);
    for speed in ["0", "-1", "1e9"] {
        let body = format!(r#"{{"speed":{speed}}}"#);
        assert_eq!(running.put("/speed", &body).await, 422, "{speed}");
    }
    running.simulation.stop().await;
}

#[tokio::test]
async fn time_runs_at_its_speed_and_can_be_stopped() {
    let running = small().await;
    let seconds = async |running: &Running| {
        let now: jiff::Timestamp = running.get("/state").await["now"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        now.as_second()
    };
    let begin = seconds(&running).await;
    running.clock.move_on(5);
    assert_eq!(seconds(&running).await - begin, 5);
    assert_eq!(running.put("/speed", r#"{"speed":60}"#).await, 204);
    running.clock.move_on(10);
    assert_eq!(seconds(&running).await - begin, 605);
    assert_eq!(running.put("/paused", r#"{"paused":true}"#).await, 204);
    running.clock.move_on(100);
    assert_eq!(seconds(&running).await - begin, 605);
    running.simulation.stop().await;
}

#[tokio::test]
async fn the_log_has_the_very_words_that_were_served() {
    let running = small().await;
    let mut client = running.client(0, 3).await;
    let first = read(&mut client, 18444, 20).await;
    let second = read(&mut client, 19843, 3).await;
    let log = running.get("/served").await;
    assert_eq!(log.as_array().unwrap().len(), 2);
    for (entry, (seq, start, words)) in log
        .as_array()
        .unwrap()
        .iter()
        .zip([(1, 18444, &first), (2, 19843, &second)])
    {
        assert_eq!(entry["seq"], seq);
        assert_eq!(entry["gateway"], "D-70 board");
        assert_eq!(entry["unit_id"], 3);
        assert_eq!(entry["function"], 3);
        assert_eq!(entry["start"], start);
        assert_eq!(entry["at"], "2026-06-23T10:02:03.000Z");
        let served: Vec<u16> = serde_json::from_value(entry["words"].clone()).unwrap();
        assert_eq!(served, *words);
    }
    let later = running.get("/served?after=1").await;
    assert_eq!(later.as_array().unwrap().len(), 1);
    running.simulation.stop().await;
}

#[tokio::test]
async fn stopping_closes_connections_and_frees_the_ports() {
    let running = small().await;
    let (_, address) = running.simulation.gateways()[0].clone();
    let mut client = running.client(0, 3).await;
    read(&mut client, 18444, 2).await;
    running.simulation.stop().await;
    let after = timeout(PATIENCE, client.read_holding_registers(18444, 2)).await;
    assert!(
        matches!(after, Ok(Err(_))),
        "the connection is closed: {after:?}"
    );
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_gateway_can_be_silent_about_units_that_it_does_not_know() {
    let running = small().await;
    let mut nobody = running.client(1, 3).await;
    let answer = timeout(PATIENCE, nobody.read_holding_registers(18444, 2)).await;
    assert!(answer.is_err(), "{answer:?}");
    running.simulation.stop().await;
}

/// A kill would lose at most a minute; an orderly end loses nothing.
#[tokio::test]
async fn counters_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let plant = || small_plant().keeping_counters_in(folder.path().join("counters.json"));
    let first = start(plant()).await;
    first.clock.move_on(3600);
    let energy = async |running: &Running| {
        let shown = running.channel(0, 3, "circuit1").await;
        shown["ea_import_wh"].as_f64().unwrap()
    };
    let before = energy(&first).await;
    assert!(before >= 6_000.0, "{before}");
    first.simulation.stop().await;

    let second = start(plant()).await;
    second.clock.move_on(3600);
    assert!((energy(&second).await - before).abs() < 1.0);
    second.clock.move_on(600);
    assert!(energy(&second).await > before + 900.0);
    second.simulation.stop().await;
}

#[tokio::test]
async fn a_simulation_that_cannot_start_says_why() {
    let clock = start(small_plant()).await;
    let (_, taken) = clock.simulation.gateways()[0].clone();
    let options = |listen, control: Option<&str>, speed| SimulationOptions {
        listen,
        control: control.map(|address| address.parse().unwrap()),
        speed,
        clock: Arc::<SetClock>::clone(&clock.clock),
    };
    for (options, expected) in [
        (options(Some(taken), None, 1.0), "cannot listen on"),
        (
            options(None, Some("0.0.0.0:0"), 1.0),
            "not a loopback address",
        ),
        (options(None, None, 0.0), "speed 0"),
        (options(None, None, f64::NAN), "speed NaN"),
    ] {
        let error = Simulation::start(small_plant(), options).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    clock.simulation.stop().await;
}
