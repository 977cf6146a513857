use model::Unit;

/// What a raw number is multiplied with to become a value in the canonical unit: `factor`
/// divided by ten to the power of `decimals`.
///
/// Kept in whole numbers so that raw 23012 in hundredths is exactly the 230.12 that people type,
/// not a neighbour of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) factor: i64,
    pub(crate) decimals: u8,
}

/// Finer steps than this do not occur; with [`FACTOR_MAX`] it keeps products in range.
const DECIMALS_MAX: usize = 9;
/// Larger steps than this do not occur (classic meters count in steps of 10 MWh).
const FACTOR_MAX: i64 = 1_000_000_000;

impl Scale {
    pub(crate) const ONE: Self = Self {
        factor: 1,
        decimals: 0,
    };

    /// The exact form of a decimal number above zero, `None` for what is no sensible scale.
    pub(crate) fn from_number(number: f64) -> Option<Self> {
        if !(number.is_finite() && number > 0.0) {
            return None;
        }
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let factor: i64 = format!("{whole}{fraction}").parse().ok()?;
        (fraction.len() <= DECIMALS_MAX && factor <= FACTOR_MAX)
            .then(|| Self::normal(factor, fraction.len() as u8))
    }

    /// Both scales one after the other; `None` when the result is out of bounds.
    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let factor = self.factor.checked_mul(other.factor)?;
        let product = Self::normal(factor, self.decimals + other.decimals);
        (usize::from(product.decimals) <= DECIMALS_MAX && product.factor <= FACTOR_MAX)
            .then_some(product)
    }

    fn normal(mut factor: i64, mut decimals: u8) -> Self {
        while decimals > 0 && factor % 10 == 0 {
            factor /= 10;
            decimals -= 1;
        }
        Self { factor, decimals }
    }

    /// How many steps of `finer` make one step of this scale, when that is a whole number.
    pub(crate) fn steps_of(self, finer: Self) -> Option<i64> {
        let lift = 10i128.pow(u32::from(finer.decimals));
        let lower = 10i128.pow(u32::from(self.decimals));
        let (coarse, fine) = (
            i128::from(self.factor) * lift,
            i128::from(finer.factor) * lower,
        );
        (coarse % fine == 0)
            .then(|| i64::try_from(coarse / fine).ok())
            .flatten()
    }

    /// What one raw step is worth; there are at most nine decimals.
    pub(crate) fn billionths(self) -> i128 {
        let shift = DECIMALS_MAX as u32 - u32::from(self.decimals);
        i128::from(self.factor) * 10i128.pow(shift)
    }

    /// This scale times ten to the power of `exponent`; `None` when the result is out of bounds.
    pub(crate) fn times_power_of_ten(self, exponent: i8) -> Option<Self> {
        let decimals = i16::from(self.decimals) - i16::from(exponent);
        let lift = 10i64.checked_pow(decimals.min(0).unsigned_abs().into())?;
        let factor = self.factor.checked_mul(lift)?;
        let scale = Self::normal(factor, decimals.max(0) as u8);
        (usize::from(scale.decimals) <= DECIMALS_MAX && factor <= FACTOR_MAX).then_some(scale)
    }

    /// A float in the canonical unit, rounded to `decimals`: what it has beyond them is noise of
    /// its own binary form.
    pub(crate) fn value_of_float(self, float: f64, decimals: u8) -> f64 {
        let steps = 10f64.powi(i32::from(decimals));
        let value = float * self.factor as f64 / self.divisor();
        let rounded = (value * steps).round() / steps;
        // What is too large to be counted in such steps has no such decimals either.
        if rounded.is_finite() { rounded } else { value }
    }

    pub(crate) fn value_of(self, raw: i128) -> f64 {
        let scaled = raw.saturating_mul(i128::from(self.factor));
        scaled as f64 / self.divisor()
    }

    pub(crate) fn float_of(self, value: f64) -> f64 {
        value * self.divisor() / self.factor as f64
    }

    /// The nearest raw number; what is no number becomes zero, what is too large saturates.
    pub(crate) fn raw_of(self, value: f64) -> i128 {
        self.float_of(value).round() as i128
    }

    fn divisor(self) -> f64 {
        10f64.powi(i32::from(self.decimals))
    }
}

