//! The frame of Modbus TCP: transaction id, protocol id, length and unit id before each PDU.
//!
//! A stream that is out of step cannot be brought back into step, since nothing marks where a
//! frame begins: every [`FramingFault`] ends the connection.

use crate::fault::FramingFault;
use crate::inbox::Inbox;
use crate::pdu::PDU_BYTES_MAX;

/// Transaction id, protocol id, length: what comes before the bytes that the length counts.
const PREFIX_BYTES: usize = 6;
/// The prefix and the unit id.
const HEADER_BYTES: usize = PREFIX_BYTES + 1;
pub(crate) const FRAME_BYTES_MAX: usize = HEADER_BYTES + PDU_BYTES_MAX;
/// A unit id and a function, at least.
pub(crate) const LENGTH_MIN: usize = 2;
/// A unit id and the longest PDU.
pub(crate) const LENGTH_MAX: usize = 1 + PDU_BYTES_MAX;
/// One frame, as it lies in the inbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) transaction_id: u16,
    pub(crate) unit_id: u8,
    pub(crate) pdu: &'a [u8],
}

/// Appends a frame to `out`; `encode_pdu` appends its PDU.
pub(crate) fn encode_frame(
    transaction_id: u16,
    unit_id: u8,
    encode_pdu: impl FnOnce(&mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    let start = out.len();
    out.extend_from_slice(&transaction_id.to_be_bytes());
    out.extend_from_slice(&[0, 0, 0, 0, unit_id]);
    encode_pdu(out);
    let length = (out.len() - start - PREFIX_BYTES) as u16;
    out[start + 4..start + PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
}

/// How many bytes the frame at the beginning of `bytes` has; `None` while that is not known or
/// they are not all there. What can be checked is checked at once, before the rest has come.
fn frame_bytes(bytes: &[u8]) -> Result<Option<usize>, FramingFault> {
    let Some(&[_, _, protocol_high, protocol_low]) = bytes.first_chunk() else {
        return Ok(None);
    };
    let protocol_id = u16::from_be_bytes([protocol_high, protocol_low]);
    if protocol_id != 0 {
        return Err(FramingFault::ProtocolId { found: protocol_id });
    }
    let Some(&[.., length_high, length_low]) = bytes.first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let length = u16::from_be_bytes([length_high, length_low]);
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&usize::from(length)) {
        return Err(FramingFault::Length { found: length });
    }
    let frame = PREFIX_BYTES + usize::from(length);
    Ok((frame <= bytes.len()).then_some(frame))
}

/// Takes the next whole frame.
pub(crate) fn next_frame(inbox: &mut Inbox) -> Result<Option<Frame<'_>>, FramingFault> {
    let Some(size) = frame_bytes(inbox.unread())? else {
        return Ok(None);
    };
    let frame = inbox.take(size);
    Ok(Some(Frame {
        transaction_id: u16::from_be_bytes([frame[0], frame[1]]),
        unit_id: frame[PREFIX_BYTES],
        pdu: &frame[HEADER_BYTES..],
    }))
}

#[cfg(test)]
mod tests;
