use std::collections::BTreeMap;

use jiff::Timestamp;
use modbus::{SerialPort, StopBits};
use model::hierarchy::{Hierarchy, HierarchyLimits, HierarchyNode};
use model::{HierarchyId, IntegrationPeriod, NodeId, PointId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the document calls itself.
pub(super) const FORMAT: &str = "wattline-configuration";
/// The version that this program reads and writes.
pub(super) const VERSION: u32 = 1;
/// Port of Modbus TCP where a source names none.
pub const MODBUS_PORT: u16 = 502;

/// The whole installation as people exchange it: site, sources, points and mounts.
///
/// Permanent ids are kept on import. Members that this version does not know are refused, not
/// dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteDocument {
    /// Always `wattline-configuration`.
    pub format: String,
    /// Always 1.
    pub version: u32,
    pub site: SiteSettings,
    #[serde(default)]
    pub fluids: Vec<Label>,
    #[serde(default)]
    pub usages: Vec<Label>,
    /// Device profiles of this site, beside those of the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device_profiles: Vec<ProfileText>,
    #[serde(default)]
    pub sources: Vec<Source>,
    #[serde(default)]
    pub points: Vec<Point>,
    #[serde(default)]
    pub mounts: Vec<Mount>,
    /// Trees of circuits that tell who feeds whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hierarchies: Vec<HierarchyTree>,
}

/// What holds for the whole site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteSettings {
    /// First part of the names of exported files.
    pub name: String,
    /// IANA name of the zone whose days and months count, such as `Europe/Paris`.
    pub time_zone: String,
    /// Hour of the wall clock, 0 to 23, at which the contract's days begin.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub contract_hour: i8,
    /// Period of means and load curves in s: it divides an hour; 600 where it is left out.
    #[serde(default = "ten_minutes", skip_serializing_if = "is_ten_minutes")]
    pub integration_period_s: u32,
    /// How many hierarchies there may be and what fits into one.
    #[serde(default, skip_serializing_if = "HierarchyBounds::are_usual")]
    pub hierarchy_limits: HierarchyBounds,
}

/// How many hierarchies there may be and what fits into one; the usual limits where left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HierarchyBounds {
    /// 10 where it is left out.
    pub hierarchies: u16,
    /// 32 where it is left out.
    pub nodes: u16,
    /// 50 where it is left out.
    pub circuits: u16,
}

impl Default for HierarchyBounds {
    fn default() -> Self {
        let HierarchyLimits {
            hierarchies,
            nodes,
            circuits,
        } = HierarchyLimits::default();
        Self {
            hierarchies: hierarchies as u16,
            nodes: nodes as u16,
            circuits: circuits as u16,
        }
    }
}

impl HierarchyBounds {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's skip_serializing_if passes a reference"
    )]
    fn are_usual(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn limits(self) -> HierarchyLimits {
        HierarchyLimits {
            hierarchies: usize::from(self.hierarchies),
            nodes: usize::from(self.nodes),
            circuits: usize::from(self.circuits),
        }
    }
}

/// A tree of nodes and circuits of one fluid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HierarchyTree {
    /// Permanent.
    pub id: u32,
    pub name: String,
    pub fluid: u32,
    /// The first one is the main node.
    pub nodes: Vec<TreeNode>,
}

/// A level of a hierarchy: what feeds it, and what is attached to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeNode {
    /// Permanent within its hierarchy.
    pub id: u32,
    pub name: String,
    /// The circuits through which it is fed. It hangs below the node to which they are attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fed_by: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<u32>,
    /// The nodes below it that no circuit feeds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<u32>,
    /// The hierarchies below it, each standing for its main node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hierarchies: Vec<u32>,
}

impl From<&HierarchyTree> for Hierarchy {
    fn from(tree: &HierarchyTree) -> Self {
        let points = |ids: &[u32]| ids.iter().copied().map(PointId).collect();
        let node = |node: &TreeNode| HierarchyNode {
            id: NodeId(node.id),
            name: node.name.clone(),
            fed_by: points(&node.fed_by),
            circuits: points(&node.circuits),
            nodes: node.nodes.iter().copied().map(NodeId).collect(),
            hierarchies: node.hierarchies.iter().copied().map(HierarchyId).collect(),
        };
        Self {
            id: HierarchyId(tree.id),
            name: tree.name.clone(),
            fluid: tree.fluid,
            nodes: tree.nodes.iter().map(node).collect(),
        }
    }
}

/// A fluid or a usage: a permanent id and its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub id: u32,
    pub name: String,
}

/// A device profile that was typed in or uploaded: what the registers of a product mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileText {
    /// What its mistakes are shown under, such as `boiler.toml`.
    pub file: String,
    /// The profile in the format of `docs/profile-format.md`.
    pub toml: String,
}

