//! One question at a time over a line without transaction ids: whose answer is it that comes?

use jiff::Timestamp;
use tokio::time::{Duration, Instant};

use crate::RequestFault;
use crate::arrears::{Arrears, Question};
use crate::pdu::{Answer, MalformedAnswer, Request};
use crate::rtu::{ENVELOPE_BYTES, Frame};
use crate::sweep::Sweep;

#[derive(Debug, Default)]
pub(crate) struct Exchange {
    awaited: Option<Awaited>,
    arrears: Arrears,
}

/// The question that is under way.
#[derive(Debug)]
struct Awaited {
    unit_id: u8,
    ticket: usize,
    request: Request,
    doubt: Doubt,
    /// It asks for fewer registers than the sweep does, only to hear where the device is.
    is_shorter: bool,
    sent_at: Instant,
    deadline: Instant,
}

/// Whether an exception can be the answer to what is awaited.
#[derive(Debug, PartialEq, Eq)]
enum Doubt {
    /// Yes: nothing else is owed that could be refused like this.
    None,
    /// It could also be a late one.
    Possible,
    /// One came.
    Raised,
}

/// What a frame turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    Answer,
    /// It answers what is no longer awaited.
    Late,
    /// Nobody asked for it.
    Unasked,
}

impl Exchange {
    pub(crate) fn is_open(&self) -> bool {
        self.awaited.is_some()
    }

