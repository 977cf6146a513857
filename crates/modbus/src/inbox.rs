//! What has come over a connection and is not read yet, in one buffer of fixed size.

use crate::mbap::FRAME_BYTES_MAX;

/// A few frames at once, of either framing; one more byte than the longest would do.
const INBOX_BYTES: usize = 4 * FRAME_BYTES_MAX;

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
    /// Where the next bytes go; never empty while less than a frame is left unread.
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

    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Takes the first `count` of the unread bytes.
    pub(crate) fn take(&mut self, count: usize) -> &[u8] {
        let taken = self.start..self.start + count;
        self.start = taken.end;
        debug_assert!(self.start <= self.end, "more bytes taken than there are");
        &self.bytes[taken]
    }

    pub(crate) fn clear(&mut self) {
        self.start = self.end;
    }
}
