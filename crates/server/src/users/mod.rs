//! Who may do what: user profiles and their rights, passwords, sessions.
//!
//! Three shared profiles ([`UserProfile`]), each a set of [`Right`]s. Logging in opens a
//! [`Session`]; the browser holds its random [`SessionToken`], the server only the token's
//! SHA-256. [`Users`] is the whole service: sessions are looked up in memory and written through
//! to `config.db`, so that they outlive a restart.
//!
//! # Invariants
//!
//! - A factory password opens a session that may replace it, and nothing else.
//! - A factory password is replaced from another machine only with the one-time code that the server
//!   printed; the address that counts is that of the connection. Behind a proxy all come from one.
//! - A one-time code opens one account.
//! - A wrong password costs a slow hash, of which few run at once, and one of five tries a minute.
//! - Sessions are bounded per profile, so that no profile can push out another's.
//! - An ended session is gone from memory and file before the answer is given.
//! - Neither [`Password`] nor [`SessionToken`] can be printed.

mod first_code;
mod language;
mod password;
mod refusal;
mod rights;
mod session;
mod store;
mod token;
mod try_limiter;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::Clock;
use tokio_util::sync::CancellationToken;

pub use first_code::FirstCode;
pub use language::Language;
pub use password::{HashError, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Password, PasswordRule};
pub use refusal::{LogInRefusal, PasswordRefusal, UsersError};
pub use rights::{Right, UnknownUserProfile, UserProfile};
pub use session::Session;
pub use token::{SessionId, SessionToken};
pub(crate) use try_limiter::network_of;

use crate::config_db::ConfigDb;
use password::Hasher;
use session::{OpenSession, Sessions};
use store::Account;
use try_limiter::TryLimiter;

/// How often the last use of a session is written down: a crash shortens an idle time by at most this.
const LAST_SEEN_WRITTEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How often a stream looks whether its session expired meanwhile.
const EXPIRY_LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

/// What the operator of the server may choose.
#[derive(Debug, Clone)]
pub struct UsersSettings {
    /// Whether the profile User may be entered at all (it has no password).
    pub anonymous_access: bool,
    /// After how long without use a session ends, except those of User.
    pub session_idle_max: Duration,
    /// Whether a proxy of this machine may stand between: then everybody comes from loopback.
    pub behind_proxy: bool,
}

impl Default for UsersSettings {
    fn default() -> Self {
        UsersSettings {
            anonymous_access: true,
            session_idle_max: Duration::from_mins(30),
            behind_proxy: false,
        }
    }
}

/// Whether a request shows that somebody is there, or is a page refreshing itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    Person,
    Background,
}

/// Accounts and sessions of one server.
#[derive(Debug)]
pub struct Users {
    db: ConfigDb,
    clock: Arc<dyn Clock>,
    settings: UsersSettings,
    hasher: Hasher,
    /// See [`Users::new_code`].
    new_code: Option<FirstCode>,
    tries: Mutex<TryLimiter>,
    /// Guesses of the one-time code, from all addresses together.
    guesses: Mutex<TryLimiter>,
    state: Mutex<State>,
    /// Held over "write the file, then the memory", so that the two never disagree on order.
    changes: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    accounts: HashMap<UserProfile, Account>,
    sessions: Sessions,
    /// Hash of the one-time code, until no factory password is in force.
    first_code: Option<String>,
}

