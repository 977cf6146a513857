use std::ops::Range;

use model::{CounterKind, Measurand, Phase, Quantity, RankRange, Statistic, Unit, ValueKind};

use super::fields::Fields;
use super::link::sentinels;
use super::table::{Provenance, source_keys};
use crate::diagnostic::nearest;
use crate::encoding::Encoding;
use crate::scale::{Scale, names_of, unit_named};
use crate::table::{Moment, Register, Remainder};
use crate::{Confidence, Source};

/// The finest that a page shows.
const DECIMALS_MAX: u8 = 9;
/// What a single-precision float holds of most readings.
const DECIMALS_DEFAULT: u8 = 2;

/// A series of registers that one entry declares: every `step`th number from `first` to `last`,
/// the next `stride` words behind.
struct Series {
    first: u8,
    last: u8,
    step: u8,
    stride: u16,
}

/// The registers of one entry: one, or as many as its `ranks` or `tariffs` say.
pub(super) fn read(
    fields: &Fields<'_>,
    provenance: &Provenance,
    sources: &[Source],
) -> Vec<Register> {
    let ranks = series(fields, "ranks", 2..=63);
    let tariffs = series(fields, "tariffs", 1..=8);
    let Some(first) = read_one(fields, provenance, sources) else {
        return Vec::new();
    };
    check_series(fields, &first, ranks.is_some(), tariffs.is_some());
    let with_rank: fn(Measurand, u8) -> Measurand =
        |measurand, rank| measurand.with_rank(RankRange::single(rank));
    match (ranks, tariffs) {
        (Some(ranks), _) => expand(fields, &first, &ranks, with_rank),
        (None, Some(tariffs)) => expand(fields, &first, &tariffs, Measurand::with_tariff),
        (None, None) => vec![first],
    }
}

fn read_one(fields: &Fields<'_>, provenance: &Provenance, sources: &[Source]) -> Option<Register> {
    let _ = fields.text("note");
    let spelling = fields.require("quantity", fields.text("quantity"));
    let measurand = spelling.and_then(|spelling| measurand(fields, &spelling));
    let address = fields.require("address", fields.integer("address", 0..=u16::MAX));
    let encoding = fields.choice("type", &Encoding::ALL, Encoding::name);
    let encoding = fields.require("type", encoding);
    let scale = scale(fields, measurand.map(Measurand::unit));
    let remainder = fields.table("remainder").map(|entry| {
        let joined = remainder(&entry, measurand.map(Measurand::unit), scale);
        entry.finish();
        joined
    });
    let occurred_at = fields
        .integer("occurred_at", 0..=u16::MAX)
        .map(|address| Moment {
            address,
            form: provenance.times,
        });
    let quality = fields.integer("quality", 0..=u16::MAX);
    let rolls_at = fields.integer("rolls_at", 2..=i64::MAX);
    let own_sentinels = encoding.and_then(|encoding| sentinels(fields, "sentinels", encoding));
    let confidence = fields
        .choice("confidence", &Confidence::ALL, Confidence::name)
        .or(provenance.confidence);
    let confidence = fields.require("confidence", confidence);
    let keys = source_keys(fields, sources).unwrap_or_else(|| provenance.sources.clone());
    if keys.is_empty() && !fields.has_entries("sources") {
        fields.findings().report_with_hint(
            fields.span(),
            "this register has no source",
            "name its `sources` here, or once for the whole table",
        );
    }
    let codes = codes(fields, measurand, encoding);
    let exponent = fields.integer("exponent_at", 0..=u16::MAX);
    let decimals = fields.integer("decimals", 0..=DECIMALS_MAX);
    if let (Some(measurand), Some(encoding)) = (measurand, encoding) {
        check_encoding(fields, measurand, encoding);
        check_steps(fields, encoding, exponent.is_some());
    }
    if rolls_at.is_some() && measurand.is_some_and(|it| it.kind() != ValueKind::Counter) {
        fields.findings().report(
            &fields.span_of("rolls_at"),
            "only a counter starts again from zero",
        );
    }
    let (scale, remainder) = match remainder {
        Some(joined) => joined.map(|(remainder, scale)| (scale, Some(remainder)))?,
        None => (scale?, None),
    };
    let encoding = encoding?;
    let has_own_step = !encoding.is_float() && exponent.is_none();
    Some(Register {
        measurand: measurand?,
        address: address?,
        encoding,
        scale,
        remainder,
        decimals: if has_own_step {
            scale.decimals
        } else {
            decimals.unwrap_or(DECIMALS_DEFAULT)
        },
        codes,
        exponent,
        occurred_at,
        quality,
        rolls_at,
        sentinels: own_sentinels,
        confidence: confidence?,
        sources: keys,
    })
}

