//! A plant in motion: the world, its clock, and the registers of every device, behind one lock
//! each.
//!
//! Registers are encoded when they are first read after a step and kept until the next one:
//! all words of one answer, and all answers between two steps, show the same instant.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use model::{Channel, Clock, Measurand, Phase, Quantity};
use profiles::{
    ActionKind, Decoded, ExceptionCode, PollClass, ReadFunction, RegisterBlock, RegisterImage,
    RegisterMemory, RegisterWrite, SimulatedIdentity, ValueSource,
};
use tracing::warn;

use crate::memory::MemoryFile;
use crate::plant::{Device, LoadFault, Mounted, Plant};
use crate::plant_clock::PlantClock;
use crate::served::{ServedLog, ServedRead};
use crate::trouble::WireFault;
use crate::world::{STEP_MS, World, step_for_speed};

/// Fastest pace: a day in ten seconds. Beyond it, steps would be longer than recorded minutes.
pub(crate) const SPEED_MAX: f64 = 8_640.0;

/// What a device is made to do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Fault {
    #[default]
    None,
    Silent,
    Delay(Duration),
    Exception(u8),
    /// Every value of two words has one of them from the step before.
    Torn,
    Wire(WireFault),
}

/// Where a device stands in its plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DevicePlace {
    pub(crate) gateway: usize,
    pub(crate) device: usize,
}

#[derive(Debug, Default)]
struct DeviceState {
    fault: Fault,
    /// Registers and the instant that they show.
    registers: Option<(Timestamp, Arc<RegisterMemory>)>,
    /// The same of the step at which they were read before.
    former: Option<Arc<RegisterMemory>>,
}

#[derive(Debug)]
struct Motion {
    world: World,
    clock: PlantClock,
}

/// Everything that the servers of a simulation share. Who needs both locks takes the one on the
/// motion first.
#[derive(Debug)]
pub(crate) struct RunningPlant {
    plant: Arc<Plant>,
    wall: Arc<dyn Clock>,
    motion: Mutex<Motion>,
    devices: Vec<Vec<Mutex<DeviceState>>>,
    /// After how long each gateway closes an idle connection, if it does.
    idle_close: Vec<Mutex<Option<Duration>>>,
    /// Only kept where somebody can read it.
    served: Option<ServedLog>,
}

/// Everything there is to see at one instant.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) now: Timestamp,
    pub(crate) speed: f64,
    pub(crate) paused: bool,
    pub(crate) devices: Vec<(DevicePlace, Decoded)>,
    /// Per load, the [`TRUTHS`] as they are, whatever its meter says.
    pub(crate) truths: Vec<[Option<f64>; TRUTHS.len()]>,
}

/// The energies that can be asked for beside what meters say.
pub(crate) const TRUTHS: [Quantity; 5] = [
    Quantity::ActiveEnergyImport,
    Quantity::ActiveEnergyExport,
    Quantity::ReactiveEnergyPlus,
    Quantity::ReactiveEnergyMinus,
    Quantity::ApparentEnergy,
];

impl RunningPlant {
    /// `logged`: whether the answers sent are kept.
    pub(crate) fn new(plant: Plant, wall: Arc<dyn Clock>, speed: f64, logged: bool) -> Self {
        let plant = Arc::new(plant);
        let now = wall.now();
        let start = plant.start.unwrap_or(now);
        let memory = plant.memory_file.as_ref().and_then(MemoryFile::load);
        Self {
            motion: Mutex::new(Motion {
                world: World::new(Arc::clone(&plant), start, memory),
                clock: PlantClock::new(now, start, speed),
            }),
            devices: plant
                .gateways
                .iter()
                .map(|gateway| gateway.devices.iter().map(|_| Mutex::default()).collect())
                .collect(),
            idle_close: plant
                .gateways
                .iter()
                .map(|gateway| Mutex::new(gateway.idle_close))
                .collect(),
            served: logged.then(ServedLog::default),
            wall,
            plant,
        }
    }

    pub(crate) fn plant(&self) -> &Plant {
        &self.plant
    }

    pub(crate) fn served(&self) -> Option<&ServedLog> {
        self.served.as_ref()
    }

