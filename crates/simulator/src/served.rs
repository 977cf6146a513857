use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// Answers kept: about ten minutes of one poller's second-by-second sweep of the demonstration,
/// at most 10 MB.
const KEPT_MAX: usize = 30_000;

/// One read that was answered, with the very words that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServedRead {
    /// Counts up by one from 1 for every answer of the simulation.
    pub(crate) seq: u64,
    /// When the answer was handed to the connection, by the wall clock.
    #[serde(serialize_with = "in_milliseconds")]
    pub(crate) at: Timestamp,
    pub(crate) gateway: Arc<str>,
    pub(crate) unit_id: u8,
    /// 3 or 4.
    pub(crate) function: u8,
    pub(crate) start: u16,
    pub(crate) words: Vec<u16>,
}

fn in_milliseconds<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&written(*at))
}

/// The newest answers of a simulation. Older ones are dropped: a jump in `seq` shows it.
#[derive(Debug, Default)]
pub(crate) struct ServedLog {
    kept: Mutex<VecDeque<ServedRead>>,
}

impl ServedLog {
    /// Keeps an answer; its `seq` is given here.
    pub(crate) fn keep(&self, read: ServedRead) {
        let mut kept = self.lock();
        let seq = kept.back().map_or(1, |newest| newest.seq + 1);
        if kept.len() == KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(ServedRead { seq, ..read });
    }

    /// The answers after number `seq`, and how many of those after it were dropped.
    pub(crate) fn after(&self, seq: u64) -> (Vec<ServedRead>, u64) {
        let kept = self.lock();
        let Some(oldest) = kept.front() else {
            return (Vec::new(), 0);
        };
        let dropped = oldest.seq.saturating_sub(seq.saturating_add(1));
        let first = kept.partition_point(|read| read.seq <= seq);
        (kept.range(first..).cloned().collect(), dropped)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<ServedRead>> {
        // A panic elsewhere leaves at worst one answer unrecorded.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant as the control interface writes it: RFC 3339 in UTC with milliseconds.
pub(crate) fn written(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(start: u16) -> ServedRead {
        ServedRead {
            seq: 0,
            at: Timestamp::UNIX_EPOCH,
            gateway: Arc::from("g"),
            unit_id: 1,
            function: 3,
            start,
            words: Vec::new(),
        }
    }

    #[test]
    fn the_log_says_how_many_answers_it_dropped() {
        let log = ServedLog::default();
        assert_eq!(log.after(0), (Vec::new(), 0));
        for number in 0..=KEPT_MAX {
            log.keep(read(number as u16));
        }
        let (reads, dropped) = log.after(0);
        assert_eq!((reads.len(), dropped), (KEPT_MAX, 1));
        assert_eq!(reads[0].seq, 2);
        let (reads, dropped) = log.after(KEPT_MAX as u64);
        assert_eq!((reads.len(), dropped), (1, 0));
        assert!(log.after(u64::MAX).0.is_empty());
    }
}
