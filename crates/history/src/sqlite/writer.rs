//! The thread that owns the file: group commits, deletion, and between them sealing.
//!
//! Appends that wait together become one journal row and one synced commit. Memory changes after
//! the file did, so that nobody reads what a power cut would take back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Instant;

use model::SeriesKey;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::SqliteOptions;
use super::retaining::Slice;
use super::seal;
use super::sealing::{Sealing, write_ends};
use super::shared::{Shared, Work, chain};
use crate::Sample;
use crate::journal::JournalRow;
use crate::point::Point;
use crate::retention::Retention;

/// A commit gathers appends until it has this many samples: some milliseconds of work, so that
/// nobody waits long for his turn.
const GROUP_SAMPLES_MAX: usize = 65_536;

/// While sealing fails, memory may hold this many times what it is made for, which is 32 MB:
/// a day of a thousand values every ten seconds. Then appends are refused until
/// sealing works again.
const UNSEALED_OVERRUN: usize = 16;

#[derive(Debug)]
pub(super) struct Command {
    pub(super) task: Task,
    pub(super) done: Done,
    /// What the command takes of the queue; given back when it is dealt with.
    pub(super) room: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) enum Task {
    Append(Vec<Sample>),
    DeleteBefore {
        series: SeriesKey,
        before_ms: i64,
    },
    /// A slice of retention; what it did is told before it is answered.
    Retain(Vec<Retention>, oneshot::Sender<Slice>),
    Seal,
}

pub(super) type Done = oneshot::Sender<Result<(), WriteFault>>;

/// Shared by all whose samples were in the same commit.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum WriteFault {
    #[error(transparent)]
    Sqlite(#[from] Arc<rusqlite::Error>),
    #[error("sealing fails, and {0} bytes of unsealed samples are all that memory may hold")]
    Overrun(usize),
    #[error("the writer has stopped")]
    Stopped,
}

impl From<rusqlite::Error> for WriteFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) options: SqliteOptions,
    pub(super) journal: JournalState,
    pub(super) sealing: Sealing,
    pub(super) vacuuming: bool,
    commands: Receiver<Command>,
    /// Came behind a group of appends and is next.
    held: Option<Command>,
}

/// How much lies in the poll journal, and since when.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct JournalState {
    pub(super) bytes: u64,
    pub(super) last_seq: i64,
    /// When this process first saw a row that is not being sealed. Not the time of day: a clock
    /// that jumps must neither force a sealing nor keep one off.
    pub(super) since: Option<Instant>,
}

