use std::time::Duration;

use super::{ACKNOWLEDGED, Expected, WRITERS, check_file, numbers, rounds, run_and_kill};
use crate::disk::{self, Act, Chance, Change, Kept};

/// Moments of one run at which the power goes, each with another rule of what is kept.
const CUTS: usize = Kept::ALL.len();

/// What the child had been told by then.
fn acknowledged_by(changes: &[Change]) -> Vec<u64> {
    let written = changes.iter().filter(|change| change.name == ACKNOWLEDGED);
    let bytes: Vec<u8> = written
        .filter_map(|change| match &change.act {
            Act::Write { bytes, .. } => Some(bytes.as_slice()),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    numbers(&bytes)
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_a_power_cut() {
    let mut chance = Chance(7);
    let (mut n_acknowledged, mut n_unsynced) = (0, 0);
    for round in 0..rounds() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("disk.log");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let delay = Duration::from_millis(60 + round * 7919 % 240);
        let library = disk::library().to_str().unwrap();
        let environment = [
            ("LD_PRELOAD", library),
            ("DISK_FOLDER", data.to_str().unwrap()),
            ("DISK_LOG", log.to_str().unwrap()),
        ];
        run_and_kill(delay, &data.join("history.db"), WRITERS, &environment);
        let changes = disk::read_log(&log);
        for cut in 0..CUTS {
            let before = &changes[..chance.below(changes.len() + 1)];
            let kept = Kept::ALL[cut];
            let copy = folder.path().join(format!("cut{cut}"));
            std::fs::create_dir(&copy).unwrap();
            disk::cut_power(before, kept, &mut chance, &copy);
            let acknowledged = acknowledged_by(before);
            n_acknowledged += acknowledged.len();
            n_unsynced += usize::from(!before.is_empty());
            let what = format!("{round}, {kept:?} behind {} changes", before.len());
            let path = copy.join("history.db");
            check_file(&path, WRITERS, &acknowledged, &mut Expected::new(), &what).await;
        }
    }
    assert!(n_acknowledged > rounds() as usize * 10, "{n_acknowledged}");
    assert!(n_unsynced > 0, "no power was cut while there was anything");
}
