use std::time::Duration;

use super::try_limiter::TooManyTries;
use super::{HashError, PasswordRule};
use crate::config_db::ConfigDbError;

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LogInRefusal {
    #[error("wrong password")]
    WrongPassword,
    #[error("too many tries, the next one in {retry_after:?}")]
    TooManyTries { retry_after: Duration },
    #[error("access without a password is switched off")]
    AnonymousAccessOff,
    #[error(transparent)]
    Failed(#[from] UsersError),
}

/// Why a password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefusal {
    #[error("wrong password")]
    WrongPassword,
    #[error("the new password breaks the rules {0:?}")]
    Weak(Vec<PasswordRule>),
    #[error("too many tries, the next one in {retry_after:?}")]
    TooManyTries { retry_after: Duration },
    #[error("a first password set from another machine needs the one-time code")]
    FirstCodeNeeded,
    #[error("wrong one-time code")]
    WrongFirstCode,
    #[error("the session ended meanwhile")]
    SessionEnded,
    #[error(transparent)]
    Failed(#[from] UsersError),
}

/// What fails inside.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Db(#[from] ConfigDbError),
}

impl From<TooManyTries> for LogInRefusal {
    fn from(TooManyTries { retry_after }: TooManyTries) -> Self {
        LogInRefusal::TooManyTries { retry_after }
    }
}

impl From<TooManyTries> for PasswordRefusal {
    fn from(TooManyTries { retry_after }: TooManyTries) -> Self {
        PasswordRefusal::TooManyTries { retry_after }
    }
}

impl From<HashError> for LogInRefusal {
    fn from(error: HashError) -> Self {
        LogInRefusal::Failed(error.into())
    }
}

impl From<ConfigDbError> for LogInRefusal {
    fn from(error: ConfigDbError) -> Self {
        LogInRefusal::Failed(error.into())
    }
}

impl From<HashError> for PasswordRefusal {
    fn from(error: HashError) -> Self {
        PasswordRefusal::Failed(error.into())
    }
}

impl From<ConfigDbError> for PasswordRefusal {
    fn from(error: ConfigDbError) -> Self {
        PasswordRefusal::Failed(error.into())
    }
}
