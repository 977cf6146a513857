//! Whatever the disk does: what was acknowledged stays, what was not is not seen, reading goes on
//! where it can, the fault is told while it lasts, and afterwards all is as if nothing had been.
//!
//! Each case runs in a child process on a disk that obeys ([`disk`](crate::disk)).

use std::path::{Path, PathBuf};
use std::process::Command;

use history::{HistoryError, HistoryStore, Sample, SqliteStore};

use crate::disk;
use crate::support::{power, read_all, run, small_chunks};

/// The folder of a case, in the child.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    fn open(&self) -> Result<SqliteStore, HistoryError> {
        SqliteStore::open(self.folder.join("data/history.db"), small_chunks())
    }

    /// From now on this goes wrong; nothing, if it is empty.
    fn set_fault(&self, fault: &str) {
        std::fs::write(self.folder.join("fault"), fault).unwrap();
    }
}

async fn check_fault(store: &SqliteStore, expected: Option<&str>) {
    let health = store.health().await.unwrap();
    assert_eq!(health.damaged, 0);
    match (health.fault, expected) {
        (None, None) => {}
        (Some(fault), Some(part)) => assert!(fault.contains(part), "{fault}"),
        (found, expected) => panic!("{found:?} is not {expected:?}"),
    }
}

/// Appends and seals that meet a fault, and what is there while it lasts and afterwards.
async fn writing_meets(disk: Disk, fault: &str, told_as: &str) {
    let store = disk.open().unwrap();
    store.append(run(0..3)).await.unwrap();
    store.append(run(3..6)).await.unwrap();

    disk.set_fault(fault);
    for _ in 0..3 {
        let refused = store.append(run(6..9)).await.unwrap_err();
        assert!(refused.is_transient(), "{refused}");
        check_fault(&store, Some(told_as)).await;
    }
    assert!(store.seal().await.is_err());
    assert_eq!(read_all(&store, power(1)).await, run(0..6));
    let latest = store.latest(&[power(1)]).await.unwrap();
    assert_eq!(latest, [Some(run(5..6)[0])]);

    disk.set_fault("");
    store.append(run(6..9)).await.unwrap();
    store.seal().await.unwrap();
    check_fault(&store, None).await;
    assert_eq!(read_all(&store, power(1)).await, run(0..9));

    disk.set_fault(fault);
    assert!(store.append(run(9..12)).await.is_err());
    drop(store);
    // What was refused may be there after a start, wholly or not at all: it was never said that
    // it is not, and the recorder appends it again.
    let is_whole = |found: &[Sample]| found == run(0..9) || found == run(0..12);
    if let Ok(store) = disk.open() {
        let found = read_all(&store, power(1)).await;
        assert!(is_whole(&found), "{found:?}");
    }
    disk.set_fault("");
    let store = disk.open().unwrap();
    let found = read_all(&store, power(1)).await;
    assert!(is_whole(&found), "{found:?}");
    check_fault(&store, None).await;
}

async fn writes_that_come_short(disk: Disk) {
    disk.set_fault("short");
    let store = disk.open().unwrap();
    store.append(run(0..6)).await.unwrap();
    store.seal().await.unwrap();
    store.append(run(6..9)).await.unwrap();
    drop(store);
    let store = disk.open().unwrap();
    assert_eq!(read_all(&store, power(1)).await, run(0..9));
    check_fault(&store, None).await;
}

async fn reading_fails(disk: Disk) {
    let store = disk.open().unwrap();
    store.append(run(0..6)).await.unwrap();
    store.seal().await.unwrap();
    drop(store);
    let store = disk.open().unwrap();
    disk.set_fault("unread");
    // An error, and no gap that never was.
    let result = store.read_raw(power(1), crate::support::always(), 9).await;
    assert!(result.unwrap_err().is_transient());
    let latest = store.latest(&[power(1)]).await.unwrap();
    assert_eq!(latest, [Some(run(5..6)[0])]);
    disk.set_fault("");
    assert_eq!(read_all(&store, power(1)).await, run(0..6));
    store.append(run(6..9)).await.unwrap();
    store.seal().await.unwrap();
    assert_eq!(read_all(&store, power(1)).await, run(0..9));
}

async fn starting_on_a_full_disk(disk: Disk) {
    let store = disk.open().unwrap();
    store.append(run(0..6)).await.unwrap();
    drop(store);
    disk.set_fault("full");
    if let Err(error) = disk.open() {
        assert!(error.is_transient(), "{error}");
    }
    disk.set_fault("");
    assert_eq!(read_all(&disk.open().unwrap(), power(1)).await, run(0..6));
}

#[tokio::test]
#[ignore = "the child of the tests below; alone it does nothing"]
async fn plays_a_case() {
    let argument =
        |name: &str| std::env::args().find_map(|arg| Some(arg.strip_prefix(name)?.to_owned()));
    let (Some(folder), Some(case)) = (argument("folder="), argument("case=")) else {
        return;
    };
    let disk = Disk {
        folder: folder.into(),
    };
    match case.as_str() {
        "full" => writing_meets(disk, "full", "disk is full").await,
        "broken" => writing_meets(disk, "broken", "disk I/O error").await,
        "readonly" => writing_meets(disk, "readonly", "disk I/O error").await,
        "unsynced" => writing_meets(disk, "unsynced", "disk I/O error").await,
        "torn" => writing_meets(disk, "torn", "disk is full").await,
        "short" => writes_that_come_short(disk).await,
        "unread" => reading_fails(disk).await,
        "start" => starting_on_a_full_disk(disk).await,
        other => panic!("there is no case {other}"),
    }
    println!("played {case}");
}

#[track_caller]
fn check(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("data")).unwrap();
    let value = |path: &Path| path.to_str().unwrap().to_owned();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "faults::plays_a_case",
        ])
        .arg(format!("folder={}", folder.path().display()))
        .arg(format!("case={case}"))
        .env("LD_PRELOAD", disk::library())
        .env("DISK_FOLDER", value(&path("data")))
        .env("DISK_FAULT", value(&path("fault")))
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{told}");
    assert!(told.contains(&format!("played {case}")), "{told}");
}

#[test]
fn a_full_disk_costs_nothing_that_was_acknowledged() {
    check("full");
}

#[test]
fn a_write_error_costs_nothing_that_was_acknowledged() {
    check("broken");
}

#[test]
fn a_disk_that_becomes_read_only_costs_nothing_that_was_acknowledged() {
    check("readonly");
}

#[test]
fn a_sync_that_fails_is_no_acknowledgement() {
    check("unsynced");
}

#[test]
fn a_torn_write_costs_nothing_that_was_acknowledged() {
    check("torn");
}

#[test]
fn short_writes_are_completed() {
    check("short");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_no_gap() {
    check("unread");
}

#[test]
fn a_start_on_a_full_disk_loses_nothing() {
    check("start");
}
