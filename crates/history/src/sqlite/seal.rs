//! Merging points into the chunks of a series, and cutting chunks where retention asks.

use rusqlite::{Connection, params};

use super::chunk_row::{self, ChunkRow, chunk_id, second_of};
use super::damage::{Damage, Part};
use super::tails::SealedEnds;
use crate::point::{self, Point};

/// Merges sorted points into the chunks of a series. Points that are there already stay as they
/// are, so that doing it twice does no harm.
pub(super) fn merge_into_chunks(
    connection: &Connection,
    series: u32,
    points: &[Point],
    chunk_points: usize,
    damage: &Damage,
) -> rusqlite::Result<()> {
    let mut rest = points;
    while let Some(first) = rest.first() {
        let second = first.at_second();
        let until = match chunk_row::next_second(connection, series, second, damage)? {
            Some(next) => rest.partition_point(|point| point.at_second() < next),
            None => rest.len(),
        };
        let (mine, others) = rest.split_at(until);
        merge_behind(connection, series, mine, chunk_points, damage)?;
        rest = others;
    }
    Ok(())
}

/// Merges points that lie before the next chunk into the chunk that begins at or before them.
fn merge_behind(
    connection: &Connection,
    series: u32,
    mine: &[Point],
    chunk_points: usize,
    damage: &Damage,
) -> rusqlite::Result<()> {
    let first = mine[0];
    let owner = readable_up_to(
        connection,
        series,
        chunk_id(series, first.at_second()),
        damage,
    )?;
    let mut points = Vec::new();
    let mut split = Split::Greedy;
    if let Some(older) = owner {
        let last = older[older.len() - 1];
        let is_closed = older.len() >= chunk_points;
        if last.at_second() >= first.at_second() || !is_closed {
            if last.at_ms() >= first.at_ms() {
                split = Split::Even;
            }
            points = older;
        }
    }
    let points = point::merge(points, mine);
    for piece in split.pieces(&points, chunk_points) {
        ChunkRow::pack(series, piece).write(connection)?;
    }
    Ok(())
}

/// The points of the last chunk up to `id`. Chunks that cannot be read are moved out of the way:
/// their samples are gone, but new ones must find a place.
fn readable_up_to(
    connection: &Connection,
    series: u32,
    id: i64,
    damage: &Damage,
) -> rusqlite::Result<Option<Vec<Point>>> {
    while let Some(row) = chunk_row::last_up_to(connection, series, id, damage)? {
        match row.unpack() {
            Ok(points) => return Ok(Some(points)),
            Err(fault) => {
                let part = Part::Chunk(row.id());
                damage.report(part, &fault);
                keep_damaged(connection, part, row.data())?;
                row.delete(connection)?;
            }
        }
    }
    Ok(None)
}

/// Keeps what could not be read, for whoever can rescue it.
pub(super) fn keep_damaged(
    connection: &Connection,
    part: Part,
    data: &[u8],
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO damaged (part, part_id, data) VALUES (?1, ?2, ?3)",
        params![part.name(), part.id(), data],
    )?;
    Ok(())
}

/// Drops sealed points before an instant and answers where the chunks begin and end now.
pub(super) fn delete_before(
    connection: &Connection,
    series: u32,
    before_ms: i64,
    ends: SealedEnds,
    damage: &Damage,
) -> rusqlite::Result<SealedEnds> {
    let up_to = chunk_id(series, second_of(before_ms));
    connection
        .prepare_cached("DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2 AND last_at < ?3")?
        .execute([chunk_id(series, 0), up_to, before_ms])?;
    if let Some(points) = readable_up_to(connection, series, up_to, damage)? {
        let kept = point::range(&points, before_ms, i64::MAX);
        if kept.len() < points.len() {
            connection
                .prepare_cached("DELETE FROM chunk WHERE id = ?1")?
                .execute([chunk_id(series, points[0].at_second())])?;
            if !kept.is_empty() {
                ChunkRow::pack(series, kept).write(connection)?;
            }
        }
    }
    let first_ms = connection
        .prepare_cached(
            "SELECT first_at FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1",
        )?
        .query_map([chunk_id(series, 0), chunk_id(series, i64::MAX)], |row| {
            row.get(0)
        })?
        .next()
        .transpose()?;
    Ok(SealedEnds {
        first_ms,
        last: ends
            .last
            .filter(|last| first_ms.is_some() && last.at_ms() >= before_ms),
    })
}

/// How points become chunks. No chunk shares a second with another one, and none ends at a border
/// of the calendar: of ten-minute values a month would leave a full chunk and a sliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Split {
    /// Full chunks and a rest: for points that follow one another.
    Greedy,
    /// Pieces of about equal size: a late point must not push a single one out of a full chunk.
    Even,
}

impl Split {
    fn pieces(self, points: &[Point], chunk_points: usize) -> Vec<&[Point]> {
        let size = match self {
            Self::Greedy => chunk_points,
            Self::Even => points.len().div_ceil(points.len().div_ceil(chunk_points)),
        };
        let mut pieces = Vec::new();
        let mut rest = points;
        while !rest.is_empty() {
            let mut end = size.min(rest.len());
            let second = rest[end - 1].at_second();
            end += rest[end..].partition_point(|point| point.at_second() == second);
            let (piece, others) = rest.split_at(end);
            pieces.push(piece);
            rest = others;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Quality;

    fn point(at_ms: i64) -> Point {
        Point::new(at_ms, 1.0, 0, Quality::MEASURED)
    }

    #[track_caller]
    fn check(split: Split, instants_ms: &[i64], sizes: &[usize]) {
        let points: Vec<Point> = instants_ms.iter().map(|at_ms| point(*at_ms)).collect();
        let pieces = split.pieces(&points, 4);
        let found: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
        assert_eq!(found, sizes);
    }

    fn seconds(n: i64) -> Vec<i64> {
        (0..n).map(|i| i * 1000).collect()
    }

    #[test]
    fn appended_points_fill_chunks_and_late_ones_halve_them() {
        check(Split::Greedy, &seconds(9), &[4, 4, 1]);
        check(Split::Even, &seconds(9), &[3, 3, 3]);
        check(Split::Even, &seconds(5), &[3, 2]);
        check(Split::Even, &seconds(4), &[4]);
    }

    #[test]
    fn no_two_chunks_share_a_second() {
        check(Split::Greedy, &[0, 1, 2, 3, 4, 5, 1000], &[6, 1]);
    }
}
