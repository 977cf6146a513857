//! Deleted history gives its space back (DAT-08), and deletion outlives a restart.

use std::time::{Duration, Instant};

use history::{
    HistoryStore, Retained, Retention, Sample, SqliteOptions, SqliteStore, Thinning,
    retained_samples,
};

use crate::support::{BASE_MS, instant, power, read_all, run, sample};

const POINTS: u32 = 30;
const SAMPLES: i64 = 3000;

/// Values that no compression helps against.
fn noise(point: u32) -> Vec<Sample> {
    (0..SAMPLES)
        .map(|i| {
            let mixed = (i as u64 + u64::from(point) * 100_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let value = (mixed >> 12) as f64 * 1.1e-7;
            sample(power(point), BASE_MS + i * 1000, value)
        })
        .collect()
}

#[tokio::test]
async fn space_is_given_back_to_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let options = SqliteOptions {
        free_bytes_kept: 0,
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(&path, options).unwrap();
    for point in 1..=POINTS {
        store.append(noise(point)).await.unwrap();
    }
    store.seal().await.unwrap();
    // Sealing emptied the journal, whose pages stay for the next one; deletion frees both.
    for point in 1..=POINTS {
        let before = instant(BASE_MS + (SAMPLES - 10) * 1000);
        store.delete_before(power(point), before).await.unwrap();
        assert_eq!(read_all(&store, power(point)).await.len(), 10);
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let size = || std::fs::metadata(&path).unwrap().len();
    while size() > 100_000 {
        assert!(
            Instant::now() < deadline,
            "{} bytes are still taken",
            size()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for point in 1..=POINTS {
        let last = noise(point)[SAMPLES as usize - 10..].to_vec();
        assert_eq!(read_all(&store, power(point)).await, last);
    }
}

#[tokio::test]
async fn what_was_deleted_from_the_journal_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let open = || SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    let store = open();
    store.append(run(0..10)).await.unwrap();
    store
        .delete_before(power(1), run(5..6)[0].at)
        .await
        .unwrap();
    store.append(run(2..3)).await.unwrap();
    drop(store);
    let store = open();
    let expected = [run(2..3), run(5..10)].concat();
    assert_eq!(read_all(&store, power(1)).await, expected);
    store.seal().await.unwrap();
    drop(store);
    assert_eq!(read_all(&open(), power(1)).await, expected);
}

/// Index readings of some days, each ten seconds.
const DAYS: i64 = 5;
const DAY_MS: i64 = 86_400_000;

fn readings(point: u32) -> Vec<Sample> {
    (0..DAYS * DAY_MS / 10_000)
        .map(|i| sample(power(point), BASE_MS + i * 10_000, (i * 3) as f64))
        .collect()
}

fn thinned(point: u32, days: i64) -> Retention {
    Retention {
        series: power(point),
        delete_before: None,
        thin: vec![Thinning {
            until: instant(BASE_MS + days * DAY_MS),
            step: Duration::from_mins(10),
            anchor: instant(BASE_MS),
        }],
        keep: Vec::new(),
    }
}

/// DAT-08: indexes as read for two days, then one per ten minutes.
#[tokio::test]
async fn old_indexes_are_thinned_to_one_per_ten_minutes_in_full_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    for point in 1..=3 {
        store.append(readings(point)).await.unwrap();
    }
    store.seal().await.unwrap();
    let rules = (1..=3).map(|point| thinned(point, 3)).collect();
    let done = store.retain(rules).await.unwrap();
    let n_days = (DAYS - 3) * DAY_MS / 10_000;
    let n_left = 3 * 144 + n_days;
    assert_eq!(
        done.samples_thinned,
        3 * (DAYS * DAY_MS / 10_000 - n_left) as u64
    );
    for point in 1..=3 {
        let found = read_all(&store, power(point)).await;
        assert_eq!(
            found,
            retained_samples(&readings(point), &thinned(point, 3))
        );
        assert_eq!(found.len() as i64, n_left);
    }
    let sizes: Vec<i64> = rusqlite::Connection::open(&path)
        .unwrap()
        .prepare("SELECT n FROM chunk WHERE id >> 32 = 1 ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(sizes.len() <= 6, "{sizes:?}");

    // What was thinned already is not looked at again, and half a day is not worth a chunk.
    for days in [3, 3] {
        let done = store.retain(vec![thinned(1, days)]).await.unwrap();
        assert_eq!(done, Retained::default());
    }
    let mut half_a_day = thinned(1, 3);
    half_a_day.thin[0].until = instant(BASE_MS + 7 * DAY_MS / 2);
    let done = store.retain(vec![half_a_day]).await.unwrap();
    assert_eq!(done, Retained::default());
}

#[tokio::test]
async fn what_comes_late_is_thinned_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    store.append(readings(1)).await.unwrap();
    store.seal().await.unwrap();
    store.retain(vec![thinned(1, 5)]).await.unwrap();
    let once = read_all(&store, power(1)).await;
    store.append(readings(1)[100..200].to_vec()).await.unwrap();
    store.seal().await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    store.retain(vec![thinned(1, 5)]).await.unwrap();
    assert_eq!(read_all(&store, power(1)).await, once);
}

#[tokio::test]
async fn a_damaged_chunk_stays_where_it_is_when_its_neighbours_are_thinned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    store.append(readings(1)).await.unwrap();
    store.seal().await.unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let damage = "UPDATE chunk SET most = 1e9 WHERE id = (SELECT id FROM chunk ORDER BY id LIMIT 1 OFFSET 3)";
    assert_eq!(connection.execute(damage, []).unwrap(), 1);
    store.retain(vec![thinned(1, 5)]).await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!(health.damaged, 1);
    let found = read_all(&store, power(1)).await;
    let least = retained_samples(&readings(1), &thinned(1, 5));
    let lost: Vec<_> = least
        .iter()
        .filter(|sample| !found.contains(sample))
        .collect();
    // A chunk holds eleven hours of these.
    assert!(lost.len() <= 70, "{}", lost.len());
    let span = lost.last().unwrap().at.duration_since(lost[0].at);
    assert!(span.as_hours() <= 12, "{span}");
}

/// More than one slice unpacks or deletes.
const OLD_SERIES: u32 = 40;

/// The oldest chunks go whole: up to one of a series stays longer than it must.
#[tokio::test]
async fn old_chunks_are_deleted_while_appends_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = std::sync::Arc::new(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    for point in 1..=OLD_SERIES {
        store.append(readings(point)).await.unwrap();
    }
    store.seal().await.unwrap();
    let rules = (1..=OLD_SERIES)
        .map(|point| Retention {
            delete_before: Some(instant(BASE_MS + 2 * DAY_MS)),
            thin: Vec::new(),
            ..thinned(point, 0)
        })
        .collect();
    let retaining = {
        let store = std::sync::Arc::clone(&store);
        tokio::spawn(async move { store.retain(rules).await.unwrap() })
    };
    let late = sample(power(99), BASE_MS, 1.0);
    store.append(vec![late]).await.unwrap();
    let done = retaining.await.unwrap();
    assert_eq!(done.samples_thinned, 0);
    let n_old = u64::from(OLD_SERIES) * (2 * DAY_MS / 10_000) as u64;
    assert!(done.samples_deleted <= n_old && done.samples_deleted > n_old * 9 / 10);
    for stored in store.series().await.unwrap() {
        if stored.key != power(99) {
            let left = stored.oldest_at.as_millisecond() - (BASE_MS + 2 * DAY_MS);
            assert!((-4096 * 10_000..=0).contains(&left), "{left}");
            let all = read_all(&*store, stored.key).await;
            assert_eq!(all.first().map(|first| first.at), Some(stored.oldest_at));
            assert_eq!(all.last(), Some(&stored.newest));
        }
    }
    assert_eq!(read_all(&*store, power(99)).await, [late]);
}
