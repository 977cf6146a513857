use energy::{Amount, resolution_of};
use history::{HistoryStore, Sample, Span};
use jiff::{SignedDuration, Timestamp};
use model::SeriesKey;

use super::stretch::Stretch;
use super::{END, EnergyError, MILLISECOND, PAGE_SAMPLES};

/// No meter counts in coarser steps.
pub(super) const COARSEST: Amount = Amount::from_units(1_000);

/// So many intervals tell how far apart readings come at first; the counter learns the rest.
const INTERVALS_MAX: usize = 5;

/// How fine a counter counts, as its profile and its readings show.
///
/// It is taken for as fine as its register or its notation says. But a counter of whole kWh that
/// was written down in Wh moves by a thousand at once or not at all, which in ten seconds no
/// circuit can: where steps are explained by a coarser resolution that all readings share, and not
/// without it, that one is the resolution.
#[derive(Debug)]
pub(super) struct Resolution {
    finest: Amount,
    /// What all readings are multiples of.
    shared: Amount,
    /// The coarsest resolution that the most modest of the steps that are too fast would need.
    needed: Option<Amount>,
    last: Option<(Timestamp, Amount)>,
    intervals: Vec<SignedDuration>,
}

impl Resolution {
    /// Looks at the readings of a stretch. `finest` is a step that it is known to count in.
    pub(super) async fn learn(
        store: &dyn HistoryStore,
        series: SeriesKey,
        stretch: &Stretch,
        finest: Amount,
    ) -> Result<Self, EnergyError> {
        let of_register = stretch
            .register
            .map_or(COARSEST, |register| register.resolution);
        let mut seen = Self {
            finest: finest.min(of_register),
            shared: COARSEST,
            needed: None,
            last: None,
            intervals: Vec::new(),
        };
        for index in stretch.opening.into_iter().chain(stretch.closing) {
            seen.shared =
                resolution_of([index.to_f64()], Amount::from_billionths(1)).min(seen.shared);
        }
        let until = stretch.until.unwrap_or(END);
        let mut from = stretch.from();
        while from < until {
            let page = store
                .read_raw(series, Span { from, until }, PAGE_SAMPLES)
                .await?;
            for sample in &page {
                seen.see(stretch, sample);
            }
            match page.last() {
                // Once the readings share no coarser step, the rest of them does not either.
                Some(last) if page.len() == PAGE_SAMPLES && seen.shared > seen.finest => {
                    from = last.at + MILLISECOND;
                }
                _ => break,
            }
        }
        Ok(seen)
    }

    fn see(&mut self, stretch: &Stretch, sample: &Sample) {
        let Some(value) = stretch.value_of(sample) else {
            return;
        };
        self.finest = self.finest.min(stretch.finest(value, sample));
        self.shared = resolution_of([value.to_f64()], self.finest).min(self.shared);
        if let Some((at, before)) = self.last.replace((sample.at, value)) {
            let elapsed = sample.at.duration_since(at);
            if self.intervals.len() < INTERVALS_MAX {
                self.intervals.push(elapsed);
            }
            let limit = |unit| stretch.limit(unit, elapsed);
            let step = value - before;
            if let (Some(fine), Some(none)) = (limit(self.finest), limit(Amount::ZERO))
                && step > fine
            {
                // Half of what is too much: the rules grant two counts.
                let needed = Amount::from_billionths((step - none).billionths() / 2);
                self.needed = Some(self.needed.map_or(needed, |least| least.min(needed)));
            }
        }
    }

    pub(super) fn unit(&self) -> Amount {
        let is_coarser = self.needed.is_some_and(|needed| needed <= self.shared);
        if is_coarser { self.shared } else { self.finest }
    }

    /// The first intervals between readings.
    pub(super) fn first_intervals(&self) -> &[SignedDuration] {
        &self.intervals
    }
}
