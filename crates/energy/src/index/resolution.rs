use crate::Amount;

/// No meter counts in coarser steps than 1 kWh.
const COARSEST: Amount = Amount::from_units(1_000);

/// What one count is worth, as the values of an index show: the largest power of ten, at most
/// 1 000 units, of which all of them are multiples. For readings of which no profile states the
/// resolution, such as imported ones; `finest` is what their notation has room for.
///
/// It matters: a counter of whole kWh moves by a whole count or not at all, and taken for one of
/// 1 Wh each of its steps would be too fast to be true.
pub fn resolution_of(values: impl IntoIterator<Item = f64>, finest: Amount) -> Amount {
    let mut resolution = COARSEST.max(finest);
    for value in values.into_iter().filter_map(Amount::from_f64) {
        while resolution > finest && value.billionths() % resolution.billionths() != 0 {
            resolution = Amount::from_billionths(resolution.billionths() / 10).max(finest);
        }
    }
    resolution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], finest: f64, resolution: f64) {
        let amount = |units| Amount::from_f64(units).unwrap();
        let found = resolution_of(values.iter().copied(), amount(finest));
        assert_eq!(found, amount(resolution), "{values:?}");
    }

    #[test]
    fn the_resolution_is_the_largest_power_of_ten_that_divides_all() {
        check(&[1_254_000.0, 1_255_000.0, 0.0], 1.0, 1_000.0);
        check(&[1_254_300.0, 1_256_400.0, 1_258_510.0], 1.0, 10.0);
        check(&[838_860.7, 838_860.0, 0.3], 0.1, 0.1);
        check(&[5_000_000.0], 0.001, 1_000.0);
    }

    #[test]
    fn it_is_never_finer_than_the_notation() {
        check(&[0.123_456], 0.001, 0.001);
        check(&[f64::NAN], 1.0, 1_000.0);
    }
}
