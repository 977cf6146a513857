//! The frame of Modbus TCP: transaction id, protocol id, length and unit id before each PDU.
//!
//! A stream that is out of step cannot be brought back into step, since nothing marks where a
//! frame begins: every [`FramingFault`] ends the connection.

use crate::pdu::PDU_BYTES_MAX;

/// Transaction id, protocol id, length: what comes before the bytes that the length counts.
const PREFIX_BYTES: usize = 6;
/// The prefix and the unit id.
const HEADER_BYTES: usize = PREFIX_BYTES + 1;
pub(crate) const FRAME_BYTES_MAX: usize = HEADER_BYTES + PDU_BYTES_MAX;
/// A unit id and a function, at least.
const LENGTH_MIN: usize = 2;
/// A unit id and the longest PDU.
const LENGTH_MAX: usize = 1 + PDU_BYTES_MAX;
/// A few frames at once; one more byte than the longest frame would do.
const INBOX_BYTES: usize = 4 * FRAME_BYTES_MAX;

/// Why a stream of bytes is not, or no longer, Modbus TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingFault {
    #[error("protocol id {found} instead of 0, as a peer that speaks RTU over TCP would send it")]
    ProtocolId { found: u16 },
    #[error("a frame of length {found} instead of {LENGTH_MIN} to {LENGTH_MAX}")]
    Length { found: u16 },
    #[error("{count} frames in a row that nobody had asked for")]
    Unasked { count: usize },
    #[error("the answer was not complete when its time was over")]
    HalfFrame,
}

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

/// What has come and is not read yet, in one buffer of fixed size.
#[derive(Debug)]
pub(crate) struct Inbox {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            bytes: vec![0; INBOX_BYTES].into(),
            start: 0,
            end: 0,
        }
    }
}

impl Inbox {
    /// Where the next bytes go; never empty once [`Inbox::next_frame`] has answered `None`.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        &mut self.bytes[self.end..]
    }

    /// The first `count` bytes of [`Inbox::space`] are filled.
    pub(crate) fn filled(&mut self, count: usize) {
        self.end += count;
        debug_assert!(self.end <= self.bytes.len(), "more bytes than space");
    }

    /// Takes the next whole frame.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FramingFault> {
        let Some(size) = frame_bytes(&self.bytes[self.start..self.end])? else {
            return Ok(None);
        };
        let frame = &self.bytes[self.start..self.start + size];
        self.start += size;
        Ok(Some(Frame {
            transaction_id: u16::from_be_bytes([frame[0], frame[1]]),
            unit_id: frame[PREFIX_BYTES],
            pdu: &frame[HEADER_BYTES..],
        }))
    }

    /// Bytes of a frame whose rest has not come.
    pub(crate) fn has_half_a_frame(&self) -> bool {
        self.start < self.end
    }
}

#[cfg(test)]
mod tests;
