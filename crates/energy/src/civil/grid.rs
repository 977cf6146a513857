use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::BlockLength;

/// Blocks of one length on the local clock of a zone.
///
/// Between two changes of the zone's offset a start of a block is a matter of a division; only at
/// a change one has to look. So the next change is kept, and a walk forwards asks the zone a few
/// times a year.
pub(super) struct Grid<'z> {
    zone: &'z TimeZone,
    block_s: i64,
    /// The stretch of constant offset that was used last.
    stretch: Stretch,
}

/// Seconds since 1970 in UTC; `from` and `until` are changes of the offset, or far away.
#[derive(Clone, Copy)]
struct Stretch {
    from: i64,
    until: i64,
    offset_s: i64,
}

impl Stretch {
    fn holds(self, at_s: i64) -> bool {
        self.from <= at_s && at_s < self.until
    }
}

impl<'z> Grid<'z> {
    pub(super) fn new(zone: &'z TimeZone, block: BlockLength) -> Self {
        Self {
            zone,
            block_s: block.seconds(),
            stretch: Stretch {
                from: 0,
                until: 0,
                offset_s: 0,
            },
        }
    }

    /// The last start at or before an instant.
    pub(super) fn start_of(&mut self, at: Timestamp) -> Timestamp {
        let mut at_s = floor_second(at);
        loop {
            let stretch = self.stretch_at(at_s);
            let start = at_s - (at_s + stretch.offset_s).rem_euclid(self.block_s);
            if start >= stretch.from {
                return instant(start);
            }
            if stretch.from == i64::MIN || self.opens_at_change(stretch.from) {
                return instant(stretch.from);
            }
            // The block began before the offset changed.
            at_s = stretch.from - 1;
        }
    }

    /// The first start after an instant.
    pub(super) fn next_start(&mut self, at: Timestamp) -> Timestamp {
        let mut at_s = floor_second(at);
        loop {
            let stretch = self.stretch_at(at_s);
            let next = at_s + self.block_s - (at_s + stretch.offset_s).rem_euclid(self.block_s);
            if next < stretch.until || stretch.until == i64::MAX {
                return instant(next);
            }
            if self.opens_at_change(stretch.until) {
                return instant(stretch.until);
            }
            at_s = stretch.until;
        }
    }

    /// Whether a block starts where the offset changes: the clock then shows a start, or it has
    /// leapt over one.
    fn opens_at_change(&mut self, change: i64) -> bool {
        let before = self.stretch_at(change - 1).offset_s;
        let after = self.stretch_at(change).offset_s;
        let (would_show, shows) = (change + before, change + after);
        let first_from = would_show + (-would_show).rem_euclid(self.block_s);
        shows.rem_euclid(self.block_s) == 0 || first_from < shows
    }

    fn stretch_at(&mut self, at_s: i64) -> Stretch {
        if !self.stretch.holds(at_s) {
            let at = instant(at_s);
            // What precedes is strictly earlier, so a change right now is looked for from later.
            let from = self.zone.preceding(instant(at_s + 1)).next();
            let until = self.zone.following(at).next();
            self.stretch = Stretch {
                from: from.map_or(i64::MIN, |change| change.timestamp().as_second()),
                until: until.map_or(i64::MAX, |change| change.timestamp().as_second()),
                offset_s: i64::from(self.zone.to_offset(at).seconds()),
            };
        }
        self.stretch
    }
}

fn floor_second(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

/// At the ends of the calendar (the years -9999 and 9999) time stands still.
fn instant(at_s: i64) -> Timestamp {
    Timestamp::from_second(at_s).unwrap_or(if at_s < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
