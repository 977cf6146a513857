//! Smallest and largest values since local midnight, of what the device keeps none (MON-08).
//!
//! An extreme is a reading like any other, marked as computed, with the instant at which it
//! occurred. Pollers hand their readings to [`DayExtremes::take`], which never waits; what was
//! read earlier in the day, before a restart say, is looked up in history by
//! [`DayExtremes::run`], and a series has no extreme before that is done.
//!
//! # Invariants
//!
//! - An extreme was a reading of today in the site's zone; yesterday's are taken off the board.
//! - Only what history holds has one ([`has_day_extremes`]): a restart changes no extreme.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use energy::civil::{CivilStep, SiteCalendar};
use history::{HistoryError, HistoryStore, Sample, Span};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{Clock, Measurand, Quality, Quantity, Reading, SeriesKey, Statistic, ValueKind};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::acquisition::is_recorded;
use crate::live::{LiveBoard, LiveReading};
use crate::site::Site;

/// The statistics that are made here, in the order of [`Extremes`].
pub const DAY_EXTREMES: [Statistic; 2] = [Statistic::Minimum, Statistic::Maximum];

/// A day is looked through in steps of this; only the samples of one of them are read singly.
const LOOK_UP_STEP: Duration = Duration::from_mins(1);
/// Samples in one such step at the fastest period that can be set (100 ms), and as many again.
const STEP_SAMPLES_MAX: usize = 1_200;
/// Pause before history that could not be read is asked again.
const RETRY_DELAY: Duration = Duration::from_secs(10);
/// A day's end is looked for at least this often: the clock may be set meanwhile.
const DAY_CHECK: Duration = Duration::from_secs(10);

/// Whether the server keeps extremes of an instantaneous value where its device does not. The
/// sign of a power factor tells its sense, so the smallest of them says nothing.
pub fn has_day_extremes(measurand: Measurand) -> bool {
    measurand.kind() == ValueKind::Gauge
        && measurand.statistic == Statistic::Instant
        && measurand.quantity != Quantity::PowerFactor
        && is_recorded(measurand)
}

/// The extremes of the present day, shared by the pollers, which feed them, and one task.
#[derive(Debug)]
pub struct DayExtremes {
    history: Arc<dyn HistoryStore>,
    site: watch::Receiver<Arc<Site>>,
    clock: Arc<dyn Clock>,
    today: Mutex<Today>,
    /// Tells the task that a series appeared whose day is to be looked up.
    appeared: Notify,
}

#[derive(Debug, Default)]
struct Today {
    day: Option<Day>,
    series: HashMap<SeriesKey, Entry>,
}

#[derive(Debug, Clone, PartialEq)]
struct Day {
    zone: TimeZone,
    span: Span,
}

#[derive(Debug, Default)]
struct Entry {
    extremes: Option<Extremes>,
    /// What was read before this process did is known too.
    is_looked_up: bool,
    told_at: Option<Instant>,
}

/// Minimum and maximum.
type Extremes = [Extreme; 2];

#[derive(Debug, Clone, Copy, PartialEq)]
struct Extreme {
    value: f64,
    at: Timestamp,
    decimals: u8,
    quality: Quality,
}

const POISONED: &str = "no code panics while it holds the extremes";

