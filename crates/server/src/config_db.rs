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

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "config.db";

/// Step `i` brings a file of version `i` to version `i + 1` (`PRAGMA user_version`).
const MIGRATIONS: &[&str] = &[
    include_str!("config_db/0001_access.sql"),
    include_str!("config_db/0002_site.sql"),
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

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
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
