use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Conversation, Liveness};
use crate::endpoint::SerialPort;
use crate::exchange::{Exchange, Received};
use crate::fault::FramingFault;
use crate::inbox::Inbox;
use crate::rtu::{encode_frame, next_frame};
use crate::sweep::Sweep;

/// Silence between frames on fast lines, where 3.5 characters are shorter than devices can tell.
const SILENCE_MIN: Duration = Duration::from_micros(1750);
/// Up to this rate the silence is 3.5 characters, above it [`SILENCE_MIN`].
const CHARACTERS_COUNT_UP_TO_BAUD: u32 = 19_200;
/// How long the line is left alone after a time-out: a device that is only slow speaks then, and
/// must not be spoken over. A longer wait would cost the neighbours more than it finds.
const QUIET_AFTER_TIMEOUT: Duration = Duration::from_millis(100);
/// Silence after which a frame that began is not expected to go on. A device may not pause for
/// longer than a character, but adapters and networks hold back a part for some 20 ms.
const FRAME_ENDS_AFTER: Duration = Duration::from_millis(50);

/// What a line takes its time for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineTiming {
    /// Kept before each request.
    silence: Duration,
    /// How long one character is under way, where that counts.
    character: Duration,
}

impl LineTiming {
    pub(crate) fn of_port(port: &SerialPort) -> Self {
        let character = port.character();
        let silence = if port.baud_rate > CHARACTERS_COUNT_UP_TO_BAUD {
            SILENCE_MIN
        } else {
            character * 7 / 2
        };
        Self { silence, character }
    }

    /// Of a line behind a converter, which keeps the silence of its own line: here it only tells
    /// that nothing is under way any more.
    pub(crate) fn over_tcp() -> Self {
        Self {
            silence: SILENCE_MIN,
            character: Duration::ZERO,
        }
    }
}

/// Modbus RTU: one request at a time, and none before the line was silent.
#[derive(Debug)]
pub(crate) struct RtuConversation {
    timing: LineTiming,
    inbox: Inbox,
    exchange: Exchange,
    /// The newest moment of which it is not known that the line was silent.
    not_silent_at: Instant,
    /// The line is left alone until then.
    quiet_until: Instant,
    /// A line that is not silent once by then never will be.
    silence_due: Instant,
    /// Bytes since the request that belong to no frame, and when no more of them are expected.
    unframed_bytes: usize,
    frame_ends_at: Option<Instant>,
    last_answer_at: Option<Instant>,
    liveness: Liveness,
}

impl RtuConversation {
    pub(crate) fn new(timing: LineTiming, now: Instant) -> Self {
        Self {
            timing,
            inbox: Inbox::default(),
            exchange: Exchange::default(),
            not_silent_at: now,
            quiet_until: now,
            silence_due: now,
            unframed_bytes: 0,
            frame_ends_at: None,
            last_answer_at: None,
            liveness: Liveness::default(),
        }
    }

    fn silence(&self, sweep: &Sweep<'_>) -> Duration {
        self.timing.silence.max(sweep.link.pause_between)
    }

    /// From now on it is listened for the silence before the next request.
    fn listen(&mut self, sweep: &Sweep<'_>, now: Instant) {
        self.forget_unframed();
        self.not_silent_at = now;
        // As long again as an answer may take: a neighbour may be speaking.
        self.silence_due = now.max(self.quiet_until) + self.silence(sweep) + sweep.link.timeout;
    }

    fn forget_unframed(&mut self) {
        self.inbox.clear();
        self.unframed_bytes = 0;
        self.frame_ends_at = None;
    }

    /// Hands all whole frames on. `is_silent`: no more comes of one that is not whole.
    fn read_frames(
        &mut self,
        is_silent: bool,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Result<(), FramingFault> {
        while let Some(frame) = next_frame(&mut self.inbox, is_silent) {
            let was_open = self.exchange.is_open();
            match self.exchange.receive(&frame, sweep, now, at) {
                Received::Answer => {
                    self.liveness.asked_for();
                    self.last_answer_at = Some(now);
                    self.quiet_until = now;
                }
                // Whoever was waited for has spoken.
                Received::Late => self.quiet_until = now,
                Received::Unasked => self.liveness.unasked()?,
            }
            self.unframed_bytes = self.inbox.unread().len();
            if was_open && !self.exchange.is_open() {
                self.silence_due = now + self.silence(sweep) + sweep.link.timeout;
            }
        }
        Ok(())
    }
}

impl Conversation for RtuConversation {
    fn connected(&mut self, now: Instant) {
        self.forget_unframed();
        self.exchange.abandon(now);
        self.last_answer_at = None;
        self.liveness = Liveness::default();
    }

    fn begin(&mut self, sweep: &Sweep<'_>, now: Instant) {
        self.listen(sweep, now);
    }

    fn may_send_at(&self, sweep: &Sweep<'_>, _now: Instant) -> Option<Instant> {
        if self.exchange.is_open() || !sweep.has_next() {
            return None;
        }
        let silent_at = self.not_silent_at + self.silence(sweep);
        Some(silent_at.max(self.quiet_until))
    }

    fn send_next(&mut self, sweep: &mut Sweep<'_>, now: Instant, out: &mut Vec<u8>) {
        self.forget_unframed();
        let unit_id = sweep.unit_id;
        let Some(request) = self.exchange.ask(sweep, now) else {
            return;
        };
        encode_frame(unit_id, |pdu| request.encode(pdu), out);
        let characters = out.len() + self.exchange.frame_bytes().unwrap_or_default();
        self.exchange
            .allow(self.timing.character * characters as u32);
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
        self.not_silent_at = now;
        if !self.exchange.is_listening() {
            self.inbox.clear();
            return Ok(());
        }
        self.unframed_bytes += count;
        self.frame_ends_at = Some(now + FRAME_ENDS_AFTER);
        self.read_frames(false, sweep, now, at)
    }

    fn deadline(&self) -> Option<Instant> {
        let Some(deadline) = self.exchange.deadline() else {
            return Some(self.silence_due);
        };
        Some(match self.frame_ends_at {
            Some(frame_ends_at) => deadline.min(frame_ends_at),
            None => deadline,
        })
    }

    fn time_out(
        &mut self,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Result<(), FramingFault> {
        let Some(deadline) = self.exchange.deadline() else {
            return Err(FramingFault::NeverSilent {
                waited: sweep.link.timeout,
            });
        };
        let is_overdue = now >= deadline;
        self.frame_ends_at = None;
        if !is_overdue && Some(self.unframed_bytes) < self.exchange.frame_bytes() {
            // Less than an answer: a part of it, or noise before it, as of a line that clicks
            // when somebody begins to speak.
            return Ok(());
        }
        // What began like a frame may have hidden one.
        self.read_frames(true, sweep, now, at)?;
        if !self.exchange.is_open() {
            return Ok(());
        }
        if is_overdue {
            self.exchange.time_out(sweep, now);
            self.quiet_until = now + QUIET_AFTER_TIMEOUT.min(sweep.link.timeout);
        } else {
            self.exchange.garbled(self.unframed_bytes, sweep, now);
        }
        self.listen(sweep, now);
        Ok(())
    }

    fn finish(&mut self, now: Instant) {
        self.exchange.abandon(now);
        self.liveness.finish();
    }

    fn is_dead(&self) -> bool {
        self.liveness.is_dead()
    }

    fn may_be_closed(&self) -> bool {
        let owes_nothing = !self.exchange.is_open() || !self.liveness.heard_since_sent();
        self.last_answer_at.is_some() && owes_nothing
    }
}
