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
        let key = (network_of(from), profile);
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
        if let Some(tries) = self.tries.get_mut(&(network_of(from), profile)) {
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
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_772_000_000, 0);

    fn at(second: i64) -> Timestamp {
        START + SignedDuration::from_secs(second)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[track_caller]
    fn try_once(limiter: &mut TryLimiter, from: &str, second: i64, is_let: bool) {
        let verdict = limiter.begin(address(from), UserProfile::Administrator, at(second));
        assert_eq!(verdict.is_ok(), is_let, "{from} at {second} s: {verdict:?}");
    }

    // ACC-15
    #[test]
    fn five_tries_a_minute_and_no_more() {
        let mut limiter = TryLimiter::default();
        for second in 0..5 {
            try_once(&mut limiter, "10.0.0.1", second, true);
        }
        try_once(&mut limiter, "10.0.0.1", 59, false);
        try_once(&mut limiter, "10.0.0.1", 60, true);
        try_once(&mut limiter, "10.0.0.1", 60, false);
    }

    // ACC-15
    #[test]
    fn the_wait_is_until_the_oldest_try_is_forgotten() {
        let mut limiter = TryLimiter::default();
        for second in 0..5 {
            try_once(&mut limiter, "10.0.0.1", second, true);
        }
        let verdict = limiter.begin(address("10.0.0.1"), UserProfile::Administrator, at(20));
        let expected = TooManyTries {
            retry_after: Duration::from_secs(40),
        };
        assert_eq!(verdict, Err(expected));
    }

    // ACC-15
    #[test]
    fn another_address_and_another_profile_have_their_own_tries() {
        let mut limiter = TryLimiter::default();
        for _ in 0..5 {
            try_once(&mut limiter, "10.0.0.1", 0, true);
        }
        try_once(&mut limiter, "10.0.0.2", 0, true);
        let other = limiter.begin(address("10.0.0.1"), UserProfile::AdvancedUser, at(0));
        assert_eq!(other, Ok(()));
    }

    #[test]
    fn a_right_password_does_not_count() {
        let mut limiter = TryLimiter::default();
        for _ in 0..50 {
            try_once(&mut limiter, "10.0.0.1", 0, true);
            limiter.forgive(address("10.0.0.1"), UserProfile::Administrator);
        }
    }

    #[test]
    fn a_whole_network_of_one_ipv6_host_counts_as_one_address() {
        let mut limiter = TryLimiter::default();
        for host in 1..=5 {
            try_once(&mut limiter, &format!("2001:db8::{host}"), 0, true);
        }
        try_once(&mut limiter, "2001:db8::6", 0, false);
        try_once(&mut limiter, "2001:db8:0:1::6", 0, true);
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let mut limiter = TryLimiter::default();
        for _ in 0..5 {
            try_once(&mut limiter, "10.0.0.1", 3600, true);
        }
        try_once(&mut limiter, "10.0.0.1", 0, true);
    }

    #[test]
    fn the_limiter_forgets_the_quietest_address_when_it_is_full() {
        let mut limiter = TryLimiter::default();
        for n in 0..ADDRESSES_MAX + 10 {
            let from = IpAddr::from(std::net::Ipv4Addr::from_bits(n as u32));
            let verdict = limiter.begin(
                from,
                UserProfile::User,
                START + SignedDuration::from_millis(n as i64),
            );
            assert_eq!(verdict, Ok(()));
        }
        assert_eq!(limiter.tries.len(), ADDRESSES_MAX);
        let oldest = (address("0.0.0.0"), UserProfile::User);
        assert!(!limiter.tries.contains_key(&oldest));
    }
}
