use profiles::ReadFunction::{Holding, Input};
use proptest::prelude::*;

use super::*;

fn encoded(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    request.encode(&mut bytes);
    bytes
}

/// A right answer to a read, written down independently of the codec.
fn read_answer(function: u8, words: &[u16]) -> Vec<u8> {
    let bytes = words
        .iter()
        .flat_map(|word| [(word >> 8) as u8, *word as u8]);
    [function, (2 * words.len()) as u8]
        .into_iter()
        .chain(bytes)
        .collect()
}

#[track_caller]
fn check_encoding(request: &Request, expected: &[u8]) {
    assert_eq!(encoded(request), expected);
}

// The examples of the "MODBUS Application Protocol Specification V1.1b3", 6.3, 6.4, 6.6, 6.12.
#[test]
fn requests_have_the_bytes_of_the_specification() {
    check_encoding(
        &Request::read(Holding, 107, 3).unwrap(),
        &[3, 0, 0x6B, 0, 3],
    );
    check_encoding(&Request::read(Input, 8, 1).unwrap(), &[4, 0, 8, 0, 1]);
    check_encoding(&Request::write_single(1, 3), &[6, 0, 1, 0, 3]);
    check_encoding(
        &Request::write_multiple(1, &[0x000A, 0x0102]).unwrap(),
        &[16, 0, 1, 0, 2, 4, 0, 0x0A, 1, 2],
    );
}

#[track_caller]
fn check_refused<T: std::fmt::Debug>(result: Result<T, InvalidRequest>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

#[test]
fn a_request_out_of_bounds_is_refused_before_it_is_sent() {
    check_refused(
        Request::read(Holding, 0, 0),
        "0 words from 0 are not between 1 and 125",
    );
    check_refused(
        Request::read(Input, 9, 126),
        "126 words from 9 are not between 1 and 125",
    );
    check_refused(
        Request::read(Holding, 65_535, 2),
        "2 words from 65535 reach past register 65535",
    );
    check_refused(
        Request::write_multiple(7, &[0; 124]),
        "124 words from 7 are not between 1 and 123",
    );
    check_refused(
        Request::write_multiple(7, &vec![0; 70_000]),
        "70000 words from 7 are not between 1 and 123",
    );
}

#[test]
fn the_last_register_can_be_read() {
    assert!(Request::read(Holding, 65_535, 1).is_ok());
    assert!(Request::read(Holding, 65_411, 125).is_ok());
}

#[track_caller]
fn check_answer(pdu: &[u8], expected: &Result<Answer, MalformedAnswer>) {
    let request = Request::read(Holding, 107, 2).unwrap();
    assert_eq!(&request.decode_answer(pdu), expected);
}

#[test]
fn an_answer_gives_the_words_asked_for() {
    let words = Answer::Words(vec![0x022B, 0xFFFF]);
    check_answer(&[3, 4, 0x02, 0x2B, 0xFF, 0xFF], &Ok(words));
}

#[test]
fn an_exception_is_an_answer() {
    for code in [0, 1, 2, 3, 4, 6, 11, 255] {
        check_answer(&[0x83, code], &Ok(Answer::Exception(ExceptionCode(code))));
    }
}

#[test]
fn an_answer_of_another_shape_is_malformed() {
    use MalformedAnswer::{ByteCount, Empty, Function, Length};
    check_answer(&[], &Err(Empty));
    check_answer(&[4, 4, 0, 0, 0, 0], &Err(Function { asked: 3, found: 4 }));
    check_answer(
        &[0x84, 2],
        &Err(Function {
            asked: 3,
            found: 0x84,
        }),
    );
    check_answer(
        &[3],
        &Err(Length {
            expected: 6,
            found: 1,
        }),
    );
    check_answer(
        &[3, 4, 0, 0, 0],
        &Err(Length {
            expected: 6,
            found: 5,
        }),
    );
    check_answer(
        &[3, 4, 0, 0, 0, 0, 0],
        &Err(Length {
            expected: 6,
            found: 7,
        }),
    );
    check_answer(
        &[3, 2, 0, 0],
        &Err(ByteCount {
            expected: 4,
            found: 2,
        }),
    );
    check_answer(
        &[3, 6, 0, 0, 0, 0],
        &Err(ByteCount {
            expected: 4,
            found: 6,
        }),
    );
    check_answer(
        &[0x83],
        &Err(Length {
            expected: 2,
            found: 1,
        }),
    );
    check_answer(
        &[0x83, 2, 0],
        &Err(Length {
            expected: 2,
            found: 3,
        }),
    );
}

#[test]
fn a_write_is_done_only_when_the_device_repeats_it() {
    let single = Request::write_single(0x1234, 0x5678);
    let echo = [6, 0x12, 0x34, 0x56, 0x78];
    assert_eq!(single.decode_answer(&echo), Ok(Answer::Written));
    let other_word = [6, 0x12, 0x34, 0x56, 0x79];
    assert_eq!(
        single.decode_answer(&other_word),
        Err(MalformedAnswer::Echo)
    );

    let multiple = Request::write_multiple(0x1234, &[1, 2, 3]).unwrap();
    let echo = [16, 0x12, 0x34, 0, 3];
    assert_eq!(multiple.decode_answer(&echo), Ok(Answer::Written));
    let other_count = [16, 0x12, 0x34, 0, 2];
    assert_eq!(
        multiple.decode_answer(&other_count),
        Err(MalformedAnswer::Echo)
    );
    let short = MalformedAnswer::Length {
        expected: 5,
        found: 4,
    };
    assert_eq!(multiple.decode_answer(&[16, 0x12, 0x34, 0]), Err(short));
}

proptest! {
    #[test]
    fn any_words_come_back_as_they_were_answered(
        start in 0..=65_000_u16,
        words in proptest::collection::vec(any::<u16>(), 1..=125),
        is_input in any::<bool>(),
    ) {
        let (function, number) = if is_input { (Input, 4) } else { (Holding, 3) };
        let request = Request::read(function, start, words.len() as u16).unwrap();
        let answer = request.decode_answer(&read_answer(number, &words));
        prop_assert_eq!(answer, Ok(Answer::Words(words)));
    }

    #[test]
    fn a_write_carries_its_words_in_order(
        start in 0..=65_000_u16,
        words in proptest::collection::vec(any::<u16>(), 1..=123),
    ) {
        let bytes = encoded(&Request::write_multiple(start, &words).unwrap());
        prop_assert!(bytes.len() <= PDU_BYTES_MAX);
        prop_assert_eq!(&bytes[..5], &[16, (start >> 8) as u8, start as u8, 0, words.len() as u8]);
        // From the byte count on a write looks like the answer to a read.
        prop_assert_eq!(&bytes[5..], &read_answer(0, &words)[1..]);
    }

    #[test]
    fn arbitrary_bytes_give_as_many_words_as_asked_or_none(
        count in 1..=125_u16,
        pdu in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let request = Request::read(Holding, 0, count).unwrap();
        if let Ok(Answer::Words(words)) = request.decode_answer(&pdu) {
            prop_assert_eq!(words.len(), usize::from(count));
        }
    }
}
