use std::io;
use std::pin::Pin;
use std::task::Poll;

use model::Clock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout_at};

use crate::conversation::Conversation;
use crate::fault::FramingFault;
use crate::mbap::FRAME_BYTES_MAX;
use crate::sweep::Sweep;

/// One connection that is up, over any stream of bytes.
#[derive(Debug)]
pub(crate) struct Session<S> {
    stream: S,
    outbox: Vec<u8>,
}

/// Why a connection is of no use any more.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The peer closed it, or the way to it broke.
    Lost(io::Error),
    /// As `Lost`, of a connection that had served and lay idle: normal.
    IdleClosed(io::Error),
    Framing(FramingFault),
}

impl From<FramingFault> for Broken {
    fn from(fault: FramingFault) -> Self {
        Self::Framing(fault)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            outbox: Vec::with_capacity(FRAME_BYTES_MAX),
        }
    }

    /// Drives the sweep until it is over or the connection is of no use any more. To be dropped
    /// with the session if it is not waited for to its end.
    pub(crate) async fn run(
        &mut self,
        conversation: &mut dyn Conversation,
        sweep: &mut Sweep<'_>,
        clock: &dyn Clock,
    ) -> Result<(), Broken> {
        self.take_what_came_meanwhile(conversation, sweep, clock)
            .await?;
        conversation.begin(sweep, Instant::now());
        while !sweep.is_over() {
            let may_send_at = conversation.may_send_at(sweep, Instant::now());
            if may_send_at.is_some_and(|at| at <= Instant::now()) {
                self.send_next(conversation, sweep).await?;
                continue;
            }
            let deadline = conversation.deadline();
            let Some(until) = [may_send_at, deadline].into_iter().flatten().min() else {
                break;
            };
            // What has come is read even if its time is over: a server that was held up for a
            // moment does not blame the device.
            match timeout_at(until, self.stream.read(conversation.space())).await {
                Ok(Ok(0)) => return Err(lost(conversation, io::ErrorKind::UnexpectedEof.into())),
                Ok(Ok(count)) => {
                    conversation.received(count, sweep, Instant::now(), clock.now())?;
                }
                Ok(Err(error)) => return Err(lost(conversation, error)),
                Err(_elapsed) if deadline == Some(until) => {
                    conversation.time_out(sweep, Instant::now(), clock.now())?;
                }
                Err(_elapsed) => {}
            }
        }
        conversation.finish(Instant::now());
        Ok(())
    }

    /// Reads, without waiting, what came since the last sweep: late answers, to be dropped, or
    /// the end of a connection that lay idle.
    async fn take_what_came_meanwhile(
        &mut self,
        conversation: &mut dyn Conversation,
        sweep: &mut Sweep<'_>,
        clock: &dyn Clock,
    ) -> Result<(), Broken> {
        loop {
            let mut buffer = ReadBuf::new(conversation.space());
            let mut stream = Pin::new(&mut self.stream);
            let read = std::future::poll_fn(|context| {
                Poll::Ready(match stream.as_mut().poll_read(context, &mut buffer) {
                    Poll::Pending => None,
                    Poll::Ready(result) => Some(result),
                })
            });
            let result = read.await;
            let count = buffer.filled().len();
            match result {
                None => return Ok(()),
                Some(Ok(())) if count == 0 => {
                    return Err(lost(conversation, io::ErrorKind::UnexpectedEof.into()));
                }
                Some(Ok(())) => {
                    conversation.received(count, sweep, Instant::now(), clock.now())?;
                }
                Some(Err(error)) => return Err(lost(conversation, error)),
            }
        }
    }

    async fn send_next(
        &mut self,
        conversation: &mut dyn Conversation,
        sweep: &mut Sweep<'_>,
    ) -> Result<(), Broken> {
        self.outbox.clear();
        let now = Instant::now();
        conversation.send_next(sweep, now, &mut self.outbox);
        let sent = timeout_at(
            now + sweep.link.timeout,
            self.stream.write_all(&self.outbox),
        );
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(conversation, error)),
            Err(elapsed) => Err(lost(conversation, elapsed.into())),
        }
    }
}

fn lost(conversation: &dyn Conversation, error: io::Error) -> Broken {
    if conversation.may_be_closed() {
        Broken::IdleClosed(error)
    } else {
        Broken::Lost(error)
    }
}

#[cfg(test)]
mod tests;
