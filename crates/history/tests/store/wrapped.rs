use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{PointId, SeriesKey};
use tempfile::TempDir;
use tokio::sync::Mutex;

use history::{
    HistoryError, HistoryStore, Retained, Retention, Sample, Span, SqliteOptions, SqliteStore,
    SteppedSeries, StoreHealth, StoredSeries,
};

/// A store of one file that is sealed before every answer.
#[derive(Debug)]
pub(crate) struct Sealing {
    store: SqliteStore,
    _folder: TempDir,
}

/// A store of one file that is closed and opened before every answer.
#[derive(Debug)]
pub(crate) struct Reopening {
    store: Mutex<Option<SqliteStore>>,
    options: SqliteOptions,
    folder: TempDir,
}

impl Sealing {
    pub(crate) fn new(options: SqliteOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: SqliteStore::open(folder.path().join("history.db"), options).unwrap(),
            _folder: folder,
        }
    }
}

impl Reopening {
    pub(crate) fn new(options: SqliteOptions) -> Self {
        Self {
            store: Mutex::default(),
            options,
            folder: tempfile::tempdir().unwrap(),
        }
    }
}

/// Passes every call on to `$store`, an expression that gets the store ready.
macro_rules! pass_on {
    ($type:ty, |$self:ident| $store:expr) => {
        #[async_trait]
        impl HistoryStore for $type {
            async fn append(&$self, samples: Vec<Sample>) -> Result<(), HistoryError> {
                $store.append(samples).await
            }
            async fn latest(
                &$self,
                series: &[SeriesKey],
            ) -> Result<Vec<Option<Sample>>, HistoryError> {
                $store.latest(series).await
            }
            async fn read_raw(
                &$self,
                series: SeriesKey,
                span: Span,
                limit: usize,
            ) -> Result<Vec<Sample>, HistoryError> {
                $store.read_raw(series, span, limit).await
            }
            async fn read_stepped(
                &$self,
                series: SeriesKey,
                span: Span,
                step: Duration,
                hold: Duration,
            ) -> Result<SteppedSeries, HistoryError> {
                $store.read_stepped(series, span, step, hold).await
            }
            async fn last_at_or_before(
                &$self,
                series: SeriesKey,
                instants: &[Timestamp],
            ) -> Result<Vec<Option<Sample>>, HistoryError> {
                $store.last_at_or_before(series, instants).await
            }
            async fn series_of(&$self, point: PointId) -> Result<Vec<SeriesKey>, HistoryError> {
                $store.series_of(point).await
            }
            async fn series(&$self) -> Result<Vec<StoredSeries>, HistoryError> {
                $store.series().await
            }
            async fn retain(&$self, rules: Vec<Retention>) -> Result<Retained, HistoryError> {
                $store.retain(rules).await
            }
            async fn delete_before(
                &$self,
                series: SeriesKey,
                before: Timestamp,
            ) -> Result<(), HistoryError> {
                $store.delete_before(series, before).await
            }
            async fn health(&$self) -> Result<StoreHealth, HistoryError> {
                $store.health().await
            }
        }
    };
}
pub(crate) use pass_on;

pass_on!(Sealing, |self| {
    self.store.seal().await?;
    &self.store
});

pass_on!(Reopening, |self| {
    let mut guard = self.store.lock().await;
    *guard = None;
    let path = self.folder.path().join("history.db");
    tokio::sync::MutexGuard::map(guard, |store| {
        store.insert(SqliteStore::open(path, self.options.clone()).unwrap())
    })
});
