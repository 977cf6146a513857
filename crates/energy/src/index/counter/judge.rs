use std::collections::VecDeque;

use super::super::ruling::{Ruling, rule};
use super::super::traits::{SLACK, elapsed_ns};
use super::super::{IndexEvent, IndexReading, IndexStep, Rule};
use super::Counter;
use super::watch::{RESET_ORDER_LASTS, RUN_CONFIRMS, Stuck};

enum Relation {
    Onward,
    /// A count or two below the base.
    Jitter,
    Odd,
}

/// How a reading is taken.
impl Counter {
    pub(super) fn judge(&mut self, reading: IndexReading) {
        let Some(base) = self.watch.base else {
            self.watch.base = Some(reading);
            return;
        };
        if !self.watch.is_open {
            if self.limit_from_base(&base, &reading) < reading.count.saturating_sub(base.count)
                || !self.fits(&base, &reading)
            {
                return self.hold(reading);
            }
            self.open(base);
        }
        if let Some(stuck) = self.watch.stuck
            && self.comes_back_to(stuck, &base, &reading)
        {
            return self.hold(reading);
        }
        match self.relation(&base, &reading) {
            Relation::Onward | Relation::Jitter => self.accept(base, reading),
            Relation::Odd if self.is_ordered_reset(&base, &reading) => {
                self.enter(Ruling::ordered_reset(&reading), base, reading);
                self.watch.base = Some(reading);
                self.watch.trail.clear();
                self.watch.stuck = None;
                self.watch.reset_ordered_at = None;
            }
            Relation::Odd => self.hold(reading),
        }
    }

    fn judge_all(&mut self, readings: Vec<IndexReading>) {
        for reading in readings {
            self.judge(reading);
        }
    }

