use std::time::Instant;

/// Share of a bus, in percent, that probes of quarantined devices take from those that answer,
/// however many are silent: one line in twenty is little, and a device that comes back on a bus
/// with ten dead ones is found within some minutes.
pub(super) const PROBE_SHARE_MAX_PCT: u32 = 5;

/// When quarantined devices of one bus may be probed: after a probe in vain the bus rests from
/// probing for so many times as long as it took.
#[derive(Debug, Default)]
pub(super) struct Probing {
    rests_until: Option<Instant>,
}

impl Probing {
    /// A probe that began at `started` and ended at `now` found nobody.
    pub(super) fn failed(&mut self, started: Instant, now: Instant) {
        let took = now.saturating_duration_since(started);
        let rest = took * (100 - PROBE_SHARE_MAX_PCT) / PROBE_SHARE_MAX_PCT;
        self.rests_until = Some(now + rest);
    }

    /// When a probe that is due at `due` may begin. Where nobody answers nobody is disturbed.
    pub(super) fn earliest(&self, due: Instant, somebody_answers: bool) -> Instant {
        self.rests_until
            .filter(|_| somebody_answers)
            .map_or(due, |until| due.max(until))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// NFR-02
    #[test]
    fn probes_take_no_more_than_their_share_of_a_bus() {
        for took in [SECOND / 10, SECOND, 10 * SECOND] {
            let started = Instant::now();
            let mut probing = Probing::default();
            probing.failed(started, started + took);
            let cycle = probing.earliest(started, true) - started;
            assert_eq!(took * 100, cycle * PROBE_SHARE_MAX_PCT);
        }
    }

    #[test]
    fn a_bus_on_which_nobody_answers_is_probed_at_once() {
        let now = Instant::now();
        let mut probing = Probing::default();
        assert_eq!(probing.earliest(now, true), now);
        probing.failed(now, now + SECOND);
        assert_eq!(probing.earliest(now, true), now + 20 * SECOND);
        assert_eq!(probing.earliest(now, false), now);
        assert_eq!(probing.earliest(now + 60 * SECOND, true), now + 60 * SECOND);
    }
}
