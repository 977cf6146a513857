use std::sync::Arc;
use std::time::Duration;

use model::Clock;
use profiles::{LinkOptions, ReadPlan, ReadRequest, RegisterBlock, RegisterImage};
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::conversation::{Conversation, LineTiming, RtuConversation, TcpConversation};
use crate::line::{Line, open};
use crate::pdu::Request;
use crate::reconnect::ReconnectDelay;
use crate::session::{Broken, Session};
use crate::sweep::Sweep;
use crate::{Endpoint, FramingFault, RequestFault};

/// One connection to one gateway or device, or one serial line.
///
/// It connects when it is first asked something, and again when the connection was lost: at
/// once after a connection that had served, at growing delays while the peer cannot be reached
/// (requests fail at once in between). A future of [`Bus::read`] that is dropped half-way
/// costs the connection, nothing else.
#[derive(Debug)]
pub struct Bus {
    endpoint: Endpoint,
    clock: Arc<dyn Clock>,
    conversation: Box<dyn Conversation>,
    session: Option<Session<Line>>,
    reconnect: ReconnectDelay,
}

/// Requests outstanding at once when nothing else is said: many gateways take only one.
const WINDOW_DEFAULT: u8 = 1;
/// Least patience with a silent device: gateways and radio links stumble for so long.
pub const PATIENCE_MIN: Duration = Duration::from_millis(100);

/// What one sweep of one device brought.
#[derive(Debug, Default)]
pub struct ReadOutcome {
    /// The answers, each with the time at which it came.
    pub image: RegisterImage,
    /// The requests that failed. After a device fell silent the rest of its plan is not tried:
    /// it is neither here nor in the image.
    pub faults: Vec<(ReadRequest, RequestFault)>,
    /// Mean time from a request to its answer, exceptions included; `None` without an answer.
    pub latency: Option<Duration>,
    /// Requests sent, retries included.
    pub requests: u32,
}

impl Bus {
    pub fn new(endpoint: Endpoint, clock: Arc<dyn Clock>) -> Self {
        Self {
            conversation: conversation(&endpoint, WINDOW_DEFAULT),
            endpoint,
            clock,
            session: None,
            reconnect: ReconnectDelay::default(),
        }
    }

