use jiff::Timestamp;

use super::{EntryId, JournalEntry};
use crate::index::usual_ring_above;
use crate::{Amount, IndexStep};

/// What a person says about an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub decision: Decision,
    /// Whose verdict it is, as the caller names people.
    pub by: String,
    pub reason: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The amount in question did flow.
    AcceptProposal,
    /// So much flowed, as somebody knows or estimates.
    Amount(Amount),
    /// It was something else; the step follows from the readings.
    Kind(IndexStep),
    /// It was something else, and so much flowed.
    KindAndAmount(IndexStep, Amount),
    /// The meter was exchanged: the last index of the old one and the first of the new one, in
    /// canonical units.
    Exchange { closing: Amount, opening: Amount },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerdictError {
    #[error("there is no counter-journal entry {id}")]
    NoSuchEntry { id: EntryId },
    #[error("nobody has given a verdict on {id}")]
    NoVerdict { id: EntryId },
    #[error("the step is not confirmed yet; wait for two more readings")]
    Pending,
    #[error("the readings suggest no amount that could be accepted")]
    NothingProposed,
    #[error("an amount of {amount} is below zero")]
    Negative { amount: Amount },
    #[error("a step of the kind `{}` cannot be chosen", kind.name())]
    KindNotChosen { kind: IndexStep },
    #[error("the readings do not fit the kind `{}`", kind.name())]
    KindDoesNotFit { kind: IndexStep },
    #[error("the closing index {closing} is below the last reading {before}")]
    ClosingTooLow { closing: Amount, before: Amount },
    #[error("the opening index {opening} is above the first reading {after}")]
    OpeningTooHigh { opening: Amount, after: Amount },
}

impl Verdict {
    /// Whether the decision can be carried out on an entry.
    pub(super) fn check(&self, entry: &JournalEntry) -> Result<(), VerdictError> {
        self.decision.outcome(entry).map(|_| ())
    }
}

/// Kind, amount and whether the amount is somebody's word rather than a difference of indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    kind: IndexStep,
    step: Option<Amount>,
    typed: bool,
}

impl Decision {
    fn outcome(self, entry: &JournalEntry) -> Result<Outcome, VerdictError> {
        if entry.kind == IndexStep::Pending {
            return Err(VerdictError::Pending);
        }
        let of_readings = |kind, step| Outcome {
            kind,
            step,
            typed: false,
        };
        match self {
            Self::AcceptProposal => {
                let proposal = entry.proposal.ok_or(VerdictError::NothingProposed)?;
                Ok(of_readings(entry.kind, Some(proposal)))
            }
            Self::Amount(amount) => typed(entry.kind, amount),
            Self::Kind(kind) => Ok(of_readings(kind, step_of_kind(kind, entry)?)),
            Self::KindAndAmount(kind, amount) => {
                let of_kind = step_of_kind(kind, entry)?;
                if of_kind == Some(amount) {
                    return Ok(of_readings(kind, of_kind));
                }
                typed(kind, amount)
            }
            Self::Exchange { closing, opening } => {
                let (before, after) = (entry.value_before(), entry.value_after());
                if closing < before {
                    return Err(VerdictError::ClosingTooLow { closing, before });
                }
                if opening > after {
                    return Err(VerdictError::OpeningTooHigh { opening, after });
                }
                let step = (closing - before) + (after - opening);
                Ok(of_readings(IndexStep::Replacement, Some(step)))
            }
        }
    }
}

fn typed(kind: IndexStep, amount: Amount) -> Result<Outcome, VerdictError> {
    if amount < Amount::ZERO {
        return Err(VerdictError::Negative { amount });
    }
    Ok(Outcome {
        kind,
        step: Some(amount),
        typed: true,
    })
}

/// The step from one reading to the other if it was of a kind.
fn step_of_kind(kind: IndexStep, entry: &JournalEntry) -> Result<Option<Amount>, VerdictError> {
    let (before, after) = (entry.value_before(), entry.value_after());
    let does_not_fit = VerdictError::KindDoesNotFit { kind };
    match kind {
        IndexStep::Normal | IndexStep::CatchUp if after >= before => Ok(Some(after - before)),
        IndexStep::Rollover => {
            let known = entry.ring.map(|ring| ring.counts);
            let ring = known.or_else(|| usual_ring_above(entry.before.count));
            let turned = entry.unit_before.times(ring.ok_or(does_not_fit.clone())?);
            let step = turned + after - before;
            (after < before && step >= Amount::ZERO)
                .then_some(Some(step))
                .ok_or(does_not_fit)
        }
        IndexStep::Reset if after >= Amount::ZERO => Ok(Some(after)),
        IndexStep::Normal | IndexStep::CatchUp | IndexStep::Reset => Err(does_not_fit),
        // Nothing flowed: the meter only says other numbers from here on.
        IndexStep::StepBack | IndexStep::Glitch => Ok(Some(Amount::ZERO)),
        IndexStep::Replacement | IndexStep::Jump => Ok(None),
        IndexStep::Pending => Err(VerdictError::KindNotChosen { kind }),
    }
}

/// An entry as it stands: what a person said, else what the rules said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'j> {
    pub entry: &'j JournalEntry,
    /// The person's verdict, if there is one that fits.
    pub verdict: Option<&'j Verdict>,
    pub kind: IndexStep,
    /// What is booked; `None` is unknown and asks.
    pub step: Option<Amount>,
    /// The amount is somebody's word.
    pub typed: bool,
}

impl<'j> Decided<'j> {
    pub(super) fn new(entry: &'j JournalEntry, verdict: Option<&'j Verdict>) -> Self {
        let outcome = verdict.and_then(|verdict| {
            let outcome = verdict.decision.outcome(entry).ok()?;
            Some((verdict, outcome))
        });
        match outcome {
            Some((verdict, outcome)) => Self {
                entry,
                verdict: Some(verdict),
                kind: outcome.kind,
                step: outcome.step,
                typed: outcome.typed,
            },
            None => Self {
                entry,
                verdict: None,
                kind: entry.kind,
                step: entry.step,
                typed: false,
            },
        }
    }

    /// Whether a person is asked what flowed.
    pub fn asks(&self) -> bool {
        self.step.is_none() && self.kind != IndexStep::Pending
    }

    /// Whether more may have flowed than the step says. A person's word is taken as it is.
    pub fn is_lower_bound(&self) -> bool {
        self.verdict.is_none() && self.entry.lower_bound
    }

    /// When the verdict that stands was given.
    pub fn at(&self) -> Timestamp {
        self.verdict
            .map_or(self.entry.confirmed_at, |verdict| verdict.at)
    }
}
