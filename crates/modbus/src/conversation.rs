//! Both directions of one connection, without the connection: bytes and times go in, bytes to
//! be sent and the results of a sweep come out.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::mbap::{FramingFault, Inbox, encode_frame};
use crate::sweep::Sweep;
use crate::transactions::{Received, TransactionIds, Transactions};

/// Frames in a row that nobody asked for, before the peer counts as out of step. A peer that
/// repeats an answer or two is forgiven.
const UNASKED_FRAMES_MAX: usize = 16;
/// Sweeps in a row that ended without one byte from the peer, before the connection counts as
/// dead: a peer that lost its power says nothing, and the system's own give-up takes minutes.
const UNHEARD_SWEEPS_MAX: u8 = 2;

#[derive(Debug)]
pub(crate) struct Conversation {
    inbox: Inbox,
    transactions: Transactions,
    last_answer_at: Option<Instant>,
    unasked_in_a_row: usize,
    unheard_sweeps: u8,
    heard_since_sent: bool,
}

impl Conversation {
    pub(crate) fn new(window: usize, ids: Arc<TransactionIds>) -> Self {
        Self {
            inbox: Inbox::default(),
            transactions: Transactions::new(window, ids),
            last_answer_at: None,
            unasked_in_a_row: 0,
            unheard_sweeps: 0,
            heard_since_sent: false,
        }
    }

    /// When the next request may be sent, if the sweep has one and the window has room.
    pub(crate) fn may_send_at(&self, sweep: &Sweep<'_>, now: Instant) -> Option<Instant> {
        let pause = sweep.link.pause_between;
        // A silence that is to be kept between requests leaves no room for two at once.
        let has_room = if pause.is_zero() {
            self.transactions.has_room()
        } else {
            self.transactions.is_idle()
        };
        if !has_room || !sweep.has_next() {
            return None;
        }
        Some(match self.last_answer_at {
            Some(answered_at) => now.max(answered_at + pause),
            None => now,
        })
    }

    /// Appends the next request of the sweep to `out`; its time-out begins `now`.
    pub(crate) fn send_next(&mut self, sweep: &mut Sweep<'_>, now: Instant, out: &mut Vec<u8>) {
        let (unit_id, timeout) = (sweep.unit_id, sweep.link.timeout);
        let Some((ticket, request)) = sweep.take_next() else {
            return;
        };
        let id = self
            .transactions
            .begin(unit_id, request, ticket, now, timeout);
        encode_frame(id, unit_id, |pdu| request.encode(pdu), out);
        self.heard_since_sent = false;
    }

    /// Where the bytes that come are to be put.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.inbox.space()
    }

    /// The first `count` bytes of [`Conversation::space`] have come: hands what they answer to
    /// the sweep. After a fault the connection is of no use.
    pub(crate) fn received(
        &mut self,
        count: usize,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Result<(), FramingFault> {
        self.inbox.filled(count);
        self.heard_since_sent = true;
        self.unheard_sweeps = 0;
        while let Some(frame) = self.inbox.next_frame()? {
            match self.transactions.receive(&frame, sweep.link.any_unit_id) {
                Received::Answer {
                    transaction,
                    answer,
                } => {
                    self.unasked_in_a_row = 0;
                    self.last_answer_at = Some(now);
                    let ticket = transaction.ticket;
                    match answer {
                        Ok(answer) => {
                            sweep.answered(ticket, answer, at, now - transaction.sent_at);
                        }
                        Err(malformed) => sweep.malformed(ticket, malformed),
                    }
                    if !sweep.is_open(ticket) {
                        self.transactions.close(ticket);
                    }
                }
                Received::Late => {}
                Received::Unasked => {
                    self.unasked_in_a_row += 1;
                    if self.unasked_in_a_row == UNASKED_FRAMES_MAX {
                        return Err(FramingFault::Unasked {
                            count: UNASKED_FRAMES_MAX,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// When [`Conversation::time_out`] is due, if an answer is awaited.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.transactions.deadline()
    }

    /// Tells the sweep which of its requests are overdue.
    ///
    /// Half an answer is as good as none, and worse for what follows: bytes that come later
    /// would complete it and could pass for its rest. So it ends the connection.
    pub(crate) fn time_out(
        &mut self,
        sweep: &mut Sweep<'_>,
        now: Instant,
    ) -> Result<(), FramingFault> {
        if self.inbox.has_half_a_frame() {
            return Err(FramingFault::HalfFrame);
        }
        while let Some(ticket) = self.transactions.expire(now) {
            sweep.timed_out(ticket);
            if !sweep.is_open(ticket) {
                self.transactions.close(ticket);
            }
        }
        Ok(())
    }

    /// The sweep is over: what is still outstanding is no longer wanted.
    pub(crate) fn finish(&mut self) {
        self.transactions.close_all();
        if !self.heard_since_sent {
            self.unheard_sweeps = self.unheard_sweeps.saturating_add(1);
        }
    }

    /// The peer has said nothing for so long that a new connection is the better bet.
    pub(crate) fn is_dead(&self) -> bool {
        self.unheard_sweeps >= UNHEARD_SWEEPS_MAX
    }

    /// The peer has served on this connection and owes no answer of which a part has come: it
    /// may close the connection now without being at fault.
    pub(crate) fn may_be_closed(&self) -> bool {
        let owes_nothing = self.transactions.is_idle() || !self.heard_since_sent;
        self.last_answer_at.is_some() && owes_nothing
    }
}
