//! The counter journal: every odd step of a counter, with what it was taken for and why.
//!
//! A [`JournalEntry`] is what the rules made of a step. A person can put a [`Verdict`] over it and
//! take it away again; neither touches a reading or another entry, so undoing one restores every
//! sum to the count. The id of an entry is made of its series and its instants, so that a journal
//! that is made again from the readings finds its verdicts again.
//!
//! # Invariants
//!
//! - Entries are in order of time and do not overlap; between them the index grows.
//! - A verdict changes energies only inside the span that [`CounterJournal::decide`] answers.
//! - A verdict whose entry is gone is not lost: [`CounterJournal::unmatched_verdicts`].

mod entry;
mod id;
mod series;
mod verdict;

use std::collections::BTreeMap;

use model::SeriesKey;
use serde::{Deserialize, Serialize};

pub use entry::{Exchange, JournalEntry};
pub use id::{EntryId, UnknownEntryId};
pub use verdict::{Decided, Decision, Verdict, VerdictError};

use crate::{Amount, IndexReading, Span};

/// The journal of one counter of one point, over all meters that were mounted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterJournal {
    #[serde(with = "series")]
    series: SeriesKey,
    opening: Option<Opening>,
    /// The newest accepted reading; jitter does not move its count.
    last: Option<IndexReading>,
    entries: Vec<JournalEntry>,
    plateaus: Vec<Plateau>,
    pending: Option<JournalEntry>,
    /// Kept where people's work is kept, and restored from there.
    #[serde(skip)]
    verdicts: BTreeMap<EntryId, Verdict>,
}

/// Where energy begins to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opening {
    pub(crate) reading: IndexReading,
    pub(crate) unit: Amount,
}

/// Readings that lie a count or two below the one before: the index stands still there. No entry,
/// since nothing is wrong; but a curve must not follow them down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plateau {
    pub(crate) span: Span,
    pub(crate) count: i64,
}

impl CounterJournal {
    pub fn new(series: SeriesKey) -> Self {
        Self {
            series,
            opening: None,
            last: None,
            entries: Vec::new(),
            plateaus: Vec::new(),
            pending: None,
            verdicts: BTreeMap::new(),
        }
    }

    pub fn series(&self) -> SeriesKey {
        self.series
    }

    /// From the first reading that counts to the last one; `None` before there are any.
    pub fn known_span(&self) -> Option<Span> {
        Some(Span::new(self.opening?.reading.at, self.last?.at))
    }

