//! Devices that this project did not write: pymodbus serves registers that were filled by hand
//! from the public tables, and the program has to show what they mean.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::too_many_lines, reason = "registers typed by hand are data")]

use std::time::Duration;

use e2e::registers::{identification, identification_of, table, unit};
use e2e::{ForeignDevice, Wattline, assert_shown, eventually, site};
use serde_json::{Value, json};

/// Polls one foreign server that holds `units` and compares what is shown.
#[track_caller]
fn check(units: &Value, site: impl Fn(u16) -> Value, expected: &[(u64, &str, f64)]) {
    let device = ForeignDevice::start(units);
    assert_shown(&site(device.port), expected);
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

/// MON-01, MON-28, PLT-07
#[test]
fn larger_digiware_modules_show_all_their_loads_and_their_own_network() {
    let four_loads = unit(&[
        (50_000, identification("diris digiware i-45")),
        (
            18_432,
            table(
                18_432,
                92,
                &[(18_458, 11_111), (18_476, 2_500)],
                &[(18_432, 1)],
            ),
        ),
        // Loads 2 and 3 lie 2048 and 4096 registers behind, and are switched off.
        (20_480, table(20_480, 92, &[(20_506, 22_222)], &[])),
        (22_528, table(22_528, 92, &[(22_554, 33_333)], &[])),
        (
            24_576,
            table(
                24_576,
                92,
                &[(24_588, 22_950), (24_602, 44_444), (24_620, -9_870)],
                &[(24_576, 1), (24_630, -985)],
            ),
        ),
        (
            25_984,
            table(25_984, 66, &[(25_990, 88)], &[(25_984, 1), (25_992, 7_654)]),
        ),
        (
            25_856,
            table(
                25_856,
                109,
                &[],
                &[(25_856, 1), (25_857, 310), (25_861, 1_250)],
            ),
        ),
    ]);
    let own_voltages = unit(&[
        (50_000, identification("diris digiware s-135")),
        (
            18_432,
            table(
                18_432,
                92,
                &[
                    (18_436, 22_880),
                    (18_442, 50_021),
                    (18_458, 5_500),
                    (18_476, 1_234),
                ],
                &[(18_432, 1)],
            ),
        ),
        (
            36_864,
            table(
                36_864,
                37,
                &[
                    (36_867, 22_880),
                    (36_871, 50_021),
                    (36_873, 22_911),
                    (36_881, 39_630),
                ],
                &[],
            ),
        ),
        // THD V1 in hundredths of a percent, crest factor V1 in thousandths.
        (
            37_120,
            table(37_120, 38, &[], &[(37_144, 187), (37_152, 1_412)]),
        ),
    ]);
    check(
        &json!({ "6": four_loads, "7": own_voltages }),
        |port| {
            site(
                &json!([
                    { "id": 1, "name": "I-45", "profile": "socomec.digiware.i45", "host": "127.0.0.1", "port": port, "unit_id": 6 },
                    { "id": 2, "name": "S-135", "profile": "socomec.digiware.s135", "host": "127.0.0.1", "port": port, "unit_id": 7 }
                ]),
                &json!([
                    { "id": 10, "name": "Workshop", "kind": "network", "wiring": "3p_n", "nominal_voltage_v": 230 },
                    { "id": 11, "name": "Sockets", "kind": "circuit", "wiring": "1p_n", "network": 10 },
                    { "id": 12, "name": "Roof", "kind": "circuit", "wiring": "1p_n", "network": 10 },
                    { "id": 13, "name": "Press", "kind": "circuit", "wiring": "3p_n", "network": 10 }
                ]),
                &[
                    (11, 1, "circuit1"),
                    (12, 1, "circuit4"),
                    (10, 2, "network1"),
                    (13, 2, "circuit1"),
                ],
            )
        },
        &[
            (11, "i1_a", 11.111),
            (11, "p_w", 2_500.0),
            (12, "v1_v", 229.5),
            (12, "i1_a", 44.444),
            (12, "p_w", -9_870.0),
            (12, "power_factor", -0.985),
            // 88 kWh and 7654 tenths of a Wh.
            (12, "ea_export_wh", 88_765.4),
            (12, "harmonic_i1_2_pct", 3.1),
            (12, "harmonic_i1_3_pct", 12.5),
            (13, "v_sys_v", 228.8),
            (13, "frequency_hz", 50.021),
            (13, "i1_a", 5.5),
            (13, "p_w", 1_234.0),
            (10, "v_sys_v", 228.8),
            (10, "frequency_hz", 50.021),
            (10, "v1_v", 229.11),
            (10, "u12_v", 396.3),
            (10, "thd_v1_pct", 1.87),
            (10, "crest_factor_v1", 1.412),
        ],
    );
}

/// MON-01, MON-08, MON-14, PLT-07
#[test]
fn a_diris_a40_of_2009_shows_what_its_registers_say() {
    check(
        &json!({ "5": unit(&[
            // Product code, four options, version, serial number.
            (257, vec![17, 0x03, 0xFF, 0xFF, 0xF0, 210, 0x0001, 0xE240]),
            (
                50_512,
                table(
                    50_512,
                    62,
                    &[
                        // Hundredths of an hour.
                        (50_512, 250),
                        (50_514, 40_105),
                        (50_520, 23_155),
                        // Hundredths of a hertz.
                        (50_526, 4_998),
                        (50_528, 120_500),
                        (50_536, 6_215),
                        (50_538, -410),
                        (50_542, -998),
                    ],
                    &[],
                ),
            ),
            // The older table: totals in kWh and means of the phases.
            (
                768,
                table(
                    768,
                    164,
                    &[(856, 765_432), (860, 800_001), (862, 21), (880, 119_750), (884, 23_140)],
                    &[],
                ),
            ),
            // The manual prints the partial energies at 50770 and behind, ten too low.
            (
                50_768,
                table(50_768, 58, &[(50_770, 1), (50_776, 2), (50_780, 4_321), (50_786, 9)], &[]),
            ),
            (
                51_024,
                table(
                    51_024,
                    70,
                    &[(51_038, 118_900), (51_046, 6_100), (51_070, 131_250), (51_080, 77)],
                    &[],
                ),
            ),
            // The highest current of any phase, on 14 July 2026 at 15:30:45.
            (
                3_840,
                table(
                    3_840,
                    240,
                    &[(3_848, 187_654), (4_024, 231)],
                    &[(3_850, 14), (3_851, 7), (3_852, 2_026), (3_853, 15), (3_854, 30), (3_855, 45)],
                ),
            ),
            (51_536, table(51_536, 10, &[], &[(51_536, 23), (51_545, 456)])),
            // Odd ranks, four currents each: rank 3 at 51547, rank 5 at 51551, rank 63 at 51667.
            (
                51_546,
                table(51_546, 125, &[], &[(51_546, 63), (51_547, 301), (51_551, 252), (51_554, 99), (51_667, 4)]),
            ),
            (51_671, table(51_671, 94, &[], &[(51_671, 63), (51_675, 17)])),
            (51_765, table(51_765, 94, &[], &[(51_765, 63), (51_858, 2)])),
        ]) }),
        |port| {
            site(
                &json!([{ "id": 1, "name": "A40", "profile": "socomec.diris.a40", "host": "127.0.0.1", "port": port, "unit_id": 5 }]),
                &json!([{ "id": 10, "name": "Incomer", "kind": "circuit", "wiring": "3p_n", "nominal_voltage_v": 230 }]),
                &[(10, 1, "circuit1")],
            )
        },
        &[
            (10, "operating_time_s", 9_000.0),
            (10, "u12_v", 401.05),
            (10, "v1_v", 231.55),
            (10, "frequency_hz", 49.98),
            (10, "i1_a", 120.5),
            (10, "p_w", 62_150.0),
            (10, "q_var", -4_100.0),
            // Leading while P is imported.
            (10, "power_factor", 0.998),
            (10, "power_factor_type", 1.0),
            (10, "i_sys_a", 119.75),
            (10, "v_sys_v", 231.4),
            (10, "ea_import_wh", 765_432_000.0),
            (10, "es_vah", 800_001_000.0),
            (10, "ea_export_wh", 21_000.0),
            (10, "ea_import_partial_wh", 4_321_000.0),
            (10, "ea_export_partial_wh", 9_000.0),
            (10, "i1_avg_a", 118.9),
            (10, "p_import_avg_w", 61_000.0),
            (10, "i1_max_avg_a", 131.25),
            (10, "p_export_max_avg_w", 770.0),
            (10, "i_any_max_a", 187.654),
            (10, "thd_i_any_max_pct", 23.1),
            (10, "thd_u12_pct", 2.3),
            (10, "thd_in_pct", 45.6),
            (10, "harmonic_i1_3_pct", 30.1),
            (10, "harmonic_i1_5_pct", 25.2),
            (10, "harmonic_in_5_pct", 9.9),
            (10, "harmonic_i1_63_pct", 0.4),
            (10, "harmonic_u12_5_pct", 1.7),
            (10, "harmonic_v3_63_pct", 0.2),
        ],
    );
}

/// MON-01, MON-20, MON-21, PLT-07
#[test]
fn two_countis_meters_show_the_same_frequency_from_registers_that_differ() {
    let mut e34 = identification_of(100, "countis e34");
    e34.truncate(66);
    let mut e24 = identification_of(100, "countis e24");
    e24.truncate(66);
    let four_tariffs = unit(&[
        (50_000, e34),
        (
            50_512,
            table(
                50_512,
                62,
                // Hundredths of a hertz.
                &[
                    (50_516, 40_222),
                    (50_526, 5_001),
                    (50_536, -812),
                    (50_542, 967),
                    (50_562, -900),
                ],
                &[],
            ),
        ),
        // The coarse table says 12 345 kWh, the fine one 12 345 670 Wh.
        (
            50_768,
            table(50_768, 65, &[(50_770, 12_345), (50_776, 8)], &[]),
        ),
        (
            50_944,
            table(
                50_944,
                65,
                &[(50_946, 1_234_567), (50_952, 801), (50_956, 3)],
                &[],
            ),
        ),
        (
            51_200,
            table(51_200, 50, &[(51_202, 44), (51_208, 55)], &[]),
        ),
    ]);
    let lines = unit(&[
        (50_000, e24),
        (
            50_512,
            table(
                50_512,
                62,
                // Thousandths of a hertz.
                &[
                    (50_526, 50_010),
                    (50_528, 16_250),
                    (50_536, 341),
                    (50_568, 15_990),
                ],
                &[],
            ),
        ),
        (
            50_944,
            table(
                50_944,
                65,
                &[(50_946, 777), (50_950, 888), (50_964, 5)],
                &[],
            ),
        ),
        (
            51_200,
            table(51_200, 50, &[(51_204, 66), (51_218, 77)], &[]),
        ),
        // Line 2, with tenths of a Wh behind the thousands.
        (
            21_888,
            table(21_888, 66, &[(21_891, 260)], &[(21_893, 1_234)]),
        ),
        // All lines: the capacitive part of Er+, and Ea- in tariff 2.
        (25_984, table(25_984, 66, &[(26_008, 19)], &[(26_010, 500)])),
        (26_368, table(26_368, 33, &[(26_387, 31)], &[(26_368, 1)])),
        (
            32_768,
            table(32_768, 48, &[(32_771, 2)], &[(32_773, 9_999)]),
        ),
    ]);
    check(
        &json!({ "11": four_tariffs, "12": lines }),
        |port| {
            site(
                &json!([
                    { "id": 1, "name": "E34", "profile": "socomec.countis.e34", "host": "127.0.0.1", "port": port, "unit_id": 11 },
                    { "id": 2, "name": "E24", "profile": "socomec.countis.e23", "host": "127.0.0.1", "port": port, "unit_id": 12 }
                ]),
                &json!([
                    { "id": 10, "name": "Tenant 1", "kind": "circuit", "wiring": "3p_n", "nominal_voltage_v": 230 },
                    { "id": 11, "name": "Tenant 2", "kind": "circuit", "wiring": "3p_n", "nominal_voltage_v": 230 }
                ]),
                &[(10, 1, "circuit1"), (11, 2, "circuit1")],
            )
        },
        &[
            (10, "frequency_hz", 50.01),
            (11, "frequency_hz", 50.01),
            (10, "u23_v", 402.22),
            (10, "p_w", -8_120.0),
            (10, "power_factor", -0.967),
            (10, "power_factor_type", 2.0),
            (10, "power_factor_type1", 1.0),
            (10, "ea_import_wh", 12_345_670.0),
            (10, "ea_export_wh", 8_010.0),
            (10, "ea_import_partial_wh", 30.0),
            (10, "ea_import_t1_wh", 440.0),
            (10, "ea_import_t4_wh", 550.0),
            (11, "i1_a", 16.25),
            (11, "i_sys_a", 15.99),
            (11, "p_w", 3_410.0),
            (11, "ea_import_wh", 7_770.0),
            (11, "es_vah", 8_880.0),
            (11, "er_minus_partial_varh", 50.0),
            (11, "ea_import_t2_wh", 660.0),
            (11, "er_plus_t1_varh", 770.0),
            (11, "ea_import2_wh", 260_123.4),
            (11, "er_plus_leading_varh", 19_050.0),
            (11, "ea_export_t2_wh", 31_000.0),
            (11, "ea_import_partial_t2_wh", 2_999.9),
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

/// PLT-13, MON-06
#[test]
fn what_a_device_lacks_is_not_offered_to_the_pages() {
    let device = ForeignDevice::start(&json!({ "3": unit(&[
        (50_000, identification("diris digiware i-35")),
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
    let offered = || -> Vec<String> {
        let point = api.read("/circuits/10");
        let quantities = point["quantities"].as_array().unwrap().iter();
        quantities
            .map(|offer| offer["quantity"].as_str().unwrap().to_owned())
            .collect()
    };
    let left = eventually(
        "the absent tables to be known",
        Duration::from_secs(10),
        || Some(offered()).filter(|left| !left.contains(&"ea_import_wh".to_owned())),
    );
    assert!(left.contains(&"p_w".to_owned()), "{left:?}");
    assert!(
        left.iter()
            .all(|quantity| !quantity.contains("_avg") && !quantity.starts_with('e')),
        "{left:?}"
    );
    program.finish(&[]);
}
