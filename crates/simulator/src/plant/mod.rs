//! What a plant is made of, read from its TOML file.
//!
//! [`Plant::parse`] checks the whole file and answers all mistakes at once; what it gives back
//! can be simulated as it stands: every name is resolved, every number is in its range.

mod check;
mod document;
mod faults;
mod loads;
mod mistake;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::Channel;
use profiles::{DeviceProfile, ExceptionCode, SimulatedIdentity};

pub(crate) use check::IDLE_CLOSE_S;
pub(crate) use faults::{LoadFault, LoadFaultKind, LoadFaultShape};
pub use mistake::{PlantError, PlantMistake};

use crate::memory::MemoryFile;
use crate::physics::{Connection, Draw, Network};

const DEMO_FILE: &str = "demo/plant.toml";
const DEMO: &str = include_str!("../../../../demo/plant.toml");

/// A site to pretend: supplies, loads, and the devices that measure them.
#[derive(Debug, Clone)]
pub struct Plant {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) zone: TimeZone,
    pub(crate) start: Option<Timestamp>,
    pub(crate) counting_since: Option<Timestamp>,
    pub(crate) off_peak: Option<OffPeak>,
    pub(crate) networks: Vec<Network>,
    pub(crate) loads: Vec<Load>,
    pub(crate) gateways: Vec<Gateway>,
    /// Not part of the file: see [`Plant::keeping_counters_in`].
    pub(crate) memory_file: Option<MemoryFile>,
}

impl Plant {
    /// Reads a plant file. `file_name` is only for the mistakes.
    ///
    /// # Errors
    ///
    /// All mistakes of the file, each with its line and the reason.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, PlantError> {
        check::checked(file_name, text)
    }

    /// The plant of the demonstration, from `demo/plant.toml`.
    pub fn demo() -> Self {
        Self::parse(DEMO_FILE, DEMO).expect("the plant in the binary is checked by a test")
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same plant, whose meters keep counters, averages and extremes in `file` and go on
    /// from there when it is started again. A plant with a `start` of its own plays the same
    /// story each time and keeps nothing.
    #[must_use]
    pub fn keeping_counters_in(self, file: PathBuf) -> Self {
        Self {
            memory_file: self.start.is_none().then(|| MemoryFile::new(file)),
            ..self
        }
    }
}

/// The hours of tariff 2, in milliseconds of the local day; they may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffPeak {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) name: String,
    /// Index into [`Plant::networks`].
    pub(crate) network: usize,
    pub(crate) connection: Connection,
    pub(crate) nominal_current_a: Option<f64>,
    /// Active energy that the meter had counted when the plant was installed.
    pub(crate) index_wh: f64,
    /// What is wrong with its meter.
    pub(crate) faults: Vec<LoadFault>,
    pub(crate) demand: Demand,
}

impl Load {
    pub(crate) fn exports(&self) -> bool {
        matches!(&self.demand, Demand::Draw(draw) if draw.exports)
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Demand {
    Draw(Draw),
    /// The currents of other loads together, by their index; these come earlier in
    /// [`Plant::loads`].
    Sum(Vec<usize>),
}

/// One address with the devices behind it.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    pub(crate) name: Arc<str>,
    pub(crate) listen: SocketAddr,
    pub(crate) unknown_unit: UnknownUnit,
    /// After how long without a request it closes a connection, if it does.
    pub(crate) idle_close: Option<Duration>,
    pub(crate) devices: Vec<Device>,
}

/// What a gateway does when nobody has the unit id that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownUnit {
    /// It answers exception 11.
    Exception,
    Silence,
}

#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) unit_id: u8,
    pub(crate) name: String,
    pub(crate) profile: Arc<DeviceProfile>,
    pub(crate) mounts: Vec<(Channel, Mounted)>,
    /// What it answers to every write, as a device does whose lock is closed.
    pub(crate) write_exception: Option<ExceptionCode>,
    pub(crate) identity: SimulatedIdentity,
}

/// What a channel of a device measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mounted {
    /// Index into [`Plant::networks`].
    Network(usize),
    /// Index into [`Plant::loads`].
    Load(usize),
}
