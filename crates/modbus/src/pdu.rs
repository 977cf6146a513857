//! What is asked and what is answered, without any framing: functions 3, 4, 6 and 16.
//!
//! A [`Request`] cannot be built with a bound broken, and it alone can read its answer, since
//! a read answer says neither which registers it holds nor how many were asked for.

use profiles::{ReadFunction, ReadRequest};

use crate::ExceptionCode;

/// Most words in one read: what fits the byte count of an answer and its 253 bytes.
pub const READ_WORDS_MAX: u16 = 125;
/// Most words in one write: the request carries five bytes more than a read's answer.
pub const WRITE_WORDS_MAX: u16 = 123;
/// Most bytes of a request or an answer without framing, from the 256 of a serial frame.
pub(crate) const PDU_BYTES_MAX: usize = 253;

const READ_HOLDING: u8 = 3;
const READ_INPUT: u8 = 4;
const WRITE_SINGLE: u8 = 6;
const WRITE_MULTIPLE: u8 = 16;
/// A function and an exception code.
const EXCEPTION_BYTES: usize = 2;
/// A function and two words that repeat what was asked.
const WRITE_ANSWER_BYTES: usize = 5;
/// Set in the function of an answer that is an exception.
const EXCEPTION_BIT: u8 = 0x80;

/// A request that keeps to the bounds of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request(Body);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    Read {
        function: ReadFunction,
        start: u16,
        count: u16,
    },
    WriteSingle {
        address: u16,
        word: u16,
    },
    WriteMultiple {
        start: u16,
        words: Vec<u16>,
    },
}

/// What came back for a request, and fits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As many words as were asked for.
    Words(Vec<u16>),
    /// The device repeated what it was told to write.
    Written,
    Exception(ExceptionCode),
}

/// A request that no device could answer, refused before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    #[error("{count} words from {start} are not between 1 and {count_max}")]
    WordCount {
        start: u16,
        count: usize,
        count_max: u16,
    },
    #[error("{count} words from {start} reach past register 65535")]
    PastLastRegister { start: u16, count: u16 },
}

/// An answer that does not fit what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedAnswer {
    #[error("the answer is empty")]
    Empty,
    #[error("function {asked} was asked, {found} was answered")]
    Function { asked: u8, found: u8 },
    #[error("{expected} bytes were due, {found} came")]
    Length { expected: usize, found: usize },
    #[error("{expected} bytes of registers were due, the answer announces {found}")]
    ByteCount { expected: usize, found: u8 },
    #[error("the answer does not repeat what was to be written")]
    Echo,
    #[error("unit {asked} was asked, unit {found} answered")]
    UnitId { asked: u8, found: u8 },
    #[error("{bytes} bytes came whose check sum is wrong")]
    Garbled { bytes: usize },
    #[error("an earlier request is unanswered, and a late answer to it could not be told apart")]
    Ambiguous,
}

impl Request {
    pub(crate) fn read(
        function: ReadFunction,
        start: u16,
        count: u16,
    ) -> Result<Self, InvalidRequest> {
        check_words(start, usize::from(count), READ_WORDS_MAX)?;
        Ok(Self(Body::Read {
            function,
            start,
            count,
        }))
    }

    pub(crate) fn write_single(address: u16, word: u16) -> Self {
        Self(Body::WriteSingle { address, word })
    }

    pub(crate) fn write_multiple(start: u16, words: &[u16]) -> Result<Self, InvalidRequest> {
        check_words(start, words.len(), WRITE_WORDS_MAX)?;
        Ok(Self(Body::WriteMultiple {
            start,
            words: words.to_vec(),
        }))
    }

    /// Whether sending it twice does no harm.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.0, Body::Read { .. })
    }

    fn function(&self) -> u8 {
        match &self.0 {
            Body::Read { function, .. } => match function {
                ReadFunction::Holding => READ_HOLDING,
                ReadFunction::Input => READ_INPUT,
            },
            Body::WriteSingle { .. } => WRITE_SINGLE,
            Body::WriteMultiple { .. } => WRITE_MULTIPLE,
        }
    }

    /// Appends the request to `out`, at most [`PDU_BYTES_MAX`] bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.function());
        match &self.0 {
            Body::Read { start, count, .. } => push_words(out, &[*start, *count]),
            Body::WriteSingle { address, word } => push_words(out, &[*address, *word]),
            Body::WriteMultiple { start, words } => {
                push_words(out, &[*start, words.len() as u16]);
                out.push((2 * words.len()) as u8);
                push_words(out, words);
            }
        }
    }

    /// How many bytes its answer has, if it is no exception.
    pub(crate) fn answer_bytes(&self) -> usize {
        match self.0 {
            Body::Read { count, .. } => read_answer_bytes(count.into()),
            Body::WriteSingle { .. } | Body::WriteMultiple { .. } => WRITE_ANSWER_BYTES,
        }
    }

    /// Whether an exception to one could be an exception to the other: it names the function
    /// and nothing else.
    pub(crate) fn is_refused_like(&self, other: &Self) -> bool {
        self.function() == other.function()
    }

    /// Whether the answer to one could be the answer to the other.
    pub(crate) fn is_answered_like(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Body::Read { count, .. }, Body::Read { count: others, .. }) => {
                count == others && self.is_refused_like(other)
            }
            _ => self == other,
        }
    }

    /// The same question about fewer registers, the fewest first.
    pub(crate) fn shorter(&self) -> impl Iterator<Item = Self> {
        let (function, start, count) = match self.0 {
            Body::Read {
                function,
                start,
                count,
            } => (function, start, count),
            _ => (ReadFunction::Holding, 0, 0),
        };
        (1..count).map(move |count| {
            Self(Body::Read {
                function,
                start,
                count,
            })
        })
    }

    /// Reads the answer to this request, nothing more and nothing less.
    pub(crate) fn decode_answer(&self, pdu: &[u8]) -> Result<Answer, MalformedAnswer> {
        let (&found, body) = pdu.split_first().ok_or(MalformedAnswer::Empty)?;
        let asked = self.function();
        if found == asked | EXCEPTION_BIT {
            let [code] = exactly(body)?;
            return Ok(Answer::Exception(ExceptionCode(code)));
        }
        if found != asked {
            return Err(MalformedAnswer::Function { asked, found });
        }
        match &self.0 {
            Body::Read { count, .. } => decode_words(body, usize::from(*count)),
            Body::WriteSingle { address, word } => check_echo(body, [*address, *word]),
            Body::WriteMultiple { start, words } => check_echo(body, [*start, words.len() as u16]),
        }
    }
}

