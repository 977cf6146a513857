//! Polls one bus: the devices that answer behind one connection or on one line.
//!
//! A bus serves one device at a time, so each bus has exactly one task and its devices take
//! turns. [`poll_bus`] is the whole loop: wait for whoever is due first, sweep that device,
//! dispatch the batch, until `shutdown`.
//!
//! # Invariants
//!
//! - A reading keeps the time of its answer, set by `Bus::read`; nobody changes it later.
//! - A silent device delays its neighbours by one bounded wait per probe, never more, and all of
//!   them together by no more than a small share of the bus; a table at which one alone falls
//!   silent is left out at growing distance.
//! - A failed request becomes a fault in the device's health; only `shutdown` ends the loop.
//! - An order is carried out between two sweeps, and never cut short but by `shutdown`.
//! - Nothing here knows register addresses (see `profiles`) or storage (see `history`).

mod ordered;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use modbus::{Bus, ReadOutcome, RequestFault};
use model::{Channel, Clock, Measurand, PointId, Reading, SeriesKey, Statistic};
use profiles::{ChannelValue, Identity, LinkOptions, PollClass, ReadPlan, RegisterImage, TableKey};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::bus::{BusPlan, MountedChannel, Offer, PolledDevice};
use super::counts::ReadingCounts;
use super::dispatch::{Batch, Dispatch};
use super::exclusions::Exclusions;
use super::figures::{Asking, BusFigures};
use super::health::{DeviceFault, DeviceIdentity, HealthChange, HealthWatch, SweepResult};
use super::orders::{Order, Orders};
use super::plans::Plans;
use super::probing::Probing;
use super::schedule::{DeviceSchedule, Periods};
use crate::day_extremes::{DAY_EXTREMES, DayExtremes, has_day_extremes};
use crate::live::LiveReading;

/// Times its usual latency that a device is waited for.
const PATIENCE_FACTOR: u32 = 8;
/// Least wait for a device that answers; manuals promise an answer within this.
const PATIENCE_MIN: Duration = Duration::from_millis(250);

/// What a poller needs besides its plan.
#[derive(Debug, Clone)]
pub(super) struct PollerTools {
    pub periods: Periods,
    pub clock: Arc<dyn Clock>,
    pub dispatch: Dispatch,
    pub orders: Arc<Orders>,
    pub figures: Arc<BusFigures>,
    pub counts: Arc<ReadingCounts>,
    pub extremes: Arc<DayExtremes>,
}

/// Polls the devices of one bus until `shutdown`, and carries out orders between two sweeps.
pub(super) async fn poll_bus(
    plan: BusPlan,
    tools: PollerTools,
    mut orders: mpsc::Receiver<Order>,
    restarts: u32,
    shutdown: CancellationToken,
) {
    let mut bus =
        Bus::new(plan.endpoint.clone(), Arc::clone(&tools.clock)).with_window(plan.window);
    let mut turns: Vec<DeviceTurn> = plan
        .devices
        .into_iter()
        .map(|device| DeviceTurn::new(device, &tools, restarts))
        .collect();
    for turn in &turns {
        tools.dispatch.live.update_health(turn.watch.health());
    }
    let mut probing = Probing::default();
    loop {
        let somebody_answers = turns.iter().any(|turn| !turn.is_quarantined());
        let due = |turn: &DeviceTurn| {
            let due = turn.schedule.next_due();
            if turn.is_quarantined() {
                probing.earliest(due, somebody_answers)
            } else {
                due
            }
        };
        let Some(next) = (0..turns.len()).min_by_key(|index| due(&turns[*index])) else {
            return;
        };
        // An order goes first, or a bus that is always late would never come to it.
        let order = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            Some(order) = orders.recv() => Some(order),
            () = until(due(&turns[next])) => None,
        };
        let work = async {
            if let Some(order) = order {
                obey(order, &mut turns, &mut bus, &tools).await;
                return;
            }
            let turn = &mut turns[next];
            let (started, is_probe) = (Instant::now(), turn.is_quarantined());
            tools.dispatch.dispatch(&turn.sweep(&mut bus, &tools).await);
            if is_probe && turn.is_quarantined() {
                probing.failed(started, Instant::now());
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = work => {}
        }
    }
}

