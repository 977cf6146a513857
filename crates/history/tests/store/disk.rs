//! A disk that obeys: what a process does to its files, written down, and faults at will.
//!
//! The library `tests/disk/disk.c` is loaded into a child process before the C library; no rights
//! are needed. It is compiled by the compiler that SQLite needs anyway.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The compiled library; made once per process, and again by each process that runs tests.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/disk/disk.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let library = folder.join("disk.so");
        // Other test processes may do the same right now: only whole files get the name.
        let fresh = folder.join(format!("disk.{}.so", std::process::id()));
        let status = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .arg(&fresh)
            .arg(source)
            .arg("-ldl")
            .status()
            .unwrap();
        assert!(status.success(), "cc cannot compile {source}");
        std::fs::rename(fresh, &library).unwrap();
        library
    })
}

/// One change to a file.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) act: Act,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
    Sync,
    Unlink,
}

/// Reads what the library wrote down; a last record that a kill cut off is left out.
pub(crate) fn read_log(path: &Path) -> Vec<Change> {
    let log = std::fs::read(path).unwrap();
    let mut rest = log.as_slice();
    let mut changes = Vec::new();
    while let Some((change, behind)) = take_change(rest) {
        changes.push(change);
        rest = behind;
    }
    changes
}

fn take_change(rest: &[u8]) -> Option<(Change, &[u8])> {
    let (head, rest) = rest.split_at_checked(14)?;
    let offset = u64::from_le_bytes(head[2..10].try_into().ok()?) as usize;
    let length = u32::from_le_bytes(head[10..14].try_into().ok()?) as usize;
    let (name, rest) = rest.split_at_checked(usize::from(head[1]))?;
    let (bytes, rest) = rest.split_at_checked(length)?;
    let act = match head[0] {
        b'w' => Act::Write {
            offset,
            bytes: bytes.to_vec(),
        },
        b't' => Act::Truncate(offset),
        b's' => Act::Sync,
        b'u' => Act::Unlink,
        other => panic!("a record of kind {other}"),
    };
    let name = String::from_utf8(name.to_vec()).unwrap();
    Some((Change { name, act }, rest))
}

/// What a power cut keeps of the changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Nothing,
    Everything,
    /// Those up to some moment.
    Prefix,
    /// Each by chance.
    Half,
    /// Of each write, sectors of 512 bytes by chance.
    Sectors,
}

impl Kept {
    pub(crate) const ALL: [Self; 5] = [
        Self::Nothing,
        Self::Everything,
        Self::Prefix,
        Self::Half,
        Self::Sectors,
    ];
}

/// Numbers by chance that are the same in every run.
#[derive(Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

const SECTOR: usize = 512;

/// Makes the files as they are after a power cut that came behind `changes`.
pub(crate) fn cut_power(changes: &[Change], kept: Kept, chance: &mut Chance, folder: &Path) {
    let mut synced_until: HashMap<&str, usize> = HashMap::new();
    for (i, change) in changes.iter().enumerate() {
        if matches!(change.act, Act::Sync | Act::Unlink) {
            synced_until.insert(&change.name, i);
        }
    }
    let prefix = chance.below(changes.len() + 1);
    let mut files: HashMap<&str, Vec<u8>> = HashMap::new();
    for (i, change) in changes.iter().enumerate() {
        let is_synced = synced_until
            .get(change.name.as_str())
            .is_some_and(|until| i <= *until);
        let is_kept = is_synced
            || match kept {
                Kept::Nothing => false,
                Kept::Everything | Kept::Sectors => true,
                Kept::Prefix => i < prefix,
                Kept::Half => chance.below(2) == 0,
            };
        match &change.act {
            Act::Sync => {}
            Act::Unlink => {
                files.remove(change.name.as_str());
            }
            Act::Truncate(length) if is_kept => {
                files.entry(&change.name).or_default().resize(*length, 0);
            }
            Act::Write { offset, bytes } if is_kept => {
                let file = files.entry(&change.name).or_default();
                let end = offset + bytes.len();
                file.resize(file.len().max(end), 0);
                for (n, sector) in bytes.chunks(SECTOR).enumerate() {
                    if is_synced || kept != Kept::Sectors || chance.below(2) == 0 {
                        let from = offset + n * SECTOR;
                        file[from..from + sector.len()].copy_from_slice(sector);
                    }
                }
            }
            Act::Truncate(_) | Act::Write { .. } => {
                files.entry(&change.name).or_default();
            }
        }
    }
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
