//! The recorder never makes a poller wait, and accounts for every sample.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use history::{
    HistoryError, HistoryStore, Recorder, RecorderHealth, RecorderOptions, Retained, Retention,
    Sample, Span, SqliteOptions, SqliteStore, SteppedSeries, StoreHealth, StoredSeries,
};
use jiff::Timestamp;
use model::{PointId, SeriesKey};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::reference::Reference;
use crate::support::{power, read_all, run, sample};
use crate::wrapped::pass_on;

/// A store on a disk that obeys.
#[derive(Debug)]
struct Steered {
    store: Reference,
    disk: watch::Sender<Disk>,
    n_appends: AtomicUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Well,
    Failing,
    Stalling,
}

impl Steered {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: Reference::default(),
            disk: watch::Sender::new(Disk::Well),
            n_appends: AtomicUsize::new(0),
        })
    }

    fn set(&self, disk: Disk) {
        self.disk.send_replace(disk);
    }

    fn n_appends(&self) -> usize {
        self.n_appends.load(Ordering::Relaxed)
    }

    async fn ready(&self) -> Result<&Reference, HistoryError> {
        self.n_appends.fetch_add(1, Ordering::Relaxed);
        let mut disk = self.disk.subscribe();
        let disk = *disk.wait_for(|disk| *disk != Disk::Stalling).await.unwrap();
        match disk {
            Disk::Failing => Err(HistoryError::Unavailable {
                path: "history.db".to_owned(),
                source: "no space left on device".into(),
            }),
            _ => Ok(&self.store),
        }
    }
}

pass_on!(Steered, |self| self.ready().await?);

fn start(store: &Arc<Steered>, queue_max: usize) -> Recorder {
    let options = RecorderOptions {
        queue_max,
        ..RecorderOptions::default()
    };
    Recorder::start(Arc::clone(store) as Arc<dyn HistoryStore>, options)
}

#[track_caller]
fn check(recorder: &Recorder, queued: u64, stored: u64, dropped: u64, refused: u64) {
    let health = recorder.health();
    let expected = RecorderHealth {
        queued,
        stored,
        dropped,
        refused,
        fault: health.fault.clone(),
    };
    assert_eq!(health, expected);
}

/// Time is paused: this passes as soon as nobody else has anything to do.
async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn what_comes_within_a_second_shares_one_append() {
    let store = Steered::new();
    let recorder = start(&store, 1000);
    for i in 0..8 {
        recorder.record(run(i..i + 1));
        pass(0.1).await;
    }
    check(&recorder, 8, 0, 0, 0);
    pass(0.2).await;
    check(&recorder, 0, 8, 0, 0);
    assert_eq!(store.n_appends(), 1);
    assert_eq!(read_all(&store.store, power(1)).await, run(0..8));
}

#[tokio::test(start_paused = true)]
async fn a_stalling_disk_costs_the_oldest_beyond_the_bound() {
    let store = Steered::new();
    let recorder = start(&store, 10);
    store.set(Disk::Stalling);
    recorder.record(run(0..4));
    pass(2.0).await;
    // Four are on their way and may come back, so that there is room for six.
    recorder.record(run(4..10));
    check(&recorder, 10, 0, 0, 0);
    recorder.record(run(10..13));
    check(&recorder, 10, 0, 3, 0);

    store.set(Disk::Well);
    pass(2.0).await;
    check(&recorder, 0, 10, 3, 0);
    let expected = [run(0..4), run(7..13)].concat();
    assert_eq!(read_all(&store.store, power(1)).await, expected);
}

#[tokio::test(start_paused = true)]
async fn one_batch_above_the_bound_is_cut_too() {
    let store = Steered::new();
    let recorder = start(&store, 10);
    recorder.record(run(0..25));
    check(&recorder, 10, 0, 15, 0);
    pass(2.0).await;
    assert_eq!(read_all(&store.store, power(1)).await, run(15..25));
}

#[tokio::test(start_paused = true)]
async fn a_failing_disk_costs_nothing_within_the_bound() {
    let store = Steered::new();
    let recorder = start(&store, 1000);
    store.set(Disk::Failing);
    for i in 0..100 {
        recorder.record(run(i..i + 1));
        pass(1.0).await;
    }
    check(&recorder, 100, 0, 0, 0);
    let fault = recorder.health().fault.unwrap();
    assert_eq!(
        fault,
        "the history file history.db cannot be used: no space left on device"
    );
    // 1, 2, 4 ... seconds apart, and an interval for each.
    assert!(
        (5..=8).contains(&store.n_appends()),
        "{}",
        store.n_appends()
    );

    store.set(Disk::Well);
    pass(65.0).await;
    check(&recorder, 0, 100, 0, 0);
    assert_eq!(recorder.health().fault, None);
    assert_eq!(read_all(&store.store, power(1)).await, run(0..100));
}

#[tokio::test(start_paused = true)]
async fn what_no_store_takes_spoils_nothing() {
    let store = Steered::new();
    let recorder = start(&store, 1000);
    let mut samples = run(0..3);
    samples.insert(1, sample(power(1), 0, f64::NAN));
    recorder.record(samples);
    pass(2.0).await;
    check(&recorder, 0, 3, 0, 1);
    assert_eq!(read_all(&store.store, power(1)).await, run(0..3));
}

#[tokio::test(start_paused = true)]
async fn shutdown_stores_what_is_queued_at_once() {
    let store = Steered::new();
    let recorder = start(&store, 200_000);
    recorder.record(run(0..120_000));
    let before = Instant::now();
    recorder.shutdown().await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    check(&recorder, 0, 120_000, 0, 0);
    recorder.record(run(0..2));
    check(&recorder, 0, 120_000, 2, 0);
    recorder.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_does_not_wait_for_a_broken_disk() {
    for disk in [Disk::Failing, Disk::Stalling] {
        let store = Steered::new();
        let recorder = start(&store, 1000);
        store.set(disk);
        recorder.record(run(0..5));
        pass(2.0).await;
        recorder.record(run(5..7));
        let before = Instant::now();
        recorder.shutdown().await;
        assert!(before.elapsed() <= Duration::from_secs(10));
        check(&recorder, 0, 0, 7, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_recorder_still_flushes() {
    let store = Steered::new();
    let recorder = start(&store, 1000);
    recorder.record(run(0..5));
    drop(recorder);
    pass(0.1).await;
    assert_eq!(read_all(&store.store, power(1)).await, run(0..5));
}

#[tokio::test]
async fn what_was_recorded_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let open = || SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    let recorder = Recorder::start(Arc::new(open()), RecorderOptions::default());
    recorder.record(run(0..100));
    recorder.shutdown().await;
    drop(recorder);
    assert_eq!(read_all(&open(), power(1)).await, run(0..100));
}
