use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use profiles::{LinkOptions, ReadFunction};
use tokio::time::Instant;

use crate::RequestFault;
use crate::conversation::Conversation;
use crate::mbap::FramingFault;
use crate::pdu::Request;
use crate::sweep::Sweep;
use crate::transactions::TransactionIds;

/// Lets a peer do whatever `script` says to a client, without sockets and without waiting, and
/// panics if the client takes a value that it did not ask for. For fuzzing and property tests.
///
/// The first bytes choose the link, the next ones the requests of a sweep, and each further
/// byte is a step: send the next request, answer any request seen so far (late, twice and out
/// of turn too), answer it damaged, send plain bytes, let time pass, begin another sweep.
pub fn exercise(script: &[u8]) {
    let mut exercise = Exercise::new(script);
    while !exercise.script.is_empty() {
        exercise.sweep();
    }
}

/// A read as the peer saw it on the wire.
#[derive(Debug, Clone, Copy)]
struct Seen {
    transaction_id: [u8; 2],
    unit_id: u8,
    function: u8,
    start: u16,
    count: u16,
}

impl Seen {
    /// Reads the 12 bytes of a request independently of the codec that wrote them.
    fn parse(frame: &[u8]) -> Self {
        assert_eq!(frame.len(), 12, "a read request has 12 bytes");
        assert_eq!(frame[2..6], [0, 0, 0, 6], "a read request has this header");
        Self {
            transaction_id: [frame[0], frame[1]],
            unit_id: frame[6],
            function: frame[7],
            start: u16::from_be_bytes([frame[8], frame[9]]),
            count: u16::from_be_bytes([frame[10], frame[11]]),
        }
    }

    /// What the registers hold: another word in each register of each unit, so that an answer
    /// taken for another request shows.
    fn words(self) -> Vec<u16> {
        let end = u32::from(self.start) + u32::from(self.count);
        (u32::from(self.start)..end)
            .map(|register| {
                let origin = u16::from_be_bytes([self.unit_id, self.function]);
                (register as u16).rotate_left(5) ^ origin
            })
            .collect()
    }

    fn frame(self, body: &[u8]) -> Vec<u8> {
        let [high, low] = self.transaction_id;
        let mut frame = vec![high, low, 0, 0, 0, (1 + body.len()) as u8, self.unit_id];
        frame.extend_from_slice(body);
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

struct Exercise<'s> {
    script: &'s [u8],
    link: LinkOptions,
    window: usize,
    ids: Arc<TransactionIds>,
    now: Instant,
    conversation: Conversation,
    /// Requests seen, on this connection and before.
    seen: Vec<Seen>,
    /// The peer lied on this connection, so that only the shape of values can be judged.
    has_lied: bool,
}

impl<'s> Exercise<'s> {
    fn new(script: &'s [u8]) -> Self {
        let (&options, script) = script.split_first().unwrap_or((&0, &[]));
        let window = 1 + usize::from(options & 0x03);
        let ids = Arc::<TransactionIds>::default();
        Self {
            script,
            link: LinkOptions {
                timeout: Duration::from_millis(100),
                retries: options >> 2 & 0x03,
                pause_after_connect: Duration::ZERO,
                pause_between: Duration::from_millis(u64::from(options >> 4 & 0x01)),
                words_max: 125,
                hole_words_max: 0,
                any_unit_id: options & 0x20 != 0,
                close_after_sweep: false,
            },
            window,
            now: Instant::now(),
            conversation: Conversation::new(window, Arc::clone(&ids)),
            ids,
            seen: Vec::new(),
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
    fn any_seen(&mut self) -> Option<Seen> {
        let choice = usize::from(self.byte());
        let newest_first = choice % self.seen.len().max(1);
        self.seen.iter().rev().nth(newest_first).copied()
    }

    fn asked(&mut self, unit_id: u8) -> Seen {
        let choice = self.byte();
        Seen {
            transaction_id: [0, 0],
            unit_id,
            function: 3 + (choice & 0x01),
            start: u16::from(choice >> 1) * 511,
            count: [1, 2, 4, 125][usize::from(choice >> 2 & 0x03)],
        }
    }

    fn sweep(&mut self) {
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
        while !sweep.is_over() && !self.script.is_empty() {
            let result = self.step(&mut sweep);
            may_lie |= self.has_lied;
            if let Err(fault) = result {
                self.reconnect();
                sweep.connection_broke(&RequestFault::Framing {
                    endpoint: crate::Endpoint {
                        host: String::new(),
                        port: 0,
                    },
                    source: fault,
                });
            }
        }
        self.conversation.finish();
        if self.conversation.is_dead() {
            self.reconnect();
        }
        for (asked, result) in asked.iter().zip(sweep.into_results().results) {
            if let Some(Ok(answered)) = result {
                let due = asked.words();
                assert_eq!(answered.words.len(), due.len(), "{asked:?}");
                assert!(may_lie || answered.words == due, "{asked:?}: {answered:?}");
            }
        }
    }

    fn reconnect(&mut self) {
        self.conversation = Conversation::new(self.window, Arc::clone(&self.ids));
        self.has_lied = false;
    }

    fn step(&mut self, sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        match self.byte() % 8 {
            0 | 1 => {
                if let Some(at) = self.conversation.may_send_at(sweep, self.now) {
                    self.now = at;
                    let mut sent = Vec::new();
                    self.conversation.send_next(sweep, self.now, &mut sent);
                    self.seen.push(Seen::parse(&sent));
                }
            }
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
                    self.has_lied = true;
                    self.deliver(&answer, sweep)?;
                }
            }
            4 => {
                if let Some(seen) = self.any_seen() {
                    let code = self.byte();
                    self.deliver(&seen.exception(code), sweep)?;
                }
            }
            5 => {
                let count = usize::from(self.byte()).min(self.script.len());
                let (bytes, rest) = self.script.split_at(count);
                self.script = rest;
                self.has_lied = true;
                self.deliver(bytes, sweep)?;
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

    fn pass_time(&mut self, sweep: &mut Sweep<'_>) -> Result<(), FramingFault> {
        let passed = Duration::from_millis(u64::from(self.byte()));
        self.now += passed;
        match self.conversation.deadline() {
            Some(deadline) if deadline <= self.now => self.conversation.time_out(sweep, self.now),
            _ => Ok(()),
        }
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

    proptest! {
        #[test]
        fn no_peer_makes_the_client_panic_or_take_a_value_not_asked_for(
            script in proptest::collection::vec(any::<u8>(), 0..600)
        ) {
            super::exercise(&script);
        }
    }
}
