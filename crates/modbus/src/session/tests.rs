//! Time is paused and both ends are in memory, so each duration here is exact.

mod rtu;
mod tcp;

use std::time::Duration;

use jiff::Timestamp;
use profiles::{LinkOptions, ReadFunction};
use tokio::io::DuplexStream;

use super::*;
use crate::pdu::Request;
use crate::sweep::SweepResults;

#[derive(Debug)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn link(timeout_ms: u64, retries: u8) -> LinkOptions {
    LinkOptions {
        timeout: ms(timeout_ms),
        retries,
        pause_after_connect: Duration::ZERO,
        pause_between: Duration::ZERO,
        words_max: 125,
        hole_words_max: 0,
        any_unit_id: false,
        window: 1,
        close_after_sweep: false,
    }
}

/// What register `register` of the peer holds.
fn word(register: u16) -> u16 {
    register.wrapping_mul(3) + 1
}

fn in_paused_time(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(test);
}

/// A connection that is up.
struct Client {
    session: Session<DuplexStream>,
    conversation: Box<dyn Conversation>,
}

impl Client {
    fn new(stream: DuplexStream, conversation: Box<dyn Conversation>) -> Self {
        Self {
            session: Session::new(stream),
            conversation,
        }
    }

    /// Reads words, as pairs of their first register and their number.
    async fn read(
        &mut self,
        unit_id: u8,
        reads: impl IntoIterator<Item = (u16, u16)>,
        link: &LinkOptions,
    ) -> (SweepResults, Result<(), Broken>) {
        let requests = reads
            .into_iter()
            .map(|(start, count)| Request::read(ReadFunction::Holding, start, count).unwrap());
        self.sweep(unit_id, requests, link).await
    }

    async fn sweep(
        &mut self,
        unit_id: u8,
        requests: impl IntoIterator<Item = Request>,
        link: &LinkOptions,
    ) -> (SweepResults, Result<(), Broken>) {
        let mut sweep = Sweep::new(unit_id, requests, link);
        let end = self
            .session
            .run(&mut *self.conversation, &mut sweep, &StoppedClock)
            .await;
        (sweep.into_results(), end)
    }

    fn is_dead(&self) -> bool {
        self.conversation.is_dead()
    }
}

/// One letter or word for each request: its first value, its fault, or `-` if it was not tried.
fn summary(results: &SweepResults) -> String {
    let results = results.results.iter().map(|result| match result {
        None => "-".to_owned(),
        Some(Ok(answered)) => match answered.words.first() {
            Some(word) => word.to_string(),
            None => "written".to_owned(),
        },
        Some(Err(fault)) => fault.code().to_owned(),
    });
    results.collect::<Vec<_>>().join(" ")
}
