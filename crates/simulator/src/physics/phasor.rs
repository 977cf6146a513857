use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A sine of one frequency as a complex number: its length is the RMS value, its angle the phase.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Phasor {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

impl Phasor {
    pub(crate) const ZERO: Self = Self { re: 0.0, im: 0.0 };

    pub(crate) fn from_degrees(magnitude: f64, degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self {
            re: magnitude * cos,
            im: magnitude * sin,
        }
    }

    pub(crate) fn magnitude(self) -> f64 {
        self.re.hypot(self.im)
    }

    /// In degrees, above −180 and up to 180; `None` for a phasor without length.
    pub(crate) fn degrees(self) -> Option<f64> {
        (self != Self::ZERO).then(|| self.im.atan2(self.re).to_degrees())
    }

    pub(crate) fn conjugate(self) -> Self {
        Self {
            re: self.re,
            im: -self.im,
        }
    }

    #[must_use]
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }

    /// `self` divided by `divisor`; zero where the divisor has no length.
    #[must_use]
    pub(crate) fn divided_by(self, divisor: Self) -> Self {
        let square = divisor.re * divisor.re + divisor.im * divisor.im;
        if square > 0.0 {
            (self * divisor.conjugate()).scaled(1.0 / square)
        } else {
            Self::ZERO
        }
    }

    /// The same direction with length 1; zero stays zero.
    #[must_use]
    pub(crate) fn unit(self) -> Self {
        let magnitude = self.magnitude();
        if magnitude > 0.0 {
            self.scaled(1.0 / magnitude)
        } else {
            Self::ZERO
        }
    }
}

impl Add for Phasor {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }
}

impl Sub for Phasor {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }
}

impl Mul for Phasor {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl Sum for Phasor {
    fn sum<I: Iterator<Item = Self>>(phasors: I) -> Self {
        phasors.fold(Self::ZERO, Add::add)
    }
}

/// An angle brought into the turn above −180° and up to 180°.
pub(crate) fn normalised_degrees(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    if turned > 180.0 {
        turned - 360.0
    } else {
        turned
    }
}

/// The symmetrical components of three phasors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sequence {
    pub(crate) zero: f64,
    pub(crate) positive: f64,
    pub(crate) negative: f64,
}

impl Sequence {
    pub(crate) fn of(phases: [Phasor; 3]) -> Self {
        let turn = Phasor::from_degrees(1.0, 120.0);
        let back = turn.conjugate();
        let [x1, x2, x3] = phases;
        let component = |sum: Phasor| sum.magnitude() / 3.0;
        Self {
            zero: component(x1 + x2 + x3),
            positive: component(x1 + turn * x2 + back * x3),
            negative: component(x1 + back * x2 + turn * x3),
        }
    }

    /// Negative ÷ positive in percent; `None` without a positive sequence.
    pub(crate) fn unbalance_pct(self) -> Option<f64> {
        (self.positive > 0.0).then(|| 100.0 * self.negative / self.positive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, expected: f64) {
        assert!((value - expected).abs() < 5e-3, "{value} is not {expected}");
    }

    #[test]
    fn the_current_that_is_not_measured_follows_from_the_other_two() {
        let sum = Phasor::from_degrees(10.0, -30.0) + Phasor::from_degrees(11.0, 92.0);
        let missing = Phasor::ZERO - sum;
        check(missing.magnitude(), 10.22);
        assert!((missing.degrees().unwrap() + 144.1).abs() < 0.1);
    }

    #[test]
    fn symmetrical_components_are_those_of_the_worked_example() {
        let phases = [
            Phasor::from_degrees(10.0, 0.0),
            Phasor::from_degrees(8.0, -115.0),
            Phasor::from_degrees(12.0, 125.0),
        ];
        let sequence = Sequence::of(phases);
        check(sequence.zero, 0.864);
        check(sequence.positive, 9.992);
        check(sequence.negative, 1.445);
        check(sequence.unbalance_pct().unwrap(), 14.46);
        check(phases.into_iter().sum::<Phasor>().magnitude(), 2.593);
    }

    #[test]
    fn angles_stay_in_one_turn() {
        for (degrees, expected) in [(0.0, 0.0), (181.0, -179.0), (-180.0, 180.0), (540.0, 180.0)] {
            check(normalised_degrees(degrees), expected);
        }
    }
}
