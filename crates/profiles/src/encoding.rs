use crate::word_order::WordOrder;

/// How a number lies in its registers: high byte first, two's complement.
///
/// A number is a whole number here; that of a float is its bits, which
/// [`Encoding::float_of_bits`] reads.
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
    /// IEEE 754, single precision.
    F32,
    /// IEEE 754, double precision.
    F64,
}

impl Encoding {
    pub(crate) const ALL: [Self; 10] = [
        Self::U8,
        Self::U16,
        Self::S16,
        Self::U32,
        Self::S32,
        Self::U64,
        Self::S64,
        Self::Datetime,
        Self::F32,
        Self::F64,
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
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    pub(crate) fn words(self) -> u16 {
        match self {
            Self::U8 | Self::U16 | Self::S16 => 1,
            Self::U32 | Self::S32 | Self::Datetime | Self::F32 => 2,
            Self::U64 | Self::S64 | Self::F64 => 4,
        }
    }

    pub(crate) fn min(self) -> i128 {
        match self {
            Self::U8
            | Self::U16
            | Self::U32
            | Self::U64
            | Self::Datetime
            | Self::F32
            | Self::F64 => 0,
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
            Self::U32 | Self::Datetime | Self::F32 => u32::MAX.into(),
            Self::S32 => i32::MAX.into(),
            Self::U64 | Self::F64 => u64::MAX.into(),
            Self::S64 => i64::MAX.into(),
        }
    }

    /// The number that the bits of `pattern` mean; what lies above the encoding's bits is cut.
    pub(crate) fn number_of_bits(self, pattern: u64) -> i128 {
        match self {
            Self::U8 => (pattern as u8).into(),
            Self::U16 => (pattern as u16).into(),
            Self::S16 => (pattern as u16 as i16).into(),
            Self::U32 | Self::Datetime | Self::F32 => (pattern as u32).into(),
            Self::S32 => (pattern as u32 as i32).into(),
            Self::U64 | Self::F64 => pattern.into(),
            Self::S64 => (pattern as i64).into(),
        }
    }

    /// The number in `words`, which are as many as [`Encoding::words`] says.
    pub(crate) fn read(self, words: &[u16], order: WordOrder) -> i128 {
        self.number_of_bits(order.join(words))
    }

    /// Writes `number` into `words`, which are as many as [`Encoding::words`] says; a number out
    /// of range becomes the nearest in range.
    pub(crate) fn write(self, number: i128, words: &mut [u16], order: WordOrder) {
        order.split(number.clamp(self.min(), self.max()) as u64, words);
    }

    /// What the bits of a float mean; `None` where the encoding has whole numbers.
    pub(crate) fn float_of_bits(self, bits: i128) -> Option<f64> {
        match self {
            Self::F32 => Some(f32::from_bits(bits as u32).into()),
            Self::F64 => Some(f64::from_bits(bits as u64)),
            _ => None,
        }
    }

    /// The bits of the float nearest to `value`; `None` where the encoding has whole numbers.
    pub(crate) fn bits_of_float(self, value: f64) -> Option<i128> {
        match self {
            Self::F32 => Some((value as f32).to_bits().into()),
            Self::F64 => Some(value.to_bits().into()),
            _ => None,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(encoding: Encoding, words: &[u16], number: i128) {
        check_order(encoding, words, WordOrder::HighFirst, number);
    }

    #[track_caller]
    fn check_order(encoding: Encoding, words: &[u16], order: WordOrder, number: i128) {
        assert_eq!(encoding.read(words, order), number);
        let mut written = vec![0; words.len()];
        encoding.write(number, &mut written, order);
        assert_eq!(written, words);
    }

    #[track_caller]
    fn check_float(encoding: Encoding, words: &[u16], value: f64) {
        let bits = encoding.read(words, WordOrder::HighFirst);
        assert_eq!(encoding.float_of_bits(bits), Some(value));
        assert_eq!(encoding.bits_of_float(value), Some(bits));
    }

    #[test]
    fn floats_are_ieee_754() {
        check_float(Encoding::F32, &[0x4366, 0x0000], 230.0);
        check_float(Encoding::F32, &[0xC0A0, 0x0000], -5.0);
        check_float(Encoding::F64, &[0x412E, 0x8480, 0, 0], 1_000_000.0);
        assert_eq!(Encoding::U32.float_of_bits(1), None);
    }

    #[test]
    fn the_low_word_comes_first_where_the_device_says_so() {
        let order = WordOrder::LowFirst;
        check_order(Encoding::U32, &[0x0002, 0x0001], order, 65_538);
        check_order(Encoding::S32, &[0xFFFE, 0xFFFF], order, -2);
        check_order(Encoding::U64, &[0, 0, 1, 0], order, 1 << 32);
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
        Encoding::S16.write(40_000, &mut words, WordOrder::HighFirst);
        assert_eq!(words, [0x7FFF]);
        Encoding::U16.write(-1, &mut words, WordOrder::HighFirst);
        assert_eq!(words, [0]);
        Encoding::U8.write(300, &mut words, WordOrder::HighFirst);
        assert_eq!(words, [0x00FF]);
    }

    proptest! {
        #[test]
        fn every_number_in_range_reads_back(
            encoding in proptest::sample::select(Encoding::ALL.to_vec()),
            order in proptest::sample::select(WordOrder::ALL.to_vec()),
            pattern in any::<u64>(),
        ) {
            let number = encoding.number_of_bits(pattern);
            let mut words = vec![0; encoding.words().into()];
            encoding.write(number, &mut words, order);
            prop_assert_eq!(encoding.read(&words, order), number);
        }
    }
}
