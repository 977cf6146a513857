//! A measurand over time, wherever it is remembered: as it was read, or as means of it.

use std::time::Duration;

use energy::average::Averaging;
use history::{HistoryError, Span, SteppedSeries};
use jiff::Timestamp;
use model::{Recording, SeriesKey};

use super::ApiState;

/// One measurand in equal steps. Each step is made of what covers more of it: of readings, which
/// are kept for days, or of means, which are kept for years and come when their period is over.
#[derive(Debug)]
pub(super) struct Trend {
    pub(super) from: Timestamp,
    pub(super) values: Vec<Option<f64>>,
    pub(super) minima: Vec<Option<f64>>,
    pub(super) maxima: Vec<Option<f64>>,
    pub(super) coverage: Vec<f32>,
    pub(super) from_means: Vec<bool>,
}

impl Trend {
    pub(super) async fn read(
        state: &ApiState,
        series: SeriesKey,
        span: Span,
        step: Duration,
    ) -> Result<Self, HistoryError> {
        let hold = state.periods.hold(series.measurand);
        let stepped = async |recording: Recording| -> Result<SteppedSeries, HistoryError> {
            let series = series.with_recording(recording);
            state.history.read_stepped(series, span, step, hold).await
        };
        let mut trend = Self::of(stepped(Recording::Instantaneous).await?);
        if Averaging::of(series.measurand.quantity).is_some() {
            let period = state.site.site().integration_period();
            let means = stepped(Recording::Mean(period)).await?;
            let is_better = |(i, coverage): (usize, &f32)| *coverage > trend.coverage[i];
            if means.coverage.iter().enumerate().any(is_better) {
                let minima = stepped(Recording::Minimum(period)).await?;
                let maxima = stepped(Recording::Maximum(period)).await?;
                trend.fill(&means, &minima, &maxima);
            }
        }
        Ok(trend)
    }

    fn of(stepped: SteppedSeries) -> Self {
        Self {
            from: stepped.from,
            from_means: vec![false; stepped.values.len()],
            values: stepped.values,
            minima: stepped.minima,
            maxima: stepped.maxima,
            coverage: stepped.coverage,
        }
    }

    fn fill(&mut self, means: &SteppedSeries, minima: &SteppedSeries, maxima: &SteppedSeries) {
        for i in 0..self.values.len() {
            if means.coverage[i] > self.coverage[i] {
                self.values[i] = means.values[i];
                // A direction of a load curve has no extremes but those of its means.
                self.minima[i] = minima.values[i].or(means.minima[i]);
                self.maxima[i] = maxima.values[i].or(means.maxima[i]);
                self.coverage[i] = means.coverage[i];
                self.from_means[i] = true;
            }
        }
    }
}