/// Waits for an instant. A timer counts in milliseconds: whoever is late already would lose one.
async fn until(due: Instant) {
    if due > Instant::now() {
        tokio::time::sleep_until(due.into()).await;
    }
}

async fn obey(order: Order, turns: &mut [DeviceTurn], bus: &mut Bus, tools: &PollerTools) {
    let turn = turns.iter_mut().find(|turn| turn.device.id == order.device);
    if let Some(turn) = turn
        && order.begin()
    {
        let outcomes = turn.carry_out(&order, bus, tools).await;
        order.finish(outcomes);
    }
}

/// One device between its sweeps.
#[derive(Debug)]
struct DeviceTurn {
    device: PolledDevice,
    schedule: DeviceSchedule,
    watch: HealthWatch,
    offers: HashMap<(Channel, Measurand), Offer>,
    excluded: Exclusions,
    plans: Plans,
    identified: bool,
    figures: Arc<BusFigures>,
    /// When the newest answer of the present sweep came.
    answered_at: Option<Timestamp>,
}

impl DeviceTurn {
    fn new(device: PolledDevice, tools: &PollerTools, bus_restarts: u32) -> Self {
        let (began, since) = (Instant::now(), tools.clock.now());
        tools.counts.begin(device.id, tools.periods, began, since);
        Self {
            schedule: DeviceSchedule::new(tools.periods, began),
            watch: HealthWatch::new(device.id, since, bus_restarts),
            offers: device.offers(),
            excluded: Exclusions::default(),
            plans: Plans::default(),
            identified: false,
            figures: Arc::clone(&tools.figures),
            answered_at: None,
            device,
        }
    }

    /// It takes no turns but is probed now and then, since it does not answer as it should.
    fn is_quarantined(&self) -> bool {
        self.watch.blocked_until().is_some()
    }

    /// Asks for what is due and turns it into readings and health.
    async fn sweep(&mut self, bus: &mut Bus, tools: &PollerTools) -> Batch {
        let started = Instant::now();
        let due = self.schedule.due(started);
        let (result, read) = self.read(bus, &due).await;
        tools.counts.count(self.device.id, &read);
        let mut readings: Vec<LiveReading> = read.into_iter().map(|(_, live)| live).collect();
        readings.extend(self.day_extremes(&readings, tools));
        let ended = Instant::now();
        for class in due {
            self.schedule.served(class, started, ended);
        }
        self.watch
            .set_period(self.schedule.achieved(PollClass::Live));
        self.watch
            .set_absent(self.excluded.absent(started).into_iter().collect());
        if let Some(result) = result {
            if !matches!(result, SweepResult::Answered { .. }) {
                // Something else may stand there when it answers again: ask for everything anew.
                self.identified = false;
                self.excluded.clear();
            }
            let at = self.answered_at.take().unwrap_or_else(|| tools.clock.now());
            if let Some(change) = self.watch.step(result, at, Instant::now()) {
                self.log(&change, bus);
            }
        }
        if let Some(until) = self.watch.blocked_until() {
            self.schedule.postpone(until);
        }
        Batch {
            readings,
            health: self.watch.health().clone(),
        }
    }

