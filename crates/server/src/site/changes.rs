//! What differs between two documents, member by member: the before and after of the audit log.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::SiteDocument;

/// Members that one row of the audit log names: an edit by hand has some, and an exchanged site
/// is told by its counts.
const CHANGES_MAX: usize = 100;

/// Members by their place, such as `sources/4/host`. What was added is only behind, what was
/// deleted only before, each by its name.
pub(super) fn changes(
    before: &SiteDocument,
    after: &SiteDocument,
) -> (Map<String, Value>, Map<String, Value>) {
    let (before, after) = (members(before), members(after));
    let mut told = (Map::new(), Map::new());
    let mut n_more: usize = 0;
    let mut tell = |place: &str, old: Option<Value>, new: Option<Value>| {
        if told.0.len().max(told.1.len()) >= CHANGES_MAX {
            n_more += 1;
            return;
        }
        told.0.extend(old.map(|old| (place.to_owned(), old)));
        told.1.extend(new.map(|new| (place.to_owned(), new)));
    };
    for (place, old) in &before {
        match after.get(place) {
            None => tell(place, Some(name_of(old)), None),
            Some(new) => {
                for (member, old, new) in differing(old, new) {
                    tell(&format!("{place}/{member}"), old, new);
                }
            }
        }
    }
    for (place, new) in after
        .iter()
        .filter(|(place, _)| !before.contains_key(*place))
    {
        tell(place, None, Some(name_of(new)));
    }
    if n_more > 0 {
        told.1.insert("more".to_owned(), json!(n_more));
    }
    told
}

/// Everything that has a life of its own, by kind and id.
fn members(document: &SiteDocument) -> BTreeMap<String, Value> {
    let mut members = BTreeMap::from([("site".to_owned(), json!(document.site))]);
    let labels = [("fluids", &document.fluids), ("usages", &document.usages)];
    for (kind, labels) in labels {
        members.extend(
            labels
                .iter()
                .map(|it| (format!("{kind}/{}", it.id), json!(it))),
        );
    }
    let profiles = document.device_profiles.iter();
    members.extend(profiles.map(|it| {
        // A whole text is no row of a log: that it changed shows by its length.
        let told = json!({ "name": it.file, "characters": it.toml.chars().count() });
        (format!("device_profiles/{}", it.file), told)
    }));
    let sources = document.sources.iter();
    members.extend(sources.map(|it| (format!("sources/{}", it.id), json!(it))));
    let points = document.points.iter();
    members.extend(points.map(|it| (format!("points/{}", it.id), json!(it))));
    let hierarchies = document.hierarchies.iter();
    members.extend(hierarchies.map(|it| (format!("hierarchies/{}", it.id), json!(it))));
    members.extend(document.mounts.iter().map(|it| {
        let place = format!(
            "mounts/{}/{}/{}/{}",
            it.point, it.source, it.channel, it.from
        );
        (place, json!(it))
    }));
    members
}

fn name_of(member: &Value) -> Value {
    member.get("name").cloned().unwrap_or(Value::Bool(true))
}

fn differing<'v>(
    old: &'v Value,
    new: &'v Value,
) -> impl Iterator<Item = (&'v str, Option<Value>, Option<Value>)> {
    let names = |value: &'v Value| value.as_object().into_iter().flat_map(Map::keys);
    let mut all: Vec<&str> = names(old).chain(names(new)).map(String::as_str).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().filter_map(|name| {
        let (old, new) = (old.get(name), new.get(name));
        (old != new).then(|| (name, old.cloned(), new.cloned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::HierarchyTree;

    fn document(sources: &Value) -> SiteDocument {
        let text = json!({
            "format": "wattline-configuration", "version": 1,
            "site": { "name": "Plant", "time_zone": "UTC" }, "sources": sources,
        });
        SiteDocument::from_json(text.to_string().as_bytes()).expect("a document")
    }

    fn source(id: usize, host: &str) -> Value {
        json!({ "id": id, "name": format!("Meter {id}"), "profile": "p", "host": host, "unit_id": 1 })
    }

    /// CFG-06
    #[test]
    fn what_changed_is_named_by_its_place_with_both_values() {
        let before = document(&json!([source(1, "10.0.0.1"), source(2, "10.0.0.2")]));
        let mut after = document(&json!([source(1, "10.0.0.9"), source(3, "10.0.0.3")]));
        after.hierarchies.push(HierarchyTree {
            id: 4,
            name: "By load".to_owned(),
            fluid: 1,
            nodes: Vec::new(),
        });
        let (old, new) = changes(&before, &after);
        assert_eq!(
            Value::from(old),
            json!({ "sources/1/host": "10.0.0.1", "sources/2": "Meter 2" })
        );
        assert_eq!(
            Value::from(new),
            json!({
                "hierarchies/4": "By load",
                "sources/1/host": "10.0.0.9", "sources/3": "Meter 3"
            })
        );
    }

    #[test]
    fn a_row_of_the_log_names_so_many_changes_and_counts_the_rest() {
        let many: Vec<Value> = (0..CHANGES_MAX + 20).map(|id| source(id, "h")).collect();
        let (old, new) = changes(&document(&json!([])), &document(&json!(many)));
        assert!(old.is_empty());
        assert_eq!(new.len(), CHANGES_MAX + 1);
        assert_eq!(new["more"], 20);
    }
}
