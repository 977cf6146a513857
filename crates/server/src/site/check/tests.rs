use modbus::Endpoint;
use model::{DeviceId, PointId};
use profiles::Catalogue;
use serde_json::{Value, json};

use super::DEVICE_PROFILES_MAX;
use crate::site::{Site, SiteDocument, SiteMistake};

fn sound() -> Value {
    json!({
        "format": "wattline-configuration", "version": 1,
        "site": { "name": "Plant", "time_zone": "Europe/Paris" },
        "fluids": [{ "id": 1, "name": "Electricity" }],
        "usages": [{ "id": 1, "name": "Lighting" }],
        "sources": [
            { "id": 1, "name": "D-70", "profile": "socomec.digiware.d70", "host": "10.0.0.7", "unit_id": 1 },
            { "id": 2, "name": "U-30", "profile": "socomec.digiware.u30", "gateway": 1, "unit_id": 2 },
            { "id": 3, "name": "I-35", "profile": "socomec.digiware.i35", "gateway": 1, "unit_id": 3 }
        ],
        "points": [
            { "id": 1, "name": "Network", "kind": "network", "wiring": "3p_n", "nominal_voltage_v": 230 },
            { "id": 2, "name": "Light", "kind": "circuit", "wiring": "3p_n", "fluid": 1, "usage": 1, "network": 1 }
        ],
        "mounts": [
            { "point": 1, "source": 2, "channel": "network1", "from": "2026-01-01T00:00:00Z" },
            { "point": 2, "source": 3, "channel": "circuit1", "from": "2026-01-01T00:00:00Z" }
        ]
    })
}

fn read(document: &Value) -> Result<Site, Vec<SiteMistake>> {
    let document = SiteDocument::from_json(document.to_string().as_bytes())
        .map_err(|mistake| vec![mistake])?;
    Site::check(document, &Catalogue::shipped())
}

const BOILER: &str = r#"
schema = 1
id = "own.boiler"
revision = 1
title = "Boiler"
vendor = "Acme"
models = ["Boiler"]
class = "measurement"
status = "unofficial"

[channels]
circuit = 1

[link]
function = "input"

[[source]]
key = "label"
title = "The label in the lid"

[[table]]
id = "live"
title = "Live values"
start = 0
words = 2
class = "live"
channel = "circuit"
confidence = "single_source"
sources = ["label"]
registers = [{ address = 0, quantity = "p_w", type = "f32" }]
"#;

fn with_profiles(profiles: &Value) -> Value {
    let mut document = sound();
    document["device_profiles"] = profiles.clone();
    document["sources"][2]["profile"] = json!("own.boiler");
    document
}

/// PLT-08
#[test]
fn a_source_may_use_a_profile_that_the_document_brings() {
    let document = with_profiles(&json!([{ "file": "boiler.toml", "toml": BOILER }]));
    let site = read(&document).unwrap();
    let profiles: Vec<&str> = site.devices().iter().map(|it| it.profile.id()).collect();
    assert_eq!(
        profiles,
        ["socomec.digiware.d70", "socomec.digiware.u30", "own.boiler"]
    );
    let again = serde_json::to_value(site.document()).unwrap();
    assert_eq!(again["device_profiles"], document["device_profiles"]);
}

/// PLT-08, SEC-15
#[test]
fn mistakes_of_a_profile_are_drawn_at_the_text_that_has_them() {
    let wrong = BOILER.replace("p_w", "power");
    let taken = BOILER.replace("own.boiler", "socomec.digiware.i35");
    let twice = json!([
        { "file": "a.toml", "toml": wrong }, { "file": "b.toml", "toml": taken },
    ]);
    let mistakes = read(&with_profiles(&twice)).map(|_| ()).unwrap_err();
    let shown: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
    let many: Vec<Value> = (0..=DEVICE_PROFILES_MAX)
        .map(|n| json!({ "file": format!("{n}.toml"), "toml": "" }))
        .collect();
    let mistakes = read(&with_profiles(&json!(many))).map(|_| ()).unwrap_err();
    assert_eq!(mistakes[0].to_string(), "device_profiles: at most 50");
}

/// Puts `value` at the JSON pointer of a sound document and expects one mistake at `path`.
#[track_caller]
fn check(pointer: &str, value: Value, path: &str) {
    let mut document = sound();
    *document.pointer_mut(pointer).unwrap() = value;
    let mistakes = read(&document).map(|_| ()).unwrap_err();
    let paths: Vec<&str> = mistakes
        .iter()
        .map(|mistake| mistake.path.as_str())
        .collect();
    assert_eq!(paths, [path], "{mistakes:?}");
}

