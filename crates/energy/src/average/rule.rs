use model::{Quantity, ValueKind};

/// How readings become one value of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Averaging {
    /// The mean, with its sign.
    Mean,
    /// The mean of what is above zero: P+ and Q+ of a load curve. It is not what is above zero of
    /// the mean, so that P+ and P- of one block can both be non-zero.
    AboveZero,
    /// The mean of what is below zero, without the sign: P- and Q-.
    BelowZero,
    /// The root of the mean of the squares, as IEC 61000-4-30 aggregates RMS values.
    RootMeanSquare,
    /// The direction of the mean of unit vectors, in degrees from -180 to 180.
    Angle,
}

impl Averaging {
    /// The usual way for a quantity; `None` for what is not averaged: counters, states, and
    /// ratios, which are made of averages.
    pub fn of(quantity: Quantity) -> Option<Self> {
        match quantity {
            _ if quantity.kind() != ValueKind::Gauge => None,
            Quantity::PowerFactor | Quantity::CosPhi | Quantity::TanPhi => None,
            Quantity::VoltageAngle
            | Quantity::LineVoltageAngle
            | Quantity::CurrentAngle
            | Quantity::PhiAngle => Some(Self::Angle),
            _ => Some(Self::Mean),
        }
    }

    /// What of a reading goes into the block.
    pub(super) fn part_of(self, value: f64) -> f64 {
        match self {
            Self::AboveZero => value.max(0.0),
            Self::BelowZero => (-value).max(0.0),
            Self::Mean | Self::RootMeanSquare | Self::Angle => value,
        }
    }
}