impl Users {
    /// Reads accounts and sessions; a new installation gets its factory accounts.
    pub async fn open(
        db: ConfigDb,
        clock: Arc<dyn Clock>,
        settings: UsersSettings,
    ) -> Result<Users, UsersError> {
        let hasher = Hasher::new();
        let (accounts, sessions, first_code) = db
            .with("reading accounts and sessions", |connection| {
                Ok((
                    store::accounts(connection)?,
                    store::sessions(connection)?,
                    store::first_code(connection)?,
                ))
            })
            .await?;
        let mut state = State {
            first_code,
            accounts: accounts
                .into_iter()
                .map(|account| (account.profile, account))
                .collect(),
            sessions: Sessions::default(),
        };
        for (id, session) in sessions {
            state.sessions.insert(id, session);
        }
        for profile in UserProfile::ALL {
            let Some(factory) = profile.factory_password() else {
                continue;
            };
            if state.accounts.contains_key(&profile) {
                continue;
            }
            let account = Account {
                profile,
                password_hash: hasher.hash(Password::new(factory)).await?,
                is_factory: true,
            };
            let now = clock.now();
            let written = account.clone();
            db.with("creating an account", move |connection| {
                store::put_account(connection, &written, now)
            })
            .await?;
            state.accounts.insert(profile, account);
        }
        let mut new_code = None;
        if state.first_code.is_none() && state.has_factory_account(None) {
            let code = FirstCode::random();
            let hash = hasher.hash(code.as_password()).await?;
            let (written, now) = (hash.clone(), clock.now());
            db.with("keeping the one-time code", move |connection| {
                store::put_first_code(connection, Some(&written), now)
            })
            .await?;
            state.first_code = Some(hash);
            new_code = Some(code);
        }
        Ok(Users {
            db,
            clock,
            settings,
            hasher,
            new_code,
            tries: Mutex::default(),
            guesses: Mutex::default(),
            state: Mutex::new(state),
            changes: tokio::sync::Mutex::default(),
        })
    }

    /// The one-time code, at the start that made it: to be shown to whoever started the server.
    pub fn new_code(&self) -> Option<&FirstCode> {
        self.new_code.as_ref()
    }

    /// Whether the first password of the session's profile needs the one-time code, when it comes
    /// from there.
    pub fn needs_first_code(&self, session: &Session, from: IpAddr) -> bool {
        session.must_change_password && !self.is_at_the_machine(from)
    }

    fn is_at_the_machine(&self, from: IpAddr) -> bool {
        from.to_canonical().is_loopback() && !self.settings.behind_proxy
    }

    pub fn settings(&self) -> &UsersSettings {
        &self.settings
    }

    /// Opens a session. A wrong, a missing and an overlong password are refused alike.
    pub async fn log_in(&self, log_in: LogIn) -> Result<(SessionToken, Session), LogInRefusal> {
        let LogIn {
            profile,
            password,
            language,
            from,
        } = log_in;
        if !profile.needs_password() && !self.settings.anonymous_access {
            return Err(LogInRefusal::AnonymousAccessOff);
        }
        lock(&self.tries).begin(from, profile, self.clock.now())?;
        let proven = if profile.needs_password() {
            let account = self.account(profile);
            let password = password.unwrap_or_else(|| Password::new(""));
            let right = self
                .hasher
                .matches(password, account.password_hash.clone())
                .await?;
            if !right {
                tracing::info!(%profile, %from, "log-in refused: wrong password");
                return Err(LogInRefusal::WrongPassword);
            }
            lock(&self.tries).forgive(from, profile);
            Some(account)
        } else {
            None
        };
        let (token, session) = self.open_session(profile, language, proven).await?;
        tracing::info!(%profile, %from, session = ?session.id, "logged in");
        Ok((token, session))
    }

    /// `proven` is the account whose password was checked; it may have been changed since.
    async fn open_session(
        &self,
        profile: UserProfile,
        language: Language,
        proven: Option<Account>,
    ) -> Result<(SessionToken, Session), LogInRefusal> {
        let _change = self.changes.lock().await;
        if proven.is_some_and(|proven| proven != self.account(profile)) {
            return Err(LogInRefusal::WrongPassword);
        }
        let now = self.clock.now();
        let token = SessionToken::random();
        let id = token.id();
        let opened = OpenSession {
            profile,
            language,
            opened_at: now,
            last_seen_at: now,
            written_at: now,
            ended: CancellationToken::new(),
        };
        let going = lock(&self.state)
            .sessions
            .to_make_room(profile, self.idle_max(), now);
        let (written, gone) = (opened.clone(), going.clone());
        self.db
            .with("opening a session", move |connection| {
                store::delete_sessions(connection, &gone)?;
                store::insert_session(connection, &id, &written)
            })
            .await?;
        let mut state = lock(&self.state);
        state.sessions.end(&going);
        state.sessions.insert(id, opened);
        let session = state.session(id).expect("the session was just inserted");
        Ok((token, session))
    }

