use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ConnectionLimits;
use crate::users::network_of;

/// Nobody was refused for so long: the rush is over.
const RUSH_OVER_AFTER: Duration = Duration::from_mins(1);

/// Who holds how many connections.
#[derive(Debug)]
pub(super) struct Admission {
    limits: ConnectionLimits,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    total: usize,
    /// Only of those who hold any.
    by_address: HashMap<IpAddr, usize>,
    rush: Option<Rush>,
}

/// Connections that were refused, lately.
#[derive(Debug)]
struct Rush {
    refused: u64,
    last: Instant,
}

/// The right to one connection, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Admission {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            held: Mutex::default(),
        }
    }

    /// A place for one more connection from `peer`; `None` when it or all hold too many.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let address = network_of(peer);
        let per_address = if peer.to_canonical().is_loopback() {
            self.limits.per_loopback
        } else {
            self.limits.per_address
        };
        let mut held = self.lock();
        let own = held.by_address.get(&address).copied().unwrap_or(0);
        if held.total >= self.limits.total || own >= per_address {
            held.refuse(peer);
            return None;
        }
        held.total += 1;
        held.by_address.insert(address, own + 1);
        held.calm_down();
        Some(Place {
            admission: Arc::clone(self),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Every change of the counts is whole before anything could panic.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn refuse(&mut self, peer: IpAddr) {
        if self.rush.is_none() {
            tracing::warn!(%peer, connections = self.total, "too many connections: more are closed at once");
        }
        let refused = self.rush.as_ref().map_or(0, |rush| rush.refused) + 1;
        self.rush = Some(Rush {
            refused,
            last: Instant::now(),
        });
    }

    fn calm_down(&mut self) {
        if let Some(rush) = &self.rush
            && rush.last.elapsed() >= RUSH_OVER_AFTER
        {
            tracing::info!(refused = rush.refused, "no connection is refused any more");
            self.rush = None;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.admission.lock();
        held.total -= 1;
        if let Some(own) = held.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                held.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(total: usize, per_address: usize) -> Arc<Admission> {
        Arc::new(Admission::new(ConnectionLimits {
            total,
            per_address,
            per_loopback: total,
            ..ConnectionLimits::default()
        }))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_gets_its_share_and_leaves_the_rest_to_others() {
        let admission = admission(3, 2);
        let first = admission.admit(address("10.0.0.1"));
        let second = admission.admit(address("10.0.0.1"));
        assert!(first.is_some() && second.is_some());
        assert!(admission.admit(address("10.0.0.1")).is_none());
        let other = admission.admit(address("10.0.0.2"));
        assert!(other.is_some());
        assert!(
            admission.admit(address("10.0.0.3")).is_none(),
            "all is taken"
        );
        drop(first);
        assert!(admission.admit(address("10.0.0.1")).is_some());
    }

    #[test]
    fn an_ipv6_host_counts_with_its_network_and_a_mapped_address_as_what_it_is() {
        let admission = admission(9, 1);
        let _first = admission.admit(address("2001:db8::1")).expect("a place");
        assert!(admission.admit(address("2001:db8::2")).is_none());
        let _second = admission.admit(address("10.0.0.1")).expect("a place");
        assert!(admission.admit(address("::ffff:10.0.0.1")).is_none());
    }

    #[test]
    fn a_proxy_on_this_machine_may_speak_for_many() {
        let admission = admission(4, 1);
        let places: Vec<_> = (0..5)
            .map_while(|_| admission.admit(address("127.0.0.1")))
            .collect();
        assert_eq!(places.len(), 4);
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let admission = admission(100, 10);
        for host in 0..50u8 {
            drop(admission.admit(IpAddr::from([10, 0, 0, host])));
        }
        let held = admission.lock();
        assert_eq!((held.total, held.by_address.len()), (0, 0));
    }
}
