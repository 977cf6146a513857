use std::collections::VecDeque;
use std::mem;

use jiff::{SignedDuration, Timestamp};
use model::SeriesKey;

use super::held::HeldReadings;
use super::pace::Pace;
use super::rhythm::Rhythm;
use super::ruling::{Ruling, rule};
use super::traits::{SLACK, elapsed_ns};
use super::{CounterTraits, IndexEvent, IndexReading, IndexStep, Rule};
use crate::Amount;
use crate::journal::{CounterJournal, EntryId, Exchange, JournalEntry};

/// One counter of one point: fed readings in order of time, it books steps of energy and writes
/// the journal.
///
/// It holds no readings but the last few, so that a clone is a cheap place to go on from when
/// late readings come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    traits: CounterTraits,
    journal: CounterJournal,
    /// The last accepted reading. Jitter moves its instant and not its count.
    base: Option<IndexReading>,
    /// Whether another reading has borne the first base out.
    is_open: bool,
    held: HeldReadings,
    rhythm: Rhythm,
    pace: Pace,
    fed_until: Option<Timestamp>,
    /// The bases before this one, where no limit holds an index that goes up and comes back.
    trail: VecDeque<IndexReading>,
    stuck: Option<Stuck>,
    reset_ordered_at: Option<Timestamp>,
    exchanged: Option<Exchanged>,
    events: Vec<IndexEvent>,
}

/// The index has not moved since a verdict. If it comes back to the base that the verdict left,
/// all of that was one long glitch, such as the zeros of a gateway whose meter is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stuck {
    left: IndexReading,
    root: IndexReading,
    n_more: u32,
}

/// A meter was taken away, and the first reading of the new one is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exchanged {
    before: IndexReading,
    unit_before: Amount,
    exchange: Exchange,
    /// What the old meter counted to its closing index, in its counts.
    old_part: Option<i64>,
    silent: bool,
    held: HeldReadings,
}

/// An odd reading and two more that fit, each the one before.
const RUN_CONFIRMS: usize = 3;

/// A reading that was accepted for want of a limit counts as confirmed after as many.
const TRAIL_MAX: usize = RUN_CONFIRMS - 1;

/// A device obeys within seconds, but its index may be asked for as seldom as this.
const RESET_ORDER_LASTS: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error("a reading of {at} came after one of {fed_until}; make the journal again from before")]
    OutOfOrder { at: Timestamp, fed_until: Timestamp },
}

enum Relation {
    Onward,
    /// A count or two below the base.
    Jitter,
    Odd,
}

impl Counter {
    pub fn new(series: SeriesKey, traits: CounterTraits) -> Self {
        Self {
            traits,
            journal: CounterJournal::new(series),
            base: None,
            is_open: false,
            held: HeldReadings::default(),
            rhythm: Rhythm::default(),
            pace: Pace::default(),
            fed_until: None,
            trail: VecDeque::new(),
            stuck: None,
            reset_ordered_at: None,
            exchanged: None,
            events: Vec::new(),
        }
    }

    /// Of the meter that is mounted now.
    pub fn traits(&self) -> &CounterTraits {
        &self.traits
    }

    pub fn journal(&self) -> &CounterJournal {
        &self.journal
    }

    pub fn journal_mut(&mut self) -> &mut CounterJournal {
        &mut self.journal
    }

