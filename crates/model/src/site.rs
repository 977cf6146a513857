use std::fmt;
use std::str::FromStr;

/// Anything that has a history of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PointKind {
    /// One measured electrical (or fluid) circuit.
    Circuit,
    /// The voltages of a voltage module.
    Network,
}

impl PointKind {
    pub const ALL: [Self; 2] = [Self::Circuit, Self::Network];

    pub fn name(self) -> &'static str {
        match self {
            Self::Circuit => "circuit",
            Self::Network => "network",
        }
    }
}

/// One measuring channel of a device, spelled `circuit1`, `network1`: kind and number from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    pub kind: PointKind,
    pub number: u8,
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.kind.name(), self.number)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a channel; write its kind and number, such as `circuit1` or `network1`")]
pub struct UnknownChannel(pub String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(spelling: &str) -> Result<Self, Self::Err> {
        PointKind::ALL
            .into_iter()
            .find_map(|kind| {
                let number = spelling.strip_prefix(kind.name())?.parse().ok()?;
                (number > 0).then_some(Self { kind, number })
            })
            .ok_or_else(|| UnknownChannel(spelling.to_owned()))
    }
}

/// The conductors of a network or load and how many currents are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WiringType {
    SinglePhase,
    TwoPhase,
    ThreePhaseBalanced,
    ThreePhaseUnbalanced,
    ThreePhaseNeutralBalanced,
    ThreePhaseNeutralUnbalanced,
}

impl WiringType {
    pub const ALL: [Self; 6] = [
        Self::SinglePhase,
        Self::TwoPhase,
        Self::ThreePhaseBalanced,
        Self::ThreePhaseUnbalanced,
        Self::ThreePhaseNeutralBalanced,
        Self::ThreePhaseNeutralUnbalanced,
    ];

    /// The spelling in files and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::SinglePhase => "1p_n",
            Self::TwoPhase => "2p",
            Self::ThreePhaseBalanced => "3p_balanced",
            Self::ThreePhaseUnbalanced => "3p",
            Self::ThreePhaseNeutralBalanced => "3p_n_balanced",
            Self::ThreePhaseNeutralUnbalanced => "3p_n",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wiring| wiring.name() == name)
    }

    /// Whether phase-neutral voltages exist.
    pub fn has_neutral(self) -> bool {
        matches!(
            self,
            Self::SinglePhase | Self::ThreePhaseNeutralBalanced | Self::ThreePhaseNeutralUnbalanced
        )
    }
}