    /// The result is `None` when there was nothing to ask for.
    async fn read(
        &mut self,
        bus: &mut Bus,
        due: &[PollClass],
    ) -> (Option<SweepResult>, Vec<(PollClass, LiveReading)>) {
        // A device of which nothing is read (a gateway) is asked who it is, to know that it lives.
        let only_identity = self.device.channels.is_empty();
        if only_identity || !self.identified {
            match self.identify(bus).await {
                Ok(answered) if only_identity => return (Some(answered), Vec::new()),
                Ok(_) => {}
                Err(result) => return (Some(result), Vec::new()),
            }
        }
        let excluded = self.excluded.at(Instant::now());
        let mut plan = ReadPlan::default();
        for class in due {
            let planned = self.plans.of(&self.device, *class, &excluded);
            plan.requests.extend_from_slice(&planned.requests);
        }
        if plan.requests.is_empty() {
            return (None, Vec::new());
        }
        let outcome = self.ask(bus, &plan).await;
        let mut result = judge(&outcome);
        self.remember_hanging(&plan, &outcome);
        let image = self.remember_absent(bus, outcome).await;
        if self.lacks_everything() {
            result = SweepResult::Refused(DeviceFault {
                code: "no_tables".to_owned(),
                detail: "answers, but has none of the tables of its profile".to_owned(),
            });
        } else if let SweepResult::Answered {
            fault: fault @ None,
        } = &mut result
        {
            *fault = self.excluded.fault().cloned();
        }
        (Some(result), self.decode(&image))
    }

    /// Of a device that was just asked for something.
    fn lacks_everything(&self) -> bool {
        let absent = self.excluded.absent(Instant::now());
        !absent.is_empty()
            && PollClass::ALL
                .into_iter()
                .all(|class| self.device.plan(class, &absent).requests.is_empty())
    }

    /// Reads who the device says it is; `Err` when its values must not be read.
    async fn identify(&mut self, bus: &mut Bus) -> Result<SweepResult, SweepResult> {
        let plan = self.device.profile.identity_plan();
        if plan.requests.is_empty() {
            self.identified = true;
            return Ok(SweepResult::Answered { fault: None });
        }
        let outcome = self.ask(bus, &plan).await;
        if let Some(result) = unusable(&outcome) {
            return Err(result);
        }
        match self.device.profile.identify(&outcome.image) {
            Identity::Foreign { found } => Err(SweepResult::Foreign(DeviceFault {
                code: "foreign_device".to_owned(),
                detail: format!(
                    "{found} answers here, not {}",
                    self.device.profile.head().title
                ),
            })),
            Identity::Matches {
                product,
                serial,
                firmware,
                ..
            } => {
                self.watch.set_identity(DeviceIdentity {
                    product: Some(product),
                    serial,
                    firmware,
                });
                self.identified = true;
                Ok(SweepResult::Answered { fault: None })
            }
            Identity::Unknown => {
                self.identified = true;
                Ok(judge(&outcome))
            }
        }
    }

    async fn ask(&mut self, bus: &mut Bus, plan: &ReadPlan) -> ReadOutcome {
        let (unit_id, link) = (self.device.unit_id, self.device.profile.link());
        let latency = self.watch.health().latency;
        let began = Instant::now();
        let outcome = if self.is_quarantined() {
            // A device may have become slower than it was: each probe waits twice as long.
            let patience = modbus::patience(latency, link) * self.watch.patience_factor();
            bus.probe(unit_id, plan, link, patience).await
        } else {
            let link = LinkOptions {
                timeout: usual_patience(latency, link),
                ..link.clone()
            };
            bus.read(unit_id, plan, &link).await
        };
        self.watch.count(
            outcome.requests,
            outcome.faults.len() as u32,
            outcome.latency,
        );
        self.figures.note(
            self.device.id,
            Asking {
                began,
                held: began.elapsed(),
                requests: outcome.requests,
                failures: outcome.faults.len() as u32,
                latency: outcome.latency,
            },
        );
        let newest = outcome.image.blocks.iter().map(|block| block.at).max();
        self.answered_at = self.answered_at.max(newest);
        outcome
    }

    /// Leaves out, for a while, the tables at which a device fell silent that answers others.
    fn remember_hanging(&mut self, plan: &ReadPlan, outcome: &ReadOutcome) {
        let now = Instant::now();
        for request in &plan.requests {
            let was_answered =
                outcome.image.blocks.iter().any(|block| {
                    block.start == request.start && block.function == request.function
                });
            if was_answered {
                for table in &request.tables {
                    self.excluded.answered(*table);
                }
            }
        }
        if outcome.image.blocks.is_empty() {
            return;
        }
        for (request, fault) in &outcome.faults {
            if fault.means_silent() {
                for table in &request.tables {
                    self.excluded.hangs(*table, device_fault(fault), now);
                }
            }
        }
    }

