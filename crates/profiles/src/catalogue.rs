use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::diagnostic::Findings;
use crate::parts::Parts;
use crate::{DeviceProfile, Diagnostic, format};

/// Profiles by their id, and the abstract ones that they extend.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    profiles: BTreeMap<String, Arc<DeviceProfile>>,
    parts: BTreeMap<String, Parts>,
}

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// The profiles in the binary are constant data, parsed at first use.
static SHIPPED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let catalogue = Catalogue::load(SHIPPED_FILES.iter().copied());
    Arc::new(catalogue.expect("a test checks every shipped profile"))
});

impl Catalogue {
    /// The profiles that come with the program.
    pub fn shipped() -> Arc<Self> {
        Arc::clone(&SHIPPED)
    }

    /// Checks profile texts, given with their file names. They may extend one another in any
    /// order.
    ///
    /// # Errors
    ///
    /// The mistakes of all texts.
    pub fn load<'t>(
        files: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, Vec<Diagnostic>> {
        Self::default().extended(files)
    }

    /// These profiles and those of more texts, which may extend them and one another. An id that
    /// is there keeps its meaning: a text that uses it again has a mistake.
    ///
    /// # Errors
    ///
    /// The mistakes of all texts.
    pub fn extended<'t>(
        &self,
        files: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut catalogue = self.clone();
        let mut waiting: Vec<(&str, &str)> = files.into_iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut mistakes = Vec::new();
            waiting.retain(|(name, text)| match catalogue.read(name, text) {
                Ok(parts) => match catalogue.add(name, text, parts) {
                    Ok(()) => false,
                    Err(found) => {
                        mistakes.extend(found);
                        true
                    }
                },
                Err(found) => {
                    mistakes.extend(found);
                    true
                }
            });
            // Nothing more to wait for: what is left extends nothing that is right.
            if waiting.len() == before {
                return Err(mistakes);
            }
        }
        Ok(catalogue)
    }

    pub fn get(&self, id: &str) -> Option<Arc<DeviceProfile>> {
        self.profiles.get(id).cloned()
    }

    /// All profiles of products, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<DeviceProfile>> {
        self.profiles.values()
    }

    pub(crate) fn read(&self, name: &str, text: &str) -> Result<Parts, Vec<Diagnostic>> {
        let findings = Findings::new(name, text);
        let parts = format::read(text, &findings, self);
        findings.into_result(parts)
    }

    pub(crate) fn parts(&self, id: &str) -> Option<&Parts> {
        self.parts.get(id)
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.parts.keys().map(String::as_str).collect()
    }

    fn add(&mut self, name: &str, text: &str, parts: Parts) -> Result<(), Vec<Diagnostic>> {
        let findings = Findings::new(name, text);
        if self.parts.contains_key(&parts.id) {
            findings.report(
                &(0..0),
                format!("there is already a profile `{}`", parts.id),
            );
        }
        let parts = findings.into_result(Some(parts))?;
        if !parts.is_abstract {
            let profile = DeviceProfile::new(parts.clone());
            self.profiles.insert(parts.id.clone(), Arc::new(profile));
        }
        self.parts.insert(parts.id.clone(), parts);
        Ok(())
    }
}
