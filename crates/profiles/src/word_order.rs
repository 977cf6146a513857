/// Which word of a number comes first in its registers. The bytes of a word always come high first,
/// and texts are no numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordOrder {
    HighFirst,
    LowFirst,
}

impl WordOrder {
    pub(crate) const ALL: [Self; 2] = [Self::HighFirst, Self::LowFirst];

    /// The spelling in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HighFirst => "high_first",
            Self::LowFirst => "low_first",
        }
    }

    /// The bits of the number in `words`, of which there are four at most.
    pub(crate) fn join(self, words: &[u16]) -> u64 {
        let joined = |bits: u64, word: &u16| (bits << 16) | u64::from(*word);
        match self {
            Self::HighFirst => words.iter().fold(0, joined),
            Self::LowFirst => words.iter().rev().fold(0, joined),
        }
    }

    /// Puts the low bits of `bits` into `words`.
    pub(crate) fn split(self, mut bits: u64, words: &mut [u16]) {
        let put = |word: &mut u16| {
            *word = bits as u16;
            bits >>= 16;
        };
        match self {
            Self::HighFirst => words.iter_mut().rev().for_each(put),
            Self::LowFirst => words.iter_mut().for_each(put),
        }
    }
}
