//! The SQL of accounts and sessions.

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use tokio_util::sync::CancellationToken;

use super::session::OpenSession;
use super::{Language, SessionId, UserProfile};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) profile: UserProfile,
    pub(super) password_hash: String,
    /// Still the factory password.
    pub(super) is_factory: bool,
}

pub(super) fn accounts(connection: &Connection) -> Result<Vec<Account>> {
    connection
        .prepare("SELECT profile, password_hash, is_factory FROM account")?
        .query_map([], |row| {
            Ok(Account {
                profile: parsed(row, 0)?,
                password_hash: row.get(1)?,
                is_factory: row.get(2)?,
            })
        })?
        .collect()
}

pub(super) fn put_account(
    connection: &Connection,
    account: &Account,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        "INSERT INTO account (profile, password_hash, is_factory, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (profile) DO UPDATE SET password_hash = ?2, is_factory = ?3, changed_at = ?4",
        params![
            account.profile.to_string(),
            account.password_hash,
            account.is_factory,
            now.as_second()
        ],
    )?;
    Ok(())
}

/// The hash of the one-time code, while there is one.
pub(super) fn first_code(connection: &Connection) -> Result<Option<String>> {
    connection
        .query_row("SELECT hash FROM first_code", [], |row| row.get(0))
        .optional()
}

/// Puts another code in the place of the one before; `None` leaves none.
pub(super) fn put_first_code(
    connection: &Connection,
    hash: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    connection.execute("DELETE FROM first_code", [])?;
    if let Some(hash) = hash {
        connection.execute(
            "INSERT INTO first_code (id, hash, made_at) VALUES (1, ?1, ?2)",
            params![hash, now.as_second()],
        )?;
    }
    Ok(())
}

pub(super) fn sessions(connection: &Connection) -> Result<Vec<(SessionId, OpenSession)>> {
    connection
        .prepare("SELECT id, profile, language, opened_at, last_seen_at FROM session")?
        .query_map([], |row| {
            let last_seen_at = instant(row, 4)?;
            let session = OpenSession {
                profile: parsed(row, 1)?,
                // A catalogue that went away with an update is no reason to log people out.
                language: Language::with_tag(row.get_ref(2)?.as_str()?).unwrap_or_default(),
                opened_at: instant(row, 3)?,
                last_seen_at,
                written_at: last_seen_at,
                ended: CancellationToken::new(),
            };
            Ok((SessionId::from_bytes(row.get(0)?), session))
        })?
        .collect()
}

pub(super) fn insert_session(
    connection: &Connection,
    id: &SessionId,
    session: &OpenSession,
) -> Result<()> {
    connection.execute(
        "INSERT INTO session (id, profile, language, opened_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            id.as_bytes(),
            session.profile.to_string(),
            session.language.tag(),
            session.opened_at.as_second(),
            session.last_seen_at.as_second()
        ],
    )?;
    Ok(())
}

pub(super) fn set_language(
    connection: &Connection,
    id: &SessionId,
    language: Language,
) -> Result<()> {
    connection.execute(
        "UPDATE session SET language = ?2 WHERE id = ?1",
        params![id.as_bytes(), language.tag()],
    )?;
    Ok(())
}

pub(super) fn set_last_seen(connection: &Connection, id: &SessionId, at: Timestamp) -> Result<()> {
    connection.execute(
        "UPDATE session SET last_seen_at = ?2 WHERE id = ?1",
        params![id.as_bytes(), at.as_second()],
    )?;
    Ok(())
}

pub(super) fn delete_sessions(connection: &Connection, ids: &[SessionId]) -> Result<()> {
    let mut statement = connection.prepare("DELETE FROM session WHERE id = ?1")?;
    for id in ids {
        statement.execute([id.as_bytes()])?;
    }
    Ok(())
}

fn instant(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    Timestamp::from_second(row.get(column)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error))
    })
}

fn parsed(row: &Row<'_>, column: usize) -> Result<UserProfile> {
    row.get_ref(column)?
        .as_str()?
        .parse()
        .map_err(|error: super::UnknownUserProfile| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
        })
}
