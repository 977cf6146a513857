//! Who changed what and when, and what came of it: the audit log in `config.db` (CFG-06).
//!
//! [`AuditLog::write`] appends one [`Deed`]; rows are never edited. Each action keeps its newest
//! [`ROWS_PER_ACTION_MAX`] rows, so that much of one (wrong passwords) pushes out nothing of another.
//!
//! # Invariants
//!
//! - A deed that the log has no room or no disk for was done all the same: the failure goes to the
//!   program's log and not to the person who did it.
//! - No row holds a secret: values are numbers of counters, revisions and names.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use model::{Clock, DeviceId, PointId};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Map, Value};

use crate::config_db::{ConfigDb, ConfigDbError};

/// Years of deeds of people, and at some 300 bytes each a few MB at most.
const ROWS_PER_ACTION_MAX: i64 = 5_000;

/// Most rows of one answer.
pub const PAGE_ROWS_MAX: u32 = 500;

/// What was done, as a stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// A reset of the partial energies of one point was ordered from its device.
    ResetPartialEnergies,
    /// Another configuration was put in force.
    ReplaceConfiguration,
    /// The password of a profile was replaced.
    ChangePassword,
    /// A log-in was refused.
    LogIn,
    /// A verdict on an entry of a counter journal was given or taken back.
    ChangeVerdict,
    /// A history file was imported.
    ImportHistory,
    /// Another meter was put in the place of one.
    ReplaceMeter,
}

impl AuditAction {
    pub const ALL: [Self; 7] = [
        Self::ResetPartialEnergies,
        Self::ReplaceConfiguration,
        Self::ChangePassword,
        Self::LogIn,
        Self::ChangeVerdict,
        Self::ImportHistory,
        Self::ReplaceMeter,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ResetPartialEnergies => "reset_partial_energies",
            Self::ReplaceConfiguration => "replace_configuration",
            Self::ChangePassword => "change_password",
            Self::LogIn => "log_in",
            Self::ChangeVerdict => "change_verdict",
            Self::ImportHistory => "import_history",
            Self::ReplaceMeter => "replace_meter",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// The result of a deed that was done; any other says why it was not.
pub const DONE: &str = "done";

/// One thing that somebody did or tried to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// `None` takes the time of writing.
    pub at: Option<Timestamp>,
    /// A user profile, or what else acted.
    pub actor: String,
    pub address: Option<IpAddr>,
    pub action: AuditAction,
    pub result: String,
    pub device: Option<DeviceId>,
    pub point: Option<PointId>,
    pub before: Map<String, Value>,
    pub after: Map<String, Value>,
    /// For people, in English.
    pub detail: String,
}

impl Deed {
    /// A deed that was done, about nothing in particular.
    pub fn done(actor: &impl ToString, action: AuditAction) -> Self {
        Self {
            at: None,
            actor: actor.to_string(),
            address: None,
            action,
            result: DONE.to_owned(),
            device: None,
            point: None,
            before: Map::new(),
            after: Map::new(),
            detail: String::new(),
        }
    }
}

/// A row of the log. Its action and result stay words, since a later program may know more.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Grows from row to row.
    pub id: i64,
    pub at: Timestamp,
    pub actor: String,
    pub address: Option<String>,
    pub action: String,
    pub result: String,
    pub device: Option<DeviceId>,
    pub point: Option<PointId>,
    pub before: Map<String, Value>,
    pub after: Map<String, Value>,
    pub detail: String,
}

/// Which rows are wanted, the newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub action: Option<AuditAction>,
    /// Only rows older than this one.
    pub before_id: Option<i64>,
    /// At most [`PAGE_ROWS_MAX`].
    pub limit: u32,
}

/// The log. Clones share it.
#[derive(Debug, Clone)]
pub struct AuditLog {
    db: ConfigDb,
    clock: Arc<dyn Clock>,
}

impl AuditLog {
    pub fn new(db: ConfigDb, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Appends a deed. Never fails: see the module.
    pub async fn write(&self, deed: Deed) {
        let now = self.clock.now();
        let what = deed.action.name();
        tracing::info!(actor = deed.actor, action = what, result = deed.result, device = ?deed.device, point = ?deed.point, "audit");
        let written = self
            .db
            .with("writing the audit log", move |transaction| {
                transaction.execute(
                    "INSERT INTO audit (at, actor, address, action, result, device, point, before, after, detail)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                    params![
                        deed.at.unwrap_or(now).as_millisecond(),
                        deed.actor,
                        deed.address.map(|address| address.to_string()),
                        what,
                        deed.result,
                        deed.device.map(|device| device.0),
                        deed.point.map(|point| point.0),
                        Value::Object(deed.before).to_string(),
                        Value::Object(deed.after).to_string(),
                        deed.detail,
                    ],
                )?;
                let oldest_kept: Option<i64> = transaction
                    .query_row(
                        "SELECT id FROM audit WHERE action = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2",
                        params![what, ROWS_PER_ACTION_MAX - 1],
                        |row| row.get(0),
                    )
                    .optional()?;
                if let Some(oldest_kept) = oldest_kept {
                    transaction.execute(
                        "DELETE FROM audit WHERE action = ?1 AND id < ?2",
                        params![what, oldest_kept],
                    )?;
                }
                Ok(())
            })
            .await;
        if let Err(error) = written {
            tracing::error!(
                action = what,
                error = &error as &dyn std::error::Error,
                "a deed is missing from the audit log"
            );
        }
    }

