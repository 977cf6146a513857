//! Reads the text of a profile: TOML to checked [`Parts`].
//!
//! Reading never stops at a mistake: what is wrong is reported and left out, and the rest is
//! still checked. Spans live here only; behind [`read`] a profile is known to be right.

mod action;
mod fields;
mod head;
mod identity;
mod layout;
mod link;
mod register;
mod table;

use std::ops::Range;

use toml::de::DeTable;

use crate::diagnostic::Findings;
use crate::parts::Parts;
use crate::table::Table;
use crate::{Catalogue, Confidence, RegisterMapStatus};
use fields::{Fields, suggestion};

pub(crate) use link::LINK_DEFAULTS;

/// The only version of the format so far.
const SCHEMA: u32 = 1;

/// A whole family fits into a quarter of this; what is longer is no profile.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// A table and where the text names it; an inherited one stands where `extends` does.
pub(crate) struct Placed {
    pub(crate) table: Table,
    pub(crate) span: Range<usize>,
}

/// Reads `text` and reports every mistake to `findings`; `catalogue` has what it may extend.
pub(crate) fn read(text: &str, findings: &Findings<'_>, catalogue: &Catalogue) -> Option<Parts> {
    if text.len() > TEXT_BYTES_MAX {
        findings.report(
            &(0..0),
            format!("this is too long for a profile: more than {TEXT_BYTES_MAX} bytes"),
        );
        return None;
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        findings.report(&span, format!("this is not TOML: {}", error.message()));
    }
    if !errors.is_empty() {
        return None;
    }
    let root = Fields::new(document.get_ref(), 0..0, findings);
    root.require("schema", root.integer("schema", SCHEMA..=SCHEMA));
    let base = match root.text("extends") {
        Some(id) => Some(base(&root, &id, catalogue)?),
        None => None,
    };
    let mut parts = head::read(&root, base);
    link::read(&root, parts.as_mut());
    let base = base.and_then(|base| base.identity.as_ref());
    if let Some(rules) = identity::read(&root, base)
        && let Some(parts) = &mut parts
    {
        parts.identity = Some(rules);
    }
    let (sources, inherited) = parts
        .as_ref()
        .map_or((&[][..], &[][..]), |parts| (&parts.sources, &parts.tables));
    let own = table::read_all(&root, sources, inherited);
    let inherited = parts.as_ref().map_or(&[][..], |parts| &parts.actions);
    let actions = action::read_all(&root, sources, inherited);
    let placed = table::merge(&root, own, parts.as_mut());
    let extends = root.span_of("extends");
    let actions_span = root.has("action").then(|| root.span_of("action"));
    root.finish();
    if let Some(parts) = &mut parts {
        layout::check(parts, &placed, findings);
        parts.actions = action::checked(parts, actions, &placed, &extends, findings);
        parts.tables = placed.into_iter().map(|placed| placed.table).collect();
        if parts.status == RegisterMapStatus::Assumed {
            doubt(parts);
            if let Some(action) = actions_span {
                findings.report(
                    &action,
                    "a device whose registers are assumed is never written to",
                );
            }
        }
    }
    parts
}

/// However well a register is known of another product, here it is taken over unseen, so nothing is
/// written.
fn doubt(parts: &mut Parts) {
    parts.actions.clear();
    let tables = parts.tables.iter_mut();
    for register in tables.flat_map(|table| &mut table.registers) {
        register.confidence = Confidence::Assumed;
    }
}

/// What the profile extends. Without it nothing else can be judged.
fn base<'c>(root: &Fields<'_>, id: &str, catalogue: &'c Catalogue) -> Option<&'c Parts> {
    let base = catalogue.parts(id);
    if base.is_none() {
        root.findings().report_with_hint(
            &root.span_of("extends"),
            format!("there is no profile `{id}` to extend"),
            suggestion(id, &catalogue.ids()),
        );
    }
    base
}
