//! What the writer does between commits: sealing the journal, and giving free pages back.
//!
//! Both go in slices, and after every slice waiting appends are served, so that neither holds up
//! a poller. A sealing that is cut off by a crash is simply begun again: the journal goes with
//! the last slice, and points that are in a chunk already vanish in it. A series whose chunks lie
//! on a page that cannot be written stays in the journal and holds up no other.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::chunk_row::chunk_id;
use super::damage::Part;
use super::shared::{Work, chain};
use super::tails::SealedEnds;
use super::writer::{Done, JournalState, WriteFault, Writer, answer, begin, insert_journal_row};
use super::{around, schema, seal};
use crate::journal::JournalRow;
use crate::point::Point;

/// Measured: sealing thousands of series in one transaction holds the file for seconds.
const SLICE_SERIES: usize = 64;

/// A sealing that failed is tried again this much later: long enough not to fill the log, short
/// against the hours that the journal can wait.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Pages given back between two looks at the queue: two megabytes, a few milliseconds.
const VACUUM_PAGES: u32 = 512;

#[derive(Debug, Default)]
pub(super) struct Sealing {
    under_way: Option<Run>,
    /// Who asked for a sealing that has not begun.
    asked: Vec<Done>,
    not_before: Option<Instant>,
}

#[derive(Debug)]
struct Run {
    /// Still to do, the next ones last.
    series: Vec<u32>,
    /// Whose chunks cannot be written: the journal keeps their points.
    stuck: Vec<u32>,
    /// The journal when it began: what goes with the last slice.
    journal: JournalState,
    done: Vec<Done>,
}

impl Sealing {
    fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// A sealing that was asked for while another one was under way begins when that one ends.
    pub(super) fn has_work(&self) -> bool {
        self.is_under_way() || !self.asked.is_empty()
    }

    pub(super) fn ask(&mut self, done: Done) {
        self.asked.push(done);
    }
}

impl Writer {
    pub(super) fn seal_if_due(&mut self) {
        let is_wanted = !self.sealing.asked.is_empty() || self.is_due();
        if self.sealing.is_under_way() || !is_wanted {
            return;
        }
        let mut series = self.shared.tails().unsealed();
        series.reverse();
        self.sealing.under_way = Some(Run {
            series,
            stuck: Vec::new(),
            journal: self.journal,
            done: std::mem::take(&mut self.sealing.asked),
        });
        self.journal.since = None;
    }

    fn is_due(&self) -> bool {
        let now = Instant::now();
        let may_begin = self
            .sealing
            .not_before
            .is_none_or(|not_before| not_before <= now);
        let is_old = |since| now.duration_since(since) >= self.options.seal_after;
        may_begin
            && (self.journal.bytes >= self.options.journal_bytes_max
                || self.shared.tails().n_bytes() >= self.options.unsealed_bytes_max
                || self.journal.since.is_some_and(is_old))
    }

    pub(super) fn work_a_slice(&mut self) {
        if let Some(run) = self.sealing.under_way.take() {
            self.seal_slice(run);
        } else if self.vacuuming {
            self.vacuum_slice();
        }
    }

    fn seal_slice(&mut self, mut run: Run) {
        let n_left = run.series.len().saturating_sub(SLICE_SERIES);
        let slice = run.series.split_off(n_left);
        let is_last = run.series.is_empty();
        let until_seq = is_last.then_some(run.journal.last_seq);
        match self.seal_series(&slice, &mut run.stuck, until_seq) {
            Ok(()) if !is_last => self.sealing.under_way = Some(run),
            Ok(()) => {
                self.journal.bytes -= run.journal.bytes;
                self.sealing.not_before = None;
                let n_stuck = run.stuck.len();
                let fault = format!("{n_stuck} series lie on a damaged page and cannot be sealed");
                self.note_seal_fault((n_stuck > 0).then_some(fault));
                for done in run.done {
                    answer(done, Ok(()));
                }
            }
            Err(error) => {
                let fault = WriteFault::from(error);
                self.note_seal_fault(Some(chain(&fault)));
                self.journal.since = run.journal.since;
                self.sealing.not_before = Some(Instant::now() + RETRY_AFTER);
                for done in run.done {
                    answer(done, Err(fault.clone()));
                }
            }
        }
    }

    fn note_seal_fault(&self, fault: Option<String>) {
        let text = fault.clone().unwrap_or_default();
        if self.shared.set_fault(Work::Seal, fault) {
            tracing::warn!(fault = text, "the history cannot seal its poll journal");
        }
    }

