use std::collections::BTreeMap;
use std::sync::Arc;

use model::PointKind;

use super::LINK_DEFAULTS;
use super::fields::Fields;
use crate::parts::Parts;
use crate::sentinels::Sentinels;
use crate::signs::{AngleSign, PowerFactorSign};
use crate::word_order::WordOrder;
use crate::{ProductClass, ReadFunction, RegisterMapStatus, Source};

/// Who the profile is for, where it comes from, its channels and its signs; what it does not say
/// it takes from `base`.
pub(super) fn read(root: &Fields<'_>, base: Option<&Parts>) -> Option<Parts> {
    let id = root.require("id", root.text("id"));
    if let Some(id) = &id {
        check_id(root, id);
    }
    let is_abstract = root.flag("abstract").unwrap_or(false);
    let revision = root.require("revision", root.integer("revision", 1..=u32::MAX));
    let title = root.require("title", root.text("title"));
    let vendor = root
        .text("vendor")
        .or_else(|| base.map(|base| base.vendor.clone()));
    let vendor = root.require("vendor", vendor);
    let models: Option<Vec<String>> = root
        .texts("models")
        .map(|models| models.into_iter().map(|(model, _)| model).collect());
    let class = root
        .choice("class", &ProductClass::ALL, ProductClass::name)
        .or_else(|| base.and_then(|base| base.class));
    let class = if is_abstract {
        Some(class)
    } else {
        root.require("class", class).map(Some)
    };
    let status = root
        .choice("status", &RegisterMapStatus::ALL, RegisterMapStatus::name)
        .or_else(|| base.map(|base| base.status));
    let status = root.require("status", status);
    // An abstract profile stands for no product, any other for at least one.
    let models = if is_abstract {
        Some(models.unwrap_or_default())
    } else {
        root.require("models", models)
    };
    let mut notes = base.map_or_else(Vec::new, |base| base.notes.clone());
    notes.extend(
        root.texts("notes")
            .into_iter()
            .flatten()
            .map(|(note, _)| note),
    );
    let sources = sources(root, base);
    let channels = channels(root, base);
    let power_factor_sign = root
        .choice("pf_sign", &PowerFactorSign::ALL, PowerFactorSign::name)
        .or_else(|| base.and_then(|base| base.power_factor_sign));
    let angle_sign = root
        .choice("angle_sign", &AngleSign::ALL, AngleSign::name)
        .or_else(|| base.map(|base| base.angle_sign))
        .unwrap_or(AngleSign::Unstated);
    Some(Parts {
        id: id?,
        is_abstract,
        revision: revision?,
        vendor: vendor?,
        models: models?,
        title: title?,
        class: class?,
        status: status?,
        sources,
        notes,
        function: base.map_or(ReadFunction::Holding, |base| base.function),
        link: base.map_or(LINK_DEFAULTS, |base| base.link.clone()),
        word_order: base.map_or(WordOrder::HighFirst, |base| base.word_order),
        power_factor_sign,
        angle_sign,
        sentinels: base.map_or_else(Sentinels::default, |base| base.sentinels.clone()),
        channels,
        identity: base.and_then(|base| base.identity.clone()),
        tables: base.map_or_else(Vec::new, |base| base.tables.clone()),
        actions: base.map_or_else(Vec::new, |base| base.actions.clone()),
    })
}

fn check_id(root: &Fields<'_>, id: &str) {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !id.split('.').all(is_word) {
        root.findings().report_with_hint(
            &root.span_of("id"),
            format!("`{id}` is no profile id"),
            "write vendor, family and model in small letters, such as `socomec.digiware.i35`",
        );
    }
}

fn sources(root: &Fields<'_>, base: Option<&Parts>) -> Vec<Source> {
    let mut sources = base.map_or_else(Vec::new, |base| base.sources.clone());
    for entry in root.tables("source").unwrap_or_default() {
        let key = entry.require("key", entry.text("key"));
        let title = entry.require("title", entry.text("title"));
        let (url, repository, path, note) = (
            entry.text("url"),
            entry.text("repository"),
            entry.text("path"),
            entry.text("note"),
        );
        if let (Some(key), Some(title)) = (key, title) {
            if sources.iter().any(|source| *source.key == *key) {
                root.findings().report(
                    &entry.span_of("key"),
                    format!("there is already a source `{key}`"),
                );
            }
            sources.push(Source {
                key: Arc::from(key),
                title,
                url,
                repository,
                path,
                note,
            });
        }
        entry.finish();
    }
    sources
}

fn channels(root: &Fields<'_>, base: Option<&Parts>) -> BTreeMap<PointKind, u8> {
    let mut channels = base.map_or_else(BTreeMap::new, |base| base.channels.clone());
    if let Some(entry) = root.table("channels") {
        for kind in PointKind::ALL {
            if let Some(count) = entry.integer(kind.name(), 1..=u8::MAX) {
                channels.insert(kind, count);
            }
        }
        entry.finish();
    }
    channels
}
