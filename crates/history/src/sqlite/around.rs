//! Ways around a page of chunks that cannot be read.
//!
//! A query that meets such a page ends there, although the chunks behind it are well. Which ids
//! lie on it is not known, but whether a search for an id meets it is: so its end is found by
//! halving.

use rusqlite::{Connection, Error, ErrorCode, ffi};

/// Whether a part of the file cannot be read, as against the whole disk failing.
pub(super) fn is_damage(error: &Error) -> bool {
    let Error::SqliteFailure(failure, _) = error else {
        return false;
    };
    failure.code == ErrorCode::DatabaseCorrupt
        || matches!(
            failure.extended_code,
            ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ
        )
}

/// The first id behind `bad` up to `last`, both of them ids of chunks, from which on a query runs;
/// `None` if there is none. `bad` is where a query met the damage.
///
/// # Errors
///
/// `met` comes back if the table cannot be read anywhere.
pub(super) fn first_behind(
    connection: &Connection,
    bad: i64,
    last: i64,
    met: Error,
) -> rusqlite::Result<Option<i64>> {
    let runs_from = |id: i64| {
        seek(
            connection,
            "SELECT data FROM chunk WHERE id >= ?1 ORDER BY id LIMIT 1",
            id,
        )
    };
    if !runs_from(last)? {
        return check_elsewhere(connection, met).map(|()| None);
    }
    let (mut bad, mut good) = (bad, last);
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        *(if runs_from(middle)? {
            &mut good
        } else {
            &mut bad
        }) = middle;
    }
    Ok(Some(good))
}

/// The last id before `bad` down to `first` up to which a query for the chunk before it runs.
///
/// # Errors
///
/// `met` comes back if the table cannot be read anywhere.
pub(super) fn last_before(
    connection: &Connection,
    bad: i64,
    first: i64,
    met: Error,
) -> rusqlite::Result<Option<i64>> {
    let runs_up_to = |id: i64| {
        seek(
            connection,
            "SELECT data FROM chunk WHERE id <= ?1 ORDER BY id DESC LIMIT 1",
            id,
        )
    };
    if !runs_up_to(first)? {
        return check_elsewhere(connection, met).map(|()| None);
    }
    let (mut good, mut bad) = (first, bad);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        *(if runs_up_to(middle)? {
            &mut good
        } else {
            &mut bad
        }) = middle;
    }
    Ok(Some(good))
}

/// A file that cannot be read anywhere is no gap in its history.
fn check_elsewhere(connection: &Connection, met: Error) -> rusqlite::Result<()> {
    let first = "SELECT data FROM chunk WHERE id >= ?1 ORDER BY id LIMIT 1";
    let last = "SELECT data FROM chunk WHERE id <= ?1 ORDER BY id DESC LIMIT 1";
    if seek(connection, first, i64::MIN)? || seek(connection, last, i64::MAX)? {
        return Ok(());
    }
    Err(met)
}

/// Does a piece of work on a transaction, or none of it where it meets damage: the others of the
/// transaction go on.
pub(super) fn all_or_nothing<T>(
    connection: &Connection,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<Result<T, Error>> {
    connection.execute_batch("SAVEPOINT piece")?;
    match work() {
        Ok(done) => {
            connection.execute_batch("RELEASE piece")?;
            Ok(Ok(done))
        }
        Err(error) if is_damage(&error) => {
            connection.execute_batch("ROLLBACK TO piece; RELEASE piece")?;
            Ok(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// Whether a query comes to its first row, or finds none, without meeting damage. It asks for the
/// data, as that may lie on pages of its own.
fn seek(connection: &Connection, sql: &str, id: i64) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    match rows.next() {
        Ok(_) => Ok(true),
        Err(error) if is_damage(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