    /// Whether readings wait for later ones: live totals say "checking".
    pub fn is_checking(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes the next reading and answers what it brought about.
    ///
    /// # Errors
    ///
    /// [`FeedError::OutOfOrder`] unless it is later than all before, by a millisecond at least.
    pub fn feed(&mut self, reading: IndexReading) -> Result<&[IndexEvent], FeedError> {
        self.events.clear();
        let before = self.advance_to(reading.at)?;
        self.judge(reading);
        if let Some(before) = before {
            self.rhythm.learn(reading.at.duration_since(before));
        }
        self.show_pending();
        Ok(&self.events)
    }

    /// This application has ordered the counter to be set to zero: the next fall is that reset.
    ///
    /// # Errors
    ///
    /// [`FeedError::OutOfOrder`] if readings from after the order were fed already.
    pub fn reset_ordered(&mut self, at: Timestamp) -> Result<(), FeedError> {
        match self.fed_until {
            Some(fed_until) if fed_until > at => Err(FeedError::OutOfOrder { at, fed_until }),
            _ => {
                self.reset_ordered_at = Some(at);
                Ok(())
            }
        }
    }

    /// Another meter takes the place of the present one. Its first reading may come at the same
    /// instant only where no opening index is known.
    ///
    /// # Errors
    ///
    /// [`FeedError::OutOfOrder`] if readings from after the exchange were fed already.
    pub fn exchange(
        &mut self,
        exchange: Exchange,
        traits: CounterTraits,
    ) -> Result<&[IndexEvent], FeedError> {
        self.events.clear();
        if let Some(fed_until) = self.fed_until
            && fed_until > exchange.closed_at
        {
            let at = exchange.closed_at;
            return Err(FeedError::OutOfOrder { at, fed_until });
        }
        let exchanged = self.close(exchange);
        *self = Self {
            traits,
            base: None,
            is_open: false,
            pace: Pace::default(),
            trail: VecDeque::new(),
            stuck: None,
            reset_ordered_at: None,
            exchanged,
            ..mem::replace(self, Self::new(self.journal.series(), traits))
        };
        if let Some(opening) = exchange.opening {
            let reading = IndexReading::new(exchange.opened_at, opening);
            self.fed_until = Some(exchange.opened_at);
            self.base = Some(reading);
            self.open(reading);
        }
        self.show_pending();
        Ok(&self.events)
    }

    /// The present meter was taken away, and nothing is in its place yet.
    ///
    /// # Errors
    ///
    /// [`FeedError::OutOfOrder`] if readings from after that were fed already.
    pub fn take_away(&mut self, at: Timestamp, closing: i64) -> Result<&[IndexEvent], FeedError> {
        self.events.clear();
        self.advance_to(at)?;
        let closing = IndexReading::new(at, closing);
        if self.is_open
            && let Some(base) = self.base
            && closing.count >= base.count.saturating_sub(SLACK)
        {
            self.accept(base, closing);
        }
        self.show_pending();
        Ok(&self.events)
    }

    /// Moves on in time; answers the instant of the reading before.
    fn advance_to(&mut self, at: Timestamp) -> Result<Option<Timestamp>, FeedError> {
        match self.fed_until {
            // Entries are known by milliseconds, as samples are.
            Some(fed_until) if fed_until.as_millisecond() >= at.as_millisecond() => {
                Err(FeedError::OutOfOrder { at, fed_until })
            }
            _ => Ok(self.fed_until.replace(at)),
        }
    }

    fn judge(&mut self, reading: IndexReading) {
        let Some(base) = self.base else {
            self.base = Some(reading);
            return;
        };
        if !self.is_open {
            if self.limit_from_base(&base, &reading) < reading.count.saturating_sub(base.count)
                || !self.fits(&base, &reading)
            {
                return self.hold(reading);
            }
            self.open(base);
        }
        if let Some(stuck) = self.stuck
            && self.comes_back_to(stuck, &base, &reading)
        {
            return self.hold(reading);
        }
        match self.relation(&base, &reading) {
            Relation::Onward | Relation::Jitter => self.accept(base, reading),
            Relation::Odd if self.is_ordered_reset(&base, &reading) => {
                self.enter(Ruling::ordered_reset(&reading), base, reading);
                self.base = Some(reading);
                self.trail.clear();
                self.reset_ordered_at = None;
            }
            Relation::Odd => self.hold(reading),
        }
    }

    fn relation(&self, base: &IndexReading, reading: &IndexReading) -> Relation {
        let step = reading.count.saturating_sub(base.count);
        // A count that the ring has no room for is bad, or belies the ring; three will tell.
        let leaves_the_ring = |ring: i64| base.count < ring && reading.count >= ring;
        if reading.is_of_another_meter_than(base) || self.traits.ring.is_some_and(leaves_the_ring) {
            Relation::Odd
        } else if (0..=self.limit_from_base(base, reading)).contains(&step) {
            Relation::Onward
        } else if (-SLACK..0).contains(&step) {
            Relation::Jitter
        } else {
            Relation::Odd
        }
    }

    fn has_no_limit(&self) -> bool {
        self.traits.max_per_hour.is_none()
    }

    fn limit(&self, from: &IndexReading, until: &IndexReading) -> i64 {
        self.traits.limit(from.at, until.at).unwrap_or(i64::MAX)
    }

    /// A device that cannot reach its meter yet often says zero. Where no limit would stop the
    /// lifetime total from being booked in one step, a series that begins with zeros waits for
    /// two more readings to show how fast the counter counts.
    fn limit_from_base(&self, base: &IndexReading, reading: &IndexReading) -> i64 {
        let opening = self.journal.opening();
        let only_zeros = opening.is_none_or(|opening| opening.reading.count == 0);
        if self.has_no_limit() && base.count == 0 && only_zeros && self.exchanged.is_none() {
            SLACK
        } else {
            self.limit(base, reading)
        }
    }

    /// One reading fits another before it when its step, over the ring if need be, is possible.
    fn fits(&self, before: &IndexReading, after: &IndexReading) -> bool {
        if after.is_of_another_meter_than(before) {
            return false;
        }
        let step = after.count.saturating_sub(before.count);
        let limit = self.limit(before, after);
        let over_the_ring = |ring: i64| {
            let has_room = before.count < ring && after.count >= 0;
            has_room && step < 0 && (0..=limit).contains(&step.saturating_add(ring))
        };
        (-SLACK..=limit).contains(&step) || self.traits.ring.is_some_and(over_the_ring)
    }

    /// Whether an index that came back could have got there from a held reading as well. Then that
    /// one may have been good, after a small step back.
    fn may_go_on_from_held(&self, reading: &IndexReading) -> bool {
        self.held.readings().iter().any(|held| {
            let step = reading.count.saturating_sub(held.count);
            let elapsed = elapsed_ns(held.at, reading.at);
            let limit = self.traits.limit(held.at, reading.at);
            (0..=limit.unwrap_or_else(|| self.pace.limit(elapsed))).contains(&step)
        })
    }

    /// Books the step from the base to a reading that goes on from it. What was held in between
    /// was a glitch.
    fn accept(&mut self, base: IndexReading, reading: IndexReading) {
        let after = IndexReading {
            count: reading.count.max(base.count),
            ..reading
        };
        let step = Some(after.count.saturating_sub(base.count));
        let silent = self.is_silence(&base, &reading);
        if self.is_checking() {
            let ruling = Ruling {
                doubtful: self.held.had_verdict() || self.may_go_on_from_held(&reading),
                ..Ruling::new(IndexStep::Glitch, Rule::Return, step)
            };
            self.enter(ruling, base, after);
        } else if silent {
            let limit = self.limit(&base, &reading);
            let may_have_turned = self.traits.ring.is_some_and(|ring| limit >= ring);
            let ruling = Ruling {
                lower_bound: may_have_turned && !self.has_no_limit(),
                ..Ruling::new(IndexStep::CatchUp, Rule::Silence, step)
            };
            self.enter(ruling, base, after);
        } else {
            if reading.count < base.count {
                self.journal.stand_still(after);
            } else {
                self.journal.go_on(after);
            }
            self.events.push(IndexEvent::Stepped {
                kind: IndexStep::Normal,
                before: base,
                after,
                step: step.map(|counts| self.traits.unit.times(counts)),
            });
        }
        self.base = Some(after);
        self.remember(base, after);
    }

    /// What later readings may need to know about an accepted one.
    fn remember(&mut self, base: IndexReading, after: IndexReading) {
        let moved = after.count > base.count;
        if self.has_no_limit() && moved {
            self.trail.push_back(base);
            if self.trail.len() > TRAIL_MAX
                && let Some(confirmed) = self.trail.pop_front()
                && let Some(next) = self.trail.front()
            {
                self.pace.see(&confirmed, next);
            }
        }
        self.stuck = self.stuck.filter(|_| !moved).map(|stuck| Stuck {
            n_more: stuck.n_more.saturating_add(1),
            ..stuck
        });
    }

    fn hold(&mut self, reading: IndexReading) {
        self.events.push(IndexEvent::Held(reading));
        let mut held = mem::take(&mut self.held);
        let run = held.push(reading, |before, after| self.fits(before, after));
        self.held = held;
        let returned = run.before.and_then(|first| {
            let mut bases = self.trail.iter();
            let index = bases.rposition(|base| base.count <= first.count)?;
            Some((index, first))
        });
        if let Some((index, first)) = returned {
            self.come_back(index, first);
        } else if run.n_readings >= RUN_CONFIRMS {
            self.settle(run.root);
        }
    }

    /// The readings since `root` agree with each other and not with the base: gives the verdict.
    fn settle(&mut self, root: IndexReading) {
        let later = self.held.split_at(&root);
        if self.has_no_limit()
            && let Some(last) = later.last()
        {
            self.pace.see(&root, last);
            self.take_back_what_was_too_fast();
        }
        let Some(base) = self.base else { return };
        if let Some(stuck) = self.stuck
            && self.comes_back_to(stuck, &base, &root)
        {
            self.unstick(stuck, root);
            return self.judge_all(later);
        }
        let ruling = rule(&self.traits, &self.pace, &base, &root);
        if ruling.kind == IndexStep::Normal {
            if !self.is_open {
                self.open(base);
            }
            self.accept(base, root);
        } else if self.is_open {
            self.enter(ruling, base, root);
            self.base = Some(root);
            self.trail.clear();
            self.stuck = Some(Stuck {
                left: base,
                root,
                n_more: 0,
            });
        } else {
            self.drop_first(base, root);
        }
        self.judge_all(later);
    }

    /// Where no limit holds an index that goes up, its last steps are not confirmed. Those that
    /// were faster than all others are no base for a verdict.
    fn take_back_what_was_too_fast(&mut self) {
        let mut bad = VecDeque::new();
        while let Some(base) = self.base
            && let Some(before) = self.trail.back().copied()
            && base.count.saturating_sub(before.count)
                > self.pace.limit(elapsed_ns(before.at, base.at))
        {
            bad.push_front(base);
            self.trail.pop_back();
            self.take_back(before);
        }
        self.held.put_before(bad, 0);
    }

    fn judge_all(&mut self, readings: Vec<IndexReading>) {
        for reading in readings {
            self.judge(reading);
        }
    }

    /// The first reading of the series, or of a new meter, was not borne out: another one is.
    fn drop_first(&mut self, first: IndexReading, root: IndexReading) {
        self.held.put_before([first], 0);
        if let Some(exchanged) = &mut self.exchanged {
            exchanged.held.append(mem::take(&mut self.held));
        } else {
            let ruling = Ruling::new(IndexStep::Glitch, Rule::FirstNotBorneOut, Some(0));
            let held = mem::take(&mut self.held);
            let entry = self.entry(ruling, first, root, &held);
            self.journal.record_before_opening(entry);
        }
        self.base = Some(root);
        self.open(root);
    }

    /// Where no limit holds an index that goes up, it is found by its return to an earlier base:
    /// what was booked in between is taken back.
    fn come_back(&mut self, index: usize, first: IndexReading) {
        let returned_to = self.trail[index];
        let bad = self.trail.split_off(index).into_iter().skip(1);
        let later = self.held.split_at(&first);
        self.held.put_before(bad.chain(self.base), 0);
        self.take_back(returned_to);
        self.accept(returned_to, first);
        self.judge_all(later);
    }

    fn comes_back_to(&self, stuck: Stuck, base: &IndexReading, reading: &IndexReading) -> bool {
        let goes_on = matches!(
            self.relation(base, reading),
            Relation::Onward | Relation::Jitter
        );
        let limit = self.limit(&stuck.left, reading);
        let step = reading.count.saturating_sub(stuck.left.count);
        let is_on_the_way = if stuck.left.count > base.count {
            reading.count > base.count.saturating_add(SLACK)
        } else {
            reading.count < base.count.saturating_sub(SLACK)
        };
        is_on_the_way
            && (!goes_on || self.has_no_limit())
            && !reading.is_of_another_meter_than(&stuck.left)
            && (-SLACK..=limit).contains(&step)
    }

    fn unstick(&mut self, stuck: Stuck, reading: IndexReading) {
        self.held.put_before([stuck.root], stuck.n_more);
        self.held.mark_verdict();
        self.stuck = None;
        self.take_back(stuck.left);
        self.accept(stuck.left, reading);
    }

    fn take_back(&mut self, since: IndexReading) {
        self.journal.retract(since);
        self.base = Some(since);
        self.events.push(IndexEvent::Retracted { since: since.at });
    }

    fn is_ordered_reset(&self, base: &IndexReading, reading: &IndexReading) -> bool {
        self.reset_ordered_at.is_some_and(|ordered_at| {
            reading.at.duration_since(ordered_at) <= RESET_ORDER_LASTS
                && reading.count < base.count
                && (0..=self.limit(base, reading)).contains(&reading.count)
        })
    }

    fn is_silence(&self, before: &IndexReading, after: &IndexReading) -> bool {
        self.rhythm
            .is_silence(before.at, after.at, self.traits.period)
    }
}

/// What goes into the journal.
impl Counter {
    /// Energy is known from this reading on.
    fn open(&mut self, reading: IndexReading) {
        self.is_open = true;
        let Some(exchanged) = self.exchanged.take() else {
            self.journal.open(reading, self.traits.unit);
            self.events.push(IndexEvent::Opened(reading));
            return;
        };
        let both_known = exchanged.exchange.opening.and(exchanged.old_part);
        let old_part = exchanged
            .old_part
            .map(|counts| exchanged.unit_before.times(counts));
        let ruling = Ruling::new(IndexStep::Replacement, Rule::ExchangeDeclared, None);
        let entry = JournalEntry {
            id: EntryId::new(
                self.journal.series(),
                exchanged.before.at,
                exchanged.exchange.closed_at,
            ),
            unit_before: exchanged.unit_before,
            step: both_known.and(old_part),
            proposal: if both_known.is_some() { None } else { old_part },
            silent: exchanged.silent,
            exchange: Some(exchanged.exchange),
            ..self.entry(ruling, exchanged.before, reading, &exchanged.held)
        };
        self.record(entry);
    }

