use std::time::Duration;

use jiff::Timestamp;
use profiles::{LinkOptions, ReadFunction};
use tokio::time::Instant;

use crate::arrears::LATE_ANSWER_MAX;
use crate::conversation::{Conversation, LineTiming, RtuConversation, TcpConversation};
use crate::pdu::Request;
use crate::sweep::Sweep;
use crate::{Endpoint, FramingFault, RequestFault, rtu};

/// Far more steps than a sweep takes when its peer has fallen silent.
const SILENT_STEPS_MAX: usize = 500;

/// Lets a peer do whatever `script` says to a client, without sockets and without waiting, and
/// panics if the client takes a value or an exception that is no answer to what it asked, or does
/// not come to an end once the peer is silent. For fuzzing and property tests.
///
/// The first byte chooses the link and between Modbus TCP and RTU, the next ones the requests of
/// a sweep, and each further byte is a step: send the next request, answer one seen before (late
/// and out of turn too), answer it damaged, send plain bytes, let time pass, begin another sweep.
pub fn exercise(script: &[u8]) {
    let mut exercise = Exercise::new(script);
    while !exercise.script.is_empty() {
        exercise.sweep();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Mbap,
    Rtu,
}

/// A read as the peer saw it on the wire.
#[derive(Debug, Clone, Copy)]
struct Seen {
    framing: Framing,
    transaction_id: [u8; 2],
    unit_id: u8,
    function: u8,
    start: u16,
    count: u16,
    sweep: u16,
    at: Instant,
}

impl Seen {
    /// Reads the bytes of a request independently of the codec that wrote them.
    fn parse(framing: Framing, frame: &[u8], sweep: u16, at: Instant) -> Self {
        let (transaction_id, request) = match framing {
            Framing::Mbap => {
                assert_eq!(frame.len(), 12, "a read request has 12 bytes");
                assert_eq!(frame[2..6], [0, 0, 0, 6], "a read request has this header");
                ([frame[0], frame[1]], &frame[6..])
            }
            Framing::Rtu => {
                assert_eq!(frame.len(), 8, "a read request has 8 bytes");
                ([0, 0], frame)
            }
        };
        Self {
            framing,
            transaction_id,
            unit_id: request[0],
            function: request[1],
            start: u16::from_be_bytes([request[2], request[3]]),
            count: u16::from_be_bytes([request[4], request[5]]),
            sweep,
            at,
        }
    }

    /// What the registers hold: another word in each register of each unit and in each sweep, so
    /// that an answer taken for another request shows.
    fn words(self) -> Vec<u16> {
        let end = u32::from(self.start) + u32::from(self.count);
        (u32::from(self.start)..end)
            .map(|register| {
                let origin = u16::from_be_bytes([self.unit_id, self.function]);
                (register as u16).rotate_left(5) ^ origin ^ self.sweep.rotate_right(3)
            })
            .collect()
    }

    fn frame(self, body: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        match self.framing {
            Framing::Mbap => {
                let [high, low] = self.transaction_id;
                frame.extend([high, low, 0, 0, 0, (1 + body.len()) as u8, self.unit_id]);
                frame.extend_from_slice(body);
            }
            // The check sum itself is proved elsewhere, by frames of other programs.
            Framing::Rtu => {
                rtu::encode_frame(self.unit_id, |pdu| pdu.extend_from_slice(body), &mut frame);
            }
        }
        frame
    }

    fn answer(self) -> Vec<u8> {
        let mut body = vec![self.function, (2 * self.count) as u8];
        body.extend(self.words().into_iter().flat_map(u16::to_be_bytes));
        self.frame(&body)
    }

    fn exception(self, code: u8) -> Vec<u8> {
        self.frame(&[self.function | 0x80, code])
    }
}

/// Lets one time-out take 100 ms and everything else be as the lowest bits of `options` say.
pub(crate) fn link(options: u8) -> LinkOptions {
    LinkOptions {
        timeout: Duration::from_millis(100),
        retries: options >> 2 & 0x03,
        pause_after_connect: Duration::ZERO,
        pause_between: Duration::from_millis(u64::from(options >> 4 & 0x01)),
        words_max: 125,
        hole_words_max: 0,
        any_unit_id: options & 0x20 != 0,
        window: 1 + (options & 0x03),
        close_after_sweep: false,
    }
}

struct Exercise<'s> {
    script: &'s [u8],
    link: LinkOptions,
    framing: Framing,
    now: Instant,
    conversation: Box<dyn Conversation>,
    n_sweeps: u16,
    /// Requests that the peer may still answer, on this connection and before.
    seen: Vec<Seen>,
    /// Those answered by an exception.
    refused: Vec<Seen>,
    /// The peer lied on this connection, so that only the shape of values can be judged.
    has_lied: bool,
}

