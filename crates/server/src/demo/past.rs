//! The year that the demo's building had before anybody looked: what its meters would have been
//! read as, with what happens to meters in a year.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::Context;
use history::{HistoryStore, Sample};
use jiff::{SignedDuration, Timestamp};
use model::{
    CounterKind, Coverage, IntegrationPeriod, Measurand, Phase, Quality, Quantity, Recording,
    SeriesKey, ValueKind,
};
use profiles::{Catalogue, MeasurandInfo};
use server::acquisition::is_recorded;
use server::site::{Mount, Site, SiteDocument};
use simulator::{Past, Plant, Played};
use tokio_util::sync::CancellationToken;

/// What happens, to which circuit, and how many days before the end.
const REPLACED: (&str, i64) = ("Car chargers", 140);
const REPLACED_SILENTLY: (&str, i64) = ("Hot water", 45);
const SILENT: (&str, i64) = ("Lighting and sockets", 30);
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(9);
const GLITCH: (&str, i64) = ("Kitchen", 12);

/// What the meters before had counted more than those after them, in base units.
const OLD_METER_AHEAD: f64 = 2_345_000.0;

/// Periods whose samples are stored together: some ten thousand samples.
const BATCH_PERIODS: usize = 100;
/// Batches that wait for the store.
const BATCHES_MAX: usize = 4;

/// The energies that are read; where a meter has partial counters only, those.
const ENERGIES: [Quantity; 4] = [
    Quantity::ActiveEnergyImport,
    Quantity::ActiveEnergyExport,
    Quantity::ReactiveEnergyPlus,
    Quantity::ReactiveEnergyMinus,
];

/// One point, played.
struct PlayedPoint {
    name: String,
    played: Played,
    counters: Vec<PlayedCounter>,
    gauges: Vec<(SeriesKey, u8)>,
}

struct PlayedCounter {
    series: SeriesKey,
    /// What the simulated meter is asked for.
    resolution: f64,
    decimals: u8,
}

/// Makes the past of `plant` until `now`, stores it, and answers the site as it is then: its
/// mounts begin with it. Cut off by `shutdown` it answers nothing, and is made again at the next
/// start.
pub(crate) async fn make(
    plant: Plant,
    mut document: SiteDocument,
    history: Arc<dyn HistoryStore>,
    (from, now): (Timestamp, Timestamp),
    shutdown: &CancellationToken,
) -> anyhow::Result<Option<SiteDocument>> {
    let mut past = Past::new(plant, from);
    for mount in &mut document.mounts {
        mount.from = past.now();
    }
    let site = Site::check(document.clone(), &Catalogue::shipped())
        .map_err(|mistakes| anyhow::anyhow!("the demo's site has mistakes: {mistakes:?}"))?;
    let points = played_points(&site, &past);
    let story = Story::between(past.now(), now);
    let n_periods = (now.duration_since(past.now()).as_secs() / Past::PERIOD.as_secs()) as usize;
    let (sender, mut batches) = tokio::sync::mpsc::channel(BATCHES_MAX);
    let stopping = shutdown.clone();
    let playing = tokio::task::spawn_blocking(move || {
        let mut exchange = None;
        let mut batch = Vec::new();
        for period in 1..=n_periods {
            for point in &points {
                point.read(&past, &story, &mut batch, &mut exchange);
            }
            past.advance();
            let is_full = period.is_multiple_of(BATCH_PERIODS) || period == n_periods;
            if is_full
                && sender
                    .blocking_send((period, std::mem::take(&mut batch)))
                    .is_err()
            {
                break;
            }
            if stopping.is_cancelled() {
                return Ok((exchange, false));
            }
        }
        past.remember()?;
        anyhow::Ok((exchange, true))
    });
    let progress = Progress::of(n_periods);
    while let Some((period, samples)) = batches.recv().await {
        history.append(samples).await?;
        progress.tell(period);
    }
    progress.end();
    let (exchange, is_whole) = playing.await.context("the past broke off")??;
    if let Some(exchange) = exchange {
        replace_meter(&mut document, &site, exchange);
    }
    Ok(is_whole.then_some(document))
}

