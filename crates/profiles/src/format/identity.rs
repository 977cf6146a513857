use std::ops::Range;

use super::fields::Fields;
use crate::identity::{IdentityRules, NumberField, Rule, TextField};
use crate::table::words_at;

/// The `[identity]` part, if there is one. One that does not say where its block lies changes
/// what `base` says of the same block; any other replaces it as a whole.
pub(super) fn read(root: &Fields<'_>, base: Option<&IdentityRules>) -> Option<IdentityRules> {
    let fields = root.table("identity")?;
    let base = match base {
        Some(base) if !fields.has("start") => Some(base.clone()),
        _ => block(&fields),
    };
    let spans: Vec<Range<u32>> = base
        .iter()
        .flat_map(|base| &base.reads)
        .map(|(start, words)| words_at(*start, *words))
        .collect();
    let rules = entries(&fields, "rules", |entry| rule(entry, &spans));
    let vendor = fields.table("vendor").and_then(|entry| {
        let field = text_field(&entry, &spans);
        entry.finish();
        field
    });
    let name = entries(&fields, "name", |entry| text_field(entry, &spans));
    let serial = entries(&fields, "serial", |entry| number_field(entry, &spans));
    let firmware = entries(&fields, "firmware", |entry| number_field(entry, &spans));
    fields.finish();
    let base = base?;
    Some(IdentityRules {
        rules: rules.unwrap_or(base.rules),
        vendor: vendor.or(base.vendor),
        name: name.unwrap_or(base.name),
        serial: serial.unwrap_or(base.serial),
        firmware: firmware.unwrap_or(base.firmware),
        ..base
    })
}

/// A block and its reads, of which nothing else is said yet.
fn block(fields: &Fields<'_>) -> Option<IdentityRules> {
    let start = fields.require("start", fields.integer("start", 0..=u16::MAX));
    let words = fields.require("words", fields.integer("words", 1..=u16::MAX));
    let block = start
        .zip(words)
        .map(|(start, words)| words_at(start, words));
    let reads = entries(fields, "reads", |entry| {
        let start = entry.require("start", entry.integer("start", 0..=u16::MAX));
        let words = entry.require("words", entry.integer("words", 1..=125));
        let (start, words) = start.zip(words)?;
        inside(entry, block.as_ref(), &words_at(start, words));
        Some((start, words))
    });
    if !fields.has_entries("reads") {
        fields.findings().report(
            fields.span(),
            "say under `reads` which registers tell the identity",
        );
    }
    Some(IdentityRules {
        start: start?,
        words: words?,
        reads: reads.unwrap_or_default(),
        ..IdentityRules::default()
    })
}

fn entries<T>(
    fields: &Fields<'_>,
    key: &'static str,
    read: impl Fn(&Fields<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let entries = fields.tables(key)?.into_iter();
    let values = entries.filter_map(|entry| {
        let value = read(&entry);
        entry.finish();
        value
    });
    Some(values.collect())
}

fn rule(entry: &Fields<'_>, reads: &[Range<u32>]) -> Option<Rule> {
    let address = entry.require("address", entry.integer("address", 0..=u16::MAX));
    let text = entry.text("text");
    let wide = entry.flag("wide").unwrap_or(false);
    let codes = entry.integers("one_of");
    let rule = match (text, codes) {
        (Some(text), None) => {
            let characters = text.len().max(1) as u16;
            let words = if wide {
                characters
            } else {
                characters.div_ceil(2)
            };
            Rule::Text {
                field: TextField {
                    address: address?,
                    words,
                    wide,
                },
                text,
            }
        }
        (None, Some(codes)) => Rule::OneOf {
            address: address?,
            codes: codes
                .into_iter()
                .filter_map(|(code, span)| {
                    let word = u16::try_from(code).ok();
                    if word.is_none() {
                        entry
                            .findings()
                            .report(&span, format!("`{code}` does not fit into a register"));
                    }
                    word
                })
                .collect(),
        },
        _ => {
            entry.findings().report(
                entry.span(),
                "a rule compares its registers with either a `text` or `one_of` some codes",
            );
            return None;
        }
    };
    is_read(entry, reads, &rule.span());
    Some(rule)
}

fn text_field(entry: &Fields<'_>, reads: &[Range<u32>]) -> Option<TextField> {
    let address = entry.require("address", entry.integer("address", 0..=u16::MAX));
    let words = entry.require("words", entry.integer("words", 1..=125));
    let wide = entry.flag("wide").unwrap_or(false);
    let (address, words) = address.zip(words)?;
    is_read(entry, reads, &words_at(address, words));
    Some(TextField {
        address,
        words,
        wide,
    })
}

fn number_field(entry: &Fields<'_>, reads: &[Range<u32>]) -> Option<NumberField> {
    let address = entry.require("address", entry.integer("address", 0..=u16::MAX))?;
    let hex = entry.flag("hex").unwrap_or(false);
    let digits = entry.integer("digits", 1..=10).unwrap_or(1);
    let words = entry.integer("words", 1..=2).unwrap_or(1);
    is_read(entry, reads, &words_at(address, words));
    Some(NumberField {
        address,
        words,
        hex,
        digits,
    })
}

fn inside(entry: &Fields<'_>, block: Option<&Range<u32>>, words: &Range<u32>) {
    if block.is_some_and(|block| words.start < block.start || block.end < words.end) {
        entry
            .findings()
            .report(entry.span(), "this read runs past the identification block");
    }
}

/// What is compared or shown must come in one of the reads.
fn is_read(entry: &Fields<'_>, reads: &[Range<u32>], words: &Range<u32>) {
    let is_read = reads
        .iter()
        .any(|read| read.start <= words.start && words.end <= read.end);
    if !is_read && !reads.is_empty() {
        entry.findings().report(
            entry.span(),
            format!(
                "registers {} to {} lie in none of the `reads`",
                words.start,
                words.end - 1
            ),
        );
    }
}
