use std::collections::BTreeMap;

use crate::ReadFunction;

/// A Modbus exception code that a device answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Modbus exception {0}")]
pub struct ExceptionCode(pub u8);

impl ExceptionCode {
    pub const ILLEGAL_DATA_ADDRESS: Self = Self(2);
}

/// All registers of a simulated device: the words of every declared table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterMemory {
    blocks: BTreeMap<(ReadFunction, u16), Vec<u16>>,
}

impl RegisterMemory {
    /// `count` words from `start`, as a device answers them.
    ///
    /// # Errors
    ///
    /// [`ExceptionCode::ILLEGAL_DATA_ADDRESS`] when a word lies outside the declared tables.
    pub fn read(
        &self,
        function: ReadFunction,
        start: u16,
        count: u16,
    ) -> Result<Vec<u16>, ExceptionCode> {
        let mut words = Vec::with_capacity(usize::from(count));
        let mut next = u32::from(start);
        let end = next + u32::from(count);
        while next < end {
            let (block_start, block) = self
                .blocks
                .range(..=(function, next as u16))
                .next_back()
                .filter(|((block_function, _), _)| *block_function == function)
                .map(|((_, block_start), block)| (u32::from(*block_start), block))
                .ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
            let first = (next - block_start) as usize;
            let last = ((end - block_start) as usize).min(block.len());
            let part = block
                .get(first..last)
                .filter(|part| !part.is_empty())
                .ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
            words.extend_from_slice(part);
            next += part.len() as u32;
            if next > u32::from(u16::MAX) + 1 {
                return Err(ExceptionCode::ILLEGAL_DATA_ADDRESS);
            }
        }
        Ok(words)
    }
}
