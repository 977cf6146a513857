//! A connection whose answers go wrong as a test orders.
//!
//! What the Modbus library has put into a frame passes through here: a [`WireFault`] of the unit
//! that answers spoils the frame, and a gateway that closes idle connections does it here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::running::{Fault, RunningPlant};

/// Where a frame of Modbus TCP has what a fault changes.
const TRANSACTION: usize = 1;
const LENGTH: usize = 5;
const UNIT: usize = 6;
const FUNCTION: usize = 7;
const BYTE_COUNT: usize = 8;
/// Unit ids go up to here.
const UNIT_MAX: u8 = 247;
/// Bytes of garbage in place of one answer.
const GARBAGE_MAX: u64 = 64;

/// What is wrong with the frames of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireFault {
    /// Arbitrary bytes in place of a frame.
    Garbage,
    /// The first half of the frame, and nothing after it.
    Cut,
    /// A sound frame with one word too few.
    Short,
    /// A sound frame with one word too many.
    Long,
    ForeignTransaction,
    ForeignUnit,
    /// The frame byte by byte at this pace, and then zeroes without end.
    Drip(Duration),
}

/// The server's end of a connection to a gateway.
#[derive(Debug)]
pub(crate) struct TroubledStream {
    inner: TcpStream,
    running: Arc<RunningPlant>,
    /// Index of the gateway in its plant.
    gateway: usize,
    /// Bytes that are still to be sent.
    waiting: Vec<u8>,
    drip: Option<Drip>,
    /// When an idle connection is closed, where the gateway does so.
    idle: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
struct Drip {
    every: Duration,
    next: Pin<Box<Sleep>>,
}

impl TroubledStream {
    pub(crate) fn new(inner: TcpStream, running: Arc<RunningPlant>, gateway: usize) -> Self {
        let mut stream = Self {
            inner,
            running,
            gateway,
            waiting: Vec::new(),
            drip: None,
            idle: None,
        };
        stream.is_busy();
        stream
    }

    /// Something came or went: the time without a request begins anew.
    fn is_busy(&mut self) {
        let idle_close = self.running.idle_close(self.gateway);
        self.idle = idle_close.map(|patience| Box::pin(sleep(patience)));
    }

    /// Takes a whole frame to be sent, spoiled if its unit is to spoil it.
    fn take(&mut self, frame: &[u8]) {
        let place = frame
            .get(UNIT)
            .and_then(|unit_id| self.running.find_in(self.gateway, *unit_id));
        let Some(Fault::Wire(fault)) = place.map(|place| self.running.fault(place)) else {
            self.waiting.extend_from_slice(frame);
            return;
        };
        if let WireFault::Drip(every) = fault {
            let next = Box::pin(sleep(Duration::ZERO));
            self.drip = Some(Drip { every, next });
        }
        let seed = self.running.plant().seed;
        self.waiting.extend(spoiled(frame, fault, seed));
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut n_at_once = self.waiting.len();
            if let Some(drip) = &mut self.drip {
                ready!(drip.next.as_mut().poll(context));
                drip.next.as_mut().reset(Instant::now() + drip.every);
                n_at_once = 1;
                if self.waiting.is_empty() {
                    self.waiting.push(0);
                }
            }
            if self.waiting.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let stream = Pin::new(&mut self.inner);
            let n_sent = ready!(stream.poll_write(context, &self.waiting[..n_at_once]))?;
            self.waiting.drain(..n_sent);
        }
    }
}

impl AsyncRead for TroubledStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        if read.is_ready() {
            self.is_busy();
            return read;
        }
        match &mut self.idle {
            // Nothing read is the end of a connection.
            Some(idle) => idle.as_mut().poll(context).map(Ok),
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for TroubledStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        frame: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(context))?;
        self.take(frame);
        Poll::Ready(Ok(frame.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        self.is_busy();
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// What is sent in place of `frame`.
fn spoiled(frame: &[u8], fault: WireFault, seed: u64) -> Vec<u8> {
    let mut spoiled = frame.to_vec();
    match fault {
        WireFault::Garbage => {
            let asked = frame
                .iter()
                .take(2)
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            return garbage(seed ^ asked);
        }
        WireFault::Cut => spoiled.truncate(frame.len() / 2),
        WireFault::Short => resize(&mut spoiled, -2),
        WireFault::Long => resize(&mut spoiled, 2),
        WireFault::ForeignTransaction => {
            if let Some(transaction) = spoiled.get_mut(TRANSACTION) {
                *transaction ^= 0x55;
            }
        }
        WireFault::ForeignUnit => {
            if let Some(unit_id) = spoiled.get_mut(UNIT) {
                *unit_id = *unit_id % UNIT_MAX + 1;
            }
        }
        WireFault::Drip(_) => {}
    }
    spoiled
}

/// Changes the number of data bytes in an answer to a read, with all lengths that tell it.
fn resize(frame: &mut Vec<u8>, change: isize) {
    let is_read = matches!(frame.get(FUNCTION), Some(3 | 4));
    let n_bytes = frame.len().checked_add_signed(change);
    let (Some(n_bytes), true) = (n_bytes, is_read) else {
        return;
    };
    frame.resize(n_bytes, 0);
    for at in [LENGTH, BYTE_COUNT] {
        if let Some(length) = frame.get_mut(at) {
            *length = length.wrapping_add_signed(change as i8);
        }
    }
}

/// The same for the same seed.
fn garbage(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let n_bytes = 1 + next() % GARBAGE_MAX;
    (0..n_bytes).map(|_| next() as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Transaction 1, unit 3, function 3, one word.
    const FRAME: [u8; 11] = [0, 1, 0, 0, 0, 5, 3, 3, 2, 0xAB, 0xCD];

    #[track_caller]
    fn check(fault: WireFault, expected: &[u8]) {
        assert_eq!(spoiled(&FRAME, fault, 1), expected);
    }

    #[test]
    fn each_fault_spoils_one_thing() {
        check(WireFault::Cut, &[0, 1, 0, 0, 0]);
        check(WireFault::Short, &[0, 1, 0, 0, 0, 3, 3, 3, 0]);
        check(
            WireFault::Long,
            &[0, 1, 0, 0, 0, 7, 3, 3, 4, 0xAB, 0xCD, 0, 0],
        );
        check(
            WireFault::ForeignTransaction,
            &[0, 0x54, 0, 0, 0, 5, 3, 3, 2, 0xAB, 0xCD],
        );
        check(
            WireFault::ForeignUnit,
            &[0, 1, 0, 0, 0, 5, 4, 3, 2, 0xAB, 0xCD],
        );
        check(WireFault::Drip(Duration::ZERO), &FRAME);
        assert_ne!(spoiled(&FRAME, WireFault::Garbage, 1), FRAME);
    }

    #[test]
    fn a_frame_without_words_keeps_its_length() {
        let exception = [0, 1, 0, 0, 0, 3, 3, 0x83, 2];
        assert_eq!(spoiled(&exception, WireFault::Short, 1), exception);
        assert_eq!(spoiled(&exception, WireFault::Long, 1), exception);
    }
}
