use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A part of the file that can be damaged by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    JournalRow(i64),
    /// By its id: series << 32 | first second.
    Chunk(i64),
    /// A page of chunks that SQLite cannot read; by the chunk id at which it was met.
    Page(i64),
}

impl Part {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::JournalRow(_) => "journal row",
            Self::Chunk(_) => "chunk",
            Self::Page(_) => "page",
        }
    }

    pub(super) fn id(self) -> i64 {
        match self {
            Self::JournalRow(id) | Self::Chunk(id) | Self::Page(id) => id,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JournalRow(seq) => write!(formatter, "journal row {seq}"),
            Self::Chunk(id) => write_place(formatter, "chunk", *id),
            Self::Page(id) => write_place(formatter, "page", *id),
        }
    }
}

fn write_place(formatter: &mut fmt::Formatter<'_>, what: &str, id: i64) -> fmt::Result {
    let (series, second) = (id >> 32, id & 0xffff_ffff);
    write!(formatter, "{what} of series {series} from second {second}")
}

/// Which parts could not be read since the file was opened; each is told to the log once.
#[derive(Debug, Default)]
pub(super) struct Damage {
    parts: Mutex<BTreeSet<Part>>,
}

/// A file with more damage than this is lost anyway; beyond it neither memory nor log grows.
const PARTS_MAX: usize = 1000;

impl Damage {
    pub(super) fn report(&self, part: Part, why: &dyn fmt::Display) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if parts.len() < PARTS_MAX && parts.insert(part) {
            tracing::warn!(%part, %why, "a part of the history is damaged, its samples are missing");
        }
    }

    pub(super) fn count(&self) -> usize {
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// One sentence for the health page; `None` while all is well.
    pub(super) fn summary(&self) -> Option<String> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let first = parts.first()?;
        Some(match parts.len() {
            1 => format!("{first} is damaged"),
            n => format!("{n} parts are damaged, first {first}"),
        })
    }
}
