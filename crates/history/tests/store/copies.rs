//! A copy taken while the store works holds what was acknowledged, and a check of it finds what
//! is damaged (NFR-04).

use history::{HistoryError, HistoryStore, SqliteStore, copy_file, inspect_file};
use rusqlite::Connection;

use crate::support::{instant, power, read_all, run, small_chunks};

#[tokio::test]
async fn a_copy_of_a_store_in_use_holds_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let copy = folder.path().join("copy.db");
    let store = SqliteStore::open(&path, small_chunks()).unwrap();
    store.append(run(0..10)).await.unwrap();
    store.seal().await.unwrap();
    store.append(run(10..14)).await.unwrap();
    copy_file(&path, &copy).unwrap();
    store.append(run(14..20)).await.unwrap();

    let summary = inspect_file(&copy).unwrap();
    assert_eq!(
        (summary.series, summary.chunks, summary.samples),
        (1, 4, 14)
    );
    assert_eq!(summary.oldest_at, Some(run(0..1)[0].at));
    assert_eq!(summary.newest_at, Some(run(13..14)[0].at));
    assert_eq!(summary.faults, Vec::<String>::new());
    let restored = SqliteStore::open(&copy, small_chunks()).unwrap();
    assert_eq!(read_all(&restored, power(1)).await, run(0..14));
    assert_eq!(read_all(&store, power(1)).await, run(0..20));
    drop(restored);
    // What it is set up with is kept, so that it can shrink like the first.
    let connection = Connection::open(&copy).unwrap();
    let vacuum: i64 = connection
        .pragma_query_value(None, "auto_vacuum", |row| row.get(0))
        .unwrap();
    assert_eq!(vacuum, 2);
}

async fn check_fault(sql: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = SqliteStore::open(&path, small_chunks()).unwrap();
    store.append(run(0..9)).await.unwrap();
    store.seal().await.unwrap();
    store.append(run(9..10)).await.unwrap();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    assert!(connection.execute(sql, []).unwrap() > 0);
    drop(connection);
    let summary = inspect_file(&path).unwrap();
    assert_eq!(summary.faults.len(), 1, "{summary:?}");
    assert!(summary.faults[0].contains(expected), "{summary:?}");
    assert_ne!(summary.oldest_at, Some(instant(0)));
}

#[tokio::test]
async fn a_damaged_part_is_found_by_the_check() {
    check_fault(
        "UPDATE chunk SET most = 1e9 WHERE id = (SELECT min(id) FROM chunk)",
        "chunk of series 1 from second",
    )
    .await;
    check_fault("UPDATE journal SET data = x'0102'", "journal row").await;
}

#[test]
fn what_is_no_history_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::fs::write(&path, "point;value\n".repeat(1000)).unwrap();
    let error = inspect_file(&path).unwrap_err();
    assert!(matches!(error, HistoryError::Unavailable { .. }));
    let error = copy_file(&path, &folder.path().join("copy.db")).unwrap_err();
    assert!(matches!(error, HistoryError::Unavailable { .. }));
}