/// When it happens.
struct Story {
    from: Timestamp,
    replaced_at: Timestamp,
    replaced_silently_at: Timestamp,
    silent_from: Timestamp,
    glitch_at: Timestamp,
}

/// A meter was replaced: what the counters of both showed.
struct Exchange {
    at: Timestamp,
    closing: BTreeMap<String, f64>,
    opening: BTreeMap<String, f64>,
}

impl Story {
    fn between(from: Timestamp, now: Timestamp) -> Self {
        let ago = |days: i64| now - SignedDuration::from_hours(24 * days);
        Self {
            from,
            replaced_at: ago(REPLACED.1),
            replaced_silently_at: ago(REPLACED_SILENTLY.1),
            silent_from: ago(SILENT.1),
            glitch_at: ago(GLITCH.1),
        }
    }

    fn is_silent(&self, name: &str, at: Timestamp) -> bool {
        name == SILENT.0 && self.silent_from <= at && at < self.silent_from + SILENT_FOR
    }

    /// How far the meter of that time is ahead of the present one.
    fn ahead(&self, name: &str, at: Timestamp) -> f64 {
        let replaced = name == REPLACED.0 && at < self.replaced_at;
        let silently = name == REPLACED_SILENTLY.0 && at < self.replaced_silently_at;
        if replaced || silently {
            OLD_METER_AHEAD
        } else {
            0.0
        }
    }

    /// A past that begins later has the new meter from the start.
    fn is_exchange(&self, at: Timestamp) -> bool {
        let since = at.duration_since(self.replaced_at);
        at > self.from && SignedDuration::ZERO <= since && since < Past::PERIOD
    }

    fn is_glitch(&self, name: &str, at: Timestamp) -> bool {
        let since = at.duration_since(self.glitch_at);
        name == GLITCH.0 && SignedDuration::ZERO <= since && since < Past::PERIOD
    }
}

impl PlayedPoint {
    /// The indexes that are read now, and the means of the period that begins now.
    fn read(
        &self,
        past: &Past,
        story: &Story,
        samples: &mut Vec<Sample>,
        exchange: &mut Option<Exchange>,
    ) {
        let at = past.now();
        if story.is_silent(&self.name, at) {
            return;
        }
        let mut put = |series: SeriesKey, value: f64, decimals: u8| {
            let sample = Sample {
                series,
                at,
                value,
                decimals,
                quality: Quality::MEASURED,
                coverage: Coverage::FULL,
            };
            samples.push(sample.with_register_decimals(decimals));
        };
        let is_exchange = self.name == REPLACED.0 && story.is_exchange(at);
        let mut indexes = BTreeMap::new();
        for counter in &self.counters {
            let Some(index) = past.value(self.played, counter.series.measurand) else {
                continue;
            };
            let index = (index / counter.resolution).floor() * counter.resolution;
            indexes.insert(counter.series.measurand.to_string(), index);
            let shown = index + story.ahead(&self.name, at);
            let is_glitch = story.is_glitch(&self.name, at);
            put(
                counter.series,
                if is_glitch { 0.0 } else { shown },
                counter.decimals,
            );
        }
        if is_exchange {
            let closing = indexes.iter();
            *exchange = Some(Exchange {
                at,
                closing: closing
                    .map(|(name, index)| (name.clone(), index + OLD_METER_AHEAD))
                    .collect(),
                opening: indexes,
            });
        }
        let mean = Recording::Mean(IntegrationPeriod::TEN_MINUTES);
        for (series, decimals) in &self.gauges {
            let Some(value) = past.value(self.played, series.measurand) else {
                continue;
            };
            put(series.with_recording(mean), value, *decimals);
            let directions = match series.measurand.quantity {
                Quantity::ActivePower => [Quantity::ActivePowerImport, Quantity::ActivePowerExport],
                Quantity::ReactivePower => {
                    [Quantity::ReactivePowerPlus, Quantity::ReactivePowerMinus]
                }
                _ => continue,
            };
            for (quantity, value) in directions.into_iter().zip([value, -value]) {
                let direction = Measurand::new(quantity, series.measurand.phase);
                let series = SeriesKey::new(series.point, direction).with_recording(mean);
                put(series, value.max(0.0), *decimals);
            }
        }
    }
}

