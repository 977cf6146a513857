use std::sync::Arc;

use model::{Channel, PointKind};

use crate::{Confidence, DeviceProfile, ExceptionCode};

/// What a device can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionKind {
    /// The partial energy counters of a channel go to zero; its totals stay.
    ResetPartialEnergies,
}

impl ActionKind {
    pub const ALL: [Self; 1] = [Self::ResetPartialEnergies];

    /// The spelling in profiles and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResetPartialEnergies => "reset_partial_energies",
        }
    }
}

/// Which Modbus function writes a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteFunction {
    /// Function 6.
    Single,
    /// Function 16, with one word.
    Multiple,
}

impl WriteFunction {
    pub const ALL: [Self; 2] = [Self::Single, Self::Multiple];

    /// The spelling in profiles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Multiple => "multiple",
        }
    }
}

/// Which partial counters of a channel one write zeroes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zeroed {
    All,
    /// Those over all tariffs.
    Energies,
    /// Those of each tariff.
    Tariffs,
}

impl Zeroed {
    pub const ALL: [Self; 3] = [Self::All, Self::Energies, Self::Tariffs];

    /// The spelling in profiles.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Energies => "energies",
            Self::Tariffs => "tariffs",
        }
    }
}

/// One word that is written to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegisterWrite {
    pub function: WriteFunction,
    pub address: u16,
    pub word: u16,
}

/// How one channel of a device is told to do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Sent in this order; each only after the one before was acknowledged.
    pub writes: Vec<RegisterWrite>,
    pub confidence: Confidence,
    pub sources: Vec<Arc<str>>,
}

/// What a write that a simulated device received tells it to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    pub kind: ActionKind,
    pub channel: Channel,
    pub zeroes: Zeroed,
}

/// An action as a profile declares it; the addresses are those of the first channel.
#[derive(Debug, Clone)]
pub(crate) struct ActionSpec {
    pub(crate) kind: ActionKind,
    pub(crate) channel: PointKind,
    /// Words from one channel to the next.
    pub(crate) stride: u16,
    pub(crate) writes: Vec<WriteSpec>,
    pub(crate) confidence: Confidence,
    pub(crate) sources: Vec<Arc<str>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteSpec {
    pub(crate) write: RegisterWrite,
    pub(crate) zeroes: Zeroed,
}

impl ActionSpec {
    /// The writes for channel `number` (from 1); that they fit is checked when the profile is read.
    fn writes_for(&self, number: u8) -> impl Iterator<Item = WriteSpec> {
        let offset = self.stride.saturating_mul(u16::from(number) - 1);
        self.writes.iter().map(move |spec| WriteSpec {
            write: RegisterWrite {
                address: spec.write.address.saturating_add(offset),
                ..spec.write
            },
            ..*spec
        })
    }
}

impl DeviceProfile {
    /// How `channel` is told to do `kind`; `None` where the profile knows no way.
    pub fn action(&self, kind: ActionKind, channel: Channel) -> Option<Action> {
        if !self.channels().contains(&channel) {
            return None;
        }
        let spec = self
            .parts()
            .actions
            .iter()
            .find(|spec| spec.kind == kind && spec.channel == channel.kind)?;
        Some(Action {
            writes: spec
                .writes_for(channel.number)
                .map(|spec| spec.write)
                .collect(),
            confidence: spec.confidence,
            sources: spec.sources.clone(),
        })
    }

    /// What a device of this profile does when it receives `write`: the inverse of
    /// [`DeviceProfile::action`].
    ///
    /// # Errors
    ///
    /// What it answers instead: [`ExceptionCode::ILLEGAL_DATA_ADDRESS`] where nothing can be
    /// written, [`ExceptionCode::ILLEGAL_FUNCTION`] by the other function, and
    /// [`ExceptionCode::ILLEGAL_DATA_VALUE`] for another word.
    pub fn ordered(&self, write: RegisterWrite) -> Result<Ordered, ExceptionCode> {
        let mut refusal = ExceptionCode::ILLEGAL_DATA_ADDRESS;
        for spec in &self.parts().actions {
            let of_kind = |channel: &&Channel| channel.kind == spec.channel;
            for channel in self.channels().iter().filter(of_kind) {
                for known in spec.writes_for(channel.number) {
                    if known.write == write {
                        return Ok(Ordered {
                            kind: spec.kind,
                            channel: *channel,
                            zeroes: known.zeroes,
                        });
                    }
                    if known.write.address == write.address {
                        refusal = if known.write.function == write.function {
                            ExceptionCode::ILLEGAL_DATA_VALUE
                        } else {
                            ExceptionCode::ILLEGAL_FUNCTION
                        };
                    }
                }
            }
        }
        Err(refusal)
    }
}