    /// Notes words that are about to be sent.
    pub(crate) fn log_served(
        &self,
        place: DevicePlace,
        function: ReadFunction,
        start: u16,
        words: &[u16],
    ) {
        let Some(log) = &self.served else { return };
        log.keep(ServedRead {
            seq: 0,
            at: self.wall.now(),
            gateway: Arc::clone(&self.plant.gateways[place.gateway].name),
            unit_id: self.device(place).unit_id,
            function: match function {
                ReadFunction::Holding => 3,
                ReadFunction::Input => 4,
            },
            start,
            words: words.to_vec(),
        });
    }

    /// Moves the world to the present instant of plant time.
    pub(crate) fn advance(&self) {
        let mut motion = self.motion();
        let now_ms = motion.clock.now_ms(self.wall.now());
        let step_ms = step_for_speed(motion.clock.speed()).max(STEP_MS);
        motion.world.advance(now_ms, step_ms);
    }

    /// Writes down what the meters know, where the plant keeps it.
    pub(crate) fn remember(&self) {
        let Some(file) = &self.plant.memory_file else {
            return;
        };
        let memory = self.motion().world.memory();
        if let Err(error) = file.save(&memory) {
            warn!(%error, "the meters cannot write down their counters");
        }
    }

    pub(crate) fn set_speed(&self, speed: f64) {
        let wall = self.wall.now();
        self.motion().clock.set_speed(wall, speed);
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        let wall = self.wall.now();
        self.motion().clock.set_paused(wall, paused);
    }

    pub(crate) fn find(&self, gateway: &str, unit_id: u8) -> Option<DevicePlace> {
        self.find_in(self.find_gateway(gateway)?, unit_id)
    }

    pub(crate) fn find_gateway(&self, gateway: &str) -> Option<usize> {
        let mut gateways = self.plant.gateways.iter();
        gateways.position(|known| *known.name == *gateway)
    }

    pub(crate) fn find_in(&self, gateway: usize, unit_id: u8) -> Option<DevicePlace> {
        let device = self.plant.gateways[gateway]
            .devices
            .iter()
            .position(|device| device.unit_id == unit_id)?;
        Some(DevicePlace { gateway, device })
    }

    fn device(&self, place: DevicePlace) -> &Device {
        &self.plant.gateways[place.gateway].devices[place.device]
    }

    pub(crate) fn fault(&self, place: DevicePlace) -> Fault {
        self.state(place).fault
    }

    pub(crate) fn set_fault(&self, place: DevicePlace, fault: Fault) {
        self.state(place).fault = fault;
    }

