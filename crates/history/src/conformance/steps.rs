use std::time::Duration;

use model::Quantity;

use super::{Probe, at, energy, is_empty_span, list_cases, power, series, span};
use crate::{HistoryError, STEPS_MAX, Span};

list_cases![
    a_gauge_steps_to_its_mean_weighed_by_time,
    a_constant_gauge_steps_to_itself,
    a_counter_steps_to_its_last_index,
    a_state_steps_to_its_last_value,
    a_step_keeps_its_extremes,
    a_gap_is_none_and_never_zero,
    zero_is_a_value_and_no_gap,
    a_reading_stands_no_longer_than_it_holds,
    a_reading_of_a_slow_series_stands_longer_than_it_was_asked_to,
    a_reading_before_the_span_stands_into_it,
    coverage_is_the_share_that_readings_cover,
    the_last_step_ends_with_the_span,
    a_series_nobody_appended_to_steps_to_gaps,
    steps_say_where_they_begin_and_how_long_they_are,
    a_late_sample_counts_in_its_step,
    steps_cross_the_end_of_a_month,
    too_many_steps_are_refused,
    steps_of_no_whole_milliseconds_are_refused,
    steps_of_a_span_without_length_are_refused,
];

async fn check_values(probe: &Probe, span: Span, expected: &[Option<f64>]) {
    assert_eq!(probe.steps(power(), span).await.values, expected);
}

async fn a_gauge_steps_to_its_mean_weighed_by_time(probe: Probe) {
    probe
        .append(&[(0, 10.0), (750, 30.0), (1000, 8.0), (1500, 4.0)])
        .await;
    check_values(&probe, span(0, 2000), &[Some(15.0), Some(6.0)]).await;
}

async fn a_constant_gauge_steps_to_itself(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..30).map(|i| (i * 333, 0.1)).collect();
    probe.append(&run).await;
    check_values(&probe, span(0, 9000), &[Some(0.1); 9]).await;
}

async fn a_counter_steps_to_its_last_index(probe: Probe) {
    probe
        .append_to(
            energy(),
            &[(0, 100.0), (400, 101.0), (900, 102.0), (2500, 110.0)],
        )
        .await;
    let stepped = probe.steps(energy(), span(0, 3000)).await;
    assert_eq!(stepped.values, [102.0, 102.0, 110.0].map(Some));
}

async fn a_state_steps_to_its_last_value(probe: Probe) {
    let state = series(1, Quantity::PowerFactorType);
    probe
        .append_to(state, &[(0, 1.0), (900, 2.0), (1000, 0.0)])
        .await;
    let stepped = probe.steps(state, span(0, 2000)).await;
    assert_eq!(stepped.values, [2.0, 0.0].map(Some));
}

async fn a_step_keeps_its_extremes(probe: Probe) {
    probe
        .append(&[(0, 5.0), (300, 9.0), (600, 1.0), (1200, 3.0)])
        .await;
    let stepped = probe.steps(power(), span(0, 2000)).await;
    // What stood when the second step began belongs to it too.
    assert_eq!(stepped.minima, [1.0, 1.0].map(Some));
    assert_eq!(stepped.maxima, [9.0, 3.0].map(Some));
}

