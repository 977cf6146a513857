//! What people say about entries, and what becomes of sums when they do and undo.

use energy::{
    Amount, Counter, Curve, Decision, EntryId, IndexReading, IndexStep, Span, StepEnergy, Verdict,
    VerdictError,
};
use jiff::SignedDuration;
use model::Quality;
use proptest::prelude::*;

use crate::stories::{any_chapters, settings, tell};
use crate::support::{Tape, at, only_entry, wh, worked_traits};

const STEP: i64 = 2_100;

fn says(decision: Decision) -> Verdict {
    Verdict {
        decision,
        by: "administrator".to_owned(),
        reason: "the fitter's sheet".to_owned(),
        at: at("2026-02-01T09:00:00Z"),
    }
}

fn jump() -> Tape {
    let tape = Tape::new().up_to(1_254_300, STEP).counts([9_254_300]);
    tape.onward(STEP, 3)
}

fn replacement() -> Tape {
    let tape = Tape::new().up_to(1_254_300, STEP).counts([884_000]);
    tape.onward(STEP, 3)
}

fn reset() -> Tape {
    Tape::new()
        .up_to(1_254_300, STEP)
        .counts([350])
        .onward(STEP, 3)
}

/// The step after a decision, and that undoing it restores what was.
#[track_caller]
fn check(tape: &Tape, decision: Decision, kind: IndexStep, step: Option<i64>) -> StepEnergy {
    let mut counter = tape.feed(worked_traits());
    let untouched = counter.clone();
    let id = only_entry(&counter).entry.id;
    let span = counter.journal_mut().decide(id, says(decision)).unwrap();
    assert_eq!(span, only_entry(&counter).entry.span());
    let decided = only_entry(&counter);
    assert_eq!((decided.kind, decided.step), (kind, step.map(wh)));
    assert_eq!(decided.verdict, Some(&says(decision)));
    assert_eq!(decided.at(), at("2026-02-01T09:00:00Z"));
    let total = tape.total(&counter);
    assert_eq!(total.energy, Some(wh(5 * STEP + step.unwrap_or(0))));
    counter.journal_mut().undo(id).unwrap();
    assert_eq!(counter, untouched);
    total
}

#[track_caller]
fn check_refused(tape: &Tape, decision: Decision, error: &VerdictError) {
    let mut counter = tape.feed(worked_traits());
    let untouched = counter.clone();
    let id = only_entry(&counter).entry.id;
    let refused = counter.journal_mut().decide(id, says(decision));
    assert_eq!(refused.as_ref(), Err(error));
    assert_eq!(counter, untouched);
}

#[test]
fn what_is_proposed_can_be_accepted() {
    let total = check(
        &jump(),
        Decision::AcceptProposal,
        IndexStep::Jump,
        Some(8_000_000),
    );
    // The meter said so, and now a person does: it is as good as measured.
    assert_eq!((total.quality, total.open), (Quality::MEASURED, None));
    assert!(total.coverage >= 1.0);
}

#[test]
fn another_amount_is_somebodys_word() {
    let total = check(
        &jump(),
        Decision::Amount(wh(1_900)),
        IndexStep::Jump,
        Some(1_900),
    );
    assert!(total.quality.contains(Quality::ESTIMATED) && total.coverage < 1.0);
    assert_eq!(total.open, None);
    check(
        &replacement(),
        Decision::Amount(wh(0)),
        IndexStep::Replacement,
        Some(0),
    );
}

#[test]
fn another_kind_takes_its_step_from_the_readings() {
    let kind = Decision::Kind;
    check(
        &jump(),
        kind(IndexStep::Normal),
        IndexStep::Normal,
        Some(8_000_000),
    );
    check(&jump(), kind(IndexStep::Glitch), IndexStep::Glitch, Some(0));
    check(
        &replacement(),
        kind(IndexStep::StepBack),
        IndexStep::StepBack,
        Some(0),
    );
    check(
        &replacement(),
        kind(IndexStep::Reset),
        IndexStep::Reset,
        Some(884_000),
    );
    let over_the_ring = 100_000_000 - 1_254_300 + 350;
    check(
        &reset(),
        kind(IndexStep::Rollover),
        IndexStep::Rollover,
        Some(over_the_ring),
    );
    // What was certain can be put in question as well.
    let total = check(
        &reset(),
        kind(IndexStep::Replacement),
        IndexStep::Replacement,
        None,
    );
    assert!(total.open.is_some());
}

#[test]
fn a_kind_and_an_amount_can_be_told_together() {
    let told = |kind, step| Decision::KindAndAmount(kind, wh(step));
    let total = check(
        &reset(),
        told(IndexStep::Replacement, 420),
        IndexStep::Replacement,
        Some(420),
    );
    assert!(total.quality.contains(Quality::ESTIMATED));
    // An amount that the readings give as well is as good as measured.
    let total = check(
        &jump(),
        told(IndexStep::Normal, 8_000_000),
        IndexStep::Normal,
        Some(8_000_000),
    );
    assert_eq!(total.quality, Quality::MEASURED);
    let amount = wh(-1);
    check_refused(
        &jump(),
        told(IndexStep::Glitch, -1),
        &VerdictError::Negative { amount },
    );
}

#[test]
fn an_exchange_is_declared_with_the_last_and_the_first_index() {
    let exchange = Decision::Exchange {
        closing: wh(1_255_000),
        opening: wh(883_700),
    };
    check(
        &replacement(),
        exchange,
        IndexStep::Replacement,
        Some(700 + 300),
    );
}