impl JournalState {
    pub(super) fn note(&mut self, seq: i64, bytes: usize) {
        self.bytes += bytes as u64;
        self.last_seq = seq;
        self.since.get_or_insert_with(Instant::now);
    }
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        shared: Arc<Shared>,
        options: SqliteOptions,
        journal: JournalState,
        commands: Receiver<Command>,
    ) -> Self {
        Self {
            connection,
            shared,
            options,
            journal,
            sealing: Sealing::default(),
            vacuuming: false,
            commands,
            held: None,
        }
    }

    /// Until every sender is gone and what they sent is done. A sealing under way is left: its
    /// slices are whole, and the next start begins anew.
    pub(super) fn run(mut self) {
        self.seal_if_due();
        while let Ok(command) = self.next_command() {
            if let Some(command) = command {
                self.serve(command);
            }
            self.seal_if_due();
            self.work_a_slice();
        }
    }

    /// Waits for a command unless there is other work; then `None` if nobody wants anything.
    fn next_command(&mut self) -> Result<Option<Command>, TryRecvError> {
        if let Some(command) = self.held.take() {
            return Ok(Some(command));
        }
        if self.sealing.has_work() || self.vacuuming {
            return match self.commands.try_recv() {
                Err(TryRecvError::Empty) => Ok(None),
                received => received.map(Some),
            };
        }
        self.commands
            .recv()
            .map(Some)
            .map_err(|_closed| TryRecvError::Disconnected)
    }

    fn serve(&mut self, command: Command) {
        match command.task {
            Task::Append(samples) => {
                self.append_group(vec![samples], vec![(command.done, command.room)]);
            }
            Task::DeleteBefore { series, before_ms } => {
                let result = self.delete_before(series, before_ms);
                self.note(&result);
                answer(command.done, result);
            }
            Task::Retain(rules, progress) => {
                let result = self.retain_slice(rules).map(|slice| {
                    // Who asked may have given up waiting.
                    let _ = progress.send(slice);
                });
                self.note(&result);
                answer(command.done, result);
            }
            Task::Seal => self.sealing.ask(command.done),
        }
    }

    /// Commits a first append together with those that wait behind it.
    fn append_group(
        &mut self,
        mut batches: Vec<Vec<Sample>>,
        mut waiting: Vec<(Done, OwnedSemaphorePermit)>,
    ) {
        let mut n_samples: usize = batches.iter().map(Vec::len).sum();
        while n_samples < GROUP_SAMPLES_MAX
            && let Ok(command) = self.commands.try_recv()
        {
            match command.task {
                Task::Append(samples) => {
                    n_samples += samples.len();
                    batches.push(samples);
                    waiting.push((command.done, command.room));
                }
                task => {
                    self.held = Some(Command { task, ..command });
                    break;
                }
            }
        }
        let result = self.commit(&batches);
        self.note(&result);
        for (done, _room) in waiting {
            answer(done, result.clone());
        }
    }

    /// Who asked is told the fault and logs it; here it is only kept for the health page.
    fn note(&self, result: &Result<(), WriteFault>) {
        let fault = result.as_ref().err().map(|fault| chain(fault));
        self.shared.set_fault(Work::Commit, fault);
    }

    fn commit(&mut self, batches: &[Vec<Sample>]) -> Result<(), WriteFault> {
        let unsealed_bytes = self.shared.tails().n_bytes();
        let bytes_max = self.options.unsealed_bytes_max;
        if unsealed_bytes > bytes_max.saturating_mul(UNSEALED_OVERRUN) {
            return Err(WriteFault::Overrun(unsealed_bytes));
        }
        let transaction = begin(&mut self.connection)?;
        let mut points = Vec::with_capacity(batches.iter().map(Vec::len).sum());
        let mut registered = HashMap::new();
        let tails = self.shared.tails();
        for sample in batches.iter().flatten() {
            let known = tails.id(sample.series);
            let known = known.or_else(|| registered.get(&sample.series).copied());
            let id = if let Some(id) = known {
                id
            } else {
                let id = insert_series(&transaction, sample.series)?;
                registered.insert(sample.series, id);
                id
            };
            points.push((id, Point::of(sample)));
        }
        drop(tails);
        let row = JournalRow::Samples(points);
        let (seq, n_bytes) = insert_journal_row(&transaction, &row)?;
        transaction.commit()?;

        self.journal.note(seq, n_bytes);
        let mut tails = self.shared.tails_mut();
        for (series, id) in registered {
            tails.register(series, id);
        }
        tails.apply(&row);
        Ok(())
    }

    fn delete_before(&mut self, series: SeriesKey, before_ms: i64) -> Result<(), WriteFault> {
        let (id, ends) = {
            let tails = self.shared.tails();
            let Some((id, tail)) = tails.id(series).and_then(|id| Some((id, tails.tail(id)?)))
            else {
                return Ok(());
            };
            if tail.first_ms().is_none_or(|first_ms| first_ms >= before_ms) {
                return Ok(());
            }
            (id, tail.sealed_ends())
        };
        let transaction = begin(&mut self.connection)?;
        let ends = seal::delete_before(&transaction, id, before_ms, ends, &self.shared.damage)?;
        write_ends(&transaction, id, ends)?;
        // Rows of the journal still hold what is gone from memory and chunks: a start replays this
        // after them.
        let row = JournalRow::Deletion {
            series: id,
            before_ms,
        };
        let (seq, n_bytes) = insert_journal_row(&transaction, &row)?;
        transaction.commit()?;

        self.journal.note(seq, n_bytes);
        let mut tails = self.shared.tails_mut();
        tails.apply(&row);
        tails.set_sealed_ends(id, ends);
        self.vacuuming = true;
        Ok(())
    }
}

/// The lock is taken at once: a commit that fails later for want of it would have to be redone.
pub(super) fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

pub(super) fn answer(done: Done, result: Result<(), WriteFault>) {
    // Who asked may have given up waiting; what was done stays done.
    let _ = done.send(result);
}

fn insert_series(transaction: &Transaction<'_>, series: SeriesKey) -> rusqlite::Result<u32> {
    transaction
        .prepare_cached(
            "INSERT INTO series (point, measurand, recording) VALUES (?1, ?2, ?3) RETURNING id",
        )?
        .query_row(
            (
                series.point.0,
                series.measurand.to_string(),
                series.recording.to_string(),
            ),
            |row| row.get(0),
        )
}

pub(super) fn insert_journal_row(
    transaction: &Transaction<'_>,
    row: &JournalRow,
) -> rusqlite::Result<(i64, usize)> {
    let data = row.encode();
    transaction
        .prepare_cached("INSERT INTO journal (data) VALUES (?1)")?
        .execute([&data])?;
    Ok((transaction.last_insert_rowid(), data.len()))
}