/// How long an answer is, by its beginning: what ends a frame that has no length of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerBytes {
    Known(usize),
    NotYetKnown,
    /// No answer to any [`Request`] begins like this.
    NoAnswer,
}

/// Judges the first bytes of a PDU, as many as have come.
pub(crate) fn answer_bytes(beginning: &[u8]) -> AnswerBytes {
    let Some((&function, body)) = beginning.split_first() else {
        return AnswerBytes::NotYetKnown;
    };
    match function & !EXCEPTION_BIT {
        READ_HOLDING | READ_INPUT | WRITE_SINGLE | WRITE_MULTIPLE
            if function & EXCEPTION_BIT != 0 =>
        {
            AnswerBytes::Known(EXCEPTION_BYTES)
        }
        READ_HOLDING | READ_INPUT => match body.first() {
            None => AnswerBytes::NotYetKnown,
            Some(&announced) => {
                let words = announced / 2;
                let is_possible =
                    announced % 2 == 0 && (1..=READ_WORDS_MAX).contains(&words.into());
                if is_possible {
                    AnswerBytes::Known(read_answer_bytes(words.into()))
                } else {
                    AnswerBytes::NoAnswer
                }
            }
        },
        WRITE_SINGLE | WRITE_MULTIPLE => AnswerBytes::Known(WRITE_ANSWER_BYTES),
        _ => AnswerBytes::NoAnswer,
    }
}

/// A function, a byte count and the words.
fn read_answer_bytes(words: usize) -> usize {
    2 + 2 * words
}

impl TryFrom<&ReadRequest> for Request {
    type Error = InvalidRequest;

    fn try_from(request: &ReadRequest) -> Result<Self, InvalidRequest> {
        Self::read(request.function, request.start, request.count)
    }
}

fn check_words(start: u16, count: usize, count_max: u16) -> Result<(), InvalidRequest> {
    if !(1..=usize::from(count_max)).contains(&count) {
        return Err(InvalidRequest::WordCount {
            start,
            count,
            count_max,
        });
    }
    let count = count as u16;
    if start.checked_add(count - 1).is_none() {
        return Err(InvalidRequest::PastLastRegister { start, count });
    }
    Ok(())
}

fn decode_words(body: &[u8], count: usize) -> Result<Answer, MalformedAnswer> {
    let expected = 2 * count;
    let (&announced, bytes) = body.split_first().ok_or(MalformedAnswer::Length {
        expected: 2 + expected,
        found: 1,
    })?;
    if usize::from(announced) != expected {
        return Err(MalformedAnswer::ByteCount {
            expected,
            found: announced,
        });
    }
    if bytes.len() != expected {
        return Err(MalformedAnswer::Length {
            expected: 2 + expected,
            found: 2 + bytes.len(),
        });
    }
    let words = bytes
        .as_chunks()
        .0
        .iter()
        .map(|word| u16::from_be_bytes(*word));
    Ok(Answer::Words(words.collect()))
}

fn check_echo(body: &[u8], expected: [u16; 2]) -> Result<Answer, MalformedAnswer> {
    let [a, b, c, d] = exactly(body)?;
    if [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])] != expected {
        return Err(MalformedAnswer::Echo);
    }
    Ok(Answer::Written)
}

/// The bytes after the function, if there are as many as are due.
fn exactly<const N: usize>(body: &[u8]) -> Result<[u8; N], MalformedAnswer> {
    body.as_array().copied().ok_or(MalformedAnswer::Length {
        expected: 1 + N,
        found: 1 + body.len(),
    })
}

fn push_words(out: &mut Vec<u8>, words: &[u16]) {
    for word in words {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
