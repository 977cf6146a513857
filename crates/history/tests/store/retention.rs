//! Deleted history gives its space back (DAT-08), and deletion outlives a restart.

use std::time::{Duration, Instant};

use history::{HistoryStore, Sample, SqliteOptions, SqliteStore};

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
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
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
