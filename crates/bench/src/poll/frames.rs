//! The bytes that go both ways: one request for 125 words, and answers that a meter could give.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub(super) const UNIT: u8 = 1;
pub(super) const START: u16 = 50512;
pub(super) const WORDS: u16 = 125;

pub(super) const REQUEST_BYTES: usize = 12;
/// Transaction id, protocol id, length, unit, function, number of bytes.
const HEAD_BYTES: usize = 9;
pub(super) const ANSWER_BYTES: usize = HEAD_BYTES + 2 * WORDS as usize;

/// Where the profile's counters lie, in words from [`START`]: they must not run backwards.
const COUNTERS: std::ops::Range<usize> = 112..124;
/// Answers until a counter moves on.
const ANSWERS_PER_STEP: u32 = 16;
/// Answers made beforehand, so that answering costs no more than sending them.
const PREPARED: usize = 64;

/// A request as any client sends it.
pub(super) fn request(transaction_id: u16) -> [u8; REQUEST_BYTES] {
    let mut bytes = [0; REQUEST_BYTES];
    bytes[..2].copy_from_slice(&transaction_id.to_be_bytes());
    bytes[5] = 6;
    bytes[6] = UNIT;
    bytes[7] = 3;
    bytes[8..10].copy_from_slice(&START.to_be_bytes());
    bytes[10..].copy_from_slice(&WORDS.to_be_bytes());
    bytes
}

/// Answers in turn, each with other values: every value wanders by small steps, as loads do.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    prepared: Vec<[u8; ANSWER_BYTES]>,
    given: u32,
}

impl Answers {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut values: Vec<u32> = (0..WORDS / 2)
            .map(|_| chance.random_range(500..40_000))
            .collect();
        let prepared = (0..PREPARED).map(|_| {
            for value in &mut values {
                *value = value.saturating_add_signed(chance.random_range(-20..=20));
            }
            prepared(&values)
        });
        Self {
            prepared: prepared.collect(),
            given: 0,
        }
    }

    /// The answer to `request`, which asks for the words that all ask for.
    pub(super) fn next(&mut self, request: &[u8; REQUEST_BYTES]) -> &[u8; ANSWER_BYTES] {
        self.given = self.given.wrapping_add(1);
        let steps = (self.given / ANSWERS_PER_STEP).to_be_bytes();
        let answer = &mut self.prepared[self.given as usize % PREPARED];
        answer[..2].copy_from_slice(&request[..2]);
        answer[6] = request[6];
        for counter in COUNTERS.step_by(2) {
            let at = HEAD_BYTES + 2 * counter;
            answer[at..at + 4].copy_from_slice(&steps);
        }
        answer
    }
}

/// Two words for each value, the high one first, and a last word that is zero.
fn prepared(values: &[u32]) -> [u8; ANSWER_BYTES] {
    let mut bytes = [0; ANSWER_BYTES];
    bytes[4..6].copy_from_slice(&(ANSWER_BYTES as u16 - 6).to_be_bytes());
    bytes[7] = 3;
    bytes[8] = 2 * WORDS as u8;
    for (value, place) in values.iter().zip(bytes[HEAD_BYTES..].chunks_exact_mut(4)) {
        place.copy_from_slice(&value.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_that_of_its_request_and_its_counters_never_run_backwards() {
        let mut answers = Answers::new(1);
        let mut before = 0;
        for id in 0..200 {
            let answer = answers.next(&request(id));
            assert_eq!(
                answer[..9],
                [(id >> 8) as u8, id as u8, 0, 0, 0, 253, UNIT, 3, 250]
            );
            let counter = u32::from_be_bytes(answer[233..237].try_into().unwrap());
            assert!(before <= counter);
            before = counter;
        }
        assert_eq!(before, 12);
    }
}
