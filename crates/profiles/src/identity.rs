use std::ops::Range;

use crate::table::words_at;
use crate::word_order::WordOrder;
use crate::{DeviceProfile, ReadPlan, ReadRequest, RegisterImage, RegisterMemory};

/// What a device says it is, judged by a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The device is one of the profile's models, or says nothing against it.
    Matches {
        vendor: String,
        product: String,
        serial: Option<String>,
        firmware: Option<String>,
    },
    /// The device says something else.
    Foreign { found: String },
    /// The device does not say: its identification table is absent or was not read.
    Unknown,
}

/// Who a simulated device says it is, in the words in which [`Identity`] gives them back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SimulatedIdentity {
    /// Empty for the first model of the profile.
    pub product: String,
    /// Such as `2614-0005-01234`: year and week, line, running number.
    pub serial: String,
    /// Such as `1.1.2`.
    pub firmware: String,
}

/// Where a product says who it is, and what it must say.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdentityRules {
    pub(crate) start: u16,
    pub(crate) words: u16,
    /// Start and words of each request; older products refuse longer ones.
    pub(crate) reads: Vec<(u16, u16)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) vendor: Option<TextField>,
    /// The name of the product; where a field is empty the next one counts.
    pub(crate) name: Vec<TextField>,
    /// Joined by `-`.
    pub(crate) serial: Vec<NumberField>,
    /// Joined by `.`.
    pub(crate) firmware: Vec<NumberField>,
}

/// What every device of the profile says.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    Text { field: TextField, text: String },
    OneOf { address: u16, codes: Vec<u16> },
}

impl Rule {
    pub(crate) fn span(&self) -> Range<u32> {
        match self {
            Self::Text { field, .. } => words_at(field.address, field.words),
            Self::OneOf { address, .. } => words_at(*address, 1),
        }
    }
}

/// Characters in registers, padded with zero bytes or spaces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextField {
    pub(crate) address: u16,
    pub(crate) words: u16,
    /// One character fills a word, or two do, the first in the high byte.
    pub(crate) wide: bool,
}

/// One part of a serial number or version, of one word or two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NumberField {
    pub(crate) address: u16,
    pub(crate) words: u16,
    pub(crate) hex: bool,
    pub(crate) digits: u8,
}

impl DeviceProfile {
    /// The requests that let [`DeviceProfile::identify`] judge a device; none where the product
    /// has no identification.
    pub fn identity_plan(&self) -> ReadPlan {
        let reads = self.parts().identity.iter().flat_map(|rules| &rules.reads);
        ReadPlan {
            requests: reads
                .map(|(start, count)| ReadRequest {
                    function: self.function(),
                    start: *start,
                    count: *count,
                    tables: Vec::new(),
                })
                .collect(),
        }
    }

    /// Whether the device that answered `image` is one of the profile's models.
    ///
    /// A rule whose words are missing leaves it [`Identity::Unknown`], as does a device that
    /// answered nothing at all; a rule that is broken makes it [`Identity::Foreign`], as does a
    /// name that is none of the models'. A device without a name is believed.
    pub fn identify(&self, image: &RegisterImage) -> Identity {
        let Some(rules) = &self.parts().identity else {
            return Identity::Unknown;
        };
        let answers = Answers {
            profile: self,
            image,
        };
        let names: Vec<String> = rules
            .name
            .iter()
            .filter_map(|field| answers.text(*field))
            .collect();
        let name = names.iter().find(|name| !name.is_empty());
        let answered = |(start, words): &(u16, u16)| answers.words(*start, *words).is_some();
        let has_its_name = rules.name.is_empty() || !names.is_empty();
        let mut is_complete = has_its_name && rules.reads.iter().any(answered);
        for rule in &rules.rules {
            match answers.obeys(rule) {
                Some(true) => {}
                Some(false) => {
                    let found = name.cloned().unwrap_or_else(|| answers.describe(rule));
                    return Identity::Foreign { found };
                }
                None => is_complete = false,
            }
        }
        if !is_complete {
            return Identity::Unknown;
        }
        if let Some(name) = name
            && !names.iter().any(|name| self.is_name_of_a_model(name))
        {
            return Identity::Foreign {
                found: name.clone(),
            };
        }
        let vendor = rules.vendor.and_then(|field| answers.text(field));
        Identity::Matches {
            vendor: vendor
                .filter(|vendor| !vendor.is_empty())
                .unwrap_or_else(|| self.head().vendor.clone()),
            product: name
                .or(self.head().models.first())
                .cloned()
                .unwrap_or_default(),
            serial: answers.numbers(&rules.serial, "-"),
            firmware: answers.numbers(&rules.firmware, "."),
        }
    }

    /// Models are told apart by their last word (`I-35`), since nobody publishes how devices
    /// write the rest; a name that was cut to its field is taken for all that it can stand for.
    fn is_name_of_a_model(&self, name: &str) -> bool {
        // A space at the cut is gone.
        let fills_its_field = name.len() >= NAME_CHARACTERS - 1;
        let cut = letters_and_digits(name);
        self.head().models.iter().any(|model| {
            let last_word = model.rsplit(' ').next().unwrap_or(model);
            let is_cut = fills_its_field && letters_and_digits(model).starts_with(&cut);
            is_cut || has_word(name, &letters_and_digits(last_word))
        })
    }

