//! A process that is killed, or a machine that loses power, at any moment loses nothing that was
//! acknowledged (DAT-11).
//!
//! The tests start themselves as a child that appends and seals without pause and kill it. Then
//! the file is opened and compared sample by sample: as the process left it ([`killed`]), and as
//! a power cut would have left it, which keeps of what was not synced whatever it likes
//! ([`power_cut`]).

mod killed;
mod power_cut;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use history::{HistoryStore, Sample, Span, SqliteOptions, SqliteStore};

use crate::support::{instant, power, sample};

/// Half of the crashes are kills and half power cuts; `WATTLINE_SOAK=1` makes ten times as many.
const ROUNDS: u64 = 10;
const SOAK_FACTOR: u64 = 10;

#[expect(
    clippy::disallowed_methods,
    reason = "the tests have no main.rs that could read it for them"
)]
fn rounds() -> u64 {
    let is_soaking = std::env::var("WATTLINE_SOAK").is_ok_and(|value| value == "1");
    ROUNDS * if is_soaking { SOAK_FACTOR } else { 1 }
}

/// Tasks that append at the same time, so that commits have several batches.
const WRITERS: u64 = 3;

/// More than two slices of a sealing, so that kills fall between them.
const SERIES: u32 = 150;

/// The end of January 2026 comes after a hundred batches.
const BASE_MS: i64 = 1_769_903_900_000;

/// Sealed all the time, into small chunks, so that many kills hit a sealing.
fn options() -> SqliteOptions {
    SqliteOptions {
        journal_bytes_max: 3000,
        chunk_points: 64,
        ..SqliteOptions::default()
    }
}

/// One sample of each series, one that is half a minute late, and one that corrects what the
/// same writer appended before.
fn batch(number: u64) -> Vec<Sample> {
    let at_ms = BASE_MS + number as i64 * 1000;
    let value = |series: u32| (number * 31 + u64::from(series)) as f64 / 100.0;
    let mut samples: Vec<Sample> = (1..=SERIES)
        .map(|series| sample(power(series), at_ms, value(series)))
        .collect();
    samples.push(sample(power(1), at_ms - 30_500, -value(1)));
    let corrected_ms = at_ms - WRITERS as i64 * 1000;
    samples.push(sample(power(2), corrected_ms, 0.5 + value(2)));
    samples
}

#[test]
#[ignore = "the child of the tests of crashes; alone it does nothing"]
fn writes_until_killed() {
    let argument =
        |name: &str| std::env::args().find_map(|arg| Some(arg.strip_prefix(name)?.to_owned()));
    let (Some(path), Some(first)) = (argument("path="), argument("first=")) else {
        return;
    };
    let first: u64 = first.parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let acknowledged = Path::new(&path).with_file_name(ACKNOWLEDGED);
        let acknowledged = Arc::new(File::create(acknowledged).unwrap());
        let store = Arc::new(SqliteStore::open(path, options()).unwrap());
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = Arc::clone(&store);
                let acknowledged = Arc::clone(&acknowledged);
                tokio::spawn(async move {
                    for number in (first + writer..).step_by(WRITERS as usize) {
                        store.append(batch(number)).await.unwrap();
                        let bytes = number.to_le_bytes();
                        assert_eq!((&*acknowledged).write(&bytes).unwrap(), bytes.len());
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// The file beside the history in which the child says what was acknowledged: a write of eight
/// bytes after each append.
const ACKNOWLEDGED: &str = "acknowledged";

fn numbers(bytes: &[u8]) -> Vec<u64> {
    let whole = bytes.as_chunks().0.iter();
    whole.map(|bytes| u64::from_le_bytes(*bytes)).collect()
}

/// Runs the child for a while; the numbers it said were acknowledged.
fn run_and_kill(
    delay: Duration,
    path: &Path,
    first: u64,
    environment: &[(&str, &str)],
) -> Vec<u64> {
    let acknowledged = path.with_file_name(ACKNOWLEDGED);
    // That of an earlier child must not be taken for its own.
    let _ = std::fs::remove_file(&acknowledged);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "crash::writes_until_killed"])
        .arg(format!("path={}", path.display()))
        .arg(format!("first={first}"))
        .envs(environment.iter().copied())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // The moment of the kill is the point of the test, so here time is slept.
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    numbers(&std::fs::read(acknowledged).unwrap_or_default())
}

/// Opens a file that was left behind and compares what is in it with what was there before and
/// the batches since, of which `acknowledged` must be there.
async fn check_file(
    path: &Path,
    first: u64,
    acknowledged: &[u64],
    expected: &mut Expected,
    what: &str,
) {
    check_integrity(path, what);
    let store = SqliteStore::open(path, options()).unwrap();
    let found = read_all(&store).await;
    for writer in 0..WRITERS {
        let mine = |number: &&u64| (**number - first) % WRITERS == writer;
        let last = acknowledged.iter().filter(mine).max();
        for number in acknowledged.iter().filter(mine) {
            expect(expected, *number);
        }
        // What came next may have been committed without time to say so: wholly or not at all.
        let in_doubt = last.map_or(first + writer, |last| last + WRITERS);
        let probe = (SERIES, BASE_MS + in_doubt as i64 * 1000);
        if found.contains_key(&probe) {
            expect(expected, in_doubt);
        }
    }
    check_same(&found, expected, what);
    let health = store.health().await.unwrap();
    assert_eq!((health.damaged, health.fault), (0, None), "round {what}");
}

type Expected = BTreeMap<(u32, i64), f64>;

fn expect(expected: &mut Expected, number: u64) {
    for sample in batch(number) {
        let key = (sample.series.point.0, sample.at.as_millisecond());
        expected.insert(key, sample.value);
    }
}

/// What lies in the file, each sample once.
async fn read_all(store: &SqliteStore) -> Expected {
    let span = Span {
        from: instant(0),
        until: instant(BASE_MS * 2),
    };
    let mut found = Expected::new();
    for series in 1..=SERIES {
        for sample in store
            .read_raw(power(series), span, usize::MAX)
            .await
            .unwrap()
        {
            let key = (series, sample.at.as_millisecond());
            assert_eq!(found.insert(key, sample.value), None, "a double at {key:?}");
        }
    }
    found
}

/// Names the first difference; the whole of both would fill screens.
fn check_same(found: &Expected, expected: &Expected, what: &str) {
    let is_wrong = |(key, value): &(&(u32, i64), &f64)| found.get(key) != Some(value);
    let missing = expected.iter().find(is_wrong);
    assert_eq!(missing, None, "round {what}: lost or changed");
    let alien = found.keys().find(|key| !expected.contains_key(key));
    assert_eq!(alien, None, "round {what}: never appended");
}

fn check_integrity(path: &Path, what: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let verdict: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok", "round {what}");
}
