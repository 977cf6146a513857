//! What retention must leave alone, and that every journal has been made before it comes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use history::{HistoryError, Span};
use jiff::SignedDuration;
use model::{SeriesKey, ValueKind};
use tokio_util::sync::CancellationToken;

use super::EnergyService;
use super::ledger::Ledger;

/// After the start, so that it does not compete with what a start has to do.
const FIRST_AFTER: Duration = Duration::from_secs(30);
/// Well before readings are thinned, so that each has been seen by its counter.
const PERIOD: Duration = Duration::from_mins(10);
/// Between two counters: a site of thousands of them takes minutes and nobody feels it.
const PAUSE: Duration = Duration::from_millis(20);

/// Beside an entry lie the readings by which it was judged: three on either side, thinned to ten
/// minutes, and room for a slow poll.
const AROUND: SignedDuration = SignedDuration::from_mins(60);

/// Where readings stay whatever their age.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Per series, once its counter journal was made over all that the history has.
    around_entries: HashMap<SeriesKey, Vec<Span>>,
    /// Series of which a file is on its way into the history.
    imported: HashSet<SeriesKey>,
}

/// A file is on its way into the history, one at a time. Until this is dropped, nobody knows where
/// the counter journals of its series will have entries; then they are made again.
#[derive(Debug)]
#[must_use]
pub struct Importing {
    energy: Arc<EnergyService>,
    series: Vec<SeriesKey>,
}

impl Drop for Importing {
    fn drop(&mut self) {
        self.energy.forget(&self.series);
        let mut kept = self.energy.kept_spans();
        for series in &self.series {
            kept.imported.remove(series);
        }
    }
}

impl EnergyService {
    /// To be called before the first reading is stored.
    pub fn importing(self: Arc<Self>, series: Vec<SeriesKey>) -> Importing {
        self.kept_spans().imported.extend(&series);
        self.forget(&series);
        Importing {
            energy: self,
            series,
        }
    }

    /// What was made of the readings of these series is made again.
    fn forget(&self, series: &[SeriesKey]) {
        let mut arrivals = self.arrivals();
        for series in series {
            arrivals.entry(*series).or_default().n_late += 1;
        }
        drop(arrivals);
        let mut kept = self.kept_spans();
        for series in series {
            kept.around_entries.remove(series);
        }
    }

    /// Brings every counter up now and then, until `shutdown`.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        shutdown.run_until_cancelled_owned(self.run_on()).await;
    }

    async fn run_on(self: Arc<Self>) {
        tokio::time::sleep(FIRST_AFTER).await;
        let mut was_failing = false;
        loop {
            let result = self.bring_all_up().await;
            if let Err(error) = &result
                && !was_failing
            {
                tracing::warn!(%error, "the counter journals cannot be made");
            }
            was_failing = result.is_err();
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn bring_all_up(&self) -> Result<(), HistoryError> {
        for stored in self.store.series().await? {
            let SeriesKey {
                point, measurand, ..
            } = stored.key;
            if measurand.kind() != ValueKind::Counter {
                continue;
            }
            if let Err(error) = self.energies(point, measurand, &[]).await {
                tracing::warn!(%error, %point, %measurand, "a counter journal cannot be made");
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Where the readings of a series stay whatever their age: around the entries of its counter
    /// journal. `None` as long as that has not been made over all of them.
    pub fn kept(&self, series: SeriesKey) -> Option<Vec<Span>> {
        if series.measurand.kind() != ValueKind::Counter {
            return Some(Vec::new());
        }
        self.kept_spans().around_entries.get(&series).cloned()
    }

    /// `n_late` is that of the ledger: one that readings came late for has not seen them.
    pub(super) fn keep_around_entries(&self, ledger: &Ledger, n_late: u64) {
        let entries = ledger.journal().entries();
        let around = entries.map(|decided| {
            let span = decided.entry.span();
            Span {
                from: span.from.checked_sub(AROUND).unwrap_or(span.from),
                until: span.until.checked_add(AROUND).unwrap_or(span.until),
            }
        });
        let around: Vec<Span> = around.collect();
        let mut kept = self.kept_spans();
        // Looked at while nobody can forget them, so that what is forgotten does not come back.
        if self.n_late(ledger.sources()) != n_late {
            return;
        }
        for source in ledger.sources() {
            if !kept.imported.contains(&source) {
                kept.around_entries.insert(source, around.clone());
            }
        }
    }

    fn kept_spans(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
