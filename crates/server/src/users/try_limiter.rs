use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::UserProfile;

/// Over which span tries are counted.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// Wrong passwords per window, address and profile (ACC-15).
const WRONG_PASSWORDS_MAX: usize = 5;
/// Log-ins without a password write to the disk as well: enough for a house behind one address,
/// too few to wear a flash card out.
const OPEN_LOG_INS_MAX: usize = 120;
/// Whoever sends from more addresses than this at a time makes the limiter forget the oldest;
/// the bounded number of hashes at once still holds.
const ADDRESSES_MAX: usize = 4096;

/// Counts the recent tries of each address on each profile. Pure: time is an argument.
#[derive(Debug, Default)]
pub(super) struct TryLimiter {
    tries: HashMap<(IpAddr, UserProfile), VecDeque<Timestamp>>,
}

/// The address may try again after this time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyTries {
    pub(super) retry_after: Duration,
}

impl TryLimiter {
    /// Counts a try before its outcome is known, so that tries at once cannot pass the limit.
    pub(super) fn begin(
        &mut self,
        from: IpAddr,
        profile: UserProfile,
        now: Timestamp,
    ) -> Result<(), TooManyTries> {
        let key = (network(from), profile);
        if !self.tries.contains_key(&key) {
            self.make_room(now);
        }
        let tries = self.tries.entry(key).or_default();
        tries.retain(|&at| is_recent(at, now));
        let max = if profile.needs_password() {
            WRONG_PASSWORDS_MAX
        } else {
            OPEN_LOG_INS_MAX
        };
        if tries.len() >= max {
            let oldest = tries.front().copied().unwrap_or(now);
            let wait = WINDOW - now.duration_since(oldest);
            return Err(TooManyTries {
                retry_after: wait.unsigned_abs().max(Duration::from_secs(1)),
            });
        }
        tries.push_back(now);
        Ok(())
    }

    /// Takes one try back: the password was right.
    pub(super) fn forgive(&mut self, from: IpAddr, profile: UserProfile) {
        if let Some(tries) = self.tries.get_mut(&(network(from), profile)) {
            tries.pop_back();
        }
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.tries.len() < ADDRESSES_MAX {
            return;
        }
        self.tries
            .retain(|_, tries| tries.back().is_some_and(|&at| is_recent(at, now)));
        if self.tries.len() >= ADDRESSES_MAX {
            let quietest = self
                .tries
                .iter()
                .min_by_key(|(_, tries)| tries.back().copied())
                .map(|(&key, _)| key);
            if let Some(key) = quietest {
                self.tries.remove(&key);
            }
        }
    }
}

/// A clock that was set back leaves tries in the future; they no longer count, or they would lock
/// the address out until the old time comes again.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    !age.is_negative() && age < WINDOW
}

/// One IPv6 host owns a whole /64, so it counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
