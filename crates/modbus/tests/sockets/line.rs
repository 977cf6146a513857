//! Lines without transaction ids: a peer that speaks RTU as a test says, over TCP or over a
//! pseudo-terminal.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use modbus::{Bus, Endpoint, Parity, SerialPort, StopBits};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_serial::{SerialPort as _, SerialStream};

use crate::peer::{bus, endpoint_of, word};

/// Both kinds of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    OverTcp,
    Serial,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::OverTcp, Self::Serial];
}

/// A serial line of which a test holds the far end.
pub(crate) struct Pty {
    pub(crate) far_end: SerialStream,
    pub(crate) endpoint: Endpoint,
    pub(crate) path: String,
    /// While nobody has the near end open the far one cannot be read.
    _near_end: File,
}

impl Pty {
    pub(crate) fn new() -> Self {
        let (far_end, near_end) = SerialStream::pair().expect("the system has pseudo-terminals");
        let path = near_end.name().expect("it has a path");
        // Held by a file, since the stream would lock out the client.
        let held = File::options().read(true).write(true).open(&path);
        Self {
            far_end,
            // A pseudo-terminal knows no parity.
            endpoint: Endpoint::Serial(SerialPort {
                path: path.clone(),
                baud_rate: 115_200,
                parity: Parity::None,
                stop_bits: StopBits::One,
            }),
            path,
            _near_end: held.unwrap(),
        }
    }
}

/// A request as it came over the line.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) unit_id: u8,
    /// The function and what follows.
    pub(crate) pdu: Vec<u8>,
}

impl Asked {
    async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut frame = vec![0; 7];
        stream.read_exact(&mut frame).await.ok()?;
        let written = if frame[1] == 16 {
            usize::from(frame[6])
        } else {
            0
        };
        let rest = if frame[1] == 16 { written + 2 } else { 1 };
        frame.resize(7 + rest, 0);
        stream.read_exact(&mut frame[7..]).await.ok()?;
        let (summed, sum) = frame.split_at(frame.len() - 2);
        assert_eq!(sum, check_sum(summed), "{frame:02X?} has a right check sum");
        Some(Self {
            unit_id: summed[0],
            pdu: summed[1..].to_vec(),
        })
    }

    pub(crate) fn start(&self) -> u16 {
        u16::from_be_bytes([self.pdu[1], self.pdu[2]])
    }

    pub(crate) fn frame(&self, pdu: &[u8]) -> Vec<u8> {
        let summed = [&[self.unit_id], pdu].concat();
        let sum = check_sum(&summed);
        [&summed[..], &sum].concat()
    }

    /// The right answer to a read.
    pub(crate) fn answer(&self) -> Vec<u8> {
        let count = self.pdu[4];
        let words = (self.start()..).take(count.into()).map(word);
        let pdu: Vec<u8> = [self.pdu[0], 2 * count]
            .into_iter()
            .chain(words.flat_map(u16::to_be_bytes))
            .collect();
        self.frame(&pdu)
    }
}

/// Bit by bit, as the specification draws it, so that it shares nothing with the client.
fn check_sum(bytes: &[u8]) -> [u8; 2] {
    let mut sum: u16 = 0xFFFF;
    for byte in bytes {
        sum ^= u16::from(*byte);
        for _ in 0..8 {
            let has_carry = sum & 1 == 1;
            sum >>= 1;
            if has_carry {
                sum ^= 0xA001;
            }
        }
    }
    sum.to_le_bytes()
}

/// What a peer does about one request, one after the other.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Say(Vec<u8>),
    Wait(Duration),
    /// Says one byte after the other, with so much time between them, as often as given.
    Drip(Vec<u8>, Duration, usize),
    Close,
}

pub(crate) fn say(bytes: Vec<u8>) -> Vec<Act> {
    vec![Act::Say(bytes)]
}

/// Serves until the stream ends or it closes it.
async fn serve(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    requests: &AtomicUsize,
    react: &mut (impl FnMut(usize, &Asked) -> Vec<Act> + Send),
) {
    while let Some(asked) = Asked::receive(stream).await {
        for act in react(requests.fetch_add(1, Ordering::Relaxed), &asked) {
            let done = match act {
                Act::Say(bytes) => stream.write_all(&bytes).await,
                Act::Wait(duration) => {
                    tokio::time::sleep(duration).await;
                    Ok(())
                }
                Act::Drip(bytes, pause, times) => drip(stream, &bytes, pause, times).await,
                Act::Close => return,
            };
            if done.is_err() {
                return;
            }
        }
    }
}

async fn drip(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    pause: Duration,
    times: usize,
) -> std::io::Result<()> {
    for byte in bytes.repeat(times) {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// A device, or several, on a line until the test ends.
pub(crate) struct LinePeer {
    pub(crate) endpoint: Endpoint,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl LinePeer {
    /// `react` is handed each request with its number, counted from 0.
    pub(crate) async fn start(
        kind: Kind,
        mut react: impl FnMut(usize, &Asked) -> Vec<Act> + Send + 'static,
    ) -> Self {
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::default());
        let (counted, asked) = (Arc::clone(&connections), Arc::clone(&requests));
        let endpoint = match kind {
            Kind::OverTcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let Endpoint::Tcp { host, port } = endpoint_of(&listener) else {
                    unreachable!("a listener has an address");
                };
                tokio::spawn(async move {
                    while let Ok((mut stream, _)) = listener.accept().await {
                        counted.fetch_add(1, Ordering::Relaxed);
                        stream.set_nodelay(true).unwrap();
                        serve(&mut stream, &asked, &mut react).await;
                    }
                });
                Endpoint::rtu_over_tcp(host, port)
            }
            Kind::Serial => {
                let mut pty = Pty::new();
                let endpoint = pty.endpoint.clone();
                tokio::spawn(async move {
                    counted.fetch_add(1, Ordering::Relaxed);
                    serve(&mut pty.far_end, &asked, &mut react).await;
                    // Held until here: a field alone would be all that is moved in.
                    drop(pty);
                });
                endpoint
            }
        };
        Self {
            endpoint,
            connections,
            requests,
        }
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
