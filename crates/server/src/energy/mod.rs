//! How much was used at each point: the counters of the `energy` crate over the readings of the
//! history, the mounts of the site and the verdicts of people.
//!
//! [`EnergyService`] keeps a ledger per point and counter. It is made from the history when
//! somebody first asks, and from then on only takes what came since; a site in which other meters
//! are mounted, an import or a reading that came late makes it anew. The journal is never stored:
//! the same readings make the same one, and what people said about it lies in the configuration.
//!
//! # Invariants
//!
//! - There is no other way to an energy in this program.
//! - A ledger has seen every stored reading up to its newest one.
//! - A verdict is kept before it counts.
//!
//! Start with `ledger.rs`; `stretch.rs` says what is known of a counter beforehand.

mod around;
mod keeper;
mod ledger;
mod ordered_resets;
mod resolution;
mod stretch;
mod verdicts;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use energy::civil::{CivilError, SiteCalendar};
use energy::{
    CounterJournal, Decision, EntryId, IndexStep, JournalEntry, MountError, Span, StepEnergy,
    Verdict, VerdictError,
};
use history::{HistoryError, HistoryStore, Sample};
use jiff::{SignedDuration, Timestamp};
use model::{Clock, CounterKind, Measurand, PointId, SeriesKey, ValueKind};

use crate::config_db::{ConfigDb, ConfigDbError};
use crate::site::{Site, SiteStore};
pub use keeper::Importing;
use keeper::Kept;
use ledger::{Beforehand, Ledger, soon};
use ordered_resets::OrderedResets;
use verdicts::VerdictStore;

/// Samples that are in memory at a time while a ledger is made.
const PAGE_SAMPLES: usize = 20_000;

/// The history keeps nothing from after this; see `Sample::is_storable`.
const END: Timestamp = Timestamp::constant(u32::MAX as i64 + 1, 0);

/// What the history tells instants apart by.
const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

/// Indexes are thinned to one per ten minutes when they are old, and a journal made again from
/// those must not find silences that were none.
const LEAST_PERIOD: SignedDuration = SignedDuration::from_mins(10);

/// Keeps the counters of all points.
#[derive(Debug)]
pub struct EnergyService {
    store: Arc<dyn HistoryStore>,
    site: Arc<SiteStore>,
    verdicts: VerdictStore,
    ordered_resets: OrderedResets,
    clock: Arc<dyn Clock>,
    least_period: SignedDuration,
    ledgers: Mutex<HashMap<SeriesKey, Arc<tokio::sync::Mutex<Slot>>>>,
    arrivals: Mutex<HashMap<SeriesKey, Arrivals>>,
    kept: Mutex<Kept>,
}

/// The place of a ledger; empty until it is made.
#[derive(Debug, Default)]
struct Slot {
    ledger: Option<Ledger>,
    /// How many times readings had come late when it was made.
    n_late: u64,
}

