//! One row of the table `chunk`, checked as a whole before anything in it is believed.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::around;
use super::damage::{Damage, Part};
use crate::chunk::{self, ChunkFault};
use crate::point::Point;

#[derive(Debug, Clone)]
pub(super) struct ChunkRow {
    id: i64,
    n: i64,
    first_at: i64,
    last_at: i64,
    least: f64,
    most: f64,
    sum: f64,
    first: f64,
    last: f64,
    checksum: i64,
    data: Vec<u8>,
}

const COLUMNS: &str = "id, n, first_at, last_at, least, most, sum, first, last, checksum, data";

/// The id of a chunk of `series` that begins in `second`; seconds out of range are those at its ends.
pub(super) fn chunk_id(series: u32, second: i64) -> i64 {
    (i64::from(series) << 32) | second.clamp(0, i64::from(u32::MAX))
}

pub(super) fn second_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(1000)
}

impl ChunkRow {
    /// Packs points of a series: sorted, at least one, finite.
    pub(super) fn pack(series: u32, points: &[Point]) -> Self {
        let (first, last) = (points[0], points[points.len() - 1]);
        let values = || points.iter().map(|point| point.value);
        let mut row = Self {
            id: chunk_id(series, first.at_second()),
            n: points.len() as i64,
            first_at: first.at_ms(),
            last_at: last.at_ms(),
            least: values().fold(f64::INFINITY, f64::min),
            most: values().fold(f64::NEG_INFINITY, f64::max),
            sum: values().sum::<f64>() + 0.0,
            first: first.value,
            last: last.value,
            checksum: 0,
            data: chunk::encode(points),
        };
        row.checksum = row.compute_checksum();
        row
    }

    pub(super) fn unpack(&self) -> Result<Vec<Point>, ChunkFault> {
        if self.checksum != self.compute_checksum() {
            return Err(ChunkFault::Checksum);
        }
        chunk::decode(&self.data)
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    pub(super) fn first_ms(&self) -> i64 {
        self.first_at
    }

    /// The number of points that the row says it holds.
    pub(super) fn n(&self) -> i64 {
        self.n
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    fn compute_checksum(&self) -> i64 {
        let mut hasher = crc32fast::Hasher::new();
        for integer in [self.id, self.n, self.first_at, self.last_at] {
            hasher.update(&integer.to_le_bytes());
        }
        for real in [self.least, self.most, self.sum, self.first, self.last] {
            hasher.update(&real.to_le_bytes());
        }
        hasher.update(&self.data);
        i64::from(hasher.finalize())
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            n: row.get(1)?,
            first_at: row.get(2)?,
            last_at: row.get(3)?,
            least: row.get(4)?,
            most: row.get(5)?,
            sum: row.get(6)?,
            first: row.get(7)?,
            last: row.get(8)?,
            checksum: row.get(9)?,
            data: row.get(10)?,
        })
    }

    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT OR REPLACE INTO chunk ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        );
        connection.prepare_cached(&sql)?.execute(params![
            self.id,
            self.n,
            self.first_at,
            self.last_at,
            self.least,
            self.most,
            self.sum,
            self.first,
            self.last,
            self.checksum,
            self.data
        ])?;
        Ok(())
    }

    pub(super) fn delete(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM chunk WHERE id = ?1")?
            .execute([self.id])?;
        Ok(())
    }
}

/// The chunk of `series` with the greatest id up to `id`. What cannot be read is passed over.
pub(super) fn last_up_to(
    connection: &Connection,
    series: u32,
    id: i64,
    damage: &Damage,
) -> rusqlite::Result<Option<ChunkRow>> {
    let sql =
        format!("SELECT {COLUMNS} FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    let first = chunk_id(series, 0);
    let mut up_to = id;
    loop {
        let found = statement
            .query_row([first, up_to], ChunkRow::from_row)
            .optional();
        match found {
            Err(error) if around::is_damage(&error) => {
                damage.report(Part::Page(up_to), &error);
                match around::last_before(connection, up_to, first, error)? {
                    Some(before) => up_to = before,
                    None => return Ok(None),
                }
            }
            found => return found,
        }
    }
}

/// The second in which the first chunk of `series` behind `second` begins. What cannot be read is
/// passed over.
pub(super) fn next_second(
    connection: &Connection,
    series: u32,
    second: i64,
    damage: &Damage,
) -> rusqlite::Result<Option<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT min(id) FROM chunk WHERE id >= ?1 AND id <= ?2")?;
    let last = chunk_id(series, i64::MAX);
    let mut from = chunk_id(series, second) + 1;
    loop {
        match statement.query_row([from, last], |row| row.get::<_, Option<i64>>(0)) {
            Ok(id) => return Ok(id.map(|id| id & i64::from(u32::MAX))),
            Err(error) if around::is_damage(&error) => {
                damage.report(Part::Page(from), &error);
                match around::first_behind(connection, from, last, error)? {
                    Some(behind) => from = behind,
                    None => return Ok(None),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Visits, by time, the chunks that can hold points with `from_ms <= at < until_ms`, until
/// `visit` says that it has enough. What cannot be read is passed over.
pub(super) fn visit_between(
    connection: &Connection,
    series: u32,
    (from_ms, until_ms): (i64, i64),
    damage: &Damage,
    mut visit: impl FnMut(&ChunkRow) -> bool,
) -> rusqlite::Result<()> {
    let until_id = chunk_id(series, second_of(until_ms - 1));
    let mut next = first_reaching(connection, series, from_ms, damage)?;
    let sql = format!("SELECT {COLUMNS} FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    while next <= until_id {
        let mut rows = statement.query([next, until_id])?;
        loop {
            match rows.next() {
                Ok(None) => return Ok(()),
                Ok(Some(row)) => {
                    let row = ChunkRow::from_row(row)?;
                    next = row.id + 1;
                    if !visit(&row) {
                        return Ok(());
                    }
                }
                Err(error) if around::is_damage(&error) => {
                    damage.report(Part::Page(next), &error);
                    match around::first_behind(connection, next, until_id, error)? {
                        Some(behind) => next = behind,
                        None => return Ok(()),
                    }
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Visits every chunk of the file.
pub(super) fn visit_all(
    connection: &Connection,
    mut visit: impl FnMut(&ChunkRow),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM chunk ORDER BY id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(&ChunkRow::from_row(row)?);
    }
    Ok(())
}

/// The id of the chunk that begins at or before an instant, and so may reach over it.
fn first_reaching(
    connection: &Connection,
    series: u32,
    at_ms: i64,
    damage: &Damage,
) -> rusqlite::Result<i64> {
    let from = chunk_id(series, second_of(at_ms));
    let found = connection
        .prepare_cached("SELECT max(id) FROM chunk WHERE id BETWEEN ?1 AND ?2")?
        .query_row([chunk_id(series, 0), from], |row| {
            row.get::<_, Option<i64>>(0)
        });
    match found {
        Ok(id) => Ok(id.unwrap_or(from)),
        Err(error) if around::is_damage(&error) => {
            let before = last_up_to(connection, series, from, damage)?;
            Ok(before.map_or(from, |row| row.id))
        }
        Err(error) => Err(error),
    }
}