    pub(crate) fn encode_identity(
        &self,
        identity: &SimulatedIdentity,
        memory: &mut RegisterMemory,
    ) {
        let Some(rules) = &self.parts().identity else {
            return;
        };
        let mut block = Block {
            start: rules.start,
            order: self.parts().word_order,
            words: vec![0; rules.words.into()],
        };
        for rule in &rules.rules {
            match rule {
                Rule::Text { field, text } => block.write_text(*field, text),
                Rule::OneOf { address, codes } => {
                    block.write(*address, codes.first().copied().unwrap_or(0));
                }
            }
        }
        if let Some(field) = rules.vendor {
            block.write_text(field, &self.head().vendor.to_uppercase());
        }
        let model = self.head().models.first().map_or("", String::as_str);
        let product = if identity.product.is_empty() {
            model
        } else {
            &identity.product
        };
        for field in &rules.name {
            block.write_text(*field, product);
        }
        block.write_numbers(&rules.serial, &identity.serial, '-');
        block.write_numbers(&rules.firmware, &identity.firmware, '.');
        memory.put(self.function(), block.start, block.words);
    }
}

/// What 8 words hold; names of products are cut there.
const NAME_CHARACTERS: usize = 16;

fn letters_and_digits(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether `name`, hyphens and spaces aside, has `word`, and no letter or digit goes on right behind
/// it (`I-3` is not in `I-35`, nor `I-30` in `I-30dc`).
fn has_word(name: &str, word: &str) -> bool {
    let mut behind = name.char_indices().filter_map(|(at, c)| {
        let ends_a_word =
            !name[at + c.len_utf8()..].starts_with(|c: char| c.is_ascii_alphanumeric());
        ends_a_word.then_some(at + c.len_utf8())
    });
    behind.any(|end| letters_and_digits(&name[..end]).ends_with(word))
}

struct Answers<'a> {
    profile: &'a DeviceProfile,
    image: &'a RegisterImage,
}

impl Answers<'_> {
    fn words(&self, address: u16, count: u16) -> Option<&[u16]> {
        let function = self.profile.function();
        self.image
            .words(function, address, count)
            .map(|(words, _)| words)
    }

    fn text(&self, field: TextField) -> Option<String> {
        let words = self.words(field.address, field.words)?;
        let bytes = words.iter().flat_map(|word| {
            let [high, low] = word.to_be_bytes();
            if field.wide {
                vec![low]
            } else {
                vec![high, low]
            }
        });
        let text: String = bytes
            .take_while(|byte| *byte != 0)
            .map(char::from)
            .collect();
        Some(text.trim().to_owned())
    }

    fn obeys(&self, rule: &Rule) -> Option<bool> {
        match rule {
            Rule::Text { field, text } => Some(self.text(*field)? == *text),
            Rule::OneOf { address, codes } => Some(codes.contains(&self.words(*address, 1)?[0])),
        }
    }

    fn describe(&self, rule: &Rule) -> String {
        let span = rule.span();
        let words = self.words(span.start as u16, (span.end - span.start) as u16);
        let hex: Vec<String> = words
            .into_iter()
            .flatten()
            .map(|word| format!("{word:04X}"))
            .collect();
        format!("{} at register {}", hex.join(" "), span.start)
    }

    /// `None` when the words are missing or all of them are zero.
    fn numbers(&self, fields: &[NumberField], separator: &str) -> Option<String> {
        let order = self.profile.parts().word_order;
        let numbers: Vec<u32> = fields
            .iter()
            .map(|field| {
                let words = self.words(field.address, field.words)?;
                Some(order.join(words) as u32)
            })
            .collect::<Option<_>>()?;
        let parts: Vec<String> = fields
            .iter()
            .zip(&numbers)
            .map(|(field, number)| {
                let digits = usize::from(field.digits);
                if field.hex {
                    format!("{number:0digits$X}")
                } else {
                    format!("{number:0digits$}")
                }
            })
            .collect();
        numbers
            .iter()
            .any(|number| *number != 0)
            .then(|| parts.join(separator))
    }
}

/// The identification words of a simulated device.
struct Block {
    start: u16,
    order: WordOrder,
    words: Vec<u16>,
}

impl Block {
    fn write(&mut self, address: u16, word: u16) {
        let at = usize::from(address - self.start);
        if let Some(place) = self.words.get_mut(at) {
            *place = word;
        }
    }

    /// A text that is too long loses words at its start: the model's name stands at its end.
    fn write_text(&mut self, field: TextField, text: &str) {
        let characters = usize::from(field.words) * if field.wide { 1 } else { 2 };
        let mut rest = text;
        while rest.chars().count() > characters
            && let Some((_, behind)) = rest.split_once(' ')
        {
            rest = behind;
        }
        let bytes: Vec<u8> = rest
            .chars()
            .map(|c| u8::try_from(c).unwrap_or(b'?'))
            .chain(std::iter::repeat(0))
            .take(characters)
            .collect();
        let bytes_per_word = if field.wide { 1 } else { 2 };
        for (word, chunk) in bytes.chunks(bytes_per_word).enumerate() {
            let value = chunk
                .iter()
                .fold(0, |value, byte| (value << 8) | u16::from(*byte));
            self.write(field.address + word as u16, value);
        }
    }

    /// A part that is no number, or too large for its words, becomes zero.
    fn write_numbers(&mut self, fields: &[NumberField], text: &str, separator: char) {
        for (field, part) in fields.iter().zip(text.split(separator)) {
            let radix = if field.hex { 16 } else { 10 };
            let number = u32::from_str_radix(part.trim(), radix).unwrap_or(0);
            let (high, low) = ((number >> 16) as u16, number as u16);
            match (field.words, high) {
                (1, 0) => self.write(field.address, low),
                (1, _) => self.write(field.address, 0),
                _ => {
                    let mut words = [0; 2];
                    self.order.split(number.into(), &mut words);
                    self.write(field.address, words[0]);
                    self.write(field.address + 1, words[1]);
                }
            }
        }
    }
}
