use super::{Probe, at, energy, list_cases, power, sample};

list_cases![
    deletion_drops_what_is_older_and_keeps_the_rest,
    deletion_of_everything_leaves_nothing,
    deletion_reaches_into_a_run_of_many,
    deletion_takes_sealed_and_late_samples_alike,
    deletion_of_nothing_changes_nothing,
    what_was_deleted_can_be_appended_again,
    other_series_are_not_deleted,
    health_forgets_what_was_deleted,
];

async fn deletion_drops_what_is_older_and_keeps_the_rest(probe: Probe) {
    probe.append(&[(0, 0.0), (1000, 1.0), (2000, 2.0)]).await;
    probe.delete_before(1000).await;
    probe.check_raw(&[(1000, 1.0), (2000, 2.0)]).await;
    assert_eq!(probe.latest(power()).await, Some((2000, 2.0)));
    let before = probe
        .store
        .last_at_or_before(power(), &[at(999), at(1500)])
        .await;
    let expected = [None, Some(sample(power(), 1000, 1.0))];
    assert_eq!(before.expect("the store reads"), expected);
}

async fn deletion_of_everything_leaves_nothing(probe: Probe) {
    probe.append(&[(0, 0.0), (1000, 1.0)]).await;
    probe.delete_before(100_000).await;
    probe.check_raw(&[]).await;
    assert_eq!(probe.latest(power()).await, None);
}

async fn deletion_reaches_into_a_run_of_many(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..50).map(|i| (i * 1000, i as f64)).collect();
    probe.append(&run).await;
    for kept_from in [7, 8, 30, 49] {
        probe.delete_before(run[kept_from].0).await;
        probe.check_raw(&run[kept_from..]).await;
    }
}

async fn deletion_takes_sealed_and_late_samples_alike(probe: Probe) {
    probe.append(&[(1000, 1.0), (3000, 3.0), (5000, 5.0)]).await;
    probe.append(&[(0, 0.0), (2000, 2.0), (4000, 4.0)]).await;
    probe.delete_before(2500).await;
    probe.append(&[(6000, 6.0)]).await;
    probe
        .check_raw(&[(3000, 3.0), (4000, 4.0), (5000, 5.0), (6000, 6.0)])
        .await;
}

async fn deletion_of_nothing_changes_nothing(probe: Probe) {
    probe.delete_before(0).await;
    probe.append(&[(0, 0.0)]).await;
    probe.delete_before(0).await;
    probe.check_raw(&[(0, 0.0)]).await;
}

async fn what_was_deleted_can_be_appended_again(probe: Probe) {
    probe.append(&[(0, 0.0), (1000, 1.0)]).await;
    probe.delete_before(100_000).await;
    probe.append(&[(500, 5.0)]).await;
    probe.check_raw(&[(500, 5.0)]).await;
    assert_eq!(probe.latest(power()).await, Some((500, 5.0)));
}

async fn other_series_are_not_deleted(probe: Probe) {
    probe.append(&[(0, 0.0)]).await;
    probe.append_to(energy(), &[(0, 9.0)]).await;
    probe.delete_before(1000).await;
    probe.check_raw_of(energy(), &[(0, 9.0)]).await;
}

async fn health_forgets_what_was_deleted(probe: Probe) {
    probe.append(&[(0, 0.0), (1000, 1.0), (2000, 2.0)]).await;
    probe.delete_before(500).await;
    let health = probe.store.health().await.expect("the store is well");
    assert_eq!(
        (health.oldest_at, health.newest_at),
        (Some(at(1000)), Some(at(2000)))
    );
    probe.delete_before(9000).await;
    let health = probe.store.health().await.expect("the store is well");
    assert_eq!((health.oldest_at, health.newest_at), (None, None));
}
