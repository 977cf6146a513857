//! Registers of a foreign device, filled by hand from the public tables.

use serde_json::{Map, Value, json};

/// Identification block of the range: 69 words at 50000, "SOCO", the family (400 DIRIS, 100
/// COUNTIS), the name in the extended name at 50058, two characters a word.
pub fn identification_of(family: u16, name: &str) -> Vec<u16> {
    let mut words = vec![0; 69];
    words[..4].copy_from_slice(&[0x0053, 0x004F, 0x0043, 0x004F]);
    words[4] = family;
    for (index, pair) in name.as_bytes().chunks(2).enumerate() {
        let low = pair.get(1).copied().unwrap_or(0);
        words[58 + index] = u16::from_be_bytes([pair[0], low]);
    }
    words
}

/// The same of a DIRIS.
pub fn identification(name: &str) -> Vec<u16> {
    identification_of(400, name)
}

/// A table of `words` zeroes with values of two words, high word first, put in by hand.
pub fn table(start: u16, words: usize, doubles: &[(u16, i64)], singles: &[(u16, i64)]) -> Vec<u16> {
    let mut table = vec![0; words];
    for (address, value) in doubles {
        let [high_1, high_2, low_1, low_2] = (*value as u32).to_be_bytes();
        table[usize::from(address - start)] = u16::from_be_bytes([high_1, high_2]);
        table[usize::from(address - start) + 1] = u16::from_be_bytes([low_1, low_2]);
    }
    for (address, value) in singles {
        table[usize::from(address - start)] = *value as u16;
    }
    table
}

/// One unit's registers: the blocks by their first address.
pub fn unit(blocks: &[(u16, Vec<u16>)]) -> Value {
    let blocks: Map<String, Value> = blocks
        .iter()
        .map(|(start, words)| (start.to_string(), json!(words)))
        .collect();
    Value::Object(blocks)
}
