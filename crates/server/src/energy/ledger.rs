use std::collections::BTreeMap;

use energy::{
    Amount, Counter, CounterJournal, Curve, EntryId, IndexReading, Mounted, Span, StepEnergy,
    Verdict,
};
use history::{HistoryStore, Span as HistorySpan};
use jiff::{SignedDuration, Timestamp};
use model::{CounterKind, SeriesKey};

use super::around::readings_around;
use super::resolution::{COARSEST, Resolution};
use super::stretch::Stretch;
use super::{END, EnergyError, MILLISECOND, PAGE_SAMPLES};

/// The counter of one point for one quantity, over all its meters, as far as the history goes.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    series: SeriesKey,
    stretches: Vec<Stretch>,
    /// Of the stretches that have begun.
    mounted: Vec<Mounted>,
    counter: Counter,
    /// When partial counters were ordered to zero, by time.
    ordered_resets: Vec<Timestamp>,
    least_period: SignedDuration,
}

/// What is known besides the readings.
#[derive(Debug)]
pub(super) struct Beforehand {
    pub(super) stretches: Vec<Stretch>,
    pub(super) verdicts: BTreeMap<EntryId, Verdict>,
    pub(super) ordered_resets: Vec<Timestamp>,
    pub(super) least_period: SignedDuration,
}

/// A reading shows that the counter of a stretch counts finer than it was taken for.
struct Finer {
    stretch: usize,
    /// Of the step that it was taken for and of the one that was shown.
    divisor: Amount,
}

impl Ledger {
    /// Makes the journal from all of the history.
    pub(super) async fn build(
        store: &dyn HistoryStore,
        series: SeriesKey,
        beforehand: Beforehand,
        now: Timestamp,
    ) -> Result<Self, EnergyError> {
        let Beforehand {
            stretches,
            verdicts,
            ordered_resets,
            least_period,
        } = beforehand;
        let mut finest = vec![COARSEST; stretches.len()];
        loop {
            let mut ledger = Self {
                series,
                counter: Counter::new(series, stretches[0].traits(Amount::from_units(1))),
                stretches: stretches.clone(),
                mounted: Vec::new(),
                ordered_resets: ordered_resets.clone(),
                least_period,
            };
            if let Some(finer) = ledger.follow(store, &finest, now, soon(now)).await? {
                // Each divides the one before, down to a billionth at last.
                finest[finer.stretch] = finer.divisor;
                continue;
            }
            ledger.counter.journal_mut().restore_verdicts(verdicts);
            return Ok(ledger);
        }
    }

    /// Takes what the history has got since. Answers whether the ledger still holds; otherwise it
    /// has to be built anew.
    pub(super) async fn catch_up(
        &mut self,
        store: &dyn HistoryStore,
        now: Timestamp,
    ) -> Result<bool, EnergyError> {
        let finest = vec![COARSEST; self.stretches.len()];
        Ok(self.follow(store, &finest, now, soon(now)).await?.is_none())
    }

    /// The ledger with what the history holds of a time to come: imported, or read while the clock
    /// was wrong. `None` where there is nothing; it is not kept, as the present goes on before it.
    pub(super) async fn with_future(
        &self,
        store: &dyn HistoryStore,
        now: Timestamp,
    ) -> Result<Option<Self>, EnergyError> {
        let sources: Vec<SeriesKey> = self.sources().collect();
        let newest = store.latest(&sources).await?;
        if newest.iter().flatten().all(|sample| sample.at < soon(now)) {
            return Ok(None);
        }
        let mut whole = self.clone();
        let finest = vec![COARSEST; whole.stretches.len()];
        whole.follow(store, &finest, now, END).await?;
        Ok(Some(whole))
    }

    pub(super) fn is_over(&self, stretches: &[Stretch]) -> bool {
        self.stretches == stretches
    }

    /// The series that the readings are in.
    pub(super) fn sources(&self) -> impl Iterator<Item = SeriesKey> {
        let point = self.series.point;
        self.stretches
            .iter()
            .map(move |stretch| SeriesKey::new(point, stretch.measurand))
    }

    pub(super) fn fed_until(&self) -> Option<Timestamp> {
        self.counter.fed_until()
    }

    pub(super) fn is_checking(&self) -> bool {
        self.counter.is_checking()
    }

    pub(super) fn journal(&self) -> &CounterJournal {
        self.counter.journal()
    }

    pub(super) fn journal_mut(&mut self) -> &mut CounterJournal {
        self.counter.journal_mut()
    }

    pub(super) async fn energies(
        &self,
        store: &dyn HistoryStore,
        spans: &[Span],
    ) -> Result<Vec<StepEnergy>, EnergyError> {
        let curve = Curve::new(self.counter.journal());
        let bounds: Vec<Timestamp> = spans
            .iter()
            .flat_map(|span| [span.from, span.until])
            .filter(|at| curve.needs_readings_at(*at))
            .collect();
        let mut readings = Vec::new();
        for (stretch, mounted) in self.stretches.iter().zip(&self.mounted) {
            let series = SeriesKey::new(self.series.point, stretch.measurand);
            let within = HistorySpan {
                from: mounted.from,
                until: mounted.until.unwrap_or(END),
            };
            let samples = readings_around(store, series, within, &bounds).await?;
            let unit = mounted.traits.unit;
            readings.extend(
                samples
                    .iter()
                    .filter_map(|sample| IndexReading::from_value(sample.at, sample.value, unit)),
            );
        }
        Ok(curve.energies(spans, &readings))
    }

