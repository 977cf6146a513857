use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount of what a counter counts, exactly: whole billionths of the canonical unit (Wh, varh, `VAh`,
/// s).
///
/// Every register scale of practice (0.1 Wh, 10 Wh, 1 kWh) is a whole number of billionths, so
/// that adding steps is adding counts, in any order and over meters of different resolutions.
/// It becomes a float once, in [`Amount::to_f64`], where it leaves.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct Amount {
    billionths: i128,
}

const BILLION: i128 = 1_000_000_000;

/// Beyond this many units a float has no room for single ones, and no meter has counted as far.
const UNITS_MAX: f64 = 1e18;

impl Amount {
    pub const ZERO: Self = Self { billionths: 0 };

    pub const fn from_units(units: i64) -> Self {
        Self {
            billionths: units as i128 * BILLION,
        }
    }

    pub const fn from_billionths(billionths: i128) -> Self {
        Self { billionths }
    }

    pub const fn billionths(self) -> i128 {
        self.billionths
    }

    /// The nearest amount; `None` for what is no number or beyond all counters.
    pub fn from_f64(units: f64) -> Option<Self> {
        if units.is_nan() || units.abs() > UNITS_MAX {
            return None;
        }
        // Apart, because together they would not fit the 53 bits of a float.
        let whole = units.trunc();
        let rest = ((units - whole) * BILLION as f64).round();
        Some(Self {
            billionths: whole as i128 * BILLION + rest as i128,
        })
    }

    /// In canonical units, rounded once. A whole number of units stays whole.
    pub fn to_f64(self) -> f64 {
        let whole = self.billionths.div_euclid(BILLION) as f64;
        let rest = self.billionths.rem_euclid(BILLION) as f64;
        whole + rest / BILLION as f64
    }

    /// `counts` times this amount, being what one count is worth.
    #[must_use]
    pub const fn times(self, counts: i64) -> Self {
        Self {
            billionths: self.billionths * counts as i128,
        }
    }

    /// The part that falls to `elapsed` of `whole` when the amount is spread evenly. Shares up to
    /// a moment depend on nothing but that moment, so their differences add up exactly.
    #[must_use]
    pub(crate) fn share(self, elapsed_ns: i128, whole_ns: i128) -> Self {
        if whole_ns <= 0 || elapsed_ns >= whole_ns {
            return self;
        }
        // Divided before it is multiplied, so that no product outgrows 128 bits.
        let per_ns = self.billionths.div_euclid(whole_ns);
        let rest = self.billionths.rem_euclid(whole_ns);
        Self {
            billionths: per_ns * elapsed_ns + (rest * elapsed_ns).div_euclid(whole_ns),
        }
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            billionths: self.billionths + other.billionths,
        }
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            billionths: self.billionths - other.billionths,
        }
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            billionths: -self.billionths,
        }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

/// A plain decimal number with all its digits and none more, such as `838860.7`.
impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.billionths.unsigned_abs();
        let (whole, rest) = (magnitude / BILLION as u128, magnitude % BILLION as u128);
        let sign = if self.billionths < 0 { "-" } else { "" };
        if rest == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        let digits = format!("{rest:09}");
        write!(formatter, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no plain decimal number with at most nine decimals")]
pub struct UnknownAmount(pub String);

/// What `Display` writes, exactly.
impl FromStr for Amount {
    type Err = UnknownAmount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (sign, magnitude) = match text.strip_prefix('-') {
                Some(magnitude) => (-1, magnitude),
                None => (1, text),
            };
            let (whole, rest) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
            let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
            if rest.len() > 9 || !is_number(whole) || !is_number(rest) {
                return None;
            }
            let whole: i128 = whole.parse().ok()?;
            let rest: i128 = format!("{rest:0<9}").parse().ok()?;
            let billionths = whole.checked_mul(BILLION)?.checked_add(rest)?;
            Some(Self {
                billionths: sign * billionths,
            })
        };
        read().ok_or_else(|| UnknownAmount(text.to_owned()))
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_string()
    }
}

impl TryFrom<String> for Amount {
    type Error = UnknownAmount;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_whole_number_of_units_stays_whole() {
        for units in [0, 1, 429_496_729, 12_543_001_234, 9_007_199_254_740_991] {
            assert!((Amount::from_units(units).to_f64() - units as f64).abs() < f64::MIN_POSITIVE);
        }
    }

    #[test]
    fn it_reads_as_a_plain_decimal_number() {
        for (units, text) in [
            (838_860.7, "838860.7"),
            (0.0, "0"),
            (-0.25, "-0.25"),
            (1e12, "1000000000000"),
        ] {
            assert_eq!(Amount::from_f64(units).unwrap().to_string(), text);
        }
        for text in ["", "-", ".5", "1e3", "+1", "1.0000000001", "1,5"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_no_amount() {
        for units in [f64::NAN, f64::INFINITY, -1e300] {
            assert_eq!(Amount::from_f64(units), None);
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_to_the_whole(
            billionths in -1_000_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000_000,
            cut in 0i128..=1_000_000_000_000_000_000,
        ) {
            let (whole, amount) = (1_000_000_000_000_000_000, Amount::from_billionths(billionths));
            let first = amount.share(cut, whole);
            let second = amount.share(whole, whole) - first;
            prop_assert_eq!(first + second, amount);
            prop_assert_eq!(amount.share(0, whole), Amount::ZERO);
        }

        #[test]
        fn amounts_read_back_from_their_digits(billionths in any::<i128>()) {
            let amount = Amount::from_billionths(billionths / BILLION);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }

        #[test]
        fn floats_come_back_within_a_billionth(units in -1e15f64..1e15) {
            let back = Amount::from_f64(units).unwrap().to_f64();
            prop_assert!((back - units).abs() <= 1e-9f64.max(units.abs() * 1e-15));
        }
    }
}
