//! Both directions of one bus, without the connection: bytes and times go in, bytes to be sent
//! and the results of a sweep come out.
//!
//! A conversation outlives its connections: what was asked over one may be answered over the
//! next, since some gateways hand a late answer to whoever is connected.

mod rtu;
mod tcp;

pub(crate) use rtu::{LineTiming, RtuConversation};
pub(crate) use tcp::TcpConversation;

use std::fmt::Debug;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::fault::FramingFault;
use crate::sweep::Sweep;

/// Frames in a row that nobody asked for, before the peer counts as out of step. A peer that
/// repeats an answer or two is forgiven.
const UNASKED_FRAMES_MAX: usize = 16;
/// Sweeps in a row that ended without one byte from the peer, before the connection counts as
/// dead: a peer that lost its power says nothing, and the system's own give-up takes minutes.
const UNHEARD_SWEEPS_MAX: u8 = 2;

/// What a session asks a protocol. A fault ends the connection, not the conversation.
pub(crate) trait Conversation: Debug + Send {
    /// There is a new connection: half a frame from the one before is never completed.
    fn connected(&mut self, now: Instant);

    /// A sweep begins, and what came since the one before has been received.
    fn begin(&mut self, sweep: &Sweep<'_>, now: Instant);

    /// When the next request may be sent, if the sweep has one and there is room for it. What
    /// comes before that is to be received first.
    fn may_send_at(&self, sweep: &Sweep<'_>, now: Instant) -> Option<Instant>;

    /// Appends the next request of the sweep to `out`; its time-out begins `now`. Appends nothing
    /// where the device cannot be asked, and tells the sweep.
    fn send_next(&mut self, sweep: &mut Sweep<'_>, now: Instant, out: &mut Vec<u8>);

    /// Where the bytes that come are to be put.
    fn space(&mut self) -> &mut [u8];

    /// The first `count` bytes of [`Conversation::space`] have come: hands what they answer to
    /// the sweep.
    fn received(
        &mut self,
        count: usize,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Result<(), FramingFault>;

    /// When [`Conversation::time_out`] is due, if something is awaited.
    fn deadline(&self) -> Option<Instant>;

    /// Nothing more has come until the deadline: tells the sweep which of its requests are
    /// overdue.
    fn time_out(
        &mut self,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Result<(), FramingFault>;

    /// The sweep is over: what is still outstanding is no longer wanted.
    fn finish(&mut self, now: Instant);

    /// The peer has said nothing for so long that a new connection is the better bet.
    fn is_dead(&self) -> bool;

    /// The peer has served on this connection and owes no answer of which a part has come: it
    /// may close the connection now without being at fault.
    fn may_be_closed(&self) -> bool;
}

/// Whether a peer is heard on one connection, and whether it says what was asked for.
#[derive(Debug, Default)]
struct Liveness {
    unasked_in_a_row: usize,
    unheard_sweeps: u8,
    heard_since_sent: bool,
}

impl Liveness {
    fn sent(&mut self) {
        self.heard_since_sent = false;
    }

    fn heard(&mut self) {
        self.heard_since_sent = true;
        self.unheard_sweeps = 0;
    }

    fn heard_since_sent(&self) -> bool {
        self.heard_since_sent
    }

    fn asked_for(&mut self) {
        self.unasked_in_a_row = 0;
    }

    fn unasked(&mut self) -> Result<(), FramingFault> {
        self.unasked_in_a_row += 1;
        if self.unasked_in_a_row == UNASKED_FRAMES_MAX {
            return Err(FramingFault::Unasked {
                count: UNASKED_FRAMES_MAX,
            });
        }
        Ok(())
    }

    fn finish(&mut self) {
        if !self.heard_since_sent {
            self.unheard_sweeps = self.unheard_sweeps.saturating_add(1);
        }
    }

    fn is_dead(&self) -> bool {
        self.unheard_sweeps >= UNHEARD_SWEEPS_MAX
    }
}
