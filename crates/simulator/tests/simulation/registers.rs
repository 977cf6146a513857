//! The registers of the simulated devices, read at the addresses of the vendors' tables by a
//! client that nobody here wrote, against what the simulation says it shows.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::{read, refused, start};
use simulator::Plant;
use tokio_modbus::ExceptionCode;

/// How the words of a table make a number.
#[derive(Debug, Clone, Copy)]
enum Words {
    U16,
    S16,
    U32,
    S32,
    /// Thousands in two words, then tenths in one.
    Kilo,
}

impl Words {
    fn count(self) -> u16 {
        match self {
            Self::U16 | Self::S16 => 1,
            Self::U32 | Self::S32 => 2,
            Self::Kilo => 3,
        }
    }

    fn number(self, words: &[u16]) -> f64 {
        let double = || u32::from(words[0]) << 16 | u32::from(words[1]);
        match self {
            Self::U16 => f64::from(words[0]),
            Self::S16 => f64::from(words[0].cast_signed()),
            Self::U32 => f64::from(double()),
            Self::S32 => f64::from(double().cast_signed()),
            Self::Kilo => f64::from(double()) * 1000.0 + f64::from(words[2]) * 0.1,
        }
    }
}

/// Checks `(address, words, scale, name)` of one channel.
async fn check(gateway: usize, unit_id: u8, channel: &str, registers: &[(u16, Words, f64, &str)]) {
    let running = start(Plant::demo()).await;
    assert_eq!(running.put("/paused", r#"{"paused":true}"#).await, 204);
    let shown = running.channel(gateway, unit_id, channel).await;
    let mut client = running.client(gateway, unit_id).await;
    for (address, words, scale, name) in registers {
        let raw = read(&mut client, *address, words.count()).await;
        let value = words.number(&raw) * scale;
        let expected = shown[name]
            .as_f64()
            .unwrap_or_else(|| panic!("{channel} shows no {name}: {}", shown[name]));
        assert!(
            (value - expected).abs() <= scale.abs() * 1e-6,
            "{name} at {address}: {value} is not {expected}"
        );
    }
    running.simulation.stop().await;
}

#[tokio::test]
async fn an_i_35_serves_the_digiware_table_of_load_1() {
    use Words::{Kilo, S16, S32, U16, U32};
    check(
        0,
        3,
        "circuit1",
        &[
            (18442, U32, 0.001, "frequency_hz"),
            (18444, U32, 0.01, "v1_v"),
            (18446, U32, 0.01, "v2_v"),
            (18456, U32, 0.01, "u31_v"),
            (18458, U32, 0.001, "i1_a"),
            (18462, U32, 0.001, "i3_a"),
            (18464, U32, 0.001, "in_a"),
            (18474, U32, 1.0, "s_nominal_va"),
            (18476, S32, 1.0, "p_w"),
            (18478, S32, 1.0, "q_var"),
            (18484, U32, 1.0, "s_va"),
            (18486, S16, 0.001, "power_factor"),
            (18488, S32, 1.0, "p1_w"),
            (18564, U32, 0.01, "v_sys_avg_v"),
            (18604, S32, 1.0, "p_avg_w"),
            (18721, S16, 0.1, "i_angle1_deg"),
            (18745, S16, 0.001, "cos_phi1"),
            (18757, U16, 0.01, "thd_i1_pct"),
            (18761, U16, 0.01, "k_factor1"),
            (18865, S32, 1.0, "p_max_w"),
            (19121, S32, 1.0, "p_min_w"),
            (19725, U16, 0.01, "harmonic_i1_5_pct"),
            (19809, U16, 0.01, "harmonic_i1_26_34_pct"),
            (19843, Kilo, 1.0, "ea_import_wh"),
            (19846, Kilo, 1.0, "ea_export_wh"),
            (19849, Kilo, 1.0, "er_plus_varh"),
            (19855, Kilo, 1.0, "es_vah"),
            (19872, Kilo, 1.0, "ea_import_partial_wh"),
            (20225, U32, 1000.0, "ea_import_t1_wh"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_loads_of_one_module_lie_2048_registers_apart() {
    use Words::{Kilo, S32, U32};
    for (channel, offset) in [("circuit1", 0), ("circuit2", 2048), ("circuit3", 4096)] {
        let registers = [
            (18444 + offset, U32, 0.01, "v1_v"),
            (18458 + offset, U32, 0.001, "i1_a"),
            (18476 + offset, S32, 1.0, "p_w"),
            (19843 + offset, Kilo, 1.0, "ea_import_wh"),
        ];
        check(0, 5, channel, &registers).await;
    }
}

#[tokio::test]
async fn a_u_30_serves_the_network_table() {
    use Words::{S16, U16, U32};
    check(
        0,
        2,
        "network1",
        &[
            (36867, U32, 0.01, "v_sys_v"),
            (36871, U32, 0.001, "frequency_hz"),
            (36873, U32, 0.01, "v1_v"),
            (36881, U32, 0.01, "u12_v"),
            (36887, U32, 0.01, "v_positive_seq_v"),
            (36900, U16, 0.01, "u_unbalance_amp_pct"),
            (37001, U32, 0.01, "v1_avg_v"),
            (37132, S16, 0.1, "v_angle2_deg"),
            (37144, U16, 0.01, "thd_v1_pct"),
            (37152, U16, 0.001, "crest_factor_v1"),
            (37513, U16, 0.01, "harmonic_v1_5_pct"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_diris_a_10_serves_the_classic_tables() {
    use Words::{S32, U16, U32};
    check(
        1,
        5,
        "circuit1",
        &[
            (50514, U32, 0.01, "u12_v"),
            (50520, U32, 0.01, "v1_v"),
            (50526, U32, 0.01, "frequency_hz"),
            (50528, U32, 0.001, "i1_a"),
            (50534, U32, 0.001, "in_a"),
            (50536, S32, 10.0, "p_w"),
            (50538, S32, 10.0, "q_var"),
            (50540, U32, 10.0, "s_va"),
            (50544, S32, 10.0, "p1_w"),
            (50780, U32, 1000.0, "ea_import_partial_wh"),
            (51070, U32, 0.001, "i1_max_avg_a"),
            (51536, U16, 0.1, "thd_u12_pct"),
            (51542, U16, 0.1, "thd_i1_pct"),
        ],
    )
    .await;
}

#[tokio::test]
async fn every_unit_says_who_it_is() {
    let running = start(Plant::demo()).await;
    for (gateway, unit_id) in [(0, 1), (0, 2), (0, 3), (1, 5)] {
        let mut client = running.client(gateway, unit_id).await;
        assert_eq!(
            read(&mut client, 50000, 4).await,
            "SOCO".bytes().map(u16::from).collect::<Vec<u16>>()
        );
    }
    running.simulation.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_refused_as_a_device_does() {
    let running = start(Plant::demo()).await;
    let mut module = running.client(0, 3).await;
    assert_eq!(
        refused(&mut module, 5, 2).await,
        ExceptionCode::IllegalDataAddress
    );
    let mut nobody = running.client(0, 99).await;
    assert_eq!(
        refused(&mut nobody, 18444, 2).await,
        ExceptionCode::GatewayTargetDevice
    );
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_load_that_is_not_mounted_is_switched_off() {
    let running = start(Plant::demo()).await;
    let mut client = running.client(0, 3).await;
    assert_eq!(read(&mut client, 18432, 1).await, [1]);
    assert_eq!(read(&mut client, 18432 + 2048, 1).await, [0]);
    running.simulation.stop().await;
}

/// Everything in one answer is of one instant: P is the sum of its phases to their last digit,
/// while time runs.
#[tokio::test]
async fn an_answer_is_never_torn_between_two_instants() {
    let running = start(Plant::demo()).await;
    let clock = Arc::clone(&running.clock);
    let moving = tokio::spawn(async move {
        loop {
            clock.move_on(3);
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    });
    let mut client = running.client(0, 4).await;
    let mut seen = HashSet::new();
    let give_up = Instant::now() + Duration::from_secs(20);
    while seen.len() < 10 && Instant::now() < give_up {
        let words = read(&mut client, 18476, 18).await;
        let value = |at: usize| Words::S32.number(&words[at..at + 2]);
        let sum = value(12) + value(14) + value(16);
        assert!((value(0) - sum).abs() <= 2.0, "{} is not {sum}", value(0));
        seen.insert(words);
    }
    assert_eq!(seen.len(), 10, "values moved");
    moving.abort();
    running.simulation.stop().await;
}
