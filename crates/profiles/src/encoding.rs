/// How a number lies in its registers: high word first, high byte first, two's complement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Encoding {
    /// One word with the value in its low byte.
    U8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
    /// Seconds since 2000-01-01 00:00:00, 32 bits unsigned.
    Datetime,
}

impl Encoding {
    pub(crate) const ALL: [Self; 8] = [
        Self::U8,
        Self::U16,
        Self::S16,
        Self::U32,
        Self::S32,
        Self::U64,
        Self::S64,
        Self::Datetime,
    ];

    /// The spelling in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::S16 => "s16",
            Self::U32 => "u32",
            Self::S32 => "s32",
            Self::U64 => "u64",
            Self::S64 => "s64",
            Self::Datetime => "datetime",
        }
    }

    pub(crate) fn words(self) -> u16 {
        match self {
            Self::U8 | Self::U16 | Self::S16 => 1,
            Self::U32 | Self::S32 | Self::Datetime => 2,
            Self::U64 | Self::S64 => 4,
        }
    }

    pub(crate) fn min(self) -> i128 {
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 | Self::Datetime => 0,
            Self::S16 => i16::MIN.into(),
            Self::S32 => i32::MIN.into(),
            Self::S64 => i64::MIN.into(),
        }
    }

    pub(crate) fn max(self) -> i128 {
        match self {
            Self::U8 => u8::MAX.into(),
            Self::U16 => u16::MAX.into(),
            Self::S16 => i16::MAX.into(),
            Self::U32 | Self::Datetime => u32::MAX.into(),
            Self::S32 => i32::MAX.into(),
            Self::U64 => u64::MAX.into(),
            Self::S64 => i64::MAX.into(),
        }
    }

    /// The number that the bits of `pattern` mean; what lies above the encoding's bits is cut.
    pub(crate) fn number_of_bits(self, pattern: u64) -> i128 {
        match self {
            Self::U8 => (pattern as u8).into(),
            Self::U16 => (pattern as u16).into(),
            Self::S16 => (pattern as u16 as i16).into(),
            Self::U32 | Self::Datetime => (pattern as u32).into(),
            Self::S32 => (pattern as u32 as i32).into(),
            Self::U64 => pattern.into(),
            Self::S64 => (pattern as i64).into(),
        }
    }

    /// The number in `words`, which are as many as [`Encoding::words`] says.
    pub(crate) fn read(self, words: &[u16]) -> i128 {
        let pattern = words
            .iter()
            .fold(0u64, |pattern, word| (pattern << 16) | u64::from(*word));
        self.number_of_bits(pattern)
    }

    /// Writes `number` into `words`, which are as many as [`Encoding::words`] says; a number out
    /// of range becomes the nearest in range.
    pub(crate) fn write(self, number: i128, words: &mut [u16]) {
        let mut pattern = number.clamp(self.min(), self.max()) as u64;
        for word in words.iter_mut().rev() {
            *word = pattern as u16;
            pattern >>= 16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(encoding: Encoding, words: &[u16], number: i128) {
        assert_eq!(encoding.read(words), number);
        let mut written = vec![0; words.len()];
        encoding.write(number, &mut written);
        assert_eq!(written, words);
    }

    #[test]
    fn the_high_word_comes_first() {
        check(Encoding::U32, &[0x0001, 0x0002], 65_538);
        check(Encoding::U64, &[0, 1, 0, 0], 1 << 32);
        check(Encoding::Datetime, &[0x3219, 0xF5C0], 0x3219_F5C0);
    }

    #[test]
    fn signed_numbers_are_twos_complement() {
        check(Encoding::S16, &[0xFFFF], -1);
        check(Encoding::S32, &[0xFFFF, 0xFFFE], -2);
        check(Encoding::S64, &[0x8000, 0, 0, 0], i64::MIN.into());
    }

    #[test]
    fn numbers_out_of_range_saturate() {
        let mut words = [0];
        Encoding::S16.write(40_000, &mut words);
        assert_eq!(words, [0x7FFF]);
        Encoding::U16.write(-1, &mut words);
        assert_eq!(words, [0]);
        Encoding::U8.write(300, &mut words);
        assert_eq!(words, [0x00FF]);
    }

    proptest! {
        #[test]
        fn every_number_in_range_reads_back(
            encoding in proptest::sample::select(Encoding::ALL.to_vec()),
            pattern in any::<u64>(),
        ) {
            let number = encoding.number_of_bits(pattern);
            let mut words = vec![0; encoding.words().into()];
            encoding.write(number, &mut words);
            prop_assert_eq!(encoding.read(&words), number);
        }
    }
}