impl DayExtremes {
    pub fn new(
        history: Arc<dyn HistoryStore>,
        site: watch::Receiver<Arc<Site>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            history,
            site,
            clock,
            today: Mutex::default(),
            appeared: Notify::new(),
        }
    }

    /// Takes readings and answers the extremes that changed, and each again after `period`, so
    /// that it does not grow stale. Readings without a value count for nothing.
    pub fn take<'a>(
        &self,
        readings: impl Iterator<Item = &'a LiveReading>,
        period: Duration,
    ) -> Vec<LiveReading> {
        let zone = self.site.borrow().time_zone().clone();
        let now = Instant::now();
        let mut today = self.today.lock().expect(POISONED);
        let mut told = Vec::new();
        for live in readings {
            let reading = &live.reading;
            let Some(extreme) = Extreme::of(reading) else {
                continue;
            };
            if !today.holds(reading.at, &zone) {
                today.begin(reading.at, &zone);
            }
            let entry = today.series.entry(reading.series).or_default();
            let is_changed = entry.widen([extreme; 2]);
            if !entry.is_looked_up {
                self.appeared.notify_one();
                continue;
            }
            let is_due = entry
                .told_at
                .is_none_or(|at| now.duration_since(at) >= period);
            if is_changed || is_due {
                entry.told_at = Some(now);
                told.extend(entry.readings(reading.series, reading.at, period));
            }
        }
        told
    }

    /// Looks up what a day brought before, and takes yesterday's extremes off the board, until
    /// `shutdown`.
    pub async fn run(self: Arc<Self>, live: Arc<LiveBoard>, shutdown: CancellationToken) {
        let mut is_failing = false;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.appeared.notified() => {}
                () = tokio::time::sleep(DAY_CHECK) => {}
            }
            live.update(&self.end_day());
            match self.look_up().await {
                Ok(()) => is_failing = false,
                Err(error) => {
                    if !is_failing {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "extremes since midnight wait for history"
                        );
                    }
                    is_failing = true;
                    tokio::select! {
                        () = shutdown.cancelled() => return,
                        () = tokio::time::sleep(RETRY_DELAY) => {}
                    }
                }
            }
        }
    }

    /// Begins a new day when the old one is over, and answers what is to be shown of series that
    /// have not been read in it: nothing.
    fn end_day(&self) -> Vec<LiveReading> {
        let (zone, now) = (self.site.borrow().time_zone().clone(), self.clock.now());
        let mut today = self.today.lock().expect(POISONED);
        if !today.holds(now, &zone) {
            today.begin(now, &zone);
        }
        let is_over = |_: &SeriesKey, entry: &mut Entry| entry.extremes.is_none();
        today
            .series
            .extract_if(is_over)
            .filter(|(_, entry)| entry.told_at.is_some())
            .flat_map(|(series, _)| nothing_of(series, now))
            .collect()
    }

    /// Looks up the day of each series that is new.
    async fn look_up(&self) -> Result<(), HistoryError> {
        let (day, new) = {
            let today = self.today.lock().expect(POISONED);
            let Some(day) = today.day.clone() else {
                return Ok(());
            };
            let new: HashSet<SeriesKey> = today
                .series
                .iter()
                .filter(|(_, entry)| !entry.is_looked_up)
                .map(|(series, _)| *series)
                .collect();
            (day, new)
        };
        for series in new {
            let found = self.extremes_of(series, day.span).await?;
            let mut today = self.today.lock().expect(POISONED);
            if today.day.as_ref() != Some(&day) {
                return Ok(());
            }
            let entry = today.series.entry(series).or_default();
            entry.is_looked_up = true;
            if let Some(found) = found {
                entry.widen(found);
            }
        }
        Ok(())
    }

    /// The extremes that history holds of a span.
    async fn extremes_of(
        &self,
        series: SeriesKey,
        span: Span,
    ) -> Result<Option<Extremes>, HistoryError> {
        let until = self.clock.now().min(span.until);
        if until <= span.from {
            return Ok(None);
        }
        let span = Span { until, ..span };
        let steps = self
            .history
            .read_stepped(series, span, LOOK_UP_STEP, Duration::ZERO)
            .await?;
        let by_value = |values: &[Option<f64>]| {
            let mut steps: Vec<(usize, f64)> = values
                .iter()
                .enumerate()
                .filter_map(|(step, value)| Some((step, (*value)?)))
                .collect();
            steps.sort_by(|(_, a), (_, b)| a.total_cmp(b));
            steps
        };
        let lowest_first = by_value(&steps.minima);
        let mut highest_first = by_value(&steps.maxima);
        highest_first.reverse();
        let lowest = self.first_within(series, span, &lowest_first).await?;
        let highest = self.first_within(series, span, &highest_first).await?;
        Ok(lowest
            .zip(highest)
            .map(|(lowest, highest)| [lowest, highest]))
    }

    /// The sample that made the first of these steps. A value that only stood into a step, from
    /// before the span even, is no sample of it, and the next step is looked at.
    async fn first_within(
        &self,
        series: SeriesKey,
        span: Span,
        steps: &[(usize, f64)],
    ) -> Result<Option<Extreme>, HistoryError> {
        for (step, value) in steps {
            let from = span.from + LOOK_UP_STEP * *step as u32;
            let step = Span {
                from,
                until: (from + LOOK_UP_STEP).min(span.until),
            };
            let samples = self
                .history
                .read_raw(series, step, STEP_SAMPLES_MAX)
                .await?;
            if let Some(sample) = samples
                .iter()
                .find(|sample| sample.value.total_cmp(value).is_eq())
            {
                return Ok(Some(Extreme::of_sample(sample)));
            }
        }
        Ok(None)
    }
}

