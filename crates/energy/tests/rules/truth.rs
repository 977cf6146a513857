//! The energy that is booked is the energy that was delivered, wherever that can be known.

use energy::civil::{BlockLength, CivilStep, SiteCalendar};
use energy::{Amount, Counter, Curve, IndexEvent, IndexReading, IndexStep, Span, StepEnergy};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::stories::{
    Chapter, Input, Setting, Told, any_chapters, feed, plain_chapters, settings, tell,
};
use crate::support::series;

/// How far what is booked until each good reading is from the truth, at most, in either direction.
fn errors(told: &Told, counter: &Counter) -> (Amount, Amount) {
    let Some(known) = counter.journal().known_span() else {
        return (Amount::ZERO, Amount::ZERO);
    };
    let curve = Curve::new(counter.journal());
    let readings = told.readings();
    let at_opening = told.truth[&known.from];
    let is_spread = |at: Timestamp| {
        let mut spans = counter
            .journal()
            .entries()
            .map(|decided| decided.entry.span());
        spans.any(|span| span.from < at && at < span.until)
    };
    let judged = told.truth.range(known.from..=known.until);
    let judged = judged.filter(|(at, _)| !is_spread(**at));
    let errors = judged.map(|(at, flowed)| curve.at(*at, &readings) - (*flowed - at_opening));
    let errors: Vec<Amount> = errors.collect();
    let most = errors.iter().copied().max().unwrap_or_default();
    let least = errors.iter().copied().min().unwrap_or_default();
    (most.max(Amount::ZERO), (-least).max(Amount::ZERO))
}

/// Whether the journal says that less may be booked than flowed.
fn says_that_energy_may_be_missing(counter: &Counter) -> bool {
    counter.journal().entries().any(|decided| {
        decided.asks()
            || decided.entry.lower_bound
            || decided.entry.doubtful
            || matches!(decided.kind, IndexStep::StepBack | IndexStep::Pending)
    })
}

/// Whether the journal says that more may be booked than flowed: the index went down, and more
/// than one rule would explain it.
fn says_that_energy_may_be_too_much(counter: &Counter) -> bool {
    let mut entries = counter.journal().entries();
    entries.any(|decided| {
        decided.entry.doubtful || decided.entry.ring.is_some_and(|ring| ring.assumed)
    })
}

