//! Reading: a small pool of connections that cannot write, and the queries over chunks.
//!
//! A reader first copies what it needs of the tail and then looks at the chunks: whatever is
//! sealed in between is seen twice, which is harmless, and never not at all.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::chunk_row::{self, ChunkRow, chunk_id, second_of};
use super::damage::{Damage, Part};
use super::schema;
use crate::point::{self, Point};

#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ReadFault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("the reader was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

impl Readers {
    pub(super) fn new(path: PathBuf, n_connections: usize) -> Self {
        Self {
            path,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(n_connections.max(1))),
        }
    }

    /// Runs a query on a thread that may wait for the disk, with a connection of its own.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadFault> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let idle = Arc::clone(&self.idle);
        let path = self.path.clone();
        let result = tokio::task::spawn_blocking(move || {
            let waiting = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match waiting {
                Some(connection) => connection,
                None => schema::open_reader(&path)?,
            };
            let answer = query(&connection)?;
            // After a fault the connection is dropped: a new one knows nothing of it.
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            drop(permit);
            Ok::<T, rusqlite::Error>(answer)
        });
        Ok(result.await??)
    }
}

/// What the free pages of the file take.
pub(super) fn bytes_free(connection: &Connection) -> rusqlite::Result<u64> {
    let n_free: u32 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(u64::from(n_free) * schema::PAGE_BYTES)
}

/// Sealed points with `from_ms <= at < until_ms`, by time; no chunk is opened once there are `limit`.
pub(super) fn sealed_between(
    connection: &Connection,
    series: u32,
    (from_ms, until_ms): (i64, i64),
    limit: usize,
    damage: &Damage,
) -> rusqlite::Result<Vec<Point>> {
    let mut found = Vec::new();
    chunk_row::visit_between(connection, series, (from_ms, until_ms), damage, |row| {
        if let Some(points) = unpack_or_report(row, damage) {
            found.extend_from_slice(point::range(&points, from_ms, until_ms));
        }
        found.len() < limit
    })?;
    Ok(found)
}

/// Hands every point of a span to `take`, by time: those of the chunks and those of `tail`, which
/// win where both have an instant. One chunk is unpacked at a time, however long the span is.
pub(super) fn visit_points_between(
    connection: &Connection,
    series: u32,
    (from_ms, until_ms): (i64, i64),
    tail: &[Point],
    damage: &Damage,
    mut take: impl FnMut(Point),
) -> rusqlite::Result<()> {
    let mut rest = tail;
    chunk_row::visit_between(connection, series, (from_ms, until_ms), damage, |row| {
        let unpacked = unpack_or_report(row, damage).unwrap_or_default();
        let points = point::range(&unpacked, from_ms, until_ms);
        if let Some(last) = points.last() {
            let among = rest.partition_point(|point| point.at_ms() <= last.at_ms());
            let (among, behind) = rest.split_at(among);
            rest = behind;
            for point in point::merge(points.to_vec(), among) {
                take(point);
            }
        }
        true
    })?;
    rest.iter().copied().for_each(take);
    Ok(())
}

/// The last sealed point at or before each instant. Instants that ascend open each chunk once.
pub(super) fn sealed_at_or_before(
    connection: &Connection,
    series: u32,
    instants_ms: &[i64],
    damage: &Damage,
) -> rusqlite::Result<Vec<Option<Point>>> {
    let mut open: Option<Open> = None;
    let mut found = Vec::with_capacity(instants_ms.len());
    for &at_ms in instants_ms {
        if open.as_ref().is_none_or(|open| !open.knows(at_ms)) {
            open = open_before(connection, series, at_ms, damage)?;
        }
        let points = open.as_ref().map(|open| open.points.as_slice());
        found.push(point::last_at_or_before(points.unwrap_or_default(), at_ms));
    }
    Ok(found)
}

/// A chunk that was unpacked, and from when on another one has to be asked.
struct Open {
    points: Vec<Point>,
    next_ms: i64,
}

impl Open {
    fn knows(&self, at_ms: i64) -> bool {
        let is_behind_start = self
            .points
            .first()
            .is_some_and(|first| first.at_ms() <= at_ms);
        is_behind_start && at_ms < self.next_ms
    }
}

/// The last readable chunk with a point at or before an instant.
fn open_before(
    connection: &Connection,
    series: u32,
    at_ms: i64,
    damage: &Damage,
) -> rusqlite::Result<Option<Open>> {
    let mut up_to = chunk_id(series, second_of(at_ms));
    while let Some(row) = chunk_row::last_up_to(connection, series, up_to, damage)? {
        if let Some(points) = unpack_or_report(&row, damage)
            && let Some(first) = points.first()
            && first.at_ms() <= at_ms
        {
            let next_second =
                chunk_row::next_second(connection, series, first.at_second(), damage)?;
            let next_ms = next_second.map_or(i64::MAX, |second| second * 1000);
            return Ok(Some(Open { points, next_ms }));
        }
        up_to = row.id() - 1;
    }
    Ok(None)
}

fn unpack_or_report(row: &ChunkRow, damage: &Damage) -> Option<Vec<Point>> {
    row.unpack()
        .inspect_err(|fault| damage.report(Part::Chunk(row.id()), fault))
        .ok()
}
