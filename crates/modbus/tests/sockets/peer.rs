//! What the tests share: a peer that reacts as a test says, and plans, links and a clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use modbus::{Bus, Endpoint, ReadOutcome};
use profiles::{LinkOptions, ReadFunction, ReadPlan, ReadRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// So long that no test waits for it.
pub(crate) const NEVER: Duration = Duration::from_mins(1);
/// For tests that wait for the time-out itself.
pub(crate) const SOON: Duration = Duration::from_millis(40);

/// Each look at it shows one second later.
#[derive(Debug, Default)]
pub(crate) struct CountingClock(AtomicI64);

impl model::Clock for CountingClock {
    fn now(&self) -> Timestamp {
        let seconds = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(seconds).expect("tests count few seconds")
    }
}

pub(crate) fn bus(endpoint: Endpoint) -> Bus {
    Bus::new(endpoint, Arc::new(CountingClock::default()))
}

pub(crate) fn link(timeout: Duration) -> LinkOptions {
    LinkOptions {
        timeout,
        retries: 0,
        pause_after_connect: Duration::ZERO,
        pause_between: Duration::ZERO,
        words_max: 125,
        hole_words_max: 0,
        any_unit_id: false,
        window: 1,
        close_after_sweep: false,
    }
}

/// Holding registers, as pairs of start and count.
pub(crate) fn plan(reads: &[(u16, u16)]) -> ReadPlan {
    let requests = reads.iter().map(|&(start, count)| ReadRequest {
        function: ReadFunction::Holding,
        start,
        count,
        tables: Vec::new(),
    });
    ReadPlan {
        requests: requests.collect(),
    }
}

/// What the register holds in every peer of these tests.
pub(crate) fn word(register: u16) -> u16 {
    register.wrapping_mul(7) ^ 0x5A00
}

/// The codes of the faults, in their order.
pub(crate) fn codes(outcome: &ReadOutcome) -> Vec<&'static str> {
    outcome
        .faults
        .iter()
        .map(|(_, fault)| fault.code())
        .collect()
}

/// Every request of the plan was answered, and with the right words.
#[track_caller]
pub(crate) fn assert_all_read(outcome: &ReadOutcome, plan: &ReadPlan) {
    assert_eq!(codes(outcome), Vec::<&str>::new());
    assert_eq!(outcome.image.blocks.len(), plan.requests.len());
    for (block, asked) in outcome.image.blocks.iter().zip(&plan.requests) {
        assert_eq!((block.function, block.start), (asked.function, asked.start));
        let due: Vec<u16> = (asked.start..).take(asked.count.into()).map(word).collect();
        assert_eq!(block.words, due);
    }
}

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) transaction_id: [u8; 2],
    pub(crate) unit_id: u8,
    /// The function and what follows.
    pub(crate) pdu: Vec<u8>,
}

impl Asked {
    async fn receive(stream: &mut TcpStream) -> Option<Self> {
        let mut header = [0; 7];
        stream.read_exact(&mut header).await.ok()?;
        let mut pdu = vec![0; usize::from(header[5]) - 1];
        stream.read_exact(&mut pdu).await.ok()?;
        Some(Self {
            transaction_id: [header[0], header[1]],
            unit_id: header[6],
            pdu,
        })
    }

    /// The right answer to a read, without its frame.
    pub(crate) fn answer_pdu(&self) -> Vec<u8> {
        let start = u16::from_be_bytes([self.pdu[1], self.pdu[2]]);
        let count = self.pdu[4];
        let words = (start..).take(count.into()).map(word);
        [self.pdu[0], 2 * count]
            .into_iter()
            .chain(words.flat_map(u16::to_be_bytes))
            .collect()
    }

    pub(crate) fn frame(&self, pdu: &[u8]) -> Vec<u8> {
        let [high, low] = self.transaction_id;
        let length = 1 + pdu.len() as u8;
        [&[high, low, 0, 0, 0, length, self.unit_id], pdu].concat()
    }

    pub(crate) fn answer(&self) -> Vec<u8> {
        self.frame(&self.answer_pdu())
    }
}

/// What a peer does about one request.
pub(crate) struct Reaction {
    pub(crate) says: Vec<u8>,
    pub(crate) closes: bool,
}

pub(crate) fn says(bytes: Vec<u8>) -> Reaction {
    Reaction {
        says: bytes,
        closes: false,
    }
}

pub(crate) fn closes_after(bytes: Vec<u8>) -> Reaction {
    Reaction {
        says: bytes,
        closes: true,
    }
}

/// A peer on a free port; it serves one connection after the other until the test ends.
pub(crate) struct Peer {
    pub(crate) endpoint: Endpoint,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Peer {
    /// `react` is handed each request with its number, counted from 0 over all connections.
    pub(crate) async fn start(
        react: impl FnMut(usize, &Asked) -> Reaction + Send + 'static,
    ) -> Self {
        let any_port = Endpoint::tcp("127.0.0.1", 0);
        Self::start_at(&any_port, react).await
    }

    /// As [`Peer::start`], where a test wants it.
    pub(crate) async fn start_at(
        endpoint: &Endpoint,
        mut react: impl FnMut(usize, &Asked) -> Reaction + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(endpoint.to_string()).await.unwrap();
        let peer = Self {
            endpoint: endpoint_of(&listener),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (Arc::clone(&peer.connections), Arc::clone(&peer.requests));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                stream.set_nodelay(true).unwrap();
                while let Some(asked) = Asked::receive(&mut stream).await {
                    let reaction = react(requests.fetch_add(1, Ordering::Relaxed), &asked);
                    if stream.write_all(&reaction.says).await.is_err() || reaction.closes {
                        break;
                    }
                }
            }
        });
        peer
    }

    pub(crate) fn bus(&self) -> Bus {
        bus(self.endpoint.clone())
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

pub(crate) fn endpoint_of(listener: &TcpListener) -> Endpoint {
    let address = listener.local_addr().unwrap();
    Endpoint::tcp(address.ip().to_string(), address.port())
}
