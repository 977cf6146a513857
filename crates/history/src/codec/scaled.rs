//! Decimal numbers as integers: 230.14 with two decimals is 23014.
//!
//! Registers are integers with a scale, and integers compress far better than the binary
//! fractions they become. Nothing is rounded: a value that does not come back bit for bit is
//! not scaled.

/// Powers of ten are exact in an f64 up to 22; above 15 no value has so many digits anyway.
pub(crate) const DECIMALS_MAX: u8 = 15;

/// Integers beyond this lose digits in an f64.
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

/// The integer that stands for `value`, if [`value_of`] gives back every bit of it.
pub(crate) fn integer_of(value: f64, decimals: u8) -> Option<i64> {
    let scaled = (value * power_of_ten(decimals)?).round();
    if scaled.abs() > INTEGER_MAX {
        return None;
    }
    let integer = scaled as i64;
    (value_of(integer, decimals).to_bits() == value.to_bits()).then_some(integer)
}

/// The nearest value that is an integer with `decimals`; what none comes near stays as it is.
pub(crate) fn round(value: f64, decimals: u8) -> f64 {
    let Some(power) = power_of_ten(decimals) else {
        return value;
    };
    let scaled = (value * power).round();
    if scaled.abs() > INTEGER_MAX || !scaled.is_finite() {
        return value;
    }
    value_of(scaled as i64, decimals)
}

/// The value that an integer stands for; `decimals` up to [`DECIMALS_MAX`].
pub(crate) fn value_of(integer: i64, decimals: u8) -> f64 {
    integer as f64 / POWERS[usize::from(decimals.min(DECIMALS_MAX))]
}

fn power_of_ten(decimals: u8) -> Option<f64> {
    POWERS.get(usize::from(decimals)).copied()
}

const POWERS: [f64; DECIMALS_MAX as usize + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, decimals: u8, expected: Option<i64>) {
        assert_eq!(integer_of(value, decimals), expected);
    }

    #[test]
    fn a_register_value_is_its_integer() {
        check(230.14, 2, Some(23014));
        check(-0.998, 3, Some(-998));
        check(50_000_000.0, 0, Some(50_000_000));
        check(0.0, 5, Some(0));
    }

    #[test]
    fn a_rounded_value_is_scaled_and_a_huge_one_left() {
        for (value, decimals, expected) in [
            (230.146_1, 2, 230.15),
            (-0.04, 1, 0.0),
            (1.0 / 3.0, 0, 0.0),
            (1e300, 3, 1e300),
            (2.5, 200, 2.5),
        ] {
            let rounded = round(value, decimals);
            assert_eq!(rounded.to_bits(), f64::to_bits(expected));
        }
        assert!(integer_of(round(1_234.567_891, 3), 3).is_some());
        assert!(round(f64::NAN, 2).is_nan());
    }

    #[test]
    fn what_would_change_a_bit_is_not_scaled() {
        check(0.1 + 0.2, 1, None);
        check(1.0 / 3.0, 6, None);
        check(-0.0, 0, None);
        check(f64::NAN, 0, None);
        check(f64::INFINITY, 0, None);
        check(1e300, 0, None);
        check(1.0, DECIMALS_MAX + 1, None);
    }
}
