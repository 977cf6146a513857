use std::path::PathBuf;

use history::HistoryError;

use crate::app::AppError;
use crate::config_db::ConfigDbError;

/// Why a backup could not be made, or not be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no {name} in {folder}: it is no data folder of a server that was set up")]
    NoData { folder: PathBuf, name: &'static str },
    #[error("{folder} holds data already; with --replace it is put aside")]
    NotEmpty { folder: PathBuf },
    #[error("{path} cannot be written")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the backup {path} cannot be read")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is no backup of Wattline: {why}")]
    NoBackup { path: PathBuf, why: String },
    #[error("the backup {path} is damaged: {member} is not what was written")]
    Changed { path: PathBuf, member: String },
    #[error("the history is damaged: {}", faults.join("; "))]
    Damaged { faults: Vec<String> },
    #[error(transparent)]
    DataFolder(#[from] AppError),
    #[error(transparent)]
    Config(#[from] ConfigDbError),
    #[error(transparent)]
    History(#[from] HistoryError),
}
