//! What retention must leave alone, and that every journal has been made before it comes.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use history::{HistoryError, Span};
use jiff::{SignedDuration, Timestamp};
use model::{SeriesKey, ValueKind};
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;
use super::{END, EnergyService};

/// After the start, so that it does not compete with what a start has to do.
const FIRST_AFTER: Duration = Duration::from_secs(30);
/// Well before readings are thinned, so that each has been seen by its counter.
const PERIOD: Duration = Duration::from_mins(10);
/// Between two counters: a site of thousands of them takes minutes and nobody feels it.
const PAUSE: Duration = Duration::from_millis(20);

/// Beside an entry lie the readings by which it was judged: three on either side, thinned to ten
/// minutes, and room for a slow poll.
const AROUND: SignedDuration = SignedDuration::from_mins(60);

impl EnergyService {
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
    /// journal, and everywhere as long as that has not been made.
    pub fn kept(&self, series: SeriesKey) -> Vec<Span> {
        if series.measurand.kind() != ValueKind::Counter {
            return Vec::new();
        }
        self.kept_spans()
            .get(&series)
            .cloned()
            .unwrap_or_else(|| vec![EVERYTHING])
    }

    pub(super) fn keep_around_entries(&self, ledger: &Ledger) {
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
        for source in ledger.sources() {
            kept.insert(source, around.clone());
        }
    }

    fn kept_spans(&self) -> MutexGuard<'_, HashMap<SeriesKey, Vec<Span>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const EVERYTHING: Span = Span {
    from: Timestamp::UNIX_EPOCH,
    until: END,
};