    /// Books the step from the base to a reading that goes on from it. What was held in between
    /// was a glitch.
    pub(super) fn accept(&mut self, base: IndexReading, reading: IndexReading) {
        let after = IndexReading {
            count: reading.count.max(base.count),
            ..reading
        };
        let step = Some(after.count.saturating_sub(base.count));
        let silent = self.is_silence(&base, &reading);
        if self.is_checking() {
            let ruling = Ruling {
                doubtful: self.watch.held.had_verdict() || self.may_go_on_from_held(&reading),
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
        let has_limit = !self.has_no_limit();
        self.watch.remember(base, after, has_limit);
    }

    fn hold(&mut self, reading: IndexReading) {
        self.events.push(IndexEvent::Held(reading));
        let mut held = std::mem::take(&mut self.watch.held);
        let run = held.push(reading, |before, after| self.fits(before, after));
        self.watch.held = held;
        let returned = run.before.and_then(|first| {
            let mut bases = self.watch.trail.iter();
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
        let later = self.watch.held.split_at(&root);
        if self.has_no_limit()
            && let Some(last) = later.last()
        {
            self.watch.pace.see(&root, last);
            self.take_back_what_was_too_fast();
        }
        let Some(base) = self.watch.base else { return };
        if let Some(stuck) = self.watch.stuck
            && self.comes_back_to(stuck, &base, &root)
        {
            self.unstick(stuck, root);
            return self.judge_all(later);
        }
        let ruling = rule(&self.traits, &self.watch.pace, &base, &root);
        if ruling.kind == IndexStep::Normal {
            if !self.watch.is_open {
                self.open(base);
            }
            self.accept(base, root);
        } else if self.watch.is_open {
            self.enter(ruling, base, root);
            self.watch.base = Some(root);
            self.watch.trail.clear();
            self.watch.stuck = Some(Stuck {
                left: base,
                root,
                n_more: 0,
            });
        } else {
            self.drop_first(base, root);
        }
        self.judge_all(later);
    }

    /// The first reading of the series, or of a new meter, was not borne out: another one is.
    fn drop_first(&mut self, first: IndexReading, root: IndexReading) {
        self.watch.held.put_before([first], 0);
        if let Some(exchanged) = &mut self.watch.exchanged {
            exchanged.held.append(std::mem::take(&mut self.watch.held));
        } else {
            let ruling = Ruling::new(IndexStep::Glitch, Rule::FirstNotBorneOut, Some(0));
            let held = std::mem::take(&mut self.watch.held);
            let entry = self.entry(ruling, first, root, &held);
            self.journal.record_before_opening(entry);
        }
        self.watch.base = Some(root);
        self.open(root);
    }

    /// Where no limit holds an index that goes up, it is found by its return to an earlier base:
    /// what was booked in between is taken back.
    fn come_back(&mut self, index: usize, first: IndexReading) {
        let returned_to = self.watch.trail[index];
        let bad = self.watch.trail.split_off(index).into_iter().skip(1);
        let later = self.watch.held.split_at(&first);
        self.watch.held.put_before(bad.chain(self.watch.base), 0);
        self.take_back(returned_to);
        self.accept(returned_to, first);
        self.judge_all(later);
    }

    /// Where no limit holds an index that goes up, its last steps are not confirmed. Those that
    /// were faster than all others are no base for a verdict.
    fn take_back_what_was_too_fast(&mut self) {
        let mut bad = VecDeque::new();
        while let Some(base) = self.watch.base
            && let Some(before) = self.watch.trail.back().copied()
            && base.count.saturating_sub(before.count)
                > self.watch.pace.limit(elapsed_ns(before.at, base.at))
        {
            bad.push_front(base);
            self.watch.trail.pop_back();
            self.take_back(before);
        }
        self.watch.held.put_before(bad, 0);
    }

    fn unstick(&mut self, stuck: Stuck, reading: IndexReading) {
        self.watch.held.put_before([stuck.root], stuck.n_more);
        self.watch.held.mark_verdict();
        self.watch.stuck = None;
        self.take_back(stuck.left);
        self.accept(stuck.left, reading);
    }

    fn take_back(&mut self, since: IndexReading) {
        self.journal.retract(since);
        self.watch.base = Some(since);
        self.events.push(IndexEvent::Retracted { since: since.at });
    }
}

/// What could be.
impl Counter {
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

    pub(super) fn limit(&self, from: &IndexReading, until: &IndexReading) -> i64 {
        self.traits.limit(from.at, until.at).unwrap_or(i64::MAX)
    }

    /// A device that cannot reach its meter yet often says zero. Where no limit would stop the
    /// lifetime total from being booked in one step, a series that begins with zeros waits for
    /// two more readings to show how fast the counter counts.
    fn limit_from_base(&self, base: &IndexReading, reading: &IndexReading) -> i64 {
        let opening = self.journal.opening();
        let only_zeros = opening.is_none_or(|opening| opening.reading.count == 0);
        if self.has_no_limit() && base.count == 0 && only_zeros && self.watch.exchanged.is_none() {
            SLACK
        } else {
            self.limit(base, reading)
        }
    }

    fn has_no_limit(&self) -> bool {
        self.traits.max_per_hour.is_none()
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

    /// Whether an index that came back could have got there from a held reading as well. Then that
    /// one may have been good, after a small step back.
    fn may_go_on_from_held(&self, reading: &IndexReading) -> bool {
        self.watch.held.readings().iter().any(|held| {
            let step = reading.count.saturating_sub(held.count);
            let elapsed = elapsed_ns(held.at, reading.at);
            let limit = self.traits.limit(held.at, reading.at);
            (0..=limit.unwrap_or_else(|| self.watch.pace.limit(elapsed))).contains(&step)
        })
    }

    fn is_ordered_reset(&self, base: &IndexReading, reading: &IndexReading) -> bool {
        self.watch.reset_ordered_at.is_some_and(|ordered_at| {
            reading.at.duration_since(ordered_at) <= RESET_ORDER_LASTS
                && reading.count < base.count
                && (0..=self.limit(base, reading)).contains(&reading.count)
        })
    }

    pub(super) fn is_silence(&self, before: &IndexReading, after: &IndexReading) -> bool {
        self.rhythm
            .is_silence(before.at, after.at, self.traits.period)
    }
}
