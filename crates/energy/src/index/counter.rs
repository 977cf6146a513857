use jiff::{SignedDuration, Timestamp};
use model::SeriesKey;
use serde::{Deserialize, Serialize};

use super::rhythm::Rhythm;
use super::traits::SLACK;
use super::{CounterTraits, IndexEvent, IndexReading};
use crate::journal::{CounterJournal, Exchange};
use watch::Watch;

mod book;
mod judge;
mod watch;

/// One counter of one point: fed readings in order of time, it books steps of energy and writes
/// the journal.
///
/// It holds no readings but the last few. A copy of it, in memory or serialised, is a place to go
/// on from: when late readings come, or at the next start, instead of years of readings. Verdicts
/// of people are not in a serialised copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    traits: CounterTraits,
    journal: CounterJournal,
    fed_until: Option<Timestamp>,
    rhythm: Rhythm,
    watch: Watch,
    #[serde(skip)]
    events: Vec<IndexEvent>,
}

/// Raised when the same readings would make another journal, or a serialised copy of a [`Counter`]
/// has another shape: older copies are then made again from the readings.
pub const RULES_VERSION: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error("a reading of {at} came after one of {fed_until}; make the journal again from before")]
    OutOfOrder { at: Timestamp, fed_until: Timestamp },
}

impl Counter {
    pub fn new(series: SeriesKey, traits: CounterTraits) -> Self {
        Self {
            traits,
            journal: CounterJournal::new(series),
            fed_until: None,
            rhythm: Rhythm::default(),
            watch: Watch::default(),
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

    /// How far it was fed: readings from after this instant are the next ones.
    pub fn fed_until(&self) -> Option<Timestamp> {
        self.fed_until
    }

    /// Whether readings wait for later ones: live totals say "checking".
    pub fn is_checking(&self) -> bool {
        !self.watch.held.is_empty()
    }

    /// Before the first readings of a meter: how far apart they come, as far as that is known.
    pub fn expect_intervals(&mut self, first: impl IntoIterator<Item = SignedDuration>) {
        self.rhythm = Rhythm::of(first);
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
                self.watch.reset_ordered_at = Some(at);
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
        self.traits = traits;
        self.watch = Watch {
            exchanged,
            ..Watch::default()
        };
        if let Some(opening) = exchange.opening {
            let reading = IndexReading::new(exchange.opened_at, opening);
            self.fed_until = Some(exchange.opened_at);
            self.watch.base = Some(reading);
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
        if self.watch.is_open
            && let Some(base) = self.watch.base
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
}