    pub(crate) fn idle_close(&self, gateway: usize) -> Option<Duration> {
        *self.idle_close[gateway]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts for connections from their next request on.
    pub(crate) fn set_idle_close(&self, gateway: usize, patience: Option<Duration>) {
        *self.idle_close[gateway]
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = patience;
    }

    /// Words of a device that was read while it changed: every second one is of the step at
    /// which it was read before.
    pub(crate) fn torn(
        &self,
        place: DevicePlace,
        function: ReadFunction,
        start: u16,
        words: &mut [u16],
    ) {
        let former = self.state(place).former.clone();
        let count = words.len() as u16;
        let former = former.and_then(|former| former.read(function, start, count).ok());
        for (word, former) in words.iter_mut().zip(former.iter().flatten()).step_by(2) {
            *word = *former;
        }
    }

    /// The registers of a device at the present step.
    pub(crate) fn registers(&self, place: DevicePlace) -> Arc<RegisterMemory> {
        self.registers_in(&self.motion(), place)
    }

    fn registers_in(&self, motion: &Motion, place: DevicePlace) -> Arc<RegisterMemory> {
        let mut state = self.state(place);
        let now = motion.world.now();
        if let Some((at, registers)) = &state.registers
            && *at == now
        {
            return Arc::clone(registers);
        }
        let device = self.device(place);
        let source = DeviceSource {
            world: &motion.world,
            device,
        };
        let registers = Arc::new(device.profile.encode(&source, now));
        state.former = state.registers.take().map(|(_, former)| former);
        state.registers = Some((now, Arc::clone(&registers)));
        registers
    }

    /// Does what `write` tells a device to do: its next answers show it.
    ///
    /// # Errors
    ///
    /// The exception that the device answers: that of its lock, or that of its profile for a
    /// write that means nothing to it.
    pub(crate) fn write(
        &self,
        place: DevicePlace,
        write: RegisterWrite,
    ) -> Result<(), ExceptionCode> {
        let device = self.device(place);
        if let Some(code) = device.write_exception {
            return Err(code);
        }
        let ordered = device.profile.ordered(write)?;
        let mut motion = self.motion();
        let mounted = device
            .mounts
            .iter()
            .find(|(channel, _)| *channel == ordered.channel);
        match (ordered.kind, mounted) {
            (ActionKind::ResetPartialEnergies, Some((_, mounted))) => {
                motion.world.reset_partial(*mounted, ordered.zeroes);
            }
            // A load that is switched off has no counters.
            (ActionKind::ResetPartialEnergies, None) => {}
        }
        self.forget_registers();
        Ok(())
    }

    /// Several devices may measure the same load: none of them shows the state before.
    fn forget_registers(&self) {
        for states in &self.devices {
            for state in states {
                state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .registers = None;
            }
        }
    }

    pub(crate) fn find_load(&self, name: &str) -> Option<usize> {
        self.plant.loads.iter().position(|load| load.name == name)
    }

    /// Replaces what was ordered to be wrong with the meter of a load.
    pub(crate) fn order_faults(&self, load: usize, faults: Vec<LoadFault>) {
        let mut motion = self.motion();
        motion.world.order_faults(load, faults);
        self.forget_registers();
    }

    /// All devices at one instant: what a poller would make of their registers, if it read all
    /// of them now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let motion = self.motion();
        let devices = (0..self.devices.len())
            .flat_map(|gateway| {
                (0..self.devices[gateway].len()).map(move |device| DevicePlace { gateway, device })
            })
            .map(|place| (place, self.decoded(&motion, place)))
            .collect();
        Snapshot {
            now: motion.world.now(),
            speed: motion.clock.speed(),
            paused: motion.clock.is_paused(),
            devices,
            truths: (0..self.plant.loads.len())
                .map(|load| {
                    let truth = |energy| Measurand::new(energy, Phase::Total);
                    TRUTHS.map(|energy| motion.world.truth(load, truth(energy)))
                })
                .collect(),
        }
    }

    fn decoded(&self, motion: &Motion, place: DevicePlace) -> Decoded {
        let registers = self.registers_in(motion, place);
        let device = self.device(place);
        let channels: Vec<Channel> = device.mounts.iter().map(|(channel, _)| *channel).collect();
        let absent = HashSet::new();
        let blocks = PollClass::ALL
            .into_iter()
            .flat_map(|class| device.profile.read_plan(class, &channels, &absent).requests)
            .filter_map(|request| {
                let words = registers
                    .read(request.function, request.start, request.count)
                    .ok()?;
                Some(RegisterBlock {
                    function: request.function,
                    start: request.start,
                    words,
                    at: self.wall.now(),
                })
            })
            .collect();
        device.profile.decode(&RegisterImage { blocks }, &channels)
    }

    fn state(&self, place: DevicePlace) -> MutexGuard<'_, DeviceState> {
        // What a panic could leave behind is replaced at the next step.
        self.devices[place.gateway][place.device]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn motion(&self) -> MutexGuard<'_, Motion> {
        self.motion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The world as one device sees it through its channels.
struct DeviceSource<'w> {
    world: &'w World,
    device: &'w Device,
}

impl DeviceSource<'_> {
    fn mounted(&self, channel: Channel) -> Option<Mounted> {
        self.device
            .mounts
            .iter()
            .find(|(mounted, _)| *mounted == channel)
            .map(|(_, mounted)| *mounted)
    }
}

impl ValueSource for DeviceSource<'_> {
    fn value(&self, channel: Channel, measurand: Measurand) -> Option<f64> {
        self.world.value(self.mounted(channel)?, measurand)
    }

    fn occurred_at(&self, channel: Channel, measurand: Measurand) -> Option<Timestamp> {
        self.world.occurred_at(self.mounted(channel)?, measurand)
    }

    fn is_enabled(&self, channel: Channel) -> bool {
        self.mounted(channel).is_some()
    }

    fn identity(&self) -> SimulatedIdentity {
        self.device.identity.clone()
    }
}
