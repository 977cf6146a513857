use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::acquisition::Periods;

/// Settings of the process. What the site is lies in the data folder instead.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of `config.db` and `history.db`; made if it does not exist.
    pub data: PathBuf,
    /// Loopback unless told otherwise: as long as there is no HTTPS, passwords would travel in
    /// clear beyond it.
    pub listen: SocketAddr,
    pub periods: Periods,
}

/// The same settings as an optional file, each of them optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub log: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    #[error("the settings file {path} cannot be read")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the settings file {path} has a mistake\n{source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
}

impl ConfigFile {
    pub fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigFileError::Read {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigFileError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }
}
