//! Orders written to a device by a client of another project: what it does, and what it refuses.

use std::time::Duration;

use crate::common::{Running, plant_with, read, start};
use tokio_modbus::ExceptionCode;
use tokio_modbus::client::{Context, Writer};

/// A module whose key lock is closed, and one that is free.
const DEVICES: &str = r#"
[[gateway.device]]
unit_id = 7
profile = "socomec.digiware.i35"
mounts = { circuit2 = "pump" }

[[gateway.device]]
unit_id = 8
profile = "socomec.digiware.i35"
mounts = { circuit1 = "pump" }
write_exception = 4
"#;

/// Behind the second gateway of the plant.
const QUIET_BOARD: usize = 1;

/// Load 2 of a module: its registers lie 2048 behind those of load 1.
const RESET: u16 = 20096 + 2048;
const RESET_TARIFFS: u16 = 20099 + 2048;
const TOTAL: u16 = 19843 + 2048;
const PARTIAL: u16 = 19872 + 2048;
const PARTIAL_TARIFF_1: u16 = 20353 + 2048;
const ALL_METERS: u16 = 0x3F;

async fn plant() -> Running {
    start(plant_with(DEVICES)).await
}

/// A counter in kWh and its tenths of a Wh, in Wh.
async fn energy_wh(client: &mut Context, start: u16) -> f64 {
    let words = read(client, start, 3).await;
    f64::from(words[0]) * 65_536_000.0 + f64::from(words[1]) * 1000.0 + f64::from(words[2]) / 10.0
}

/// Waits until the pump of 6 kW has moved a counter on to `wh`, which it does at the next step of the
/// plant after its clock was moved.
async fn counted_up_to(client: &mut Context, start: u16, wh: f64) {
    for _ in 0..500 {
        if energy_wh(client, start).await >= wh {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("register {start} never came to {wh} Wh");
}

/// MON-21
#[tokio::test]
async fn a_reset_zeroes_the_partial_energy_and_leaves_the_total() {
    let running = plant().await;
    let mut client = running.client(QUIET_BOARD, 7).await;
    let total = energy_wh(&mut client, TOTAL).await;
    assert!(energy_wh(&mut client, PARTIAL).await > 0.0);

    let answer = client.write_single_register(RESET, ALL_METERS).await;
    answer.expect("an answer").expect("no exception");
    assert!(energy_wh(&mut client, PARTIAL).await.abs() < 0.05);
    assert!(energy_wh(&mut client, TOTAL).await >= total);

    running.clock.move_on(3600);
    counted_up_to(&mut client, PARTIAL, 5_000.0).await;
    running.simulation.stop().await;
}

#[tokio::test]
async fn the_counters_of_the_tariffs_have_an_order_of_their_own() {
    let running = plant().await;
    running.clock.move_on(3600);
    let mut client = running.client(QUIET_BOARD, 7).await;
    counted_up_to(&mut client, PARTIAL, 5_000.0).await;
    let tariff_kwh = read(&mut client, PARTIAL_TARIFF_1, 2).await[1];
    assert!(tariff_kwh > 0);
    let answer = client.write_single_register(RESET, ALL_METERS).await;
    answer.expect("an answer").expect("no exception");
    assert!(read(&mut client, PARTIAL_TARIFF_1, 2).await[1] >= tariff_kwh);
    let answer = client
        .write_multiple_registers(RESET_TARIFFS, &[ALL_METERS])
        .await;
    answer.expect("an answer").expect("no exception");
    assert_eq!(read(&mut client, PARTIAL_TARIFF_1, 2).await, [0, 0]);
    running.simulation.stop().await;
}

#[tokio::test]
async fn what_is_no_order_is_refused_and_changes_nothing() {
    let running = plant().await;
    let mut client = running.client(QUIET_BOARD, 7).await;
    let before = energy_wh(&mut client, PARTIAL).await;
    for (address, word, expected) in [
        (RESET, 0x1F, ExceptionCode::IllegalDataValue),
        (RESET_TARIFFS, ALL_METERS, ExceptionCode::IllegalFunction),
        (TOTAL, 0, ExceptionCode::IllegalDataAddress),
    ] {
        let answer = client.write_single_register(address, word).await;
        assert_eq!(answer.expect("an answer"), Err(expected), "{address}");
    }
    let answer = client
        .write_multiple_registers(RESET, &[ALL_METERS, 0])
        .await;
    let expected = Err(ExceptionCode::IllegalDataAddress);
    assert_eq!(answer.expect("an answer"), expected);
    assert!(energy_wh(&mut client, PARTIAL).await >= before);
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_locked_device_answers_its_exception() {
    let running = plant().await;
    let mut client = running.client(QUIET_BOARD, 8).await;
    let answer = client.write_single_register(20096, ALL_METERS).await;
    let expected = Err(ExceptionCode::ServerDeviceFailure);
    assert_eq!(answer.expect("an answer"), expected);
    assert!(energy_wh(&mut client, 19872).await > 0.0);
    running.simulation.stop().await;
}