    /// Ends the work of the present meter, if there was one.
    fn close(&mut self, exchange: Exchange) -> Option<Exchanged> {
        let held = mem::take(&mut self.held);
        if !self.is_open {
            // The meter between was never heard of, so that nobody knows what it counted.
            return self.exchanged.take().map(|earlier| Exchanged {
                exchange: Exchange {
                    closing: None,
                    opened_at: exchange.opened_at,
                    opening: exchange.opening,
                    ..earlier.exchange
                },
                old_part: None,
                ..earlier
            });
        }
        let before = self.base?;
        let closing = exchange
            .closing
            .map(|count| IndexReading::new(exchange.closed_at, count));
        Some(Exchanged {
            before,
            unit_before: self.traits.unit,
            exchange,
            old_part: closing.and_then(|closing| self.step_to_closing(&before, &closing)),
            silent: closing.is_some_and(|closing| self.is_silence(&before, &closing)),
            held,
        })
    }

    /// A declared index is taken as it is; only one below the last reading has to be explained.
    fn step_to_closing(&self, before: &IndexReading, closing: &IndexReading) -> Option<i64> {
        let step = closing.count.saturating_sub(before.count);
        if step >= -SLACK {
            return Some(step.max(0));
        }
        let over_the_ring = step.saturating_add(self.traits.ring?);
        (0..=self.limit(before, closing))
            .contains(&over_the_ring)
            .then_some(over_the_ring)
    }

