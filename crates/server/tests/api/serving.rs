//! Connections as hostile and broken peers use them, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use server::api;
use server::serving::{self, ConnectionLimits};
use server::users::UserProfile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::running::{PATIENCE, RunningServer};
use crate::test_app::TestApp;

/// Short enough to wait for, long enough for a request on a busy machine.
const LIMITS: ConnectionLimits = ConnectionLimits {
    total: 40,
    per_address: 20,
    per_loopback: 20,
    head: Duration::from_secs(2),
    stalled: Duration::from_secs(1),
    drain: Duration::from_millis(500),
};

/// A stop takes no longer (NFR-08).
const STOP_MAX: Duration = Duration::from_secs(5);

struct Served {
    _app: TestApp,
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

async fn served(limits: ConnectionLimits) -> Served {
    let app = TestApp::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let router = api::router(app.app.state().clone());
    let serving = tokio::spawn(serving::serve(listener, router, limits, stop.clone()));
    Served {
        _app: app,
        address,
        stop,
        serving,
    }
}

impl Served {
    /// A connection from another address of this machine for each `host`.
    async fn connect_from(&self, host: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind(SocketAddr::from(([127, 0, 0, host], 0)))
            .expect("an address of this machine");
        socket.connect(self.address).await.expect("a connection")
    }

    async fn stopped(self) -> Duration {
        let started = Instant::now();
        self.stop.cancel();
        timeout(PATIENCE, self.serving)
            .await
            .expect("the server stops")
            .expect("no panic");
        started.elapsed()
    }
}

async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    let mut answer = Vec::new();
    // A connection that was refused breaks while it is written to, or while it is read.
    if stream.write_all(request.as_bytes()).await.is_ok() {
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("an end in time");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    // Broken or ended, it is closed.
    timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .is_ok()
}

#[tokio::test]
async fn peers_that_send_their_requests_drop_by_drop_keep_nobody_out() {
    let served = served(LIMITS).await;
    let mut slow = Vec::new();
    for _ in 0..LIMITS.per_address {
        let mut stream = served.connect_from(2).await;
        stream
            .write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: 127")
            .await
            .expect("half a head");
        slow.push(stream);
    }
    // Its share is taken, that of another is not.
    let mut refused = served.connect_from(2).await;
    assert_eq!(ask(&mut refused, "/api/v1/health").await, "");
    let mut other = served.connect_from(3).await;
    let answer = ask(&mut other, "/api/v1/health").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // Each drop does not buy more time for the whole head.
    let started = Instant::now();
    for stream in &mut slow {
        let _ = stream.write_all(b".").await;
    }
    for stream in &mut slow {
        assert!(is_closed(stream).await);
    }
    assert!(started.elapsed() < LIMITS.head + STOP_MAX);
    let mut again = served.connect_from(2).await;
    let answer = ask(&mut again, "/api/v1/health").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    served.stopped().await;
}

#[tokio::test]
async fn all_addresses_together_are_bounded_and_places_are_given_back() {
    let served = served(LIMITS).await;
    let mut idle = Vec::new();
    for number in 0..LIMITS.total {
        let host = 2 + (number / LIMITS.per_address) as u8;
        let mut stream = served.connect_from(host).await;
        // Answered, so taken: the next one is counted behind it.
        let request = "GET /api/v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
        stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("an answer");
        idle.push(stream);
    }
    let mut late = served.connect_from(9).await;
    assert_eq!(ask(&mut late, "/api/v1/health").await, "");
    idle.clear();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut again = served.connect_from(9).await;
        if ask(&mut again, "/api/v1/health")
            .await
            .starts_with("HTTP/1.1 200")
        {
            break;
        }
        assert!(Instant::now() < deadline, "no place was given back");
    }
    served.stopped().await;
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let served = served(LIMITS).await;
    let mut stream = served.connect_from(2).await;
    let line = format!("x-filler: {}\r\n", "a".repeat(8 * 1024));
    let mut head = "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n".to_owned();
    head.push_str(&line.repeat(16));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("an end");
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    served.stopped().await;
}

/// NFR-08
#[tokio::test]
async fn a_stop_waits_for_nobody_who_keeps_a_connection_open() {
    let served = served(ConnectionLimits {
        head: Duration::from_mins(5),
        ..LIMITS
    })
    .await;
    let mut half = served.connect_from(2).await;
    half.write_all(b"GET / HTTP/1.1\r\n").await.expect("half");
    let mut body = served.connect_from(2).await;
    body.write_all(
        b"POST /api/v1/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
          content-length: 100\r\n\r\n{",
    )
    .await
    .expect("half a body");
    let took = served.stopped().await;
    assert!(took < STOP_MAX, "{took:?}");
    assert!(is_closed(&mut half).await && is_closed(&mut body).await);
}

/// NFR-08
#[tokio::test]
async fn the_program_stops_within_five_seconds_with_streams_open() {
    let server = RunningServer::start(None).await;
    let user = server.logged_in(UserProfile::User).await;
    let cookie = user.cookie.clone().expect("a cookie");
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(server.address)
            .await
            .expect("a connection");
        let request = format!(
            "GET /api/v1/live HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\ncookie: {cookie}\r\n\r\n",
            server.address
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        let mut first = [0; 15];
        stream.read_exact(&mut first).await.expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        streams.push(stream);
    }
    let started = Instant::now();
    server.stopped().await;
    let took = started.elapsed();
    assert!(took < STOP_MAX, "{took:?}");
    for stream in &mut streams {
        assert!(is_closed(stream).await);
    }
}
