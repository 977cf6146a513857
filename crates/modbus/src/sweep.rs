//! The requests of one sweep of one device: what is still to be sent, what is answered, what
//! failed. Here alone it is decided whether to try again and when to give the device up.

use std::time::Duration;

use jiff::Timestamp;
use profiles::LinkOptions;

use crate::RequestFault;
use crate::pdu::{Answer, MalformedAnswer, Request};

/// Connections that may break under different requests in a row before the device is left for
/// this sweep: one request that a device answers by hanging up must not hide all others.
const BROKEN_REQUESTS_MAX: u8 = 2;

#[derive(Debug)]
pub(crate) struct Sweep<'a> {
    pub(crate) unit_id: u8,
    pub(crate) link: &'a LinkOptions,
    items: Vec<Item>,
    requests_sent: u32,
    answers: u32,
    latency_total: Duration,
    broken_in_a_row: u8,
    given_up: bool,
}

#[derive(Debug)]
struct Item {
    request: Request,
    retries_left: u8,
    state: State,
}

#[derive(Debug)]
enum State {
    Queued,
    Sent,
    Done(Result<Answered, RequestFault>),
}

/// An answer other than an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    /// None after a write.
    pub(crate) words: Vec<u16>,
    pub(crate) at: Timestamp,
}

/// What a sweep brought, per request in their order; `None` was not tried to the end.
#[derive(Debug)]
pub(crate) struct SweepResults {
    pub(crate) results: Vec<Option<Result<Answered, RequestFault>>>,
    pub(crate) requests_sent: u32,
    /// Mean time from a try to its answer, exceptions included.
    pub(crate) latency: Option<Duration>,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(
        unit_id: u8,
        requests: impl IntoIterator<Item = Request>,
        link: &'a LinkOptions,
    ) -> Self {
        let items = requests.into_iter().map(|request| Item {
            retries_left: if request.is_repeatable() {
                link.retries
            } else {
                0
            },
            request,
            state: State::Queued,
        });
        Self {
            unit_id,
            link,
            items: items.collect(),
            requests_sent: 0,
            answers: 0,
            latency_total: Duration::ZERO,
            broken_in_a_row: 0,
            given_up: false,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.given_up
            || self
                .items
                .iter()
                .all(|item| matches!(item.state, State::Done(_)))
    }

    fn next_queued(&self) -> Option<usize> {
        if self.given_up {
            return None;
        }
        self.items
            .iter()
            .position(|item| matches!(item.state, State::Queued))
    }

    pub(crate) fn has_next(&self) -> bool {
        self.next_queued().is_some()
    }

    /// The next request to be sent, and its ticket.
    pub(crate) fn peek(&self) -> Option<(usize, &Request)> {
        let ticket = self.next_queued()?;
        Some((ticket, &self.items[ticket].request))
    }

    /// Takes the next request to be sent, with the ticket under which its answer is handed in.
    pub(crate) fn take_next(&mut self) -> Option<(usize, &Request)> {
        let ticket = self.next_queued()?;
        self.requests_sent += 1;
        let item = &mut self.items[ticket];
        item.state = State::Sent;
        Some((ticket, &item.request))
    }

    /// Whether more tries of this ticket are due or awaited.
    pub(crate) fn is_open(&self, ticket: usize) -> bool {
        !self.given_up && !matches!(self.items[ticket].state, State::Done(_))
    }

    pub(crate) fn answered(
        &mut self,
        ticket: usize,
        answer: Answer,
        at: Timestamp,
        latency: Duration,
    ) {
        self.answers += 1;
        self.latency_total += latency;
        self.broken_in_a_row = 0;
        let words = match answer {
            Answer::Words(words) => words,
            Answer::Written => Vec::new(),
            Answer::Exception(code) => {
                let unit_id = self.unit_id;
                self.fail(ticket, RequestFault::Exception { unit_id, code });
                // Each further request would cost the gateway's own time-out.
                self.given_up |= code.means_silent();
                return;
            }
        };
        self.items[ticket].state = State::Done(Ok(Answered { words, at }));
    }

    /// Something else had to be asked in place of this request, and is answered.
    pub(crate) fn put_back(&mut self, ticket: usize) {
        self.items[ticket].state = State::Queued;
    }

    pub(crate) fn malformed(&mut self, ticket: usize, source: MalformedAnswer) {
        let fault = self.malformed_fault(source);
        self.retry_or_fail(ticket, fault);
    }

    pub(crate) fn malformed_fault(&self, source: MalformedAnswer) -> RequestFault {
        RequestFault::Malformed {
            unit_id: self.unit_id,
            source,
        }
    }

    /// A device that does not answer is given up: its neighbours are waiting.
    pub(crate) fn timed_out(&mut self, ticket: usize) {
        let fault = self.timeout_fault();
        self.given_up |= self.retry_or_fail(ticket, fault);
    }

    pub(crate) fn timeout_fault(&self) -> RequestFault {
        RequestFault::Timeout {
            unit_id: self.unit_id,
            timeout: self.link.timeout,
        }
    }

    /// The peer closed a connection that had lain idle, as it may: what was sent into it is
    /// sent again and counts as not sent. A write is not, since it may have been carried out.
    pub(crate) fn idle_connection_closed(&mut self, fault: &RequestFault) {
        for item in &mut self.items {
            if matches!(item.state, State::Sent) {
                item.state = if item.request.is_repeatable() {
                    State::Queued
                } else {
                    State::Done(Err(fault.clone()))
                };
            }
        }
    }

    /// The connection broke under the requests sent, or before the next one.
    pub(crate) fn connection_broke(&mut self, fault: &RequestFault) {
        let mut broken: Vec<usize> = (0..self.items.len())
            .filter(|ticket| matches!(self.items[*ticket].state, State::Sent))
            .collect();
        if broken.is_empty() {
            broken.extend(self.next_queued());
        }
        let mut any_failed = false;
        for ticket in broken {
            any_failed |= self.retry_or_fail(ticket, fault.clone());
        }
        if any_failed {
            self.broken_in_a_row += 1;
            self.given_up |= self.broken_in_a_row == BROKEN_REQUESTS_MAX
                || matches!(fault, RequestFault::Timeout { .. });
        }
    }

    /// There is no connection to be had: the first request that waits takes the fault.
    pub(crate) fn give_up(&mut self, fault: RequestFault) {
        if let Some(ticket) = self.next_queued() {
            self.fail(ticket, fault);
        }
        self.given_up = true;
    }

    /// Answers whether that was the last try.
    fn retry_or_fail(&mut self, ticket: usize, fault: RequestFault) -> bool {
        let item = &mut self.items[ticket];
        if item.retries_left == 0 {
            self.fail(ticket, fault);
            return true;
        }
        item.retries_left -= 1;
        item.state = State::Queued;
        false
    }

    fn fail(&mut self, ticket: usize, fault: RequestFault) {
        self.items[ticket].state = State::Done(Err(fault));
    }

    pub(crate) fn into_results(self) -> SweepResults {
        let results = self.items.into_iter().map(|item| match item.state {
            State::Done(result) => Some(result),
            State::Queued | State::Sent => None,
        });
        SweepResults {
            results: results.collect(),
            requests_sent: self.requests_sent,
            latency: self.latency_total.checked_div(self.answers),
        }
    }
}