    pub async fn read(&self, query: AuditQuery) -> Result<Vec<AuditRow>, ConfigDbError> {
        self.db
            .with("reading the audit log", move |transaction| {
                transaction
                    .prepare(
                        "SELECT id, at, actor, address, action, result, device, point, before, after, detail
                         FROM audit
                         WHERE (?1 IS NULL OR action = ?1) AND (?2 IS NULL OR id < ?2)
                         ORDER BY id DESC LIMIT ?3",
                    )?
                    .query_map(
                        params![
                            query.action.map(AuditAction::name),
                            query.before_id,
                            query.limit.min(PAGE_ROWS_MAX)
                        ],
                        audit_row,
                    )?
                    .collect()
            })
            .await
    }
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    let object = |column| -> rusqlite::Result<Map<String, Value>> {
        let text: String = row.get(column)?;
        // A row whose values cannot be read is still worth its other columns.
        Ok(serde_json::from_str(&text).unwrap_or_default())
    };
    Ok(AuditRow {
        id: row.get(0)?,
        at: Timestamp::from_millisecond(row.get(1)?).unwrap_or(Timestamp::UNIX_EPOCH),
        actor: row.get(2)?,
        address: row.get(3)?,
        action: row.get(4)?,
        result: row.get(5)?,
        device: row.get::<_, Option<u32>>(6)?.map(DeviceId),
        point: row.get::<_, Option<u32>>(7)?.map(PointId),
        before: object(8)?,
        after: object(9)?,
        detail: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn open(folder: &std::path::Path) -> AuditLog {
        let db = ConfigDb::open(folder).expect("an open file");
        AuditLog::new(db, Arc::new(SystemClock))
    }

    async fn actors(log: &AuditLog, query: AuditQuery) -> Vec<String> {
        let rows = log.read(query).await.expect("rows");
        rows.into_iter().map(|row| row.actor).collect()
    }

    // CFG-06
    #[tokio::test]
    async fn rows_come_newest_first_page_by_page_and_outlive_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = open(folder.path());
        for actor in ["first", "second", "third"] {
            log.write(Deed::done(&actor, AuditAction::ReplaceConfiguration))
                .await;
        }
        log.write(Deed::done(&"other", AuditAction::LogIn)).await;
        drop(log);
        let log = open(folder.path());
        let page = |before_id| AuditQuery {
            action: Some(AuditAction::ReplaceConfiguration),
            before_id,
            limit: 2,
        };
        assert_eq!(actors(&log, page(None)).await, ["third", "second"]);
        assert_eq!(actors(&log, page(Some(2))).await, ["first"]);
    }

    #[tokio::test]
    async fn much_of_one_action_pushes_out_nothing_of_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = open(folder.path());
        log.write(Deed::done(&"kept", AuditAction::ResetPartialEnergies))
            .await;
        log.db
            .with("filling", |transaction| {
                transaction.execute(
                    "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n <= ?1)
                     INSERT INTO audit (at, actor, action, result, before, after, detail)
                     SELECT n, 'guess', 'log_in', 'wrong_password', '{}', '{}', '' FROM number",
                    [ROWS_PER_ACTION_MAX],
                )
            })
            .await
            .expect("many rows");
        log.write(Deed::done(&"newest", AuditAction::LogIn)).await;
        let (n_rows, oldest): (i64, i64) = log
            .db
            .with("counting", |transaction| {
                transaction.query_row(
                    "SELECT count(*), min(at) FROM audit WHERE action = 'log_in'",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
            })
            .await
            .expect("a count");
        assert_eq!((n_rows, oldest), (ROWS_PER_ACTION_MAX, 3));
        let resets = AuditQuery {
            action: Some(AuditAction::ResetPartialEnergies),
            limit: PAGE_ROWS_MAX,
            ..AuditQuery::default()
        };
        assert_eq!(actors(&log, resets).await, ["kept"]);
    }
}
