//! The worked cases of the formulas (docs/electrical-formulas.md §9), and the rules one by one.

use crate::support::{Tape, kinds, only_entry, series, wh, worked_traits};
use energy::{Amount, Counter, CounterTraits, Curve, IndexStep, Rule};
use jiff::SignedDuration;

const STEP: i64 = 2_100;

/// One journal entry of this kind and step between `before` and what follows, and the whole tape
/// holds the normal steps and this one.
#[track_caller]
fn check(tape: &Tape, kind: IndexStep, step: Option<i64>, normal: i64) -> Counter {
    let counter = tape.feed(worked_traits());
    let entry = only_entry(&counter);
    assert_eq!((entry.kind, entry.step), (kind, step.map(wh)));
    let total = tape.total(&counter);
    assert_eq!(total.energy, Some(wh(normal + step.unwrap_or(0))));
    assert_eq!(entry.asks(), step.is_none());
    assert_eq!(total.open.is_some(), step.is_none());
    counter
}

fn before(count: i64) -> Tape {
    Tape::new().up_to(count, STEP)
}

#[test]
fn a_normal_step_is_no_entry() {
    let tape = before(1_254_300).counts([1_256_400]);
    let counter = tape.feed(worked_traits());
    assert_eq!(kinds(&counter), []);
    assert_eq!(tape.total(&counter).energy, Some(wh(3 * STEP)));
}

#[test]
fn the_counter_passes_its_ring() {
    let tape = before(99_999_200).counts([900]).onward(STEP, 3);
    let counter = check(&tape, IndexStep::Rollover, Some(1_700), 5 * STEP);
    let entry = only_entry(&counter).entry;
    assert_eq!(entry.rule, Rule::KnownRing);
    // From zero, 900 Wh can have flowed as well: the entry says that it may have been a reset.
    assert!(entry.doubtful && !entry.lower_bound);
}

#[test]
fn the_counter_is_set_to_zero() {
    let tape = before(1_254_300).counts([350]).onward(STEP, 3);
    let counter = check(&tape, IndexStep::Reset, Some(350), 5 * STEP);
    assert!(only_entry(&counter).entry.lower_bound);
}

#[test]
fn the_meter_restores_an_older_value() {
    let tape = before(1_254_300).counts([1_250_000]).onward(STEP, 3);
    check(&tape, IndexStep::StepBack, Some(0), 5 * STEP);
}

#[test]
fn another_meter_asks() {
    let tape = before(1_254_300).counts([884_000]).onward(STEP, 3);
    let counter = check(&tape, IndexStep::Replacement, None, 5 * STEP);
    assert_eq!(only_entry(&counter).entry.proposal, None);
}

#[test]
fn too_fast_to_be_true_asks_and_proposes_the_difference() {
    let tape = before(1_254_300).counts([9_254_300]).onward(STEP, 3);
    let counter = check(&tape, IndexStep::Jump, None, 5 * STEP);
    assert_eq!(only_entry(&counter).entry.proposal, Some(wh(8_000_000)));
    let open = tape.total(&counter).open.unwrap();
    assert_eq!(open.proposal, Some(wh(8_000_000)));
}

#[test]
fn one_bad_reading_is_a_glitch() {
    let tape = before(1_254_300).counts([0, 1_256_400]).onward(STEP, 3);
    let counter = check(&tape, IndexStep::Glitch, Some(STEP), 5 * STEP);
    let entry = only_entry(&counter).entry;
    assert_eq!((entry.held.len(), entry.held[0].count), (1, 0));
    assert_eq!(
        (entry.before.count, entry.after.count),
        (1_254_300, 1_256_400)
    );
}

#[test]
fn jitter_is_normal_and_moves_nothing() {
    let tape = before(1_254_300).counts([1_254_299, 1_254_298, 1_256_400]);
    let counter = tape.feed(worked_traits());
    assert_eq!(kinds(&counter), []);
    assert_eq!(tape.total(&counter).energy, Some(wh(3 * STEP)));
    // Between the jitter nothing flows, and nothing flows back.
    let curve = Curve::new(counter.journal());
    for pair in tape.readings.windows(2) {
        let span = energy::Span::new(pair[0].at, pair[1].at);
        assert!(curve.energy(span, &tape.readings).energy >= Some(Amount::ZERO));
    }
}

#[test]
fn a_silence_is_caught_up_with() {
    let tape = before(1_254_300)
        .silence(SignedDuration::from_hours(72))
        .counts([2_454_300])
        .onward(STEP, 3);
    check(&tape, IndexStep::CatchUp, Some(1_200_000), 5 * STEP);
}

#[test]
fn a_counter_of_whole_kwh_moves_by_a_whole_one_or_not_at_all() {
    let traits = CounterTraits::of_unit(wh(1_000)).with_max_per_hour(wh(100_000));
    let tape = Tape::every(SignedDuration::from_secs(10)).counts([1_254, 1_254, 1_255, 1_255]);
    let counter = tape.feed(traits);
    assert_eq!(kinds(&counter), []);
    assert_eq!(tape.total(&counter).energy, Some(wh(1_000)));
}

