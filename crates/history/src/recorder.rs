use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::sqlite::chain;
use crate::{HistoryError, HistoryStore, Sample};

/// What one append brings at most; more waits for the next one.
const BATCH_SAMPLES_MAX: usize = 50_000;

/// Pauses between attempts while the store fails: from a hiccup to a card that was pulled out.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_mins(1);

/// How long a shutdown waits for a store that does not answer: less than service managers do.
const SHUTDOWN_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub struct RecorderOptions {
    /// How long a sample may wait for others to share a commit with it. Just under a second by
    /// default, so that with its sync a sample is safe within one (DAT-11); up to a minute spares
    /// a flash card.
    pub interval: Duration,
    /// Samples kept while the store stalls or fails, 48 bytes each; beyond it the oldest go.
    pub queue_max: usize,
}

impl Default for RecorderOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_millis(900),
            // A minute of 8000 series by the second, an hour and more of a small plant.
            queue_max: 500_000,
        }
    }
}

/// What became of the samples: `stored + dropped + refused + queued` is all that were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecorderHealth {
    pub queued: u64,
    pub stored: u64,
    /// Gone because the store did not take them in time; history has a gap there.
    pub dropped: u64,
    /// No store takes these, see [`Sample::is_storable`].
    pub refused: u64,
    /// Why the store does not take samples, while it lasts.
    pub fault: Option<String>,
}

/// The queue in front of a store: [`record`](Self::record) never waits, whatever the disk does.
///
/// One task gathers what comes within an interval and appends it. While the store fails, the
/// queue keeps what fits and the task tries again, later each time; beyond the bound the oldest
/// samples go first and are counted.
#[derive(Debug)]
pub struct Recorder {
    inner: Arc<Inner>,
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn HistoryStore>,
    options: RecorderOptions,
    queue: Mutex<Queue>,
    /// Something came, or the end did.
    wake: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Sample>,
    /// Taken off for an append that has not ended; part of the bound, as they may come back.
    n_in_flight: usize,
    stored: u64,
    dropped: u64,
    refused: u64,
    fault: Option<String>,
    /// Since the queue last ran empty, some did not fit.
    is_dropping: bool,
    is_closing: bool,
}

impl Recorder {
    /// Starts the task; must be called within a tokio runtime.
    pub fn start(store: Arc<dyn HistoryStore>, options: RecorderOptions) -> Self {
        let inner = Arc::new(Inner {
            store,
            options,
            queue: Mutex::default(),
            wake: Notify::new(),
        });
        let task = tokio::spawn(Arc::clone(&inner).run());
        Self {
            inner,
            task: Mutex::new(Some(task)),
        }
    }

    /// Takes samples to be stored soon. Never waits and never fails: see [`RecorderHealth`].
    pub fn record(&self, samples: Vec<Sample>) {
        let mut queue = self.inner.queue();
        let n_offered = samples.len();
        let storable = samples.into_iter().filter(Sample::is_storable);
        if queue.is_closing {
            let n_late = storable.count();
            queue.dropped += n_late as u64;
            queue.refused += (n_offered - n_late) as u64;
            return;
        }
        let n_before = queue.waiting.len();
        queue.waiting.extend(storable);
        queue.refused += (n_offered - (queue.waiting.len() - n_before)) as u64;

        let room = self
            .inner
            .options
            .queue_max
            .saturating_sub(queue.n_in_flight);
        let n_over = queue.waiting.len().saturating_sub(room);
        queue.waiting.drain(..n_over);
        if n_over > 0 && !queue.is_dropping {
            queue.is_dropping = true;
            tracing::warn!("the store is too slow or failing: readings are dropped from now on");
        }
        queue.dropped += n_over as u64;
        drop(queue);
        self.inner.wake.notify_one();
    }

    /// Samples that may wait before the oldest are dropped.
    pub fn capacity(&self) -> usize {
        self.inner.options.queue_max
    }

