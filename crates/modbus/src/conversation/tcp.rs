use tokio::time::Instant;

use jiff::Timestamp;

use super::{Conversation, Liveness};
use crate::fault::FramingFault;
use crate::inbox::Inbox;
use crate::mbap::{encode_frame, next_frame};
use crate::sweep::Sweep;
use crate::transactions::{Received, Transactions};

/// Modbus TCP: answers are told apart by transaction ids, so several may be awaited at once.
#[derive(Debug)]
pub(crate) struct TcpConversation {
    window: usize,
    inbox: Inbox,
    transactions: Transactions,
    last_answer_at: Option<Instant>,
    liveness: Liveness,
}

impl TcpConversation {
    /// Up to `window` requests are outstanding, or more where the link of a device says so.
    pub(crate) fn new(window: usize) -> Self {
        Self {
            window,
            inbox: Inbox::default(),
            transactions: Transactions::default(),
            last_answer_at: None,
            liveness: Liveness::default(),
        }
    }
}

impl Conversation for TcpConversation {
    fn connected(&mut self, _now: Instant) {
        self.inbox.clear();
        self.transactions.close_all();
        self.last_answer_at = None;
        self.liveness = Liveness::default();
    }

    fn begin(&mut self, _sweep: &Sweep<'_>, _now: Instant) {}

    fn may_send_at(&self, sweep: &Sweep<'_>, now: Instant) -> Option<Instant> {
        let pause = sweep.link.pause_between;
        // A silence that is to be kept between requests leaves no room for two at once.
        let has_room = if pause.is_zero() {
            let window = self.window.max(sweep.link.window.into());
            self.transactions.has_room(window)
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

    fn send_next(&mut self, sweep: &mut Sweep<'_>, now: Instant, out: &mut Vec<u8>) {
        let (unit_id, timeout) = (sweep.unit_id, sweep.link.timeout);
        let Some((ticket, request)) = sweep.take_next() else {
            return;
        };
        let id = self
            .transactions
            .begin(unit_id, request, ticket, now, timeout);
        encode_frame(id, unit_id, |pdu| request.encode(pdu), out);
        self.liveness.sent();
    }

    fn space(&mut self) -> &mut [u8] {
        self.inbox.space()
    }

    fn received(
        &mut self,
        count: usize,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Result<(), FramingFault> {
        self.inbox.filled(count);
        self.liveness.heard();
        while let Some(frame) = next_frame(&mut self.inbox)? {
            match self.transactions.receive(&frame, sweep.link.any_unit_id) {
                Received::Answer {
                    transaction,
                    answer,
                } => {
                    self.liveness.asked_for();
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
                Received::Unasked => self.liveness.unasked()?,
            }
        }
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        self.transactions.deadline()
    }

    /// Half an answer is as good as none, and worse for what follows: bytes that come later
    /// would complete it and could pass for its rest. So it ends the connection.
    fn time_out(
        &mut self,
        sweep: &mut Sweep<'_>,
        now: Instant,
        _at: Timestamp,
    ) -> Result<(), FramingFault> {
        if !self.inbox.unread().is_empty() {
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

    fn finish(&mut self, _now: Instant) {
        self.transactions.close_all();
        self.liveness.finish();
    }

    fn is_dead(&self) -> bool {
        self.liveness.is_dead()
    }

    fn may_be_closed(&self) -> bool {
        let owes_nothing = self.transactions.is_idle() || !self.liveness.heard_since_sent();
        self.last_answer_at.is_some() && owes_nothing
    }
}
