//! Device clocks: seconds since 2000-01-01 00:00:00, or a date and a time of day in six words, in
//! a zone that no register table states, taken as UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::encoding::Encoding;
use crate::word_order::WordOrder;

/// How a device writes when something occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// [`Encoding::Datetime`].
    Datetime,
    /// Six words: day, month, year, hour, minute, second.
    Civil,
}

impl TimeForm {
    pub(crate) const ALL: [Self; 2] = [Self::Datetime, Self::Civil];

    /// The spelling in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Datetime => "datetime",
            Self::Civil => "civil",
        }
    }

    pub(crate) fn words(self) -> u16 {
        match self {
            Self::Datetime => Encoding::Datetime.words(),
            Self::Civil => 6,
        }
    }

    /// The moment in `words`, which are as many as [`TimeForm::words`] says. `never` lists the
    /// seconds that stand for no moment; a date that was never written is all zeroes or all ones.
    ///
    /// # Errors
    ///
    /// Why the words are no date.
    pub(crate) fn read(
        self,
        words: &[u16],
        order: WordOrder,
        never: &[i128],
    ) -> Result<Option<Timestamp>, String> {
        match self {
            Self::Datetime => {
                let raw = Encoding::Datetime.read(words, order);
                Ok(if never.contains(&raw) {
                    None
                } else {
                    device_seconds_to_timestamp(raw)
                })
            }
            Self::Civil => {
                let is_all = |filler: u16| words.iter().all(|word| *word == filler);
                if is_all(0) || is_all(u16::MAX) {
                    return Ok(None);
                }
                let at = civil_to_timestamp(words);
                at.map(Some).ok_or_else(|| {
                    format!("{words:?} is no day, month, year, hour, minute, second")
                })
            }
        }
    }

    pub(crate) fn write(self, at: Timestamp, words: &mut [u16], order: WordOrder) {
        match self {
            Self::Datetime => {
                Encoding::Datetime.write(device_seconds_from_timestamp(at), words, order);
            }
            Self::Civil => {
                let civil = TimeZone::UTC.to_datetime(at);
                let parts = [
                    civil.day().into(),
                    civil.month().into(),
                    civil.year(),
                    civil.hour().into(),
                    civil.minute().into(),
                    civil.second().into(),
                ];
                for (word, part) in words.iter_mut().zip(parts) {
                    *word = part as u16;
                }
            }
        }
    }
}

/// Years below this are counted from 2000: some devices write two digits.
const FULL_YEAR_MIN: i16 = 100;

fn civil_to_timestamp(words: &[u16]) -> Option<Timestamp> {
    let part = |index: usize| i8::try_from(*words.get(index)?).ok();
    let year = i16::try_from(*words.get(2)?).ok()?;
    let year = if year < FULL_YEAR_MIN {
        2000 + year
    } else {
        year
    };
    let civil = DateTime::new(year, part(1)?, part(0)?, part(3)?, part(4)?, part(5)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// 2000-01-01 00:00:00 UTC in seconds since 1970.
const EPOCH_2000_S: i64 = 946_684_800;

pub(crate) fn device_seconds_to_unix(seconds: i128) -> f64 {
    seconds as f64 + EPOCH_2000_S as f64
}

/// `None` beyond the end of the calendar, which 32 bits do not reach.
fn device_seconds_to_timestamp(seconds: i128) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds).ok()?;
    Timestamp::from_second(seconds.checked_add(EPOCH_2000_S)?).ok()
}

pub(crate) fn device_seconds_from_timestamp(at: Timestamp) -> i128 {
    i128::from(at.as_second() - EPOCH_2000_S)
}

pub(crate) fn device_seconds_from_unix(seconds: f64) -> i128 {
    (seconds - EPOCH_2000_S as f64).round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(form: TimeForm, words: &[u16], expected: Option<&str>) {
        let expected = expected.map(|at| at.parse().unwrap());
        assert_eq!(form.read(words, WordOrder::HighFirst, &[0]), Ok(expected));
    }

    #[test]
    fn a_moment_is_seconds_since_2000_or_a_date_in_six_words() {
        let at = Some("2026-03-04T10:15:08Z");
        check(TimeForm::Datetime, &[0x313A, 0xC2AC], at);
        check(TimeForm::Civil, &[4, 3, 2026, 10, 15, 8], at);
        check(TimeForm::Civil, &[4, 3, 26, 10, 15, 8], at);
    }

    #[test]
    fn never_is_no_moment() {
        check(TimeForm::Datetime, &[0, 0], None);
        check(TimeForm::Civil, &[0; 6], None);
        check(TimeForm::Civil, &[u16::MAX; 6], None);
    }

    #[test]
    fn what_is_no_date_says_so() {
        for words in [
            [31, 2, 2026, 0, 0, 0],
            [1, 13, 2026, 0, 0, 0],
            [1, 1, 2026, 24, 0, 0],
            [300, 1, 2026, 0, 0, 0],
            [1, 1, 65_000, 0, 0, 0],
        ] {
            assert!(
                TimeForm::Civil
                    .read(&words, WordOrder::HighFirst, &[])
                    .is_err(),
                "{words:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_moment_of_this_century_reads_back(
            form in proptest::sample::select(TimeForm::ALL.to_vec()),
            order in proptest::sample::select(WordOrder::ALL.to_vec()),
            second in 1_000_000_000i64..4_000_000_000,
        ) {
            let at = Timestamp::from_second(second).unwrap();
            let mut words = vec![0; form.words().into()];
            form.write(at, &mut words, order);
            prop_assert_eq!(form.read(&words, order, &[0]), Ok(Some(at)));
        }
    }
}