    /// Whether any frame would mean something.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_open() || !self.arrears.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.awaited.as_ref().map(|awaited| awaited.deadline)
    }

    /// How long the frame awaited is, if it is no exception.
    pub(crate) fn frame_bytes(&self) -> Option<usize> {
        let awaited = self.awaited.as_ref()?;
        Some(awaited.request.answer_bytes() + ENVELOPE_BYTES)
    }

    /// Begins the next request of the sweep, or what has to be asked before it. Answers `None`
    /// where the device cannot be asked anything now, and gives it up.
    pub(crate) fn ask(&mut self, sweep: &mut Sweep<'_>, now: Instant) -> Option<&Request> {
        let unit_id = sweep.unit_id;
        let (ticket, request) = sweep.peek()?;
        let (request, doubt, is_shorter) =
            match self.arrears.question(unit_id, request, ticket, now) {
                Question::Plain => (request.clone(), Doubt::None, false),
                Question::Telling(question) => {
                    let is_shorter = question != *request;
                    (question, Doubt::Possible, is_shorter)
                }
                Question::TooMuchOwed => {
                    sweep.give_up(RequestFault::StillOwes { unit_id });
                    return None;
                }
                Question::Ambiguous => {
                    let fault = sweep.malformed_fault(MalformedAnswer::Ambiguous);
                    sweep.give_up(fault);
                    return None;
                }
            };
        sweep.take_next();
        let awaited = self.awaited.insert(Awaited {
            unit_id,
            ticket,
            request,
            doubt,
            is_shorter,
            sent_at: now,
            deadline: now + sweep.link.timeout,
        });
        Some(&awaited.request)
    }

    /// What is awaited has so long a way over the line, there and back.
    pub(crate) fn allow(&mut self, way: Duration) {
        if let Some(awaited) = &mut self.awaited {
            awaited.deadline += way;
        }
    }

    /// Hands what the frame answers to the sweep.
    pub(crate) fn receive(
        &mut self,
        frame: &Frame<'_>,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Received {
        let of_its_unit = |awaited: &mut Awaited| awaited.unit_id == frame.unit_id;
        match self.awaited.take_if(of_its_unit) {
            Some(awaited) => self.receive_awaited(awaited, frame, sweep, now, at),
            None => self.receive_late(frame, sweep, now, at),
        }
    }

    fn receive_awaited(
        &mut self,
        awaited: Awaited,
        frame: &Frame<'_>,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Received {
        let (unit_id, ticket) = (awaited.unit_id, awaited.ticket);
        match awaited.request.decode_answer(frame.pdu) {
            // Late or not, it is one answer fewer that may come.
            Ok(Answer::Exception(_))
                if awaited.doubt != Doubt::None
                    && self.arrears.pay(unit_id, frame.pdu).is_some() =>
            {
                let doubt = Doubt::Raised;
                self.awaited = Some(Awaited { doubt, ..awaited });
                Received::Late
            }
            Ok(_) if awaited.is_shorter => {
                sweep.put_back(ticket);
                match self.arrears.pay(unit_id, frame.pdu) {
                    // Of two questions alike the older one is answered.
                    Some(_) => self.owe(awaited, sweep, now),
                    None => self.arrears.settle(unit_id),
                }
                Received::Answer
            }
            Ok(answer) => {
                self.arrears.settle_before(unit_id, ticket, now);
                self.arrears.close(ticket);
                sweep.answered(ticket, answer, at, now - awaited.sent_at);
                Received::Answer
            }
            Err(_) if self.arrears.pay(unit_id, frame.pdu).is_some() => {
                self.awaited = Some(awaited);
                Received::Late
            }
            Err(malformed) => {
                self.fail(awaited, malformed, sweep, now);
                Received::Answer
            }
        }
    }

    fn receive_late(
        &mut self,
        frame: &Frame<'_>,
        sweep: &mut Sweep<'_>,
        now: Instant,
        at: Timestamp,
    ) -> Received {
        let Some(late) = self.arrears.pay(frame.unit_id, frame.pdu) else {
            return Received::Unasked;
        };
        let Some((ticket, sent_at)) = late.serves.filter(|(ticket, _)| sweep.is_open(*ticket))
        else {
            return Received::Late;
        };
        // Its time was over, but nothing else has been asked since.
        sweep.answered(ticket, late.answer, at, now - sent_at);
        self.arrears.close(ticket);
        Received::Answer
    }

    /// What came instead of an answer may have been no answer at all: the right one may follow.
    fn fail(
        &mut self,
        awaited: Awaited,
        malformed: MalformedAnswer,
        sweep: &mut Sweep<'_>,
        now: Instant,
    ) {
        sweep.malformed(awaited.ticket, malformed);
        self.owe(awaited, sweep, now);
    }

    /// A whole answer came, but with a wrong check sum.
    pub(crate) fn garbled(&mut self, bytes: usize, sweep: &mut Sweep<'_>, now: Instant) {
        if let Some(awaited) = self.awaited.take() {
            self.fail(awaited, MalformedAnswer::Garbled { bytes }, sweep, now);
        }
    }

    pub(crate) fn time_out(&mut self, sweep: &mut Sweep<'_>, now: Instant) {
        let Some(awaited) = self.awaited.take() else {
            return;
        };
        if awaited.doubt == Doubt::Raised {
            sweep.malformed(awaited.ticket, MalformedAnswer::Ambiguous);
            self.arrears.give_up_telling(awaited.unit_id, now);
        } else {
            sweep.timed_out(awaited.ticket);
            self.owe(awaited, sweep, now);
        }
    }

    fn owe(&mut self, awaited: Awaited, sweep: &Sweep<'_>, now: Instant) {
        let ticket = awaited.ticket;
        // What is shorter serves nothing but itself.
        let serves = !awaited.is_shorter && sweep.is_open(ticket);
        self.arrears.owe(
            awaited.unit_id,
            awaited.request,
            serves.then_some(ticket),
            awaited.sent_at,
            now,
        );
        if !sweep.is_open(ticket) {
            self.arrears.close(ticket);
        }
    }

    /// Nothing is awaited any more, but it may still come.
    pub(crate) fn abandon(&mut self, now: Instant) {
        if let Some(awaited) = self.awaited.take() {
            self.arrears
                .owe(awaited.unit_id, awaited.request, None, awaited.sent_at, now);
        }
        self.arrears.close_all();
    }
}
