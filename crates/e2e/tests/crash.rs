//! What is left when the program is killed in the middle of polling (PLT-14, DAT-11).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::scenarios::by_effort;
use e2e::{Plant, Wattline, eventually, now, one_meter};
use jiff::Timestamp;

/// Active power of load 1 of a Digiware current module: two words, high word first, in W.
const P_REGISTER: u64 = 18_476;
/// What the program may lose: the last second before the kill.
const LOST_MAX: Duration = Duration::from_secs(1);

#[test]
fn a_kill_loses_at_most_the_last_second_of_what_was_served() {
    let folder = tempfile::tempdir().unwrap();
    let plant_file = folder.path().join("plant.toml");
    std::fs::write(&plant_file, one_meter::PLANT).unwrap();
    let plant = Plant::start(&plant_file);
    let (host, port) = plant.address();
    let site_file = folder.path().join("site.json");
    std::fs::write(&site_file, one_meter::site(&host, port).to_string()).unwrap();
    let data = folder.path().join("data");

    let mut killed_at: Vec<Timestamp> = Vec::new();
    let mut served: BTreeMap<i64, (Timestamp, i64)> = BTreeMap::new();
    let begun = now();
    // Of kill and start over one data folder.
    let rounds = by_effort(5, 100);
    for round in 0..rounds {
        let mut program = Wattline::serve(&data, &["--site", site_file.to_str().unwrap()]);
        let api = program.api().as_user();
        let from = now();
        eventually(
            "some readings to be stored",
            Duration::from_secs(20),
            || (stored(&api, from).len() > 3 + round % 5).then_some(()),
        );
        // Anywhere in the second, so that the kill meets every part of the writer's work.
        std::thread::sleep(Duration::from_millis((170 * round % 1000) as u64));
        collect_served(&plant, &mut served);
        program.kill();
        killed_at.push(now());
        collect_served(&plant, &mut served);
    }

    let mut program = Wattline::serve(&data, &[]);
    let api = program.api().as_user();
    let stored = stored(&api, begun);
    collect_served(&plant, &mut served);
    // In the order of their instants: an answer is stamped when it came, just after it was served.
    let mut lost = 0;
    for (at, value) in served.values() {
        let kept = stored.iter().any(|(stored_at, stored_value)| {
            let delay = stored_at.duration_since(*at).as_secs_f64();
            (-0.05..0.5).contains(&delay) && *stored_value == *value
        });
        let just_before_a_kill = killed_at.iter().any(|kill| {
            let before = kill.duration_since(*at).as_secs_f64();
            (-0.5..LOST_MAX.as_secs_f64() + 0.2).contains(&before)
        });
        // After the last round nothing was killed, and the present second may not be stored yet.
        let present = now().duration_since(*at).as_secs_f64() < 3.0;
        assert!(
            kept || just_before_a_kill || present,
            "{value} W, served at {at}, is lost; kills at {killed_at:?}"
        );
        lost += usize::from(!kept && !present);
    }
    for (stored_at, value) in &stored {
        let was_served = served.values().any(|(at, served_value)| {
            served_value == value
                && (-0.05..0.5).contains(&stored_at.duration_since(*at).as_secs_f64())
        });
        let present = now().duration_since(*stored_at).as_secs_f64() < 3.0;
        assert!(
            was_served || present,
            "{value} W at {stored_at} was never served"
        );
    }
    println!(
        "{} answers served, {} stored, {lost} lost in {rounds} kills",
        served.len(),
        stored.len()
    );
    assert!(
        served.len() > 5 * rounds,
        "too few answers to prove anything"
    );
    program.finish(&[]);
    plant.finish();
}

/// Stored powers since `from`, in W.
fn stored(api: &e2e::Api, from: Timestamp) -> Vec<(Timestamp, i64)> {
    api.read(&format!(
        "/circuits/1/readings?quantity=p_w&from={from}&until=2100-01-01T00:00:00Z"
    ))
    .as_array()
    .unwrap()
    .iter()
    .map(|reading| {
        (
            reading["at"].as_str().unwrap().parse().unwrap(),
            reading["value"].as_f64().unwrap() as i64,
        )
    })
    .collect()
}

/// Adds the powers that the plant has served, by the sequence number of their answer.
fn collect_served(plant: &Plant, served: &mut BTreeMap<i64, (Timestamp, i64)>) {
    let after = served.keys().last().copied().unwrap_or(0);
    let answers = plant.get(&format!("/served?after={after}"));
    let answers = answers
        .get("answers")
        .unwrap_or(&answers)
        .as_array()
        .unwrap()
        .clone();
    for answer in answers {
        let start = answer["start"].as_u64().unwrap();
        let words: Vec<u16> = answer["words"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_u64().unwrap() as u16)
            .collect();
        let Some(first) = P_REGISTER.checked_sub(start).map(|first| first as usize) else {
            continue;
        };
        if let Some([high, low]) = words.get(first..first + 2) {
            let power = (u32::from(*high) << 16 | u32::from(*low)).cast_signed();
            served.insert(
                answer["seq"].as_i64().unwrap(),
                (
                    answer["at"].as_str().unwrap().parse().unwrap(),
                    power.into(),
                ),
            );
        }
    }
}