/// The units that a register table may be written in: name, canonical unit, multiple of it.
const UNITS: &[(&str, Unit, f64)] = &[
    ("V", Unit::Volt, 1.0),
    ("kV", Unit::Volt, 1000.0),
    ("mA", Unit::Ampere, 0.001),
    ("A", Unit::Ampere, 1.0),
    ("mHz", Unit::Hertz, 0.001),
    ("Hz", Unit::Hertz, 1.0),
    ("W", Unit::Watt, 1.0),
    ("kW", Unit::Watt, 1000.0),
    ("var", Unit::Var, 1.0),
    ("kvar", Unit::Var, 1000.0),
    ("VA", Unit::VoltAmpere, 1.0),
    ("kVA", Unit::VoltAmpere, 1000.0),
    ("Wh", Unit::WattHour, 1.0),
    ("kWh", Unit::WattHour, 1000.0),
    ("MWh", Unit::WattHour, 1_000_000.0),
    ("varh", Unit::VarHour, 1.0),
    ("kvarh", Unit::VarHour, 1000.0),
    ("Mvarh", Unit::VarHour, 1_000_000.0),
    ("VAh", Unit::VoltAmpereHour, 1.0),
    ("kVAh", Unit::VoltAmpereHour, 1000.0),
    ("MVAh", Unit::VoltAmpereHour, 1_000_000.0),
    ("%", Unit::Percent, 1.0),
    ("°", Unit::Degree, 1.0),
    ("s", Unit::Second, 1.0),
    ("min", Unit::Second, 60.0),
    ("h", Unit::Second, 3600.0),
    ("Ω", Unit::Ohm, 1.0),
    ("kΩ", Unit::Ohm, 1000.0),
    ("F", Unit::Farad, 1.0),
    ("µF", Unit::Farad, 0.000_001),
    ("nF", Unit::Farad, 0.000_000_001),
];

/// The unit that a profile calls `name`, as a multiple of its canonical unit.
pub(crate) fn unit_named(name: &str) -> Option<(Unit, Scale)> {
    let (_, unit, multiple) = UNITS.iter().find(|(spelling, ..)| *spelling == name)?;
    Some((*unit, Scale::from_number(*multiple)?))
}

/// All names by which registers of `unit` may be written.
pub(crate) fn names_of(unit: Unit) -> Vec<&'static str> {
    UNITS
        .iter()
        .filter(|(_, canonical, _)| *canonical == unit)
        .map(|(name, ..)| *name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(number: f64, factor: i64, decimals: u8) {
        assert_eq!(Scale::from_number(number), Some(Scale { factor, decimals }));
    }

    #[test]
    fn a_scale_is_kept_in_whole_numbers() {
        check(0.01, 1, 2);
        check(0.2, 2, 1);
        check(10.0, 10, 0);
        check(0.001, 1, 3);
        check(1_000_000.0, 1_000_000, 0);
    }

    #[test]
    fn what_is_no_scale_is_refused() {
        for number in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-12, 1e12] {
            assert_eq!(Scale::from_number(number), None, "{number}");
        }
    }

    #[test]
    fn values_are_the_decimals_that_people_type() {
        let hundredths = Scale::from_number(0.01).unwrap();
        assert_eq!(hundredths.value_of(23_012).to_string(), "230.12");
        assert_eq!(hundredths.value_of(-7).to_string(), "-0.07");
        assert_eq!(hundredths.raw_of(230.12), 23_012);
    }

    #[test]
    fn hours_in_hundredths_become_seconds_without_decimals() {
        let (_, hour) = unit_named("h").unwrap();
        let scale = Scale::from_number(0.01).unwrap().times(hour);
        assert_eq!(
            scale,
            Some(Scale {
                factor: 36,
                decimals: 0
            })
        );
    }

    #[test]
    fn a_power_of_ten_moves_the_decimal_point() {
        let check = |exponent, factor, decimals| {
            let scale = Scale::ONE.times_power_of_ten(exponent);
            assert_eq!(scale, Some(Scale { factor, decimals }), "{exponent}");
        };
        check(0, 1, 0);
        check(-2, 1, 2);
        check(3, 1000, 0);
        for exponent in [-10, 10, i8::MIN, i8::MAX] {
            assert_eq!(Scale::ONE.times_power_of_ten(exponent), None, "{exponent}");
        }
    }

    #[test]
    fn a_float_keeps_the_decimals_that_people_type() {
        let value = Scale::ONE.value_of_float(f64::from(230.12f32), 2);
        assert_eq!(value.to_string(), "230.12");
        let largest = Scale::ONE.value_of_float(f64::MAX, 9);
        assert_eq!(largest.to_bits(), f64::MAX.to_bits());
    }

    #[test]
    fn a_kilo_counter_is_ten_thousand_tenths() {
        let (_, kilo) = unit_named("kWh").unwrap();
        let tenth = Scale::from_number(0.1).unwrap();
        assert_eq!(kilo.steps_of(tenth), Some(10_000));
        assert_eq!(tenth.steps_of(kilo), None);
    }

    #[test]
    fn every_unit_has_a_scale() {
        for (name, unit, _) in UNITS {
            assert_eq!(unit_named(name).map(|(unit, _)| unit), Some(*unit));
        }
    }

    proptest! {
        #[test]
        fn every_raw_number_reads_back_from_its_value(
            raw in -4_294_967_295i64..=4_294_967_295,
            number in proptest::sample::select(vec![0.001, 0.01, 0.1, 0.2, 1.0, 10.0, 1000.0]),
        ) {
            let scale = Scale::from_number(number).unwrap();
            prop_assert_eq!(scale.raw_of(scale.value_of(raw.into())), i128::from(raw));
        }

        #[test]
        fn no_value_panics(value in any::<f64>()) {
            let _ = Scale::ONE.raw_of(value);
        }
    }
}
