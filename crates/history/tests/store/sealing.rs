//! When the poll journal is sealed, and into which chunks.

use std::time::{Duration, Instant};

use history::{HistoryStore, SqliteOptions, SqliteStore};
use rusqlite::Connection;

use crate::support::{BASE_MS, instant, power, read_all, run, sample};

struct File {
    folder: tempfile::TempDir,
    store: SqliteStore,
}

impl File {
    fn new(options: SqliteOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("history.db"), options).unwrap();
        Self { folder, store }
    }

    fn with_chunks_of(chunk_points: usize) -> Self {
        Self::new(SqliteOptions {
            chunk_points,
            ..SqliteOptions::default()
        })
    }

    async fn seal(&self, samples: Vec<history::Sample>) {
        self.store.append(samples).await.unwrap();
        self.store.seal().await.unwrap();
    }

    fn numbers(&self, sql: &str) -> Vec<i64> {
        let connection = Connection::open(self.folder.path().join("history.db")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[track_caller]
    fn check_sizes(&self, sizes: &[i64]) {
        assert_eq!(self.numbers("SELECT n FROM chunk ORDER BY id"), sizes);
        assert_eq!(self.numbers("SELECT count(*) FROM journal"), [0]);
    }
}

#[tokio::test]
async fn chunks_fill_up_before_new_ones_begin() {
    let file = File::with_chunks_of(4);
    file.seal(run(0..3)).await;
    file.check_sizes(&[3]);
    file.seal(run(3..6)).await;
    file.check_sizes(&[4, 2]);
    file.seal(run(6..20)).await;
    file.check_sizes(&[4, 4, 4, 4, 4]);
}

/// A sealing takes several slices here, and one that is asked for meanwhile has its turn behind it.
#[tokio::test]
async fn a_sealing_asked_for_during_another_one_is_done_too() {
    let file = File::new(SqliteOptions {
        unsealed_bytes_max: 1,
        ..SqliteOptions::default()
    });
    let samples = (1..=300).map(|point| sample(power(point), BASE_MS, 1.0));
    let (appended, sealed) = tokio::join!(
        file.store.append(samples.collect()),
        tokio::time::timeout(Duration::from_secs(20), file.store.seal()),
    );
    appended.unwrap();
    sealed.expect("the sealing is answered").unwrap();
}

#[tokio::test]
async fn a_late_sample_halves_a_full_chunk_and_touches_no_other() {
    let file = File::with_chunks_of(4);
    file.seal(run(0..12)).await;
    file.seal(vec![sample(power(1), BASE_MS + 5500, 1.0)]).await;
    file.check_sizes(&[4, 3, 2, 4]);
    // There is room now.
    file.seal(vec![sample(power(1), BASE_MS + 4500, 1.0)]).await;
    file.check_sizes(&[4, 4, 2, 4]);
}

#[tokio::test]
async fn a_sample_before_all_others_begins_a_chunk() {
    let file = File::with_chunks_of(4);
    file.seal(run(10..14)).await;
    file.seal(run(0..1)).await;
    file.check_sizes(&[1, 4]);
    file.seal(run(1..3)).await;
    file.check_sizes(&[3, 4]);
}

/// A file of many slivers takes more room and time than one of full chunks.
#[tokio::test]
async fn a_year_of_ten_minute_values_sealed_day_by_day_lies_in_full_chunks() {
    let file = File::new(SqliteOptions::default());
    for day in 0..365 {
        let values = (day * 144..(day + 1) * 144)
            .map(|i| sample(power(1), BASE_MS + i * 600_000, (i % 1000) as f64));
        file.seal(values.collect()).await;
    }
    let mut expected = vec![4096; 12];
    expected.push(52_560 - 12 * 4096);
    file.check_sizes(&expected);
}

#[tokio::test]
async fn sealing_the_same_samples_again_changes_nothing() {
    let file = File::with_chunks_of(4);
    let checksums = || file.numbers("SELECT checksum FROM chunk ORDER BY id");
    file.seal(run(0..10)).await;
    let before = checksums();
    for _ in 0..2 {
        file.seal(run(0..10)).await;
        assert_eq!(checksums(), before);
    }
}

#[tokio::test]
async fn a_chunk_tells_its_extremes_sum_and_ends() {
    let file = File::with_chunks_of(100);
    let values = [3.0, -1.0, 5.0, 2.0];
    let samples = (0..).zip(values);
    let samples = samples.map(|(i, value)| sample(power(1), BASE_MS + i * 1000, value));
    file.seal(samples.collect()).await;
    for (column, expected) in [
        ("least", -1),
        ("most", 5),
        ("sum", 9),
        ("first", 3),
        ("last", 2),
        ("first_at", BASE_MS),
        ("last_at", BASE_MS + 3000),
        ("id", (1 << 32) | (BASE_MS / 1000)),
    ] {
        let sql = format!("SELECT CAST({column} AS INTEGER) FROM chunk");
        assert_eq!(file.numbers(&sql), [expected], "{column}");
    }
}

async fn check_sealed_by_itself(options: SqliteOptions) {
    let file = File::new(options);
    file.store.append(run(0..50)).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while file.store.health().await.unwrap().unsealed > 0 {
        assert!(Instant::now() < deadline, "it is not sealed");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(read_all(&file.store, power(1)).await, run(0..50));
}

#[tokio::test]
async fn a_large_journal_is_sealed() {
    check_sealed_by_itself(SqliteOptions {
        journal_bytes_max: 100,
        ..SqliteOptions::default()
    })
    .await;
}

#[tokio::test]
async fn many_unsealed_samples_are_sealed() {
    check_sealed_by_itself(SqliteOptions {
        unsealed_bytes_max: 50,
        ..SqliteOptions::default()
    })
    .await;
}

#[tokio::test]
async fn an_old_journal_is_sealed() {
    check_sealed_by_itself(SqliteOptions {
        seal_after: Duration::ZERO,
        ..SqliteOptions::default()
    })
    .await;
}

#[tokio::test]
async fn a_journal_that_was_left_is_sealed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    store.append(run(0..50)).await.unwrap();
    drop(store);
    let options = SqliteOptions {
        unsealed_bytes_max: 10,
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(&path, options).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while store.health().await.unwrap().unsealed > 0 {
        assert!(Instant::now() < deadline, "it is not sealed");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let newest = store.health().await.unwrap().newest_at;
    assert_eq!(newest, Some(instant(BASE_MS + 49_000)));
}
