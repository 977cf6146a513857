//! Meters on serial lines, at a port of the server and behind a converter, all played by programs
//! that this project did not write.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use e2e::registers::{identification, table, unit};
use e2e::{ForeignDevice, SerialCable, SerialConverter, Wattline, assert_shown, eventually, site};
use serde_json::{Value, json};

/// As fast as a pseudo-terminal is asked for; it knows no parity.
const BAUD_RATE: u32 = 115_200;

/// Two current modules on one line, units 3 and 4, with 19.5 kW and 7.25 kW.
fn units() -> Value {
    let module = |current: i64, power: i64| {
        unit(&[
            (50_000, identification("diris digiware i-35")),
            (
                18_432,
                table(
                    18_432,
                    92,
                    &[(18_440, current), (18_476, power)],
                    &[(18_432, 1)],
                ),
            ),
        ])
    };
    json!({ "3": module(43_566, 19_500), "4": module(16_250, 7_250) })
}

const SHOWN: [(u64, &str, f64); 4] = [
    (10, "i_sys_a", 43.566),
    (10, "p_w", 19_500.0),
    (11, "i_sys_a", 16.25),
    (11, "p_w", 7_250.0),
];

/// `way` is what the two sources have in common: how they are reached.
fn two_meters(way: &Value) -> Value {
    let source = |id: u32, unit_id: u8| {
        let mut source = json!({ "id": id, "name": format!("Meter {id}"),
            "profile": "socomec.digiware.i35", "unit_id": unit_id });
        let members = way.as_object().unwrap().clone();
        source.as_object_mut().unwrap().extend(members);
        source
    };
    site(
        &json!([source(1, 3), source(2, 4)]),
        &json!([
            { "id": 10, "name": "Oven", "kind": "circuit", "wiring": "3p_n" },
            { "id": 11, "name": "Shop", "kind": "circuit", "wiring": "3p_n" }
        ]),
        &[(10, 1, "circuit1"), (11, 2, "circuit1")],
    )
}

fn serial(path: &str) -> Value {
    json!({ "serial": { "path": path, "baud_rate": BAUD_RATE, "parity": "none", "stop_bits": 1 } })
}

/// PRT-01, MON-01
#[test]
fn two_meters_on_one_serial_line_are_shown() {
    let cable = SerialCable::lay();
    let [near, far] = &cable.ends;
    let _device = ForeignDevice::on_line(&units(), far, BAUD_RATE);
    assert_shown(&two_meters(&serial(near)), &SHOWN);
}

/// PRT-01, MON-01
#[test]
fn two_meters_behind_a_converter_are_shown() {
    let cable = SerialCable::lay();
    let [near, far] = &cable.ends;
    let _device = ForeignDevice::on_line(&units(), far, BAUD_RATE);
    let converter = SerialConverter::at(near);
    let way = json!({ "host": "127.0.0.1", "port": converter.port, "protocol": "rtu_over_tcp" });
    assert_shown(&two_meters(&way), &SHOWN);
}

/// PRT-01
#[test]
fn a_serial_port_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let site_file = folder.path().join("site.json");
    let document = two_meters(&serial("/dev/no-such-port"));
    std::fs::write(&site_file, document.to_string()).unwrap();
    let mut program = Wattline::serve(
        &folder.path().join("data"),
        &["--site", site_file.to_str().unwrap()],
    );
    let api = program.api().as_user();
    let health = eventually("the port to be tried", Duration::from_secs(10), || {
        let health = api.read("/devices")[1]["health"].clone();
        (health["state"] == "silent").then_some(health)
    });
    assert_eq!(health["fault"], "no_such_port");
    let detail = health["fault_detail"].as_str().unwrap();
    assert!(detail.contains("/dev/no-such-port"), "{detail}");
    program.finish(&["no_such_port"]);
}
