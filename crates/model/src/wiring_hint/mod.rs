//! Whether the meter of a circuit seems to be wired wrongly: a hint in data, which pages put into
//! words. It advises with its evidence and never corrects a value.
//!
//! [`judge()`] looks at one moment, [`HintWatch`] keeps to what most of the last moments agree on.
//! Voltages come first, then the scale, then the direction of currents: a phase without voltage
//! has no power, and a power of another scale no angle that means anything.
//!
//! # Invariants
//!
//! - A load that consumes on every phase it uses gets no hint of direction.
//! - A circuit that feeds back gets none either: what runs backwards there may be right.

mod direction;
mod voltage;
mod watch;

pub use watch::HintWatch;

use crate::WiringType;

/// Below this share of the nominal current, and of the largest one, a phase counts as unused.
const USED_SHARE_OF_NOMINAL: f64 = 0.02;
const USED_SHARE_OF_LARGEST: f64 = 0.05;
/// How far a device's S may be from V · I: distortion stays within.
const SCALE_TOLERANCE: f64 = 0.3;
/// Below this the steps of a register, ten VA at most, would pass for a wrong scale.
const SCALE_LEAST_VA: f64 = 100.0;
/// Above this share of what a sensor is made for its ratio is in doubt.
const SENSOR_OVERLOAD: f64 = 1.2;

/// What a meter says of a circuit at one moment; phases by index from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moment {
    pub wiring: Option<WiringType>,
    /// Phase-neutral, in V.
    pub nominal_voltage_v: Option<f64>,
    pub nominal_current_a: Option<f64>,
    /// The circuit is known to feed back now and then.
    pub feeds_back: bool,
    pub v: [Option<f64>; 3],
    pub u: [Option<f64>; 3],
    pub i: [Option<f64>; 3],
    pub p: [Option<f64>; 3],
    pub q: [Option<f64>; 3],
    /// As the device gives it: one that is computed from V and I says nothing about them.
    pub s: [Option<f64>; 3],
}

/// What seems to be wrong. Phases are numbers from 1, as people say them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WiringFault {
    SensorReversed(u8),
    SensorsExchanged(u8, u8),
    TwoSensorsReversed(u8, u8),
    AllSensorsReversed,
    /// Each current is connected one phase further.
    SensorsMovedOn,
    /// No single fault explains the directions: more than one, or generation.
    Unclear,
    /// The phase carries current: its voltage lead or fuse.
    VoltageMissing(u8),
    /// Without current the phase may as well be dead.
    PhaseDead(u8),
    NeutralLost,
    /// S is not V · I: scale or ratio inside the meter.
    ScaleWrong(u8),
    /// Phase and line voltages are taken for each other.
    VoltageTypeMixedUp,
    VoltageRatioWrong,
    /// A current well above what its sensor is made for: the sensor's ratio.
    CurrentAboveSensor(u8),
}

impl WiringFault {
    /// The spelling in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::SensorReversed(_) => "sensor_reversed",
            Self::SensorsExchanged(..) => "sensors_exchanged",
            Self::TwoSensorsReversed(..) => "two_sensors_reversed",
            Self::AllSensorsReversed => "all_sensors_reversed",
            Self::SensorsMovedOn => "sensors_moved_on",
            Self::Unclear => "unclear",
            Self::VoltageMissing(_) => "voltage_missing",
            Self::PhaseDead(_) => "phase_dead",
            Self::NeutralLost => "neutral_lost",
            Self::ScaleWrong(_) => "scale_wrong",
            Self::VoltageTypeMixedUp => "voltage_type_mixed_up",
            Self::VoltageRatioWrong => "voltage_ratio_wrong",
            Self::CurrentAboveSensor(_) => "current_above_sensor",
        }
    }

    /// The phases it names; none where it is about all of them.
    pub fn phases(self) -> Vec<u8> {
        match self {
            Self::SensorReversed(phase)
            | Self::VoltageMissing(phase)
            | Self::PhaseDead(phase)
            | Self::ScaleWrong(phase)
            | Self::CurrentAboveSensor(phase) => vec![phase],
            Self::SensorsExchanged(one, other) | Self::TwoSensorsReversed(one, other) => {
                vec![one, other]
            }
            _ => Vec::new(),
        }
    }
}

/// A fault with what speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub fault: WiringFault,
    /// Faults that explain the readings nearly as well.
    pub alternatives: Vec<WiringFault>,
    /// φ of each used phase as the meter has it, and as it would be without the fault; `None` for
    /// what is not about directions.
    pub phi_deg: [Option<f64>; 3],
    pub undone_phi_deg: [Option<f64>; 3],
}

impl Finding {
    fn of(fault: WiringFault) -> Self {
        Self {
            fault,
            alternatives: Vec::new(),
            phi_deg: [None; 3],
            undone_phi_deg: [None; 3],
        }
    }
}

/// The number that people give the phase at an index.
fn number(index: usize) -> u8 {
    index as u8 + 1
}

/// What seems wrong at one moment; `None` where nothing does, or where too little is measured.
pub fn judge(moment: &Moment) -> Option<Finding> {
    let has_neutral = moment.wiring.is_none_or(WiringType::has_neutral);
    if !has_neutral {
        return None;
    }
    voltage::judge(moment)
        .or_else(|| scale(moment))
        .or_else(|| direction::judge(moment))
        .or_else(|| overload(moment))
}

/// The phases that carry enough current for its direction to mean something.
fn used_phases(moment: &Moment) -> Vec<usize> {
    let largest = moment.i.iter().flatten().copied().fold(0.0, f64::max);
    let of_nominal = USED_SHARE_OF_NOMINAL * moment.nominal_current_a.unwrap_or_default();
    let least = of_nominal.max(USED_SHARE_OF_LARGEST * largest);
    (0..3)
        .filter(|phase| moment.i[*phase].is_some_and(|i| i > 0.0 && i >= least))
        .collect()
}

fn scale(moment: &Moment) -> Option<Finding> {
    used_phases(moment).into_iter().find_map(|phase| {
        let expected = moment.v[phase]? * moment.i[phase]?;
        let apart = (moment.s[phase]? - expected).abs();
        let is_wrong = expected >= SCALE_LEAST_VA && apart > SCALE_TOLERANCE * expected;
        is_wrong.then(|| Finding::of(WiringFault::ScaleWrong(number(phase))))
    })
}

fn overload(moment: &Moment) -> Option<Finding> {
    let limit = SENSOR_OVERLOAD * moment.nominal_current_a?;
    let phase = (0..3).find(|phase| moment.i[*phase].is_some_and(|i| i > limit))?;
    Some(Finding::of(WiringFault::CurrentAboveSensor(number(phase))))
}

#[cfg(test)]
mod tests;
