//! The whole data folder as one file, and back (NFR-04).
//!
//! A backup is a tar file of three members: a manifest, `config.db` and `history.db`. Both
//! databases are copied by SQLite while a server may be using them, and read through before the
//! backup gets its name. Restoring reads them through again, puts what was in the data folder
//! aside, and works only while no server runs on it.
//!
//! # Invariants
//!
//! - The file under its name is a whole backup: it is written beside and renamed.
//! - A backup is readable by its owner only, since it holds password hashes.
//! - Nothing in a data folder is deleted; what a restore replaces lies in a folder beside.

mod archive;
mod error;

use std::fs::File;
use std::path::{Path, PathBuf};

use history::{FileSummary, copy_file, inspect_file};
use jiff::Timestamp;

pub use archive::Manifest;
pub use error::BackupError;

use self::archive::{Archive, write_archive};
use crate::app::{HISTORY_FILE, claim};
use crate::config_db;

/// What a backup holds, for people.
#[derive(Debug)]
pub struct Summary {
    pub manifest: Manifest,
    pub history: FileSummary,
}

/// Writes a backup of the data folder to `file`, checked.
///
/// # Errors
///
/// [`BackupError`]; then `file` is what it was before.
pub fn back_up(data: &Path, file: &Path, now: Timestamp) -> Result<Summary, BackupError> {
    for name in [config_db::FILE_NAME, HISTORY_FILE] {
        if !data.join(name).is_file() {
            return Err(BackupError::NoData {
                folder: data.to_owned(),
                name,
            });
        }
    }
    let beside = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let unwritable = |source| BackupError::Write {
        path: file.to_owned(),
        source,
    };
    // Temporary folders are their owner's alone.
    let work = tempfile::Builder::new()
        .prefix(".wattline-backup-")
        .tempdir_in(beside)
        .map_err(unwritable)?;
    let config = work.path().join(config_db::FILE_NAME);
    let history = work.path().join(HISTORY_FILE);
    config_db::copy(&data.join(config_db::FILE_NAME), &config)?;
    copy_file(&data.join(HISTORY_FILE), &history)?;
    let summary = checked(&history)?;
    let manifest = Manifest::new(now, config_db::check(&config)?, summary.version);
    let whole = work.path().join("whole");
    let manifest = write_archive(&whole, manifest, work.path()).map_err(unwritable)?;
    std::fs::rename(&whole, file).map_err(unwritable)?;
    sync_folder(beside).map_err(unwritable)?;
    Ok(Summary {
        manifest,
        history: summary,
    })
}

/// Reads a backup through without restoring it. `work` is a folder with room for it.
pub fn check(file: &Path, work: &Path) -> Result<Summary, BackupError> {
    let unreadable = |source| BackupError::Read {
        path: file.to_owned(),
        source,
    };
    let unpacked = tempfile::Builder::new()
        .prefix(".wattline-restore-")
        .tempdir_in(work)
        .map_err(unreadable)?;
    unpack(file, unpacked.path())
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    pub summary: Summary,
    /// Where the files lie that were in the data folder before.
    pub before: Option<PathBuf>,
}

/// Puts what a backup holds into a data folder. Files that lie there are refused, or with
/// `replace` put aside.
///
/// # Errors
///
/// [`BackupError`]; before anything was put aside the data folder is as it was.
pub fn restore(
    file: &Path,
    data: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    let _lock = claim(data)?;
    let names = [config_db::FILE_NAME, HISTORY_FILE];
    let is_used = names.iter().any(|name| data.join(name).exists());
    if is_used && !replace {
        return Err(BackupError::NotEmpty {
            folder: data.to_owned(),
        });
    }
    let unusable = |source| BackupError::Write {
        path: data.to_owned(),
        source,
    };
    let unpacked = tempfile::Builder::new()
        .prefix(".wattline-restore-")
        .tempdir_in(data)
        .map_err(unusable)?;
    let summary = unpack(file, unpacked.path())?;
    let before = is_used
        .then(|| put_aside(data, now))
        .transpose()
        .map_err(unusable)?;
    for name in names {
        std::fs::rename(unpacked.path().join(name), data.join(name)).map_err(unusable)?;
    }
    sync_folder(data).map_err(unusable)?;
    Ok(Restored { summary, before })
}

fn unpack(file: &Path, folder: &Path) -> Result<Summary, BackupError> {
    let manifest = Archive::open(file)?.unpack(folder)?;
    let history = checked(&folder.join(HISTORY_FILE))?;
    config_db::check(&folder.join(config_db::FILE_NAME))?;
    Ok(Summary { manifest, history })
}

fn checked(history: &Path) -> Result<FileSummary, BackupError> {
    let summary = inspect_file(history)?;
    if summary.faults.is_empty() {
        Ok(summary)
    } else {
        Err(BackupError::Damaged {
            faults: summary.faults,
        })
    }
}

/// Moves the databases of a data folder, with what SQLite keeps beside them, into a folder there.
fn put_aside(data: &Path, now: Timestamp) -> std::io::Result<PathBuf> {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let aside = data.join(format!("before-restore-{stamp}"));
    std::fs::create_dir(&aside)?;
    for name in [config_db::FILE_NAME, HISTORY_FILE] {
        for suffix in ["", "-wal", "-shm"] {
            let name = format!("{name}{suffix}");
            if data.join(&name).exists() {
                std::fs::rename(data.join(&name), aside.join(&name))?;
            }
        }
    }
    Ok(aside)
}

/// Makes a rename in a folder survive a power cut.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
