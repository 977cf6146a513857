use std::ops::Range;
use std::sync::Arc;

use model::PointKind;

use super::fields::{Fields, suggestion};
use super::{Placed, layout, register};
use crate::parts::Parts;
use crate::table::{Register, Table};
use crate::{Confidence, PollClass, Source};

/// What registers say when they say nothing of their own.
pub(super) struct Provenance {
    pub(super) confidence: Option<Confidence>,
    pub(super) sources: Vec<Arc<str>>,
}

pub(super) fn read_all(root: &Fields<'_>, sources: &[Source]) -> Vec<Placed> {
    let tables = root.tables("table").unwrap_or_default();
    tables
        .into_iter()
        .filter_map(|fields| {
            let span = fields.span().clone();
            let table = read_one(&fields, sources);
            fields.finish();
            Some(Placed {
                table: table?,
                span,
            })
        })
        .collect()
}

fn read_one(fields: &Fields<'_>, sources: &[Source]) -> Option<Table> {
    let id = fields.require("id", fields.text("id"));
    // Title and note are for people who read the file.
    fields.require("title", fields.text("title"));
    let _ = fields.text("note");
    let start = fields.require("start", fields.integer("start", 0..=u16::MAX));
    let words = fields.require("words", fields.integer("words", 1..=u16::MAX));
    let class = fields.choice("class", &PollClass::ALL, PollClass::name);
    let class = fields.require("class", class);
    let kind = fields.choice("channel", &PointKind::ALL, PointKind::name);
    let kind = fields.require("channel", kind);
    let load_status = fields.integer("load_status", 0..=u16::MAX);
    let computed_at = fields.integer("computed_at", 0..=u16::MAX);
    let (mut count, mut stride) = (None, 0);
    if let Some(repeat) = fields.table("repeat") {
        count = repeat.integer("count", 1..=u8::MAX);
        let found = repeat.integer("stride", 1..=u16::MAX);
        stride = repeat.require("stride", found).unwrap_or(0);
        repeat.finish();
    } else {
        count = count.or(Some(1));
    }
    let provenance = Provenance {
        confidence: fields.choice("confidence", &Confidence::ALL, Confidence::name),
        sources: source_keys(fields, sources).unwrap_or_default(),
    };
    let (registers, spans): (Vec<_>, Vec<_>) = read_registers(fields, &provenance, sources)
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
        load_status,
        computed_at,
        registers,
    };
    layout::check_table(&table, fields, &spans);
    Some(table)
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
