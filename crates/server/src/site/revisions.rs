//! The saved states of the site in `config.db`: each change is one more, and the way back is kept.

use jiff::Timestamp;
use rusqlite::Error::FromSqlConversionFailure;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::SiteDocument;

/// Saved states that are kept; older ones make room.
const REVISIONS_MAX: i64 = 200;
/// What all of them may take, in bytes: a site of thousands of circuits has a document of a
/// megabyte, and a card of some gigabytes has more to keep than its edits.
const REVISIONS_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// One saved state: who saved it when, and how much it declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub revision: i64,
    pub saved_at: Timestamp,
    /// A user profile, or what else saved it (`start`).
    pub saved_by: String,
    pub site_name: String,
    pub sources: u32,
    pub points: u32,
}

/// Ids that nothing of the site has or ever had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextIds {
    pub fluids: u32,
    pub usages: u32,
    pub sources: u32,
    pub points: u32,
    pub hierarchies: u32,
}

/// The newest saved state, as number and document.
pub(super) fn newest(transaction: &Transaction<'_>) -> rusqlite::Result<Option<(i64, String)>> {
    transaction
        .query_row(
            "SELECT revision, document FROM site_revision ORDER BY revision DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
}

/// The document of one saved state; `None` where it was never there or made room.
pub(super) fn document_of(
    transaction: &Transaction<'_>,
    revision: i64,
) -> rusqlite::Result<Option<String>> {
    transaction
        .query_row(
            "SELECT document FROM site_revision WHERE revision = ?1",
            [revision],
            |row| row.get(0),
        )
        .optional()
}

const SUMMARY: &str = "SELECT revision, saved_at, saved_by,
    coalesce(json_extract(document, '$.site.name'), ''),
    coalesce(json_array_length(document, '$.sources'), 0),
    coalesce(json_array_length(document, '$.points'), 0)
    FROM site_revision";

/// All of them, the newest first.
pub(super) fn all(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Revision>> {
    transaction
        .prepare(&format!("{SUMMARY} ORDER BY revision DESC"))?
        .query_map([], read)?
        .collect()
}

pub(super) fn one(
    transaction: &Transaction<'_>,
    revision: i64,
) -> rusqlite::Result<Option<Revision>> {
    transaction
        .query_row(&format!("{SUMMARY} WHERE revision = ?1"), [revision], read)
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Revision> {
    Ok(Revision {
        revision: row.get(0)?,
        saved_at: Timestamp::from_second(row.get(1)?)
            .map_err(|error| FromSqlConversionFailure(1, Type::Integer, Box::new(error)))?,
        saved_by: row.get(2)?,
        site_name: row.get(3)?,
        sources: row.get(4)?,
        points: row.get(5)?,
    })
}

/// Appends a state and answers its number. The oldest make room, but never the newest of all.
pub(super) fn append(
    transaction: &Transaction<'_>,
    saved_at: Timestamp,
    saved_by: &str,
    document: &SiteDocument,
    text: &str,
) -> rusqlite::Result<i64> {
    transaction.execute(
        "INSERT INTO site_revision (saved_at, saved_by, document) VALUES (?1, ?2, ?3)",
        params![saved_at.as_second(), saved_by, text],
    )?;
    let revision = transaction.last_insert_rowid();
    transaction.execute(
        "DELETE FROM site_revision WHERE revision <= ?1 - ?2 OR revision IN (
            SELECT revision FROM (
                SELECT revision, sum(length(document)) OVER (ORDER BY revision DESC) AS bytes
                FROM site_revision
            ) WHERE bytes > ?3 AND revision < ?1)",
        params![revision, REVISIONS_MAX, REVISIONS_BYTES_MAX],
    )?;
    for (kind, highest) in highest_ids(document) {
        transaction.execute(
            "INSERT INTO site_id (kind, highest) VALUES (?1, ?2)
             ON CONFLICT (kind) DO UPDATE SET highest = max(highest, excluded.highest)",
            params![kind, highest.unwrap_or_default()],
        )?;
    }
    Ok(revision)
}

/// The highest id of each kind that a document has.
fn highest_ids(document: &SiteDocument) -> [(&'static str, Option<u32>); 5] {
    [
        ("fluids", document.fluids.iter().map(|one| one.id).max()),
        ("usages", document.usages.iter().map(|one| one.id).max()),
        ("sources", document.sources.iter().map(|one| one.id).max()),
        ("points", document.points.iter().map(|one| one.id).max()),
        (
            "hierarchies",
            document.hierarchies.iter().map(|one| one.id).max(),
        ),
    ]
}

pub(super) fn next_ids(transaction: &Transaction<'_>) -> rusqlite::Result<NextIds> {
    let next = |kind: &str| {
        let highest: Option<u32> = transaction
            .query_row(
                "SELECT highest FROM site_id WHERE kind = ?1",
                [kind],
                |row| row.get(0),
            )
            .optional()?;
        Ok::<u32, rusqlite::Error>(highest.unwrap_or_default().saturating_add(1))
    };
    Ok(NextIds {
        fluids: next("fluids")?,
        usages: next("usages")?,
        sources: next("sources")?,
        points: next("points")?,
        hierarchies: next("hierarchies")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config_db::ConfigDb;

    fn append_of(transaction: &Transaction<'_>, text: &str) -> rusqlite::Result<i64> {
        let document = SiteDocument::empty();
        append(transaction, Timestamp::UNIX_EPOCH, "test", &document, text)
    }

    fn revisions(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<i64>> {
        transaction
            .prepare("SELECT revision FROM site_revision ORDER BY revision")?
            .query_map([], |row| row.get(0))?
            .collect()
    }

    /// TOP-04
    #[tokio::test]
    async fn old_states_make_room_by_number_and_by_size_but_the_newest_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = ConfigDb::open(folder.path()).expect("an open file");
        let kept = db.with("saving", |transaction| {
            for _ in 0..REVISIONS_MAX + 5 {
                append_of(transaction, "{}")?;
            }
            revisions(transaction)
        });
        let kept = kept.await.expect("saved states");
        assert_eq!(kept, (6..=205).collect::<Vec<_>>());
        let kept = db.with("saving", |transaction| {
            let large = " ".repeat(REVISIONS_BYTES_MAX as usize / 2);
            append_of(transaction, &large)?;
            append_of(transaction, &large)?;
            append_of(transaction, &" ".repeat(REVISIONS_BYTES_MAX as usize + 1))?;
            revisions(transaction)
        });
        assert_eq!(kept.await.expect("saved states"), [208]);
    }
}