    /// The open session with this token, if there is one; [`Activity::Person`] keeps it from expiring.
    pub async fn session(&self, token: &SessionToken, activity: Activity) -> Option<Session> {
        let id = token.id();
        let now = self.clock.now();
        let (session, write) = {
            let mut state = lock(&self.state);
            if !self.is_open_in(&state, &id, now) {
                return None;
            }
            let write = activity == Activity::Person && state.touch(&id, now);
            (state.session(id)?, write)
        };
        if write {
            let written = self
                .db
                .with("noting the use of a session", move |connection| {
                    store::set_last_seen(connection, &id, now)
                })
                .await;
            if let Err(error) = written {
                // The session is as good as before; only its expiry after a restart comes early.
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the use of a session could not be noted"
                );
            }
        }
        Some(session)
    }

    /// Ends a session: its token opens nothing from now on.
    pub async fn log_out(&self, id: SessionId) -> Result<(), UsersError> {
        let _change = self.changes.lock().await;
        self.db
            .with("ending a session", move |connection| {
                store::delete_sessions(connection, &[id])
            })
            .await?;
        lock(&self.state).sessions.end(&[id]);
        tracing::info!(session = ?id, "logged out");
        Ok(())
    }

    /// Changes the language of a session, or finds that it ended meanwhile.
    pub async fn set_language(
        &self,
        id: SessionId,
        language: Language,
    ) -> Result<Option<Session>, UsersError> {
        let _change = self.changes.lock().await;
        self.db
            .with("changing the language of a session", move |connection| {
                store::set_language(connection, &id, language)
            })
            .await?;
        let mut state = lock(&self.state);
        if let Some(open) = state.sessions.get_mut(&id) {
            open.language = language;
        }
        Ok(state.session(id))
    }

    /// Replaces the password of the session's own profile and ends the profile's other sessions.
    pub async fn change_password(
        &self,
        session: &Session,
        change: PasswordChange,
    ) -> Result<Session, PasswordRefusal> {
        let profile = session.profile;
        let PasswordChange {
            current,
            new,
            first_code,
            from,
        } = change;
        lock(&self.tries).begin(from, profile, self.clock.now())?;
        let account = self.account(profile);
        let right = self
            .hasher
            .matches(current, account.password_hash.clone())
            .await?;
        if !right {
            tracing::info!(%profile, %from, "change of password refused: wrong password");
            return Err(PasswordRefusal::WrongPassword);
        }
        let proven = if account.is_factory && !self.is_at_the_machine(from) {
            Some(self.prove(first_code, profile, from).await?)
        } else {
            None
        };
        lock(&self.tries).forgive(from, profile);
        let broken = new.broken_rules();
        if !broken.is_empty() {
            return Err(PasswordRefusal::Weak(broken));
        }
        let changed = Account {
            profile,
            password_hash: self.hasher.hash(new).await?,
            is_factory: false,
        };
        // A code opens one account; whoever starts the server gets another for the next one.
        let next_code = (proven.is_some() && lock(&self.state).has_factory_account(Some(profile)))
            .then(FirstCode::random);
        let next_hash = match &next_code {
            Some(code) => Some(self.hasher.hash(code.as_password()).await?),
            None => None,
        };
        let _change = self.changes.lock().await;
        if account != self.account(profile) {
            // Another session changed it first: what was typed as current is so no more.
            return Err(PasswordRefusal::WrongPassword);
        }
        if proven.is_some() && proven != lock(&self.state).first_code {
            // Another account was opened with it first.
            return Err(PasswordRefusal::WrongFirstCode);
        }
        let id = session.id;
        let others = lock(&self.state).sessions.others(profile, &id);
        let now = self.clock.now();
        let (written, gone) = (changed.clone(), others.clone());
        let first_code =
            if proven.is_some() || !lock(&self.state).has_factory_account(Some(profile)) {
                next_hash
            } else {
                lock(&self.state).first_code.clone()
            };
        let kept_code = first_code.clone();
        self.db
            .with("changing a password", move |connection| {
                store::put_account(connection, &written, now)?;
                store::put_first_code(connection, kept_code.as_deref(), now)?;
                store::delete_sessions(connection, &gone)
            })
            .await?;
        let mut state = lock(&self.state);
        state.sessions.end(&others);
        state.accounts.insert(profile, changed);
        state.first_code = first_code;
        tracing::info!(%profile, %from, "password changed");
        if let Some(code) = next_code {
            code.print();
        }
        state.session(id).ok_or(PasswordRefusal::SessionEnded)
    }

    /// Checks the one-time code and answers its hash; a wrong one counts as a wrong password of this address, and as one
    /// of the few guesses of everybody together.
    async fn prove(
        &self,
        typed: Option<FirstCode>,
        profile: UserProfile,
        from: IpAddr,
    ) -> Result<String, PasswordRefusal> {
        let Some(typed) = typed else {
            lock(&self.tries).forgive(from, profile);
            return Err(PasswordRefusal::FirstCodeNeeded);
        };
        let everybody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        lock(&self.guesses).begin(everybody, profile, self.clock.now())?;
        let hash = lock(&self.state).first_code.clone();
        if let Some(hash) = hash
            && self
                .hasher
                .matches(typed.as_password(), hash.clone())
                .await?
        {
            lock(&self.guesses).forgive(everybody, profile);
            return Ok(hash);
        }
        tracing::info!(%profile, %from, "first password refused: wrong one-time code");
        Err(PasswordRefusal::WrongFirstCode)
    }

    /// Ends when the session does: by log-out, expiry, or a changed password. What a stream waits for.
    ///
    /// An open stream of User counts as use, so that kiosks are the last to be pushed out when
    /// sessions are many.
    pub async fn until_ended(self: Arc<Self>, id: SessionId) {
        let Some(ended) = lock(&self.state)
            .sessions
            .get(&id)
            .map(|open| open.ended.clone())
        else {
            return;
        };
        loop {
            tokio::select! {
                () = ended.cancelled() => return,
                () = tokio::time::sleep(EXPIRY_LOOKED_AT_EVERY) => {}
            }
            let now = self.clock.now();
            let mut state = lock(&self.state);
            if !self.is_open_in(&state, &id, now) {
                return;
            }
            if let Some(open) = state.sessions.get_mut(&id)
                && !open.profile.needs_password()
            {
                open.last_seen_at = now;
            }
        }
    }

    fn is_open_in(&self, state: &State, id: &SessionId, now: Timestamp) -> bool {
        state.sessions.get(id).is_some_and(|open| {
            !open.is_idle(self.idle_max(), now)
                && (open.profile.needs_password() || self.settings.anonymous_access)
        })
    }

    fn idle_max(&self) -> SignedDuration {
        SignedDuration::try_from(self.settings.session_idle_max).unwrap_or(SignedDuration::MAX)
    }

    fn account(&self, profile: UserProfile) -> Account {
        lock(&self.state)
            .accounts
            .get(&profile)
            .cloned()
            .expect("`open` made an account for each profile with a password")
    }
}

