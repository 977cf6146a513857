//! What happens at start: foreign files, files of the future, and files in use.

use std::error::Error as _;

use history::{HistoryError, HistoryStore, SqliteOptions, SqliteStore};
use rusqlite::Connection;

use crate::support::{power, read_all, run};

fn open(path: &std::path::Path) -> Result<SqliteStore, HistoryError> {
    SqliteStore::open(path, SqliteOptions::default())
}

#[test]
fn a_newer_file_is_refused_with_both_versions_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    drop(connection);

    let error = open(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the history file {} has version 7, this program knows up to 3",
            path.display()
        )
    );
    assert!(!error.is_transient());
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::fs::write(&path, "point;value\n".repeat(1000)).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::Unavailable { .. }));
    assert!(error.source().is_some());
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "point;value\n".repeat(1000)
    );
}

#[test]
fn a_folder_that_is_missing_is_told_with_the_path() {
    let error = open("/nowhere/history.db".as_ref()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the history file /nowhere/history.db cannot be used"
    );
}

#[tokio::test]
async fn closing_waits_for_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = std::sync::Arc::new(open(&path).unwrap());
    let appends: Vec<_> = (0..20)
        .map(|i| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move { store.append(run(i * 10..i * 10 + 10)).await })
        })
        .collect();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    drop(store);
    // The log is part of the file again: a copy of the one file is a copy of it all.
    assert!(!folder.path().join("history.db-wal").exists());
    assert_eq!(read_all(&open(&path).unwrap(), power(1)).await, run(0..200));
}

#[tokio::test]
async fn a_series_of_another_program_keeps_its_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = open(&path).unwrap();
    store.append(run(0..3)).await.unwrap();
    drop(store);
    let rename = |from: &str, to: &str| {
        let connection = Connection::open(&path).unwrap();
        let sql = "UPDATE series SET measurand = ?2 WHERE measurand = ?1";
        assert_eq!(connection.execute(sql, [from, to]).unwrap(), 1);
    };

    rename("p_w", "warp_factor");
    let store = open(&path).unwrap();
    assert_eq!(read_all(&store, power(1)).await, []);
    store.seal().await.unwrap();
    drop(store);

    rename("warp_factor", "p_w");
    assert_eq!(read_all(&open(&path).unwrap(), power(1)).await, run(0..3));
}

#[tokio::test]
async fn reading_and_appending_at_the_same_time_see_whole_commits() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions {
        unsealed_bytes_max: 500,
        chunk_points: 50,
        ..SqliteOptions::default()
    };
    let path = folder.path().join("history.db");
    let store = std::sync::Arc::new(SqliteStore::open(path, options).unwrap());
    let writer = {
        let store = std::sync::Arc::clone(&store);
        tokio::spawn(async move {
            for i in 0..200 {
                store.append(run(i * 10..i * 10 + 10)).await.unwrap();
            }
        })
    };
    // Sealing moves samples all the while; none may be missing, doubled or half a commit.
    let mut n_last = 0;
    while !writer.is_finished() {
        let found = read_all(&*store, power(1)).await;
        assert_eq!(found, run(0..found.len() as i64));
        assert!(
            found.len() >= n_last && found.len().is_multiple_of(10),
            "{}",
            found.len()
        );
        n_last = found.len();
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}
