use std::time::Duration;

use super::{Probe, at, energy, list_cases, pairs, power, sample, span};
use crate::{Retention, Sample, Span, Thinning, retained_samples};

list_cases![
    retention_of_nothing_changes_nothing,
    retention_leaves_what_it_must,
    retention_leaves_other_series_alone,
    retention_keeps_the_spans_it_is_told_to_keep,
    thinning_twice_is_thinning_once,
    thinning_keeps_how_long_a_gap_was,
    what_comes_late_is_kept_until_the_next_retention,
    stored_series_know_their_ends,
];

fn rule() -> Retention {
    Retention {
        series: power(),
        delete_before: None,
        thin: Vec::new(),
        keep: Vec::new(),
    }
}

fn thin(until_ms: i64, step_s: u64) -> Thinning {
    Thinning {
        until: at(until_ms),
        step: Duration::from_secs(step_s),
        anchor: at(0),
    }
}

async fn append_run(probe: &Probe, seconds: std::ops::Range<i64>) -> Vec<Sample> {
    let run: Vec<Sample> = seconds
        .map(|i| sample(power(), i * 1000, i as f64))
        .collect();
    probe.append_samples(run.clone()).await;
    run
}

/// An engine may leave more than it must, and of what there was nothing else.
async fn check_retained(probe: &Probe, before: &[Sample], rule: Retention) {
    let least = retained_samples(before, &rule);
    let done = probe.store.retain(vec![rule]).await;
    done.expect("the store thins");
    let found = probe.raw(power(), span(-86_400_000, 86_400_000)).await;
    let lost: Vec<_> = least
        .iter()
        .filter(|sample| !found.contains(sample))
        .collect();
    assert_eq!(lost, Vec::<&Sample>::new());
    let foreign: Vec<_> = found
        .iter()
        .filter(|sample| !before.contains(sample))
        .collect();
    assert_eq!(foreign, Vec::<&Sample>::new());
    assert_eq!(
        probe.latest(power()).await,
        found.last().map(|last| pairs(&[*last])[0])
    );
}

async fn retention_of_nothing_changes_nothing(probe: Probe) {
    probe
        .store
        .retain(Vec::new())
        .await
        .expect("the store thins");
    let run = append_run(&probe, 0..20).await;
    check_retained(&probe, &run, rule()).await;
    assert_eq!(probe.raw(power(), span(0, 60_000)).await, run);
}

/// DAT-08
async fn retention_leaves_what_it_must(probe: Probe) {
    let mut run = append_run(&probe, 0..60).await;
    for (delete_before_ms, until_ms, step_s) in
        [(0, 33_000, 4), (9500, 45_000, 4), (20_000, 60_000, 8)]
    {
        let rule = Retention {
            delete_before: Some(at(delete_before_ms)),
            thin: vec![thin(until_ms, step_s)],
            ..rule()
        };
        check_retained(&probe, &run, rule).await;
        run = probe.raw(power(), span(-86_400_000, 86_400_000)).await;
    }
}

async fn retention_leaves_other_series_alone(probe: Probe) {
    let run = append_run(&probe, 0..20).await;
    probe.append_to(energy(), &[(0, 1.0), (1000, 2.0)]).await;
    let everything = Retention {
        delete_before: Some(at(90_000)),
        ..rule()
    };
    check_retained(&probe, &run, everything).await;
    probe.check_raw_of(energy(), &[(0, 1.0), (1000, 2.0)]).await;
}

/// DAT-08: readings around an entry of the counter journal stay as long as the entry.
async fn retention_keeps_the_spans_it_is_told_to_keep(probe: Probe) {
    let run = append_run(&probe, 0..40).await;
    let kept = Span {
        from: at(5000),
        until: at(9000),
    };
    let rule = Retention {
        delete_before: Some(at(20_000)),
        thin: vec![thin(40_000, 10)],
        keep: vec![kept],
        ..rule()
    };
    check_retained(&probe, &run, rule).await;
    let found = probe.raw(power(), kept).await;
    assert_eq!(found, run[5..9]);
}

async fn thinning_twice_is_thinning_once(probe: Probe) {
    let run = append_run(&probe, 0..40).await;
    let rule = Retention {
        thin: vec![thin(40_000, 10)],
        ..rule()
    };
    check_retained(&probe, &run, rule.clone()).await;
    let once = probe.raw(power(), span(0, 60_000)).await;
    check_retained(&probe, &once, rule).await;
    assert_eq!(probe.raw(power(), span(0, 60_000)).await, once);
}

async fn thinning_keeps_how_long_a_gap_was(probe: Probe) {
    let mut run = append_run(&probe, 0..8).await;
    run.extend(append_run(&probe, 45..60).await);
    let rule = Retention {
        thin: vec![thin(60_000, 10)],
        ..rule()
    };
    check_retained(&probe, &run, rule).await;
    let around = probe.raw(power(), span(7000, 45_001)).await;
    assert_eq!(pairs(&around), [(7000, 7.0), (45_000, 45.0)]);
}

async fn what_comes_late_is_kept_until_the_next_retention(probe: Probe) {
    let run = append_run(&probe, 0..40).await;
    let rule = Retention {
        thin: vec![thin(40_000, 10)],
        ..rule()
    };
    check_retained(&probe, &run, rule.clone()).await;
    probe.append(&[(5500, 5.5)]).await;
    let with_late = probe.raw(power(), span(0, 60_000)).await;
    assert!(with_late.contains(&sample(power(), 5500, 5.5)));
    check_retained(&probe, &with_late, rule).await;
}

async fn stored_series_know_their_ends(probe: Probe) {
    probe.append(&[(1000, 1.0), (3000, 3.0), (2000, 2.0)]).await;
    probe.append_to(energy(), &[(500, 9.0)]).await;
    let found = probe.store.series().await.expect("the store reads");
    let mut expected = [(power(), 1000, 3000), (energy(), 500, 500)];
    expected.sort_unstable();
    let ends: Vec<_> = found
        .iter()
        .map(|stored| (stored.key, stored.oldest_at, stored.newest.at))
        .collect();
    assert_eq!(
        ends,
        expected.map(|(key, oldest, newest)| (key, at(oldest), at(newest)))
    );
}
