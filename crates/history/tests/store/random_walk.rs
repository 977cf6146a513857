//! Whatever is appended, deleted, sealed and reopened in whatever order: the file answers as the
//! plain reference does.

use std::time::Duration;

use history::{HistoryStore, Sample, Span, SqliteOptions, SqliteStore};
use model::{Coverage, Quality, SeriesKey};
use proptest::prelude::*;

use crate::reference::Reference;
use crate::support::{instant, power};

/// Five seconds before the end of a month; the walks cover ten.
const BASE_MS: i64 = 1_769_903_995_000;
const WIDTH_MS: i64 = 10_000;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Sample>),
    Delete(SeriesKey, i64),
    Seal,
    Reopen,
}

fn any_series() -> impl Strategy<Value = SeriesKey> {
    (1..=3u32).prop_map(power)
}

/// On a coarse and a fine grid, so that doubles and crowded seconds happen.
fn any_instant() -> impl Strategy<Value = i64> {
    prop_oneof![
        (0..WIDTH_MS / 250).prop_map(|i| BASE_MS + i * 250),
        (0..100i64).prop_map(|ms| BASE_MS + 4900 + ms),
    ]
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let value = prop_oneof![
        (-100_000..100_000i32).prop_map(|integer| f64::from(integer) / 100.0),
        any::<f64>().prop_filter("stores take finite values", |value| value.is_finite()),
    ];
    let coverage = prop_oneof![Just(1.0), 0.0..1.0].prop_map(Coverage::of_share);
    let marks = (0..4u8, any::<u8>(), coverage);
    (any_series(), any_instant(), value, marks).prop_map(
        |(series, at_ms, value, (decimals, quality, coverage))| Sample {
            series,
            at: instant(at_ms),
            value,
            decimals,
            quality: Quality::from_bits(quality),
            coverage,
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proptest::collection::vec(any_sample(), 0..30).prop_map(Step::Append),
        1 => (any_series(), any_instant()).prop_map(|(series, at_ms)| Step::Delete(series, at_ms)),
        2 => Just(Step::Seal),
        1 => Just(Step::Reopen),
    ]
}

async fn check(store: &dyn HistoryStore, reference: &dyn HistoryStore) {
    let span = Span {
        from: instant(BASE_MS + 1000),
        until: instant(BASE_MS + WIDTH_MS),
    };
    let instants: Vec<_> = (0..30).map(|i| instant(BASE_MS + i * 333)).collect();
    let all = [1, 2, 3, 4].map(power);
    assert_eq!(
        store.latest(&all).await.unwrap(),
        reference.latest(&all).await.unwrap()
    );
    for series in all {
        for limit in [usize::MAX, 5] {
            assert_eq!(
                store.read_raw(series, span, limit).await.unwrap(),
                reference.read_raw(series, span, limit).await.unwrap()
            );
        }
        assert_eq!(
            store.last_at_or_before(series, &instants).await.unwrap(),
            reference
                .last_at_or_before(series, &instants)
                .await
                .unwrap()
        );
        let (step, hold) = (Duration::from_millis(400), Duration::from_millis(700));
        assert_eq!(
            store.read_stepped(series, span, step, hold).await.unwrap(),
            reference
                .read_stepped(series, span, step, hold)
                .await
                .unwrap()
        );
    }
    let (found, expected) = (
        store.health().await.unwrap(),
        reference.health().await.unwrap(),
    );
    assert_eq!(
        (
            found.series,
            found.oldest_at,
            found.newest_at,
            found.damaged,
            found.fault
        ),
        (
            expected.series,
            expected.oldest_at,
            expected.newest_at,
            0,
            None
        )
    );
}

async fn walk(steps: Vec<Step>, options: SqliteOptions) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let reference = Reference::default();
    let mut store = SqliteStore::open(&path, options.clone()).unwrap();
    for step in steps {
        match step {
            Step::Append(samples) => {
                reference.append(samples.clone()).await.unwrap();
                store.append(samples).await.unwrap();
            }
            Step::Delete(series, at_ms) => {
                reference
                    .delete_before(series, instant(at_ms))
                    .await
                    .unwrap();
                store.delete_before(series, instant(at_ms)).await.unwrap();
            }
            Step::Seal => store.seal().await.unwrap(),
            Step::Reopen => {
                drop(store);
                store = SqliteStore::open(&path, options.clone()).unwrap();
            }
        }
        check(&store, &reference).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_file_answers_as_the_reference(
        steps in proptest::collection::vec(any_step(), 1..15),
        chunk_points in 1..12usize,
        unsealed_bytes_max in prop_oneof![Just(80usize), Just(usize::MAX)],
    ) {
        let options = SqliteOptions { chunk_points, unsealed_bytes_max, ..SqliteOptions::default() };
        tokio::runtime::Runtime::new().unwrap().block_on(walk(steps, options));
    }
}
