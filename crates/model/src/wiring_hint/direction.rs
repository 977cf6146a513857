//! Currents that seem to run the wrong way: each possible fault is undone, and what then looks
//! like a load is named.

use super::{Finding, Moment, WiringFault, number, used_phases};
use crate::electrical::{NOMINAL_STAR_DEG, normalised_degrees};

/// A load has its φ within this: capacitors reach −80°, never past −90°.
const LOAD_PHI_MAX_DEG: f64 = 85.0;
/// Where most loads are.
const USUAL_PHI_DEG: (f64, f64) = (-25.0, 65.0);
/// What a fault that takes more than one mistake, or all sensors, has to be better by.
const SECOND_CLASS_DEG: f64 = 40.0;
/// Faults that explain the readings within this of the best are named beside it.
const ALTERNATIVE_DEG: f64 = 15.0;

pub(super) fn judge(moment: &Moment) -> Option<Finding> {
    if moment.feeds_back {
        return None;
    }
    let used = used_phases(moment);
    let mut phi_deg = [None; 3];
    let mut consumes = true;
    for phase in &used {
        let (p, q) = (moment.p[*phase]?, moment.q[*phase]?);
        consumes &= p > 0.0;
        phi_deg[*phase] = Some(q.atan2(p).to_degrees());
    }
    if used.is_empty() || consumes {
        return None;
    }
    let is_single = moment.v[1].is_none() && moment.v[2].is_none();
    let mut explained: Vec<Explanation> = hypotheses(&used, is_single)
        .into_iter()
        .filter_map(|hypothesis| hypothesis.explain(&used, phi_deg))
        .collect();
    explained.sort_by(|one, other| one.score.total_cmp(&other.score));
    let Some((best, others)) = explained.split_first() else {
        return Some(Finding {
            phi_deg,
            ..Finding::of(WiringFault::Unclear)
        });
    };
    Some(Finding {
        fault: best.fault,
        alternatives: others
            .iter()
            .filter(|other| other.score - best.score <= ALTERNATIVE_DEG)
            .map(|other| other.fault)
            .collect(),
        phi_deg,
        undone_phi_deg: best.phi_deg,
    })
}

/// A possible fault, and by what each φ would have to be turned to undo it.
struct Hypothesis {
    fault: WiringFault,
    turns_deg: [f64; 3],
    is_second_class: bool,
}

struct Explanation {
    fault: WiringFault,
    phi_deg: [Option<f64>; 3],
    score: f64,
}

fn hypotheses(used: &[usize], is_single: bool) -> Vec<Hypothesis> {
    const PAIRS: [(usize, usize); 3] = [(0, 1), (1, 2), (2, 0)];
    let hypothesis = |fault, turns_deg, is_second_class| Hypothesis {
        fault,
        turns_deg,
        is_second_class,
    };
    let reversed = |phases: &[usize]| {
        let mut turns = [0.0; 3];
        for phase in phases {
            turns[*phase] = 180.0;
        }
        turns
    };
    let is_used = |(one, other): &(usize, usize)| used.contains(one) && used.contains(other);
    let mut all: Vec<Hypothesis> = used
        .iter()
        .map(|phase| {
            let fault = WiringFault::SensorReversed(number(*phase));
            hypothesis(fault, reversed(&[*phase]), false)
        })
        .collect();
    if is_single || used.len() < 2 {
        return all;
    }
    for (one, other) in PAIRS.into_iter().filter(is_used) {
        let (low, high) = (one.min(other), one.max(other));
        let mut turns = [0.0; 3];
        turns[one] = NOMINAL_STAR_DEG[other] - NOMINAL_STAR_DEG[one];
        turns[other] = NOMINAL_STAR_DEG[one] - NOMINAL_STAR_DEG[other];
        let fault = WiringFault::SensorsExchanged(number(low), number(high));
        all.push(hypothesis(fault, turns, false));
        if used.len() == 3 {
            let fault = WiringFault::TwoSensorsReversed(number(low), number(high));
            all.push(hypothesis(fault, reversed(&[one, other]), true));
        }
    }
    all.push(hypothesis(
        WiringFault::AllSensorsReversed,
        [180.0; 3],
        true,
    ));
    for turn in [120.0, -120.0] {
        all.push(hypothesis(WiringFault::SensorsMovedOn, [turn; 3], true));
    }
    all
}

impl Hypothesis {
    /// How well it explains the readings; `None` where what is left is no load either.
    fn explain(&self, used: &[usize], phi_deg: [Option<f64>; 3]) -> Option<Explanation> {
        let mut undone = [None; 3];
        let (mut least, mut most, mut unusual) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
        for phase in used {
            let phi = normalised_degrees(phi_deg[*phase]? + self.turns_deg[*phase]);
            if phi.abs() > LOAD_PHI_MAX_DEG {
                return None;
            }
            undone[*phase] = Some(phi);
            (least, most) = (least.min(phi), most.max(phi));
            unusual += (USUAL_PHI_DEG.0 - phi).max(phi - USUAL_PHI_DEG.1).max(0.0);
        }
        let class = if self.is_second_class {
            SECOND_CLASS_DEG
        } else {
            0.0
        };
        Some(Explanation {
            fault: self.fault,
            phi_deg: undone,
            score: most - least + unusual + class,
        })
    }
}
