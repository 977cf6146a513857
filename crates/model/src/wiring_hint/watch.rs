use std::collections::VecDeque;

use jiff::Timestamp;

use super::{Finding, WiringFault};

/// Moments that are looked back on, and how many of them have to agree.
const MOMENTS: usize = 10;
const AGREEING_MIN: usize = 9;
/// They have to lie at least this far apart together, so that no motor start makes a hint.
const SPAN_MIN_SECONDS: f64 = 30.0;

/// Keeps a hint steady: shown when nearly all of the last moments agree, withdrawn likewise.
#[derive(Debug, Clone, Default)]
pub struct HintWatch {
    moments: VecDeque<(Timestamp, Option<WiringFault>)>,
    shown: Option<Finding>,
}

impl HintWatch {
    /// Takes what was judged at `at`, which never goes back, and answers the hint that stands.
    pub fn step(&mut self, finding: Option<Finding>, at: Timestamp) -> Option<&Finding> {
        let fault = finding.as_ref().map(|finding| finding.fault);
        self.moments.push_back((at, fault));
        while self.moments.len() > MOMENTS {
            self.moments.pop_front();
        }
        if self.agrees(fault, at) {
            self.shown = finding;
        } else if self
            .shown
            .as_ref()
            .is_some_and(|shown| Some(shown.fault) == fault)
        {
            // The evidence is of now while the hint stands.
            self.shown = finding;
        }
        self.shown.as_ref()
    }

    pub fn shown(&self) -> Option<&Finding> {
        self.shown.as_ref()
    }

    fn agrees(&self, fault: Option<WiringFault>, at: Timestamp) -> bool {
        let n_agreeing = self
            .moments
            .iter()
            .filter(|(_, each)| *each == fault)
            .count();
        let spans = self
            .moments
            .front()
            .is_some_and(|(first, _)| at.duration_since(*first).as_secs_f64() >= SPAN_MIN_SECONDS);
        self.moments.len() == MOMENTS && n_agreeing >= AGREEING_MIN && spans
    }
}
