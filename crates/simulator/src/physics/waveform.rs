use std::sync::LazyLock;

use model::RankRange;

use super::phasor::Phasor;

/// Highest harmonic rank that meters show.
pub(crate) const RANK_MAX: u8 = 63;

/// Points of a period at which the peak of a waveform is looked for. A multiple of all powers of
/// two below [`RANK_MAX`], and fine enough that a crest factor is right to its printed decimals
/// for the ranks that carry weight.
const PEAK_POINTS: usize = 128;

/// One harmonic of a spectrum as people write it: rank, percent of the fundamental, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Harmonic {
    pub(crate) rank: u8,
    pub(crate) percent: f64,
    /// Against the waveform's own fundamental: 0° makes peaks sharper for every odd rank.
    pub(crate) degrees: f64,
}

/// A voltage or current as its fundamental and harmonics, by rising rank; rank 1 comes first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Waveform {
    ranks: Vec<(u8, Phasor)>,
}

impl Waveform {
    /// A fundamental with harmonics that are locked to it. `factor` scales all of them.
    pub(crate) fn new(fundamental: Phasor, harmonics: &[Harmonic], factor: f64) -> Self {
        let magnitude = fundamental.magnitude();
        let unit = fundamental.unit();
        let mut ranks = Vec::with_capacity(harmonics.len() + 1);
        ranks.push((1, fundamental));
        let mut turned = unit;
        let mut rank = 1;
        for harmonic in harmonics {
            while rank < harmonic.rank {
                turned = turned * unit;
                rank += 1;
            }
            let own = Phasor::from_degrees(
                magnitude * factor * harmonic.percent / 100.0,
                harmonic.degrees,
            );
            ranks.push((harmonic.rank, turned * own));
        }
        Self { ranks }
    }

    pub(crate) fn sine(fundamental: Phasor) -> Self {
        Self {
            ranks: vec![(1, fundamental)],
        }
    }

    pub(crate) fn fundamental(&self) -> Phasor {
        self.rank(1)
    }

    fn rank(&self, rank: u8) -> Phasor {
        self.ranks
            .binary_search_by_key(&rank, |(rank, _)| *rank)
            .map_or(Phasor::ZERO, |index| self.ranks[index].1)
    }

    /// `self + factor * other`, rank by rank.
    #[must_use]
    pub(crate) fn plus(&self, other: &Self, factor: f64) -> Self {
        let mut ranks = Vec::with_capacity(self.ranks.len().max(other.ranks.len()));
        let (mut left, mut right) = (self.ranks.as_slice(), other.ranks.as_slice());
        loop {
            match (left, right) {
                ([], rest) => {
                    ranks.extend(rest.iter().map(|(rank, x)| (*rank, x.scaled(factor))));
                    return Self { ranks };
                }
                (rest, []) => {
                    ranks.extend_from_slice(rest);
                    return Self { ranks };
                }
                ([(a, x), more_left @ ..], [(b, _), ..]) if a < b => {
                    ranks.push((*a, *x));
                    left = more_left;
                }
                ([(a, _), ..], [(b, y), more_right @ ..]) if b < a => {
                    ranks.push((*b, y.scaled(factor)));
                    right = more_right;
                }
                ([(a, x), more_left @ ..], [(_, y), more_right @ ..]) => {
                    ranks.push((*a, *x + y.scaled(factor)));
                    left = more_left;
                    right = more_right;
                }
            }
        }
    }

    /// Active power of this voltage and a current: only equal ranks carry any.
    pub(crate) fn power_with(&self, current: &Self) -> f64 {
        self.ranks
            .iter()
            .map(|(rank, voltage)| (*voltage * current.rank(*rank).conjugate()).re)
            .sum()
    }

    /// Effective value of all ranks together.
    pub(crate) fn rms(&self) -> f64 {
        self.square_sum(1).sqrt()
    }

    fn square_sum(&self, first_rank: u8) -> f64 {
        self.ranks
            .iter()
            .filter(|(rank, _)| *rank >= first_rank)
            .map(|(_, x)| x.re * x.re + x.im * x.im)
            .sum()
    }

    /// Distortion relative to the fundamental; `None` without one.
    pub(crate) fn thd_pct(&self) -> Option<f64> {
        self.share_of_fundamental(self.square_sum(2))
    }

    /// One rank or a group of ranks relative to the fundamental; `None` without one.
    pub(crate) fn harmonic_pct(&self, range: RankRange) -> Option<f64> {
        let squares = self
            .ranks
            .iter()
            .filter(|(rank, _)| (range.first..=range.last).contains(rank))
            .map(|(_, x)| x.re * x.re + x.im * x.im)
            .sum();
        self.share_of_fundamental(squares)
    }

    fn share_of_fundamental(&self, squares: f64) -> Option<f64> {
        let fundamental = self.fundamental().magnitude();
        (fundamental > 0.0).then(|| 100.0 * squares.sqrt() / fundamental)
    }

