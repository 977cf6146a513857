//! Means, minima and maxima over the site's integration period, and the directions of load curves.
//!
//! [`Averages::take`] is fed what every sweep brought, right where it is handed to the recorder,
//! and answers the samples of the periods that are over. What nobody renews any more is closed by
//! [`Averages::run`].
//!
//! # Invariants
//!
//! - A mean is weighted by time and says how much of its period was measured.
//! - A ratio is not averaged: over a period it comes from the means of powers.
//! - Periods follow the clock of the site; a site whose zone or period changes begins anew.
//! - A clock that is put back costs what was left of one period: means go on with the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use energy::FeedError;
use energy::average::{Averaging, BlockAverager, BlockMean, Completeness};
use energy::civil::{BlockLength, CivilStep, SiteCalendar};
use history::{Recorder, Sample};
use jiff::{SignedDuration, Timestamp};
use model::{
    Clock, Coverage, IntegrationPeriod, Measurand, Quality, Quantity, Recording, SeriesKey,
};
use tokio_util::sync::CancellationToken;

use crate::acquisition::is_recorded;
use crate::energy::calendar;
use crate::live::LiveReading;
use crate::site::{Site, SiteStore};

/// How often periods are closed that no reading closes.
const CLOSE_EVERY: Duration = Duration::from_secs(20);
/// A reading is some seconds on its way from its answer to here.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(10);

/// Beyond this no reading stands and no period lasts.
const LONGEST_HOLD: SignedDuration = SignedDuration::from_hours(24 * 366);

/// The open periods of all series.
#[derive(Debug)]
pub struct Averages {
    site: Arc<SiteStore>,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    site: Arc<Site>,
    calendar: SiteCalendar,
    period: IntegrationPeriod,
    series: HashMap<SeriesKey, Averaged>,
}

/// One averaged series: the mean of a measurand, or of one direction of it.
#[derive(Debug)]
struct Averaged {
    averager: BlockAverager,
    /// Extremes of a direction say no more than those of the whole.
    has_extremes: bool,
    decimals: u8,
    /// Of the readings since the last period was closed.
    quality: Quality,
    /// Periods that begin earlier are not answered: they were, before the clock was put back.
    answered_from: Timestamp,
}

impl Averages {
    pub fn new(site: Arc<SiteStore>) -> Self {
        let present = site.site();
        Self {
            site,
            open: Mutex::new(Open::new(present)),
        }
    }

    /// Takes what a sweep brought; answers the samples of the periods that are over.
    pub fn take(&self, readings: &[LiveReading]) -> Vec<Sample> {
        let mut open = self.open();
        let mut samples = Vec::new();
        for live in readings {
            open.take(live, &mut samples);
        }
        samples
    }

    /// Closes the periods of what fell silent, until `shutdown`.
    pub async fn run(
        self: Arc<Self>,
        recorder: Arc<Recorder>,
        clock: Arc<dyn Clock>,
        shutdown: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(CLOSE_EVERY) => {}
            }
            let samples = self.close_until(clock.now() - ON_ITS_WAY);
            if !samples.is_empty() {
                recorder.record(samples);
            }
        }
    }

    fn close_until(&self, now: Timestamp) -> Vec<Sample> {
        self.open().close_until(now)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let site = self.site.site();
        if !Arc::ptr_eq(&open.site, &site) {
            open.follow(site);
        }
        open
    }
}

/// The samples of readings that were brought along, by time; what they stand for is kept for years
/// and they themselves for days.
pub(crate) fn means_of(
    site: Arc<Site>,
    readings: impl IntoIterator<Item = LiveReading>,
) -> Vec<Sample> {
    let mut open = Open::new(site);
    let mut samples = Vec::new();
    let mut last = None;
    for live in readings {
        last = Some(live.reading.at);
        open.take(&live, &mut samples);
    }
    if let Some(end) = last.and_then(|last| last.checked_add(LONGEST_HOLD).ok()) {
        samples.extend(open.close_until(end));
    }
    samples
}

impl Open {
    fn new(site: Arc<Site>) -> Self {
        Self {
            calendar: calendar(&site),
            period: site.integration_period(),
            site,
            series: HashMap::new(),
        }
    }

    /// Another site: what is measured no more is dropped, and all where the periods are others.
    fn follow(&mut self, site: Arc<Site>) {
        let is_alike = site.time_zone_name() == self.site.time_zone_name()
            && site.integration_period() == self.period;
        let series = std::mem::take(&mut self.series);
        *self = Self::new(site);
        if is_alike {
            self.series = series;
            let site = &self.site;
            self.series
                .retain(|series, _| site.point(series.point).is_some());
        }
    }

