//! The file: its tables, how they came about, and how connections to it are opened.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::unavailable;
use crate::HistoryError;

/// Each entry lifts the file by one version. They only grow: a landed one is never edited.
const MIGRATIONS: &[&str] = &[
    "
    -- One row per series. The moments and the last value are those of its chunks, so that a start
    -- need not look at any chunk; NULL while it has none. Instants are milliseconds.
    CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        point INTEGER NOT NULL,
        measurand TEXT NOT NULL,
        first_at INTEGER,
        last_at INTEGER,
        last_value REAL,
        last_decimals INTEGER,
        last_quality INTEGER,
        UNIQUE (point, measurand)
    ) STRICT;

    -- The poll journal: one row per group commit, see journal.rs.
    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        data BLOB NOT NULL
    ) STRICT;

    -- Sealed points, clustered by (series, first second): id = series << 32 | first second.
    -- No two chunks of a series share a second. `checksum` covers every column; data is chunk.rs.
    CREATE TABLE chunk (
        id INTEGER PRIMARY KEY,
        n INTEGER NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        least REAL NOT NULL,
        most REAL NOT NULL,
        sum REAL NOT NULL,
        first REAL NOT NULL,
        last REAL NOT NULL,
        checksum INTEGER NOT NULL,
        data BLOB NOT NULL
    ) STRICT;

    -- What could not be read and lay in the way of the writer, kept for whoever can rescue it.
    CREATE TABLE damaged (
        seq INTEGER PRIMARY KEY,
        part TEXT NOT NULL,
        part_id INTEGER NOT NULL,
        data BLOB NOT NULL
    ) STRICT;
",
    "
    -- A series is told by its recording too (`instant`, `mean_10min`, ...), and its last value has
    -- a coverage, in half percents. SQLite changes no UNIQUE, so the table is made anew.
    CREATE TABLE recorded_series (
        id INTEGER PRIMARY KEY,
        point INTEGER NOT NULL,
        measurand TEXT NOT NULL,
        recording TEXT NOT NULL,
        first_at INTEGER,
        last_at INTEGER,
        last_value REAL,
        last_decimals INTEGER,
        last_quality INTEGER,
        last_coverage INTEGER,
        UNIQUE (point, measurand, recording)
    ) STRICT;
    INSERT INTO recorded_series
        SELECT id, point, measurand, 'instant', first_at, last_at, last_value, last_decimals,
               last_quality, iif(last_at IS NULL, NULL, 200)
        FROM series;
    DROP TABLE series;
    ALTER TABLE recorded_series RENAME TO series;
",
    "
    -- Up to which instant the chunks of a series were thinned to one sample per step.
    CREATE TABLE thinned (
        series INTEGER NOT NULL,
        step_ms INTEGER NOT NULL,
        until_at INTEGER NOT NULL,
        PRIMARY KEY (series, step_ms)
    ) STRICT, WITHOUT ROWID;
",
];

pub(super) const PAGE_BYTES: u64 = 4096;

/// Sixteen megabytes of pages, so that a checkpoint writes a page once that many commits touched.
const CHECKPOINT_PAGES: u32 = 4000;

/// A sealing or an import may stretch the write-ahead log; afterwards it is cut back to this.
const LOG_BYTES_KEPT: u64 = 32 << 20;

#[derive(Debug, thiserror::Error)]
pub(super) enum OpenFault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("version {found} is newer than {known}")]
    Newer { found: i64, known: i64 },
}

impl OpenFault {
    pub(super) fn of_file(self, path: &Path) -> HistoryError {
        match self {
            Self::Newer { found, known } => HistoryError::NewerFile {
                path: path.display().to_string(),
                found,
                known,
            },
            Self::Sqlite(source) => unavailable(path, source),
        }
    }
}

/// Opens the one connection that writes, and brings the file to this program's version.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenFault> {
    let mut connection = Connection::open(path)?;
    let found = known_version(&connection)?;
    // Page size and vacuum must be set before the first table, FULL before the first commit.
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES};
         PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA journal_size_limit = {LOG_BYTES_KEPT};"
    ))?;
    for (version, migration) in (1..).zip(MIGRATIONS) {
        if version > found {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    Ok(connection)
}

/// Pages that a reader keeps, in KiB: inner pages are worth it, whereas a page of chunks is seldom
/// asked for twice, and then comes from the system.
const READER_CACHE_KIB: u32 = 1000;

/// Opens a connection that cannot write; the file must exist.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.execute_batch(&format!("PRAGMA cache_size = -{READER_CACHE_KIB}"))?;
    Ok(connection)
}

/// The version of a file, if this program knows it.
pub(super) fn known_version(connection: &Connection) -> Result<i64, OpenFault> {
    let known = MIGRATIONS.len() as i64;
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(OpenFault::Newer { found, known });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(connection: &Connection, pragma: &str, expected: &str) {
        let found = connection
            .pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap();
        let found = match found {
            rusqlite::types::Value::Integer(value) => value.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{pragma}");
    }

    #[test]
    fn a_commit_is_synced_and_space_can_be_given_back() {
        // DAT-11: FULL is what makes a commit survive a power cut, so it must not slip.
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("history.db")).unwrap();
        check(&connection, "synchronous", "2");
        check(&connection, "journal_mode", "wal");
        check(&connection, "auto_vacuum", "2");
        check(&connection, "page_size", "4096");
        check(&connection, "user_version", &MIGRATIONS.len().to_string());
    }

    #[test]
    fn opening_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        drop(open_writer(&path).unwrap());
        let connection = open_writer(&path).unwrap();
        check(&connection, "user_version", &MIGRATIONS.len().to_string());
        check(&connection, "auto_vacuum", "2");
    }

    #[test]
    fn a_file_of_the_first_version_keeps_its_series_as_instantaneous_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute_batch(
                "INSERT INTO series VALUES (7, 1, 'p_w', 1000, 2000, 5.5, 1, 0);
                 INSERT INTO series VALUES (8, 1, 'v1_v', NULL, NULL, NULL, NULL, NULL);",
            )
            .unwrap();
        drop(connection);
        let connection = open_writer(&path).unwrap();
        let rows: String = connection
            .query_row(
                "SELECT group_concat(concat_ws(' ', id, measurand, recording, last_value,
                 last_coverage), '; ') FROM series",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(rows, "7 p_w instant 5.5 200; 8 v1_v instant");
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(
            open_writer(&path),
            Err(OpenFault::Newer {
                found: 99,
                known: 3
            })
        ));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let _writer = open_writer(&path).unwrap();
        let reader = open_reader(&path).unwrap();
        assert!(reader.execute("DELETE FROM chunk", []).is_err());
    }
}
