use std::fmt;
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::UserProfile;

/// Fewer characters are guessed too fast (SEC-02).
pub const PASSWORD_CHARS_MIN: usize = 10;
/// More is no password but an attempt to keep the hash busy.
pub const PASSWORD_CHARS_MAX: usize = 128;

/// Each hash takes 19 MiB and a core for some 40 ms: polling must keep a core.
const HASHES_AT_ONCE: usize = 1;
/// Some seconds of work; whoever comes later is told to come again.
const HASHES_WAITING_MAX: usize = 32;

/// A password in clear, on its way from a request to the hash. Never shown, never stored.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    pub fn new(text: impl Into<String>) -> Password {
        Password(text.into())
    }

    /// What this password lacks; nothing when it may be used.
    pub fn broken_rules(&self) -> Vec<PasswordRule> {
        PasswordRule::ALL
            .into_iter()
            .filter(|rule| !rule.holds(&self.0))
            .collect()
    }

    fn is_too_long(&self) -> bool {
        self.0.chars().count() > PASSWORD_CHARS_MAX
    }
}

/// Never shows the password, so that no log line can.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a new password must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordRule {
    Length,
    Upper,
    Lower,
    Digit,
    Special,
    /// Not the factory password of any profile, however it is cased.
    Factory,
}

impl PasswordRule {
    const ALL: [PasswordRule; 6] = [
        PasswordRule::Length,
        PasswordRule::Upper,
        PasswordRule::Lower,
        PasswordRule::Digit,
        PasswordRule::Special,
        PasswordRule::Factory,
    ];

    fn holds(self, password: &str) -> bool {
        let has = |test: fn(char) -> bool| password.chars().any(test);
        match self {
            PasswordRule::Length => {
                (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&password.chars().count())
            }
            PasswordRule::Upper => has(char::is_uppercase),
            PasswordRule::Lower => has(char::is_lowercase),
            PasswordRule::Digit => has(|c| c.is_ascii_digit()),
            PasswordRule::Special => has(|c| !c.is_alphanumeric() && !c.is_control()),
            PasswordRule::Factory => !UserProfile::ALL
                .iter()
                .filter_map(|profile| profile.factory_password())
                .any(|factory| factory.eq_ignore_ascii_case(password)),
        }
    }
}

impl fmt::Display for PasswordRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PasswordRule::Length => "length",
            PasswordRule::Upper => "upper",
            PasswordRule::Lower => "lower",
            PasswordRule::Digit => "digit",
            PasswordRule::Special => "special",
            PasswordRule::Factory => "factory",
        })
    }
}

/// Argon2id with bounded appetite: slow hashes run on the blocking pool, few at a time.
#[derive(Debug)]
pub(super) struct Hasher {
    running: Arc<Semaphore>,
    /// One permit per hash that runs or waits.
    admitted: Semaphore,
}

impl Hasher {
    pub(super) fn new() -> Hasher {
        Hasher {
            running: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            admitted: Semaphore::new(HASHES_AT_ONCE + HASHES_WAITING_MAX),
        }
    }

    /// The PHC string of `password`, with a new random salt.
    pub(super) async fn hash(&self, password: Password) -> Result<String, HashError> {
        self.run(move || {
            Argon2::default()
                .hash_password(password.0.as_bytes())
                .map(|hash| hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one behind `hash`.
    pub(super) async fn matches(
        &self,
        password: Password,
        hash: String,
    ) -> Result<bool, HashError> {
        if password.is_too_long() {
            return Ok(false);
        }
        self.run(move || {
            let hash = PasswordHash::new(&hash)?;
            match Argon2::default().verify_password(password.0.as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(other) => Err(other),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T, HashError> {
        let _admitted = self
            .admitted
            .try_acquire()
            .map_err(|_full| HashError::Busy)?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            // Held by the work itself: a caller that gave up does not make room for one more.
            let _running = running;
            work()
        })
        .await
        .map_err(HashError::Interrupted)?
        .map_err(HashError::Hash)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("too many passwords are being checked at this moment")]
    Busy,
    #[error("the check of a password was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error("a password hash could not be computed or read")]
    Hash(#[source] password_hash::Error),
}

#[cfg(test)]
mod tests {
    use super::PasswordRule::{Digit, Factory, Length, Lower, Special, Upper};
    use super::*;

    #[track_caller]
    fn check(password: &str, broken: &[PasswordRule]) {
        assert_eq!(Password::new(password).broken_rules(), broken);
    }

    // SEC-02
    #[test]
    fn a_password_with_all_kinds_of_characters_may_be_used() {
        check("Correct-h0rse", &[]);
        check("Zażółć gęślą 1", &[]);
        check(&format!("Aa1-{}", "x".repeat(PASSWORD_CHARS_MAX - 4)), &[]);
    }

    // SEC-02
    #[test]
    fn each_missing_kind_of_character_is_named() {
        check("correct-h0rse", &[Upper]);
        check("CORRECT-H0RSE", &[Lower]);
        check("Correct-horse", &[Digit]);
        check("Correct1horse", &[Special]);
        check("", &[Length, Upper, Lower, Digit, Special]);
    }

    // SEC-02
    #[test]
    fn length_counts_characters_and_has_both_bounds() {
        check("Aa1-56789", &[Length]);
        check("Éa1-56789", &[Length]);
        check("Éa1-56789é", &[]);
        check(
            &format!("Aa1-{}", "x".repeat(PASSWORD_CHARS_MAX)),
            &[Length],
        );
    }

    // SEC-03
    #[test]
    fn a_factory_password_stays_one_however_it_is_cased() {
        check("UserAdvanced", &[Digit, Special, Factory]);
        check("USERADVANCED", &[Lower, Digit, Special, Factory]);
        check("Admin", &[Length, Digit, Special, Factory]);
    }

    #[test]
    fn a_password_is_never_printed() {
        let printed = format!("{:?}", Password::new("Correct-h0rse"));
        assert!(!printed.contains("Correct"), "{printed}");
    }

    // SEC-04
    #[tokio::test]
    async fn a_password_is_kept_as_a_salted_argon2id_hash() {
        let hasher = Hasher::new();
        let password = Password::new("Correct-h0rse");
        let first = hasher.hash(password.clone()).await.expect("a hash");
        let second = hasher.hash(password.clone()).await.expect("a hash");
        assert!(
            first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{first}"
        );
        assert_ne!(first, second, "each hash has its own salt");
        assert!(
            hasher
                .matches(password, first.clone())
                .await
                .expect("a verdict")
        );
        // ACC-03: case matters.
        let other_case = Password::new("correct-h0rse");
        assert!(!hasher.matches(other_case, first).await.expect("a verdict"));
    }

    #[tokio::test]
    async fn a_queue_of_hashes_that_is_full_sends_callers_away() {
        let hasher = Hasher::new();
        let hash = hasher
            .hash(Password::new("Correct-h0rse"))
            .await
            .expect("a hash");
        let tries = (0..=HASHES_AT_ONCE + HASHES_WAITING_MAX)
            .map(|_| hasher.matches(Password::new("wrong"), hash.clone()));
        let verdicts = futures::future::join_all(tries).await;
        let n_busy = verdicts
            .iter()
            .filter(|verdict| matches!(verdict, Err(HashError::Busy)))
            .count();
        assert_eq!(n_busy, 1);
    }
}
