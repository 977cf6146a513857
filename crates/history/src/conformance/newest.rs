use super::{Probe, at, energy, list_cases, offset_ms, power};

list_cases![
    latest_answers_in_the_order_asked,
    latest_may_be_asked_for_nothing_or_twice,
    latest_is_the_newest_by_time_and_not_by_arrival,
    latest_is_the_value_that_won,
    health_counts_series_and_knows_the_ends,
    health_of_an_empty_store_knows_no_ends,
];

async fn latest_answers_in_the_order_asked(probe: Probe) {
    probe.append(&[(0, 1.0), (1000, 2.0)]).await;
    probe.append_to(energy(), &[(500, 3.0)]).await;
    let unknown = super::series(9, model::Quantity::Frequency);
    let found = probe.store.latest(&[energy(), unknown, power()]).await;
    let found: Vec<_> = found
        .expect("the store reads")
        .into_iter()
        .map(|sample| sample.map(|sample| (offset_ms(sample.at), sample.value)))
        .collect();
    assert_eq!(found, [Some((500, 3.0)), None, Some((1000, 2.0))]);
}

async fn latest_may_be_asked_for_nothing_or_twice(probe: Probe) {
    probe.append(&[(0, 1.0)]).await;
    let found = probe.store.latest(&[]).await;
    assert_eq!(found.expect("the store reads"), []);
    let found = probe.store.latest(&[power(), power()]).await;
    assert_eq!(found.expect("the store reads").len(), 2);
}

async fn latest_is_the_newest_by_time_and_not_by_arrival(probe: Probe) {
    probe.append(&[(2000, 2.0)]).await;
    probe.append(&[(1000, 1.0)]).await;
    assert_eq!(probe.latest(power()).await, Some((2000, 2.0)));
}

async fn latest_is_the_value_that_won(probe: Probe) {
    probe.append(&[(1000, 1.0), (2000, 2.0)]).await;
    probe.append(&[(2000, 7.0)]).await;
    assert_eq!(probe.latest(power()).await, Some((2000, 7.0)));
}

async fn health_counts_series_and_knows_the_ends(probe: Probe) {
    probe.append(&[(1000, 1.0), (2000, 2.0)]).await;
    probe.append_to(energy(), &[(5000, 3.0)]).await;
    probe.append(&[(0, 1.0)]).await;
    let health = probe.store.health().await.expect("the store is well");
    assert_eq!(health.series, 2);
    assert_eq!(health.oldest_at, Some(at(0)));
    assert_eq!(health.newest_at, Some(at(5000)));
    assert_eq!((health.damaged, health.fault), (0, None));
}

async fn health_of_an_empty_store_knows_no_ends(probe: Probe) {
    let health = probe.store.health().await.expect("the store is well");
    assert_eq!(
        (health.series, health.oldest_at, health.newest_at),
        (0, None, None)
    );
}