fn measurand(fields: &Fields<'_>, spelling: &str) -> Option<Measurand> {
    let measurand = spelling.parse().ok();
    if measurand.is_none() {
        let known = common_spellings();
        let hint = match nearest(spelling, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "quantities are spelled like `v1_v`, `u12_v`, `p_w`, `i1_max_avg_a`, \
                     `ea_import_wh` or `harmonic_v1_5_pct`"
                .to_owned(),
        };
        fields.findings().report_with_hint(
            &fields.span_of("quantity"),
            format!("`{spelling}` is not a quantity that Wattline knows"),
            hint,
        );
    }
    measurand
}

/// Every spelling without a rank or tariff, to find the one that was meant.
fn common_spellings() -> Vec<String> {
    let statistics = [
        Statistic::Instant,
        Statistic::Average,
        Statistic::Minimum,
        Statistic::Maximum,
        Statistic::MinimumOfAverages,
        Statistic::MaximumOfAverages,
    ];
    let counters = [
        CounterKind::Total,
        CounterKind::Partial,
        CounterKind::LastPartial,
    ];
    let mut spellings = Vec::new();
    for quantity in Quantity::ALL {
        for phase in Phase::ALL {
            let plain = Measurand::new(*quantity, phase);
            if quantity.kind() == ValueKind::Counter {
                spellings.extend(counters.map(|kind| plain.with_counter(kind).to_string()));
            } else {
                spellings.extend(statistics.map(|kind| plain.with_statistic(kind).to_string()));
            }
        }
    }
    spellings
}

/// `scale` times `unit`, which must measure the same as `canonical`.
fn scale(fields: &Fields<'_>, canonical: Option<Unit>) -> Option<Scale> {
    let number = fields.number("scale");
    let scale = number.map_or(Some(Scale::ONE), Scale::from_number);
    if scale.is_none() {
        fields.findings().report_with_hint(
            &fields.span_of("scale"),
            "this is no scale",
            "a scale is a positive decimal number such as 0.01 or 1000, with 9 decimals at most",
        );
    }
    let Some(name) = fields.text("unit") else {
        return scale;
    };
    let canonical = canonical?;
    let multiple = unit_named(&name)
        .filter(|(unit, _)| *unit == canonical)
        .map(|(_, multiple)| multiple);
    if multiple.is_none() {
        let names = names_of(canonical);
        let hint = if names.is_empty() {
            "this quantity has no unit: leave `unit` out".to_owned()
        } else {
            format!("possible here: {}", names.join(", "))
        };
        fields.findings().report_with_hint(
            &fields.span_of("unit"),
            format!("`{name}` is no unit of this quantity"),
            hint,
        );
    }
    let product = scale?.times(multiple?);
    if product.is_none() {
        fields.findings().report(
            &fields.span_of("scale"),
            "scale and unit together are out of range",
        );
    }
    product
}

/// The second register of a joined counter, and the scale of the number that both make.
fn remainder(
    entry: &Fields<'_>,
    canonical: Option<Unit>,
    counter: Option<Scale>,
) -> Option<(Remainder, Scale)> {
    let address = entry.require("address", entry.integer("address", 0..=u16::MAX));
    let encoding = entry.choice("type", &Encoding::ALL, Encoding::name);
    let encoding = entry.require("type", encoding);
    let fine = scale(entry, canonical);
    let modulus = counter.zip(fine).and_then(|(counter, fine)| {
        let modulus = counter.steps_of(fine).filter(|modulus| *modulus > 1);
        if modulus.is_none() {
            entry.findings().report_with_hint(
                entry.span(),
                "one step of the counter is no whole number of steps of this remainder",
                "a counter in kWh with a remainder in tenths of a Wh has 10000 of them",
            );
        }
        modulus
    });
    let remainder = Remainder {
        address: address?,
        encoding: encoding?,
        modulus: modulus?,
    };
    Some((remainder, fine?))
}

fn check_encoding(fields: &Fields<'_>, measurand: Measurand, encoding: Encoding) {
    let is_instant = measurand.unit() == Unit::Instant;
    let is_code = measurand.unit() == Unit::Code;
    if (is_instant || is_code) && fields.has("scale") {
        fields.findings().report(
            &fields.span_of("scale"),
            format!("`{measurand}` is no amount and takes no scale"),
        );
    }
    if is_instant != (encoding == Encoding::Datetime) {
        let message = if is_instant {
            format!("`{measurand}` is a moment and needs the type `datetime`")
        } else {
            format!("`{measurand}` is no moment and cannot be a `datetime`")
        };
        fields.findings().report(&fields.span_of("type"), message);
    }
}