/// One communicating product with an address.
///
/// It is reached over the network (`host`, `port`, `protocol`), on a serial line of the server
/// (`serial`) or through the source named by `gateway`. Sources at one place share one connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub id: u32,
    pub name: String,
    /// Where it stands: levels from the largest to the smallest, separated by `/`.
    #[serde(default)]
    pub zone: String,
    /// Id of the device profile.
    pub profile: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// 502 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// What is spoken at `host`: Modbus TCP where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// The line of a device at a serial port of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<SerialLine>,
    /// Requests that may be outstanding at once, 1 to 16, for a gateway that is known to take
    /// several over Modbus TCP. What its profile says where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u8>,
    /// Id of the source through which this one is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<u32>,
    /// Modbus address: 1 to 247; 0 and 255 too for a device reached directly over Modbus TCP.
    pub unit_id: u8,
}

/// What is spoken over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Modbus TCP.
    Tcp,
    /// Serial frames over TCP: a converter that passes on what it is given.
    RtuOverTcp,
}

/// A serial port of the server and what its line has agreed on. A character has eight data bits.
///
/// Parity and stop bits are those of the Modbus standard where they are left out: even and one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SerialLine {
    /// Such as `/dev/ttyUSB0` or a name under `/dev/serial/by-id`, which stays when plugs change.
    pub path: String,
    /// 1200 to 230400.
    pub baud_rate: u32,
    #[serde(default = "standard_parity")]
    pub parity: Parity,
    /// 1 or 2.
    #[serde(default = "standard_stop_bits")]
    pub stop_bits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    None,
    Even,
    Odd,
}

impl From<&SerialPort> for SerialLine {
    fn from(port: &SerialPort) -> Self {
        Self {
            path: port.path.clone(),
            baud_rate: port.baud_rate,
            parity: match port.parity {
                modbus::Parity::None => Parity::None,
                modbus::Parity::Even => Parity::Even,
                modbus::Parity::Odd => Parity::Odd,
            },
            stop_bits: match port.stop_bits {
                StopBits::One => 1,
                StopBits::Two => 2,
            },
        }
    }
}

fn standard_parity() -> Parity {
    Parity::Even
}

fn standard_stop_bits() -> u8 {
    1
}

/// Anything that has a history of its own; it outlives the devices mounted on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    pub id: u32,
    pub name: String,
    /// `circuit` or `network`.
    pub kind: String,
    /// `1p_n`, `2p`, `3p_balanced`, `3p`, `3p_n_balanced` or `3p_n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiring: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fluid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<u32>,
    /// For a circuit: the network point whose voltages feed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<u32>,
    /// Phase-neutral where there is a neutral, phase-phase otherwise, in V.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nominal_voltage_v: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nominal_current_a: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nominal_frequency_hz: Option<f64>,
    /// Full scale of the current gauges in A; nominal × 1.2 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scale_current_a: Option<f64>,
    /// The circuit brings energy to the site from outside (or from a source on it).
    #[serde(default, skip_serializing_if = "is_false")]
    pub feeds_site: bool,
    /// The circuit gives energy back, now and then or always: what runs backwards there is right.
    #[serde(default, skip_serializing_if = "is_false")]
    pub feeds_back: bool,
}

/// A channel of a source on a point, for a span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    pub point: u32,
    pub source: u32,
    /// Kind and number, such as `circuit1` or `network1`.
    pub channel: String,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included; left out while the mount lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// What the counters showed at `from`, by the spelling of the quantity, in its base unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub opening: BTreeMap<String, f64>,
    /// What they showed at `until`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub closing: BTreeMap<String, f64>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_zero(hour: &i8) -> bool {
    *hour == 0
}

fn ten_minutes() -> u32 {
    IntegrationPeriod::TEN_MINUTES.seconds()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_ten_minutes(seconds: &u32) -> bool {
    *seconds == ten_minutes()
}

impl SiteDocument {
    /// A site that nobody has configured yet.
    pub fn empty() -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            site: SiteSettings {
                name: "SITE".to_owned(),
                time_zone: "UTC".to_owned(),
                contract_hour: 0,
                integration_period_s: ten_minutes(),
                hierarchy_limits: HierarchyBounds::default(),
            },
            fluids: Vec::new(),
            usages: Vec::new(),
            device_profiles: Vec::new(),
            sources: Vec::new(),
            points: Vec::new(),
            mounts: Vec::new(),
            hierarchies: Vec::new(),
        }
    }

    /// Reads the JSON text, naming the path of the first mistake in its form.
    pub fn from_json(text: &[u8]) -> Result<Self, SiteMistake> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let document =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|error| SiteMistake {
                path: error.path().to_string(),
                problem: error.into_inner().to_string(),
            })?;
        deserializer.end().map_err(|error| SiteMistake {
            path: ".".to_owned(),
            problem: error.to_string(),
        })?;
        Ok(document)
    }
}

/// One reason why a document cannot become the site, with the JSON path of the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct SiteMistake {
    pub path: String,
    pub problem: String,
}
