use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use model::Clock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::conversation::Conversation;
use crate::mbap::{FRAME_BYTES_MAX, FramingFault};
use crate::sweep::Sweep;
use crate::transactions::TransactionIds;

/// One connection that is up, over any stream of bytes.
#[derive(Debug)]
pub(crate) struct Session<S> {
    stream: S,
    conversation: Conversation,
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
    pub(crate) fn new(stream: S, window: usize, ids: Arc<TransactionIds>) -> Self {
        Self {
            stream,
            conversation: Conversation::new(window, ids),
            outbox: Vec::with_capacity(FRAME_BYTES_MAX),
        }
    }

    /// Drives the sweep until it is over or the connection is of no use any more. To be dropped
    /// with the session if it is not waited for to its end.
    pub(crate) async fn run(
        &mut self,
        sweep: &mut Sweep<'_>,
        clock: &dyn Clock,
    ) -> Result<(), Broken> {
        self.take_what_came_meanwhile(sweep, clock).await?;
        while !sweep.is_over() {
            self.send_due(sweep).await?;
            let Some(deadline) = self.conversation.deadline() else {
                break;
            };
            let space = self.conversation.space();
            // What has come is read even if its time is over: a server that was held up for a
            // moment does not blame the device.
            match timeout_at(deadline, self.stream.read(space)).await {
                Ok(Ok(0)) => return Err(self.lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(Ok(count)) => {
                    self.conversation
                        .received(count, sweep, Instant::now(), clock.now())?;
                }
                Ok(Err(error)) => return Err(self.lost(error)),
                Err(_elapsed) => self.conversation.time_out(sweep, Instant::now())?,
            }
        }
        self.conversation.finish();
        Ok(())
    }

    /// Reads, without waiting, what came since the last sweep: late answers, to be dropped, or
    /// the end of a connection that lay idle.
    async fn take_what_came_meanwhile(
        &mut self,
        sweep: &mut Sweep<'_>,
        clock: &dyn Clock,
    ) -> Result<(), Broken> {
        loop {
            let mut buffer = ReadBuf::new(self.conversation.space());
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
                    return Err(self.lost(io::ErrorKind::UnexpectedEof.into()));
                }
                Some(Ok(())) => {
                    self.conversation
                        .received(count, sweep, Instant::now(), clock.now())?;
                }
                Some(Err(error)) => return Err(self.lost(error)),
            }
        }
    }

    async fn send_due(&mut self, sweep: &mut Sweep<'_>) -> Result<(), Broken> {
        while let Some(at) = self.conversation.may_send_at(sweep, Instant::now()) {
            if at > Instant::now() {
                sleep_until(at).await;
            }
            self.outbox.clear();
            let now = Instant::now();
            self.conversation.send_next(sweep, now, &mut self.outbox);
            let sent = timeout_at(
                now + sweep.link.timeout,
                self.stream.write_all(&self.outbox),
            );
            match sent.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(self.lost(error)),
                Err(elapsed) => return Err(self.lost(elapsed.into())),
            }
        }
        Ok(())
    }

    fn lost(&self, error: io::Error) -> Broken {
        if self.conversation.may_be_closed() {
            Broken::IdleClosed(error)
        } else {
            Broken::Lost(error)
        }
    }

    /// Whether the next sweep had better begin with a new connection.
    pub(crate) fn is_dead(&self) -> bool {
        self.conversation.is_dead()
    }
}

#[cfg(test)]
mod tests;
