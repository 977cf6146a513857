//! What the tests of counters share: a tape of readings and what came of it.
use energy::{
    Amount, Counter, CounterTraits, Curve, Decided, IndexReading, IndexStep, Span, StepEnergy,
};
use jiff::{SignedDuration, Timestamp};
use model::{Measurand, Phase, PointId, Quantity, SeriesKey};

pub(crate) const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

pub(crate) fn series() -> SeriesKey {
    SeriesKey::new(
        PointId(12),
        Measurand::new(Quantity::ActiveEnergyImport, Phase::Total),
    )
}

pub(crate) fn wh(units: i64) -> Amount {
    Amount::from_units(units)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// As in the table of worked cases: 1 Wh, 100 kW, a ring of 10^8.
pub(crate) fn worked_traits() -> CounterTraits {
    CounterTraits::of_unit(wh(1))
        .with_max_per_hour(wh(100_000))
        .with_ring(100_000_000)
}

/// Readings in order of time, the next one ten minutes after the last unless said.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    pub(crate) readings: Vec<IndexReading>,
    next_at: Timestamp,
    period: SignedDuration,
}

impl Tape {
    pub(crate) fn new() -> Self {
        Self::every(TEN_MINUTES)
    }

    pub(crate) fn every(period: SignedDuration) -> Self {
        Self {
            readings: Vec::new(),
            next_at: at("2026-01-05T00:00:00Z"),
            period,
        }
    }

    pub(crate) fn starting(mut self, at: Timestamp) -> Self {
        self.next_at = at;
        self
    }

    /// Goes on with these counts.
    pub(crate) fn counts(mut self, counts: impl IntoIterator<Item = i64>) -> Self {
        for count in counts {
            self.readings.push(IndexReading::new(self.next_at, count));
            self.next_at += self.period;
        }
        self
    }

    /// Comes to `count` normally, over three readings.
    pub(crate) fn up_to(self, count: i64, per_step: i64) -> Self {
        self.counts([count - 2 * per_step, count - per_step, count])
    }

    /// Goes on normally from the last reading, over some readings.
    pub(crate) fn onward(self, per_step: i64, n_readings: i64) -> Self {
        let last = self.readings.last().unwrap().count;
        self.counts((1..=n_readings).map(|n| last + n * per_step))
    }

    /// Nobody answers, and the next reading comes so long after the last one.
    pub(crate) fn silence(mut self, length: SignedDuration) -> Self {
        self.next_at = self.readings.last().unwrap().at + length;
        self
    }

    pub(crate) fn of_meter(mut self, identity: u64, from_index: usize) -> Self {
        for reading in &mut self.readings[from_index..] {
            *reading = reading.with_identity(identity);
        }
        self
    }

    pub(crate) fn feed(&self, traits: CounterTraits) -> Counter {
        let mut counter = Counter::new(series(), traits);
        for reading in &self.readings {
            counter.feed(*reading).unwrap();
        }
        counter
    }

    pub(crate) fn span(&self) -> Span {
        let (first, last) = (
            self.readings.first().unwrap(),
            self.readings.last().unwrap(),
        );
        Span::new(first.at, last.at)
    }

    /// The energy over the whole tape.
    pub(crate) fn total(&self, counter: &Counter) -> StepEnergy {
        Curve::new(counter.journal()).energy(self.span(), &self.readings)
    }
}

pub(crate) fn kinds(counter: &Counter) -> Vec<IndexStep> {
    counter
        .journal()
        .entries()
        .map(|decided| decided.kind)
        .collect()
}

#[track_caller]
pub(crate) fn only_entry(counter: &Counter) -> Decided<'_> {
    let mut entries = counter.journal().entries();
    let entry = entries.next().expect("an entry");
    assert_eq!(entries.next().map(|more| more.kind), None, "one entry");
    entry
}