    /// Σ h² Xh² / Σ Xh²; 1 for a pure sine, `None` without a fundamental.
    pub(crate) fn k_factor(&self) -> Option<f64> {
        let squares = self.square_sum(1);
        let weighted: f64 = self
            .ranks
            .iter()
            .map(|(rank, x)| f64::from(*rank).powi(2) * (x.re * x.re + x.im * x.im))
            .sum();
        (self.fundamental() != Phasor::ZERO).then(|| weighted / squares)
    }

    /// Peak ÷ effective value; `None` for a waveform that is zero.
    pub(crate) fn crest_factor(&self) -> Option<f64> {
        let rms = self.rms();
        let peak = (0..PEAK_POINTS)
            .map(|point| self.instant(point).abs())
            .fold(0.0, f64::max);
        (rms > 0.0).then(|| peak / rms)
    }

    fn instant(&self, point: usize) -> f64 {
        let sum: f64 = self
            .ranks
            .iter()
            .map(|(rank, x)| {
                let turned = TURNS[usize::from(*rank) * point % PEAK_POINTS];
                x.re * turned.re - x.im * turned.im
            })
            .sum();
        sum * std::f64::consts::SQRT_2
    }
}

/// A waveform with the figures that are asked for again and again.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Conductor {
    pub(crate) waveform: Waveform,
    pub(crate) rms: f64,
}

impl Conductor {
    pub(crate) fn new(waveform: Waveform) -> Self {
        Self {
            rms: waveform.rms(),
            waveform,
        }
    }
}

/// The points of the unit circle at which waveforms are sampled.
static TURNS: LazyLock<[Phasor; PEAK_POINTS]> = LazyLock::new(|| {
    std::array::from_fn(|point| {
        Phasor::from_degrees(1.0, 360.0 * point as f64 / PEAK_POINTS as f64)
    })
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(value: Option<f64>, expected: f64) {
        let value = value.unwrap();
        assert!((value - expected).abs() < 5e-3, "{value} is not {expected}");
    }

    fn with(harmonics: &[(u8, f64)]) -> Waveform {
        let harmonics: Vec<Harmonic> = harmonics
            .iter()
            .map(|(rank, percent)| Harmonic {
                rank: *rank,
                percent: *percent,
                degrees: 0.0,
            })
            .collect();
        Waveform::new(Phasor::from_degrees(100.0, -40.0), &harmonics, 1.0)
    }

    #[test]
    fn distortion_figures_are_those_of_the_worked_example() {
        let current = with(&[(5, 22.0), (7, 12.0), (11, 7.0), (13, 5.0)]);
        check(Some(current.rms()), 103.45);
        check(current.thd_pct(), 26.50);
        check(current.k_factor(), 3.673);
        check(current.harmonic_pct(RankRange::single(7)), 12.0);
        check(current.harmonic_pct(RankRange { first: 8, last: 12 }), 7.0);
    }

    #[test]
    fn a_sine_has_no_distortion_and_the_crest_of_a_sine() {
        let sine = with(&[]);
        check(sine.thd_pct(), 0.0);
        check(sine.k_factor(), 1.0);
        check(sine.crest_factor(), std::f64::consts::SQRT_2);
    }

    #[test]
    fn nothing_has_no_distortion_figure_at_all() {
        let nothing = Waveform::sine(Phasor::ZERO);
        assert_eq!(nothing.thd_pct(), None);
        assert_eq!(nothing.k_factor(), None);
        assert_eq!(nothing.crest_factor(), None);
    }

    #[test]
    fn triple_ranks_add_up_in_the_neutral_and_vanish_between_phases() {
        let third = [Harmonic {
            rank: 3,
            percent: 30.0,
            degrees: 0.0,
        }];
        let phases = [0.0, -120.0, 120.0]
            .map(|degrees| Waveform::new(Phasor::from_degrees(10.0, degrees), &third, 1.0));
        let neutral = phases[0].plus(&phases[1], 1.0).plus(&phases[2], 1.0);
        check(Some(neutral.rms()), 9.0);
        let line = phases[0].plus(&phases[1], -1.0);
        check(line.harmonic_pct(RankRange::single(3)), 0.0);
    }

    fn any_waveform() -> impl Strategy<Value = Waveform> {
        proptest::collection::btree_map(2..=RANK_MAX, -50.0..50.0f64, 0..12).prop_map(|ranks| {
            let ranks: Vec<(u8, f64)> = ranks.into_iter().collect();
            with(&ranks)
        })
    }

    proptest! {
        #[test]
        fn the_effective_value_is_that_of_fundamental_and_distortion(waveform in any_waveform()) {
            let thd = waveform.thd_pct().unwrap() / 100.0;
            let expected = waveform.fundamental().magnitude() * (1.0 + thd * thd).sqrt();
            prop_assert!((waveform.rms() - expected).abs() < 1e-9 * expected);
        }

        #[test]
        fn a_sum_less_one_part_is_the_other_part(a in any_waveform(), b in any_waveform()) {
            let back = a.plus(&b, 1.0).plus(&b, -1.0);
            prop_assert!((back.rms() - a.rms()).abs() < 1e-9 * a.rms());
        }
    }
}
