use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{PointId, SeriesKey};

use history::{
    HistoryError, HistoryStore, Retained, Retention, Sample, Span, StepGrid, SteppedSeries,
    StoreHealth, StoredSeries, retained_samples, step_samples,
};

/// A store as plain as can be: what the conformance cases and the random walks are held against.
#[derive(Debug, Default)]
pub(crate) struct Reference {
    series: Mutex<BTreeMap<SeriesKey, BTreeMap<Timestamp, Sample>>>,
}

#[async_trait]
impl HistoryStore for Reference {
    async fn append(&self, samples: Vec<Sample>) -> Result<(), HistoryError> {
        if let Some(bad) = samples.iter().find(|sample| !sample.is_storable()) {
            return Err(HistoryError::NotStorable {
                series: bad.series,
                at: bad.at,
                value: bad.value,
            });
        }
        let mut all = self.series.lock().unwrap();
        for sample in samples {
            let at = Timestamp::from_millisecond(sample.at.as_millisecond()).unwrap();
            let series = all.entry(sample.series).or_default();
            series.insert(at, Sample { at, ..sample });
        }
        Ok(())
    }

    async fn latest(&self, series: &[SeriesKey]) -> Result<Vec<Option<Sample>>, HistoryError> {
        let all = self.series.lock().unwrap();
        Ok(series
            .iter()
            .map(|key| Some(*all.get(key)?.last_key_value()?.1))
            .collect())
    }

    async fn read_raw(
        &self,
        series: SeriesKey,
        span: Span,
        limit: usize,
    ) -> Result<Vec<Sample>, HistoryError> {
        if span.from >= span.until {
            return Err(HistoryError::EmptySpan {
                from: span.from,
                until: span.until,
            });
        }
        let all = self.series.lock().unwrap();
        let samples = all.get(&series).into_iter();
        Ok(samples
            .flat_map(|samples| samples.range(span.from..span.until))
            .map(|(_, sample)| *sample)
            .take(limit)
            .collect())
    }

    async fn read_stepped(
        &self,
        series: SeriesKey,
        span: Span,
        step: Duration,
        hold: Duration,
    ) -> Result<SteppedSeries, HistoryError> {
        let grid = StepGrid::new(span, step, hold)?;
        let all = self.series.lock().unwrap();
        let samples: Vec<Sample> = all
            .get(&series)
            .map(|samples| samples.values().copied().collect())
            .unwrap_or_default();
        Ok(step_samples(series, &samples, &grid))
    }

    async fn last_at_or_before(
        &self,
        series: SeriesKey,
        instants: &[Timestamp],
    ) -> Result<Vec<Option<Sample>>, HistoryError> {
        let all = self.series.lock().unwrap();
        Ok(instants
            .iter()
            .map(|at| Some(*all.get(&series)?.range(..=*at).next_back()?.1))
            .collect())
    }

    async fn series_of(&self, point: PointId) -> Result<Vec<SeriesKey>, HistoryError> {
        let all = self.series.lock().unwrap();
        let filled = all.iter().filter(|(_, samples)| !samples.is_empty());
        Ok(filled
            .map(|(key, _)| *key)
            .filter(|key| key.point == point)
            .collect())
    }

    async fn series(&self) -> Result<Vec<StoredSeries>, HistoryError> {
        let all = self.series.lock().unwrap();
        let stored = all.iter().filter_map(|(key, samples)| {
            Some(StoredSeries {
                key: *key,
                oldest_at: *samples.first_key_value()?.0,
                newest: *samples.last_key_value()?.1,
            })
        });
        Ok(stored.collect())
    }

    async fn retain(&self, rules: Vec<Retention>) -> Result<Retained, HistoryError> {
        let mut all = self.series.lock().unwrap();
        for rule in rules {
            if let Some(samples) = all.get_mut(&rule.series) {
                let before: Vec<Sample> = samples.values().copied().collect();
                let kept = retained_samples(&before, &rule);
                *samples = kept.into_iter().map(|sample| (sample.at, sample)).collect();
            }
        }
        Ok(Retained::default())
    }

    async fn delete_before(
        &self,
        series: SeriesKey,
        before: Timestamp,
    ) -> Result<(), HistoryError> {
        if let Some(samples) = self.series.lock().unwrap().get_mut(&series) {
            samples.retain(|at, _| *at >= before);
        }
        Ok(())
    }

    async fn health(&self) -> Result<StoreHealth, HistoryError> {
        let all = self.series.lock().unwrap();
        let instants = || all.values().flat_map(|samples| samples.keys());
        Ok(StoreHealth {
            series: all.len() as u64,
            oldest_at: instants().min().copied(),
            newest_at: instants().max().copied(),
            ..StoreHealth::default()
        })
    }
}
