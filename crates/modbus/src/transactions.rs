//! Which answers are still wanted: the outstanding requests of one bus, by id.
//!
//! # Invariants
//!
//! - An answer is taken only by the id of the request that asked for it, only once, and only
//!   until that request is [closed](Transactions::close); later it is dropped by its id.
//! - A retry is the same question again, so the answer to an earlier try counts until the last
//!   try's time is over. A gateway that is always slower than the time-out is thus still read.
//! - The id of an answer that may still come is not given to another request, and a new
//!   connection goes on counting: some gateways hand a late answer to whoever is connected.

use std::collections::VecDeque;

use tokio::time::{Duration, Instant};

use crate::mbap::Frame;
use crate::pdu::{Answer, MalformedAnswer, Request};

/// Above 16 outstanding requests the round trip no longer counts, only the peer's pace does.
pub const WINDOW_MAX: usize = 16;
/// Ids of answers that never came, kept so that they can be told from answers never asked for:
/// more than a gateway that holds requests back for a minute can leave behind.
const LATE_IDS_MAX: usize = 64;
/// Unit ids that a gateway may put into every answer, when its device is declared to do so.
const ANY_UNIT_IDS: [u8; 2] = [0, 255];

/// One try of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    id: u16,
    unit_id: u8,
    request: Request,
    /// The request among those of its sweep.
    pub(crate) ticket: usize,
    pub(crate) sent_at: Instant,
    deadline: Instant,
    /// Its time is over, but not that of the try after it.
    overdue: bool,
}

/// What a frame turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Answer {
        transaction: Transaction,
        answer: Result<Answer, MalformedAnswer>,
    },
    /// It came after its request was closed.
    Late,
    /// Nobody asked for it, or it was answered before.
    Unasked,
}

#[derive(Debug, Default)]
pub(crate) struct Transactions {
    newest_id: u16,
    open: Vec<Transaction>,
    late: VecDeque<u16>,
}

impl Transactions {
    fn waiting(&self) -> impl Iterator<Item = &Transaction> {
        self.open.iter().filter(|transaction| !transaction.overdue)
    }

    /// Whether one more request may be sent now, of `window` outstanding at once.
    pub(crate) fn has_room(&self, window: usize) -> bool {
        self.waiting().count() < window.clamp(1, WINDOW_MAX)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting().next().is_none()
    }

    /// When the first of the answers awaited is overdue.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.waiting().map(|transaction| transaction.deadline).min()
    }

    /// Notes a try that is about to be sent, and gives it its id.
    pub(crate) fn begin(
        &mut self,
        unit_id: u8,
        request: &Request,
        ticket: usize,
        now: Instant,
        timeout: Duration,
    ) -> u16 {
        let id = self.free_id();
        self.open.push(Transaction {
            id,
            unit_id,
            request: request.clone(),
            ticket,
            sent_at: now,
            deadline: now + timeout,
            overdue: false,
        });
        id
    }

    /// The next id of which no answer may still come.
    fn free_id(&mut self) -> u16 {
        // Far fewer ids are in use than there are, so the search ends.
        loop {
            self.newest_id = self.newest_id.wrapping_add(1);
            let id = self.newest_id;
            if !self.late.contains(&id) && self.open.iter().all(|open| open.id != id) {
                return id;
            }
        }
    }

    /// Finds what was asked for, by the frame's transaction id, and checks the answer against it.
    pub(crate) fn receive(&mut self, frame: &Frame<'_>, any_unit_id: bool) -> Received {
        let id = frame.transaction_id;
        let Some(position) = self.open.iter().position(|open| open.id == id) else {
            let Some(position) = self.late.iter().position(|late| *late == id) else {
                return Received::Unasked;
            };
            self.late.remove(position);
            return Received::Late;
        };
        let transaction = self.open.swap_remove(position);
        let answer = check_unit(transaction.unit_id, frame.unit_id, any_unit_id)
            .and_then(|()| transaction.request.decode_answer(frame.pdu));
        if answer.is_err() && transaction.overdue {
            // The try after it is still awaited and decides.
            return Received::Late;
        }
        Received::Answer {
            transaction,
            answer,
        }
    }

    /// Takes one try whose time is over and answers its ticket; its answer still counts until
    /// the ticket is closed.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<usize> {
        let expired = self
            .open
            .iter_mut()
            .find(|transaction| !transaction.overdue && transaction.deadline <= now)?;
        expired.overdue = true;
        Some(expired.ticket)
    }

    /// From now on answers to any try of this ticket are late.
    pub(crate) fn close(&mut self, ticket: usize) {
        self.close_where(|transaction| transaction.ticket == ticket);
    }

    /// Nothing that was asked is wanted any more.
    pub(crate) fn close_all(&mut self) {
        self.close_where(|_| true);
    }

    fn close_where(&mut self, is_closed: impl Fn(&Transaction) -> bool) {
        for transaction in self.open.extract_if(.., |open| is_closed(open)) {
            if self.late.len() == LATE_IDS_MAX {
                self.late.pop_front();
            }
            self.late.push_back(transaction.id);
        }
    }
}

fn check_unit(asked: u8, found: u8, any_unit_id: bool) -> Result<(), MalformedAnswer> {
    if found == asked || (any_unit_id && ANY_UNIT_IDS.contains(&found)) {
        Ok(())
    } else {
        Err(MalformedAnswer::UnitId { asked, found })
    }
}

#[cfg(test)]
mod tests;
