//! Retention: whole chunks that are too old go, and sealed samples become coarser.
//!
//! It goes in slices of bounded work, each one transaction, and appends are served between them.
//! How far a series has been thinned is remembered, so that no chunk is unpacked twice for it;
//! late samples set that back when they are sealed.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::chunk_row::{self, ChunkRow, chunk_id, second_of};
use super::damage::{Damage, Part};
use super::sealing::write_ends;
use super::tails::{SealedEnds, Tail};
use super::writer::{WriteFault, Writer, begin};
use super::{around, seal};
use crate::point::{self, Point};
use crate::retention::{Cells, Retained, Retention, Thinning};
use crate::sample::next_millisecond;

/// Chunks that one slice unpacks: some ten milliseconds of work.
const SLICE_CHUNKS: usize = 64;

/// Chunks that are thinned together at first; more where a single cell reaches over them.
const THINNED_CHUNKS: usize = 16;

/// What a slice did, and the rules that are still to do.
#[derive(Debug, Default)]
pub(super) struct Slice {
    pub(super) done: Retained,
    pub(super) rest: Vec<Retention>,
}

impl Writer {
    /// Works on rules until they are done or the slice is full.
    pub(super) fn retain_slice(&mut self, rules: Vec<Retention>) -> Result<Slice, WriteFault> {
        let mut slice = Slice::default();
        let mut changed: HashMap<u32, SealedEnds> = HashMap::new();
        let transaction = begin(&mut self.connection)?;
        {
            let tails = self.shared.tails();
            let mut work = Work {
                connection: &transaction,
                damage: &self.shared.damage,
                chunk_points: self.options.chunk_points.max(1),
                least_gain_ms: self.options.thin_at_least.as_millis() as i64,
                n_unpacked: 0,
            };
            let mut rules = rules.into_iter();
            for rule in rules.by_ref() {
                let Some(id) = tails.id(rule.series) else {
                    continue;
                };
                let Some(tail) = tails.tail(id) else {
                    continue;
                };
                let worked = around::all_or_nothing(&transaction, || work.apply(id, tail, &rule))?;
                let outcome = match worked {
                    Ok(outcome) => outcome,
                    Err(error) => {
                        // Its samples stay longer than they must; the other series go on.
                        let part = Part::Page(chunk_id(id, 0));
                        self.shared.damage.report(part, &error);
                        continue;
                    }
                };
                slice.done += outcome.done;
                if let Some(ends) = outcome.ends {
                    changed.insert(id, ends);
                }
                if !outcome.is_finished {
                    slice.rest.push(rule);
                    break;
                }
            }
            slice.rest.extend(rules);
        }
        transaction.commit()?;
        let mut tails = self.shared.tails_mut();
        for (id, ends) in changed {
            tails.set_sealed_ends(id, ends);
        }
        self.vacuuming |= slice.done != Retained::default();
        Ok(slice)
    }
}

/// One slice under way.
struct Work<'a> {
    connection: &'a Connection,
    damage: &'a Damage,
    chunk_points: usize,
    least_gain_ms: i64,
    n_unpacked: usize,
}

/// What became of one rule.
struct Outcome {
    done: Retained,
    /// Where the chunks of the series begin and end now, if that changed.
    ends: Option<SealedEnds>,
    is_finished: bool,
}