    pub fn health(&self) -> RecorderHealth {
        let queue = self.inner.queue();
        RecorderHealth {
            queued: (queue.waiting.len() + queue.n_in_flight) as u64,
            stored: queue.stored,
            dropped: queue.dropped,
            refused: queue.refused,
            fault: queue.fault.clone(),
        }
    }

    /// Appends what is queued and ends the task. What a failing store does not take any more is
    /// dropped and counted, and so is what is recorded afterwards.
    pub async fn shutdown(&self) {
        self.inner.close();
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut task) = task
            && tokio::time::timeout(SHUTDOWN_MAX, &mut task).await.is_err()
        {
            task.abort();
        }
        let mut queue = self.inner.queue();
        let n_left = queue.waiting.len() + queue.n_in_flight;
        queue.waiting.clear();
        queue.n_in_flight = 0;
        queue.dropped += n_left as u64;
        if n_left > 0 {
            tracing::error!(n_left, "the last readings could not be stored");
        }
    }
}

impl Drop for Recorder {
    /// Without a shutdown the task flushes what it can, unobserved.
    fn drop(&mut self) {
        self.inner.close();
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.queue().is_closing = true;
        self.wake.notify_one();
    }

    async fn run(self: Arc<Self>) {
        let mut retry = RETRY_FIRST;
        loop {
            self.gather().await;
            let batch = self.take_batch();
            if batch.is_empty() {
                // Nothing came and the wait ended: that is the end.
                return;
            }
            match self.store.append(batch.clone()).await {
                Ok(()) => {
                    retry = RETRY_FIRST;
                    self.note_stored(batch.len());
                }
                Err(error) => {
                    let is_last = self.note_failed(batch, &error);
                    if is_last {
                        return;
                    }
                    self.wait_until(Instant::now() + retry, |_| false).await;
                    retry = (retry * 2).min(RETRY_MAX);
                }
            }
        }
    }

    /// Waits for a first sample, then for others to go with it.
    async fn gather(&self) {
        while !self.queue().is_closing && self.queue().waiting.is_empty() {
            self.wake.notified().await;
        }
        let is_full = |queue: &Queue| queue.waiting.len() >= BATCH_SAMPLES_MAX;
        self.wait_until(Instant::now() + self.options.interval, is_full)
            .await;
    }

    /// Until `deadline`, or the end, or what `is_enough` says.
    async fn wait_until(&self, deadline: Instant, is_enough: impl Fn(&Queue) -> bool) {
        loop {
            {
                let queue = self.queue();
                if queue.is_closing || is_enough(&queue) {
                    return;
                }
            }
            if tokio::time::timeout_at(deadline, self.wake.notified())
                .await
                .is_err()
            {
                return;
            }
        }
    }

    fn take_batch(&self) -> Vec<Sample> {
        let mut queue = self.queue();
        let n = queue.waiting.len().min(BATCH_SAMPLES_MAX);
        queue.n_in_flight = n;
        queue.waiting.drain(..n).collect()
    }

    fn note_stored(&self, n: usize) {
        let mut queue = self.queue();
        queue.n_in_flight = 0;
        queue.stored += n as u64;
        if queue.fault.take().is_some() {
            tracing::info!("the store takes readings again");
        }
        if queue.is_dropping && queue.waiting.is_empty() {
            queue.is_dropping = false;
            let dropped = queue.dropped;
            tracing::info!(
                dropped,
                "the store keeps up again, no more readings are dropped"
            );
        }
    }

    /// Whether there is no point in going on.
    fn note_failed(&self, batch: Vec<Sample>, error: &HistoryError) -> bool {
        let fault = chain(error);
        let mut queue = self.queue();
        queue.n_in_flight = 0;
        if error.is_transient() {
            for sample in batch.into_iter().rev() {
                queue.waiting.push_front(sample);
            }
        } else {
            queue.dropped += batch.len() as u64;
        }
        if queue.fault.is_none() {
            tracing::warn!(fault, "the store does not take readings, they wait");
        }
        queue.fault = Some(fault);
        queue.is_closing
    }
}
