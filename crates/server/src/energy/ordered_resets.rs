//! Which partial counters this program has ordered to be set to zero, and when.

use jiff::Timestamp;
use model::PointId;
use rusqlite::params;

use crate::config_db::{ConfigDb, ConfigDbError};

/// The orders of all points.
#[derive(Debug, Clone)]
pub(super) struct OrderedResets {
    db: ConfigDb,
}

impl OrderedResets {
    pub(super) fn new(db: ConfigDb) -> Self {
        Self { db }
    }

    /// Of one point, by time.
    pub(super) async fn of(&self, point: PointId) -> Result<Vec<Timestamp>, ConfigDbError> {
        self.db
            .with("reading ordered resets", move |transaction| {
                let mut rows = transaction
                    .prepare("SELECT at FROM ordered_reset WHERE point = ?1 ORDER BY at")?;
                let instants = rows.query_map([point.0], |row| row.get::<_, i64>(0))?;
                let instants: Vec<i64> = instants.collect::<Result<_, _>>()?;
                Ok(instants
                    .into_iter()
                    .filter_map(|at| Timestamp::from_millisecond(at).ok())
                    .collect())
            })
            .await
    }

    pub(super) async fn put(&self, point: PointId, at: Timestamp) -> Result<(), ConfigDbError> {
        self.db
            .with("keeping an ordered reset", move |transaction| {
                transaction.execute(
                    "INSERT OR IGNORE INTO ordered_reset (point, at) VALUES (?1, ?2)",
                    params![point.0, at.as_millisecond()],
                )?;
                Ok(())
            })
            .await
    }
}
