//! Where the bytes go: a TCP connection or a serial port.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_serial::SerialPortBuilderExt;

use crate::endpoint::{Parity, SerialPort, StopBits};
use crate::{Endpoint, RequestFault};

/// How long a connection may take: one lost call is repeated by the system after 1 s, and its
/// answer is awaited as long again.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// What a session runs over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Debug + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Debug + Send + Unpin> Stream for S {}

pub(crate) type Line = Box<dyn Stream>;

pub(crate) async fn open(endpoint: &Endpoint) -> Result<Line, RequestFault> {
    match endpoint {
        Endpoint::Tcp { host, port } | Endpoint::RtuOverTcp { host, port } => {
            let connecting = connect(endpoint, host, *port);
            let stream = timeout(CONNECT_TIMEOUT, connecting)
                .await
                .unwrap_or_else(|elapsed| Err(failed(endpoint, elapsed.into())))?;
            Ok(Box::new(stream))
        }
        Endpoint::Serial(port) => {
            let stream = open_port(port).map_err(|source| failed(endpoint, source.into()))?;
            Ok(Box::new(stream))
        }
    }
}

fn failed(endpoint: &Endpoint, source: io::Error) -> RequestFault {
    RequestFault::Connection {
        endpoint: endpoint.clone(),
        source: Arc::new(source),
    }
}

async fn connect(endpoint: &Endpoint, host: &str, port: u16) -> Result<TcpStream, RequestFault> {
    let addresses =
        lookup_host((host, port))
            .await
            .map_err(|source| RequestFault::NameNotResolved {
                endpoint: endpoint.clone(),
                host: host.to_owned(),
                source: Arc::new(source),
            })?;
    let addresses: Vec<_> = addresses.collect();
    let opening = async {
        let stream = TcpStream::connect(&addresses[..]).await?;
        // Requests are small and each waits for its answer: never hold one back.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    opening.await.map_err(|source| failed(endpoint, source))
}

fn open_port(port: &SerialPort) -> tokio_serial::Result<tokio_serial::SerialStream> {
    tokio_serial::new(&port.path, port.baud_rate)
        .data_bits(tokio_serial::DataBits::Eight)
        .parity(match port.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        })
        .stop_bits(match port.stop_bits {
            StopBits::One => tokio_serial::StopBits::One,
            StopBits::Two => tokio_serial::StopBits::Two,
        })
        .open_native_async()
}
