use jiff::{SignedDuration, Timestamp};

use super::Averaging;
use crate::civil::{BlockLength, CivilStep, SiteCalendar};
use crate::{FeedError, Span};

/// One block of an integration period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockMean {
    pub span: Span,
    pub mean: f64,
    /// The smallest and the largest value that stood in the block.
    pub minimum: f64,
    pub maximum: f64,
    /// The share of the block (0 to 1) in which a reading stood.
    pub coverage: f64,
}

/// What a block may be shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Completeness {
    /// Covered by less than half: no value.
    Empty,
    /// Shown and flagged.
    Incomplete,
    /// Covered by 95 % at least.
    Complete,
}

impl Completeness {
    pub fn of(coverage: f64) -> Self {
        if coverage >= 0.95 {
            Self::Complete
        } else if coverage >= 0.5 {
            Self::Incomplete
        } else {
            Self::Empty
        }
    }
}

impl BlockMean {
    pub fn completeness(&self) -> Completeness {
        Completeness::of(self.coverage)
    }

    /// The mean, unless the block is empty.
    pub fn value(&self) -> Option<f64> {
        (self.completeness() > Completeness::Empty).then_some(self.mean)
    }
}

/// The largest complete block: a maximum demand with its stamp.
pub fn max_demand(blocks: &[BlockMean]) -> Option<&BlockMean> {
    let complete = blocks
        .iter()
        .filter(|block| block.completeness() == Completeness::Complete);
    complete.max_by(|one, other| one.mean.total_cmp(&other.mean))
}

/// Averages the readings of one series, fed in order of time, over blocks of the local clock.
///
/// It holds one reading and one block, however long nothing comes.
#[derive(Debug, Clone)]
pub struct BlockAverager {
    calendar: SiteCalendar,
    length: BlockLength,
    averaging: Averaging,
    hold: SignedDuration,
    standing: Option<Standing>,
    open: Option<OpenBlock>,
    /// Blocks were answered up to here, and none is answered twice.
    closed_until: Timestamp,
}

/// The newest reading, and how far it has gone into blocks.
#[derive(Debug, Clone, Copy)]
struct Standing {
    at: Timestamp,
    value: Option<f64>,
    used_until: Timestamp,
}

/// How many polling periods a reading stands for at most.
const HOLD_PERIODS: i32 = 3;

impl BlockAverager {
    /// `period` is that of the readings, not of the blocks.
    pub fn new(
        calendar: SiteCalendar,
        length: BlockLength,
        averaging: Averaging,
        period: SignedDuration,
    ) -> Self {
        Self {
            calendar,
            length,
            averaging,
            hold: period * HOLD_PERIODS,
            standing: None,
            open: None,
            closed_until: Timestamp::MIN,
        }
    }

    /// Takes the next reading, `None` being one that is not available, and answers the blocks
    /// that are over now. A block that nothing stood in is not answered.
    ///
    /// # Errors
    ///
    /// [`FeedError::OutOfOrder`] unless the reading is later than all before.
    pub fn feed(&mut self, at: Timestamp, value: Option<f64>) -> Result<Vec<BlockMean>, FeedError> {
        if let Some(standing) = self.standing
            && standing.at >= at
        {
            let fed_until = standing.at;
            return Err(FeedError::OutOfOrder { at, fed_until });
        }
        let over = self.advance(at);
        self.standing = Some(Standing {
            at,
            value: value.filter(|value| value.is_finite()),
            used_until: at.max(self.closed_until),
        });
        Ok(over)
    }

    /// Answers the blocks that are over at an instant, although no reading came since.
    pub fn advance(&mut self, now: Timestamp) -> Vec<BlockMean> {
        let mut over = Vec::new();
        if let Some(standing) = &mut self.standing
            && let Some(value) = standing.value
        {
            let until = now.min(standing.at + self.hold);
            let unused = Span::new(standing.used_until, until);
            standing.used_until = until.max(standing.used_until);
            self.fill(value, unused, &mut over);
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.span.until <= now)
        {
            self.close(&mut over);
        }
        over
    }

    /// Ends the last block where the readings end: how much is missing of it is in its coverage.
    pub fn finish(mut self) -> Vec<BlockMean> {
        let stands_until = self.standing.map(|standing| standing.at + self.hold);
        let mut over = stands_until.map_or_else(Vec::new, |until| self.advance(until));
        self.close(&mut over);
        over
    }

    fn fill(&mut self, value: f64, span: Span, over: &mut Vec<BlockMean>) {
        let mut from = span.from;
        while from < span.until {
            if self
                .open
                .as_ref()
                .is_some_and(|open| open.span.until <= from)
            {
                self.close(over);
            }
            let step = CivilStep::Block(self.length);
            let calendar = &self.calendar;
            let open = self
                .open
                .get_or_insert_with(|| OpenBlock::new(calendar.step_at(step, from)));
            let until = span.until.min(open.span.until);
            open.add(self.averaging, value, Span::new(from, until));
            from = until;
        }
    }

    fn close(&mut self, over: &mut Vec<BlockMean>) {
        if let Some(open) = self.open.take() {
            self.closed_until = open.span.until;
            over.push(open.close(self.averaging));
        }
    }
}

#[derive(Debug, Clone)]
struct OpenBlock {
    span: Span,
    covered_s: f64,
    /// Weighted by seconds: values, squares, or cosines.
    sum: f64,
    /// Of an angle, the sines.
    sine_sum: f64,
    minimum: f64,
    maximum: f64,
}

impl OpenBlock {
    fn new(span: Span) -> Self {
        Self {
            span,
            covered_s: 0.0,
            sum: 0.0,
            sine_sum: 0.0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
        }
    }

    fn add(&mut self, averaging: Averaging, value: f64, span: Span) {
        let value = averaging.part_of(value);
        let seconds = span.length().as_secs_f64();
        self.covered_s += seconds;
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        match averaging {
            Averaging::Mean | Averaging::AboveZero | Averaging::BelowZero => {
                self.sum += value * seconds;
            }
            Averaging::RootMeanSquare => self.sum += value * value * seconds,
            Averaging::Angle => {
                let (sine, cosine) = value.to_radians().sin_cos();
                self.sum += cosine * seconds;
                self.sine_sum += sine * seconds;
            }
        }
    }

    fn close(self, averaging: Averaging) -> BlockMean {
        let mean = self.sum / self.covered_s;
        BlockMean {
            span: self.span,
            mean: match averaging {
                Averaging::Mean | Averaging::AboveZero | Averaging::BelowZero => mean,
                Averaging::RootMeanSquare => mean.sqrt(),
                Averaging::Angle => self.sine_sum.atan2(self.sum).to_degrees(),
            },
            minimum: self.minimum,
            maximum: self.maximum,
            coverage: (self.covered_s / self.span.length().as_secs_f64()).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests;
