use std::ops::RangeInclusive;
use std::time::Duration;

use super::fields::Fields;
use crate::encoding::Encoding;
use crate::parts::Parts;
use crate::word_order::WordOrder;
use crate::{LinkOptions, ReadFunction};

/// What holds when a profile says nothing.
pub(crate) const LINK_DEFAULTS: LinkOptions = LinkOptions {
    // Devices answer within 250 ms; a gateway with a serial line behind it may need more.
    timeout: Duration::from_secs(1),
    retries: 1,
    pause_after_connect: Duration::ZERO,
    pause_between: Duration::ZERO,
    words_max: WORDS_MAX,
    hole_words_max: 0,
    any_unit_id: false,
    window: 1,
    close_after_sweep: false,
};

/// The most that one Modbus answer can carry.
const WORDS_MAX: u16 = 125;
/// A longer wait would let one silent device starve its neighbours.
const TIMEOUT_MS: RangeInclusive<u32> = 10..=10_000;
/// A longer silence would leave no time to read.
const PAUSE_MS: RangeInclusive<u32> = 0..=5_000;
const RETRIES: RangeInclusive<u8> = 0..=5;
/// Above 16 the round trip no longer counts, only the pace of the device does.
const WINDOW: RangeInclusive<u8> = 1..=16;

/// How the device is talked to (`[link]`) and what its registers say when they have no value
/// (`[sentinels]`); both change `parts`.
pub(super) fn read(root: &Fields<'_>, parts: Option<&mut Parts>) {
    let link = root.table("link");
    let sentinels = root.table("sentinels");
    let mut link_options = parts
        .as_ref()
        .map_or(LINK_DEFAULTS, |parts| parts.link.clone());
    let mut function = None;
    let mut word_order = None;
    if let Some(link) = link {
        function = link.choice("function", &ReadFunction::ALL, ReadFunction::name);
        word_order = link.choice("word_order", &WordOrder::ALL, WordOrder::name);
        read_link(&link, &mut link_options);
        link.finish();
    }
    let mut found = Vec::new();
    if let Some(sentinels) = sentinels {
        for encoding in Encoding::ALL {
            if let Some(raw) = self::sentinels(&sentinels, encoding.name(), encoding) {
                found.push((encoding, raw));
            }
        }
        sentinels.finish();
    }
    if let Some(parts) = parts {
        parts.link = link_options;
        parts.function = function.unwrap_or(parts.function);
        parts.word_order = word_order.unwrap_or(parts.word_order);
        for (encoding, raw) in found {
            parts.sentinels.set(encoding, raw);
        }
    }
}

fn read_link(link: &Fields<'_>, options: &mut LinkOptions) {
    let set = |key: &'static str, allowed, into: &mut Duration| {
        if let Some(ms) = link.integer(key, allowed) {
            *into = Duration::from_millis(u64::from(ms));
        }
    };
    set("timeout_ms", TIMEOUT_MS, &mut options.timeout);
    set(
        "pause_after_connect_ms",
        PAUSE_MS,
        &mut options.pause_after_connect,
    );
    set("pause_between_ms", PAUSE_MS, &mut options.pause_between);
    if let Some(retries) = link.integer("retries", RETRIES) {
        options.retries = retries;
    }
    if let Some(words) = link.integer("words_max", 1..=WORDS_MAX) {
        options.words_max = words;
    }
    if let Some(words) = link.integer("hole_words_max", 0..=WORDS_MAX) {
        options.hole_words_max = words;
    }
    if let Some(any) = link.flag("any_unit_id") {
        options.any_unit_id = any;
    }
    if let Some(window) = link.integer("window", WINDOW) {
        options.window = window;
    }
    if let Some(close) = link.flag("close_after_sweep") {
        options.close_after_sweep = close;
    }
}

/// The raw numbers under `key`, given as the bits that the registers hold (`0x8000`).
pub(super) fn sentinels(
    fields: &Fields<'_>,
    key: &'static str,
    encoding: Encoding,
) -> Option<Vec<i128>> {
    let bits = 16 * u32::from(encoding.words());
    let patterns = fields.integers(key)?;
    let raw = patterns.into_iter().filter_map(|(pattern, span)| {
        // Whole numbers of TOML end at 63 bits, so all ones of 64 are written as -1.
        let in_range = (-1i128 << (bits - 1)..1i128 << bits).contains(&pattern);
        if !in_range {
            fields.findings().report_with_hint(
                &span,
                format!("`{pattern}` does not fit into {bits} bits"),
                "write the bits as the registers hold them, such as 0x8000",
            );
        }
        in_range.then(|| encoding.number_of_bits(pattern as u64))
    });
    Some(raw.collect())
}
