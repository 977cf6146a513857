use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use model::{Measurand, PointKind, Quantity};

use super::Placed;
use super::fields::Fields;
use crate::ProductClass;
use crate::diagnostic::Findings;
use crate::parts::Parts;
use crate::read_plan::indivisible;
use crate::table::{Table, words_at};

/// The largest products have some thousand values; far more would only fill the memory.
const VALUES_MAX: usize = 50_000;

/// Words that something occupies, and what to call it.
struct Occupied {
    words: Range<u32>,
    by: String,
    span: Range<usize>,
}

/// What must hold inside one table: every word in it, and no word twice.
///
/// `spans` says where each register stands.
pub(super) fn check_table(table: &Table, fields: &Fields<'_>, spans: &[Range<usize>]) {
    let findings = fields.findings();
    if table.span().end > u32::from(u16::MAX) + 1 {
        findings.report(
            &fields.span_of("words"),
            format!("table `{}` runs past the last register", table.id),
        );
    }
    let mut occupied = Vec::new();
    if let Some(address) = table.computed_at {
        occupied.push(Occupied {
            words: words_at(address, 2),
            by: "the time of the set".to_owned(),
            span: fields.span_of("computed_at"),
        });
    }
    if let Some(address) = table.load_status
        && table.contains(&words_at(address, 1))
    {
        occupied.push(Occupied {
            words: words_at(address, 1),
            by: "the load status".to_owned(),
            span: fields.span_of("load_status"),
        });
    }
    for (register, span) in table.registers.iter().zip(spans) {
        occupied.extend(register.own_words().map(|words| Occupied {
            words,
            by: format!("`{}`", register.measurand),
            span: span.clone(),
        }));
    }
    occupied.extend(shared_words(table, spans));
    for part in &occupied {
        if !table.contains(&part.words) {
            findings.report_with_hint(
                &part.span,
                format!("{} lies outside its table", part.by),
                format!(
                    "table `{}` has the registers {} to {}",
                    table.id,
                    table.start,
                    table.span().end - 1
                ),
            );
        }
    }
    check_overlaps(occupied, findings);
    check_no_value_twice(table, spans, findings);
    check_powers_of_ten(table, spans, findings);
}

/// A device that says one power of ten for several values has one step for them.
fn check_powers_of_ten(table: &Table, spans: &[Range<usize>], findings: &Findings<'_>) {
    let mut decimals: BTreeMap<u16, u8> = BTreeMap::new();
    for (register, span) in table.registers.iter().zip(spans) {
        let Some(address) = register.exponent else {
            continue;
        };
        let first = *decimals.entry(address).or_insert(register.decimals);
        if first != register.decimals {
            findings.report(
                span,
                format!(
                    "the values that share the power of ten at {address} have {first} decimals"
                ),
            );
        }
    }
}

fn check_no_value_twice(table: &Table, spans: &[Range<usize>], findings: &Findings<'_>) {
    let mut seen = HashSet::new();
    for (register, span) in table.registers.iter().zip(spans) {
        if !seen.insert(register.measurand) {
            findings.report(
                span,
                format!("table `{}` already has `{}`", table.id, register.measurand),
            );
        }
    }
}

/// Times, qualities and powers of ten: several values may share one, but nothing else may lie there.
fn shared_words(table: &Table, spans: &[Range<usize>]) -> Vec<Occupied> {
    let mut shared: BTreeMap<(u32, u32), Occupied> = BTreeMap::new();
    for (register, span) in table.registers.iter().zip(spans) {
        for words in register.shared_words() {
            shared
                .entry((words.start, words.end))
                .or_insert_with(|| Occupied {
                    words,
                    by: format!(
                        "the time, quality or power of ten of `{}`",
                        register.measurand
                    ),
                    span: span.clone(),
                });
        }
    }
    shared.into_values().collect()
}

fn check_overlaps(mut occupied: Vec<Occupied>, findings: &Findings<'_>) {
    occupied.sort_by_key(|part| (part.words.start, part.words.end));
    let mut parts = occupied.into_iter();
    let Some(mut farthest) = parts.next() else {
        return;
    };
    for part in parts {
        if farthest.words.end > part.words.start {
            findings.report(
                &part.span,
                format!(
                    "register {} belongs to both {} and {}",
                    part.words.start, farthest.by, part.by
                ),
            );
        }
        if part.words.end > farthest.words.end {
            farthest = part;
        }
    }
}

