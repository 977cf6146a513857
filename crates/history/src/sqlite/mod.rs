//! The store of one file: SQLite for what must be safe, compressed chunks for what must be small.
//!
//! One thread owns the file ([`writer`]); memory holds what it has not sealed yet ([`tails`]);
//! readers have connections of their own ([`read`]). The tables are in [`schema`].

mod around;
mod chunk_row;
mod copy;
mod damage;
mod load;
mod read;
mod retaining;
mod schema;
mod seal;
mod sealing;
mod shared;
mod tails;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{PointId, SeriesKey};
use tokio::sync::{Semaphore, oneshot};

pub use self::copy::{FileSummary, copy_file, inspect_file};
use self::read::{ReadFault, Readers};
use self::shared::Shared;
pub(crate) use self::shared::chain;
use self::tails::Tail;
use self::writer::{Command, Task, WriteFault, Writer};
use crate::point::{self, Point};
use crate::sample::next_millisecond;
use crate::stepped::{StepGrid, Stepper};
use crate::{
    HistoryError, HistoryStore, Retained, Retention, Sample, Span, SteppedSeries, StoreHealth,
    StoredSeries,
};

/// Samples that may wait for the writer, in all; whoever appends more waits for room.
const QUEUE_SAMPLES_MAX: usize = 262_144;

/// A larger append goes in pieces of this size, so that others get their turn between them.
const APPEND_SAMPLES_MAX: usize = QUEUE_SAMPLES_MAX / 4;

/// Series that one slice of retention looks at: a few milliseconds where nothing is to be done.
const RETAINED_SERIES_MAX: usize = 256;

/// When the journal is sealed, into what, and how many may read at a time.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The journal is sealed at this size: a start replays it in some tens of milliseconds.
    pub journal_bytes_max: u64,
    /// It is sealed too once its samples take so much of memory, packed: about three bytes each,
    /// so that it is little beside what a server needs anyway.
    pub unsealed_bytes_max: usize,
    /// And it is sealed once it is this old, so that a year of a quiet plant lies in chunks.
    pub seal_after: Duration,
    /// A chunk is full with this many points: four weeks by ten minutes, and measured to pack
    /// about as well as any larger one.
    pub chunk_points: usize,
    /// Thinning waits until so much of a series can be thinned at once: each time costs a chunk.
    pub thin_at_least: Duration,
    /// Free pages that the file keeps for the next journal, which would only be cut off and
    /// appended again.
    pub free_bytes_kept: u64,
    /// Connections for reading; each takes about one megabyte once it is used.
    pub readers: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            journal_bytes_max: 8 << 20,
            unsealed_bytes_max: 2 << 20,
            seal_after: Duration::from_hours(24),
            chunk_points: 4096,
            thin_at_least: Duration::from_hours(24),
            free_bytes_kept: 8 << 20,
            readers: 4,
        }
    }
}

/// Readings in one SQLite file.
///
/// Dropping it waits for the appends that were sent and closes the file.
#[derive(Debug)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    // Dropped in this order: the writer closes the file last and takes its log along.
    readers: Readers,
    writer: WriterHandle,
}

#[derive(Debug)]
struct WriterHandle {
    /// Taken when the store is dropped, which ends the thread.
    commands: Option<mpsc::Sender<Command>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the file, or makes it, and replays its poll journal. Waits for the disk.
    ///
    /// # Errors
    ///
    /// [`HistoryError::NewerFile`] leaves the file as it is; [`HistoryError::Unavailable`] if it
    /// cannot be opened or is no history file.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, HistoryError> {
        let path = path.as_ref().to_path_buf();
        let loaded = load::load(&path).map_err(|fault| fault.of_file(&path))?;
        let readers = Readers::new(path.clone(), options.readers);
        let shared = Arc::new(Shared::new(path.clone(), loaded.damage, loaded.tails));
        let (sender, commands) = mpsc::channel();
        let writer = Writer::new(
            loaded.connection,
            Arc::clone(&shared),
            options,
            loaded.journal,
            commands,
        );
        let thread = std::thread::Builder::new()
            .name("history-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| unavailable(&path, source))?;
        Ok(Self {
            shared,
            readers,
            writer: WriterHandle {
                commands: Some(sender),
                room: Arc::new(Semaphore::new(QUEUE_SAMPLES_MAX)),
                thread: Some(thread),
            },
        })
    }

    /// Seals now what was appended before this call; else it happens by itself.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Unavailable`] if the file cannot be written; nothing is lost by it.
    pub async fn seal(&self) -> Result<(), HistoryError> {
        self.send(Task::Seal, 1).await
    }

