use std::io;
use std::path::PathBuf;

use tracing::warn;

use crate::world::WorldMemory;

/// The file in which a plant's meters keep their counters, as real ones do when their supply
/// fails: a plant that is started again goes on counting, and none of its counters falls.
///
/// The file is replaced as a whole, so that it is never half written. One that cannot be read is
/// as good as none: the meters then begin anew.
#[derive(Debug, Clone)]
pub(crate) struct MemoryFile {
    path: PathBuf,
}

impl MemoryFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn load(&self) -> Option<WorldMemory> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                warn!(path = %self.path.display(), %error, "the memory of the meters cannot be read");
                return None;
            }
        };
        serde_json::from_slice(&text)
            .inspect_err(|error| {
                warn!(path = %self.path.display(), %error, "the memory of the meters is damaged");
            })
            .ok()
    }

    pub(crate) fn save(&self, memory: &WorldMemory) -> io::Result<()> {
        let text = serde_json::to_vec(memory)?;
        let beside = self.path.with_added_extension("new");
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, &self.path)
    }
}
