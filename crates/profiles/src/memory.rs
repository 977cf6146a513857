use std::collections::BTreeMap;

use crate::ReadFunction;

/// A Modbus exception code that a device answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Modbus exception {0}")]
pub struct ExceptionCode(pub u8);

impl ExceptionCode {
    pub const ILLEGAL_FUNCTION: Self = Self(1);
    pub const ILLEGAL_DATA_ADDRESS: Self = Self(2);
    pub const ILLEGAL_DATA_VALUE: Self = Self(3);
}

/// All registers of a simulated device: the words of every declared table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterMemory {
    /// Blocks by function and first register; they do not overlap.
    blocks: BTreeMap<(ReadFunction, u16), Vec<u16>>,
}

impl RegisterMemory {
    pub(crate) fn put(&mut self, function: ReadFunction, start: u16, words: Vec<u16>) {
        self.blocks.insert((function, start), words);
    }

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
        while words.len() < usize::from(count) {
            let missing = usize::from(count) - words.len();
            let part = u16::try_from(usize::from(start) + words.len())
                .ok()
                .and_then(|address| self.from(function, address))
                .ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)?;
            words.extend_from_slice(&part[..missing.min(part.len())]);
        }
        Ok(words)
    }

    /// The words from `address` to the end of its block; never empty.
    fn from(&self, function: ReadFunction, address: u16) -> Option<&[u16]> {
        let (key, block) = self.blocks.range(..=(function, address)).next_back()?;
        let (block_function, start) = *key;
        let part = block.get(usize::from(address - start)..)?;
        (block_function == function && !part.is_empty()).then_some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(start: u16, count: u16, expected: Option<&[u16]>) {
        let mut memory = RegisterMemory::default();
        memory.put(ReadFunction::Holding, 10, vec![1, 2, 3]);
        memory.put(ReadFunction::Holding, 13, vec![4]);
        memory.put(ReadFunction::Holding, u16::MAX, vec![9]);
        let words = memory.read(ReadFunction::Holding, start, count);
        assert_eq!(
            words,
            expected
                .map(<[u16]>::to_vec)
                .ok_or(ExceptionCode::ILLEGAL_DATA_ADDRESS)
        );
    }

    #[test]
    fn a_read_may_span_neighbouring_tables() {
        check(10, 3, Some(&[1, 2, 3]));
        check(11, 3, Some(&[2, 3, 4]));
        check(u16::MAX, 1, Some(&[9]));
    }

    #[test]
    fn a_read_beyond_the_tables_is_refused_as_a_whole() {
        check(9, 2, None);
        check(12, 3, None);
        check(u16::MAX, 2, None);
    }

    #[test]
    fn functions_have_registers_of_their_own() {
        let mut memory = RegisterMemory::default();
        memory.put(ReadFunction::Holding, 10, vec![1]);
        let words = memory.read(ReadFunction::Input, 10, 1);
        assert_eq!(words, Err(ExceptionCode::ILLEGAL_DATA_ADDRESS));
    }
}
