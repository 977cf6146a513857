//! Answers that may still come over a line whose frames do not say what they answer.
//!
//! A serial frame names a unit and a function, no more. So after a time-out the next answer of
//! that unit may be the late one, and with the same function and length it would pass for the
//! right one. Here is kept what each unit owes, and from that follows what it can be asked:
//! a device answers in order, so one answer that can only be the newest proves that nothing older
//! comes any more.
//!
//! # Invariants
//!
//! - While a unit owes an answer, it is asked only what an owed answer cannot pass for: something
//!   of another function or length, if need be fewer of the same registers.
//! - The same question again, in the same sweep, is no other question: any answer is right.
//! - What is owed for [`LATE_ANSWER_MAX`] is owed no more, so that every unit is asked again.

use std::collections::VecDeque;

use tokio::time::{Duration, Instant};

use crate::pdu::{Answer, Request};

/// How long after its time-out an answer may still come: as long again as any profile may wait
/// for one, and longer than gateways hold a request back for a busy line.
pub(crate) const LATE_ANSWER_MAX: Duration = Duration::from_secs(10);
/// Answers that one unit can owe: more than the tries of a few probes. A unit that owes so many
/// is not asked until the oldest is forgotten.
const OWED_MAX: usize = 8;

/// A question that was asked and brought nothing in its time.
#[derive(Debug, Clone)]
struct Owed {
    unit_id: u8,
    request: Request,
    /// The request of the running sweep that its answer would still serve.
    ticket: Option<usize>,
    sent_at: Instant,
    forgotten_at: Instant,
}

/// What a unit can be asked in place of a request, so that its answer cannot be mistaken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// The request itself; any answer is its answer.
    Plain,
    /// This; its answer cannot be mistaken, an exception could.
    Telling(Request),
    /// Nothing: so much is owed that no answer would tell.
    TooMuchOwed,
    /// Nothing: it answers, but nobody knows what.
    Ambiguous,
}

/// A late answer found its question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// The request of the running sweep that it serves, and when that was asked.
    pub(crate) serves: Option<(usize, Instant)>,
    pub(crate) answer: Answer,
}

#[derive(Debug, Default)]
pub(crate) struct Arrears {
    /// In the order in which they were asked.
    owed: VecDeque<Owed>,
    /// Units that cannot be asked anything until then.
    ambiguous: Vec<(u8, Instant)>,
}

impl Arrears {
    pub(crate) fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    /// Notes a question whose answer is overdue. It may serve the ticket until that is closed.
    pub(crate) fn owe(
        &mut self,
        unit_id: u8,
        request: Request,
        ticket: Option<usize>,
        sent_at: Instant,
        now: Instant,
    ) {
        self.owed.push_back(Owed {
            unit_id,
            request,
            ticket,
            sent_at,
            forgotten_at: now + LATE_ANSWER_MAX,
        });
    }

    /// What the unit can be asked so that it answers `request`, or at least shows where it is.
    pub(crate) fn question(
        &mut self,
        unit_id: u8,
        request: &Request,
        ticket: usize,
        now: Instant,
    ) -> Question {
        self.owed.retain(|owed| owed.forgotten_at > now);
        self.ambiguous.retain(|(_, until)| *until > now);
        if self.ambiguous.iter().any(|(unit, _)| *unit == unit_id) {
            return Question::Ambiguous;
        }
        let owed: Vec<&Owed> = self.owed_by(unit_id).collect();
        if owed.len() >= OWED_MAX {
            return Question::TooMuchOwed;
        }
        let is_retry_of = |owed: &Owed| owed.ticket == Some(ticket) && owed.request == *request;
        if owed
            .iter()
            .all(|owed| is_retry_of(owed) || !owed.request.is_refused_like(request))
        {
            return Question::Plain;
        }
        let is_telling = |question: &Request| {
            !owed
                .iter()
                .any(|owed| owed.request.is_answered_like(question))
        };
        // Where every length is owed, the answer to the oldest of the shortest is one step
        // nearer to the newest.
        std::iter::once(request.clone())
            .chain(request.shorter())
            .find(is_telling)
            .or_else(|| request.shorter().next())
            .map_or(Question::TooMuchOwed, Question::Telling)
    }

    fn owed_by(&self, unit_id: u8) -> impl Iterator<Item = &Owed> {
        self.owed.iter().filter(move |owed| owed.unit_id == unit_id)
    }

    /// Finds the oldest question that `pdu` could answer. What its unit was asked before that
    /// is not answered any more.
    pub(crate) fn pay(&mut self, unit_id: u8, pdu: &[u8]) -> Option<Late> {
        let (position, answer) = self.owed.iter().enumerate().find_map(|(position, owed)| {
            if owed.unit_id != unit_id {
                return None;
            }
            let answer = owed.request.decode_answer(pdu).ok()?;
            Some((position, answer))
        })?;
        let paid = self.owed.remove(position).expect("it was found there");
        let mut older = position;
        self.owed.retain(|owed| {
            let is_older = older > 0;
            older = older.saturating_sub(1);
            !(is_older && owed.unit_id == unit_id)
        });
        Some(Late {
            serves: paid.ticket.map(|ticket| (ticket, paid.sent_at)),
            answer,
        })
    }

    /// The unit gave an answer that can only be the one to its newest question.
    pub(crate) fn settle(&mut self, unit_id: u8) {
        self.owed.retain(|owed| owed.unit_id != unit_id);
    }

    /// The unit answered the newest of several tries of `ticket`, or an earlier one: so as many
    /// answers may still come as there were earlier tries, and none to what was asked before. The
    /// newest try may be among those that are still to be answered, so they are owed anew.
    pub(crate) fn settle_before(&mut self, unit_id: u8, ticket: usize, now: Instant) {
        self.owed
            .retain(|owed| owed.unit_id != unit_id || owed.ticket == Some(ticket));
        for owed in &mut self.owed {
            if owed.unit_id == unit_id {
                owed.forgotten_at = now + LATE_ANSWER_MAX;
            }
        }
    }

    /// The unit gives exceptions, and none of them can be assigned: only time tells.
    pub(crate) fn give_up_telling(&mut self, unit_id: u8, now: Instant) {
        self.settle(unit_id);
        self.ambiguous.push((unit_id, now + LATE_ANSWER_MAX));
    }

    /// Late answers serve this ticket no more.
    pub(crate) fn close(&mut self, ticket: usize) {
        for owed in &mut self.owed {
            if owed.ticket == Some(ticket) {
                owed.ticket = None;
            }
        }
    }

    /// The sweep is over.
    pub(crate) fn close_all(&mut self) {
        for owed in &mut self.owed {
            owed.ticket = None;
        }
    }
}

#[cfg(test)]
mod tests;
