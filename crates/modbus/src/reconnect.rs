use std::time::Duration;

use tokio::time::Instant;

use crate::RequestFault;

/// Wait after the first failed connection: a peer that restarts refuses for a moment only.
const DELAY_FIRST: Duration = Duration::from_millis(250);
/// Longest wait: a peer that is back is found within 10 s, and a call each 10 s is no load.
const DELAY_MAX: Duration = Duration::from_secs(10);

/// When a peer that could not be reached is called again: at delays that double up to
/// [`DELAY_MAX`]. Until then each request fails at once with the fault of the last call.
#[derive(Debug, Default)]
pub(crate) struct ReconnectDelay {
    refused: Option<Refused>,
}

#[derive(Debug)]
struct Refused {
    fault: RequestFault,
    delay: Duration,
    until: Instant,
}

impl ReconnectDelay {
    /// The fault to answer with while it is too early to call again.
    pub(crate) fn fault(&self, now: Instant) -> Option<&RequestFault> {
        let refused = self.refused.as_ref()?;
        (now < refused.until).then_some(&refused.fault)
    }

    pub(crate) fn failed(&mut self, fault: RequestFault, now: Instant) {
        let delay = match &self.refused {
            None => DELAY_FIRST,
            Some(before) => DELAY_MAX.min(before.delay * 2),
        };
        self.refused = Some(Refused {
            fault,
            delay,
            until: now + delay,
        });
    }

    pub(crate) fn connected(&mut self) {
        self.refused = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> RequestFault {
        RequestFault::Timeout {
            unit_id: 1,
            timeout: Duration::ZERO,
        }
    }

    #[test]
    fn delays_double_up_to_ten_seconds_and_start_again_after_a_connection() {
        let mut now = Instant::now();
        let mut reconnect = ReconnectDelay::default();
        assert!(reconnect.fault(now).is_none());
        for expected_ms in [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
            reconnect.failed(fault(), now);
            let expected = Duration::from_millis(expected_ms);
            let just_before = now + expected - Duration::from_millis(1);
            assert!(reconnect.fault(just_before).is_some(), "{expected:?}");
            now += expected;
            assert!(reconnect.fault(now).is_none(), "{expected:?}");
        }
        reconnect.connected();
        reconnect.failed(fault(), now);
        assert!(reconnect.fault(now + DELAY_FIRST).is_none());
    }
}