impl State {
    /// Whether a profile other than `but` still has its factory password.
    fn has_factory_account(&self, but: Option<UserProfile>) -> bool {
        self.accounts
            .values()
            .any(|account| account.is_factory && Some(account.profile) != but)
    }

    fn session(&self, id: SessionId) -> Option<Session> {
        let open = self.sessions.get(&id)?;
        Some(Session {
            id,
            profile: open.profile,
            language: open.language,
            must_change_password: self
                .accounts
                .get(&open.profile)
                .is_some_and(|account| account.is_factory),
        })
    }

    /// Notes that a session was used; answers whether that is worth writing down.
    fn touch(&mut self, id: &SessionId, now: Timestamp) -> bool {
        let Some(open) = self.sessions.get_mut(id) else {
            return false;
        };
        open.last_seen_at = now;
        let is_due = now.duration_since(open.written_at).abs() >= LAST_SEEN_WRITTEN_EVERY;
        if is_due {
            open.written_at = now;
        }
        is_due
    }
}

/// Every critical section is a few plain assignments, so a poisoned lock holds whole data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A try to log in.
#[derive(Debug)]
pub struct LogIn {
    pub profile: UserProfile,
    pub password: Option<Password>,
    pub language: Language,
    pub from: IpAddr,
}

/// A try to replace the password of one's own profile.
#[derive(Debug)]
pub struct PasswordChange {
    pub current: Password,
    pub new: Password,
    /// The one-time code, as it was typed.
    pub first_code: Option<FirstCode>,
    pub from: IpAddr,
}
