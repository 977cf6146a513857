use std::os::unix::fs::PermissionsExt;

use history::{HistoryStore, Sample, SqliteOptions, SqliteStore};
use model::{Coverage, PointId, Quality, SeriesKey};

use super::*;
use crate::config_db::ConfigDb;

fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

/// A data folder with some readings, open as a running server has it.
async fn data_folder() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    ConfigDb::open(folder.path()).unwrap();
    let store = SqliteStore::open(folder.path().join(HISTORY_FILE), SqliteOptions::default());
    let store = store.unwrap();
    let samples = (0..100).map(|i| Sample {
        series: SeriesKey::new(PointId(1), "p_w".parse().unwrap()),
        at: now() + jiff::SignedDuration::from_secs(i),
        value: i as f64,
        decimals: 0,
        quality: Quality::MEASURED,
        coverage: Coverage::FULL,
    });
    store.append(samples.collect()).await.unwrap();
    (folder, store)
}

/// NFR-04
#[tokio::test]
async fn a_backup_of_a_folder_in_use_comes_back_whole() {
    let (data, _store) = data_folder().await;
    let file = data.path().join("wattline.backup");
    let made = back_up(data.path(), &file, now()).unwrap();
    assert_eq!(made.history.samples, 100);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let target = tempfile::tempdir().unwrap();
    let data = target.path().join("data");
    let restored = restore(&file, &data, false, now()).unwrap();
    assert_eq!(restored.summary.history, made.history);
    assert_eq!(
        (restored.summary.manifest, restored.before),
        (made.manifest, None)
    );
    let permissions = data
        .join("config.db")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(permissions & 0o777, 0o600);
    let store = SqliteStore::open(data.join(HISTORY_FILE), SqliteOptions::default()).unwrap();
    assert_eq!(
        store.series().await.unwrap()[0].newest.value.to_bits(),
        99f64.to_bits()
    );
    let left: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[tokio::test]
async fn a_folder_with_data_is_replaced_only_when_asked_and_put_aside() {
    let (data, store) = data_folder().await;
    drop(store);
    let file = data.path().join("wattline.backup");
    back_up(data.path(), &file, now()).unwrap();
    let refused = restore(&file, data.path(), false, now()).unwrap_err();
    assert!(matches!(refused, BackupError::NotEmpty { .. }));
    let before = restore(&file, data.path(), true, now()).unwrap().before;
    let before = before.unwrap();
    assert_eq!(before, data.path().join("before-restore-20260501T120000Z"));
    assert_eq!(
        inspect_file(&before.join(HISTORY_FILE)).unwrap().samples,
        100
    );
}

#[tokio::test]
async fn a_changed_backup_is_refused_and_touches_nothing() {
    let (data, store) = data_folder().await;
    drop(store);
    let file = data.path().join("wattline.backup");
    back_up(data.path(), &file, now()).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let mut changed = whole.clone();
    let middle = whole.len() * 3 / 4;
    changed[middle] ^= 0xff;
    for (bytes, word) in [
        (&changed[..], "is not what was written"),
        (&whole[..whole.len() / 2], ""),
        (&b"point;value\n1;2\n"[..], "is no backup"),
        (&b""[..], "is no backup"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let target = tempfile::tempdir().unwrap();
        let error = restore(&file, target.path(), false, now()).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert!(!target.path().join(HISTORY_FILE).exists());
        assert!(check(&file, target.path()).is_err());
    }
}

#[test]
fn a_folder_without_data_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = back_up(folder.path(), &folder.path().join("b"), now()).unwrap_err();
    assert!(matches!(error, BackupError::NoData { .. }));
}