    /// Lets up to `window` requests be outstanding at once (1 to [`crate::WINDOW_MAX`]) whatever
    /// the device says: for gateways declared to take it. A device with a pause between requests
    /// still gets one, and so does a line without transaction ids.
    #[must_use]
    pub fn with_window(mut self, window: u8) -> Self {
        self.conversation = conversation(&self.endpoint, window);
        self
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Reads all requests of the plan from one unit. Never fails as a whole: what could be read
    /// is in the image, what failed is among the faults.
    ///
    /// A silent device costs one time-out for each try of one request, and no more. An
    /// exception is an answer: the sweep goes on.
    pub async fn read(&mut self, unit_id: u8, plan: &ReadPlan, link: &LinkOptions) -> ReadOutcome {
        let mut outcome = ReadOutcome::default();
        let mut sent: Vec<&ReadRequest> = Vec::with_capacity(plan.requests.len());
        let mut requests = Vec::with_capacity(plan.requests.len());
        for asked in &plan.requests {
            match Request::try_from(asked) {
                Ok(request) => {
                    sent.push(asked);
                    requests.push(request);
                }
                Err(invalid) => {
                    let fault = RequestFault::Invalid(invalid);
                    outcome.faults.push((asked.clone(), fault));
                }
            }
        }

        let mut sweep = Sweep::new(unit_id, requests, link);
        self.run(&mut sweep).await;

        let results = sweep.into_results();
        outcome.latency = results.latency;
        outcome.requests = results.requests_sent;
        for (asked, result) in sent.into_iter().zip(results.results) {
            match result {
                None => {}
                Some(Ok(answered)) => outcome.image.blocks.push(RegisterBlock {
                    function: asked.function,
                    start: asked.start,
                    words: answered.words,
                    at: answered.at,
                }),
                Some(Err(fault)) => outcome.faults.push((asked.clone(), fault)),
            }
        }
        outcome
    }

    /// As [`Bus::read`], of a device that has fallen silent: it is waited for no longer than
    /// `patience` (see [`patience`]) and nothing is tried again, so that a probe costs the
    /// neighbours that and no more.
    pub async fn probe(
        &mut self,
        unit_id: u8,
        plan: &ReadPlan,
        link: &LinkOptions,
        patience: Duration,
    ) -> ReadOutcome {
        let link = LinkOptions {
            timeout: patience.min(link.timeout),
            retries: 0,
            ..link.clone()
        };
        self.read(unit_id, plan, &link).await
    }

    /// Writes one word with function 6. Sent once and never again: after any fault but an
    /// exception the device may or may not have taken it, and only reading back tells.
    pub async fn write_single(
        &mut self,
        unit_id: u8,
        address: u16,
        word: u16,
        link: &LinkOptions,
    ) -> Result<(), RequestFault> {
        self.write(unit_id, Request::write_single(address, word), link)
            .await
    }

    /// Writes words from `start` with function 16, otherwise as [`Bus::write_single`].
    pub async fn write_multiple(
        &mut self,
        unit_id: u8,
        start: u16,
        words: &[u16],
        link: &LinkOptions,
    ) -> Result<(), RequestFault> {
        let request = Request::write_multiple(start, words).map_err(RequestFault::Invalid)?;
        self.write(unit_id, request, link).await
    }

    async fn write(
        &mut self,
        unit_id: u8,
        request: Request,
        link: &LinkOptions,
    ) -> Result<(), RequestFault> {
        let mut sweep = Sweep::new(unit_id, [request], link);
        self.run(&mut sweep).await;
        let mut results = sweep.into_results().results;
        let result = results
            .pop()
            .flatten()
            .expect("a sweep ends only when each request is done or one has failed");
        result.map(drop)
    }

    /// Drives the sweep over as many connections as it takes; [`Sweep`] bounds their number.
    async fn run(&mut self, sweep: &mut Sweep<'_>) {
        while !sweep.is_over() {
            // Taken out, so that a future dropped half-way drops the connection with it: it
            // may have sent half a request.
            let mut session = match self.session.take() {
                Some(session) => session,
                None => match self.connect(sweep.link).await {
                    Ok(session) => session,
                    Err(fault) => return sweep.give_up(fault),
                },
            };
            let ran = session.run(&mut *self.conversation, sweep, &*self.clock);
            match ran.await {
                Ok(()) if self.is_to_be_closed(sweep.link) => {
                    debug!(endpoint = %self.endpoint, "closing the connection after a sweep");
                }
                Ok(()) => self.session = Some(session),
                Err(broken) => self.note_broken(sweep, broken),
            }
        }
    }

    fn is_to_be_closed(&self, link: &LinkOptions) -> bool {
        // A serial port has no far end that could be gone or is to be let go.
        let is_network = !matches!(self.endpoint, Endpoint::Serial(_));
        is_network && (link.close_after_sweep || self.conversation.is_dead())
    }

    fn note_broken(&self, sweep: &mut Sweep<'_>, broken: Broken) {
        debug!(endpoint = %self.endpoint, ?broken, "connection ended");
        let endpoint = self.endpoint.clone();
        let unit_id = sweep.unit_id;
        let lost = |source| RequestFault::ConnectionLost {
            endpoint: self.endpoint.clone(),
            unit_id,
            source: Arc::new(source),
        };
        match broken {
            Broken::IdleClosed(source) => sweep.idle_connection_closed(&lost(source)),
            Broken::Lost(source) => sweep.connection_broke(&lost(source)),
            Broken::Framing(FramingFault::HalfFrame) => {
                let fault = sweep.timeout_fault();
                sweep.connection_broke(&fault);
            }
            Broken::Framing(source) => {
                sweep.connection_broke(&RequestFault::Framing { endpoint, source });
            }
        }
    }

    async fn connect(&mut self, link: &LinkOptions) -> Result<Session<Line>, RequestFault> {
        if let Some(fault) = self.reconnect.fault(Instant::now()) {
            return Err(fault.clone());
        }
        match open(&self.endpoint).await {
            Ok(stream) => {
                debug!(endpoint = %self.endpoint, "connected");
                self.reconnect.connected();
                if !link.pause_after_connect.is_zero() {
                    sleep(link.pause_after_connect).await;
                }
                self.conversation.connected(Instant::now());
                Ok(Session::new(stream))
            }
            Err(fault) => {
                debug!(endpoint = %self.endpoint, ?fault, "no connection");
                self.reconnect.failed(fault.clone(), Instant::now());
                Err(fault)
            }
        }
    }
}

fn conversation(endpoint: &Endpoint, window: u8) -> Box<dyn Conversation> {
    let rtu = |timing| Box::new(RtuConversation::new(timing, Instant::now()));
    match endpoint {
        Endpoint::Tcp { .. } => Box::new(TcpConversation::new(window.into())),
        Endpoint::RtuOverTcp { .. } => rtu(LineTiming::over_tcp()),
        Endpoint::Serial(port) => rtu(LineTiming::of_port(port)),
    }
}

/// How long a device that fell silent is waited for when it is probed: four times as long as it
/// took when it answered (`usual_latency`), but at least [`PATIENCE_MIN`] and at most the
/// time-out of its link. A device that never answered gets the whole time-out.
pub fn patience(usual_latency: Option<Duration>, link: &LinkOptions) -> Duration {
    match usual_latency {
        Some(latency) => (4 * latency).max(PATIENCE_MIN).min(link.timeout),
        None => link.timeout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(latency_ms: Option<u64>, timeout_ms: u64, expected_ms: u64) {
        let link = LinkOptions {
            timeout: Duration::from_millis(timeout_ms),
            ..crate::exercise::link(0)
        };
        let latency = latency_ms.map(Duration::from_millis);
        assert_eq!(patience(latency, &link), Duration::from_millis(expected_ms));
    }

    #[test]
    fn a_probe_waits_four_times_the_usual_latency_within_bounds() {
        check(Some(50), 1000, 200);
        check(Some(3), 1000, 100);
        check(Some(400), 1000, 1000);
        check(Some(3), 50, 50);
        check(None, 1000, 1000);
    }
}