    fn take(&mut self, live: &LiveReading, samples: &mut Vec<Sample>) {
        let series = live.reading.series;
        let measurand = series.measurand;
        if !is_recorded(measurand) {
            return;
        }
        let Some(whole) = Averaging::of(measurand.quantity) else {
            return;
        };
        self.feed(live, series, whole, samples);
        for (quantity, averaging) in directions_of(measurand.quantity) {
            let direction = Measurand {
                quantity: *quantity,
                ..measurand
            };
            let series = SeriesKey::new(series.point, direction);
            self.feed(live, series, *averaging, samples);
        }
    }

    fn close_until(&mut self, now: Timestamp) -> Vec<Sample> {
        let period = self.period;
        let mut samples = Vec::new();
        for (series, averaged) in &mut self.series {
            let blocks = averaged.averager.advance(now);
            averaged.put(*series, period, &blocks, &mut samples);
        }
        samples
    }

    fn feed(
        &mut self,
        live: &LiveReading,
        series: SeriesKey,
        averaging: Averaging,
        samples: &mut Vec<Sample>,
    ) {
        let (calendar, period) = (&self.calendar, self.period);
        let reading = &live.reading;
        let length = BlockLength::of_seconds(period.seconds())
            .expect("the site was checked for a period that divides a day");
        let begun = |answered_from: Timestamp| {
            let spacing = SignedDuration::try_from(live.period).unwrap_or(SignedDuration::MAX);
            Averaged {
                averager: BlockAverager::new(calendar.clone(), length, averaging, spacing),
                has_extremes: series == reading.series,
                decimals: reading.decimals,
                quality: Quality::MEASURED,
                answered_from,
            }
        };
        let averaged = self
            .series
            .entry(series)
            .or_insert_with(|| begun(Timestamp::MIN));
        averaged.decimals = reading.decimals;
        let mut fed = averaged.averager.feed(reading.at, reading.value);
        if let Err(FeedError::OutOfOrder { at, fed_until }) = fed {
            // The clock was put back. Within the open period it is waited for, since that loses
            // least. Before it, the open period comes again and is dropped; the one that the clock
            // shows now was answered already, so that answers go on with the one behind it.
            let step = CivilStep::Block(length);
            if at < calendar.step_at(step, fed_until).from {
                *averaged = begun(calendar.step_at(step, at).until);
                fed = averaged.averager.feed(reading.at, reading.value);
            }
        }
        if let Ok(blocks) = fed {
            averaged.put(series, period, &blocks, samples);
        }
        averaged.quality = averaged.quality.with(reading.quality);
    }
}

impl Averaged {
    fn put(
        &mut self,
        series: SeriesKey,
        period: IntegrationPeriod,
        blocks: &[BlockMean],
        samples: &mut Vec<Sample>,
    ) {
        for block in blocks {
            if block.span.from < self.answered_from {
                continue;
            }
            let quality = match block.completeness() {
                Completeness::Complete => self.quality,
                _ => self.quality.with(Quality::INCOMPLETE),
            };
            self.quality = Quality::MEASURED;
            let mut put = |recording: Recording, value: f64| {
                let sample = Sample {
                    series: series.with_recording(recording),
                    at: block.span.from,
                    value,
                    decimals: 0,
                    quality,
                    coverage: Coverage::of_share(block.coverage),
                };
                samples.push(sample.with_register_decimals(self.decimals));
            };
            put(Recording::Mean(period), block.mean);
            if self.has_extremes {
                put(Recording::Minimum(period), block.minimum);
                put(Recording::Maximum(period), block.maximum);
            }
        }
    }
}

/// The directions of a load curve that a power is parted into.
fn directions_of(quantity: Quantity) -> &'static [(Quantity, Averaging)] {
    const ACTIVE: [(Quantity, Averaging); 2] = [
        (Quantity::ActivePowerImport, Averaging::AboveZero),
        (Quantity::ActivePowerExport, Averaging::BelowZero),
    ];
    const REACTIVE: [(Quantity, Averaging); 2] = [
        (Quantity::ReactivePowerPlus, Averaging::AboveZero),
        (Quantity::ReactivePowerMinus, Averaging::BelowZero),
    ];
    match quantity {
        Quantity::ActivePower => &ACTIVE,
        Quantity::ReactivePower => &REACTIVE,
        _ => &[],
    }
}
