//! The unmeasured point of a node: what flowed in and was measured by none of the circuits below.
//!
//! It is made per step of time from energies, never from indexes: U = M - ΣC. The error band says
//! by how much U may be off for the accuracy of the meters alone.

use crate::{Amount, Span, StepEnergy};

/// A circuit's part in the balance of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BalanceTerm {
    pub step: StepEnergy,
    /// The accuracy class of the meter with its sensor, in percent.
    pub accuracy_pct: f64,
    /// What one count is worth.
    pub count: Amount,
}

/// The class that is taken for a meter of which nothing is known.
pub const UNKNOWN_ACCURACY_PCT: f64 = 2.0;

/// The remainder of a node over one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unmeasured {
    pub span: Span,
    /// Keeps its sign: below zero, more was measured below than flowed in. `None` where no feeder
    /// is known at all. Where it is not complete, it is what the known terms leave.
    pub energy: Option<Amount>,
    /// Whether every term is known and covered; otherwise pages show nothing unless asked to.
    pub is_complete: bool,
    /// Inside ± this, the remainder cannot be told from zero.
    pub error_band: f64,
}

impl Unmeasured {
    /// The remainder of what `feeders` bring and `children` take, over the same step. A node may
    /// have several feeders; `None` without any.
    pub fn of(feeders: &[BalanceTerm], children: &[BalanceTerm]) -> Option<Self> {
        let terms = || feeders.iter().chain(children);
        let sum = |terms: &[BalanceTerm]| -> Option<Amount> {
            let known = terms.iter().filter_map(|term| term.step.energy);
            known.reduce(|one, other| one + other)
        };
        let taken = sum(children).unwrap_or(Amount::ZERO);
        Some(Self {
            span: feeders.first()?.step.span,
            energy: sum(feeders).map(|brought| brought - taken),
            is_complete: terms()
                .all(|term| term.step.energy.is_some() && term.step.coverage >= 1.0),
            error_band: error_band(terms()),
        })
    }

    /// More was measured below than can be explained by the accuracy of the meters.
    pub fn is_suspicious(&self) -> bool {
        self.is_complete
            && self
                .energy
                .is_some_and(|energy| energy.to_f64() < -self.error_band)
    }
}

/// `(2 / √3) · √Σ(a · E)² + Σu`, in the unit of the energies.
fn error_band<'t>(terms: impl Iterator<Item = &'t BalanceTerm>) -> f64 {
    let (squares, counts) = terms.fold((0.0, 0.0), |(squares, counts), term| {
        let energy = term.step.energy.unwrap_or_default().to_f64();
        let error = term.accuracy_pct / 100.0 * energy;
        (squares + error * error, counts + term.count.to_f64())
    });
    2.0 / 3f64.sqrt() * f64::sqrt(squares) + counts
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::Quality;

    use super::*;

    fn term(kwh: Option<f64>, accuracy_pct: f64) -> BalanceTerm {
        BalanceTerm {
            step: StepEnergy {
                span: Span::new(
                    Timestamp::UNIX_EPOCH,
                    Timestamp::from_second(3_600).unwrap(),
                ),
                energy: kwh.and_then(|kwh| Amount::from_f64(1_000.0 * kwh)),
                coverage: if kwh.is_some() { 1.0 } else { 0.0 },
                quality: Quality::MEASURED,
                open: None,
                lower_bound: false,
            },
            accuracy_pct,
            count: Amount::from_units(1),
        }
    }

    fn children() -> [BalanceTerm; 3] {
        [35.0, 22.5, 18.0].map(|kwh| term(Some(kwh), 1.0))
    }

    /// HIE-12
    #[test]
    fn what_is_measured_by_no_circuit_remains() {
        let unmeasured = Unmeasured::of(&[term(Some(100.0), 0.5)], &children()).unwrap();
        assert_eq!(unmeasured.energy, Some(Amount::from_units(24_500)));
        assert!(unmeasured.is_complete);
        assert!(
            (unmeasured.error_band - 780.0).abs() < 5.0,
            "{unmeasured:?}"
        );
    }

    /// HIE-12: several loads may feed one node.
    #[test]
    fn feeders_add_up() {
        let feeders = [term(Some(60.0), 0.5), term(Some(40.0), 0.5)];
        let unmeasured = Unmeasured::of(&feeders, &children()).unwrap();
        assert_eq!(unmeasured.energy, Some(Amount::from_units(24_500)));
        assert_eq!(Unmeasured::of(&[], &children()), None);
    }

    #[test]
    fn a_missing_term_is_not_zero() {
        let [first, second, _] = children();
        let with_a_gap = [first, second, term(None, 1.0)];
        let unmeasured = Unmeasured::of(&[term(Some(100.0), 0.5)], &with_a_gap).unwrap();
        assert!(!unmeasured.is_complete);
        let without_feeder = Unmeasured::of(&[term(None, 0.5)], &children()).unwrap();
        assert_eq!(without_feeder.energy, None);
    }

    #[test]
    fn below_zero_keeps_its_sign_and_is_suspicious_beyond_the_band() {
        for (kwh, suspicious) in [(75.0, false), (70.0, true), (80.0, false)] {
            let unmeasured = Unmeasured::of(&[term(Some(kwh), 0.5)], &children()).unwrap();
            assert_eq!(unmeasured.is_suspicious(), suspicious, "{unmeasured:?}");
            let energy = unmeasured.energy.unwrap();
            assert_eq!(energy < Amount::ZERO, kwh < 75.5);
        }
    }
}