impl<'s> Exercise<'s> {
    fn new(script: &'s [u8]) -> Self {
        let (&options, script) = script.split_first().unwrap_or((&0, &[]));
        let now = Instant::now();
        let (framing, conversation): (_, Box<dyn Conversation>) = if options & 0x40 == 0 {
            (Framing::Mbap, Box::new(TcpConversation::new(1)))
        } else {
            let timing = LineTiming::over_tcp();
            (Framing::Rtu, Box::new(RtuConversation::new(timing, now)))
        };
        Self {
            script,
            link: link(options),
            framing,
            now,
            conversation,
            n_sweeps: 0,
            seen: Vec::new(),
            refused: Vec::new(),
            has_lied: false,
        }
    }

    /// The next byte of the script, zeros after its end.
    fn byte(&mut self) -> u8 {
        let (&byte, rest) = self.script.split_first().unwrap_or((&0, &[]));
        self.script = rest;
        byte
    }

    /// One of the requests seen, as the script says.
    ///
    /// Where nothing in an answer says what it answers, a peer is only honest if it answers each
    /// request of a unit once, in their order (it may leave some out), and not minutes later.
    fn any_seen(&mut self) -> Option<Seen> {
        let choice = usize::from(self.byte());
        if self.framing == Framing::Rtu {
            let oldest = self.now - LATE_ANSWER_MAX;
            self.seen.retain(|seen| seen.at > oldest);
        }
        let newest_first = choice % self.seen.len().max(1);
        let position = self.seen.len().checked_sub(1 + newest_first)?;
        let chosen = self.seen[position];
        if self.framing == Framing::Rtu {
            let mut index = 0;
            self.seen.retain(|seen| {
                index += 1;
                index > position + 1 || seen.unit_id != chosen.unit_id
            });
        }
        Some(chosen)
    }

    fn asked(&mut self, unit_id: u8) -> Seen {
        let choice = self.byte();
        Seen {
            framing: self.framing,
            transaction_id: [0, 0],
            unit_id,
            function: 3 + (choice & 0x01),
            start: u16::from(choice >> 1) * 511,
            count: [1, 2, 4, 125][usize::from(choice >> 2 & 0x03)],
            sweep: self.n_sweeps,
            at: self.now,
        }
    }

    fn sweep(&mut self) {
        self.n_sweeps += 1;
        let choice = self.byte();
        let unit_id = choice & 0x03;
        let asked: Vec<Seen> = (0..=choice >> 4).map(|_| self.asked(unit_id)).collect();
        let requests = asked.iter().map(|asked| {
            let function = match asked.function {
                3 => ReadFunction::Holding,
                _ => ReadFunction::Input,
            };
            Request::read(function, asked.start, asked.count).expect("the counts are in bounds")
        });
        let link = self.link.clone();
        let mut sweep = Sweep::new(unit_id, requests, &link);
        let mut may_lie = self.has_lied;
        self.conversation.begin(&sweep, self.now);
        let mut silent_steps = 0;
        while !sweep.is_over() {
            let result = if self.script.is_empty() {
                silent_steps += 1;
                assert!(silent_steps < SILENT_STEPS_MAX, "the sweep never ends");
                self.wait(&mut sweep)
            } else {
                self.step(&mut sweep)
            };
            may_lie |= self.has_lied;
            if let Err(fault) = result {
                self.reconnect();
                sweep.connection_broke(&RequestFault::Framing {
                    endpoint: Endpoint::tcp("", 0),
                    source: fault,
                });
                self.conversation.begin(&sweep, self.now);
            }
        }
        self.conversation.finish(self.now);
        if self.conversation.is_dead() {
            self.reconnect();
        }
        for (asked, result) in asked.iter().zip(sweep.into_results().results) {
            match result {
                Some(Ok(answered)) => {
                    let due = asked.words();
                    assert_eq!(answered.words.len(), due.len(), "{asked:?}");
                    assert!(may_lie || answered.words == due, "{asked:?}: {answered:?}");
                }
                Some(Err(RequestFault::Exception { .. })) => {
                    let is_true = self.refused.iter().any(|refused| {
                        let key = |seen: &Seen| (seen.sweep, seen.function, seen.start);
                        key(refused) == key(asked)
                    });
                    assert!(may_lie || is_true, "{asked:?} was not refused");
                }
                Some(Err(_)) | None => {}
            }
        }
    }

    fn reconnect(&mut self) {
        self.conversation.connected(self.now);
        // What a peer said without being asked may have settled what it owes, so on a line
        // without ids its lies last.
        self.has_lied &= self.framing == Framing::Rtu;
    }

