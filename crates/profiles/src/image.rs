use jiff::Timestamp;

use crate::ReadFunction;

/// The words of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterBlock {
    pub function: ReadFunction,
    pub start: u16,
    pub words: Vec<u16>,
    /// When the answer came, by the server's clock.
    pub at: Timestamp,
}

/// What one sweep of a device brought: the blocks that were answered, nothing for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterImage {
    pub blocks: Vec<RegisterBlock>,
}

impl RegisterImage {
    /// `count` words from `start`, if one answer holds them all: a value is never put together
    /// from two answers.
    pub fn words(
        &self,
        function: ReadFunction,
        start: u16,
        count: u16,
    ) -> Option<(&[u16], Timestamp)> {
        self.blocks.iter().find_map(|block| {
            let first = usize::from(start.checked_sub(block.start)?);
            let words = block.words.get(first..first + usize::from(count))?;
            (block.function == function).then_some((words, block.at))
        })
    }
}