#[test]
fn held_readings_at_the_end_are_pending_and_book_nothing() {
    let tape = before(1_254_300).counts([350, 2_450]);
    let counter = tape.feed(worked_traits());
    assert!(counter.is_checking());
    assert_eq!(kinds(&counter), [IndexStep::Pending]);
    let total = tape.total(&counter);
    assert_eq!(total.energy, Some(wh(2 * STEP)));
    assert!(total.open.is_some() && total.coverage < 1.0);
}

#[test]
fn a_pending_entry_keeps_its_id_when_it_gets_its_verdict() {
    let odd = before(1_254_300).counts([350]);
    let pending = only_entry(&odd.feed(worked_traits())).entry.id;
    for later in [odd.clone().onward(STEP, 2), odd.counts([1_256_400])] {
        assert_eq!(only_entry(&later.feed(worked_traits())).entry.id, pending);
    }
}

#[test]
fn an_unknown_ring_is_assumed_and_said_to_be() {
    for (bits, count) in [
        (16, 65_000),
        (23, 8_388_000),
        (24, 16_777_000),
        (31, 2_147_483_000),
    ] {
        let ring = 1i64 << bits;
        let traits = CounterTraits {
            ring: None,
            max_per_hour: Some(wh(36_000)),
            ..worked_traits()
        };
        let tape = before(count).counts([count + STEP - ring]).onward(STEP, 3);
        let counter = tape.feed(traits);
        let entry = only_entry(&counter).entry;
        assert_eq!(
            (entry.kind, entry.rule),
            (IndexStep::Rollover, Rule::AssumedRing)
        );
        assert!(
            entry
                .ring
                .is_some_and(|used| used.assumed && used.counts == ring)
        );
        assert_eq!(tape.total(&counter).energy, Some(wh(6 * STEP)));
    }
}

#[test]
fn after_so_long_a_silence_that_the_counter_may_have_turned_the_step_is_a_lower_bound() {
    let traits = worked_traits().with_ring(1_000_000);
    // 1.5 · 100 kW · 10 h is more than the ring.
    let silence = SignedDuration::from_hours(10);
    for (after, kind, step) in [
        (600_000, IndexStep::CatchUp, 100_000),
        (400_000, IndexStep::Rollover, 900_000),
    ] {
        let tape = before(500_000)
            .silence(silence)
            .counts([after])
            .onward(STEP, 3);
        let counter = tape.feed(traits);
        let entry = only_entry(&counter).entry;
        assert_eq!((entry.kind, entry.step), (kind, Some(wh(step))));
        assert!(entry.lower_bound);
        assert!(tape.total(&counter).lower_bound);
    }
}

#[test]
fn a_reset_that_was_ordered_here_needs_no_confirmation() {
    let tape = before(99_999_200);
    let mut counter = tape.feed(worked_traits());
    let ordered_at = tape.readings[2].at + SignedDuration::from_mins(1);
    counter.reset_ordered(ordered_at).unwrap();
    for reading in tape
        .clone()
        .counts([900])
        .onward(STEP, 1)
        .readings
        .split_off(3)
    {
        counter.feed(reading).unwrap();
    }
    // By the rules alone this would have been a roll-over.
    let entry = only_entry(&counter).entry;
    assert_eq!(
        (entry.kind, entry.rule),
        (IndexStep::Reset, Rule::ResetOrdered)
    );
    assert_eq!(entry.step, Some(wh(900)));
}

#[test]
fn another_identity_is_another_meter_even_where_the_index_would_go_on() {
    let tape = before(1_254_300)
        .onward(STEP, 4)
        .of_meter(1, 0)
        .of_meter(2, 4);
    let counter = tape.feed(worked_traits());
    let entry = only_entry(&counter).entry;
    assert_eq!(
        (entry.kind, entry.rule),
        (IndexStep::Replacement, Rule::IdentityChanged)
    );
    assert!(only_entry(&counter).asks());
}

#[test]
fn the_first_reading_counts_once_the_next_one_fits_it() {
    // A bad first reading is dropped, a good one is not dropped for a bad second one.
    let bad_first = Tape::new().counts([0]).up_to(1_254_300, STEP);
    let counter = bad_first.feed(worked_traits());
    assert_eq!(bad_first.total(&counter).energy, Some(wh(2 * STEP)));
    assert_eq!(only_entry(&counter).entry.rule, Rule::FirstNotBorneOut);

    let bad_second = Tape::new()
        .counts([1_250_100, 0, 1_254_300])
        .onward(STEP, 2);
    let counter = bad_second.feed(worked_traits());
    assert_eq!(bad_second.total(&counter).energy, Some(wh(4 * STEP)));
    assert_eq!(kinds(&counter), [IndexStep::Glitch]);
}

#[test]
fn readings_come_in_order_of_time() {
    let tape = before(1_254_300);
    let mut counter = tape.feed(worked_traits());
    assert!(counter.feed(tape.readings[2]).is_err());
    assert!(counter.reset_ordered(tape.readings[1].at).is_err());
    assert_eq!(counter.journal().series(), series());
}