    fn step(&mut self, sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        match self.byte() % 8 {
            0 | 1 => self.send(sweep),
            2 => {
                if let Some(seen) = self.any_seen() {
                    self.deliver(&seen.answer(), sweep)?;
                }
            }
            3 => {
                if let Some(seen) = self.any_seen() {
                    let mut answer = seen.answer();
                    let position = usize::from(self.byte()) % answer.len();
                    answer[position] ^= self.byte();
                    // A check sum finds what is wrong within two bytes.
                    self.has_lied |= self.framing == Framing::Mbap;
                    self.deliver(&answer, sweep)?;
                }
            }
            4 => {
                if let Some(seen) = self.any_seen() {
                    let code = self.byte();
                    self.refused.push(seen);
                    self.deliver(&seen.exception(code), sweep)?;
                }
            }
            5 => {
                let choice = self.byte();
                let count = usize::from(choice).min(self.script.len());
                let (bytes, rest) = self.script.split_at(count);
                self.script = rest;
                if self.framing == Framing::Rtu && choice.is_multiple_of(2) {
                    // No function has this bit, so that the noise contains no frame.
                    let noise: Vec<u8> = bytes.iter().map(|byte| byte | 0x40).collect();
                    self.deliver(&noise, sweep)?;
                } else {
                    self.has_lied = true;
                    self.deliver(bytes, sweep)?;
                }
            }
            6 => {
                // In two pieces, with time between them.
                if let Some(seen) = self.any_seen() {
                    let answer = seen.answer();
                    let cut = usize::from(self.byte()) % answer.len();
                    self.deliver(&answer[..cut], sweep)?;
                    self.pass_time(sweep)?;
                    self.deliver(&answer[cut..], sweep)?;
                }
            }
            _ => self.pass_time(sweep)?,
        }
        Ok(())
    }

    fn send(&mut self, sweep: &mut Sweep<'_>) {
        let Some(at) = self.conversation.may_send_at(sweep, self.now) else {
            return;
        };
        self.now = self.now.max(at);
        let mut sent = Vec::new();
        self.conversation.send_next(sweep, self.now, &mut sent);
        if !sent.is_empty() {
            let seen = Seen::parse(self.framing, &sent, self.n_sweeps, self.now);
            self.seen.push(seen);
        }
    }

    /// Lets as much time pass as it takes until the client does something of its own.
    fn wait(&mut self, sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        let may_send_at = self.conversation.may_send_at(sweep, self.now);
        match (may_send_at, self.conversation.deadline()) {
            (Some(at), deadline) if deadline.is_none_or(|deadline| at <= deadline) => {
                self.send(sweep);
                Ok(())
            }
            (_, Some(deadline)) => {
                self.now = self.now.max(deadline);
                self.time_out(sweep)
            }
            _ => panic!("a sweep that is not over waits for nothing"),
        }
    }

    fn pass_time(&mut self, sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        let passed = Duration::from_millis(u64::from(self.byte()));
        self.now += passed;
        match self.conversation.deadline() {
            Some(deadline) if deadline <= self.now => {
                // A session would have sent before that.
                let may_send_at = self.conversation.may_send_at(sweep, self.now);
                if may_send_at.is_some_and(|at| at <= self.now) {
                    self.send(sweep);
                    return Ok(());
                }
                self.time_out(sweep)
            }
            _ => Ok(()),
        }
    }

    fn time_out(&mut self, sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        self.conversation
            .time_out(sweep, self.now, Timestamp::UNIX_EPOCH)
    }

    fn deliver(&mut self, bytes: &[u8], sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        let space = self.conversation.space();
        assert!(bytes.len() <= space.len(), "a frame always finds space");
        space[..bytes.len()].copy_from_slice(bytes);
        self.conversation
            .received(bytes.len(), sweep, self.now, Timestamp::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// The bytes of one step of a slow line, or of what a sweep asks: answers in and out of time,
    /// exceptions, harmless noise, and time-outs.
    fn step_of_a_slow_line() -> impl Strategy<Value = Vec<u8>> {
        let any_seen = 0u8..3;
        prop_oneof![
            4 => Just(vec![0]),
            3 => any_seen.clone().prop_map(|seen| vec![2, seen]),
            1 => (any_seen.clone(), any::<u8>()).prop_map(|(seen, code)| vec![4, seen, code]),
            1 => (any_seen, 0u8..9, 0u8..60).prop_map(|(seen, cut, ms)| vec![6, seen, cut, ms]),
            1 => (0u8..40).prop_map(|half| {
                let noise = vec![0xFF; usize::from(2 * half)];
                [vec![5, 2 * half], noise].concat()
            }),
            1 => (50u8..99).prop_map(|ms| vec![7, ms]),
            3 => (100u8..=255).prop_map(|ms| vec![7, ms]),
        ]
    }

    proptest! {
        #[test]
        fn no_peer_makes_the_client_panic_or_take_a_value_not_asked_for(
            script in proptest::collection::vec(any::<u8>(), 0..600)
        ) {
            super::exercise(&script);
        }

        #[test]
        fn a_slow_line_never_answers_what_was_not_asked(
            retries in 0u8..3,
            steps in proptest::collection::vec(step_of_a_slow_line(), 0..200)
        ) {
            let script: Vec<u8> = std::iter::once(0x40 | retries << 2)
                .chain(steps.into_iter().flatten())
                .collect();
            super::exercise(&script);
        }
    }
}