impl Work<'_> {
    fn apply(&mut self, series: u32, tail: &Tail, rule: &Retention) -> rusqlite::Result<Outcome> {
        let mut outcome = Outcome {
            done: Retained::default(),
            ends: None,
            is_finished: true,
        };
        let ends = tail.sealed_ends();
        if let Some(before_ms) = rule.delete_before.map(next_millisecond)
            && ends.first_ms.is_some_and(|first_ms| first_ms < before_ms)
        {
            let (n_deleted, ends) = self.delete(series, before_ms, ends, rule)?;
            outcome.done.samples_deleted = n_deleted;
            outcome.ends = Some(ends);
        }
        let behind_ms = tail.unsealed().first_ms();
        let (n_thinned, is_finished) = self.thin(series, rule, behind_ms)?;
        outcome.done.samples_thinned = n_thinned;
        outcome.is_finished = is_finished;
        Ok(outcome)
    }

    /// Deletes the chunks that lie wholly before an instant and outside what is kept; answers how
    /// many samples went, and where the chunks begin and end now.
    fn delete(
        &self,
        series: u32,
        before_ms: i64,
        ends: SealedEnds,
        rule: &Retention,
    ) -> rusqlite::Result<(u64, SealedEnds)> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, n, first_at, last_at FROM chunk
             WHERE id BETWEEN ?1 AND ?2 AND last_at < ?3",
        )?;
        let up_to = chunk_id(series, second_of(before_ms));
        let mut rows = statement.query([chunk_id(series, 0), up_to, before_ms])?;
        let mut n_deleted = 0;
        while let Some(row) = rows.next()? {
            let (first_ms, last_ms): (i64, i64) = (row.get(2)?, row.get(3)?);
            if !keeps_any(rule, first_ms, last_ms) {
                let n: i64 = row.get(1)?;
                self.connection
                    .prepare_cached("DELETE FROM chunk WHERE id = ?1")?
                    .execute([row.get::<_, i64>(0)?])?;
                n_deleted += n as u64;
            }
        }
        let ends = self.ends_after_deletion(series, ends)?;
        write_ends(self.connection, series, ends)?;
        Ok((n_deleted, ends))
    }

    fn ends_after_deletion(&self, series: u32, ends: SealedEnds) -> rusqlite::Result<SealedEnds> {
        let (first_ms, last_ms): (Option<i64>, Option<i64>) = self
            .connection
            .prepare_cached(
                "SELECT min(first_at), max(last_at) FROM chunk WHERE id BETWEEN ?1 AND ?2",
            )?
            .query_row([chunk_id(series, 0), chunk_id(series, i64::MAX)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let last = match (ends.last, last_ms) {
            (Some(last), Some(last_ms)) if last.at_ms() == last_ms => Some(last),
            // Only an old chunk was kept: its last point is the newest now.
            (_, Some(_)) => {
                let newest = chunk_id(series, i64::MAX);
                let row = chunk_row::last_up_to(self.connection, series, newest, self.damage)?;
                row.and_then(|row| row.unpack().ok()?.last().copied())
            }
            (_, None) => None,
        };
        Ok(SealedEnds { first_ms, last })
    }

    /// Thins by each step of a rule; whether all is done, or the slice is full.
    fn thin(
        &mut self,
        series: u32,
        rule: &Retention,
        behind_ms: Option<i64>,
    ) -> rusqlite::Result<(u64, bool)> {
        let mut n_thinned = 0;
        for thinning in &rule.thin {
            let cells = Cells::of(thinning);
            let until_ms = cells.border_before(thinning.until.as_millisecond());
            while let Some(from_ms) = self.thinned_until(series, cells, until_ms)? {
                if self.n_unpacked >= SLICE_CHUNKS {
                    return Ok((n_thinned, false));
                }
                let span = (from_ms, until_ms);
                n_thinned += self.thin_some(series, thinning, span, rule, behind_ms)?;
            }
        }
        Ok((n_thinned, true))
    }

    /// Where thinning goes on; `None` where there is too little to gain.
    fn thinned_until(
        &self,
        series: u32,
        cells: Cells,
        until_ms: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let noted: Option<i64> = self
            .connection
            .prepare_cached("SELECT until_at FROM thinned WHERE series = ?1 AND step_ms = ?2")?
            .query_row(params![series, cells.step_ms()], |row| row.get(0))
            .optional()?;
        let from_ms = match noted {
            Some(noted) => Some(noted),
            None => self
                .connection
                .prepare_cached("SELECT min(first_at) FROM chunk WHERE id BETWEEN ?1 AND ?2")?
                .query_row([chunk_id(series, 0), chunk_id(series, i64::MAX)], |row| {
                    row.get(0)
                })?,
        };
        let from_ms = from_ms.map(|from_ms: i64| cells.border_before(from_ms));
        let is_worth = |from_ms: &i64| until_ms - from_ms > self.least_gain_ms;
        Ok(from_ms.filter(is_worth))
    }

    /// Thins the first chunks of a span that begins and ends with a cell.
    fn thin_some(
        &mut self,
        series: u32,
        thinning: &Thinning,
        (from_ms, until_ms): (i64, i64),
        rule: &Retention,
        behind_ms: Option<i64>,
    ) -> rusqlite::Result<u64> {
        let cells = Cells::of(thinning);
        let (rows, part_until_ms, next_ms) = self.part(series, cells, (from_ms, until_ms))?;
        let mut points: Vec<Point> = Vec::new();
        let mut replaced: Vec<&ChunkRow> = Vec::new();
        for row in &rows {
            self.n_unpacked += 1;
            match row.unpack() {
                Ok(unpacked) => {
                    points.extend_from_slice(&unpacked);
                    replaced.push(row);
                }
                Err(fault) => self.damage.report(Part::Chunk(row.id()), &fault),
            }
        }
        let mine = point::range(&points, from_ms, part_until_ms);
        let last_ms = mine.last().map_or(i64::MIN, |last| last.at_ms());
        let behind = points.iter().map(|point| point.at_ms());
        let next_ms = behind
            .filter(|at_ms| *at_ms > last_ms)
            .chain(next_ms)
            .chain(behind_ms.filter(|at_ms| *at_ms > last_ms))
            .min();
        let instants_ms: Vec<i64> = mine.iter().map(|point| point.at_ms()).collect();
        let stays = cells.keeps(&instants_ms, next_ms);
        let thinned = |at_ms: i64| {
            let found = instants_ms.binary_search(&at_ms);
            found.is_ok_and(|i| !stays[i]) && !keeps_any(rule, at_ms, at_ms)
        };
        let n_before = points.len();
        let kept: Vec<Point> = points
            .into_iter()
            .filter(|point| !thinned(point.at_ms()))
            .collect();
        let n_thinned = n_before - kept.len();
        if n_thinned > 0 {
            for row in replaced {
                row.delete(self.connection)?;
            }
            seal::merge_into_chunks(
                self.connection,
                series,
                &kept,
                self.chunk_points,
                self.damage,
            )?;
        }
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO thinned VALUES (?1, ?2, ?3)")?
            .execute(params![series, cells.step_ms(), part_until_ms])?;
        Ok(n_thinned as u64)
    }

    /// The first chunks of a span, up to which border they are to be thinned, and where the
    /// chunk behind them begins.
    fn part(
        &self,
        series: u32,
        cells: Cells,
        (from_ms, until_ms): (i64, i64),
    ) -> rusqlite::Result<(Vec<ChunkRow>, i64, Option<i64>)> {
        let mut most = THINNED_CHUNKS;
        loop {
            let mut rows = Vec::new();
            let mut next_ms = None;
            // To the end of the series: a chunk behind the span tells what comes next.
            let on = (from_ms, i64::MAX);
            chunk_row::visit_between(self.connection, series, on, self.damage, |row| {
                let is_full = rows.len() >= most || row.first_ms() >= until_ms;
                if is_full {
                    next_ms = Some(row.first_ms());
                } else {
                    rows.push(row.clone());
                }
                !is_full
            })?;
            let border_ms = next_ms.map_or(until_ms, |next_ms| {
                cells.border_before(next_ms).min(until_ms)
            });
            if border_ms > from_ms {
                return Ok((rows, border_ms, next_ms));
            }
            most *= 2;
        }
    }
}

/// Whether a rule keeps anything between two instants, both included.
fn keeps_any(rule: &Retention, first_ms: i64, last_ms: i64) -> bool {
    rule.keep.iter().any(|span| {
        next_millisecond(span.from) <= last_ms && first_ms < next_millisecond(span.until)
    })
}
