use std::ops::Range;
use std::sync::Arc;

use model::{Channel, Measurand, PointKind};

use crate::encoding::Encoding;
use crate::scale::Scale;
use crate::time::TimeForm;
use crate::{Confidence, PollClass};

/// A block of registers that a device answers as a whole, once per channel.
///
/// All addresses are those of the first instance; [`Table::offset`] gives the rest.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) id: String,
    pub(crate) start: u16,
    pub(crate) words: u16,
    pub(crate) class: PollClass,
    pub(crate) kind: PointKind,
    /// How many instances, when the profile says so; else as many as the kind has channels.
    pub(crate) count: Option<u8>,
    /// Words from one instance to the next.
    pub(crate) stride: u16,
    /// The word that is zero while the load is switched off; may lie in another table.
    pub(crate) load_status: Option<u16>,
    /// When the device computed this set of values.
    pub(crate) computed_at: Option<u16>,
    pub(crate) registers: Vec<Register>,
}

impl Table {
    /// Where instance `number` (from 1) lies behind the first; checked when the profile is read.
    pub(crate) fn offset(&self, number: u8) -> u16 {
        self.stride.saturating_mul(u16::from(number) - 1)
    }

    pub(crate) fn channel(&self, number: u8) -> Channel {
        Channel {
            kind: self.kind,
            number,
        }
    }

    /// First word and the one behind the last.
    pub(crate) fn span(&self) -> Range<u32> {
        let start = u32::from(self.start);
        start..start + u32::from(self.words)
    }

    pub(crate) fn contains(&self, words: &Range<u32>) -> bool {
        self.span().start <= words.start && words.end <= self.span().end
    }
}

/// One value of a table and all the words that make it.
#[derive(Debug, Clone)]
pub(crate) struct Register {
    pub(crate) measurand: Measurand,
    pub(crate) address: u16,
    pub(crate) encoding: Encoding,
    /// Of the raw number; of the joined number where there is a remainder.
    pub(crate) scale: Scale,
    pub(crate) remainder: Option<Remainder>,
    /// Of a state: the raw numbers that mean 0, 1, 2 and so on, where the device counts otherwise.
    pub(crate) codes: Option<Vec<i128>>,
    /// Of the value as it is shown: those of the scale, unless the register has no step of its own.
    pub(crate) decimals: u8,
    /// The word that holds a power of ten, which the value is multiplied with.
    pub(crate) exponent: Option<u16>,
    /// Where the device says when an extreme occurred or a period ended.
    pub(crate) occurred_at: Option<Moment>,
    /// The word that says whether a mean is complete and stamped by a set clock.
    pub(crate) quality: Option<u16>,
    /// Of a counter: the first count after the largest, where the vendor says so.
    pub(crate) rolls_at: Option<i64>,
    /// Raw numbers that mean "not available", when they differ from those of the profile.
    pub(crate) sentinels: Option<Vec<i128>>,
    pub(crate) confidence: Confidence,
    pub(crate) sources: Vec<Arc<str>>,
}

/// The words of a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) address: u16,
    pub(crate) form: TimeForm,
}

/// The fine part of a counter that is kept in two registers.
#[derive(Debug, Clone)]
pub(crate) struct Remainder {
    pub(crate) address: u16,
    pub(crate) encoding: Encoding,
    /// How many steps of the remainder make one step of the counter.
    pub(crate) modulus: i64,
}

impl Register {
    /// What one step of the value is worth: of a float, the last decimal that counts.
    pub(crate) fn step(&self) -> Scale {
        if self.encoding.is_float() || self.exponent.is_some() {
            Scale {
                factor: 1,
                decimals: self.decimals,
            }
        } else {
            self.scale
        }
    }

    /// The words that belong to this value alone.
    pub(crate) fn own_words(&self) -> impl Iterator<Item = Range<u32>> {
        let remainder = self
            .remainder
            .as_ref()
            .map(|remainder| words_at(remainder.address, remainder.encoding.words()));
        [words_at(self.address, self.encoding.words())]
            .into_iter()
            .chain(remainder)
    }

    /// The words that other values may share: the time of several values, their quality, their
    /// power of ten.
    pub(crate) fn shared_words(&self) -> impl Iterator<Item = Range<u32>> {
        let occurred_at = self
            .occurred_at
            .map(|moment| words_at(moment.address, moment.form.words()));
        let single = [self.quality, self.exponent].into_iter().flatten();
        occurred_at
            .into_iter()
            .chain(single.map(|address| words_at(address, 1)))
    }

    /// From the first word to the one behind the last: what one answer must hold as a whole.
    pub(crate) fn span(&self) -> Range<u32> {
        self.own_words()
            .chain(self.shared_words())
            .reduce(|all, part| all.start.min(part.start)..all.end.max(part.end))
            .expect("the value itself has words")
    }
}

pub(crate) fn words_at(address: u16, words: u16) -> Range<u32> {
    let start = u32::from(address);
    start..start + u32::from(words)
}
