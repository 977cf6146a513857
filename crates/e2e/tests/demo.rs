//! The demonstration as a newcomer starts it: once, and once more over the same folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use e2e::{Api, Wattline, eventually};
use serde_json::Value;

/// The circuit that feeds the demo site.
const INCOMER: u64 = 2;

fn start(data: &std::path::Path) -> Wattline {
    start_with_history(data, 0)
}

fn start_with_history(data: &std::path::Path, days: u32) -> Wattline {
    Wattline::start(&[
        "demo",
        "--history-days",
        &days.to_string(),
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
    ])
}

fn stored(api: &Api, quantity: &str) -> Vec<Value> {
    api.read(&format!(
        "/circuits/{INCOMER}/readings?quantity={quantity}&from=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z"
    ))
    .as_array()
    .unwrap()
    .clone()
}

/// PLT-14, PLT-15
#[test]
fn a_second_start_goes_on_with_its_history_and_no_meter_steps_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = start(folder.path());
    let api = program.api().as_user();
    let before = eventually("the first readings", Duration::from_secs(30), || {
        let readings = stored(&api, "p_w");
        (readings.len() >= 4 && !stored(&api, "ea_import_wh").is_empty()).then_some(readings)
    });
    let overview = api.read("/overview");
    assert_eq!(
        overview["sources"]["answering"],
        overview["sources"]["total"]
    );
    assert!(overview["power"]["value_w"].is_number(), "{overview}");
    program.finish(&[]);

    let mut program = start(folder.path());
    let api = program.api().as_user();
    let indexes = eventually(
        "an index after the second start",
        Duration::from_secs(30),
        || {
            let indexes = stored(&api, "ea_import_wh");
            (indexes.len() >= 2 && stored(&api, "p_w").len() > before.len()).then_some(indexes)
        },
    );
    let after = stored(&api, "p_w");
    assert_eq!(after[..before.len()], before[..], "the history is the same");
    let values: Vec<f64> = indexes
        .iter()
        .map(|reading| reading["value"].as_f64().unwrap())
        .collect();
    assert!(values.is_sorted(), "an index only grows: {values:?}");
    program.finish(&[]);
}

/// PLT-15, DAT-12
#[test]
fn the_demo_comes_with_a_history_in_which_meters_did_what_meters_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = start_with_history(folder.path(), 150);
    let api = program.api().as_user();
    let kinds = |point: u64| -> Vec<String> {
        let path = format!("/circuits/{point}/counter_journal?quantity=ea_import_wh");
        let entries = api.read(&path);
        let entries = entries.as_array().unwrap().iter();
        entries
            .map(|entry| entry["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    // The meters go on from their past: no counter has anything to explain where it begins.
    eventually("an index that was read", Duration::from_secs(30), || {
        let newest = stored_since_start(&api);
        (newest > 0).then_some(())
    });
    assert_eq!(kinds(INCOMER), Vec::<String>::new());
    assert_eq!(kinds(3), ["catch_up"]);
    assert_eq!(kinds(6), ["glitch"]);
    assert_eq!(kinds(7), ["replacement"]);
    assert_eq!(kinds(9), ["replacement"]);
    program.finish(&[]);
}

#[test]
fn a_history_that_is_shorter_than_its_stories_starts_too() {
    for days in [1, 140] {
        let folder = tempfile::tempdir().unwrap();
        let mut program = start_with_history(folder.path(), days);
        let api = program.api().as_user();
        let entries = api.read("/circuits/9/counter_journal?quantity=ea_import_wh");
        assert_eq!(entries, serde_json::json!([]), "{days} days");
        program.finish(&[]);
    }
}

/// Indexes of the incomer that are not of the grid on which the past was made.
fn stored_since_start(api: &Api) -> usize {
    let indexes = api.read(&format!(
        "/circuits/{INCOMER}/readings?quantity=ea_import_wh&from={}&until=2100-01-01T00:00:00Z",
        e2e::now() - jiff::SignedDuration::from_mins(5)
    ));
    let indexes = indexes.as_array().unwrap().iter();
    indexes
        .filter(|reading| !reading["at"].as_str().unwrap().ends_with("0:00Z"))
        .count()
}

/// NFR-07
#[test]
fn a_second_server_on_the_same_folder_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Wattline::serve(folder.path(), &[]);
    let _ = first.api();
    let second = std::process::Command::new(e2e::binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    let reason = String::from_utf8_lossy(&second.stderr);
    assert!(reason.contains("in use by another server"), "{reason}");
    first.finish(&[]);
}

#[test]
fn a_wrong_site_file_is_refused_by_name_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.json");
    std::fs::write(
        &file,
        r#"{ "format": "wattline-configuration", "version": 1, "site": { "name": 7 } }"#,
    )
    .unwrap();
    let output = std::process::Command::new(e2e::binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .arg("--site")
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(
        reason.contains("site.json") && reason.contains("site.name"),
        "{reason}"
    );
}

#[test]
fn a_profile_file_is_checked_by_a_command() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/socomec/");
    let check = |file: &str| {
        std::process::Command::new(e2e::binary())
            .args(["profile", "check", file])
            .output()
            .unwrap()
    };
    let sound = check(&format!("{root}diris_a10.toml"));
    assert!(
        sound.status.success(),
        "{}",
        String::from_utf8_lossy(&sound.stderr)
    );
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "schema = 1\nid = \"x.y\"\nvendr = \"Z\"\n").unwrap();
    let refused = check(broken.to_str().unwrap());
    assert_eq!(refused.status.code(), Some(2));
    let reason = String::from_utf8_lossy(&refused.stderr);
    assert!(
        reason.contains("vendr") && reason.contains("broken.toml"),
        "{reason}"
    );
}
