use std::collections::BTreeMap;

use crate::encoding::Encoding;

/// Per encoding, the raw numbers that mean "not available".
#[derive(Debug, Clone, Default)]
pub(crate) struct Sentinels(BTreeMap<Encoding, Vec<i128>>);

impl Sentinels {
    pub(crate) fn set(&mut self, encoding: Encoding, raw: Vec<i128>) {
        self.0.insert(encoding, raw);
    }

    pub(crate) fn of(&self, encoding: Encoding) -> &[i128] {
        self.0.get(&encoding).map_or(&[], Vec::as_slice)
    }
}
