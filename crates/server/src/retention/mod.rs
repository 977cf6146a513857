//! How long history is kept: each class of series for its own time, and all within a budget.
//!
//! [`Retention::run`] looks at every series once an hour and hands the store what each may lose
//! ([`rules`]). What it does not trust is the clock: a wrong one must not delete anything
//! ([`SteadyNow`]).

mod budget;
mod options;
mod rules;
mod steady;

use std::sync::Arc;
use std::time::Duration;

use history::{HistoryError, HistoryStore, Retained, Span};
use model::{Clock, SeriesKey};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use budget::DiskBudget;
pub use options::RetentionOptions;
pub use rules::Horizons;

use self::budget::Pressure;
use self::rules::rules_of;
use self::steady::SteadyNow;
use crate::site::SiteStore;

/// Often enough that space comes back soon, seldom enough to be no work.
const PERIOD: Duration = Duration::from_hours(1);

/// After the start, so that it does not compete with what a start has to do.
const FIRST_AFTER: Duration = Duration::from_mins(5);

/// Attempts within one run to come below the budget; the next run goes on.
const TIGHTENINGS_MAX: usize = 20;

/// Spans of a series that stay whatever its class says, such as those around entries of the
/// counter journal. `None` where they are not known yet: then the series is left alone.
pub type KeptSpans = Arc<dyn Fn(SeriesKey) -> Option<Vec<Span>> + Send + Sync>;

/// The task that lets history go.
pub struct Retention {
    pub store: Arc<dyn HistoryStore>,
    pub site: Arc<SiteStore>,
    pub clock: Arc<dyn Clock>,
    pub horizons: Horizons,
    pub budget: DiskBudget,
    pub kept: KeptSpans,
}

impl Retention {
    /// Until `shutdown`, which cuts off what is under way: the next run goes on with it.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.run_until_cancelled_owned(self.run_on()).await;
    }

    async fn run_on(self) {
        let start = Instant::now();
        let mut pressure = Pressure::default();
        let mut steady = SteadyNow::default();
        let mut was_failing = false;
        tokio::time::sleep(FIRST_AFTER).await;
        loop {
            let result = self.once(start, &mut steady, &mut pressure).await;
            if let Err(error) = &result
                && !was_failing
            {
                tracing::warn!(%error, "old history cannot be deleted");
            }
            was_failing = result.is_err();
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn once(
        &self,
        start: Instant,
        steady: &mut SteadyNow,
        pressure: &mut Pressure,
    ) -> Result<(), HistoryError> {
        let mut done = Retained::default();
        for _ in 0..TIGHTENINGS_MAX {
            let series = self.store.series().await?;
            let newest_at = series.iter().map(|stored| stored.newest.at).max();
            let now = steady.at(self.clock.now(), start.elapsed(), newest_at);
            let horizons = pressure.tighten(self.horizons);
            let zone = self.site.site().time_zone().clone();
            let rules = rules_of(&series, now, &zone, horizons, &*self.kept);
            done += self.store.retain(rules).await?;
            let health = self.store.health().await?;
            let used = health.bytes_on_disk.saturating_sub(health.bytes_free);
            if !pressure.judge(used, self.budget.bytes()) {
                break;
            }
        }
        if done != Retained::default() {
            tracing::info!(
                deleted = done.samples_deleted,
                thinned = done.samples_thinned,
                "old history went"
            );
        }
        Ok(())
    }
}