    /// Seals what memory holds of some series, in one transaction, and adds to `stuck` those
    /// that cannot be. With the last ones the journal goes, but for what is stuck.
    fn seal_series(
        &mut self,
        series: &[u32],
        stuck: &mut Vec<u32>,
        until_seq: Option<i64>,
    ) -> rusqlite::Result<()> {
        let transaction = begin(&mut self.connection)?;
        let tails = self.shared.tails();
        for &id in series {
            let Some(tail) = tails.tail(id) else {
                continue;
            };
            let points: Vec<Point> = tail.unsealed().iter().collect();
            let sealed = around::all_or_nothing(&transaction, || {
                seal::merge_into_chunks(
                    &transaction,
                    id,
                    &points,
                    self.options.chunk_points.max(1),
                    &self.shared.damage,
                )?;
                write_ends(&transaction, id, tail.ends_when_sealed())?;
                match points.first() {
                    Some(first) => thin_again_from(&transaction, id, first.at_ms()),
                    None => Ok(()),
                }
            })?;
            if let Err(error) = sealed {
                let part = Part::Page(chunk_id(id, i64::MAX));
                self.shared.damage.report(part, &error);
                stuck.push(id);
            }
        }
        let mut carried = None;
        if let Some(until_seq) = until_seq {
            let points_of = |id: &u32| {
                let id = *id;
                let points = tails.tail(id).map(|tail| tail.unsealed().iter());
                points.into_iter().flatten().map(move |point| (id, point))
            };
            let left: Vec<(u32, Point)> = stuck.iter().flat_map(points_of).collect();
            if !left.is_empty() {
                let row = JournalRow::Samples(left);
                carried = Some(insert_journal_row(&transaction, &row)?);
            }
            transaction.execute("DELETE FROM journal WHERE seq <= ?1", [until_seq])?;
        }
        drop(tails);
        transaction.commit()?;
        if let Some((seq, n_bytes)) = carried {
            self.journal.note(seq, n_bytes);
        }
        let mut tails = self.shared.tails_mut();
        for id in series.iter().filter(|id| !stuck.contains(id)) {
            tails.seal(*id);
        }
        Ok(())
    }

    fn vacuum_slice(&mut self) {
        match give_pages_back(&self.connection, self.options.free_bytes_kept) {
            Ok(is_more) => self.vacuuming = is_more,
            Err(error) => {
                tracing::warn!(
                    fault = chain(&error),
                    "the history cannot give free space back"
                );
                self.vacuuming = false;
            }
        }
    }
}

/// Cuts free pages off the file, but for some that the journal will want again; whether more are
/// left to cut.
fn give_pages_back(connection: &Connection, bytes_kept: u64) -> rusqlite::Result<bool> {
    let n_kept = u32::try_from(bytes_kept / schema::PAGE_BYTES).unwrap_or(u32::MAX);
    let n_free =
        || connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, u32>(0));
    let n_cut = n_free()?.saturating_sub(n_kept).min(VACUUM_PAGES);
    if n_cut > 0 {
        // The pragma frees a page per step, so every row has to be fetched.
        connection.pragma(None, "incremental_vacuum", n_cut, |_row| Ok(()))?;
    }
    let is_more = n_free()? > n_kept;
    if !is_more {
        // The file itself becomes shorter once the log is copied into it.
        connection.pragma(None, "wal_checkpoint", "PASSIVE", |_row| Ok(()))?;
    }
    Ok(is_more)
}

/// Late samples lie where retention has been already.
fn thin_again_from(connection: &Connection, series: u32, from_ms: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE thinned SET until_at = ?2 WHERE series = ?1 AND until_at > ?2";
    connection
        .prepare_cached(sql)?
        .execute(params![series, from_ms])?;
    Ok(())
}

/// Remembers where the chunks of a series begin and end, so that a start need not look.
pub(super) fn write_ends(
    connection: &Connection,
    series: u32,
    ends: SealedEnds,
) -> rusqlite::Result<()> {
    let sql = "UPDATE series SET first_at = ?2, last_at = ?3, last_value = ?4,
               last_decimals = ?5, last_quality = ?6, last_coverage = ?7 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        series,
        ends.first_ms,
        ends.last.map(Point::at_ms),
        ends.last.map(|last| last.value),
        ends.last.map(Point::decimals),
        ends.last.map(|last| last.quality().bits()),
        ends.last.map(|last| last.coverage().half_percents()),
    ])?;
    Ok(())
}