/// What of each point of the site is played and remembered.
fn played_points(site: &Site, past: &Past) -> Vec<PlayedPoint> {
    let point = |point: &server::site::MeasuringPoint| {
        let mount = site.mount_of(point.id, past.now())?;
        let offered = site.device(mount.device)?.profile.measurands(mount.channel);
        let find = |wanted: Measurand| offered.iter().find(|info| info.measurand == wanted);
        let counters = ENERGIES.into_iter().filter_map(|quantity| {
            let total = Measurand::new(quantity, Phase::Total);
            find(total).or_else(|| find(total.with_counter(CounterKind::Partial)))
        });
        let is_wired =
            |info: &&MeasurandInfo| point.wiring.is_none_or(|wiring| wiring.has(info.measurand));
        let gauges = offered
            .iter()
            .filter(is_wired)
            .filter(|info| info.measurand.kind() == ValueKind::Gauge)
            .filter(|info| is_recorded(info.measurand) && is_played(info.measurand));
        Some(PlayedPoint {
            name: point.name.clone(),
            played: past.named(&point.name)?,
            counters: counters
                .map(|info| PlayedCounter {
                    series: SeriesKey::new(point.id, info.measurand),
                    resolution: info.resolution_billionths as f64 / 1e9,
                    decimals: info.decimals,
                })
                .collect(),
            gauges: gauges
                .map(|info| (SeriesKey::new(point.id, info.measurand), info.decimals))
                .collect(),
        })
    };
    site.points().iter().filter_map(point).collect()
}

/// What trends are looked at first; the rest of a year would be most of the time it takes.
fn is_played(measurand: Measurand) -> bool {
    match measurand.quantity {
        Quantity::ActivePower | Quantity::ReactivePower | Quantity::ApparentPower => {
            measurand.phase == Phase::Total
        }
        Quantity::Current => matches!(measurand.phase, Phase::L1 | Phase::L2 | Phase::L3),
        Quantity::Voltage => matches!(measurand.phase, Phase::L1 | Phase::L2 | Phase::L3),
        Quantity::Frequency => true,
        _ => false,
    }
}

/// The exchange is part of the site: two mounts after one another.
fn replace_meter(document: &mut SiteDocument, site: &Site, exchange: Exchange) {
    let point = site.points().iter().find(|point| point.name == REPLACED.0);
    let mount = point.and_then(|point| {
        let mounts = &mut document.mounts;
        mounts.iter_mut().find(|mount| mount.point == point.id.0)
    });
    if let Some(mount) = mount {
        mount.until = Some(exchange.at);
        mount.closing = exchange.closing;
        let next = Mount {
            from: exchange.at,
            until: None,
            opening: exchange.opening,
            closing: BTreeMap::new(),
            ..mount.clone()
        };
        document.mounts.push(next);
    }
}

/// Tells a terminal how far it is, and a log that it has begun and ended.
struct Progress {
    n_periods: usize,
    is_terminal: bool,
}

impl Progress {
    fn of(n_periods: usize) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        if !is_terminal {
            eprintln!("making the history of the demo …");
        }
        Self {
            n_periods,
            is_terminal,
        }
    }

    fn tell(&self, period: usize) {
        if self.is_terminal {
            let percent = period * 100 / self.n_periods.max(1);
            eprint!("\rmaking the history of the demo: {percent} % ");
        }
    }

    fn end(&self) {
        if self.is_terminal {
            eprintln!();
        }
    }
}
