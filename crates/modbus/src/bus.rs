use std::io;
use std::sync::Arc;
use std::time::Duration;

use model::Clock;
use profiles::{LinkOptions, ReadPlan, ReadRequest, RegisterBlock, RegisterImage};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout};
use tracing::debug;

use crate::mbap::FramingFault;
use crate::pdu::Request;
use crate::reconnect::ReconnectDelay;
use crate::session::{Broken, Session};
use crate::sweep::Sweep;
use crate::transactions::{TransactionIds, WINDOW_DEFAULT};
use crate::{Endpoint, RequestFault};

/// How long a connection may take: one lost call is repeated by the system after 1 s, and its
/// answer is awaited as long again.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// One connection to one gateway or device over Modbus TCP.
///
/// It connects when it is first asked something, and again when the connection was lost: at
/// once after a connection that had served, at growing delays while the peer cannot be reached
/// (requests fail at once in between). A future of [`TcpBus::read`] that is dropped half-way
/// costs the connection, nothing else.
#[derive(Debug)]
pub struct TcpBus {
    endpoint: Endpoint,
    clock: Arc<dyn Clock>,
    window: usize,
    ids: Arc<TransactionIds>,
    session: Option<Session<TcpStream>>,
    reconnect: ReconnectDelay,
}

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

impl TcpBus {
    pub fn new(endpoint: Endpoint, clock: Arc<dyn Clock>) -> Self {
        Self {
            endpoint,
            clock,
            window: WINDOW_DEFAULT,
            ids: Arc::default(),
            session: None,
            reconnect: ReconnectDelay::default(),
        }
    }

    /// Lets up to `window` requests be outstanding at once (1 to [`crate::WINDOW_MAX`]), for
    /// gateways declared to take it. A device with a pause between requests still gets one.
    #[must_use]
    pub fn with_window(mut self, window: usize) -> Self {
        self.window = window;
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

    /// Writes words from `start` with function 16, otherwise as [`TcpBus::write_single`].
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
            match session.run(sweep, &*self.clock).await {
                Ok(()) if sweep.link.close_after_sweep || session.is_dead() => {
                    debug!(endpoint = %self.endpoint, "closing the connection after a sweep");
                }
                Ok(()) => self.session = Some(session),
                Err(broken) => self.note_broken(sweep, broken),
            }
        }
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

    async fn connect(&mut self, link: &LinkOptions) -> Result<Session<TcpStream>, RequestFault> {
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
                Ok(Session::new(stream, self.window, Arc::clone(&self.ids)))
            }
            Err(fault) => {
                debug!(endpoint = %self.endpoint, ?fault, "no connection");
                self.reconnect.failed(fault.clone(), Instant::now());
                Err(fault)
            }
        }
    }
}

async fn open(endpoint: &Endpoint) -> Result<TcpStream, RequestFault> {
    let failed = |source: io::Error| RequestFault::Connection {
        endpoint: endpoint.clone(),
        source: Arc::new(source),
    };
    let opening = async {
        let host = (endpoint.host.as_str(), endpoint.port);
        let addresses =
            lookup_host(host)
                .await
                .map_err(|source| RequestFault::NameNotResolved {
                    endpoint: endpoint.clone(),
                    source: Arc::new(source),
                })?;
        let addresses: Vec<_> = addresses.collect();
        let stream = TcpStream::connect(&addresses[..]).await.map_err(failed)?;
        // Requests are small and each waits for its answer: never hold one back.
        stream.set_nodelay(true).map_err(failed)?;
        Ok(stream)
    };
    timeout(CONNECT_TIMEOUT, opening)
        .await
        .unwrap_or_else(|elapsed| Err(failed(elapsed.into())))
}