async fn a_gap_is_none_and_never_zero(probe: Probe) {
    probe.append(&[(0, 5.0), (5000, 6.0)]).await;
    let stepped = probe.steps(power(), span(0, 6000)).await;
    let expected = [Some(5.0), Some(5.0), None, None, None, Some(6.0)];
    assert_eq!(stepped.values, expected);
    assert_eq!(stepped.minima, expected);
    assert_eq!(stepped.maxima, expected);
    assert_eq!(stepped.coverage, [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
}

async fn zero_is_a_value_and_no_gap(probe: Probe) {
    probe.append(&[(0, 0.0)]).await;
    check_values(&probe, span(0, 3000), &[Some(0.0), Some(0.0), None]).await;
}

async fn a_reading_stands_no_longer_than_it_holds(probe: Probe) {
    probe.append(&[(0, 7.0)]).await;
    let stepped = probe
        .store
        .read_stepped(
            power(),
            span(0, 3000),
            Duration::from_secs(1),
            Duration::from_millis(1500),
        )
        .await
        .expect("the store reads");
    assert_eq!(stepped.values, [Some(7.0), Some(7.0), None]);
    assert_eq!(stepped.coverage, [1.0, 0.5, 0.0]);
}

async fn a_reading_of_a_slow_series_stands_longer_than_it_was_asked_to(probe: Probe) {
    let run: Vec<(i64, f64)> = (-4..=2).map(|i| (i * 5000, 7.0)).collect();
    probe.append(&run).await;
    let stepped = probe.steps(power(), span(0, 30_000)).await;
    // The last one, at 10 s, stands for three spacings and no longer.
    let expected: Vec<f32> = (0..30).map(|i| f32::from(u8::from(i < 25))).collect();
    assert_eq!(stepped.coverage, expected);
}

async fn a_reading_before_the_span_stands_into_it(probe: Probe) {
    probe.append(&[(-1500, 1.0), (-500, 2.0)]).await;
    let stepped = probe.steps(power(), span(0, 3000)).await;
    assert_eq!(stepped.values, [Some(2.0), Some(2.0), None]);
    assert_eq!(stepped.coverage, [1.0, 0.5, 0.0]);
}

async fn coverage_is_the_share_that_readings_cover(probe: Probe) {
    probe.append(&[(250, 1.0)]).await;
    let stepped = probe.steps(power(), span(0, 3000)).await;
    assert_eq!(stepped.coverage, [0.75, 1.0, 0.25]);
}

async fn the_last_step_ends_with_the_span(probe: Probe) {
    probe.append(&[(0, 1.0), (1000, 3.0), (1500, 100.0)]).await;
    let stepped = probe.steps(power(), span(0, 1500)).await;
    assert_eq!(stepped.values, [Some(1.0), Some(3.0)]);
    assert_eq!(stepped.coverage, [1.0, 1.0]);
}

async fn a_series_nobody_appended_to_steps_to_gaps(probe: Probe) {
    check_values(&probe, span(0, 2000), &[None, None]).await;
}

async fn steps_say_where_they_begin_and_how_long_they_are(probe: Probe) {
    let stepped = probe.steps(power(), span(250, 2250)).await;
    assert_eq!(stepped.series, power());
    assert_eq!(stepped.from, at(250));
    assert_eq!(stepped.step, Duration::from_secs(1));
}

async fn a_late_sample_counts_in_its_step(probe: Probe) {
    probe.append(&[(0, 1.0), (2000, 3.0)]).await;
    probe.append(&[(1000, 9.0)]).await;
    check_values(&probe, span(0, 3000), &[Some(1.0), Some(9.0), Some(3.0)]).await;
}

async fn steps_cross_the_end_of_a_month(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..20).map(|i| (i * 1000, i as f64)).collect();
    probe.append(&run).await;
    let expected: Vec<_> = (5..15).map(|i| Some(f64::from(i))).collect();
    check_values(&probe, span(5000, 15_000), &expected).await;
}

async fn too_many_steps_are_refused(probe: Probe) {
    let too_many = span(0, STEPS_MAX as i64 + 1);
    let millisecond = Duration::from_millis(1);
    let result = probe
        .store
        .read_stepped(power(), too_many, millisecond, millisecond)
        .await;
    assert!(matches!(result, Err(HistoryError::TooManySteps { .. })));
}

async fn steps_of_no_whole_milliseconds_are_refused(probe: Probe) {
    for step in [Duration::ZERO, Duration::from_micros(1)] {
        let result = probe
            .store
            .read_stepped(power(), span(0, 1000), step, step)
            .await;
        assert!(matches!(result, Err(HistoryError::BrokenStep { .. })));
    }
}

async fn steps_of_a_span_without_length_are_refused(probe: Probe) {
    let second = Duration::from_secs(1);
    for span in [span(0, 0), span(1000, 0)] {
        let result = probe
            .store
            .read_stepped(power(), span, second, second)
            .await;
        assert!(is_empty_span(&result));
    }
}