#[test]
fn what_does_not_fit_the_readings_is_refused() {
    let nothing = VerdictError::NothingProposed;
    check_refused(&replacement(), Decision::AcceptProposal, &nothing);
    let amount = wh(-1);
    check_refused(
        &jump(),
        Decision::Amount(amount),
        &VerdictError::Negative { amount },
    );
    for kind in [IndexStep::Normal, IndexStep::CatchUp] {
        let error = VerdictError::KindDoesNotFit { kind };
        check_refused(&reset(), Decision::Kind(kind), &error);
    }
    let kind = IndexStep::Rollover;
    check_refused(
        &jump(),
        Decision::Kind(kind),
        &VerdictError::KindDoesNotFit { kind },
    );
    let kind = IndexStep::Pending;
    check_refused(
        &jump(),
        Decision::Kind(kind),
        &VerdictError::KindNotChosen { kind },
    );
    let (closing, opening) = (wh(1_000), wh(0));
    let before = wh(1_254_300);
    check_refused(
        &replacement(),
        Decision::Exchange { closing, opening },
        &VerdictError::ClosingTooLow { closing, before },
    );
    let (closing, opening, after) = (before, wh(900_000), wh(884_000));
    check_refused(
        &replacement(),
        Decision::Exchange { closing, opening },
        &VerdictError::OpeningTooHigh { opening, after },
    );
}

#[test]
fn nobody_decides_what_is_not_confirmed_or_not_there() {
    let pending = Tape::new().up_to(1_254_300, STEP).counts([350]);
    check_refused(&pending, Decision::Amount(wh(1)), &VerdictError::Pending);
    let mut counter = reset().feed(worked_traits());
    let id: EntryId = "12-ea_import_wh-1-2".parse().unwrap();
    let journal = counter.journal_mut();
    let refused = journal.decide(id, says(Decision::AcceptProposal));
    assert_eq!(refused, Err(VerdictError::NoSuchEntry { id }));
    assert_eq!(journal.undo(id), Err(VerdictError::NoVerdict { id }));
}

#[test]
fn verdicts_find_their_entries_when_the_journal_is_made_again() {
    let tape = jump();
    let mut counter = tape.feed(worked_traits());
    let id = only_entry(&counter).entry.id;
    let verdict = says(Decision::AcceptProposal);
    counter.journal_mut().decide(id, verdict.clone()).unwrap();

    let mut again = Counter::new(id.series(), worked_traits());
    again.journal_mut().restore_verdicts([(id, verdict)]);
    assert_eq!(again.journal().unmatched_verdicts().count(), 1);
    for reading in &tape.readings {
        again.feed(*reading).unwrap();
    }
    assert_eq!(again.journal(), counter.journal());
    assert_eq!(again.journal().unmatched_verdicts().count(), 0);
}

#[test]
fn a_verdict_whose_entry_is_explained_away_is_kept_and_shown() {
    let tape = Tape::new()
        .up_to(1_254_300, STEP)
        .silence(SignedDuration::from_hours(72));
    let tape = tape.counts([2_454_300]).onward(STEP, 3);
    let mut counter = tape.feed(worked_traits());
    let id = only_entry(&counter).entry.id;
    let verdict = says(Decision::Amount(wh(1_000_000)));
    counter.journal_mut().decide(id, verdict.clone()).unwrap();
    // The device's own log brings what was missing.
    let mut readings = tape.readings.clone();
    let (before, hours) = (readings[2], 1_200_000 / 432);
    let missing = (1..432).map(|n| {
        let at = before.at + SignedDuration::from_mins(10 * n);
        IndexReading::new(at, before.count + n * hours)
    });
    readings.splice(3..3, missing);
    let mut again = Counter::new(id.series(), worked_traits());
    again.journal_mut().restore_verdicts([(id, verdict)]);
    for reading in &readings {
        again.feed(*reading).unwrap();
    }
    assert_eq!(again.journal().entries().count(), 0);
    assert_eq!(
        again
            .journal()
            .unmatched_verdicts()
            .next()
            .map(|(id, _)| *id),
        Some(id)
    );
    assert_eq!(
        again.journal().difference(counter.journal()),
        Some(Span::new(readings[2].at, readings[readings.len() - 4].at,))
    );
}

fn decisions() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(Decision::AcceptProposal),
        (0i64..1_000_000).prop_map(|units| Decision::Amount(wh(units))),
        prop::sample::select(IndexStep::ALL.to_vec()).prop_map(Decision::Kind),
    ]
}

proptest! {
    #[test]
    fn verdicts_touch_their_span_alone_and_undoing_all_restores_every_sum(
        setting in settings(true),
        chapters in any_chapters(),
        decisions in prop::collection::vec(decisions(), 12),
    ) {
        let told = tell(&setting, &chapters);
        let readings = told.readings();
        let steps: Vec<Span> =
            readings.windows(2).map(|pair| Span::new(pair[0].at, pair[1].at)).collect();
        let energies = |counter: &Counter| {
            Curve::new(counter.journal()).energies(&steps, &readings)
        };
        let mut counter = told.counter();
        let untouched = counter.clone();
        let ids: Vec<EntryId> =
            counter.journal().entries().map(|decided| decided.entry.id).collect();
        let mut given = Vec::new();
        for (id, decision) in ids.into_iter().zip(decisions) {
            let before = energies(&counter);
            let Ok(touched) = counter.journal_mut().decide(id, says(decision)) else {
                continue;
            };
            for (before, after) in before.iter().zip(energies(&counter)) {
                prop_assert!(*before == after || before.span.overlap(touched).is_some());
            }
            given.push(id);
        }
        let sum = |energies: Vec<StepEnergy>| -> Amount {
            energies.iter().filter_map(|part| part.energy).sum()
        };
        for id in given {
            counter.journal_mut().undo(id).unwrap();
        }
        prop_assert_eq!(sum(energies(&counter)), sum(energies(&untouched)));
        prop_assert_eq!(counter, untouched);
    }
}