    /// Remembers the tables that the device does not have. A request over several tables is
    /// asked again table by table, so that one that is there is not lost with its neighbour.
    async fn remember_absent(&mut self, bus: &mut Bus, outcome: ReadOutcome) -> RegisterImage {
        let mut image = outcome.image;
        for (request, fault) in outcome.faults {
            if !fault.means_absent() {
                continue;
            }
            if let [table] = request.tables[..] {
                self.excluded.is_absent(table, Instant::now());
                continue;
            }
            for table in &request.tables {
                let plan = self.plan_of_tables(&HashSet::from([*table]));
                let alone = self.ask(bus, &plan).await;
                if alone.faults.iter().any(|(_, fault)| fault.means_absent()) {
                    self.excluded.is_absent(*table, Instant::now());
                }
                image.blocks.extend(alone.image.blocks);
            }
        }
        image
    }

    fn plan_of_tables(&self, tables: &HashSet<TableKey>) -> ReadPlan {
        let none = HashSet::new();
        let others: HashSet<TableKey> = PollClass::ALL
            .into_iter()
            .flat_map(|class| self.device.plan(class, &none).requests)
            .flat_map(|request| request.tables)
            .filter(|other| !tables.contains(other))
            .collect();
        ReadPlan {
            requests: PollClass::ALL
                .into_iter()
                .flat_map(|class| self.device.plan(class, &others).requests)
                .collect(),
        }
    }

    /// Each reading with the class of its table.
    fn decode(&self, image: &RegisterImage) -> Vec<(PollClass, LiveReading)> {
        let decoded = self.device.profile.decode(image, &self.device.mounted());
        for fault in &decoded.faults {
            tracing::debug!(device = %self.device.name, %fault, "a register could not be decoded");
        }
        self.device
            .channels
            .iter()
            .flat_map(|mounted| {
                let values: Vec<ChannelValue> = decoded
                    .values
                    .iter()
                    .filter(|value| value.channel == mounted.channel)
                    .filter(|value| {
                        mounted
                            .declared
                            .wiring
                            .is_none_or(|wiring| wiring.has(value.measurand))
                    })
                    .copied()
                    .collect();
                self.readings_of(*mounted, &values)
            })
            .collect()
    }

    /// The values of one channel as readings of its point, with what can be computed from them.
    fn readings_of(
        &self,
        mounted: MountedChannel,
        values: &[ChannelValue],
    ) -> Vec<(PollClass, LiveReading)> {
        let by_measurand: HashMap<Measurand, &ChannelValue> = values
            .iter()
            .map(|value| (value.measurand, value))
            .collect();
        let mut readings: Vec<(PollClass, LiveReading)> = values
            .iter()
            .map(|value| self.reading(mounted, value, value.measurand))
            .collect();
        for statistic in [Statistic::Instant, Statistic::Average] {
            let known = |measurand: Measurand| by_measurand.get(&measurand)?.value;
            for derived in model::derive(statistic, mounted.declared, &known) {
                // The device gives it itself, though in a table that was not read this time.
                if self
                    .offers
                    .contains_key(&(mounted.channel, derived.measurand))
                {
                    continue;
                }
                let basis = by_measurand[&derived.basis];
                let computed = ChannelValue {
                    measurand: derived.measurand,
                    value: Some(derived.value),
                    quality: basis.quality.with(derived.quality),
                    decimals: derived.decimals.unwrap_or(basis.decimals),
                    occurred_at: None,
                    ..*basis
                };
                readings.push(self.reading(mounted, &computed, basis.measurand));
            }
        }
        readings
    }

