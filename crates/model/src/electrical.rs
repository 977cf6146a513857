//! The formulas of the field, once, for all. Angles in degrees, counter-clockwise positive.

mod phasor;

pub use phasor::{
    LineAngles, NOMINAL_STAR_DEG, normalised_degrees, phi_deg, star_angles_deg,
    unbalance_sequence_pct,
};

/// Vector apparent power √(P² + Q²), in VA.
pub fn apparent_power_vector(p_w: f64, q_var: f64) -> f64 {
    p_w.hypot(q_var)
}

/// Power factor P / S, limited to ±1; `None` where S is zero.
pub fn power_factor(p_w: f64, s_va: f64) -> Option<f64> {
    (s_va > 0.0).then(|| (p_w / s_va).clamp(-1.0, 1.0))
}

/// The code of [`Quantity::PowerFactorType`](crate::Quantity::PowerFactorType): inductive (2) while
/// P and Q flow alike, capacitive (1) while they flow against each other, undefined (0) otherwise.
pub fn power_factor_sense(p_w: f64, q_var: f64) -> f64 {
    match p_w * q_var {
        product if product > 0.0 => 2.0,
        product if product < 0.0 => 1.0,
        _ => 0.0,
    }
}

/// tan φ = Q / P; `None` while |P| is below 0.5 % of `nominal_s_va` (or zero where none is known).
pub fn tan_phi(p_w: f64, q_var: f64, nominal_s_va: Option<f64>) -> Option<f64> {
    let least = nominal_s_va.map_or(0.0, |nominal| 0.005 * nominal);
    (p_w.abs() > least).then(|| q_var / p_w)
}

/// The mean of the values that are present; `None` when none is.
pub fn mean_of_present(values: &[Option<f64>]) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().flatten().collect();
    (!present.is_empty()).then(|| present.iter().sum::<f64>() / present.len() as f64)
}

/// Unbalance by amplitude: 100 · max|xk − mean| / mean, in percent; `None` for a mean of zero.
pub fn unbalance_amplitude_pct(values: [f64; 3]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / 3.0;
    let deviation = values
        .iter()
        .map(|value| (value - mean).abs())
        .fold(0.0, f64::max);
    (mean > 0.0).then(|| 100.0 * deviation / mean)
}

/// Full scale of a gauge whose nominal value is unknown: the next step of 1-2-5 above `seen`.
pub fn next_scale_step(seen: f64) -> f64 {
    if !(seen.is_finite() && seen > 0.0) {
        return 1.0;
    }
    let decade = 10f64.powf(seen.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|step| step * decade)
        .find(|step| *step > seen)
        .unwrap_or(10.0 * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-3, "{value} is not {expected}");
    }

    #[test]
    fn the_four_quadrants_have_their_signs() {
        for (p, q, factor, tan) in [
            (8.0, 6.0, 0.8, 0.75),
            (-8.0, 6.0, -0.8, -0.75),
            (-8.0, -6.0, -0.8, 0.75),
            (8.0, -6.0, 0.8, -0.75),
        ] {
            let s = apparent_power_vector(p, q);
            check(s, 10.0);
            check(power_factor(p, s).unwrap(), factor);
            check(tan_phi(p, q, None).unwrap(), tan);
        }
    }

    #[test]
    fn ratios_without_a_denominator_are_missing_and_not_zero() {
        assert_eq!(power_factor(0.0, 0.0), None);
        assert_eq!(tan_phi(4.0, 3.0, Some(1000.0)), None);
        assert_eq!(mean_of_present(&[None, None]), None);
    }

    #[test]
    fn unbalance_is_the_largest_deviation_from_the_mean() {
        check(
            unbalance_amplitude_pct([400.0, 392.0, 405.0]).unwrap(),
            1.754,
        );
    }

    #[test]
    fn scales_go_by_1_2_5() {
        for (seen, scale) in [
            (0.7, 1.0),
            (1.0, 2.0),
            (38.0, 50.0),
            (50.0, 100.0),
            (0.0, 1.0),
        ] {
            check(next_scale_step(seen), scale);
        }
    }
}