/// What must hold between the tables, the channels and the signs of a whole profile.
pub(super) fn check(parts: &Parts, placed: &[Placed], findings: &Findings<'_>) {
    for one in placed {
        check_instances(parts, one, findings);
        check_load_status(one, placed, findings);
        check_signs(parts, one, findings);
        check_one_answer(parts, one, findings);
    }
    let values: usize = placed
        .iter()
        .map(|placed| {
            let table = &placed.table;
            table.registers.len() * usize::from(parts.instances(table))
        })
        .sum();
    if values > VALUES_MAX {
        findings.report(
            &(0..0),
            format!("this profile has {values} values, more than {VALUES_MAX}"),
        );
    }
    check_tables_apart(parts, placed, findings);
    check_each_value_once(placed, findings);
    let measures = parts.class != Some(ProductClass::Gateway);
    if measures && !parts.is_abstract && placed.is_empty() {
        findings.report(&(0..0), "this profile measures nothing: it has no table");
    }
}

fn check_instances(parts: &Parts, placed: &Placed, findings: &Findings<'_>) {
    let table = &placed.table;
    let channels = parts.channels.get(&table.kind).copied();
    let instances = parts.instances(table);
    if !parts.is_abstract && channels.is_none_or(|channels| instances > channels) {
        let kind = table.kind.name();
        findings.report_with_hint(
            &placed.span,
            format!(
                "table `{}` measures `{}`, but the product has no such channel",
                table.id,
                table.channel(instances)
            ),
            format!("say how many there are under [channels], such as `{kind} = {instances}`"),
        );
    }
    if instances > 1 && table.stride < table.words {
        findings.report(
            &placed.span,
            format!(
                "table `{}` has {} words, so its instances cannot come every {} words",
                table.id, table.words, table.stride
            ),
        );
    }
    let end = u32::from(instances - 1) * u32::from(table.stride) + table.span().end;
    if end > u32::from(u16::MAX) + 1 {
        findings.report(
            &placed.span,
            format!(
                "instance {instances} of table `{}` runs past the last register",
                table.id
            ),
        );
    }
}

/// A load status may lie in another table, if that repeats alike.
fn check_load_status(placed: &Placed, all: &[Placed], findings: &Findings<'_>) {
    let table = &placed.table;
    let Some(address) = table.load_status else {
        return;
    };
    let is_read = all.iter().any(|other| {
        let other = &other.table;
        let alike =
            (other.kind, other.stride, other.count) == (table.kind, table.stride, table.count);
        alike && other.contains(&words_at(address, 1))
    });
    if !is_read {
        findings.report(
            &placed.span,
            format!(
                "the load status {address} of table `{}` lies in no table that repeats like it",
                table.id
            ),
        );
    }
}

fn check_signs(parts: &Parts, placed: &Placed, findings: &Findings<'_>) {
    let has_power_factor = placed
        .table
        .registers
        .iter()
        .any(|register| register.measurand.quantity == Quantity::PowerFactor);
    if has_power_factor && parts.power_factor_sign.is_none() {
        findings.report_with_hint(
            &placed.span,
            format!(
                "table `{}` has power factors, but the profile does not say what their sign means",
                placed.table.id
            ),
            "write `pf_sign` at the top: \"iec\" (sign of P), \"ieee\", or \"sense\" (negative is leading)",
        );
    }
}

/// What must not be torn must fit into one answer.
fn check_one_answer(parts: &Parts, placed: &Placed, findings: &Findings<'_>) {
    for words in indivisible(&placed.table) {
        let count = words.end - words.start;
        if count > u32::from(parts.link.words_max) {
            findings.report(
                &placed.span,
                format!(
                    "registers {} to {} of table `{}` belong together, but one read may have {} words",
                    words.start,
                    words.end - 1,
                    placed.table.id,
                    parts.link.words_max
                ),
            );
        }
    }
}

fn check_tables_apart(parts: &Parts, placed: &[Placed], findings: &Findings<'_>) {
    let instances = placed.iter().flat_map(|placed| {
        let table = &placed.table;
        // Instances that lie in one another were already reported.
        let apart = if table.stride < table.words {
            1
        } else {
            parts.instances(table)
        };
        (0..u32::from(apart)).map(move |behind| {
            let offset = behind * u32::from(table.stride);
            Occupied {
                words: table.span().start + offset..table.span().end + offset,
                by: format!("instance {} of table `{}`", behind + 1, table.id),
                span: placed.span.clone(),
            }
        })
    });
    check_overlaps(instances.collect(), findings);
}

fn check_each_value_once(placed: &[Placed], findings: &Findings<'_>) {
    let mut seen: HashMap<(PointKind, Measurand), &str> = HashMap::new();
    for Placed { table, span } in placed {
        for register in &table.registers {
            let key = (table.kind, register.measurand);
            if let Some(first) = seen.insert(key, &table.id)
                && first != table.id
            {
                findings.report(
                    span,
                    format!(
                        "`{}` is in table `{first}` and again in table `{}`",
                        register.measurand, table.id
                    ),
                );
            }
        }
    }
}