/// The raw numbers that mean the codes 0, 1, 2 and so on of a state.
fn codes(
    fields: &Fields<'_>,
    measurand: Option<Measurand>,
    encoding: Option<Encoding>,
) -> Option<Vec<i128>> {
    let listed = fields.integers("codes")?;
    if measurand.is_some_and(|measurand| measurand.unit() != Unit::Code) {
        fields.findings().report(
            &fields.span_of("codes"),
            "only a state with named values has codes",
        );
    }
    let mut known = Vec::new();
    for (raw, span) in listed {
        if encoding.is_some_and(|it| !(it.min()..=it.max()).contains(&raw)) {
            let message = format!("{raw} does not fit into the register");
            fields.findings().report(&span, message);
        } else if known.contains(&raw) {
            let message = format!("{raw} already means another code");
            fields.findings().report(&span, message);
        }
        known.push(raw);
    }
    Some(known)
}

/// A float and a number whose scale the device says have no step that a scale could tell.
fn check_steps(fields: &Fields<'_>, encoding: Encoding, has_exponent: bool) {
    let report = |key: &str, message: &str, hint: &str| {
        let span = fields.span_of(key);
        fields.findings().report_with_hint(&span, message, hint);
    };
    if fields.has("decimals") && !encoding.is_float() && !has_exponent {
        report(
            "decimals",
            "the decimals of a whole number are those of its scale",
            "leave `decimals` out: it is for floats and for registers with `exponent_at`",
        );
    }
    if has_exponent && encoding.is_float() {
        report(
            "exponent_at",
            "a float needs no power of ten",
            "leave `exponent_at` out",
        );
    }
    if fields.has("remainder") && (encoding.is_float() || has_exponent) {
        report(
            "remainder",
            "only a whole number with a scale of its own can have a remainder",
            "declare the two registers as they are, or the one that holds the whole value",
        );
    }
}

fn series(
    fields: &Fields<'_>,
    key: &'static str,
    allowed: std::ops::RangeInclusive<u8>,
) -> Option<Series> {
    let entry = fields.table(key)?;
    let first = entry.require("first", entry.integer("first", allowed.clone()));
    let last = entry.require("last", entry.integer("last", allowed));
    let step = entry.integer("step", 1..=u8::MAX).unwrap_or(1);
    let stride = entry.require("stride", entry.integer("stride", 1..=u16::MAX));
    if let Some((first, last)) = first.zip(last) {
        let report = |message: String| entry.findings().report(entry.span(), message);
        if first > last {
            report(format!("`{key}` must end behind their first"));
        } else if (last - first) % step != 0 {
            report(format!(
                "`{key}` from {first} in steps of {step} never come to {last}"
            ));
        }
    }
    entry.finish();
    Some(Series {
        first: first?,
        last: last?,
        step,
        stride: stride?,
    })
}

fn check_series(fields: &Fields<'_>, first: &Register, ranks: bool, tariffs: bool) {
    let measurand = first.measurand;
    let is_harmonic = matches!(
        measurand.quantity,
        Quantity::VoltageHarmonic | Quantity::LineVoltageHarmonic | Quantity::CurrentHarmonic
    );
    let report = |key: &str, message: String| {
        fields.findings().report(&fields.span_of(key), message);
    };
    if ranks && (!is_harmonic || measurand.rank.is_some()) {
        report(
            "ranks",
            format!("`{measurand}` cannot be a series of ranks"),
        );
    }
    if !ranks && is_harmonic && measurand.rank.is_none() {
        report(
            "quantity",
            format!("`{measurand}` needs a rank, or `ranks` for a series of them"),
        );
    }
    if tariffs && (measurand.kind() != ValueKind::Counter || measurand.tariff.is_some()) {
        report(
            "tariffs",
            format!("`{measurand}` cannot be a series of tariffs"),
        );
    }
    if (ranks || tariffs) && (first.occurred_at.is_some() || first.quality.is_some()) {
        report(
            "quantity",
            "a series cannot have `occurred_at` or `quality`: write its registers one by one"
                .to_owned(),
        );
    }
}

fn expand(
    fields: &Fields<'_>,
    first: &Register,
    series: &Series,
    name: fn(Measurand, u8) -> Measurand,
) -> Vec<Register> {
    let own: Vec<Range<u32>> = first.own_words().collect();
    let farthest = own.iter().map(|words| words.end).max().unwrap_or(0)
        + u32::from(series.last.saturating_sub(series.first) / series.step)
            * u32::from(series.stride);
    if farthest > u32::from(u16::MAX) + 1 {
        fields
            .findings()
            .report(fields.span(), "this series runs past the last register");
        return Vec::new();
    }
    (series.first..=series.last)
        .step_by(series.step.into())
        .zip(0u16..)
        .map(|(number, behind)| {
            let offset = behind * series.stride;
            Register {
                measurand: name(first.measurand, number),
                address: first.address + offset,
                remainder: first.remainder.as_ref().map(|remainder| Remainder {
                    address: remainder.address + offset,
                    ..remainder.clone()
                }),
                ..first.clone()
            }
        })
        .collect()
}
