//! A plant at work: all its states at one instant, and the meters that have followed it there.
//!
//! [`World::advance`] moves through time in steps on a fixed grid; a state found at a step is
//! held until the next one. Long spans (the past before the simulation began, a computer that
//! slept) are crossed in few large steps instead, so that no span costs more than a bounded
//! amount of work.
//!
//! # Invariants
//!
//! - Time only moves forward.
//! - All states and meters stand at the same instant whenever `advance` has returned.
//! - Energies are exactly the powers held, times how long they were held: those that the meter
//!   sees, and beside them those that are really there.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::{Measurand, WiringType};
use profiles::Zeroed;
use serde::{Deserialize, Serialize};

use crate::meter::{BLOCK_MS, CounterFault, Energies, Meter, MeterBook};
use crate::physics::{
    CircuitState, Miswiring, Network, NetworkState, Noise, Power, Waveform, circuit_harmonic,
    circuit_values, network_harmonic, network_values,
};
use crate::plant::{Demand, Load, LoadFault, LoadFaultKind, Mounted, Plant};
use crate::replay::{DAY_MS, Moment, timestamp};

/// Plant time between two states at normal speed: the period over which meters of this class
/// measure, and often enough that two polls a second apart see different values.
pub(crate) const STEP_MS: i64 = 200;

/// Steps when time runs faster; each divides the integration period and the ones above it.
const STEPS_MS: [i64; 6] = [STEP_MS, 1_000, 2_000, 5_000, 10_000, 30_000];

/// Large steps, and most of them for one span: a year goes by in steps of two hours, in half a
/// second; whoever wants ten years waits for as long.
const LARGE_STEPS_MS: [i64; 4] = [BLOCK_MS, 12 * BLOCK_MS, 36 * BLOCK_MS, 120 * BLOCK_MS];
const LARGE_STEPS_MAX: i64 = 4_500;

/// Most small steps for one span: what is left of a long one is walked through less finely.
const SMALL_STEPS_MAX: i64 = 1_200;

/// Spans up to this are stepped through; longer ones are crossed in large steps.
const STEPPED_SPAN_MS: i64 = 2 * BLOCK_MS;

#[derive(Debug)]
pub(crate) struct World {
    plant: Arc<Plant>,
    noise: Noise,
    now_ms: i64,
    /// When the running integration period began to be seen.
    block_seen_from_ms: i64,
    networks: Vec<NetworkState>,
    circuits: Vec<SeenCircuit>,
    /// What was ordered to be wrong with the meter of each load, beside what its plant says.
    ordered_faults: Vec<Vec<LoadFault>>,
    network_meters: Vec<Meter>,
    circuit_meters: Vec<Meter>,
    /// Tariff in force, numbered from 0.
    tariff: usize,
}

/// A circuit as its meter sees it.
#[derive(Debug)]
struct SeenCircuit {
    state: CircuitState,
    /// The voltages, where they are not those of the network.
    network: Option<NetworkState>,
}

impl World {
    /// The plant at `now`. Its meters go on from `memory`, when it is older than `now`;
    /// otherwise they have counted since the instant that the plant names, or for one whole
    /// integration period, so that they have averages to show.
    pub(crate) fn new(plant: Arc<Plant>, now: Timestamp, memory: Option<WorldMemory>) -> Self {
        let now_ms = now.as_millisecond();
        let mut world = match memory.filter(|memory| memory.at_ms <= now_ms) {
            Some(memory) => Self::remembering(plant, memory),
            None => Self::installed(plant, now_ms),
        };
        world.look();
        world.advance(now_ms, STEP_MS);
        world
    }

    fn remembering(plant: Arc<Plant>, mut memory: WorldMemory) -> Self {
        let network_meters = plant
            .networks
            .iter()
            .map(|network| {
                memory
                    .books
                    .remove(&network_key(network))
                    .unwrap_or_default()
            })
            .map(Meter::with_book)
            .collect();
        let circuit_meters = plant
            .loads
            .iter()
            .map(|load| match memory.books.remove(&load_key(load)) {
                Some(book) => Meter::with_book(book),
                None => Meter::new(Some(counters(load, memory.at_ms))),
            })
            .collect();
        Self {
            block_seen_from_ms: memory.block_seen_from_ms,
            network_meters,
            circuit_meters,
            ..Self::empty(plant, memory.at_ms)
        }
    }

