use model::Quality;

use super::{BlockMean, Completeness};
use crate::{Span, StepEnergy};

/// One block of one direction of a load curve: P+, P-, Q+ or Q-.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadPoint {
    pub span: Span,
    /// In W or var, never below zero; `None` where the block is empty.
    pub value: Option<f64>,
    pub coverage: f64,
    /// `computed` where it comes from points of power for want of an index.
    pub quality: Quality,
}

/// A load curve of one direction: what the index says, ΔE / T, and where it says too little, the
/// mean of the points of power in that direction ([`super::Averaging::AboveZero`] or
/// [`super::Averaging::BelowZero`]). Both are in order of time; the curve has the blocks of
/// `energies`.
pub fn load_curve(energies: &[StepEnergy], points: &[BlockMean]) -> Vec<LoadPoint> {
    let mut points = points.iter().peekable();
    energies
        .iter()
        .map(|step| {
            while points
                .next_if(|mean| mean.span.from < step.span.from)
                .is_some()
            {}
            let mean = points.next_if(|mean| mean.span == step.span);
            of_index(step)
                .or_else(|| mean.and_then(of_points))
                .unwrap_or(LoadPoint {
                    span: step.span,
                    value: None,
                    coverage: step.coverage,
                    quality: step.quality,
                })
        })
        .collect()
}

fn of_index(step: &StepEnergy) -> Option<LoadPoint> {
    let is_known = Completeness::of(step.coverage) > Completeness::Empty;
    let is_spread = step.quality.contains(Quality::ESTIMATED);
    let energy = step.energy.filter(|_| is_known && !is_spread)?;
    // The mean over the part that is covered; the rest is said by the quality.
    let hours = step.span.length().as_secs_f64() * step.coverage / 3_600.0;
    Some(LoadPoint {
        span: step.span,
        value: Some(energy.to_f64() / hours),
        coverage: step.coverage,
        quality: step.quality,
    })
}

fn of_points(mean: &BlockMean) -> Option<LoadPoint> {
    let quality = match mean.completeness() {
        Completeness::Empty => return None,
        Completeness::Incomplete => Quality::COMPUTED.with(Quality::INCOMPLETE),
        Completeness::Complete => Quality::COMPUTED,
    };
    Some(LoadPoint {
        span: mean.span,
        value: Some(mean.mean),
        coverage: mean.coverage,
        quality,
    })
}

#[cfg(test)]
mod tests;