impl Today {
    fn holds(&self, at: Timestamp, zone: &TimeZone) -> bool {
        self.day
            .as_ref()
            .is_some_and(|day| day.zone == *zone && day.span.from <= at && at < day.span.until)
    }

    fn begin(&mut self, at: Timestamp, zone: &TimeZone) {
        let day = SiteCalendar::new(zone.clone()).step_at(CivilStep::Day, at);
        self.day = Some(Day {
            zone: zone.clone(),
            span: Span {
                from: day.from,
                until: day.until,
            },
        });
        for entry in self.series.values_mut() {
            entry.extremes = None;
            entry.is_looked_up = false;
        }
    }
}

impl Entry {
    /// Whether an extreme moved. Of equal values the earlier one counts.
    fn widen(&mut self, [low, high]: Extremes) -> bool {
        let Some([minimum, maximum]) = &mut self.extremes else {
            self.extremes = Some([low, high]);
            return true;
        };
        let is_earlier = |new: &Extreme, known: &Extreme| {
            new.value.total_cmp(&known.value).is_eq() && new.at < known.at
        };
        let is_lower = low.value < minimum.value || is_earlier(&low, minimum);
        let is_higher = high.value > maximum.value || is_earlier(&high, maximum);
        if is_lower {
            *minimum = low;
        }
        if is_higher {
            *maximum = high;
        }
        is_lower || is_higher
    }

    fn readings(
        &self,
        series: SeriesKey,
        at: Timestamp,
        period: Duration,
    ) -> impl Iterator<Item = LiveReading> + use<> {
        DAY_EXTREMES
            .into_iter()
            .zip(self.extremes.into_iter().flatten())
            .map(move |(statistic, extreme)| LiveReading {
                reading: Reading {
                    series: extreme_series(series, statistic),
                    value: Some(extreme.value),
                    at,
                    quality: extreme.quality.with(Quality::COMPUTED),
                    decimals: extreme.decimals,
                    occurred_at: Some(extreme.at),
                },
                period,
            })
    }
}

/// Takes the extremes of a series off the board.
fn nothing_of(series: SeriesKey, at: Timestamp) -> impl Iterator<Item = LiveReading> {
    DAY_EXTREMES.into_iter().map(move |statistic| LiveReading {
        reading: Reading {
            series: extreme_series(series, statistic),
            value: None,
            at,
            quality: Quality::COMPUTED,
            decimals: 0,
            occurred_at: None,
        },
        period: DAY_CHECK,
    })
}

fn extreme_series(series: SeriesKey, statistic: Statistic) -> SeriesKey {
    SeriesKey {
        measurand: series.measurand.with_statistic(statistic),
        ..series
    }
}

impl Extreme {
    fn of(reading: &Reading) -> Option<Self> {
        Some(Self {
            value: reading.value?,
            at: reading.at,
            decimals: reading.decimals,
            quality: reading.quality,
        })
    }

    fn of_sample(sample: &Sample) -> Self {
        Self {
            value: sample.value,
            at: sample.at,
            decimals: sample.decimals,
            quality: sample.quality,
        }
    }
}

#[cfg(test)]
mod tests;
