//! `config.db` in the data folder: what people set up, and who may do what.
//!
//! One SQLite file behind one connection: edits are rare and small, so they take turns.
//! [`ConfigDb::with`] is the only door; it runs on the blocking pool, so no task of the runtime
//! ever waits for the disk. Readings live in a file of their own (see `history`), so that no
//! edit waits for a poll.
//!
//! # Invariants
//!
//! - What `with` committed survives a power cut (WAL, `synchronous = FULL`).
//! - [`MIGRATIONS`] only grows: a step that was ever released is never edited. A file written by
//!   a newer program is refused, by the names of both versions, and left untouched.
//! - The file is readable by its owner only, since it holds password hashes.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "config.db";

/// Step `i` brings a file of version `i` to version `i + 1` (`PRAGMA user_version`).
const MIGRATIONS: &[&str] = &[
    include_str!("config_db/0001_access.sql"),
    include_str!("config_db/0002_site.sql"),
    include_str!("config_db/0003_audit.sql"),
    include_str!("config_db/0004_counter_verdict.sql"),
    include_str!("config_db/0005_first_code.sql"),
    include_str!("config_db/0006_ordered_reset.sql"),
    include_str!("config_db/0007_site_id.sql"),
];

/// How long to wait for another program that holds the file (a backup, `sqlite3` by hand).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The open configuration file. Clones share one connection.
#[derive(Debug, Clone)]
pub struct ConfigDb {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
}

impl ConfigDb {
    /// Opens or creates `config.db` in `folder` and brings it to the newest version. Blocking: for the start.
    pub fn open(folder: &Path) -> Result<ConfigDb, ConfigDbError> {
        let path = folder.join(FILE_NAME);
        create_private(&path).map_err(|source| ConfigDbError::Create {
            path: path.clone(),
            source,
        })?;
        let unusable = |source| ConfigDbError::Open {
            path: path.clone(),
            source,
        };
        let mut connection = Connection::open(&path).map_err(unusable)?;
        set_up(&connection).map_err(unusable)?;
        migrate(&mut connection, &path, MIGRATIONS)?;
        Ok(ConfigDb {
            connection: Arc::new(Mutex::new(connection)),
            path,
        })
    }

    /// Runs `work` in one transaction on the blocking pool: committed when it is `Ok`, rolled back otherwise.
    ///
    /// `what` names the work in the error ("opening a session").
    pub async fn with<T, F>(&self, what: &'static str, work: F) -> Result<T, ConfigDbError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            // A panic inside an earlier `work` dropped, and so rolled back, its transaction:
            // the connection is sound.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await;
        let result = match done {
            Ok(result) => result,
            Err(join_error) => match join_error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(ConfigDbError::ShuttingDown { what }),
            },
        };
        result.map_err(|source| ConfigDbError::Work {
            what,
            path: self.path.clone(),
            source,
        })
    }
}

/// Copies `config.db`, consistently, while a server may be using it. `to` must not exist.
pub fn copy(from: &Path, to: &Path) -> Result<(), ConfigDbError> {
    let failed = |source| ConfigDbError::Open {
        path: from.to_owned(),
        source,
    };
    create_private(to).map_err(|source| ConfigDbError::Create {
        path: to.to_owned(),
        source,
    })?;
    let connection =
        Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    let to = to.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [to]).map_err(failed)?;
    Ok(())
}

/// Reads a `config.db` through that nobody writes, and answers its version.
///
/// # Errors
///
/// [`ConfigDbError::Newer`] for one of a newer program, [`ConfigDbError::Open`] for a damaged one.
pub fn check(path: &Path) -> Result<i64, ConfigDbError> {
    let failed = |source| ConfigDbError::Open {
        path: path.to_owned(),
        source,
    };
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(failed)?;
    if version > MIGRATIONS.len() as i64 {
        return Err(ConfigDbError::Newer {
            path: path.to_owned(),
            found: version as usize,
            newest: MIGRATIONS.len(),
        });
    }
    let verdict: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .map_err(failed)?;
    if verdict != "ok" {
        let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(failed(rusqlite::Error::SqliteFailure(
            damaged,
            Some(verdict),
        )));
    }
    Ok(version)
}

/// The file holds password hashes: nobody but its owner reads it. SQLite gives its `-wal` and
/// `-shm` files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Each step and its new version are one transaction, so a power cut leaves a whole version behind.
fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), ConfigDbError> {
    let failed = |version| {
        move |source| ConfigDbError::Migrate {
            path: path.to_owned(),
            version,
            source,
        }
    };
    let newest = migrations.len();
    let found: usize = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map_err(failed(0))?
        .try_into()
        .unwrap_or(usize::MAX);
    if found > newest {
        return Err(ConfigDbError::Newer {
            path: path.to_owned(),
            found,
            newest,
        });
    }
    for (index, step) in migrations.iter().enumerate().skip(found) {
        let version = index + 1;
        apply(connection, step, version).map_err(failed(version))?;
    }
    Ok(())
}

