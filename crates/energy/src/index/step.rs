use serde::{Deserialize, Serialize};

/// What a step of an index was. Every kind but [`IndexStep::Normal`] is an entry of the counter
/// journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IndexStep {
    Normal,
    /// The energy of a silence: known in total, its spread estimated.
    CatchUp,
    /// Bad readings between two that agree.
    Glitch,
    /// The counter passed its ring.
    Rollover,
    /// The counter was set to zero.
    Reset,
    /// The meter restored an older value.
    StepBack,
    /// Another meter.
    Replacement,
    /// Too fast to be true.
    Jump,
    /// Not yet confirmed.
    Pending,
}

impl IndexStep {
    pub const ALL: [Self; 9] = [
        Self::Normal,
        Self::CatchUp,
        Self::Glitch,
        Self::Rollover,
        Self::Reset,
        Self::StepBack,
        Self::Replacement,
        Self::Jump,
        Self::Pending,
    ];

    /// The spelling in files and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::CatchUp => "catch_up",
            Self::Glitch => "glitch",
            Self::Rollover => "rollover",
            Self::Reset => "reset",
            Self::StepBack => "step_back",
            Self::Replacement => "replacement",
            Self::Jump => "jump",
            Self::Pending => "pending",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
