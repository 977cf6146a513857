//! Takes connections and answers on them, so that nobody who keeps one open keeps the server from
//! others.
//!
//! [`serve`] is the accept loop: a connection over a bound is closed at once, any other is served
//! until its peer, its own slowness or the stop ends it. What one request may take is bounded behind
//! this, in [`crate::frame`].
//!
//! # Invariants
//!
//! - There are never more connections than [`ConnectionLimits`] says, in all and of one address.
//! - A peer that is slow to send a request's head, or to take its answer, is hung up on.
//! - After the stop no connection is taken, answers under way may end, and nothing is left behind
//!   after [`ConnectionLimits::drain`].
//! - Too many connections make one line in the log when it begins and one when it ended.

mod admission;
mod patient;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use admission::{Admission, Place};
use patient::PatientStream;

/// Pause after a connection could not be taken, so that a lack of file handles makes no busy loop.
const ACCEPT_RETRY: Duration = Duration::from_millis(500);

/// Most bytes of a request's head, for the longest query and the cookies of a shared host name.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// What is granted to those who connect.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Connections at once: many houses of browsers, and half of the file handles of a process.
    pub total: usize,
    /// Connections of one address at once; one IPv6 host counts with its whole network.
    pub per_address: usize,
    /// The same of this machine itself, where a proxy may speak for all.
    pub per_loopback: usize,
    /// How long the head of a request may take, and how long a connection may lie idle before it.
    pub head: Duration,
    /// How long a peer may take nothing of an answer that is ready.
    pub stalled: Duration,
    /// How long answers may take after the stop.
    pub drain: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 512,
            // A browser opens six, and an office may be behind one address.
            per_address: 128,
            per_loopback: 512,
            head: Duration::from_secs(15),
            stalled: Duration::from_secs(30),
            // A clean stop stays under 5 s, with the pollers' share (NFR-08).
            drain: Duration::from_secs(2),
        }
    }
}

/// Answers with `router` on every connection that `listener` takes, until `stopping`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stopping: CancellationToken,
) {
    let admission = Arc::new(Admission::new(limits));
    let mut connections = JoinSet::new();
    let mut accepting = true;
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => accepted,
            Some(_ended) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                if !std::mem::replace(&mut accepting, true) {
                    tracing::info!("connections can be taken again");
                }
                if let Some(place) = admission.admit(peer.ip()) {
                    let answering = answer(
                        stream,
                        peer,
                        place,
                        router.clone(),
                        limits,
                        stopping.clone(),
                    );
                    connections.spawn(answering);
                }
            }
            // The peer was gone before it was taken.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if std::mem::replace(&mut accepting, false) {
                    tracing::warn!(%error, "connections cannot be taken");
                }
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, ended).await.is_err() {
        connections.shutdown().await;
    }
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves one connection; `place` is held until it ends.
async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: Router,
    limits: ConnectionLimits,
    stopping: CancellationToken,
) {
    // Events are small and must not wait for one another. A peer that is gone already shows soon.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let stream = TokioIo::new(PatientStream::new(stream, limits.stalled));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(stream, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended badly");
    }
    drop(place);
}
