use std::fmt;

/// One figure measured several times: what counts is the median, what is trusted the spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    sorted: Vec<f64>,
}

impl Figure {
    /// `runs` must not be empty.
    pub fn of(runs: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = runs.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        assert!(!sorted.is_empty(), "a figure needs a measurement");
        Self { sorted }
    }

    pub fn median(&self) -> f64 {
        let middle = self.sorted.len() / 2;
        if self.sorted.len().is_multiple_of(2) {
            f64::midpoint(self.sorted[middle - 1], self.sorted[middle])
        } else {
            self.sorted[middle]
        }
    }
}

/// The spread, for a note: `5 runs, 27.8 to 29.3`.
impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lowest, highest) = (self.sorted[0], self.sorted[self.sorted.len() - 1]);
        write!(
            formatter,
            "{} runs, {} to {}",
            self.sorted.len(),
            short(lowest),
            short(highest)
        )
    }
}

/// A number as people compare it: four significant digits.
pub fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = (3 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(runs: &[f64], median: f64, spread: &str) {
        let figure = Figure::of(runs.iter().copied());
        assert_eq!(
            (figure.median(), figure.to_string()),
            (median, spread.to_owned())
        );
    }

    #[test]
    fn the_median_stands_for_all_runs_and_the_spread_beside_it() {
        check(&[3.0, 1.0, 2.0], 2.0, "3 runs, 1 to 3");
        check(&[4.0, 1.0, 2.0, 3.0], 2.5, "4 runs, 1 to 4");
        check(
            &[12_345.5, 0.012_346],
            6_172.756_173,
            "2 runs, 0.01235 to 12346",
        );
    }
}
