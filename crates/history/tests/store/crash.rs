//! A process that is killed at any moment loses nothing that was acknowledged (DAT-11).
//!
//! The test starts itself as a child that appends and seals without pause, kills it, opens the
//! file and compares it sample by sample; again and again on the same file.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use history::{HistoryStore, Sample, Span, SqliteOptions, SqliteStore};

use crate::support::{instant, power, sample};

const ROUNDS: u64 = 20;

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
#[ignore = "the child of the test below; alone it does nothing"]
fn writes_until_killed() {
    let argument =
        |name: &str| std::env::args().find_map(|arg| Some(arg.strip_prefix(name)?.to_owned()));
    let (Some(path), Some(first)) = (argument("path="), argument("first=")) else {
        return;
    };
    let first: u64 = first.parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Arc::new(SqliteStore::open(path, options()).unwrap());
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    for number in (first + writer..).step_by(WRITERS as usize) {
                        store.append(batch(number)).await.unwrap();
                        println!("acknowledged {number}");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// Runs the child for a while; the numbers it said were acknowledged.
fn kill_after(delay: Duration, path: &Path, first: u64) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "crash::writes_until_killed",
        ])
        .arg(format!("path={}", path.display()))
        .arg(format!("first={first}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    // The moment of the kill is the point of the test, so here time is slept.
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    let text = reader.join().unwrap();
    // A last line without its end was cut off by the kill.
    text.split_inclusive('\n')
        .filter_map(|line| {
            line.strip_suffix('\n')?
                .split_once("acknowledged ")?
                .1
                .parse()
                .ok()
        })
        .collect()
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
fn check_same(found: &Expected, expected: &Expected, round: u64) {
    let is_wrong = |(key, value): &(&(u32, i64), &f64)| found.get(key) != Some(value);
    let missing = expected.iter().find(is_wrong);
    assert_eq!(missing, None, "round {round}: lost or changed");
    let alien = found.keys().find(|key| !expected.contains_key(key));
    assert_eq!(alien, None, "round {round}: never appended");
}

fn check_integrity(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let verdict: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut expected = Expected::new();
    let mut first = WRITERS;
    let mut n_acknowledged = 0;
    for round in 0..ROUNDS {
        // Spread over the start, the replay and the writing; no two rounds alike.
        let delay = Duration::from_millis(30 + round * 7919 % 240);
        let acknowledged = kill_after(delay, &path, first);
        n_acknowledged += acknowledged.len();
        check_integrity(&path);

        let store = SqliteStore::open(&path, options()).unwrap();
        let found = read_all(&store).await;
        for writer in 0..WRITERS {
            let mine = |number: &&u64| (**number - first) % WRITERS == writer;
            let last = acknowledged.iter().filter(mine).max();
            for number in acknowledged.iter().filter(mine) {
                expect(&mut expected, *number);
            }
            // What came next may have been committed without time to say so: wholly or not at all.
            let in_doubt = last.map_or(first + writer, |last| last + WRITERS);
            let probe = (SERIES, BASE_MS + in_doubt as i64 * 1000);
            if found.contains_key(&probe) {
                expect(&mut expected, in_doubt);
            }
        }
        check_same(&found, &expected, round);
        let health = store.health().await.unwrap();
        assert_eq!((health.damaged, health.fault), (0, None));
        let last = acknowledged.iter().max().map_or(first, |last| last + 1);
        first = last.next_multiple_of(WRITERS) + WRITERS * 2;
    }
    // Were every child killed before it wrote, the test would prove nothing.
    assert!(n_acknowledged > ROUNDS as usize * 10, "{n_acknowledged}");
}
