use std::mem;

use super::super::held::HeldReadings;
use super::super::ruling::Ruling;
use super::super::traits::SLACK;
use super::super::{IndexEvent, IndexReading, IndexStep, Ring, Rule};
use super::Counter;
use super::watch::Exchanged;
use crate::journal::{EntryId, Exchange, JournalEntry};

/// What goes into the journal.
impl Counter {
    /// Energy is known from this reading on.
    pub(super) fn open(&mut self, reading: IndexReading) {
        self.watch.is_open = true;
        let Some(exchanged) = self.watch.exchanged.take() else {
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
    pub(super) fn close(&mut self, exchange: Exchange) -> Option<Exchanged> {
        let held = mem::take(&mut self.watch.held);
        if !self.watch.is_open {
            // The meter between was never heard of, so that nobody knows what it counted.
            return self.watch.exchanged.take().map(|earlier| Exchanged {
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
        let before = self.watch.base?;
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
    pub(super) fn enter(&mut self, ruling: Ruling, base: IndexReading, after: IndexReading) {
        let held = mem::take(&mut self.watch.held);
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

    pub(super) fn entry(
        &self,
        ruling: Ruling,
        before: IndexReading,
        after: IndexReading,
        held: &HeldReadings,
    ) -> JournalEntry {
        let unit = self.traits.unit;
        let known_ring = self.traits.ring.map(|counts| Ring {
            counts,
            assumed: false,
        });
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
            ring: ruling.ring.or(known_ring),
            lower_bound: ruling.lower_bound,
            doubtful: ruling.doubtful,
            silent: self.is_silence(&before, &after),
            exchange: None,
            confirmed_at: self.fed_until.unwrap_or(after.at),
        }
    }

    pub(super) fn show_pending(&mut self) {
        let newest = self.watch.held.readings().last().copied();
        let pending = self.watch.base.zip(newest).map(|(base, newest)| {
            let ruling = Ruling::new(IndexStep::Pending, Rule::Unconfirmed, None);
            self.entry(ruling, base, newest, &self.watch.held)
        });
        self.journal.set_pending(pending);
    }
}
