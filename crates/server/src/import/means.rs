//! Means of readings that were brought along: the readings are kept for days, and the means for as
//! long as means are.

use std::collections::HashMap;
use std::time::Duration;

use history::{HistoryError, Sample, Span};
use jiff::{SignedDuration, Timestamp};
use model::{Coverage, IntegrationPeriod, Reading, Recording};

use super::rows::SeriesRows;
use super::{Importer, instant};
use crate::averages::means_of;
use crate::live::LiveReading;

/// Means of one series that are looked at: a century by ten minutes.
const MEANS_MAX: usize = 5_300_000;

impl Importer {
    /// The samples to store beside the rows. Where the history has a mean that covers more of its
    /// period, that one stays.
    pub(super) async fn means(&self, rows: &SeriesRows) -> Result<Vec<Sample>, HistoryError> {
        let site = self.site.site();
        let integration = site.integration_period();
        let spacing = usual_spacing(rows);
        let readings = rows.rows.iter().map(|row| LiveReading {
            reading: Reading {
                series: rows.series,
                value: Some(row.value),
                at: instant(row.at_ms),
                quality: row.quality,
                decimals: row.decimals,
                occurred_at: None,
            },
            period: spacing,
        });
        let mut means = means_of(site, readings);
        let known = self.known_coverage(rows, integration, &means).await?;
        means.retain(|mean| {
            let known = known.get(&mean.at);
            known.is_none_or(|coverage| *coverage <= mean.coverage)
        });
        Ok(means)
    }

    async fn known_coverage(
        &self,
        rows: &SeriesRows,
        integration: IntegrationPeriod,
        means: &[Sample],
    ) -> Result<HashMap<Timestamp, Coverage>, HistoryError> {
        let instants = || means.iter().map(|mean| mean.at);
        let (Some(from), Some(last)) = (instants().min(), instants().max()) else {
            return Ok(HashMap::new());
        };
        let series = rows.series.with_recording(Recording::Mean(integration));
        let until = last + SignedDuration::from_secs(1);
        let span = Span { from, until };
        let known = self.history.read_raw(series, span, MEANS_MAX).await?;
        Ok(known
            .into_iter()
            .map(|mean| (mean.at, mean.coverage))
            .collect())
    }
}

fn usual_spacing(rows: &SeriesRows) -> Duration {
    let pairs = rows.rows.windows(2);
    let mut steps: Vec<u64> = pairs
        .map(|pair| pair[1].at_ms.abs_diff(pair[0].at_ms))
        .collect();
    steps.sort_unstable();
    // A single row stands for nothing but its instant.
    Duration::from_millis(steps.get(steps.len() / 2).copied().unwrap_or(1))
}
