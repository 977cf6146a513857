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
            if before.is_some_and(|before| before.until.is_none_or(|until| until > mount.from)) {
                return Err(MountError::Overlap { from: mount.from });
            }
            counter.exchange(
                Exchange {
                    closed_at: before.and_then(|before| before.until).unwrap_or(mount.from),
                    closing: before.and_then(|before| before.closing),
                    opened_at: mount.from,
                    opening: mount.opening,
                },
                mount.traits,
            )?;
            let is_over = |at: Timestamp| mount.until.is_some_and(|until| at >= until);
            while let Some(reading) = readings.next_if(|reading| !is_over(reading.at)) {
                // At the very instant of the opening index that index is the reading.
                let is_opening = mount.opening.is_some() && reading.at == mount.from;
                if reading.at >= mount.from && !is_opening {
                    counter.feed(reading)?;
                }
            }
            before = Some(mount);
        }
        if let Some(last) = before
            && let (Some(until), Some(closing)) = (last.until, last.closing)
        {
            counter.take_away(until, closing)?;
        }
        Ok(counter)
    }
}
