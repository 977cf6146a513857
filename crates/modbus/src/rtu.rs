//! The frame of a serial line: a unit id, a PDU and a check sum, with silence around them.
//!
//! A frame does not say how long it is; the function of an answer does. So an answer begins at
//! the first byte that could begin one and ends by its length, or, if its rest never comes, by
//! silence. Everything else on the line is noise and skipped: unlike a TCP stream, a line that
//! is out of step is in step again after the next silence.

use crc::{CRC_16_MODBUS, Crc};

use crate::inbox::Inbox;
use crate::pdu;

const CHECK_SUM: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);
/// A unit id before and a check sum after the PDU.
pub(crate) const ENVELOPE_BYTES: usize = 3;
/// The shortest answer, an exception.
const FRAME_BYTES_MIN: usize = 2 + ENVELOPE_BYTES;
#[cfg(test)]
pub(crate) const FRAME_BYTES_MAX: usize = pdu::PDU_BYTES_MAX + ENVELOPE_BYTES;

/// One frame, as it lies in the inbox, its check sum found right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) unit_id: u8,
    pub(crate) pdu: &'a [u8],
}

/// Appends a frame to `out`; `encode_pdu` appends its PDU.
pub(crate) fn encode_frame(unit_id: u8, encode_pdu: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    let start = out.len();
    out.push(unit_id);
    encode_pdu(out);
    let check_sum = CHECK_SUM.checksum(&out[start..]);
    // The one number of Modbus that comes with its low byte first.
    out.extend_from_slice(&check_sum.to_le_bytes());
}

/// What begins at the first of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// An answer of so many bytes, check sum included.
    Frame(usize),
    /// An answer of which more may come.
    Unfinished,
    Noise,
}

fn beginning(bytes: &[u8]) -> Beginning {
    let Some((_unit_id, announced)) = bytes.split_first() else {
        return Beginning::Unfinished;
    };
    let size = match pdu::answer_bytes(announced) {
        pdu::AnswerBytes::Known(pdu) => pdu + ENVELOPE_BYTES,
        pdu::AnswerBytes::NotYetKnown => return Beginning::Unfinished,
        pdu::AnswerBytes::NoAnswer => return Beginning::Noise,
    };
    match bytes.get(..size) {
        None => Beginning::Unfinished,
        Some(frame) if has_right_check_sum(frame) => Beginning::Frame(size),
        Some(_) => Beginning::Noise,
    }
}

fn has_right_check_sum(frame: &[u8]) -> bool {
    frame
        .split_last_chunk()
        .is_some_and(|(summed, sum)| CHECK_SUM.checksum(summed) == u16::from_le_bytes(*sum))
}

/// Takes the next whole frame and the noise before it.
///
/// An unfinished frame is waited for, and nothing inside it is taken for another one, until
/// `is_silent` says that nothing more comes: then it was noise too.
pub(crate) fn next_frame(inbox: &mut Inbox, is_silent: bool) -> Option<Frame<'_>> {
    let size = loop {
        match beginning(inbox.unread()) {
            Beginning::Frame(size) => break size,
            Beginning::Unfinished if !is_silent => return None,
            Beginning::Unfinished if inbox.unread().len() < FRAME_BYTES_MIN => {
                inbox.clear();
                return None;
            }
            Beginning::Unfinished | Beginning::Noise => {
                inbox.take(1);
            }
        }
    };
    let frame = inbox.take(size);
    Some(Frame {
        unit_id: frame[0],
        pdu: &frame[1..size - 2],
    })
}

#[cfg(test)]
mod tests;
