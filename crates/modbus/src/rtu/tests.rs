use proptest::prelude::*;

use super::*;
use crate::pdu::PDU_BYTES_MAX;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    unit_id: u8,
    pdu: Vec<u8>,
}

impl Owned {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_frame(self.unit_id, |pdu| pdu.extend(&self.pdu), &mut bytes);
        bytes
    }
}

fn answer(unit_id: u8, pdu: &[u8]) -> Owned {
    let pdu = pdu.to_vec();
    Owned { unit_id, pdu }
}

/// Puts bytes into the inbox piece by piece and takes out what there is after each, and after the
/// silence at the end.
fn frames_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Owned> {
    let mut inbox = Inbox::default();
    let mut frames = Vec::new();
    let mut take = |inbox: &mut Inbox, is_silent| {
        while let Some(frame) = next_frame(inbox, is_silent) {
            frames.push(answer(frame.unit_id, frame.pdu));
        }
    };
    for piece in pieces {
        inbox.space()[..piece.len()].copy_from_slice(piece);
        inbox.filled(piece.len());
        take(&mut inbox, false);
    }
    take(&mut inbox, true);
    assert!(inbox.unread().is_empty(), "after a silence nothing is left");
    frames
}

#[track_caller]
fn check(bytes: &[u8], expected: &[Owned]) {
    assert_eq!(frames_of([bytes]), expected);
}

#[test]
fn a_frame_has_the_bytes_of_other_programs() {
    let mut bytes = Vec::new();
    encode_frame(0x11, |pdu| pdu.extend([3, 0, 0x6B, 0, 3]), &mut bytes);
    assert_eq!(bytes, [0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x87]);
    check(
        &[0x01, 3, 2, 0x00, 0x05, 0x78, 0x47],
        &[answer(1, &[3, 2, 0x00, 0x05])],
    );
    check(&[0x0A, 0x81, 2, 0xB0, 0x53], &[]);
    check(&[0x01, 0x83, 2, 0xC0, 0xF1], &[answer(1, &[0x83, 2])]);
}

#[test]
fn an_answer_with_a_wrong_check_sum_is_no_answer() {
    let right = answer(5, &[3, 4, 1, 2, 3, 4]).bytes();
    for position in 0..right.len() {
        for bit in 0..8 {
            let mut wrong = right.clone();
            wrong[position] ^= 1 << bit;
            check(&wrong, &[]);
        }
    }
}

#[test]
fn noise_before_an_answer_is_skipped() {
    let right = answer(5, &[4, 4, 1, 2, 3, 4]);
    for noise in [
        &[0x00][..],
        &[0xFF, 0xFF],
        // The beginning of a longer answer, and of an exception.
        &[5, 3],
        &[5, 3, 4, 9],
        &[5, 0x83],
        &[4, 5, 4],
        // An echo of the request, as some adapters give it.
        &[5, 4, 0, 0, 0, 2, 0x70, 0x4F],
    ] {
        check(
            &[noise, &right.bytes()].concat(),
            std::slice::from_ref(&right),
        );
    }
}

#[test]
fn nothing_inside_an_answer_is_taken_for_another_one() {
    // The registers of the outer one hold the bytes of the inner one.
    let inner = answer(5, &[3, 2, 0x12, 0x34]);
    let registers = [&[0][..], &inner.bytes()].concat();
    let pdu = [&[3, 8][..], &registers].concat();
    let outer = answer(5, &pdu);
    let bytes = outer.bytes();
    let all_but_the_end = &bytes[..bytes.len() - 1];
    assert_eq!(
        frames_of([all_but_the_end, &bytes[bytes.len() - 1..]]),
        [outer]
    );
}

#[test]
fn what_an_unfinished_answer_hid_is_found_after_a_silence() {
    let right = answer(5, &[3, 2, 0x12, 0x34]);
    check(
        &[&[5, 3, 200][..], &right.bytes()].concat(),
        std::slice::from_ref(&right),
    );
}

#[test]
fn an_answer_never_announces_half_a_word_or_too_many() {
    for announced in [0, 1, 3, 251, 252, 254, 255] {
        assert_eq!(beginning(&[5, 3, announced]), Beginning::Noise);
    }
    assert_eq!(beginning(&[5, 3, 2]), Beginning::Unfinished);
    assert_eq!(beginning(&[5, 3, 250]), Beginning::Unfinished);
}

fn any_answer() -> impl Strategy<Value = Owned> {
    let pdu = prop_oneof![
        (3u8..=4, 1usize..=125, any::<u8>()).prop_map(|(function, words, fill)| {
            let mut pdu = vec![function, (2 * words) as u8];
            pdu.extend((0..2 * words).map(|index| fill.wrapping_mul(index as u8) ^ fill));
            pdu
        }),
        (prop_oneof![Just(6u8), Just(16)], any::<[u8; 4]>()).prop_map(|(function, echo)| [
            &[function][..],
            &echo
        ]
        .concat()),
        (
            prop_oneof![Just(3u8), Just(4), Just(6), Just(16)],
            any::<u8>()
        )
            .prop_map(|(function, code)| vec![function | 0x80, code]),
    ];
    (any::<u8>(), pdu).prop_map(|(unit_id, pdu)| Owned { unit_id, pdu })
}

/// Bytes none of which is a function, so that no frame begins before the next.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>().prop_map(|byte| byte | 0x40), 0..40)
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in_however_they_are_cut(
        frames in proptest::collection::vec(any_answer(), 1..12),
        piece_bytes in 1..=FRAME_BYTES_MAX,
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(Owned::bytes).collect();
        prop_assert_eq!(frames_of(bytes.chunks(piece_bytes)), frames);
    }

    #[test]
    fn a_frame_after_noise_is_found(
        noise in noise(),
        // A unit whose number is a function may make the last of the noise begin a frame.
        frame in any_answer().prop_filter("no function", |frame| !matches!(frame.unit_id & 0x7F, 3 | 4 | 6 | 16)),
        piece_bytes in 1..=FRAME_BYTES_MAX,
    ) {
        let bytes = [noise, frame.bytes()].concat();
        prop_assert_eq!(frames_of(bytes.chunks(piece_bytes)), [frame]);
    }

    #[test]
    fn arbitrary_bytes_never_fill_the_inbox(
        pieces in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![3 => 3u8..=4, 1 => any::<u8>()], 0..=FRAME_BYTES_MAX),
            0..20,
        ),
    ) {
        // `frames_of` would panic on a piece that finds no space.
        for frame in frames_of(pieces.iter().map(Vec::as_slice)) {
            prop_assert!((2..=PDU_BYTES_MAX).contains(&frame.pdu.len()));
        }
    }
}
