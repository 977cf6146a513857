//! The data folder as one file and back, on the built program (NFR-04).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use e2e::{Plant, Wattline, binary, eventually, now, one_meter};

/// Runs the program with these arguments: its exit status and all it said.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(binary()).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.code(), said)
}

#[track_caller]
fn check(arguments: &[&str], status: i32, told: &str) {
    let (found, said) = run(arguments);
    assert_eq!(found, Some(status), "{said}");
    assert!(said.contains(told), "{said}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_running_server_is_backed_up_and_comes_back_with_all_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("plant.toml"), one_meter::PLANT).unwrap();
    let plant = Plant::start(&path("plant.toml"));
    let (host, port) = plant.address();
    std::fs::write(path("site.json"), one_meter::site(&host, port).to_string()).unwrap();
    let (data, file) = (path("data"), path("wattline.backup"));

    let begun = now();
    let mut program = Wattline::serve(&data, &["--site", text(&path("site.json"))]);
    let api = program.api().as_user();
    let readings = eventually("readings to be stored", Duration::from_secs(20), || {
        let readings = api.readings(1, "p_w", begun);
        (readings.len() > 3).then_some(readings)
    });
    let backup = ["backup", text(&file), "--data", text(&data)];
    check(&backup, 0, "every part was read and is whole");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    check(&["restore", "--check", text(&file)], 0, "history: ");

    // Its folder belongs to the server, and afterwards to what lies in it.
    let restore = ["restore", text(&file), "--data", text(&data)];
    check(
        &[&restore[..], &["--replace"]].concat(),
        2,
        "in use by another server",
    );
    program.finish(&[]);
    check(&restore, 2, "holds data already");
    let other = path("restored");
    check(
        &["restore", text(&file), "--data", text(&other)],
        0,
        "restored ",
    );

    let mut program = Wattline::serve(&other, &[]);
    let api = program.api().as_user();
    let restored = api.readings(1, "p_w", begun);
    assert_eq!(&restored[..readings.len()], readings);
    program.finish(&[]);
    plant.finish();
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_told_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("data")).unwrap();
    std::fs::write(path("no.backup"), "point;value\n").unwrap();
    let (file, data) = (path("made.backup"), path("data"));
    let backup = ["backup", text(&file), "--data", text(&data)];
    check(&backup, 2, "it is no data folder");
    assert!(!file.exists());
    for (name, told) in [("no.backup", "is no backup"), ("none", "cannot be read")] {
        let file = path(name);
        check(&["restore", text(&file), "--data", text(&data)], 2, told);
        assert!(!data.join("history.db").exists());
    }
}