#[test]
fn a_sound_document_becomes_a_site_and_comes_back_unchanged() {
    let site = read(&sound()).unwrap();
    let light = site.point(PointId(2)).unwrap();
    assert_eq!(site.nominal_voltage(light), Some(230.0));
    let board = Endpoint::tcp("10.0.0.7", 502);
    assert_eq!(site.device(DeviceId(3)).unwrap().endpoint, board);
    let again = serde_json::to_vec(site.document()).unwrap();
    assert_eq!(SiteDocument::from_json(&again).unwrap(), *site.document());
}

/// MON-18
#[test]
fn a_three_wire_circuit_on_a_network_with_neutral_has_the_phase_phase_voltage() {
    let mut document = sound();
    *document.pointer_mut("/points/1/wiring").unwrap() = json!("3p");
    let site = read(&document).unwrap();
    let nominal = site.nominal_voltage(site.point(PointId(2)).unwrap());
    assert!((nominal.unwrap() - 398.37).abs() < 0.01, "{nominal:?}");
}

/// SRC-09
#[test]
fn every_mistake_names_its_place() {
    check("/format", json!("other"), "format");
    check("/version", json!(2), "version");
    check("/site/time_zone", json!("Europe/Nowhere"), "site.time_zone");
    check("/site/name", json!(" "), "site.name");
    check("/sources/2/name", json!("u-30"), "sources[2].name");
    check("/sources/2/unit_id", json!(0), "sources[2].unit_id");
    check("/sources/2/unit_id", json!(2), "sources[2].unit_id");
    check("/points/1/wiring", json!("4p"), "points[1].wiring");
    check("/points/1/kind", json!("pipe"), "points[1].kind");
    check("/points/1/usage", json!(9), "points[1].usage");
    check("/points/1/network", json!(2), "points[1].network");
    check(
        "/points/0/nominal_voltage_v",
        json!(-230),
        "points[0].nominal_voltage_v",
    );
    check("/mounts/1/channel", json!("circuit99"), "mounts[1].channel");
    check("/mounts/1/channel", json!("lamp"), "mounts[1].channel");
    check("/mounts/1/source", json!(7), "mounts[1].source");
    check("/mounts/1/from", json!("yesterday"), "mounts[1].from");
    check("/fluids/0/name", json!("x".repeat(101)), "fluids[0].name");
}

/// HIE-06, HIE-07, HIE-09: the reason comes with the place.
#[test]
fn what_is_wrong_with_a_hierarchy_is_told_at_its_place() {
    let tree = |fluid: u32, circuits: Value| {
        json!([{ "id": 1, "name": "By load", "fluid": fluid,
                "nodes": [{ "id": 1, "name": "Main", "circuits": circuits }] }])
    };
    let mut document = sound();
    document["hierarchies"] = tree(1, json!([2]));
    document["points"][1]["fluid"] = json!(1);
    let site = read(&document).unwrap();
    assert_eq!(site.hierarchies().list().len(), 1);
    let told = |document: &Value| {
        let mistakes = read(document).map(|_| ()).unwrap_err();
        mistakes[0].to_string()
    };
    document["site"]["hierarchy_limits"] = json!({ "hierarchies": 0 });
    assert_eq!(told(&document), "hierarchies: at most 0 hierarchies");
    document["site"]["hierarchy_limits"] = json!({ "nodes": 60_000 });
    assert_eq!(told(&document), "site.hierarchy_limits.nodes: at most 1000");
    document["site"]["hierarchy_limits"] = json!({});
    document["hierarchies"] = tree(7, json!([]));
    assert_eq!(told(&document), "hierarchies[0].fluid: 7 does not exist");
    document["hierarchies"] = tree(1, json!([2, 2]));
    assert_eq!(
        told(&document),
        "hierarchies[0].nodes[0].circuits[1]: circuit 2 is in this hierarchy already, and would be counted twice"
    );
}

#[test]
fn an_unknown_member_is_refused_and_not_dropped() {
    let mut document = sound();
    document["sources"][0]["hots"] = json!("10.0.0.7");
    let mistakes = read(&document).map(|_| ()).unwrap_err();
    assert!(mistakes[0].problem.contains("hots"), "{mistakes:?}");
}

