//! The readings around some instants: all that a curve needs beside its journal.

use history::{HistoryError, HistoryStore, Sample, Span};
use jiff::Timestamp;
use model::SeriesKey;

use super::{MILLISECOND, PAGE_SAMPLES};

/// Up to so many instants are looked up one by one; beyond it, one walk over the span is cheaper.
const LOOK_UPS_MAX: usize = 12;

/// The last reading at or before each instant and the first one after it, within a span, by time.
pub(super) async fn readings_around(
    store: &dyn HistoryStore,
    series: SeriesKey,
    within: Span,
    instants: &[Timestamp],
) -> Result<Vec<Sample>, HistoryError> {
    let mut instants: Vec<Timestamp> = instants
        .iter()
        .copied()
        .filter(|at| within.from <= *at && *at < within.until)
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let (Some(first), Some(last)) = (instants.first(), instants.last()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    if instants.len() <= LOOK_UPS_MAX {
        let before = store.last_at_or_before(series, &instants).await?;
        found.extend(before.into_iter().flatten());
        for at in &instants {
            found.extend(first_after(store, series, *at, within.until).await?);
        }
    } else {
        let before = store.last_at_or_before(series, &[*first]).await?;
        found.extend(before.into_iter().flatten());
        let mut walk = Walk {
            instants: &instants,
            before: found.last().copied(),
            found: &mut found,
        };
        let mut from = *first;
        while from <= *last {
            let span = Span {
                from,
                until: *last + MILLISECOND,
            };
            let page = store.read_raw(series, span, PAGE_SAMPLES).await?;
            for sample in &page {
                walk.pass(*sample);
            }
            match page.last() {
                Some(sample) if page.len() == PAGE_SAMPLES => from = sample.at + MILLISECOND,
                _ => break,
            }
        }
        found.extend(first_after(store, series, *last, within.until).await?);
    }
    found.retain(|sample| within.from <= sample.at && sample.at < within.until);
    found.sort_by_key(|sample| sample.at);
    found.dedup_by_key(|sample| sample.at);
    Ok(found)
}

async fn first_after(
    store: &dyn HistoryStore,
    series: SeriesKey,
    at: Timestamp,
    until: Timestamp,
) -> Result<Option<Sample>, HistoryError> {
    let from = at + MILLISECOND;
    if from >= until {
        return Ok(None);
    }
    let after = store.read_raw(series, Span { from, until }, 1).await?;
    Ok(after.first().copied())
}

/// Passes over readings by time and keeps the neighbours of instants.
struct Walk<'w> {
    /// Those that are still ahead.
    instants: &'w [Timestamp],
    before: Option<Sample>,
    found: &'w mut Vec<Sample>,
}

impl Walk<'_> {
    fn pass(&mut self, sample: Sample) {
        let n_passed = self.instants.partition_point(|at| *at < sample.at);
        if n_passed > 0 {
            self.found.extend(self.before);
            self.found.push(sample);
            self.instants = &self.instants[n_passed..];
        } else if self.instants.first() == Some(&sample.at) {
            self.found.push(sample);
        }
        self.before = Some(sample);
    }
}
