use std::ops::Range;
use std::sync::Arc;

use model::PointKind;

use super::fields::{Fields, suggestion};
use super::{Placed, layout, register};
use crate::parts::Parts;
use crate::table::{Register, Table};
use crate::time::TimeForm;
use crate::{Confidence, PollClass, Source};

/// What registers say when they say nothing of their own.
pub(super) struct Provenance {
    pub(super) confidence: Option<Confidence>,
    pub(super) sources: Vec<Arc<str>>,
    /// How their times are written.
    pub(super) times: TimeForm,
}

/// `inherited` are the tables that the text may change.
pub(super) fn read_all(root: &Fields<'_>, sources: &[Source], inherited: &[Table]) -> Vec<Placed> {
    let tables = root.tables("table").unwrap_or_default();
    tables
        .into_iter()
        .filter_map(|fields| {
            let span = fields.span().clone();
            let table = read_one(&fields, sources, inherited);
            fields.finish();
            Some(Placed {
                table: table?,
                span,
            })
        })
        .collect()
}

fn read_one(fields: &Fields<'_>, sources: &[Source], inherited: &[Table]) -> Option<Table> {
    let id = fields.require("id", fields.text("id"));
    // A table that does not say where it lies changes the inherited one.
    let base = inherited
        .iter()
        .find(|table| !fields.has("start") && Some(&table.id) == id.as_ref());
    // Title and note are for people who read the file.
    let title = fields.text("title");
    if base.is_none() {
        fields.require("title", title);
    }
    let _ = fields.text("note");
    let start = fields.integer("start", 0..=u16::MAX);
    let start = fields.require("start", start.or(base.map(|base| base.start)));
    let words = fields.integer("words", 1..=u16::MAX);
    let words = fields.require("words", words.or(base.map(|base| base.words)));
    let class = fields.choice("class", &PollClass::ALL, PollClass::name);
    let class = fields.require("class", class.or(base.map(|base| base.class)));
    let kind = fields.choice("channel", &PointKind::ALL, PointKind::name);
    let kind = fields.require("channel", kind.or(base.map(|base| base.kind)));
    let load_status = fields.integer("load_status", 0..=u16::MAX);
    let computed_at = fields.integer("computed_at", 0..=u16::MAX);
    let (count, stride) = repeat(fields)
        .or(base.map(|base| (base.count, base.stride)))
        .unwrap_or((Some(1), 0));
    let provenance = Provenance {
        confidence: fields.choice("confidence", &Confidence::ALL, Confidence::name),
        sources: source_keys(fields, sources).unwrap_or_default(),
        times: fields
            .choice("times", &TimeForm::ALL, TimeForm::name)
            .unwrap_or(TimeForm::Datetime),
    };
    let own = read_registers(fields, &provenance, sources);
    let (registers, spans): (Vec<_>, Vec<_>) = match base {
        Some(base) => changed(&base.registers, own, fields.span()),
        None => own,
    }
    .into_iter()
    .unzip();
    let table = Table {
        id: id?,
        start: start?,
        words: words?,
        class: class?,
        kind: kind?,
        count,
        stride,
        load_status: load_status.or(base.and_then(|base| base.load_status)),
        computed_at: computed_at.or(base.and_then(|base| base.computed_at)),
        registers,
    };
    layout::check_table(&table, fields, &spans);
    Some(table)
}

/// How many instances, when the profile says so, and the words from one to the next.
fn repeat(fields: &Fields<'_>) -> Option<(Option<u8>, u16)> {
    let repeat = fields.table("repeat")?;
    let count = repeat.integer("count", 1..=u8::MAX);
    let stride = repeat.integer("stride", 1..=u16::MAX);
    let stride = repeat.require("stride", stride).unwrap_or(0);
    repeat.finish();
    Some((count, stride))
}

/// The `inherited` registers, those of `own` instead of the ones that measure the same, and the
/// rest of `own`, in the order of their addresses. An inherited one stands where its table does.
fn changed(
    inherited: &[Register],
    own: Vec<(Register, Range<usize>)>,
    table: &Range<usize>,
) -> Vec<(Register, Range<usize>)> {
    let kept = inherited.iter().filter(|register| {
        let is_replaced = |(other, _): &(Register, _)| other.measurand == register.measurand;
        !own.iter().any(is_replaced)
    });
    let mut registers: Vec<_> = kept
        .map(|register| (register.clone(), table.clone()))
        .collect();
    registers.extend(own);
    registers.sort_by_key(|(register, _)| register.address);
    registers
}

fn read_registers(
    fields: &Fields<'_>,
    provenance: &Provenance,
    sources: &[Source],
) -> Vec<(Register, Range<usize>)> {
    let entries = fields.tables("registers");
    fields
        .require("registers", entries)
        .unwrap_or_default()
        .into_iter()
        .flat_map(|entry| {
            let span = entry.span().clone();
            let registers = register::read(&entry, provenance, sources);
            entry.finish();
            registers
                .into_iter()
                .map(move |register| (register, span.clone()))
        })
        .collect()
}

/// The `sources` of a table or register, each of which must be declared.
pub(super) fn source_keys(fields: &Fields<'_>, sources: &[Source]) -> Option<Vec<Arc<str>>> {
    let keys = fields.texts("sources")?;
    let known = keys.into_iter().filter_map(|(key, span)| {
        let source = sources.iter().find(|source| *source.key == *key);
        if source.is_none() {
            let known: Vec<&str> = sources.iter().map(|source| &*source.key).collect();
            fields.findings().report_with_hint(
                &span,
                format!("there is no source `{key}`"),
                suggestion(&key, &known),
            );
        }
        source.map(|source| Arc::clone(&source.key))
    });
    Some(known.collect())
}

/// The inherited tables without those that `drop` names, that `own` replaces or that belong to
/// channels which the product does not have; then the own ones.
pub(super) fn merge(root: &Fields<'_>, own: Vec<Placed>, parts: Option<&mut Parts>) -> Vec<Placed> {
    let dropped = root.texts("drop").unwrap_or_default();
    let (inherited, channels, is_abstract) = parts.map_or_else(Default::default, |parts| {
        let tables = std::mem::take(&mut parts.tables);
        (tables, parts.channels.clone(), parts.is_abstract)
    });
    for (id, span) in &dropped {
        if !inherited.iter().any(|table| table.id == *id) {
            let ids: Vec<&str> = inherited.iter().map(|table| table.id.as_str()).collect();
            root.findings().report_with_hint(
                span,
                format!("there is no inherited table `{id}` to drop"),
                suggestion(id, &ids),
            );
        }
    }
    let extends = root.span_of("extends");
    let mut merged: Vec<Placed> = inherited
        .into_iter()
        .filter(|table| !dropped.iter().any(|(id, _)| *id == table.id))
        .filter(|table| is_abstract || channels.contains_key(&table.kind))
        .map(|table| Placed {
            table,
            span: extends.clone(),
        })
        .collect();
    for placed in own {
        let same = |other: &Placed| other.table.id == placed.table.id;
        match merged.iter_mut().find(|other| same(other)) {
            Some(other) if other.span == extends && root.has("extends") => *other = placed,
            Some(_) => root.findings().report(
                &placed.span,
                format!("there is already a table `{}`", placed.table.id),
            ),
            None => merged.push(placed),
        }
    }
    merged
}
