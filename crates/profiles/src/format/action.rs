use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};

use model::{CounterKind, PointKind};

use super::Placed;
use super::fields::Fields;
use super::table::source_keys;
use crate::action::{ActionKind, ActionSpec, RegisterWrite, WriteFunction, WriteSpec, Zeroed};
use crate::diagnostic::Findings;
use crate::parts::Parts;
use crate::{Confidence, Source};

/// A device zeroes all its counters at one word or two.
const WRITES_MAX: usize = 8;
const WRITES: RangeInclusive<usize> = 1..=WRITES_MAX;

/// An action and where the text names it; an inherited one stands where `extends` does.
pub(super) struct PlacedAction {
    action: ActionSpec,
    span: Range<usize>,
}

/// The actions of the text, and of the `inherited` ones those that it does not replace.
pub(super) fn read_all(
    root: &Fields<'_>,
    sources: &[Source],
    inherited: &[ActionSpec],
) -> Vec<PlacedAction> {
    let mut actions: Vec<PlacedAction> = Vec::new();
    for fields in root.tables("action").unwrap_or_default() {
        let span = fields.span().clone();
        let action = read_one(&fields, sources);
        fields.finish();
        let Some(action) = action else { continue };
        if actions.iter().any(|other| same(&other.action, &action)) {
            root.findings().report(
                &span,
                format!(
                    "there is already an action that does `{}` to a `{}`",
                    action.kind.name(),
                    action.channel.name()
                ),
            );
        }
        actions.push(PlacedAction { action, span });
    }
    let extends = root.span_of("extends");
    for action in inherited {
        if !actions.iter().any(|other| same(&other.action, action)) {
            actions.push(PlacedAction {
                action: action.clone(),
                span: extends.clone(),
            });
        }
    }
    actions
}

fn same(one: &ActionSpec, other: &ActionSpec) -> bool {
    (one.kind, one.channel) == (other.kind, other.channel)
}

fn read_one(fields: &Fields<'_>, sources: &[Source]) -> Option<ActionSpec> {
    let kind = fields.choice("act", &ActionKind::ALL, ActionKind::name);
    let kind = fields.require("act", kind);
    let channel = fields.choice("channel", &PointKind::ALL, PointKind::name);
    let channel = fields.require("channel", channel);
    let stride = fields.table("repeat").and_then(|repeat| {
        let stride = repeat.integer("stride", 1..=u16::MAX);
        let stride = repeat.require("stride", stride);
        repeat.finish();
        stride
    });
    let confidence = fields.choice("confidence", &Confidence::ALL, Confidence::name);
    let confidence = fields.require("confidence", confidence);
    let keys = fields.require("sources", source_keys(fields, sources));
    if keys.as_ref().is_some_and(Vec::is_empty) {
        fields
            .findings()
            .report(&fields.span_of("sources"), "a write needs a source");
    }
    // For people who read the file.
    let _ = fields.text("note");
    let entries = fields.require("writes", fields.tables("writes"));
    let n_entries = entries.as_ref().map(Vec::len);
    if n_entries.is_some_and(|count| !WRITES.contains(&count)) {
        fields.findings().report(
            &fields.span_of("writes"),
            format!("an action takes 1 to {WRITES_MAX} writes"),
        );
    }
    let writes: Vec<WriteSpec> = entries?
        .into_iter()
        .filter_map(|entry| {
            let write = read_write(&entry);
            entry.finish();
            write
        })
        .collect();
    Some(ActionSpec {
        kind: kind?,
        channel: channel?,
        stride: stride.unwrap_or(0),
        writes,
        confidence: confidence?,
        sources: keys?,
    })
}

fn read_write(entry: &Fields<'_>) -> Option<WriteSpec> {
    let address = entry.require("address", entry.integer("address", 0..=u16::MAX));
    let word = entry.require("word", entry.integer("word", 0..=u16::MAX));
    let function = entry.choice("function", &WriteFunction::ALL, WriteFunction::name);
    let zeroes = entry.choice("zeroes", &Zeroed::ALL, Zeroed::name);
    Some(WriteSpec {
        write: RegisterWrite {
            function: function.unwrap_or(WriteFunction::Single),
            address: address?,
            word: word?,
        },
        zeroes: zeroes.unwrap_or(Zeroed::All),
    })
}

/// What must hold between the actions, the channels and the tables of a whole profile. Leaves out
/// the inherited actions of channels that the product does not have.
pub(super) fn checked(
    parts: &Parts,
    mut actions: Vec<PlacedAction>,
    placed: &[Placed],
    extends: &Range<usize>,
    findings: &Findings<'_>,
) -> Vec<ActionSpec> {
    if !parts.is_abstract {
        actions
            .retain(|one| one.span != *extends || parts.channels.contains_key(&one.action.channel));
    }
    let mut written: HashSet<u32> = HashSet::new();
    for PlacedAction { action, span } in &actions {
        let channels = parts.channels.get(&action.channel).copied();
        if !parts.is_abstract && channels.is_none() {
            findings.report(
                span,
                format!("the product has no channel `{}`", action.channel.name()),
            );
        }
        if !can_be_confirmed(action, placed) {
            findings.report_with_hint(
                span,
                format!(
                    "`{}` could not be confirmed: no table of `{}` has a partial counter to read back",
                    action.kind.name(),
                    action.channel.name()
                ),
                "declare the counters that go to zero, such as `ea_import_partial_wh`",
            );
        }
        for behind in 0..u32::from(channels.unwrap_or(1)) {
            for spec in &action.writes {
                let address = u32::from(spec.write.address) + behind * u32::from(action.stride);
                if address > u32::from(u16::MAX) {
                    findings.report(span, "this action runs past the last register");
                    break;
                }
                if !written.insert(address) {
                    findings.report(
                        span,
                        format!("register {address} would be written by two actions or channels"),
                    );
                }
            }
        }
    }
    actions.into_iter().map(|one| one.action).collect()
}

/// A write is only offered where reading back can tell that it worked.
fn can_be_confirmed(action: &ActionSpec, placed: &[Placed]) -> bool {
    match action.kind {
        ActionKind::ResetPartialEnergies => placed
            .iter()
            .filter(|placed| placed.table.kind == action.channel)
            .flat_map(|placed| &placed.table.registers)
            .any(|register| {
                register.measurand.counter == CounterKind::Partial
                    && register.measurand.tariff.is_none()
            }),
    }
}
