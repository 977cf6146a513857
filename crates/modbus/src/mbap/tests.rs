use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    transaction_id: u16,
    unit_id: u8,
    pdu: Vec<u8>,
}

/// Puts bytes into the inbox piece by piece and takes out what there is after each.
fn frames_of(pieces: &[&[u8]]) -> (Vec<Owned>, Result<Inbox, FramingFault>) {
    let mut inbox = Inbox::default();
    let mut frames = Vec::new();
    for piece in pieces {
        inbox.space()[..piece.len()].copy_from_slice(piece);
        inbox.filled(piece.len());
        loop {
            match next_frame(&mut inbox) {
                Ok(Some(frame)) => frames.push(Owned {
                    transaction_id: frame.transaction_id,
                    unit_id: frame.unit_id,
                    pdu: frame.pdu.to_vec(),
                }),
                Ok(None) => break,
                Err(fault) => return (frames, Err(fault)),
            }
        }
    }
    (frames, Ok(inbox))
}

#[track_caller]
fn check_fault(bytes: &[u8], expected: FramingFault) {
    assert_eq!(frames_of(&[bytes]).1.unwrap_err(), expected);
}

#[track_caller]
fn check_unfinished(bytes: &[u8]) {
    let (frames, inbox) = frames_of(&[bytes]);
    assert_eq!(frames, []);
    assert!(!inbox.unwrap().unread().is_empty());
}

#[test]
fn a_frame_has_the_bytes_of_the_specification() {
    let mut bytes = Vec::new();
    encode_frame(0x1501, 0xFF, |pdu| pdu.extend([3, 0, 4, 0, 1]), &mut bytes);
    assert_eq!(bytes, [0x15, 0x01, 0, 0, 0, 6, 0xFF, 3, 0, 4, 0, 1]);
}

#[test]
fn a_foreign_protocol_is_known_by_its_first_four_bytes() {
    check_fault(&[1, 3, 20, 0], FramingFault::ProtocolId { found: 0x1400 });
    check_fault(b"HTTP/1.1 400", FramingFault::ProtocolId { found: 0x5450 });
    check_unfinished(&[1, 3, 20]);
}

#[test]
fn a_length_out_of_bounds_is_known_before_its_bytes_come() {
    for found in [0, 1, 255, 256, 65_535] {
        let [high, low] = u16::to_be_bytes(found);
        check_fault(&[0, 1, 0, 0, high, low], FramingFault::Length { found });
    }
    check_unfinished(&[0, 1, 0, 0, 0, 2]);
    check_unfinished(&[0, 1, 0, 0, 0, 254]);
}

#[test]
fn an_inbox_that_was_read_to_its_end_holds_no_half_frame() {
    let (frames, inbox) = frames_of(&[&[0, 1, 0, 0, 0, 3, 9, 0x83, 2]]);
    assert_eq!(frames.len(), 1);
    assert!(inbox.unwrap().unread().is_empty());
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in_however_they_are_cut(
        frames in proptest::collection::vec(
            (any::<u16>(), any::<u8>(), proptest::collection::vec(any::<u8>(), 1..=253)),
            1..12,
        ),
        piece_bytes in 1..=FRAME_BYTES_MAX,
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (transaction_id, unit_id, pdu) in frames {
            encode_frame(transaction_id, unit_id, |out| out.extend(&pdu), &mut bytes);
            expected.push(Owned { transaction_id, unit_id, pdu });
        }
        let pieces: Vec<&[u8]> = bytes.chunks(piece_bytes).collect();
        let (found, inbox) = frames_of(&pieces);
        prop_assert_eq!(found, expected);
        prop_assert!(inbox.unwrap().unread().is_empty());
    }

    #[test]
    fn arbitrary_bytes_never_fill_the_inbox(
        pieces in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![3 => Just(0), 1 => any::<u8>()], 0..=260),
            0..20,
        ),
    ) {
        // `frames_of` would panic on a piece that finds no space.
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let (frames, _) = frames_of(&pieces);
        for frame in frames {
            prop_assert!((1..=PDU_BYTES_MAX).contains(&frame.pdu.len()));
        }
    }
}
