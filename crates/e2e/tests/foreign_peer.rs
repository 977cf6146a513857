//! Devices that this project did not write: pymodbus serves registers that were filled by hand
//! from the public tables, and the program has to show what they mean.

use std::time::Duration;

use e2e::{ForeignDevice, Live, Wattline, eventually};
use serde_json::{Map, Value, json};

/// Identification block of the range: 69 words at 50000, "SOCO", family 400 (DIRIS), the name in
/// the extended name at 50058, two characters a word.
fn identification(name: &str) -> Vec<u16> {
    let mut words = vec![0; 69];
    words[..4].copy_from_slice(&[0x0053, 0x004F, 0x0043, 0x004F]);
    words[4] = 400;
    for (index, pair) in name.as_bytes().chunks(2).enumerate() {
        let low = pair.get(1).copied().unwrap_or(0);
        words[58 + index] = u16::from_be_bytes([pair[0], low]);
    }
    words
}

/// A table of `words` zeroes with values of two words, high word first, put in by hand.
fn table(start: u16, words: usize, doubles: &[(u16, i64)], singles: &[(u16, i64)]) -> Vec<u16> {
    let mut table = vec![0; words];
    for (address, value) in doubles {
        let [high_1, high_2, low_1, low_2] = (*value as u32).to_be_bytes();
        table[usize::from(address - start)] = u16::from_be_bytes([high_1, high_2]);
        table[usize::from(address - start) + 1] = u16::from_be_bytes([low_1, low_2]);
    }
    for (address, value) in singles {
        table[usize::from(address - start)] = *value as u16;
    }
    table
}

fn unit(blocks: &[(u16, Vec<u16>)]) -> Value {
    let blocks: Map<String, Value> = blocks
        .iter()
        .map(|(start, words)| (start.to_string(), json!(words)))
        .collect();
    Value::Object(blocks)
}

/// Polls `sources` behind one foreign server and answers the live values once all `expected`
/// are there; then compares each.
#[track_caller]
fn check(units: &Value, site: impl Fn(u16) -> Value, expected: &[(u64, &str, f64)]) {
    let device = ForeignDevice::start(units);
    let folder = tempfile::tempdir().unwrap();
    let site_file = folder.path().join("site.json");
    std::fs::write(&site_file, site(device.port).to_string()).unwrap();
    let mut program = Wattline::serve(
        &folder.path().join("data"),
        &["--site", site_file.to_str().unwrap()],
    );
    let api = program.api().as_user();
    let live: Live = eventually("all values to be read", Duration::from_secs(20), || {
        let live = api.snapshot("");
        expected
            .iter()
            .all(|(point, quantity, _)| live.contains_key(&(*point, (*quantity).to_owned())))
            .then_some(live)
    });
    for (point, quantity, value) in expected {
        let shown = live[&(*point, (*quantity).to_owned())]["value"].as_f64();
        assert!(
            shown.is_some_and(|shown| (shown - value).abs() < 1e-6),
            "{quantity} of point {point} is shown as {shown:?}, the registers say {value}"
        );
    }
    for health in api.read("/devices").as_array().unwrap() {
        assert_eq!(health["health"]["state"], "answering", "{health}");
    }
    program.finish(&[]);
}

fn site(sources: &Value, points: &Value, mounts: &[(u32, u32, &str)]) -> Value {
    let mounts: Vec<Value> = mounts
        .iter()
        .map(|(point, source, channel)| {
            json!({ "point": point, "source": source, "channel": channel, "from": "2020-01-01T00:00:00Z" })
        })
        .collect();
    json!({
        "format": "wattline-configuration", "version": 1,
        "site": { "name": "Foreign", "time_zone": "Europe/Paris" },
        "sources": sources, "points": points, "mounts": mounts
    })
}