    async fn send(&self, task: Task, room: usize) -> Result<(), HistoryError> {
        let fault = |fault: WriteFault| unavailable(&self.shared.path, fault);
        let stopped = || fault(WriteFault::Stopped);
        let room = Arc::clone(&self.writer.room)
            .acquire_many_owned(room as u32)
            .await
            .expect("the semaphore is never closed");
        let (done, answer) = oneshot::channel();
        let commands = self.writer.commands.as_ref().ok_or_else(stopped)?;
        commands
            .send(Command { task, done, room })
            .map_err(|_closed| stopped())?;
        answer
            .await
            .unwrap_or(Err(WriteFault::Stopped))
            .map_err(fault)
    }

    /// The points of a series in a span, chunks and tail together.
    async fn points_between(
        &self,
        series: SeriesKey,
        span_ms: (i64, i64),
        limit: usize,
    ) -> Result<Vec<Point>, HistoryError> {
        let Some((id, tail)) = self.tail_between(series, span_ms, limit) else {
            return Ok(Vec::new());
        };
        let shared = Arc::clone(&self.shared);
        let sealed = self
            .readers
            .run(move |connection| {
                read::sealed_between(connection, id, span_ms, limit, &shared.damage)
            })
            .await
            .map_err(|fault| self.unreadable(fault))?;
        let mut points = point::merge(sealed, &tail);
        points.truncate(limit);
        Ok(points)
    }

    /// The number of a series and a copy of the part of its tail in a span; `None` if nobody
    /// appended to it.
    fn tail_between(
        &self,
        series: SeriesKey,
        (from_ms, until_ms): (i64, i64),
        limit: usize,
    ) -> Option<(u32, Vec<Point>)> {
        let tails = self.shared.tails();
        let id = tails.id(series)?;
        let tail = tails.tail(id).map(Tail::unsealed);
        let tail = tail.map(|tail| tail.between(from_ms, until_ms, limit));
        Some((id, tail.unwrap_or_default()))
    }

    fn unreadable(&self, fault: ReadFault) -> HistoryError {
        unavailable(&self.shared.path, fault)
    }
}

#[async_trait]
impl HistoryStore for SqliteStore {
    async fn append(&self, samples: Vec<Sample>) -> Result<(), HistoryError> {
        if let Some(bad) = samples.iter().find(|sample| !sample.is_storable()) {
            return Err(HistoryError::NotStorable {
                series: bad.series,
                at: bad.at,
                value: bad.value,
            });
        }
        let mut samples = samples;
        while samples.len() > APPEND_SAMPLES_MAX {
            let rest = samples.split_off(APPEND_SAMPLES_MAX);
            self.send(Task::Append(samples), APPEND_SAMPLES_MAX).await?;
            samples = rest;
        }
        if samples.is_empty() {
            return Ok(());
        }
        let n_samples = samples.len();
        self.send(Task::Append(samples), n_samples).await
    }

    async fn latest(&self, series: &[SeriesKey]) -> Result<Vec<Option<Sample>>, HistoryError> {
        let tails = self.shared.tails();
        Ok(series
            .iter()
            .map(|key| Some(tails.of(*key)?.last()?.sample(*key)))
            .collect())
    }

    async fn read_raw(
        &self,
        series: SeriesKey,
        span: Span,
        limit: usize,
    ) -> Result<Vec<Sample>, HistoryError> {
        let points = self
            .points_between(series, span.milliseconds()?, limit)
            .await?;
        Ok(points
            .into_iter()
            .map(|point| point.sample(series))
            .collect())
    }

    async fn read_stepped(
        &self,
        series: SeriesKey,
        span: Span,
        step: Duration,
        hold: Duration,
    ) -> Result<SteppedSeries, HistoryError> {
        let grid = StepGrid::new(span, step, hold)?;
        let span_ms = (grid.first_needed_ms(), grid.until_ms);
        let mut stepper = Stepper::new(series, grid);
        let Some((id, tail)) = self.tail_between(series, span_ms, usize::MAX) else {
            return Ok(stepper.finish());
        };
        let shared = Arc::clone(&self.shared);
        self.readers
            .run(move |connection| {
                let take =
                    |point: Point| stepper.push(point.at_ms(), point.value, point.coverage());
                read::visit_points_between(connection, id, span_ms, &tail, &shared.damage, take)?;
                Ok(stepper.finish())
            })
            .await
            .map_err(|fault| self.unreadable(fault))
    }

