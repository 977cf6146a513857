use jiff::{Timestamp, ToSpan};
use model::{Coverage, Quality, Quantity};

use super::{Probe, at, energy, list_cases, power, sample, series, span};
use crate::{HistoryError, Sample, Span};

list_cases![
    what_is_appended_comes_back_with_all_its_parts,
    samples_in_any_order_come_back_by_time,
    a_late_sample_finds_its_place,
    late_samples_find_their_places_among_many,
    of_equal_instants_in_a_call_the_last_wins,
    of_equal_instants_in_two_calls_the_last_wins,
    appending_again_changes_nothing,
    an_empty_append_does_nothing,
    series_of_a_point_do_not_mix,
    points_do_not_mix,
    instants_are_cut_to_the_millisecond,
    every_finite_value_is_kept_bit_for_bit,
    decimals_and_quality_are_kept_for_each_sample,
    a_second_may_hold_many_samples,
    the_end_of_a_month_is_no_border,
    a_value_that_is_no_number_is_refused,
    instants_out_of_range_are_refused,
    the_first_and_the_last_instant_are_kept,
    a_refused_call_leaves_nothing,
];

async fn what_is_appended_comes_back_with_all_its_parts(probe: Probe) {
    let sample = Sample {
        series: power(),
        at: at(0),
        value: 1234.5,
        decimals: 1,
        quality: Quality::COMPUTED.with(Quality::ESTIMATED),
        coverage: Coverage::of_share(0.37),
    };
    probe.append_samples(vec![sample]).await;
    assert_eq!(probe.raw(power(), span(0, 1)).await, [sample]);
}

async fn samples_in_any_order_come_back_by_time(probe: Probe) {
    probe.append(&[(3000, 3.0), (1000, 1.0), (2000, 2.0)]).await;
    probe
        .check_raw(&[(1000, 1.0), (2000, 2.0), (3000, 3.0)])
        .await;
}

async fn a_late_sample_finds_its_place(probe: Probe) {
    probe.append(&[(1000, 1.0), (3000, 3.0)]).await;
    probe.append(&[(2000, 2.0)]).await;
    probe.append(&[(0, 0.0)]).await;
    probe
        .check_raw(&[(0, 0.0), (1000, 1.0), (2000, 2.0), (3000, 3.0)])
        .await;
}

async fn late_samples_find_their_places_among_many(probe: Probe) {
    let run = |offset: i64| -> Vec<(i64, f64)> {
        (0..40)
            .map(|i| (i * 1000 + offset, (i * 10 + offset / 100) as f64))
            .collect()
    };
    probe.append(&run(0)).await;
    probe.append(&run(500)).await;
    let mut expected = [run(0), run(500)].concat();
    expected.sort_by_key(|(offset_ms, _)| *offset_ms);
    probe.check_raw(&expected).await;
}

async fn of_equal_instants_in_a_call_the_last_wins(probe: Probe) {
    probe
        .append(&[(0, 1.0), (0, 2.0), (1000, 3.0), (0, 4.0)])
        .await;
    probe.check_raw(&[(0, 4.0), (1000, 3.0)]).await;
}

async fn of_equal_instants_in_two_calls_the_last_wins(probe: Probe) {
    probe.append(&[(0, 1.0), (1000, 1.0), (2000, 1.0)]).await;
    probe.append(&[(1000, 2.0)]).await;
    probe.check_raw(&[(0, 1.0), (1000, 2.0), (2000, 1.0)]).await;
}

async fn appending_again_changes_nothing(probe: Probe) {
    let run = [(0, 1.0), (1000, 2.0), (2000, 3.0), (12_000, 4.0)];
    for _ in 0..3 {
        probe.append(&run).await;
    }
    probe.check_raw(&run).await;
}

async fn an_empty_append_does_nothing(probe: Probe) {
    probe.append(&[]).await;
    probe.check_raw(&[]).await;
}

async fn series_of_a_point_do_not_mix(probe: Probe) {
    probe
        .append_samples(vec![sample(power(), 0, 1.0), sample(energy(), 0, 2.0)])
        .await;
    probe.check_raw(&[(0, 1.0)]).await;
    probe.check_raw_of(energy(), &[(0, 2.0)]).await;
}

