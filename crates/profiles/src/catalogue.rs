use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::DeviceProfile;

/// Profiles by their id.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    profiles: BTreeMap<String, Arc<DeviceProfile>>,
}

/// The profiles in the binary are constant data, parsed at first use.
static SHIPPED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::default()));

impl Catalogue {
    /// The profiles that come with the program.
    pub fn shipped() -> Arc<Self> {
        Arc::clone(&SHIPPED)
    }

    pub fn get(&self, id: &str) -> Option<Arc<DeviceProfile>> {
        self.profiles.get(id).cloned()
    }

    /// All profiles, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<DeviceProfile>> {
        self.profiles.values()
    }
}
