use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::damage::Damage;
use super::tails::Tails;

/// What the writer and the readers both see.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) damage: Damage,
    tails: RwLock<Tails>,
    faults: Mutex<Faults>,
}

/// What the writer can fail at; a success at one says nothing of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Commit,
    Seal,
}

#[derive(Debug, Default)]
struct Faults {
    commit: Option<String>,
    seal: Option<String>,
}

impl Shared {
    pub(super) fn new(path: PathBuf, damage: Damage, tails: Tails) -> Self {
        Self {
            path,
            damage,
            tails: RwLock::new(tails),
            faults: Mutex::default(),
        }
    }

    pub(super) fn tails(&self) -> RwLockReadGuard<'_, Tails> {
        self.tails.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only the writer's thread changes tails, after the file has the change.
    pub(super) fn tails_mut(&self) -> RwLockWriteGuard<'_, Tails> {
        self.tails.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a piece of work ended; whether it is the first failure after a success.
    pub(super) fn set_fault(&self, work: Work, fault: Option<String>) -> bool {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let last = match work {
            Work::Commit => &mut faults.commit,
            Work::Seal => &mut faults.seal,
        };
        let is_first = fault.is_some() && last.is_none();
        *last = fault;
        is_first
    }

    /// What the health page says: writing before sealing before old damage.
    pub(super) fn fault(&self) -> Option<String> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.commit.clone().or_else(|| faults.seal.clone());
        fault.or_else(|| self.damage.summary())
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        write!(line, ": {cause}").expect("writing to a string cannot fail");
        source = cause.source();
    }
    line
}