    /// Extremes since midnight of the values of which the device keeps none.
    fn day_extremes(&self, readings: &[LiveReading], tools: &PollerTools) -> Vec<LiveReading> {
        let absent = self.excluded.absent(Instant::now());
        let channels: HashMap<PointId, Channel> = self
            .device
            .channels
            .iter()
            .map(|mounted| (mounted.point, mounted.channel))
            .collect();
        let lacks_extremes = |series: SeriesKey| {
            channels.get(&series.point).is_some_and(|channel| {
                !DAY_EXTREMES.into_iter().any(|statistic| {
                    let kept = (*channel, series.measurand.with_statistic(statistic));
                    self.offers
                        .get(&kept)
                        .is_some_and(|offer| !absent.contains(&offer.table))
                })
            })
        };
        let without = readings
            .iter()
            .filter(|live| has_day_extremes(live.reading.series.measurand))
            .filter(|live| lacks_extremes(live.reading.series));
        tools.extremes.take(without, tools.periods.slow)
    }

    /// `read_as` is the value whose table, and so whose period, it comes from.
    fn reading(
        &self,
        mounted: MountedChannel,
        value: &ChannelValue,
        read_as: Measurand,
    ) -> (PollClass, LiveReading) {
        let class = self
            .offers
            .get(&(mounted.channel, read_as))
            .map_or(PollClass::Live, |offer| offer.class);
        let live = LiveReading {
            reading: Reading {
                series: SeriesKey::new(mounted.point, value.measurand),
                value: value.value,
                at: value.at,
                quality: value.quality,
                decimals: value.decimals,
                occurred_at: value.occurred_at,
            },
            period: self.schedule.achieved(class).max(Duration::from_millis(1)),
        };
        (class, live)
    }

    fn log(&self, change: &HealthChange, bus: &Bus) {
        let device = &self.device.name;
        let (endpoint, unit_id) = (bus.endpoint(), self.device.unit_id);
        match change {
            HealthChange::Began(state, fault) => tracing::warn!(
                %device, %endpoint, unit_id, state = state.name(), code = fault.code,
                "{}", fault.detail
            ),
            HealthChange::Recovered { after } => tracing::info!(
                %device, %endpoint, unit_id, after = after.name(), "answers again"
            ),
        }
    }
}

/// How long a device that answers is waited for: many times as long as it takes, so that it costs
/// its neighbours little when it falls silent, and never longer than its link says.
fn usual_patience(latency: Option<Duration>, link: &LinkOptions) -> Duration {
    latency.map_or(link.timeout, |latency| {
        (PATIENCE_FACTOR * latency).clamp(PATIENCE_MIN.min(link.timeout), link.timeout)
    })
}

/// What an outcome says of the device. A table that it lacks is no fault.
fn judge(outcome: &ReadOutcome) -> SweepResult {
    match unusable(outcome) {
        Some(result) if outcome.image.blocks.is_empty() => result,
        Some(
            SweepResult::Silent(fault)
            | SweepResult::Unreachable(fault)
            | SweepResult::Refused(fault),
        ) => SweepResult::Answered { fault: Some(fault) },
        _ => SweepResult::Answered { fault: None },
    }
}

/// The first fault that lasts, as what it makes of a device that gave nothing else.
fn unusable(outcome: &ReadOutcome) -> Option<SweepResult> {
    let (_, fault) = outcome
        .faults
        .iter()
        .find(|(_, fault)| !fault.means_absent())?;
    Some(if is_of_the_bus(fault) {
        SweepResult::Unreachable(device_fault(fault))
    } else if fault.means_silent() {
        SweepResult::Silent(device_fault(fault))
    } else {
        SweepResult::Refused(device_fault(fault))
    })
}

/// The way to all devices of the bus is broken: none of them is to blame.
fn is_of_the_bus(fault: &RequestFault) -> bool {
    matches!(
        fault,
        RequestFault::NameNotResolved { .. }
            | RequestFault::Connection { .. }
            | RequestFault::ConnectionLost { .. }
    )
}

fn device_fault(fault: &RequestFault) -> DeviceFault {
    DeviceFault {
        code: fault.code().to_string(),
        detail: chain(fault),
    }
}

/// The whole chain of causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
