//! A damaged part of the file costs that part and nothing else, and is reported.

use history::{HistoryError, HistoryStore, Sample, SqliteOptions, SqliteStore};
use rusqlite::Connection;

use crate::support::{BASE_MS, power, read_all, run, small_chunks};

/// From now on no chunk can be written.
const FULL: &str =
    "CREATE TRIGGER full BEFORE INSERT ON chunk BEGIN SELECT raise(ABORT, 'disk full'); END";

/// A file of a few commits, changed by hand while it is closed.
struct File {
    folder: tempfile::TempDir,
}

impl File {
    async fn with_commits(batches: &[Vec<Sample>], is_sealed: bool) -> Self {
        let file = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let store = file.open();
        for batch in batches {
            store.append(batch.clone()).await.unwrap();
        }
        if is_sealed {
            store.seal().await.unwrap();
        }
        file
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("history.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(self.path(), small_chunks()).unwrap()
    }

    fn change(&self, sql: &str) {
        let n_changed = Connection::open(self.path())
            .unwrap()
            .execute(sql, [])
            .unwrap();
        assert_eq!(n_changed, 1, "{sql}");
    }

    fn alter(&self, sql: &str) {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn count(&self, sql: &str) -> i64 {
        let connection = Connection::open(self.path()).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

async fn check_damage(store: &SqliteStore, n_damaged: u64, fault: Option<&str>) {
    let health = store.health().await.unwrap();
    assert_eq!(
        (health.damaged, health.fault.as_deref()),
        (n_damaged, fault)
    );
}

async fn check_torn_row(sql: &str) {
    let batches = [run(0..3), run(3..6), run(6..9)];
    let file = File::with_commits(&batches, false).await;
    file.change(sql);

    let store = file.open();
    assert_eq!(
        read_all(&store, power(1)).await,
        [run(0..3), run(6..9)].concat()
    );
    check_damage(&store, 1, Some("journal row 2 is damaged")).await;

    // It goes on as if nothing had happened, and the missing samples can come again.
    store.append(run(3..6)).await.unwrap();
    store.seal().await.unwrap();
    assert_eq!(read_all(&store, power(1)).await, run(0..9));
    drop(store);

    // What could not be read was put aside, so that the next start finds no damage.
    assert_eq!(
        file.count("SELECT count(*) FROM damaged WHERE part = 'journal row'"),
        1
    );
    let store = file.open();
    check_damage(&store, 0, None).await;
    assert_eq!(read_all(&store, power(1)).await, run(0..9));
}

#[tokio::test]
async fn a_torn_journal_row_costs_itself() {
    check_torn_row("UPDATE journal SET data = substr(data, 1, 10) WHERE seq = 2").await;
}

#[tokio::test]
async fn an_emptied_journal_row_costs_itself() {
    check_torn_row("UPDATE journal SET data = x'' WHERE seq = 2").await;
}

#[tokio::test]
async fn a_journal_row_of_a_later_kind_costs_itself() {
    check_torn_row("UPDATE journal SET data = x'630000000000' WHERE seq = 2").await;
}

/// Three chunks of three samples; the second is changed.
async fn check_damaged_chunk(change: &str) {
    let file = File::with_commits(&[run(0..9)], true).await;
    let id = (1_i64 << 32) | ((BASE_MS / 1000) + 3);
    file.change(&format!("UPDATE chunk SET {change} WHERE id = {id}"));

    let store = file.open();
    check_damage(&store, 0, None).await;
    for _ in 0..2 {
        assert_eq!(
            read_all(&store, power(1)).await,
            [run(0..3), run(6..9)].concat()
        );
    }
    let fault = format!(
        "chunk of series 1 from second {} is damaged",
        BASE_MS / 1000 + 3
    );
    check_damage(&store, 1, Some(&fault)).await;

    // What stood before the hole stands for the instants in it.
    let inside = run(4..5)[0].at;
    let found = store.last_at_or_before(power(1), &[inside]).await.unwrap();
    assert_eq!(found, [Some(run(2..3)[0])]);

    // New samples find their place where the damaged ones lay.
    store.append(run(4..6)).await.unwrap();
    store.seal().await.unwrap();
    let expected = [run(0..3), run(4..6), run(6..9)].concat();
    assert_eq!(read_all(&store, power(1)).await, expected);
    drop(store);
    assert_eq!(
        file.count("SELECT count(*) FROM damaged WHERE part = 'chunk'"),
        1
    );
    let store = file.open();
    assert_eq!(read_all(&store, power(1)).await, expected);
    check_damage(&store, 0, None).await;
}

#[tokio::test]
async fn a_chunk_with_damaged_data_costs_itself() {
    check_damaged_chunk("data = CAST(substr(data, 1, length(data) - 1) || x'ff' AS BLOB)").await;
}

#[tokio::test]
async fn a_chunk_that_was_cut_costs_itself() {
    check_damaged_chunk("data = substr(data, 1, 4)").await;
}

#[tokio::test]
async fn a_chunk_with_a_damaged_column_costs_itself() {
    check_damaged_chunk("most = 1e9").await;
}

#[tokio::test]
async fn a_failure_to_write_is_told_and_ends() {
    let file = File::with_commits(&[run(0..3)], false).await;
    let store = file.open();

    file.alter("ALTER TABLE journal RENAME TO hidden");
    let result = store.append(run(3..6)).await;
    assert!(matches!(result, Err(HistoryError::Unavailable { .. })));
    assert!(result.unwrap_err().is_transient());
    let fault = store.health().await.unwrap().fault.unwrap();
    assert!(fault.contains("journal"), "{fault}");
    // Reading goes on, and nothing that failed is seen.
    assert_eq!(read_all(&store, power(1)).await, run(0..3));

    file.alter("ALTER TABLE hidden RENAME TO journal");
    store.append(run(3..6)).await.unwrap();
    check_damage(&store, 0, None).await;
    assert_eq!(read_all(&store, power(1)).await, run(0..6));
}

#[tokio::test]
async fn a_failure_to_seal_keeps_everything_and_ends() {
    let file = File::with_commits(&[run(0..3)], false).await;
    let store = file.open();

    file.alter(FULL);
    assert!(store.seal().await.is_err());
    let fault = store.health().await.unwrap().fault.unwrap();
    assert!(fault.starts_with("disk full"), "{fault}");
    store.append(run(3..6)).await.unwrap();
    assert_eq!(read_all(&store, power(1)).await, run(0..6));

    file.alter("DROP TRIGGER full");
    store.seal().await.unwrap();
    check_damage(&store, 0, None).await;
    assert_eq!(read_all(&store, power(1)).await, run(0..6));
    assert_eq!(store.health().await.unwrap().unsealed, 0);
}

#[tokio::test]
async fn appends_are_refused_before_memory_runs_out() {
    let file = File::with_commits(&[run(0..5)], false).await;
    let options = SqliteOptions {
        unsealed_bytes_max: 20,
        ..small_chunks()
    };
    let store = SqliteStore::open(file.path(), options).unwrap();
    file.alter(FULL);
    store.append(run(5..500)).await.unwrap();
    let result = store.append(run(500..510)).await;
    assert!(matches!(result, Err(HistoryError::Unavailable { .. })));
    assert_eq!(read_all(&store, power(1)).await, run(0..500));

    file.alter("DROP TRIGGER full");
    store.seal().await.unwrap();
    store.append(run(500..510)).await.unwrap();
    assert_eq!(read_all(&store, power(1)).await, run(0..510));
}

/// Series and seconds of the files whose pages are damaged: some pages of chunks for each.
const SERIES: u32 = 12;
const SECONDS: i64 = 3000;

/// Values that do not compress, so that a chunk fills most of a page.
fn noisy(point: u32, seconds: std::ops::Range<i64>) -> Vec<Sample> {
    let mut chance = crate::disk::Chance(u64::from(point));
    seconds
        .map(|i| {
            let value = chance.below(1 << 30) as f64 / 100.0;
            crate::support::sample(power(point), BASE_MS + i * 1000, value)
        })
        .collect()
}

/// Every page in turn is overwritten: the file is refused at start, or what lies on other pages
/// is there, what comes is taken, and nothing wrong is answered.
#[tokio::test]
async fn a_damaged_page_costs_what_lies_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let options = SqliteOptions {
        chunk_points: 400,
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(&path, options.clone()).unwrap();
    for point in 1..=SERIES {
        store.append(noisy(point, 0..SECONDS)).await.unwrap();
    }
    store.seal().await.unwrap();
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let n_pages = whole.len() / 4096;
    let n_samples = u64::from(SERIES) * SECONDS as u64;
    let (mut n_refused, mut n_stopped, mut n_hurt) = (0, 0, 0);
    // The first page is the head of the file.
    for page in 1..n_pages {
        let mut bytes = whole.clone();
        let mut chance = crate::disk::Chance(page as u64);
        for byte in &mut bytes[page * 4096..(page + 1) * 4096] {
            *byte = chance.below(256) as u8;
        }
        std::fs::write(&path, bytes).unwrap();
        let Ok(store) = SqliteStore::open(&path, options.clone()) else {
            n_refused += 1;
            continue;
        };
        let (mut n_found, mut n_unreadable) = (0, 0);
        for point in 1..=SERIES {
            let all = noisy(point, 0..SECONDS);
            match store
                .read_raw(power(point), crate::support::always(), usize::MAX)
                .await
            {
                Ok(found) => {
                    n_found += found.len() as u64;
                    let is_foreign = |sample: &&Sample| {
                        let at = all.binary_search_by_key(&sample.at, |sample| sample.at);
                        at.ok().map(|i| &all[i]) != Some(*sample)
                    };
                    assert_eq!(found.iter().find(is_foreign), None, "page {page}");
                }
                Err(_) => n_unreadable += 1,
            }
        }
        let health = store.health().await.unwrap();
        if n_found < n_samples {
            n_hurt += 1;
            assert!(
                health.damaged > 0 || n_unreadable > 0,
                "page {page}: no word of it"
            );
        }
        let lost = n_samples - n_found;
        // A leaf holds up to four of these chunks; an inner page has all of them below it.
        let is_leaf = n_unreadable == 0;
        assert!(
            !is_leaf || lost <= 4 * 400,
            "page {page}: {lost} samples are gone"
        );

        // It goes on: other series, and new samples of the series that was hurt.
        let newer = |point| noisy(point, SECONDS..SECONDS + 50);
        let mut n_taken = 0;
        for point in 1..=SERIES {
            let Ok(()) = store.append(newer(point)).await else {
                continue;
            };
            n_taken += 1;
            let latest = store.latest(&[power(point)]).await.unwrap();
            assert_eq!(latest, [newer(point).last().copied()]);
        }
        if n_taken < SERIES {
            // A page from which SQLite takes free pages: no file can be written without it.
            n_stopped += 1;
            let fault = store.health().await.unwrap().fault.unwrap();
            assert!(fault.contains("malformed"), "page {page}: {fault}");
            continue;
        }
        if store.seal().await.is_err() {
            let fault = store.health().await.unwrap().fault;
            assert!(fault.is_some(), "page {page}: no word of it");
        }
        drop(store);
        let store = SqliteStore::open(&path, options.clone()).unwrap();
        for point in 1..=SERIES {
            let latest = store.latest(&[power(point)]).await.unwrap();
            assert_eq!(latest, [newer(point).last().copied()], "page {page}");
        }
    }
    // The tables of series, journal and free pages are the few that all others hang on.
    let told = format!("{n_pages} pages: {n_refused} refused, {n_stopped} stopped, {n_hurt} hurt");
    assert!(n_hurt > n_pages / 3 && n_refused + n_stopped <= 6, "{told}");
}
