use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What an import is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportPhase {
    Reading,
    Comparing,
    Storing,
    Done,
}

impl ImportPhase {
    const ALL: [Self; 4] = [Self::Reading, Self::Comparing, Self::Storing, Self::Done];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Comparing => "comparing",
            Self::Storing => "storing",
            Self::Done => "done",
        }
    }
}

/// How far an import has come: written by it, read by whoever watches.
#[derive(Debug, Default)]
pub struct ImportProgress {
    phase: AtomicU8,
    /// Rows read, compared or stored in this phase.
    rows: AtomicU64,
}

impl ImportProgress {
    pub fn phase(&self) -> ImportPhase {
        ImportPhase::ALL[usize::from(self.phase.load(Ordering::Relaxed))]
    }

    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    pub(super) fn enter(&self, phase: ImportPhase) {
        self.rows.store(0, Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn pass(&self, n_rows: usize) {
        self.rows.fetch_add(n_rows as u64, Ordering::Relaxed);
    }
}