/// What is known of the order in which the readings of a series come.
#[derive(Debug, Clone, Copy, Default)]
struct Arrivals {
    newest: Option<Timestamp>,
    n_late: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum EnergyError {
    #[error("`{0}` is no counter: only indexes tell an energy")]
    NotACounter(Measurand),
    #[error(transparent)]
    Civil(#[from] CivilError),
    #[error(transparent)]
    Verdict(#[from] VerdictError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("the mounts of the point do not follow one another")]
    Mounts(#[from] MountError),
    #[error("the counter was fed out of order")]
    Feed(#[from] energy::FeedError),
    #[error("what people decided about counters cannot be read or kept")]
    Verdicts(#[from] ConfigDbError),
}

/// A journal entry as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingEntry {
    pub entry: JournalEntry,
    pub verdict: Option<Verdict>,
    pub kind: IndexStep,
    pub step: Option<energy::Amount>,
    pub asks: bool,
    pub lower_bound: bool,
    pub at: Timestamp,
}

/// What a verdict has made of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedEntry {
    pub before: StandingEntry,
    pub after: StandingEntry,
}

/// The journal of one counter.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingJournal {
    pub entries: Vec<StandingEntry>,
    /// Verdicts of which the entry is gone.
    pub unmatched: Vec<(EntryId, Verdict)>,
}

/// Energies and whether readings wait for later ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Energies {
    pub steps: Vec<StepEnergy>,
    pub is_checking: bool,
    /// From the first reading that counts to the last one.
    pub known: Option<Span>,
}

/// The calendar of the site: its zone and contract hour.
pub fn calendar(site: &Site) -> SiteCalendar {
    let calendar = SiteCalendar::new(site.time_zone().clone());
    calendar
        .with_contract_hour(site.contract_hour())
        .expect("the site was checked for an hour of the day")
}

impl EnergyService {
    /// `energy_period` is that of reading counters.
    pub fn new(
        store: Arc<dyn HistoryStore>,
        site: Arc<SiteStore>,
        db: ConfigDb,
        clock: Arc<dyn Clock>,
        energy_period: std::time::Duration,
    ) -> Self {
        let period = SignedDuration::try_from(energy_period).unwrap_or(LEAST_PERIOD);
        Self {
            store,
            site,
            verdicts: VerdictStore::new(db.clone()),
            ordered_resets: OrderedResets::new(db),
            clock,
            least_period: period.max(LEAST_PERIOD),
            ledgers: Mutex::default(),
            arrivals: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// The energies of some spans, in their order.
    pub async fn energies(
        &self,
        point: PointId,
        measurand: Measurand,
        spans: &[Span],
    ) -> Result<Energies, EnergyError> {
        let slot = self.slot(point, measurand)?;
        let mut slot = slot.lock().await;
        let present = self.brought_up(&mut slot, point, measurand).await?;
        let is_checking = present.is_checking();
        let whole = present.with_future(&*self.store, self.clock.now()).await?;
        let ledger = whole.as_ref().unwrap_or(present);
        Ok(Energies {
            steps: ledger.energies(&*self.store, spans).await?,
            is_checking,
            known: ledger.journal().known_span(),
        })
    }

    /// What happened to a counter.
    pub async fn journal(
        &self,
        point: PointId,
        measurand: Measurand,
    ) -> Result<StandingJournal, EnergyError> {
        let slot = self.slot(point, measurand)?;
        let mut slot = slot.lock().await;
        let present = self.brought_up(&mut slot, point, measurand).await?;
        let whole = present.with_future(&*self.store, self.clock.now()).await?;
        let journal = whole.as_ref().unwrap_or(present).journal();
        Ok(StandingJournal {
            entries: journal.entries().map(StandingEntry::of).collect(),
            unmatched: journal
                .unmatched_verdicts()
                .map(|(id, verdict)| (*id, verdict.clone()))
                .collect(),
        })
    }

    /// The counters of a point: those of its meters, and those that its history holds.
    pub async fn counters_of(&self, point: PointId) -> Result<Vec<Measurand>, EnergyError> {
        let site = self.site.site();
        let mut counters: BTreeSet<Measurand> = site
            .all_mounts_of(point)
            .into_iter()
            .filter_map(|mount| {
                let device = site.device(mount.device)?;
                Some(device.profile.measurands(mount.channel))
            })
            .flatten()
            .map(|info| info.measurand)
            .filter(|measurand| measurand.kind() == ValueKind::Counter)
            // Tariffs and partial counters are asked for by name; where there is only a partial
            // counter, it stands for the total.
            .filter(|it| it.tariff.is_none() && it.counter != CounterKind::LastPartial)
            .map(|measurand| measurand.with_counter(CounterKind::Total))
            .collect();
        let recorded = self.store.series_of(point).await?;
        counters.extend(
            recorded
                .iter()
                .map(|series| series.measurand)
                .filter(|it| it.kind() == ValueKind::Counter && it.counter == CounterKind::Total),
        );
        Ok(counters.into_iter().collect())
    }

    /// Puts a person's verdict over an entry, or takes it away (`None` for the decision). Answers
    /// the entry before and after, and the span whose energies may be others now.
    pub async fn decide(
        &self,
        id: EntryId,
        decision: Option<Decision>,
        by: String,
        reason: String,
    ) -> Result<(ChangedEntry, Span), EnergyError> {
        let SeriesKey {
            point, measurand, ..
        } = id.series();
        let slot = self.slot(point, measurand)?;
        let mut slot = slot.lock().await;
        let verdict = decision.map(|decision| Verdict {
            decision,
            by,
            reason,
            at: self.clock.now(),
        });
        let present = self.brought_up(&mut slot, point, measurand).await?;
        let whole = present.with_future(&*self.store, self.clock.now()).await?;
        let standing = |journal: &CounterJournal| {
            let decided = journal.entry(&id).map(StandingEntry::of);
            decided.ok_or(VerdictError::NoSuchEntry { id })
        };
        // Tried on a copy, so that what is refused or cannot be kept leaves all as it was.
        let mut journal = whole.as_ref().unwrap_or(present).journal().clone();
        let before = standing(&journal)?;
        let touched = match verdict.clone() {
            Some(verdict) => journal.decide(id, verdict)?,
            None => journal.undo(id)?,
        };
        let after = standing(&journal)?;
        match verdict {
            Some(verdict) => self.verdicts.put(id, verdict).await?,
            None => self.verdicts.remove(id).await?,
        }
        if whole.is_some() {
            slot.ledger = None;
        } else {
            *present.journal_mut() = journal;
        }
        Ok((ChangedEntry { before, after }, touched))
    }

    /// Readings are on their way to the history. Never waits.
    pub fn note(&self, samples: &[Sample]) {
        let mut arrivals = self.arrivals();
        for sample in samples {
            let series = sample.series;
            if series.measurand.kind() == ValueKind::Counter {
                arrivals.entry(series).or_default().note(sample.at);
            }
        }
    }

    /// The partial counters of a point were ordered to zero: the fall that follows is no riddle.
    pub async fn note_reset(&self, point: PointId, at: Timestamp) -> Result<(), ConfigDbError> {
        self.ordered_resets.put(point, at).await?;
        for (series, arrivals) in self.arrivals().iter_mut() {
            if series.point == point && series.measurand.counter == CounterKind::Partial {
                arrivals.n_late += 1;
            }
        }
        Ok(())
    }

    fn arrivals(&self) -> MutexGuard<'_, HashMap<SeriesKey, Arrivals>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(
        &self,
        point: PointId,
        measurand: Measurand,
    ) -> Result<Arc<tokio::sync::Mutex<Slot>>, EnergyError> {
        if measurand.kind() != ValueKind::Counter {
            return Err(EnergyError::NotACounter(measurand));
        }
        let mut ledgers = self.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(
            ledgers.entry(SeriesKey::new(point, measurand)).or_default(),
        ))
    }

    /// The ledger with everything that the history has.
    async fn brought_up<'s>(
        &self,
        slot: &'s mut Slot,
        point: PointId,
        measurand: Measurand,
    ) -> Result<&'s mut Ledger, EnergyError> {
        let now = self.clock.now();
        let stretches = stretch::stretches(&self.site.site(), point, measurand);
        let holds = slot.ledger.as_ref().is_some_and(|ledger| {
            ledger.is_over(&stretches)
                && self.n_late(ledger.sources()) == slot.n_late
                // The clock was ahead when it was fed.
                && ledger.fed_until().is_none_or(|fed| fed < soon(now))
        });
        let mut kept = if holds { slot.ledger.take() } else { None };
        if let Some(ledger) = &mut kept
            && !ledger.catch_up(&*self.store, now).await?
        {
            kept = None;
        }
        let series = SeriesKey::new(point, measurand);
        let ledger = if let Some(ledger) = kept {
            ledger
        } else {
            let sources = stretches
                .iter()
                .map(|stretch| SeriesKey::new(point, stretch.measurand));
            // Counted before the history is read: what comes late meanwhile is seen next time.
            slot.n_late = self.n_late(sources);
            let beforehand = Beforehand {
                stretches,
                verdicts: self.verdicts.of(series).await?,
                ordered_resets: self.ordered_resets.of(point).await?,
                least_period: self.least_period,
            };
            Ledger::build(&*self.store, series, beforehand, now).await?
        };
        if let Some(fed_until) = ledger.fed_until() {
            let mut arrivals = self.arrivals();
            for source in ledger.sources() {
                let newest = &mut arrivals.entry(source).or_default().newest;
                // What seems to come from the future says nothing of what comes next.
                *newest = newest.filter(|at| *at < soon(now)).max(Some(fed_until));
            }
        }
        self.keep_around_entries(&ledger, slot.n_late);
        Ok(slot.ledger.insert(ledger))
    }

    fn n_late(&self, sources: impl Iterator<Item = SeriesKey>) -> u64 {
        let arrivals = self.arrivals();
        let mut sources: Vec<SeriesKey> = sources.collect();
        sources.sort_unstable();
        sources.dedup();
        sources
            .iter()
            .filter_map(|source| Some(arrivals.get(source)?.n_late))
            .sum()
    }
}

impl Arrivals {
    fn note(&mut self, at: Timestamp) {
        if self.newest.is_some_and(|newest| at <= newest) {
            self.n_late += 1;
        } else {
            self.newest = Some(at);
        }
    }
}

impl StandingEntry {
    fn of(decided: energy::Decided<'_>) -> Self {
        Self {
            entry: decided.entry.clone(),
            verdict: decided.verdict.cloned(),
            kind: decided.kind,
            step: decided.step,
            asks: decided.asks(),
            lower_bound: decided.is_lower_bound(),
            at: decided.at(),
        }
    }
}