fn check_delivered(setting: &Setting, chapters: &[Chapter]) -> Result<(), TestCaseError> {
    let told = tell(setting, chapters);
    let counter = told.counter();
    let slack = setting
        .traits
        .unit
        .times(if setting.jitter { 2 } else { 0 });
    let (over, under) = errors(&told, &counter);
    prop_assert!(
        over <= slack && under <= slack,
        "{over} over, {under} under"
    );
    for decided in counter.journal().entries() {
        prop_assert!(!decided.asks(), "{:?}", decided.entry);
    }
    // The last good reading counts: nothing is left waiting.
    let last = told.truth.last_key_value().map(|(at, _)| *at);
    prop_assert_eq!(
        counter.journal().known_span().map(|known| known.until),
        last
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn years_of_it_are_as_exact_as_a_day(
        setting in settings(false),
        chapters in plain_chapters(5_000),
    ) {
        check_delivered(&setting, &chapters)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_booked_was_delivered_to_the_count(
        setting in settings(false),
        chapters in plain_chapters(30),
    ) {
        check_delivered(&setting, &chapters)?;
    }

    #[test]
    fn what_cannot_be_known_is_said(
        setting in settings(true),
        chapters in any_chapters(),
    ) {
        let told = tell(&setting, &chapters);
        let counter = told.counter();
        // Each joint may be off by the jitter of a reading.
        let n_joints = 1 + counter.journal().entries().count() as i64;
        let slack = setting.traits.unit.times(2 * n_joints);
        let (over, under) = errors(&told, &counter);
        prop_assert!(
            under <= slack || says_that_energy_may_be_missing(&counter),
            "{under} under, and the journal is silent"
        );
        prop_assert!(
            over <= slack || says_that_energy_may_be_too_much(&counter),
            "{over} over, and the journal is silent"
        );
    }
}

/// The sum of what the events of a counter say, as somebody would who only listens.
#[derive(Default)]
struct Listener {
    steps: Vec<(Timestamp, Amount)>,
}

impl Listener {
    fn hear(&mut self, events: &[IndexEvent]) {
        for event in events {
            match event {
                IndexEvent::Stepped { before, step, .. } => {
                    self.steps.push((before.at, step.unwrap_or_default()));
                }
                IndexEvent::Retracted { since } => self.steps.retain(|(from, _)| from < since),
                IndexEvent::Opened(_) | IndexEvent::Held(_) => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn fed_one_by_one_at_once_or_from_a_copy_it_is_the_same_journal(
        setting in settings(true),
        chapters in any_chapters(),
        cut in 0.0f64..1.0,
    ) {
        let told = tell(&setting, &chapters);
        let at_once = told.counter();
        let cut = (cut * told.inputs.len() as f64) as usize;
        let mut early = Counter::new(series(), told.traits);
        for input in &told.inputs[..cut] {
            feed(&mut early, *input);
        }
        let copy = serde_json::to_string(&early).unwrap();
        let mut late: Counter = serde_json::from_str(&copy).unwrap();
        prop_assert_eq!(late.journal(), early.journal());
        for input in &told.inputs[cut..] {
            feed(&mut late, *input);
        }
        prop_assert_eq!(at_once.journal(), late.journal());
        // Up to the copy, both journals are alike but for what was still pending.
        let touched = at_once.journal().difference(early.journal());
        let settled_until = early.journal().known_span().map(|known| known.until);
        if let (Some(touched), Some(settled_until)) = (touched, settled_until) {
            let curves = [Curve::new(at_once.journal()), Curve::new(early.journal())];
            let readings = told.readings();
            let until = touched.from.min(settled_until);
            for reading in readings.iter().filter(|reading| reading.at <= until) {
                let [once, step_by_step] = &curves;
                prop_assert_eq!(
                    once.at(reading.at, &readings),
                    step_by_step.at(reading.at, &readings)
                );
            }
        }
    }

    #[test]
    fn events_tell_the_same_as_the_curve(setting in settings(true), chapters in any_chapters()) {
        let told = tell(&setting, &chapters);
        let mut counter = Counter::new(series(), told.traits);
        let mut listener = Listener::default();
        for input in &told.inputs {
            let events = match *input {
                Input::Reading(reading) => counter.feed(reading).unwrap(),
                Input::Exchange(exchange) => counter.exchange(exchange, told.traits).unwrap(),
                Input::ResetOrdered(at) => {
                    counter.reset_ordered(at).unwrap();
                    &[]
                }
            };
            listener.hear(events);
        }
        if let Some(known) = counter.journal().known_span() {
            let curve = Curve::new(counter.journal());
            let heard: Amount = listener.steps.iter().map(|(_, step)| *step).sum();
            prop_assert_eq!(curve.at(known.until, &told.readings()), heard);
        }
    }

    #[test]
    fn energy_never_flows_back_and_parts_add_up_to_the_whole(
        setting in settings(true),
        chapters in any_chapters(),
        block_s in prop::sample::select(vec![600u32, 3_600, 86_400]),
    ) {
        let told = tell(&setting, &chapters);
        let counter = told.counter();
        let readings = told.readings();
        let curve = Curve::new(counter.journal());
        let calendar = SiteCalendar::new(TimeZone::get("Asia/Kathmandu").unwrap());
        let block = CivilStep::Block(BlockLength::of_seconds(block_s).unwrap());
        let (first, last) = (readings[0].at, readings[readings.len() - 1].at);
        let whole = Span::new(first, last.min(first + SignedDuration::from_hours(24 * 40)));
        let steps = calendar.steps(block, whole).unwrap();
        let parts = curve.energies(&steps, &readings);
        for part in &parts {
            prop_assert!(part.energy.is_none_or(|energy| energy >= Amount::ZERO));
            prop_assert!((0.0..=1.0).contains(&part.coverage));
        }
        let sum: Amount = parts.iter().filter_map(|part| part.energy).sum();
        prop_assert_eq!(sum, curve.energy(whole, &readings).energy.unwrap_or_default());
        let in_question = |step: &StepEnergy| step.open.and_then(|open| open.proposal);
        let open: Amount = parts.iter().filter_map(in_question).sum();
        let whole_open = in_question(&curve.energy(whole, &readings));
        prop_assert_eq!(open, whole_open.unwrap_or_default());
    }

    #[test]
    fn the_readings_around_the_bounds_are_enough(
        setting in settings(true),
        chapters in any_chapters(),
    ) {
        let told = tell(&setting, &chapters);
        let counter = told.counter();
        let readings = told.readings();
        let curve = Curve::new(counter.journal());
        let calendar = SiteCalendar::new(TimeZone::UTC);
        let whole = Span::new(readings[0].at, readings[readings.len() - 1].at);
        let step = if setting.period < SignedDuration::from_mins(10) {
            CivilStep::Block(BlockLength::TEN_MINUTES)
        } else {
            CivilStep::Day
        };
        let steps = calendar.steps(step, whole).unwrap();
        let bounds = steps.iter().flat_map(|step| [step.from, step.until]);
        let mut around: Vec<IndexReading> = bounds
            .flat_map(|at| {
                let next = readings.partition_point(|reading| reading.at < at);
                let before = readings.partition_point(|reading| reading.at <= at);
                [before.checked_sub(1), Some(next)]
            })
            .flatten()
            .filter_map(|index| readings.get(index).copied())
            .collect();
        around.sort_by_key(|reading| reading.at);
        around.dedup();
        let (few, all) = (curve.energies(&steps, &around), curve.energies(&steps, &readings));
        for (few, all) in few.iter().zip(&all) {
            prop_assert_eq!((few.energy, few.coverage), (all.energy, all.coverage));
            prop_assert_eq!((few.quality, few.open), (all.quality, all.open));
        }
    }
}