    /// Feeds the counter on, from mount to mount, with readings from before `until`.
    async fn follow(
        &mut self,
        store: &dyn HistoryStore,
        finest: &[Amount],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Finer>, EnergyError> {
        if self.mounted.is_empty() {
            self.mount(store, finest[0]).await?;
        }
        loop {
            if let Some(finer) = self.feed_present(store, until).await? {
                return Ok(Some(finer));
            }
            let next = self.mounted.len();
            match self.stretches.get(next) {
                Some(stretch) if stretch.from() <= now => self.mount(store, finest[next]).await?,
                Some(_) => return Ok(None),
                None => break,
            }
        }
        if let Some(last) = self.mounted.last()
            && let (Some(until), Some(_)) = (last.until, last.closing)
            && until <= now
            && self.counter.fed_until().is_none_or(|fed| fed < until)
        {
            self.counter.unmount(last)?;
        }
        Ok(None)
    }

    /// Begins the next stretch, once its readings have shown how fine and how often it counts.
    async fn mount(&mut self, store: &dyn HistoryStore, finest: Amount) -> Result<(), EnergyError> {
        let stretch = &self.stretches[self.mounted.len()];
        let series = SeriesKey::new(self.series.point, stretch.measurand);
        let seen = Resolution::learn(store, series, stretch, finest).await?;
        let unit = seen.unit();
        let counts = |index: Amount| (index.billionths() / unit.billionths()) as i64;
        let mounted = Mounted {
            from: stretch.from(),
            until: stretch.until,
            traits: stretch.traits(unit).with_period(self.least_period),
            opening: stretch.opening.map(counts),
            closing: stretch.closing.map(counts),
        };
        self.counter.mount(self.mounted.last(), &mounted)?;
        self.counter
            .expect_intervals(seen.first_intervals().iter().copied());
        self.mounted.push(mounted);
        Ok(())
    }

    /// Feeds what there is of the stretch that was mounted last, from before `until`.
    async fn feed_present(
        &mut self,
        store: &dyn HistoryStore,
        until: Timestamp,
    ) -> Result<Option<Finer>, EnergyError> {
        let index = self.mounted.len() - 1;
        let (stretch, mounted) = (&self.stretches[index], &self.mounted[index]);
        let series = SeriesKey::new(self.series.point, stretch.measurand);
        let until = mounted.until.map_or(until, |end| end.min(until));
        let unit = mounted.traits.unit;
        let mut from = mounted.from;
        if let Some(fed_until) = self.counter.fed_until() {
            from = from.max(fed_until + MILLISECOND);
        }
        while from < until {
            let span = HistorySpan { from, until };
            let page = store.read_raw(series, span, PAGE_SAMPLES).await?;
            for sample in &page {
                let Some(value) = stretch.value_of(sample) else {
                    continue;
                };
                if value.billionths() % unit.billionths() != 0 {
                    return Ok(Some(Finer {
                        stretch: index,
                        divisor: common_divisor(unit, stretch.finest(value, sample)),
                    }));
                }
                let count = value.billionths() / unit.billionths();
                let reading = IndexReading::new(sample.at, count as i64);
                if mounted.counts(&reading) && self.is_next(sample.at) {
                    if stretch.measurand.counter == CounterKind::Partial
                        && let Some(ordered_at) = self.reset_before(sample.at)
                    {
                        self.counter.reset_ordered(ordered_at)?;
                    }
                    self.counter.feed(reading)?;
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE_SAMPLES => from = last.at + MILLISECOND,
                _ => break,
            }
        }
        Ok(None)
    }

    /// The last reset that was ordered since the reading before.
    fn reset_before(&self, at: Timestamp) -> Option<Timestamp> {
        let fed_until = self.counter.fed_until();
        let mut before = self.ordered_resets.iter().rev();
        before
            .find(|ordered_at| **ordered_at <= at)
            .copied()
            .filter(|ordered_at| fed_until.is_none_or(|fed_until| fed_until <= *ordered_at))
    }

    /// Samples are apart by milliseconds; an opening index may lie between two of them.
    fn is_next(&self, at: Timestamp) -> bool {
        let fed_until = self.counter.fed_until();
        fed_until.is_none_or(|fed_until| fed_until.as_millisecond() < at.as_millisecond())
    }
}

/// Until when readings are of the present, whatever the clocks of two hosts are apart.
pub(super) fn soon(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24))
        .unwrap_or(END)
}

/// The largest amount that both are multiples of.
fn common_divisor(a: Amount, b: Amount) -> Amount {
    let (mut a, mut b) = (a.billionths(), b.billionths());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    Amount::from_billionths(a)
}