    async fn last_at_or_before(
        &self,
        series: SeriesKey,
        instants: &[Timestamp],
    ) -> Result<Vec<Option<Sample>>, HistoryError> {
        // Down to the millisecond that samples are cut to as well.
        let instants_ms: Vec<i64> = instants
            .iter()
            .map(|at| at.as_nanosecond().div_euclid(1_000_000) as i64)
            .collect();
        let (id, unsealed): (u32, Vec<Option<Point>>) = {
            let tails = self.shared.tails();
            let Some(id) = tails.id(series) else {
                return Ok(vec![None; instants.len()]);
            };
            let tail = tails.tail(id).map(Tail::unsealed);
            let until_ms = instants_ms.last().map_or(i64::MIN, |last_ms| last_ms + 1);
            let tail = tail.map(|tail| tail.between(i64::MIN, until_ms, usize::MAX));
            let tail = tail.unwrap_or_default();
            let last = |at_ms: &i64| point::last_at_or_before(&tail, *at_ms);
            (id, instants_ms.iter().map(last).collect())
        };
        let shared = Arc::clone(&self.shared);
        let sealed = self
            .readers
            .run(move |connection| {
                read::sealed_at_or_before(connection, id, &instants_ms, &shared.damage)
            })
            .await
            .map_err(|fault| self.unreadable(fault))?;
        let later = |(sealed, unsealed): (Option<Point>, Option<Point>)| match (sealed, unsealed) {
            (Some(sealed), Some(unsealed)) if sealed.at_ms() > unsealed.at_ms() => Some(sealed),
            (sealed, unsealed) => unsealed.or(sealed),
        };
        Ok(sealed
            .into_iter()
            .zip(unsealed)
            .map(|pair| Some(later(pair)?.sample(series)))
            .collect())
    }

    async fn series_of(&self, point: PointId) -> Result<Vec<SeriesKey>, HistoryError> {
        Ok(self.shared.tails().series_of(point))
    }

    async fn series(&self) -> Result<Vec<StoredSeries>, HistoryError> {
        let tails = self.shared.tails();
        let mut stored: Vec<StoredSeries> = tails
            .filled()
            .filter_map(|(key, first_ms, newest)| {
                Some(StoredSeries {
                    key,
                    oldest_at: Timestamp::from_millisecond(first_ms).ok()?,
                    newest: newest.sample(key),
                })
            })
            .collect();
        drop(tails);
        stored.sort_unstable_by_key(|stored| stored.key);
        Ok(stored)
    }

    async fn retain(&self, rules: Vec<Retention>) -> Result<Retained, HistoryError> {
        let mut all = Retained::default();
        for slice in rules.chunks(RETAINED_SERIES_MAX) {
            let mut rest = slice.to_vec();
            while !rest.is_empty() {
                let (sender, progress) = oneshot::channel();
                self.send(Task::Retain(rest, sender), 1).await?;
                let slice = progress
                    .await
                    .map_err(|_closed| unavailable(&self.shared.path, WriteFault::Stopped))?;
                all += slice.done;
                rest = slice.rest;
            }
        }
        Ok(all)
    }

    async fn delete_before(
        &self,
        series: SeriesKey,
        before: Timestamp,
    ) -> Result<(), HistoryError> {
        let before_ms = next_millisecond(before);
        self.send(Task::DeleteBefore { series, before_ms }, 1).await
    }

    async fn health(&self) -> Result<StoreHealth, HistoryError> {
        // A file that cannot be read is told of by its faults; its health is still answered.
        let bytes_free = self.readers.run(read::bytes_free).await.unwrap_or(0);
        let tails = self.shared.tails();
        let instant = |at_ms: Option<i64>| Timestamp::from_millisecond(at_ms?).ok();
        let newest_ms = tails
            .all()
            .filter_map(|tail| Some(tail.last()?.at_ms()))
            .max();
        Ok(StoreHealth {
            bytes_on_disk: bytes_on_disk(&self.shared.path),
            bytes_free,
            series: tails.n_series() as u64,
            oldest_at: instant(tails.all().filter_map(Tail::first_ms).min()),
            newest_at: instant(newest_ms),
            unsealed: tails.n_points() as u64,
            damaged: self.shared.damage.count() as u64,
            fault: self.shared.fault(),
        })
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the history had panicked");
        }
    }
}

fn unavailable(
    path: &Path,
    source: impl std::error::Error + Send + Sync + 'static,
) -> HistoryError {
    HistoryError::Unavailable {
        path: path.display().to_string(),
        source: Box::new(source),
    }
}

/// The file with its write-ahead log.
fn bytes_on_disk(path: &Path) -> u64 {
    let log = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [path.to_path_buf(), log("-wal"), log("-shm")]
        .iter()
        .filter_map(|file| Some(std::fs::metadata(file).ok()?.len()))
        .sum()
}