fn apply(connection: &mut Connection, step: &str, version: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", version as i64)?;
    transaction.commit()
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigDbError {
    #[error("the configuration file {path} cannot be created")]
    Create {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the configuration file {path} cannot be opened")]
    Open {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error(
        "the configuration file {path} has version {found}, written by a newer program; this one ({}) reads up to version {newest}",
        env!("CARGO_PKG_VERSION")
    )]
    Newer {
        path: PathBuf,
        found: usize,
        newest: usize,
    },
    #[error("the configuration file {path} could not be brought to version {version}")]
    Migrate {
        path: PathBuf,
        version: usize,
        #[source]
        source: rusqlite::Error,
    },
    #[error("{what} in {path} failed")]
    Work {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("{what} was given up, since the program is stopping")]
    ShuttingDown { what: &'static str },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(folder: &Path) -> i64 {
        Connection::open(folder.join(FILE_NAME))
            .and_then(|connection| {
                connection.pragma_query_value(None, "user_version", |row| row.get(0))
            })
            .expect("a readable file")
    }

    #[test]
    fn a_new_file_has_the_newest_version_and_a_second_start_leaves_it_there() {
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..2 {
            ConfigDb::open(folder.path()).expect("an open file");
            assert_eq!(version(folder.path()), MIGRATIONS.len() as i64);
        }
    }

    #[test]
    fn an_older_file_is_brought_up_step_by_step_and_keeps_its_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let mut connection = Connection::open(&path).expect("a file");
        let steps = [
            "CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('kept')",
            "ALTER TABLE note ADD COLUMN author TEXT",
        ];
        migrate(&mut connection, &path, &steps[..1]).expect("version 1");
        migrate(&mut connection, &path, &steps).expect("version 2");
        let note: (String, Option<String>) = connection
            .query_row("SELECT text, author FROM note", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("the row");
        assert_eq!(note, ("kept".to_owned(), None));
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let mut connection = Connection::open(&path).expect("a file");
        let steps = [
            "CREATE TABLE note (text TEXT)",
            "CREATE TABLE other (text TEXT); NONSENSE",
        ];
        let failed = migrate(&mut connection, &path, &steps);
        assert!(
            matches!(failed, Err(ConfigDbError::Migrate { version: 2, .. })),
            "{failed:?}"
        );
        assert_eq!(version(folder.path()), 1);
        let others: i64 = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'other'",
                [],
                |row| row.get(0),
            )
            .expect("a count");
        assert_eq!(others, 0);
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused_by_the_names_of_both_versions() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        Connection::open(&path)
            .and_then(|connection| connection.pragma_update(None, "user_version", 99))
            .expect("a file");
        let refused = ConfigDb::open(folder.path())
            .expect_err("a refusal")
            .to_string();
        assert!(refused.contains("version 99"), "{refused}");
        assert!(refused.contains(env!("CARGO_PKG_VERSION")), "{refused}");
        assert_eq!(version(folder.path()), 99);
    }

    // SEC-04
    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_but_the_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let db = ConfigDb::open(folder.path()).expect("an open file");
        db.with("writing", |connection| {
            connection.execute_batch("CREATE TABLE t (a)")
        })
        .await
        .expect("a write");
        let mut n_files = 0;
        for entry in std::fs::read_dir(folder.path()).expect("the folder") {
            let entry = entry.expect("an entry");
            let mode = entry.metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
            n_files += 1;
        }
        assert!(n_files >= 2, "the write-ahead log is there too");
    }

    #[tokio::test]
    async fn work_that_fails_or_panics_changes_nothing_and_the_file_stays_usable() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = ConfigDb::open(folder.path()).expect("an open file");
        db.with("setting up", |connection| {
            connection.execute_batch("CREATE TABLE t (a)")
        })
        .await
        .expect("a table");
        let failed = db
            .with("failing", |connection| {
                connection.execute("INSERT INTO t VALUES (1)", [])?;
                connection.execute("NONSENSE", [])
            })
            .await;
        assert!(matches!(
            failed,
            Err(ConfigDbError::Work {
                what: "failing",
                ..
            })
        ));
        let panicking = db.clone();
        tokio::spawn(async move {
            panicking
                .with("panicking", |connection| -> rusqlite::Result<()> {
                    connection.execute("INSERT INTO t VALUES (2)", [])?;
                    panic!("on purpose");
                })
                .await
        })
        .await
        .expect_err("the panic goes on to the caller");
        let n_rows: i64 = db
            .with("counting", |connection| {
                connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            })
            .await
            .expect("a count");
        assert_eq!(n_rows, 0);
    }
}