    /// All entries in order of time, each as it stands after the verdicts of people. The last
    /// one may be pending.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Decided<'_>> {
        self.entries
            .iter()
            .chain(&self.pending)
            .map(|entry| Decided::new(entry, self.verdicts.get(&entry.id)))
    }

    pub fn entry(&self, id: &EntryId) -> Option<Decided<'_>> {
        self.entries().find(|decided| decided.entry.id == *id)
    }

    /// Puts a person's verdict over that of the rules, or over an earlier one. Answers the span
    /// whose energies may now be others.
    ///
    /// # Errors
    ///
    /// [`VerdictError`] if there is no such entry, it is still pending, or the decision does not
    /// fit it. Nothing changes then.
    pub fn decide(&mut self, id: EntryId, verdict: Verdict) -> Result<Span, VerdictError> {
        let decided = self.entry(&id).ok_or(VerdictError::NoSuchEntry { id })?;
        verdict.check(decided.entry)?;
        let span = decided.entry.span();
        self.verdicts.insert(id, verdict);
        Ok(span)
    }

    /// Takes a person's verdict away: what the rules said stands again.
    ///
    /// # Errors
    ///
    /// [`VerdictError::NoVerdict`] if nobody gave one.
    pub fn undo(&mut self, id: EntryId) -> Result<Span, VerdictError> {
        self.verdicts
            .remove(&id)
            .ok_or(VerdictError::NoVerdict { id })?;
        let entry = self.entry(&id);
        entry.map_or(Err(VerdictError::NoSuchEntry { id }), |decided| {
            Ok(decided.entry.span())
        })
    }

    /// Takes back verdicts that were kept elsewhere. Their entries may come later, as the
    /// readings are fed.
    pub fn restore_verdicts(&mut self, verdicts: impl IntoIterator<Item = (EntryId, Verdict)>) {
        self.verdicts.extend(verdicts);
    }

    /// Verdicts of which the entry is gone, since a reading that came late explains the step, or
    /// that do not fit what is there now. They change nothing until somebody looks at them.
    pub fn unmatched_verdicts(&self) -> impl Iterator<Item = (&EntryId, &Verdict)> {
        self.verdicts.iter().filter(|(id, verdict)| {
            self.entry(id)
                .is_none_or(|decided| verdict.check(decided.entry).is_err())
        })
    }

    /// The part of two journals of one counter in which they differ: what has to be computed
    /// again after late readings. `None` if they are alike.
    pub fn difference(&self, other: &Self) -> Option<Span> {
        let by_id = |journal: &'_ Self| -> BTreeMap<EntryId, JournalEntry> {
            let entries = journal.entries.iter().chain(&journal.pending);
            entries.map(|entry| (entry.id, entry.clone())).collect()
        };
        let (mine, theirs) = (by_id(self), by_id(other));
        let is_only_in =
            |entry: &&JournalEntry, others: &BTreeMap<_, _>| others.get(&entry.id) != Some(*entry);
        let only_mine = mine.values().filter(|entry| is_only_in(entry, &theirs));
        let only_theirs = theirs.values().filter(|entry| is_only_in(entry, &mine));
        only_mine
            .chain(only_theirs)
            .map(JournalEntry::span)
            .reduce(Span::hull)
    }
}

/// What a counter writes.
impl CounterJournal {
    pub(crate) fn open(&mut self, reading: IndexReading, unit: Amount) {
        self.opening = Some(Opening { reading, unit });
        self.last = Some(reading);
    }

    /// A normal step up to a reading.
    pub(crate) fn go_on(&mut self, reading: IndexReading) {
        self.last = Some(reading);
    }

    /// A reading just below the last one: the index stands still until then.
    pub(crate) fn stand_still(&mut self, reading: IndexReading) {
        let Some(last) = self.last.replace(reading) else {
            return;
        };
        match self.plateaus.last_mut() {
            Some(plateau) if plateau.span.until == last.at => plateau.span.until = reading.at,
            _ => self.plateaus.push(Plateau {
                span: Span::new(last.at, reading.at),
                count: last.count,
            }),
        }
    }

    pub(crate) fn record(&mut self, entry: JournalEntry) {
        self.last = Some(entry.after);
        self.entries.push(entry);
    }

    /// An entry about readings from before the opening.
    pub(crate) fn record_before_opening(&mut self, entry: JournalEntry) {
        self.entries.push(entry);
    }

    /// Forgets all that came after a reading which was accepted once.
    pub(crate) fn retract(&mut self, since: IndexReading) {
        self.entries.retain(|entry| entry.before.at < since.at);
        self.plateaus.retain(|plateau| plateau.span.from < since.at);
        self.last = Some(since);
    }

    pub(crate) fn set_pending(&mut self, pending: Option<JournalEntry>) {
        self.pending = pending;
    }

    pub(crate) fn opening(&self) -> Option<Opening> {
        self.opening
    }

    pub(crate) fn last(&self) -> Option<IndexReading> {
        self.last
    }

    pub(crate) fn plateaus(&self) -> &[Plateau] {
        &self.plateaus
    }

    pub(crate) fn confirmed_entries(&self) -> impl Iterator<Item = Decided<'_>> {
        self.entries
            .iter()
            .map(|entry| Decided::new(entry, self.verdicts.get(&entry.id)))
    }

    pub(crate) fn pending(&self) -> Option<&JournalEntry> {
        self.pending.as_ref()
    }
}
