use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::app::HISTORY_FILE;
use crate::config_db;

const MANIFEST: &str = "manifest.json";

/// A later program may write another format; this one reads its own.
const FORMAT: u32 = 1;

/// A manifest says a few lines; what is longer is none.
const MANIFEST_BYTES_MAX: u64 = 64 << 10;

/// For the owner alone: there are password hashes inside.
const MODE: u32 = 0o600;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The program that wrote it.
    pub program: String,
    pub created_at: Timestamp,
    pub config_version: i64,
    pub history_version: i64,
    pub members: Vec<Member>,
}

/// A file in the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    pub(super) fn new(now: Timestamp, config_version: i64, history_version: i64) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: now,
            config_version,
            history_version,
            members: Vec::new(),
        }
    }
}

/// Packs both databases from `folder` behind their manifest, synced to the disk.
pub(super) fn write_archive(
    path: &Path,
    mut manifest: Manifest,
    folder: &Path,
) -> io::Result<Manifest> {
    let mut files = Vec::new();
    for name in [config_db::FILE_NAME, HISTORY_FILE] {
        let mut file = File::open(folder.join(name))?;
        let (bytes, sha256) = digest(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        manifest.members.push(Member {
            name: name.to_owned(),
            bytes,
            sha256,
        });
        files.push(file);
    }
    let whole = private_file(path)?;
    let mut tar = tar::Builder::new(whole);
    let text = serde_json::to_vec_pretty(&manifest)?;
    let created_at = manifest.created_at.as_second() as u64;
    append(
        &mut tar,
        MANIFEST,
        text.len() as u64,
        created_at,
        text.as_slice(),
    )?;
    for (member, file) in manifest.members.iter().zip(files) {
        append(&mut tar, &member.name, member.bytes, created_at, file)?;
    }
    tar.into_inner()?.sync_all()?;
    Ok(manifest)
}

fn append(
    tar: &mut tar::Builder<File>,
    name: &str,
    bytes: u64,
    created_at: u64,
    data: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(MODE);
    header.set_mtime(created_at);
    tar.append_data(&mut header, name, data)
}

/// A backup that is opened for reading.
pub(super) struct Archive {
    path: PathBuf,
    file: File,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(|source| BackupError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Writes the databases into `folder` and holds them against the manifest. Members have fixed
    /// names, so that nothing else is ever written.
    pub(super) fn unpack(self, folder: &Path) -> Result<Manifest, BackupError> {
        let Self { path, file } = self;
        let read = |source| BackupError::Read {
            path: path.clone(),
            source,
        };
        let no_backup = |why: String| BackupError::NoBackup {
            path: path.clone(),
            why,
        };
        let mut tar = tar::Archive::new(BufReader::new(file));
        let mut entries = tar.entries().map_err(read)?;
        let mut first = entries
            .next()
            .ok_or_else(|| no_backup("it is empty".to_owned()))?
            .map_err(|error| no_backup(error.to_string()))?;
        let is_manifest = first.path().is_ok_and(|name| name == Path::new(MANIFEST));
        if !is_manifest {
            return Err(no_backup(format!("it does not begin with {MANIFEST}")));
        }
        let mut text = Vec::new();
        let mut bounded = (&mut first).take(MANIFEST_BYTES_MAX);
        bounded.read_to_end(&mut text).map_err(read)?;
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|error| no_backup(error.to_string()))?;
        if manifest.format != FORMAT {
            let found = manifest.format;
            return Err(no_backup(format!(
                "its format is {found}, this program reads {FORMAT}"
            )));
        }
        for name in [config_db::FILE_NAME, HISTORY_FILE] {
            let changed = || BackupError::Changed {
                path: path.clone(),
                member: name.to_owned(),
            };
            let written = manifest.members.iter().find(|member| member.name == name);
            let written = written.ok_or_else(|| no_backup(format!("it has no {name}")))?;
            let mut entry = entries.next().ok_or_else(changed)?.map_err(read)?;
            if !entry.path().is_ok_and(|found| found == Path::new(name)) {
                return Err(changed());
            }
            let target = folder.join(name);
            let write = |source| BackupError::Write {
                path: target.clone(),
                source,
            };
            let mut copy = private_file(&target).map_err(write)?;
            io::copy(&mut entry, &mut copy).map_err(write)?;
            copy.sync_all().map_err(write)?;
            copy.seek(SeekFrom::Start(0)).map_err(write)?;
            let found = digest(&mut copy).map_err(write)?;
            if found != (written.bytes, written.sha256.clone()) {
                return Err(changed());
            }
        }
        Ok(manifest)
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)
}

/// How long a file is, and its SHA-256.
fn digest(file: &mut File) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        hasher.update(&buffer[..n]);
    }
    let mut text = String::new();
    for byte in hasher.finalize() {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    Ok((bytes, text))
}
