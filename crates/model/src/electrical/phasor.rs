//! Angles of voltages and currents where the device gives magnitudes only.

/// Angles of V1, V2 and V3 in a network that nothing tells more about, in the order 1-2-3.
pub const NOMINAL_STAR_DEG: [f64; 3] = [0.0, -120.0, 120.0];

/// The three angles between phase voltages must close the turn this well, or the magnitudes do
/// not belong together.
const CLOSURE_DEG: f64 = 1.0;

/// A sine of the network's frequency: its length is the RMS value.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Phasor {
    re: f64,
    im: f64,
}

impl Phasor {
    fn polar(magnitude: f64, degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self {
            re: magnitude * cos,
            im: magnitude * sin,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }

    fn degrees(self) -> f64 {
        self.im.atan2(self.re).to_degrees()
    }
}

/// An angle brought into the turn above −180° and up to 180°.
pub fn normalised_degrees(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    if turned > 180.0 {
        turned - 360.0
    } else {
        turned
    }
}

/// φ of a power: atan2(Q, P), positive where inductive while P is imported; `None` without power.
pub fn phi_deg(p_w: f64, q_var: f64) -> Option<f64> {
    (p_w != 0.0 || q_var != 0.0).then(|| q_var.atan2(p_w).to_degrees())
}

/// Angles of V1, V2, V3 from their magnitudes `v` and those of U12, U23, U31, with V1 at 0° and
/// the order 1-2-3, which magnitudes cannot tell. `None` where they do not belong together.
pub fn star_angles_deg(v: [f64; 3], u: [f64; 3]) -> Option<[f64; 3]> {
    let between = |k: usize| {
        let (first, second, line) = (v[k], v[(k + 1) % 3], u[k]);
        angle_opposite_deg(first, second, line)
    };
    let (one_two, two_three, three_one) = (between(0)?, between(1)?, between(2)?);
    let turn = one_two + two_three + three_one;
    ((turn - 360.0).abs() <= CLOSURE_DEG).then_some([0.0, -one_two, three_one])
}

/// The angles of a three-wire network with the first voltage of its virtual star at 0°.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineAngles {
    /// Of U12, U23, U31.
    pub lines_deg: [f64; 3],
    /// Of the phases against the centre of the triangle, which is what φ is counted from.
    pub star_deg: [f64; 3],
}

impl LineAngles {
    /// Those of a network whose magnitudes tell nothing.
    pub const NOMINAL: Self = Self {
        lines_deg: [30.0, -90.0, 150.0],
        star_deg: NOMINAL_STAR_DEG,
    };

    /// From the magnitudes of U12, U23, U31, which close a triangle; `None` where they do not.
    pub fn of_magnitudes(u: [f64; 3]) -> Option<Self> {
        let inner = angle_opposite_deg(u[0], u[1], u[2])?;
        let first = Phasor::polar(u[0], 0.0);
        let second = Phasor::polar(u[1], inner - 180.0);
        let third = Phasor { re: 0.0, im: 0.0 }.minus(first).minus(second);
        let lines = [first, second, third];
        let star = [first.minus(third), second.minus(first), third.minus(second)];
        let turn = star[0].degrees();
        let turned = |phasor: Phasor| normalised_degrees(phasor.degrees() - turn);
        Some(Self {
            lines_deg: lines.map(turned),
            star_deg: star.map(turned),
        })
    }
}

/// The angle between two sides of a triangle, by the third.
fn angle_opposite_deg(first: f64, second: f64, opposite: f64) -> Option<f64> {
    let cos = (first * first + second * second - opposite * opposite) / (2.0 * first * second);
    (cos.is_finite() && cos.abs() <= 1.0).then(|| cos.acos().to_degrees())
}

/// Unbalance by sequence, inverse ÷ direct in percent, from the magnitudes of U12, U23 and U31;
/// `None` where they close no triangle.
pub fn unbalance_sequence_pct(u: [f64; 3]) -> Option<f64> {
    let squares: f64 = u.iter().map(|value| value.powi(2)).sum();
    let fourths: f64 = u.iter().map(|value| value.powi(4)).sum();
    let root = (3.0 - 6.0 * fourths / squares.powi(2)).sqrt();
    // Rounding may take the root of three equal voltages a hair beyond one.
    (root.is_finite() && root > 0.0).then(|| 100.0 * ((1.0 - root.min(1.0)) / (1.0 + root)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<const N: usize>(values: [f64; N], expected: [f64; N], tolerance: f64) {
        for (value, expected) in values.into_iter().zip(expected) {
            assert!(
                (value - expected).abs() <= tolerance,
                "{value} is not {expected}"
            );
        }
    }

    #[test]
    fn phase_and_line_voltages_tell_the_angles_between_the_phases() {
        let angles = star_angles_deg([231.0, 226.0, 234.0], [397.4, 397.8, 401.7]).unwrap();
        check(angles, [0.0, -120.8, 119.5], 0.05);
    }

    #[test]
    fn voltages_that_do_not_belong_together_tell_no_angle() {
        assert_eq!(star_angles_deg([230.0; 3], [400.0, 400.0, 380.0]), None);
        assert_eq!(star_angles_deg([230.0, 0.0, 230.0], [230.0; 3]), None);
        assert_eq!(LineAngles::of_magnitudes([400.0, 10.0, 10.0]), None);
    }

    #[test]
    fn three_line_voltages_close_their_triangle() {
        let angles = LineAngles::of_magnitudes([400.0, 392.0, 405.0]).unwrap();
        check(angles.star_deg, [0.0, -120.26, 121.49], 0.005);
        check(angles.lines_deg, [29.34, -89.16, 151.06], 0.005);
        let equal = LineAngles::of_magnitudes([400.0; 3]).unwrap();
        check(equal.lines_deg, LineAngles::NOMINAL.lines_deg, 1e-9);
        check(equal.star_deg, LineAngles::NOMINAL.star_deg, 1e-9);
    }

    #[test]
    fn line_voltages_tell_the_unbalance_by_sequence() {
        check(
            [unbalance_sequence_pct([400.0, 392.0, 405.0]).unwrap()],
            [1.895],
            0.0005,
        );
        check([unbalance_sequence_pct([400.0; 3]).unwrap()], [0.0], 1e-6);
        assert_eq!(unbalance_sequence_pct([0.0; 3]), None);
    }

    #[test]
    fn phi_has_the_sign_of_its_quadrant() {
        for (p, q, expected) in [
            (8.0, 6.0, 36.87),
            (-8.0, 6.0, 143.13),
            (-8.0, -6.0, -143.13),
            (8.0, -6.0, -36.87),
        ] {
            check([phi_deg(p, q).unwrap()], [expected], 0.005);
        }
        assert_eq!(phi_deg(0.0, 0.0), None);
    }

    #[test]
    fn angles_stay_in_one_turn() {
        check(
            [180.0, -180.0, 190.0, -190.0, 720.5].map(normalised_degrees),
            [180.0, 180.0, -170.0, 170.0, 0.5],
            1e-9,
        );
    }
}