/// MON-01, MON-06, PLT-07
#[test]
fn a_digiware_board_behind_a_display_shows_what_its_registers_say() {
    let voltage_module = unit(&[
        (50_000, identification("diris digiware u-30")),
        (
            36_864,
            table(
                36_864,
                37,
                &[
                    (36_867, 23_012),
                    (36_869, 39_858),
                    (36_871, 49_987),
                    (36_873, 23_121),
                    (36_875, 22_905),
                    (36_877, 23_010),
                    (36_879, 112),
                    (36_881, 39_902),
                    (36_883, 39_811),
                    (36_885, 39_861),
                ],
                &[(36_899, 47)],
            ),
        ),
    ]);
    let current_module = unit(&[
        (50_000, identification("diris digiware i-35")),
        (
            18_432,
            table(
                18_432,
                92,
                &[
                    (18_436, 23_012),
                    (18_440, 43_566),
                    (18_442, 49_987),
                    (18_444, 23_121),
                    (18_458, 43_000),
                    (18_460, 44_123),
                    (18_462, 43_575),
                    (18_476, -19_500),
                    (18_478, 4_700),
                    (18_484, 20_058),
                    (18_488, -6_500),
                ],
                &[(18_432, 1), (18_486, -972), (18_487, 1), (18_466, 128)],
            ),
        ),
        (
            19_840,
            table(
                19_840,
                66,
                // 1 254 kWh and 3 000 tenths of Wh: 1 254 300 Wh.
                &[(19_843, 1_254), (19_846, 12), (19_855, 1_300)],
                &[(19_840, 1), (19_845, 3_000), (19_848, 9_999)],
            ),
        ),
    ]);
    let display = unit(&[(50_000, identification("diris digiware d-70"))]);
    check(
        &json!({ "1": display, "2": voltage_module, "3": current_module }),
        |port| {
            site(
                &json!([
                    { "id": 1, "name": "D-70", "profile": "socomec.digiware.d70", "host": "127.0.0.1", "port": port, "unit_id": 1 },
                    { "id": 2, "name": "U-30", "profile": "socomec.digiware.u30", "gateway": 1, "unit_id": 2 },
                    { "id": 3, "name": "I-35", "profile": "socomec.digiware.i35", "gateway": 1, "unit_id": 3 }
                ]),
                &json!([
                    { "id": 10, "name": "Network", "kind": "network", "wiring": "3p_n", "nominal_voltage_v": 230 },
                    { "id": 11, "name": "Feeder", "kind": "circuit", "wiring": "3p_n", "network": 10, "nominal_current_a": 63 }
                ]),
                &[(10, 2, "network1"), (11, 3, "circuit1")],
            )
        },
        &[
            (10, "v_sys_v", 230.12),
            (10, "u_sys_v", 398.58),
            (10, "frequency_hz", 49.987),
            (10, "v1_v", 231.21),
            (10, "vn_v", 1.12),
            (10, "u31_v", 398.61),
            (10, "v_unbalance_amp_pct", 0.47),
            (11, "i_sys_a", 43.566),
            (11, "i2_a", 44.123),
            (11, "p_w", -19_500.0),
            (11, "q_var", 4_700.0),
            (11, "s_va", 20_058.0),
            (11, "p1_w", -6_500.0),
            (11, "power_factor", -0.972),
            (11, "i_unbalance_amp_pct", 1.28),
            (11, "ea_import_wh", 1_254_300.0),
            (11, "ea_export_wh", 12_999.9),
            (11, "es_vah", 1_300_000.0),
        ],
    );
}

/// MON-01, PLT-07
#[test]
fn a_diris_a10_shows_what_its_registers_say() {
    let mut name = identification("diris a-10");
    name.truncate(66);
    check(
        &json!({ "5": unit(&[
            (50_000, name),
            (
                50_512,
                table(
                    50_512,
                    74,
                    &[
                        (50_514, 40_012),
                        (50_520, 23_087),
                        (50_526, 5_002),
                        (50_528, 12_345),
                        (50_530, 11_000),
                        (50_532, 13_500),
                        (50_534, 1_750),
                        // Steps of ten units: −8 120 W, 1 210 var, 8 400 VA.
                        (50_536, -812),
                        (50_538, 121),
                        (50_540, 840),
                        // Classic tables sign the factor by its sense: positive is lagging.
                        (50_542, 967),
                    ],
                    &[],
                ),
            ),
            (
                50_768,
                table(50_768, 65, &[(50_780, 54_321), (50_782, 777), (50_786, 12)], &[]),
            ),
        ]) }),
        |port| {
            site(
                &json!([{ "id": 1, "name": "A-10", "profile": "socomec.diris.a10", "host": "127.0.0.1", "port": port, "unit_id": 5 }]),
                &json!([{ "id": 10, "name": "Feeder", "kind": "circuit", "wiring": "3p_n", "nominal_voltage_v": 230 }]),
                &[(10, 1, "circuit1")],
            )
        },
        &[
            (10, "u12_v", 400.12),
            (10, "v1_v", 230.87),
            (10, "frequency_hz", 50.02),
            (10, "i1_a", 12.345),
            (10, "in_a", 1.75),
            (10, "p_w", -8_120.0),
            (10, "q_var", 1_210.0),
            (10, "s_va", 8_400.0),
            (10, "power_factor", -0.967),
            (10, "ea_import_partial_wh", 54_321_000.0),
            (10, "ea_export_partial_wh", 12_000.0),
        ],
    );
}

/// A device that is not the one configured must not be read as if it were.
#[test]
fn another_product_at_the_address_is_named_and_not_read() {
    let device = ForeignDevice::start(&json!({ "3": unit(&[
        (50_000, identification("countis e24")),
        (18_432, table(18_432, 92, &[(18_476, 1_234)], &[(18_432, 1)])),
    ]) }));
    let folder = tempfile::tempdir().unwrap();
    let site_file = folder.path().join("site.json");
    let document = site(
        &json!([{ "id": 1, "name": "I-35", "profile": "socomec.digiware.i35", "host": "127.0.0.1", "port": device.port, "unit_id": 3 }]),
        &json!([{ "id": 10, "name": "Feeder", "kind": "circuit", "wiring": "3p_n" }]),
        &[(10, 1, "circuit1")],
    );
    std::fs::write(&site_file, document.to_string()).unwrap();
    let mut program = Wattline::serve(
        &folder.path().join("data"),
        &["--site", site_file.to_str().unwrap()],
    );
    let api = program.api().as_user();
    let health = eventually("the device to be judged", Duration::from_secs(10), || {
        let health = api.read("/devices")[0]["health"].clone();
        (health["state"] != "waiting").then_some(health)
    });
    assert_eq!(health["state"], "foreign");
    assert!(
        health["fault_detail"]
            .as_str()
            .unwrap()
            .contains("countis e24"),
        "{health}"
    );
    assert!(api.snapshot("").is_empty(), "nothing of it is shown");
    program.finish(&["foreign_device"]);
}
