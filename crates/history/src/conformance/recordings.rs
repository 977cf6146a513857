use model::{Coverage, IntegrationPeriod, Quality, Quantity, Recording, SeriesKey};

use super::{Probe, at, energy, list_cases, pairs, power, sample, series, span};
use crate::Sample;

list_cases![
    moments_and_means_of_a_measurand_are_two_series,
    periods_of_different_length_do_not_mix,
    means_minima_and_maxima_do_not_mix,
    latest_of_each_recording_is_its_own,
    deletion_of_moments_keeps_the_means,
    a_mean_keeps_how_much_of_its_period_was_measured,
    a_mean_is_rounded_to_one_digit_more_than_the_register,
    the_newest_of_a_series_keeps_its_coverage,
    a_mean_stands_for_its_period_and_no_longer,
    a_mean_from_before_the_span_stands_into_it,
    a_mean_counts_as_much_as_it_was_measured,
    a_mean_that_was_not_measured_is_a_gap,
    minima_step_to_the_least_and_maxima_to_the_greatest,
    the_series_of_a_point_are_listed_with_their_recordings,
    a_series_without_samples_is_not_listed,
];

fn period(seconds: u32) -> IntegrationPeriod {
    IntegrationPeriod::of_seconds(seconds).expect("the periods of the cases are short")
}

/// Means over two seconds.
fn means() -> SeriesKey {
    power().with_recording(Recording::Mean(period(2)))
}

fn covered(offset_ms: i64, value: f64, share: f64) -> Sample {
    Sample {
        coverage: Coverage::of_share(share),
        ..sample(means(), offset_ms, value)
    }
}

/// PLT-10
async fn moments_and_means_of_a_measurand_are_two_series(probe: Probe) {
    probe.append(&[(0, 1.0), (1000, 3.0)]).await;
    probe.append_to(means(), &[(0, 2.0)]).await;
    probe.check_raw(&[(0, 1.0), (1000, 3.0)]).await;
    probe.check_raw_of(means(), &[(0, 2.0)]).await;
}

async fn periods_of_different_length_do_not_mix(probe: Probe) {
    let longer = power().with_recording(Recording::Mean(period(600)));
    probe.append_to(means(), &[(0, 2.0)]).await;
    probe.append_to(longer, &[(0, 600.0)]).await;
    probe.check_raw_of(means(), &[(0, 2.0)]).await;
    probe.check_raw_of(longer, &[(0, 600.0)]).await;
}

async fn means_minima_and_maxima_do_not_mix(probe: Probe) {
    let recordings = [Recording::Mean, Recording::Minimum, Recording::Maximum];
    let keys = recordings.map(|recording| power().with_recording(recording(period(2))));
    let samples = (0..).zip(keys).map(|(i, key)| sample(key, 0, f64::from(i)));
    probe.append_samples(samples.collect()).await;
    for (i, key) in (0..).zip(keys) {
        probe.check_raw_of(key, &[(0, f64::from(i))]).await;
    }
}

async fn latest_of_each_recording_is_its_own(probe: Probe) {
    probe.append(&[(5000, 1.0)]).await;
    probe.append_to(means(), &[(2000, 2.0)]).await;
    assert_eq!(probe.latest(power()).await, Some((5000, 1.0)));
    assert_eq!(probe.latest(means()).await, Some((2000, 2.0)));
}

/// DAT-08: what is read by the second goes long before its means do.
async fn deletion_of_moments_keeps_the_means(probe: Probe) {
    probe.append(&[(0, 1.0), (1000, 3.0)]).await;
    probe.append_to(means(), &[(0, 2.0)]).await;
    probe.delete_before(10_000).await;
    probe.check_raw(&[]).await;
    probe.check_raw_of(means(), &[(0, 2.0)]).await;
}

/// DAT-04
async fn a_mean_keeps_how_much_of_its_period_was_measured(probe: Probe) {
    let samples: Vec<Sample> = [1.0, 0.5, 0.005, 0.995, 1.0, 0.0]
        .into_iter()
        .zip(0..)
        .map(|(share, i)| Sample {
            quality: Quality::INCOMPLETE,
            ..covered(i * 2000, i as f64, share)
        })
        .collect();
    probe.append_samples(samples.clone()).await;
    assert_eq!(probe.raw(means(), span(0, 60_000)).await, samples);
}

