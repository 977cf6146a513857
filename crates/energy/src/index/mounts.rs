use jiff::Timestamp;
use model::SeriesKey;

use super::{Counter, CounterTraits, FeedError, IndexReading};
use crate::journal::Exchange;

/// A meter on a point for a span of time, with its index at either end where somebody noted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mounted {
    pub from: Timestamp,
    /// `None` while it is still there.
    pub until: Option<Timestamp>,
    pub traits: CounterTraits,
    /// In counts of this meter, at `from`.
    pub opening: Option<i64>,
    /// In counts of this meter, at `until`.
    pub closing: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    #[error("no meter is mounted")]
    None,
    #[error("the mount from {from} begins before the one before it has ended")]
    Overlap { from: Timestamp },
    #[error(transparent)]
    Feed(#[from] FeedError),
}

impl Counter {
    /// One curve and one sum over meters that were mounted one after the other. `readings` are
    /// those of all of them, in order of time and in counts of the meter that was mounted then;
    /// what was read while none was mounted counts for nothing.
    ///
    /// # Errors
    ///
    /// [`MountError`] if mounts or readings are not in order.
    pub fn over_mounts(
        series: SeriesKey,
        mounts: &[Mounted],
        readings: impl IntoIterator<Item = IndexReading>,
    ) -> Result<Self, MountError> {
        let first = mounts.first().ok_or(MountError::None)?;
        let mut counter = Self::new(series, first.traits);
        let mut readings = readings.into_iter().peekable();
        let mut before: Option<&Mounted> = None;
        for mount in mounts {
            counter.mount(before, mount)?;
            while let Some(reading) = readings.next_if(|reading| !mount.is_over_at(reading.at)) {
                if mount.counts(&reading) {
                    counter.feed(reading)?;
                }
            }
            before = Some(mount);
        }
        if let Some(last) = before {
            counter.unmount(last)?;
        }
        Ok(counter)
    }

    /// Another meter is mounted, or the first one: the readings that it [counts](Mounted::counts)
    /// are fed next.
    ///
    /// # Errors
    ///
    /// [`MountError`] if the mount before has not ended or was fed beyond its end.
    pub fn mount(&mut self, before: Option<&Mounted>, mount: &Mounted) -> Result<(), MountError> {
        if before.is_some_and(|before| before.until.is_none_or(|until| until > mount.from)) {
            return Err(MountError::Overlap { from: mount.from });
        }
        self.exchange(
            Exchange {
                closed_at: before.and_then(|before| before.until).unwrap_or(mount.from),
                closing: before.and_then(|before| before.closing),
                opened_at: mount.from,
                opening: mount.opening,
            },
            mount.traits,
        )?;
        Ok(())
    }

    /// The last mount has ended: its closing index, where somebody noted it, is its last reading.
    ///
    /// # Errors
    ///
    /// [`MountError::Feed`] if readings from after its end were fed already.
    pub fn unmount(&mut self, last: &Mounted) -> Result<(), MountError> {
        if let (Some(until), Some(closing)) = (last.until, last.closing) {
            self.take_away(until, closing)?;
        }
        Ok(())
    }
}

impl Mounted {
    fn is_over_at(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| at >= until)
    }

    /// Whether a reading is of this meter. At the very instant of the opening index that index is
    /// the reading.
    pub fn counts(&self, reading: &IndexReading) -> bool {
        let is_opening = self.opening.is_some() && reading.at == self.from;
        reading.at >= self.from && !self.is_over_at(reading.at) && !is_opening
    }
}
