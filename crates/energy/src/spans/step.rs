use model::Quality;

use crate::{Amount, Span};

/// The energy of one span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepEnergy {
    pub span: Span,
    /// What is booked; `None` where nothing is known of any part of the span, never zero then.
    pub energy: Option<Amount>,
    /// The share of the span (0 to 1) of which the energy was measured. A silence that lies
    /// wholly inside counts as measured, for its energy is known.
    pub coverage: f64,
    /// - `estimated`: a part hangs on a silence that reaches out of the span, on somebody's word,
    ///   or on readings that lie further apart than the span is long.
    /// - `suspect`: a part is in question, or not confirmed yet.
    /// - `incomplete`: the coverage is below 1.
    pub quality: Quality,
    /// What is in question, beside the energy.
    pub open: Option<OpenAmount>,
    /// More may have flowed: a reset, or a silence so long that the counter may have turned.
    pub lower_bound: bool,
}

/// Energy that a person is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenAmount {
    /// The share of the proposals that falls into the span; shares add up as energies do. `None`
    /// where the readings suggest no amount.
    pub proposal: Option<Amount>,
}
