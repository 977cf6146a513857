use model::Quantity;

use super::{Probe, at, energy, is_empty_span, list_cases, pairs, power, sample, series, span};

list_cases![
    an_empty_store_has_nothing,
    a_series_nobody_appended_to_is_empty,
    a_span_holds_its_start_and_not_its_end,
    a_span_between_two_samples_is_empty,
    a_limit_keeps_the_first,
    a_limit_of_zero_gives_nothing,
    a_span_without_length_is_refused,
    a_sample_stands_at_or_before_each_instant,
    an_instant_before_the_first_sample_has_none,
    instants_may_be_equal_and_far_away,
    a_late_sample_is_found_at_or_before,
    no_instants_give_no_answers,
];

async fn an_empty_store_has_nothing(probe: Probe) {
    probe.check_raw(&[]).await;
    let found = probe
        .store
        .last_at_or_before(power(), &[at(0), at(1)])
        .await;
    assert_eq!(found.expect("the store reads"), [None, None]);
}

async fn a_series_nobody_appended_to_is_empty(probe: Probe) {
    probe.append(&[(0, 1.0)]).await;
    probe.check_raw_of(energy(), &[]).await;
    probe
        .check_raw_of(series(2, Quantity::ActivePower), &[])
        .await;
}

async fn a_span_holds_its_start_and_not_its_end(probe: Probe) {
    probe.append(&[(0, 0.0), (1000, 1.0), (2000, 2.0)]).await;
    let found = probe.raw(power(), span(0, 2000)).await;
    assert_eq!(pairs(&found), [(0, 0.0), (1000, 1.0)]);
    let found = probe.raw(power(), span(1, 2001)).await;
    assert_eq!(pairs(&found), [(1000, 1.0), (2000, 2.0)]);
}

async fn a_span_between_two_samples_is_empty(probe: Probe) {
    probe.append(&[(0, 0.0), (5000, 1.0)]).await;
    assert_eq!(probe.raw(power(), span(1, 5000)).await, []);
    assert_eq!(probe.raw(power(), span(-5000, 0)).await, []);
    assert_eq!(probe.raw(power(), span(5001, 9000)).await, []);
}

async fn a_limit_keeps_the_first(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..30).map(|i| (i * 1000, i as f64)).collect();
    probe.append(&run[10..]).await;
    probe.append(&run[..10]).await;
    for limit in [1, 5, 11, 29, 30, 31] {
        let found = probe.store.read_raw(power(), span(0, 60_000), limit).await;
        let found = found.expect("the store reads");
        assert_eq!(pairs(&found), run[..limit.min(30)]);
    }
}

async fn a_limit_of_zero_gives_nothing(probe: Probe) {
    probe.append(&[(0, 0.0)]).await;
    let found = probe.store.read_raw(power(), span(0, 1000), 0).await;
    assert_eq!(found.expect("the store reads"), []);
}

async fn a_span_without_length_is_refused(probe: Probe) {
    probe.append(&[(0, 0.0)]).await;
    for span in [span(0, 0), span(1000, 0)] {
        assert!(is_empty_span(&probe.store.read_raw(power(), span, 9).await));
    }
}

async fn check_at_or_before(probe: &Probe, instants_ms: &[i64], expected: &[Option<(i64, f64)>]) {
    let instants: Vec<_> = instants_ms.iter().map(|offset_ms| at(*offset_ms)).collect();
    let found = probe.store.last_at_or_before(power(), &instants).await;
    let expected: Vec<_> = expected
        .iter()
        .map(|pair| pair.map(|(offset_ms, value)| sample(power(), offset_ms, value)))
        .collect();
    assert_eq!(found.expect("the store reads"), expected);
}

async fn a_sample_stands_at_or_before_each_instant(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..20).map(|i| (i * 1000, i as f64)).collect();
    probe.append(&run).await;
    check_at_or_before(
        &probe,
        &[0, 999, 1000, 9999, 10_000, 12_345, 19_000],
        &[0, 0, 1, 9, 10, 12, 19].map(|i| Some(run[i])),
    )
    .await;
}

async fn an_instant_before_the_first_sample_has_none(probe: Probe) {
    probe.append(&[(500, 5.0)]).await;
    check_at_or_before(
        &probe,
        &[-1, 0, 499, 500],
        &[None, None, None, Some((500, 5.0))],
    )
    .await;
}

async fn instants_may_be_equal_and_far_away(probe: Probe) {
    probe.append(&[(0, 0.0), (1000, 1.0)]).await;
    let last = Some((1000, 1.0));
    check_at_or_before(
        &probe,
        &[1500, 1500, 9_000_000_000_000],
        &[last, last, last],
    )
    .await;
}

async fn a_late_sample_is_found_at_or_before(probe: Probe) {
    probe.append(&[(0, 0.0), (9000, 9.0), (12_000, 12.0)]).await;
    probe.append(&[(5000, 5.0), (9000, 9.5)]).await;
    check_at_or_before(
        &probe,
        &[4999, 5000, 9000, 13_000],
        &[
            Some((0, 0.0)),
            Some((5000, 5.0)),
            Some((9000, 9.5)),
            Some((12_000, 12.0)),
        ],
    )
    .await;
}

async fn no_instants_give_no_answers(probe: Probe) {
    probe.append(&[(0, 0.0)]).await;
    check_at_or_before(&probe, &[], &[]).await;
}