async fn points_do_not_mix(probe: Probe) {
    let other = series(2, Quantity::ActivePower);
    probe.append_to(other, &[(0, 2.0)]).await;
    probe.append(&[(0, 1.0), (1000, 1.0)]).await;
    probe.check_raw_of(other, &[(0, 2.0)]).await;
    probe.check_raw(&[(0, 1.0), (1000, 1.0)]).await;
}

async fn instants_are_cut_to_the_millisecond(probe: Probe) {
    let mut fine = sample(power(), 5, 1.0);
    fine.at += 999_999.nanoseconds();
    probe.append_samples(vec![fine]).await;
    probe.check_raw(&[(5, 1.0)]).await;
}

async fn every_finite_value_is_kept_bit_for_bit(probe: Probe) {
    let values = [
        0.1 + 0.2,
        1.0 / 3.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        -1e-300,
        0.0,
        230.14,
    ];
    let run: Vec<(i64, f64)> = (0..).map(|i| i * 1000).zip(values).collect();
    probe.append(&run).await;
    let found = probe.raw(power(), span(0, 60_000)).await;
    let bits: Vec<u64> = found.iter().map(|sample| sample.value.to_bits()).collect();
    assert_eq!(bits, values.map(f64::to_bits));
}

async fn decimals_and_quality_are_kept_for_each_sample(probe: Probe) {
    // DAT-04: each point keeps its quality, wherever it lies.
    let samples: Vec<Sample> = (0..6u8)
        .map(|i| Sample {
            decimals: i % 3 * 10,
            quality: if i < 2 {
                Quality::SUSPECT
            } else {
                Quality::MEASURED
            },
            ..sample(power(), i64::from(i) * 1000, f64::from(i))
        })
        .collect();
    probe.append_samples(samples.clone()).await;
    assert_eq!(probe.raw(power(), span(0, 60_000)).await, samples);
}

async fn a_second_may_hold_many_samples(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..200).map(|i| (i * 7, i as f64)).collect();
    probe.append(&run).await;
    probe.append(&[(3, -1.0)]).await;
    let mut expected = run;
    expected.insert(1, (3, -1.0));
    probe.check_raw(&expected).await;
}

async fn the_end_of_a_month_is_no_border(probe: Probe) {
    let run: Vec<(i64, f64)> = (0..20).map(|i| (i * 1000, i as f64)).collect();
    probe.append(&run).await;
    probe.check_raw(&run).await;
    let around = probe.raw(power(), span(9000, 11_000)).await;
    assert_eq!(super::pairs(&around), [(9000, 9.0), (10_000, 10.0)]);
}

async fn a_value_that_is_no_number_is_refused(probe: Probe) {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        check_refused(&probe, sample(power(), 0, value)).await;
    }
}

async fn instants_out_of_range_are_refused(probe: Probe) {
    for at in [
        "1969-12-31T23:59:59.9999Z",
        "2106-02-07T06:28:16Z",
        "2200-01-01T00:00:00Z",
    ] {
        let at = at.parse().expect("it is an instant");
        check_refused(
            &probe,
            Sample {
                at,
                ..sample(power(), 0, 1.0)
            },
        )
        .await;
    }
}

async fn check_refused(probe: &Probe, sample: Sample) {
    let result = probe.store.append(vec![sample]).await;
    assert!(
        matches!(result, Err(HistoryError::NotStorable { .. })),
        "{sample:?}"
    );
}

async fn the_first_and_the_last_instant_are_kept(probe: Probe) {
    let last: Timestamp = "2106-02-07T06:28:15.999Z"
        .parse()
        .expect("it is an instant");
    let samples = [Timestamp::UNIX_EPOCH, last].map(|at| Sample {
        at,
        ..sample(power(), 0, 1.0)
    });
    probe.append_samples(samples.to_vec()).await;
    let always = Span {
        from: Timestamp::MIN,
        until: Timestamp::MAX,
    };
    assert_eq!(probe.raw(power(), always).await, samples);
}

async fn a_refused_call_leaves_nothing(probe: Probe) {
    let samples = vec![sample(power(), 0, 1.0), sample(power(), 1000, f64::NAN)];
    assert!(probe.store.append(samples).await.is_err());
    probe.check_raw(&[]).await;
}