async fn a_mean_is_rounded_to_one_digit_more_than_the_register(probe: Probe) {
    let third = 100.0 / 3.0;
    for (series, expected) in [(means(), (2, 33.33)), (power(), (1, 33.3))] {
        let sample = sample(series, 0, third).with_register_decimals(1);
        probe.append_samples(vec![sample]).await;
        let found = probe.raw(series, span(0, 1)).await;
        assert_eq!((found[0].decimals, found[0].value), expected);
    }
}

async fn the_newest_of_a_series_keeps_its_coverage(probe: Probe) {
    let newest = covered(2000, 1.0, 0.25);
    probe
        .append_samples(vec![covered(0, 1.0, 1.0), newest])
        .await;
    let found = probe.store.latest(&[means()]).await;
    assert_eq!(found.expect("the store reads"), [Some(newest)]);
    let found = probe.store.last_at_or_before(means(), &[at(9000)]).await;
    assert_eq!(found.expect("the store reads"), [Some(newest)]);
}

async fn a_mean_stands_for_its_period_and_no_longer(probe: Probe) {
    probe.append_to(means(), &[(0, 1.0), (5000, 2.0)]).await;
    let stepped = probe.steps(means(), span(0, 8000)).await;
    let (one, two) = (Some(1.0), Some(2.0));
    assert_eq!(stepped.values, [one, one, None, None, None, two, two, None]);
    assert_eq!(stepped.coverage, [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
}

async fn a_mean_from_before_the_span_stands_into_it(probe: Probe) {
    let hours = power().with_recording(Recording::Mean(period(3600)));
    probe.append_to(hours, &[(-3_599_000, 1.0)]).await;
    let stepped = probe.steps(hours, span(0, 2000)).await;
    assert_eq!(stepped.values, [Some(1.0), None]);
}

async fn a_mean_counts_as_much_as_it_was_measured(probe: Probe) {
    probe
        .append_samples(vec![covered(0, 10.0, 1.0), covered(2000, 40.0, 0.5)])
        .await;
    let whole = std::time::Duration::from_secs(4);
    let stepped = probe
        .store
        .read_stepped(means(), span(0, 4000), whole, whole)
        .await
        .expect("the store reads");
    assert_eq!(stepped.values, [Some(20.0)]);
    assert_eq!(stepped.coverage, [0.75]);
}

async fn a_mean_that_was_not_measured_is_a_gap(probe: Probe) {
    probe.append_samples(vec![covered(0, 10.0, 0.0)]).await;
    let stepped = probe.steps(means(), span(0, 2000)).await;
    assert_eq!(stepped.values, [None, None]);
    assert_eq!(
        (stepped.minima, stepped.coverage),
        (vec![None; 2], vec![0.0; 2])
    );
}

async fn minima_step_to_the_least_and_maxima_to_the_greatest(probe: Probe) {
    let whole = std::time::Duration::from_secs(4);
    for (recording, expected) in [
        (Recording::Minimum(period(2)), 1.0),
        (Recording::Maximum(period(2)), 3.0),
        (Recording::Mean(period(2)), 2.0),
    ] {
        let series = power().with_recording(recording);
        probe.append_to(series, &[(0, 3.0), (2000, 1.0)]).await;
        let stepped = probe
            .store
            .read_stepped(series, span(0, 4000), whole, whole);
        let stepped = stepped.await.expect("the store reads");
        assert_eq!(stepped.values, [Some(expected)], "{recording}");
    }
}

async fn the_series_of_a_point_are_listed_with_their_recordings(probe: Probe) {
    let other = series(2, Quantity::ActivePower);
    for series in [means(), other, energy(), power()] {
        probe.append_to(series, &[(0, 1.0)]).await;
    }
    let found = probe.store.series_of(power().point).await;
    let mut expected = [power(), means(), energy()];
    expected.sort_unstable();
    assert_eq!(found.expect("the store reads"), expected);
}

async fn a_series_without_samples_is_not_listed(probe: Probe) {
    let none: [SeriesKey; 0] = [];
    let found = probe.store.series_of(power().point).await;
    assert_eq!(found.expect("the store reads"), none);
    probe.append(&[(0, 1.0)]).await;
    probe.delete_before(10_000).await;
    let found = probe.store.series_of(power().point).await;
    assert_eq!(found.expect("the store reads"), none);
    assert_eq!(pairs(&probe.raw(power(), span(0, 60_000)).await), []);
}