    /// Records a verdict; what is held goes into its entry.
    fn enter(&mut self, ruling: Ruling, base: IndexReading, after: IndexReading) {
        let held = mem::take(&mut self.held);
        let entry = self.entry(ruling, base, after, &held);
        self.record(entry);
    }

    fn record(&mut self, entry: JournalEntry) {
        self.events.push(IndexEvent::Stepped {
            kind: entry.kind,
            before: entry.before,
            after: entry.after,
            step: entry.step,
        });
        self.journal.record(entry);
    }

    fn entry(
        &self,
        ruling: Ruling,
        before: IndexReading,
        after: IndexReading,
        held: &HeldReadings,
    ) -> JournalEntry {
        let unit = self.traits.unit;
        let odd_at = held
            .first()
            .map_or(after.at, |first| first.at.min(after.at));
        JournalEntry {
            id: EntryId::new(self.journal.series(), before.at, odd_at),
            kind: ruling.kind,
            before,
            after,
            unit_before: unit,
            unit_after: unit,
            step: ruling.step.map(|counts| unit.times(counts)),
            proposal: ruling.proposal.map(|counts| unit.times(counts)),
            held: held.readings(),
            n_held: held.count(),
            rule: ruling.rule,
            ring: ruling.ring,
            lower_bound: ruling.lower_bound,
            doubtful: ruling.doubtful,
            silent: self.is_silence(&before, &after),
            exchange: None,
            confirmed_at: self.fed_until.unwrap_or(after.at),
        }
    }

    fn show_pending(&mut self) {
        let newest = self.held.readings().last().copied();
        let pending = self.base.zip(newest).map(|(base, newest)| {
            let ruling = Ruling::new(IndexStep::Pending, Rule::Unconfirmed, None);
            self.entry(ruling, base, newest, &self.held)
        });
        self.journal.set_pending(pending);
    }
}