    fn installed(plant: Arc<Plant>, now_ms: i64) -> Self {
        let since_ms = plant
            .counting_since
            .map_or(i64::MAX, Timestamp::as_millisecond)
            .min(block_start(&plant, now_ms) - BLOCK_MS);
        let network_meters = plant.networks.iter().map(|_| Meter::new(None)).collect();
        let circuit_meters = plant
            .loads
            .iter()
            .map(|load| Meter::new(Some(counters(load, since_ms))))
            .collect();
        Self {
            network_meters,
            circuit_meters,
            ..Self::empty(plant, since_ms)
        }
    }

    fn empty(plant: Arc<Plant>, at_ms: i64) -> Self {
        Self {
            noise: Noise::new(plant.seed),
            now_ms: at_ms,
            block_seen_from_ms: at_ms,
            networks: Vec::new(),
            circuits: Vec::new(),
            ordered_faults: vec![Vec::new(); plant.loads.len()],
            network_meters: Vec::new(),
            circuit_meters: Vec::new(),
            tariff: 0,
            plant,
        }
    }

    /// What the meters keep when the simulation ends.
    pub(crate) fn memory(&self) -> WorldMemory {
        let networks = self.plant.networks.iter().map(network_key);
        let loads = self.plant.loads.iter().map(load_key);
        let meters = self.network_meters.iter().chain(&self.circuit_meters);
        WorldMemory {
            at_ms: self.now_ms,
            block_seen_from_ms: self.block_seen_from_ms,
            books: networks
                .chain(loads)
                .zip(meters.map(|meter| meter.book().clone()))
                .collect(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        timestamp(self.now_ms)
    }

    /// Moves to the last step at or before `until_ms`. Answers whether anything moved.
    pub(crate) fn advance(&mut self, until_ms: i64, step_ms: i64) -> bool {
        let target_ms = until_ms.div_euclid(STEP_MS) * STEP_MS;
        if target_ms <= self.now_ms {
            return false;
        }
        self.cross_long_span(target_ms);
        let least_ms = (target_ms - self.now_ms) / SMALL_STEPS_MAX;
        let step_ms = STEPS_MS
            .into_iter()
            .find(|candidate_ms| *candidate_ms >= least_ms)
            .map_or(step_ms, |enough_ms| enough_ms.max(step_ms));
        while self.now_ms < target_ms {
            let next_ms = (self.now_ms.div_euclid(step_ms) + 1) * step_ms;
            let block_end_ms = block_start(&self.plant, self.now_ms) + BLOCK_MS;
            self.step(next_ms.min(block_end_ms).min(target_ms));
        }
        true
    }

    /// Brings the world to the begin of the last whole integration period before `target_ms`,
    /// by few steps, when that is far away.
    fn cross_long_span(&mut self, target_ms: i64) {
        let first_ms = block_start(&self.plant, self.now_ms + BLOCK_MS - 1);
        let last_ms = block_start(&self.plant, target_ms) - BLOCK_MS;
        if target_ms - self.now_ms <= STEPPED_SPAN_MS || last_ms <= first_ms {
            return;
        }
        if self.now_ms < first_ms {
            self.step(first_ms);
        }
        let enough_ms = (last_ms - first_ms) / LARGE_STEPS_MAX;
        let step_ms = LARGE_STEPS_MS
            .into_iter()
            .find(|step_ms| *step_ms >= enough_ms)
            .unwrap_or(enough_ms / BLOCK_MS * BLOCK_MS);
        while self.now_ms < last_ms {
            self.step((self.now_ms + step_ms).min(last_ms));
        }
    }

    /// Holds the present state until `until_ms`, then looks anew. A step over several whole
    /// integration periods counts as one.
    fn step(&mut self, until_ms: i64) {
        let duration_ms = until_ms - self.now_ms;
        for meter in self
            .network_meters
            .iter_mut()
            .chain(&mut self.circuit_meters)
        {
            meter.hold(duration_ms, self.tariff);
        }
        if until_ms == block_start(&self.plant, until_ms) {
            let is_complete = until_ms - self.block_seen_from_ms >= BLOCK_MS;
            for meter in self
                .network_meters
                .iter_mut()
                .chain(&mut self.circuit_meters)
            {
                meter.close_block(until_ms, is_complete);
            }
            self.block_seen_from_ms = until_ms;
        }
        for (index, load) in self.plant.loads.iter().enumerate() {
            let mut faults = load.faults.iter().chain(&self.ordered_faults[index]);
            if faults.any(|fault| fault.resets_within(self.now_ms, until_ms)) {
                self.circuit_meters[index].zero_counters();
            }
        }
        self.now_ms = until_ms;
        self.look();
    }

    /// Replaces what was ordered to be wrong with the meter of a load. A reset without an instant
    /// happens now.
    pub(crate) fn order_faults(&mut self, load: usize, faults: Vec<LoadFault>) {
        let is_reset_now = |fault: &LoadFault| {
            fault.kind == LoadFaultKind::CounterReset && fault.from_ms.is_none()
        };
        if faults.iter().any(is_reset_now) {
            self.circuit_meters[load].zero_counters();
        }
        self.ordered_faults[load] = faults;
        self.ordered_faults[load].retain(|fault| !is_reset_now(fault));
        self.look();
    }

    /// What is really there, whatever the meter of the load says: energies as they would have been
    /// counted without any fault.
    pub(crate) fn truth(&self, load: usize, measurand: Measurand) -> Option<f64> {
        self.circuit_meters[load].truth()?.value(measurand)
    }

    /// Finds the state at the present instant and shows it to the meters.
    fn look(&mut self) {
        let plant = Arc::clone(&self.plant);
        let moment = Moment::new(self.now_ms, &plant.zone);
        self.tariff = tariff_at(&plant, &moment);
        self.networks = plant
            .networks
            .iter()
            .map(|network| network.state(self.noise, self.now_ms))
            .collect();
        for (network, meter) in self.networks.iter().zip(&mut self.network_meters) {
            let none = Power::default();
            meter.see(network_values(network), none, none, self.now_ms);
        }

        let mut currents: Vec<[Waveform; 3]> = Vec::with_capacity(plant.loads.len());
        self.circuits.clear();
        let meters = self.circuit_meters.iter_mut().zip(&self.ordered_faults);
        for (load, (meter, ordered)) in plant.loads.iter().zip(meters) {
            let network = &self.networks[load.network];
            let drawn = match &load.demand {
                Demand::Draw(draw) => draw.currents(
                    load.connection,
                    network,
                    self.noise.named(&load.name),
                    &moment,
                ),
                Demand::Sum(parts) => std::array::from_fn(|k| {
                    parts.iter().fold(Waveform::default(), |sum, part| {
                        sum.plus(&currents[*part][k], 1.0)
                    })
                }),
            };
            let truth = CircuitState::new(load.connection, network, &drawn);
            let faults = load.faults.iter().chain(ordered);
            let faults: Vec<LoadFaultKind> = faults
                .filter(|fault| fault.holds_at(self.now_ms))
                .map(|fault| fault.kind)
                .collect();
            meter.set_counter_fault(counter_fault(&faults));
            let true_power = truth.total;
            let seen = match miswiring(&faults) {
                None => SeenCircuit {
                    state: truth,
                    network: None,
                },
                Some(wiring) => {
                    let (network, drawn) = wiring.seen(network, &drawn);
                    SeenCircuit {
                        state: CircuitState::new(load.connection, &network, &drawn),
                        network: Some(network),
                    }
                }
            };
            meter.see(
                circuit_values(
                    seen.network.as_ref().unwrap_or(network),
                    &seen.state,
                    nominal_va(&plant, load),
                ),
                seen.state.total,
                true_power,
                self.now_ms,
            );
            self.circuits.push(seen);
            currents.push(drawn);
        }
    }

    pub(crate) fn value(&self, mounted: Mounted, measurand: Measurand) -> Option<f64> {
        let Some(ranks) = measurand.rank else {
            return self.meter(mounted).value(measurand);
        };
        let (quantity, phase) = (measurand.quantity, measurand.phase);
        match mounted {
            Mounted::Network(index) => {
                network_harmonic(&self.networks[index], quantity, phase, ranks)
            }
            Mounted::Load(index) => {
                let seen = &self.circuits[index];
                let network = &self.networks[self.plant.loads[index].network];
                let network = seen.network.as_ref().unwrap_or(network);
                circuit_harmonic(network, &seen.state, quantity, phase, ranks)
            }
        }
    }

    pub(crate) fn occurred_at(&self, mounted: Mounted, measurand: Measurand) -> Option<Timestamp> {
        self.meter(mounted).occurred_at(measurand)
    }

    /// Zeroes partial counters of the meter of `mounted` at the present instant.
    pub(crate) fn reset_partial(&mut self, mounted: Mounted, zeroes: Zeroed) {
        let meter = match mounted {
            Mounted::Network(index) => &mut self.network_meters[index],
            Mounted::Load(index) => &mut self.circuit_meters[index],
        };
        meter.reset_partial(zeroes, self.now_ms);
    }

    fn meter(&self, mounted: Mounted) -> &Meter {
        match mounted {
            Mounted::Network(index) => &self.network_meters[index],
            Mounted::Load(index) => &self.circuit_meters[index],
        }
    }
}

fn counter_fault(faults: &[LoadFaultKind]) -> CounterFault {
    let mut shown = CounterFault::default();
    for fault in faults {
        match fault {
            LoadFaultKind::CounterWidth { wh } => shown.set_width(*wh),
            LoadFaultKind::CounterGlitch { wh } => shown.jump(*wh),
            _ => {}
        }
    }
    shown
}

/// `None` for a meter that is wired rightly.
fn miswiring(faults: &[LoadFaultKind]) -> Option<Miswiring> {
    let mut wiring = Miswiring::default();
    for fault in faults {
        match *fault {
            LoadFaultKind::ReversedCurrent(Some(phase)) => wiring.reverse(phase),
            LoadFaultKind::ReversedCurrent(None) => (0..3).for_each(|phase| wiring.reverse(phase)),
            LoadFaultKind::SwappedPhases(one, other) => wiring.swap(one, other),
            LoadFaultKind::MissingVoltage(phase) => wiring.lose_voltage(phase),
            LoadFaultKind::WrongRatio(factor) => wiring.scale(factor),
            LoadFaultKind::CounterWidth { .. }
            | LoadFaultKind::CounterReset
            | LoadFaultKind::CounterGlitch { .. } => {}
        }
    }
    (wiring != Miswiring::default()).then_some(wiring)
}

/// The books of all meters at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WorldMemory {
    at_ms: i64,
    block_seen_from_ms: i64,
    /// By what the meters measure.
    books: BTreeMap<String, MeterBook>,
}

fn network_key(network: &Network) -> String {
    format!("network {}", network.name)
}

fn load_key(load: &Load) -> String {
    format!("load {}", load.name)
}

fn counters(load: &Load, at_ms: i64) -> Energies {
    Energies::starting_at(load.index_wh, load.exports(), at_ms)
}

/// The largest step that still gives about as many states a second as at normal speed.
pub(crate) fn step_for_speed(speed: f64) -> i64 {
    let wanted_ms = STEP_MS as f64 * speed;
    STEPS_MS
        .into_iter()
        .rev()
        .find(|step_ms| *step_ms as f64 <= wanted_ms)
        .unwrap_or(STEP_MS)
}

/// Begin of the integration period around an instant, on the clock of the site.
fn block_start(plant: &Plant, at_ms: i64) -> i64 {
    let offset_ms = i64::from(plant.zone.to_offset(timestamp(at_ms)).seconds()) * 1000;
    (at_ms + offset_ms).div_euclid(BLOCK_MS) * BLOCK_MS - offset_ms
}

fn tariff_at(plant: &Plant, moment: &Moment) -> usize {
    plant.off_peak.map_or(0, |off_peak| {
        let length_ms = (off_peak.until_ms - off_peak.from_ms).rem_euclid(DAY_MS);
        let since_ms = (moment.day_ms - off_peak.from_ms).rem_euclid(DAY_MS);
        usize::from(since_ms < length_ms)
    })
}

fn nominal_va(plant: &Plant, load: &Load) -> Option<f64> {
    let volts = plant.networks[load.network].voltage_v;
    let per_current = match load.connection.wiring {
        WiringType::SinglePhase => volts,
        WiringType::TwoPhase => 3f64.sqrt() * volts,
        _ => 3.0 * volts,
    };
    load.nominal_current_a.map(|amperes| amperes * per_current)
}

#[cfg(test)]
mod tests;
