//! Verdicts that people gave, in the configuration file: the history can be lost, rebuilt or
//! brought along anew, and what somebody found out about a counter is still known.

use std::collections::BTreeMap;

use energy::{Amount, Decision, EntryId, IndexStep, Verdict};
use jiff::Timestamp;
use model::SeriesKey;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::config_db::{ConfigDb, ConfigDbError};

/// The verdicts of all counters.
#[derive(Debug, Clone)]
pub(super) struct VerdictStore {
    db: ConfigDb,
}

/// How a decision lies in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredDecision {
    Accept,
    Amount(Amount),
    Kind(String),
    KindAndAmount(String, Amount),
    Exchange { closing: Amount, opening: Amount },
}

impl VerdictStore {
    pub(super) fn new(db: ConfigDb) -> Self {
        Self { db }
    }

    /// The verdicts on entries of one counter. What this program cannot read is left alone.
    pub(super) async fn of(
        &self,
        series: SeriesKey,
    ) -> Result<BTreeMap<EntryId, Verdict>, ConfigDbError> {
        self.db
            .with("reading verdicts", move |transaction| {
                read(transaction, series)
            })
            .await
    }

    pub(super) async fn put(&self, id: EntryId, verdict: Verdict) -> Result<(), ConfigDbError> {
        let decision = serde_json::to_string(&StoredDecision::of(verdict.decision))
            .expect("a decision has only text keys and texts");
        self.db
            .with("keeping a verdict", move |transaction| {
                transaction.execute(
                    "INSERT INTO counter_verdict (entry, point, quantity, decision, given_by, reason, given_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (entry) DO UPDATE
                     SET decision = ?4, given_by = ?5, reason = ?6, given_at = ?7",
                    params![
                        id.to_string(),
                        id.series().point.0,
                        id.series().measurand.to_string(),
                        decision,
                        verdict.by,
                        verdict.reason,
                        verdict.at.as_second(),
                    ],
                )?;
                Ok(())
            })
            .await
    }

    pub(super) async fn remove(&self, id: EntryId) -> Result<(), ConfigDbError> {
        self.db
            .with("taking a verdict back", move |transaction| {
                transaction.execute(
                    "DELETE FROM counter_verdict WHERE entry = ?1",
                    [id.to_string()],
                )?;
                Ok(())
            })
            .await
    }
}

fn read(
    connection: &Connection,
    series: SeriesKey,
) -> rusqlite::Result<BTreeMap<EntryId, Verdict>> {
    let mut statement = connection.prepare(
        "SELECT entry, decision, given_by, reason, given_at FROM counter_verdict
         WHERE point = ?1 AND quantity = ?2",
    )?;
    let mut rows = statement.query(params![series.point.0, series.measurand.to_string()])?;
    let mut verdicts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let entry: String = row.get(0)?;
        let decision: String = row.get(1)?;
        let decision = serde_json::from_str::<StoredDecision>(&decision)
            .ok()
            .and_then(StoredDecision::decision);
        let at = Timestamp::from_second(row.get(4)?).ok();
        let (Ok(id), Some(decision), Some(at)) = (entry.parse(), decision, at) else {
            tracing::warn!(entry, "a verdict is not understood by this program");
            continue;
        };
        let verdict = Verdict {
            decision,
            by: row.get(2)?,
            reason: row.get(3)?,
            at,
        };
        verdicts.insert(id, verdict);
    }
    Ok(verdicts)
}

impl StoredDecision {
    fn of(decision: Decision) -> Self {
        match decision {
            Decision::AcceptProposal => Self::Accept,
            Decision::Amount(amount) => Self::Amount(amount),
            Decision::Kind(kind) => Self::Kind(kind.name().to_owned()),
            Decision::KindAndAmount(kind, amount) => {
                Self::KindAndAmount(kind.name().to_owned(), amount)
            }
            Decision::Exchange { closing, opening } => Self::Exchange { closing, opening },
        }
    }

    fn decision(self) -> Option<Decision> {
        Some(match self {
            Self::Accept => Decision::AcceptProposal,
            Self::Amount(amount) => Decision::Amount(amount),
            Self::Kind(kind) => Decision::Kind(IndexStep::from_name(&kind)?),
            Self::KindAndAmount(kind, amount) => {
                Decision::KindAndAmount(IndexStep::from_name(&kind)?, amount)
            }
            Self::Exchange { closing, opening } => Decision::Exchange { closing, opening },
        })
    }
}
