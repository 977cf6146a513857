use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{Language, Right, SessionId, UserProfile};

/// More sessions of one profile than people in the largest house; kiosks are many and never expire.
const USER_SESSIONS_MAX: usize = 256;
const OTHER_SESSIONS_MAX: usize = 64;

/// Somebody who logged in, as seen by one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub profile: UserProfile,
    pub language: Language,
    /// The factory password is still in force: nothing is allowed but replacing it.
    pub must_change_password: bool,
}

impl Session {
    pub fn rights(&self) -> &'static [Right] {
        if self.must_change_password {
            &[Right::ChangeOwnPassword]
        } else {
            self.profile.rights()
        }
    }

    pub fn has(&self, right: Right) -> bool {
        self.rights().contains(&right)
    }
}

/// One open session, in memory and in the configuration file.
#[derive(Debug, Clone)]
pub(super) struct OpenSession {
    pub(super) profile: UserProfile,
    pub(super) language: Language,
    pub(super) opened_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
    /// `last_seen_at` as the file has it: written down now and then only, to spare the disk.
    pub(super) written_at: Timestamp,
    /// Cancelled when the session ends, so that open streams end too.
    pub(super) ended: CancellationToken,
}

/// All open sessions. Pure: time is an argument, the file is the caller's.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: HashMap<SessionId, OpenSession>,
}

impl Sessions {
    pub(super) fn get(&self, id: &SessionId) -> Option<&OpenSession> {
        self.open.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &SessionId) -> Option<&mut OpenSession> {
        self.open.get_mut(id)
    }

    pub(super) fn insert(&mut self, id: SessionId, session: OpenSession) {
        self.open.insert(id, session);
    }

    pub(super) fn end(&mut self, ids: &[SessionId]) {
        for id in ids {
            if let Some(session) = self.open.remove(id) {
                session.ended.cancel();
            }
        }
    }

    /// Who must go before one more session of `profile` may be opened: the idle ones of all
    /// profiles, and the longest unseen of `profile` when it is full.
    pub(super) fn to_make_room(
        &self,
        profile: UserProfile,
        idle_max: SignedDuration,
        now: Timestamp,
    ) -> Vec<SessionId> {
        let mut going: Vec<SessionId> = self
            .open
            .iter()
            .filter(|(_, session)| session.is_idle(idle_max, now))
            .map(|(&id, _)| id)
            .collect();
        let mut staying: Vec<(Timestamp, SessionId)> = self
            .open
            .iter()
            .filter(|(id, session)| session.profile == profile && !going.contains(id))
            .map(|(&id, session)| (session.last_seen_at, id))
            .collect();
        staying.sort_unstable();
        let max = if profile.needs_password() {
            OTHER_SESSIONS_MAX
        } else {
            USER_SESSIONS_MAX
        };
        let n_too_many = (staying.len() + 1).saturating_sub(max);
        going.extend(staying.into_iter().take(n_too_many).map(|(_, id)| id));
        going
    }

    /// The sessions of `profile` other than `kept`.
    pub(super) fn others(&self, profile: UserProfile, kept: &SessionId) -> Vec<SessionId> {
        self.open
            .iter()
            .filter(|(id, session)| session.profile == profile && *id != kept)
            .map(|(&id, _)| id)
            .collect()
    }
}

impl OpenSession {
    /// Whether nobody used the session for too long. That of User never expires: kiosks show
    /// values for months without a touch (ACC-16).
    pub(super) fn is_idle(&self, idle_max: SignedDuration, now: Timestamp) -> bool {
        self.profile.needs_password() && now.duration_since(self.last_seen_at) >= idle_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_772_000_000, 0);
    const IDLE_MAX: SignedDuration = SignedDuration::from_mins(30);

    fn id(number: usize) -> SessionId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        SessionId::from_bytes(bytes)
    }

    fn opened(profile: UserProfile, minute: i64) -> OpenSession {
        let at = START + SignedDuration::from_mins(minute);
        OpenSession {
            profile,
            language: Language::default(),
            opened_at: at,
            last_seen_at: at,
            written_at: at,
            ended: CancellationToken::new(),
        }
    }

    // ACC-16
    #[test]
    fn a_session_is_idle_after_its_time_and_a_kiosk_never() {
        let at = |minute| START + SignedDuration::from_mins(minute);
        let administrator = opened(UserProfile::Administrator, 0);
        assert!(!administrator.is_idle(IDLE_MAX, at(29)));
        assert!(administrator.is_idle(IDLE_MAX, at(30)));
        let kiosk = opened(UserProfile::User, 0);
        assert!(!kiosk.is_idle(IDLE_MAX, at(60 * 24 * 365)));
    }

    #[test]
    fn many_sessions_of_one_profile_push_out_its_longest_unseen_and_nobody_elses() {
        let mut sessions = Sessions::default();
        sessions.insert(id(9999), opened(UserProfile::Administrator, 0));
        for number in 0..USER_SESSIONS_MAX {
            sessions.insert(id(number), opened(UserProfile::User, number as i64));
        }
        let going = sessions.to_make_room(UserProfile::User, SignedDuration::MAX, START);
        assert_eq!(going, [id(0)]);
        let going = sessions.to_make_room(UserProfile::Administrator, SignedDuration::MAX, START);
        assert_eq!(going, []);
    }

    #[test]
    fn idle_sessions_make_room_first() {
        let mut sessions = Sessions::default();
        sessions.insert(id(1), opened(UserProfile::Administrator, 0));
        sessions.insert(id(2), opened(UserProfile::Administrator, 20));
        let now = START + SignedDuration::from_mins(40);
        assert_eq!(
            sessions.to_make_room(UserProfile::User, IDLE_MAX, now),
            [id(1)]
        );
    }

    #[test]
    fn a_factory_password_opens_nothing_but_its_replacement() {
        // SEC-03, ACC-05
        let session = Session {
            id: id(1),
            profile: UserProfile::Administrator,
            language: Language::default(),
            must_change_password: true,
        };
        assert_eq!(session.rights(), [Right::ChangeOwnPassword]);
        assert!(!session.has(Right::Monitor));
    }
}