#[test]
fn a_source_has_an_address_or_a_gateway_and_not_both() {
    check("/sources/2/gateway", json!(null), "sources[2].host");
    check("/sources/2/gateway", json!(2), "sources[2].gateway");
    let mut document = sound();
    document["sources"][2]["host"] = json!("10.0.0.8");
    let mistakes = read(&document).map(|_| ()).unwrap_err();
    assert_eq!(mistakes[0].path, "sources[2].host");
}

/// Two meters on one line in place of the board; `change` spoils one of them. Answers what is
/// said of it.
#[track_caller]
fn mistake_on_a_line(member: &str, change: Value) -> String {
    let mut document = sound();
    let line = json!({ "path": "/dev/ttyUSB0", "baud_rate": 9600 });
    for source in 1..=2 {
        let source = &mut document["sources"][source];
        source.as_object_mut().unwrap().remove("gateway");
        source["serial"] = line.clone();
    }
    read(&document).unwrap();
    document["sources"][2][member] = change;
    let mistakes = read(&document).map(|_| ()).unwrap_err();
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    told.join("\n")
}

/// PRT-01, SRC-09
#[test]
fn what_is_wrong_with_a_serial_line_is_told() {
    let line = |path: &str, baud_rate: u32| json!({ "path": path, "baud_rate": baud_rate });
    let told = [
        mistake_on_a_line("serial", line("/etc/passwd", 9600)),
        mistake_on_a_line("serial", line("/dev/../etc/passwd", 9600)),
        mistake_on_a_line("serial", line("/dev/ttyUSB1", 9601)),
        mistake_on_a_line("serial", line("/dev/ttyUSB0", 19_200)),
        mistake_on_a_line(
            "serial",
            json!({ "path": "/dev/ttyUSB1", "baud_rate": 9600, "stop_bits": 3 }),
        ),
        mistake_on_a_line(
            "serial",
            json!({ "path": "/dev/ttyUSB1", "baud_rate": 9600, "parity": "mark" }),
        ),
        mistake_on_a_line("host", json!("10.0.0.8")),
        mistake_on_a_line("port", json!(502)),
        mistake_on_a_line("protocol", json!("tcp")),
        mistake_on_a_line("window", json!(4)),
        mistake_on_a_line("unit_id", json!(0)),
        mistake_on_a_line("unit_id", json!(2)),
        mistake_on_a_line("gateway", json!(1)),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

/// PRT-01
#[test]
fn sources_at_one_place_agree_on_what_is_spoken_there() {
    let with = |members: Value| {
        let mut document = sound();
        let source = json!({ "id": 4, "name": "A-10", "profile": "socomec.diris.a10",
                "host": "10.0.0.7", "unit_id": 9 });
        let mut source = source.as_object().unwrap().clone();
        source.extend(members.as_object().unwrap().clone());
        document["sources"]
            .as_array_mut()
            .unwrap()
            .push(source.into());
        let told = read(&document).map(|_| ()).unwrap_err();
        told[0].to_string()
    };
    let mut wide = sound();
    wide["sources"][0]["window"] = json!(4);
    assert_eq!(
        read(&wide).unwrap().device(DeviceId(1)).unwrap().window,
        Some(4)
    );
    let told = [
        with(json!({ "protocol": "rtu_over_tcp" })),
        with(json!({ "protocol": "rtu_over_tcp", "port": 4001, "window": 2 })),
        with(json!({ "protocol": "udp" })),
        with(json!({ "window": 0 })),
        with(json!({ "window": 33 })),
        with(json!({ "host": null, "gateway": 1, "window": 2 })),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_point_is_measured_by_one_channel_at_a_time() {
    let mut document = sound();
    let later =
        json!({ "point": 2, "source": 3, "channel": "circuit2", "from": "2026-06-01T00:00:00Z" });
    document["mounts"].as_array_mut().unwrap().push(later);
    let mistakes = read(&document).map(|_| ()).unwrap_err();
    assert_eq!(mistakes[0].path, "mounts[2]");
    document["mounts"][1]["until"] = json!("2026-06-01T00:00:00Z");
    let site = read(&document).unwrap();
    let at = |text: &str| {
        site.mount_of(PointId(2), text.parse().unwrap())
            .unwrap()
            .channel
            .to_string()
    };
    assert_eq!(at("2026-05-31T23:59:59Z"), "circuit1");
    assert_eq!(at("2026-06-01T00:00:00Z"), "circuit2");
}
