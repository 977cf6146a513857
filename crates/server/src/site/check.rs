//! From a document as it was written to a [`Site`], or to everything that is wrong with it.

mod hierarchies;
mod mounts;
mod points;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use profiles::Catalogue;

use super::Site;
use super::document::{FORMAT, Label, ProfileText, SiteDocument, SiteMistake, VERSION};
use hierarchies::check_hierarchies;
use mounts::check_mounts;
use points::check_points;
use sources::check_sources;

/// Means over less are hardly fewer than the readings they are made of.
const INTEGRATION_S_MIN: u32 = 60;
/// Longest name of anything: fits every list and file name.
const NAME_CHARS_MAX: usize = 100;
/// Sources of one site; a gateway carries some 30, so this is hundreds of gateways.
const SOURCES_MAX: usize = 10_000;
/// Profiles of a site's own, each of a quarter of a megabyte at most; nobody has so many products
/// that nobody else has.
const DEVICE_PROFILES_MAX: usize = 50;
/// Points of one site, and mounts counting past ones.
const POINTS_MAX: usize = 50_000;

/// Collects every mistake with its path, so that a person mends them in one go.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<SiteMistake>);

impl Mistakes {
    pub(super) fn add(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.0.push(SiteMistake {
            path: path.into(),
            problem: problem.into(),
        });
    }

    fn name(&mut self, path: &str, name: &str) {
        if name.trim().is_empty() {
            self.add(format!("{path}.name"), "a name is needed");
        } else if name.chars().count() > NAME_CHARS_MAX {
            self.add(
                format!("{path}.name"),
                format!("a name has at most {NAME_CHARS_MAX} characters"),
            );
        }
    }

    fn positive(&mut self, path: String, value: Option<f64>) {
        if value.is_some_and(|value| !(value.is_finite() && value > 0.0)) {
            self.add(path, "must be a number above 0");
        }
    }
}

impl Site {
    /// Checks a whole document.
    ///
    /// # Errors
    ///
    /// Every mistake found, each with its JSON path; the site is not touched by a document
    /// with any.
    pub fn check(
        document: SiteDocument,
        catalogue: &Arc<Catalogue>,
    ) -> Result<Self, Vec<SiteMistake>> {
        let mut mistakes = Mistakes::default();
        check_head(&document, &mut mistakes);
        let time_zone = TimeZone::get(&document.site.time_zone).unwrap_or_else(|error| {
            mistakes.add("site.time_zone", error.to_string());
            TimeZone::UTC
        });
        let fluids = check_labels("fluids", &document.fluids, &mut mistakes);
        let usages = check_labels("usages", &document.usages, &mut mistakes);
        let catalogue = own_profiles(&document.device_profiles, catalogue, &mut mistakes);
        let devices = check_sources(&document, &catalogue, &mut mistakes);
        let points = check_points(&document, &fluids, &usages, &mut mistakes);
        let mounts = check_mounts(&document, &devices, &points, &mut mistakes);
        let hierarchies = check_hierarchies(&document, &fluids, &points, &mut mistakes);
        if !mistakes.0.is_empty() {
            return Err(mistakes.0);
        }
        Ok(Self {
            device_index: devices
                .iter()
                .enumerate()
                .map(|(index, device)| (device.id, index))
                .collect(),
            point_index: points
                .iter()
                .enumerate()
                .map(|(index, point)| (point.id, index))
                .collect(),
            document,
            catalogue,
            time_zone,
            devices,
            points,
            mounts,
            hierarchies,
        })
    }
}

fn check_head(document: &SiteDocument, mistakes: &mut Mistakes) {
    if document.format != FORMAT {
        mistakes.add("format", format!("must be `{FORMAT}`"));
    }
    if document.version != VERSION {
        mistakes.add(
            "version",
            format!(
                "this program reads version {VERSION}, the document has {}",
                document.version
            ),
        );
    }
    mistakes.name("site", &document.site.name);
    if !(0..24).contains(&document.site.contract_hour) {
        mistakes.add("site.contract_hour", "must be an hour from 0 to 23");
    }
    let period_s = document.site.integration_period_s;
    if period_s < INTEGRATION_S_MIN || !3_600u32.is_multiple_of(period_s) {
        mistakes.add(
            "site.integration_period_s",
            format!("must divide an hour and be {INTEGRATION_S_MIN} s at least"),
        );
    }
    if document.sources.len() > SOURCES_MAX {
        mistakes.add("sources", format!("at most {SOURCES_MAX}"));
    }
    if document.points.len() > POINTS_MAX {
        mistakes.add("points", format!("at most {POINTS_MAX}"));
    }
    if document.mounts.len() > POINTS_MAX {
        mistakes.add("mounts", format!("at most {POINTS_MAX}"));
    }
}

fn check_labels(member: &str, labels: &[Label], mistakes: &mut Mistakes) -> HashMap<u32, Label> {
    let mut known = HashMap::new();
    for (index, label) in labels.iter().enumerate() {
        let path = format!("{member}[{index}]");
        mistakes.name(&path, &label.name);
        if known.insert(label.id, label.clone()).is_some() {
            mistakes.add(format!("{path}.id"), format!("{} is used twice", label.id));
        }
    }
    known
}

/// The program's profiles and those of the document; without the latter when one has mistakes.
fn own_profiles(
    texts: &[ProfileText],
    shipped: &Arc<Catalogue>,
    mistakes: &mut Mistakes,
) -> Arc<Catalogue> {
    if texts.is_empty() {
        return Arc::clone(shipped);
    }
    if texts.len() > DEVICE_PROFILES_MAX {
        mistakes.add("device_profiles", format!("at most {DEVICE_PROFILES_MAX}"));
        return Arc::clone(shipped);
    }
    let mut index_of = HashMap::new();
    for (index, text) in texts.iter().enumerate() {
        let path = format!("device_profiles[{index}].file");
        if text.file.trim().is_empty() || text.file.chars().count() > NAME_CHARS_MAX {
            mistakes.add(
                path,
                format!("a file name has 1 to {NAME_CHARS_MAX} characters"),
            );
        } else if index_of.insert(text.file.as_str(), index).is_some() {
            mistakes.add(path, format!("`{}` is used twice", text.file));
        }
    }
    let files = texts
        .iter()
        .map(|text| (text.file.as_str(), text.toml.as_str()));
    match shipped.extended(files) {
        Ok(catalogue) => Arc::new(catalogue),
        Err(found) => {
            for diagnostic in found {
                let index = index_of
                    .get(diagnostic.file.as_str())
                    .copied()
                    .unwrap_or_default();
                mistakes.add(
                    format!("device_profiles[{index}].toml"),
                    diagnostic.to_string(),
                );
            }
            Arc::clone(shipped)
        }
    }
}
