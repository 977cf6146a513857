//! Every store does what the conformance cases ask, in every state its samples can be in.

use std::sync::Arc;

use history::conformance::cases;
use history::{HistoryStore, SqliteOptions, SqliteStore};

use crate::reference::Reference;
use crate::support::small_chunks;
use crate::wrapped::{Reopening, Sealing};

async fn check(new_store: impl Fn() -> Arc<dyn HistoryStore>) {
    for case in cases() {
        println!("{}", case.name);
        case.run(new_store()).await;
    }
}

#[test]
fn there_are_enough_cases_and_no_two_have_one_name() {
    let mut names: Vec<&str> = cases().iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases().len());
    assert!(names.len() >= 40, "{}", names.len());
}

#[tokio::test]
async fn the_reference_conforms() {
    check(|| Arc::new(Reference::default())).await;
}

#[tokio::test]
async fn samples_in_the_journal_conform() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    check(|| {
        number.set(number.get() + 1);
        let path = folder.path().join(format!("{}.db", number.get()));
        Arc::new(SqliteStore::open(path, SqliteOptions::default()).unwrap())
    })
    .await;
}

#[tokio::test]
async fn samples_in_chunks_conform() {
    check(|| Arc::new(Sealing::new(SqliteOptions::default()))).await;
}

#[tokio::test]
async fn samples_in_many_small_chunks_conform() {
    check(|| Arc::new(Sealing::new(small_chunks()))).await;
}

#[tokio::test]
async fn samples_of_a_reopened_journal_conform() {
    check(|| Arc::new(Reopening::new(SqliteOptions::default()))).await;
}

#[tokio::test]
async fn samples_in_chunks_of_a_reopened_file_conform() {
    let sealed_at_once = SqliteOptions {
        seal_after: std::time::Duration::ZERO,
        ..small_chunks()
    };
    check(|| Arc::new(Reopening::new(sealed_at_once.clone()))).await;
}
