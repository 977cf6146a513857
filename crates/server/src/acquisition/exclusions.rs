use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use profiles::TableKey;

use super::health::{DeviceFault, PROBE_DELAY_FIRST, PROBE_DELAY_MAX};

/// A table that the device does not have is asked for again after this: it may have been
/// starting up when it said so.
const ABSENT_FOR: Duration = Duration::from_hours(1);

/// Tables of one device that are left out for a while: those that it does not have, and those at
/// which it falls silent though it answers others. Without this, one such table would cost the
/// neighbours a time-out in every sweep and the tables behind it their turn.
#[derive(Debug, Default)]
pub(super) struct Exclusions {
    tables: HashMap<TableKey, Exclusion>,
}

#[derive(Debug)]
struct Exclusion {
    until: Instant,
    /// How long it is left out when it hangs again.
    next_delay: Duration,
    /// Why it is left out; `None` for a table that the device does not have.
    fault: Option<DeviceFault>,
}

impl Exclusions {
    /// The tables that are not asked for at `now`.
    pub(super) fn at(&self, now: Instant) -> HashSet<TableKey> {
        self.select(|exclusion| exclusion.until > now)
    }

    /// Those of them that the device does not have.
    pub(super) fn absent(&self, now: Instant) -> HashSet<TableKey> {
        self.select(|exclusion| exclusion.until > now && exclusion.fault.is_none())
    }

    fn select(&self, wanted: impl Fn(&Exclusion) -> bool) -> HashSet<TableKey> {
        self.tables
            .iter()
            .filter(|(_, exclusion)| wanted(exclusion))
            .map(|(table, _)| *table)
            .collect()
    }

    /// The device says that it has no such table.
    pub(super) fn is_absent(&mut self, table: TableKey, now: Instant) {
        self.tables.insert(
            table,
            Exclusion {
                until: now + ABSENT_FOR,
                next_delay: PROBE_DELAY_FIRST,
                fault: None,
            },
        );
    }

    /// The device did not answer for this table, as it did for others.
    pub(super) fn hangs(&mut self, table: TableKey, fault: DeviceFault, now: Instant) {
        let delay = self
            .tables
            .get(&table)
            .map_or(PROBE_DELAY_FIRST, |exclusion| exclusion.next_delay);
        self.tables.insert(
            table,
            Exclusion {
                until: now + delay,
                next_delay: (2 * delay).min(PROBE_DELAY_MAX),
                fault: Some(fault),
            },
        );
    }

    pub(super) fn answered(&mut self, table: TableKey) {
        self.tables.remove(&table);
    }

    pub(super) fn clear(&mut self) {
        self.tables.clear();
    }

    /// What is wrong as long as a table hangs.
    pub(super) fn fault(&self) -> Option<&DeviceFault> {
        self.tables
            .values()
            .find_map(|exclusion| exclusion.fault.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: TableKey = TableKey {
        table: 3,
        instance: 1,
    };

    fn fault() -> DeviceFault {
        DeviceFault {
            code: "timeout".to_owned(),
            detail: "did not answer".to_owned(),
        }
    }

    #[test]
    fn a_table_that_hangs_is_asked_for_at_growing_bounded_distance() {
        let mut exclusions = Exclusions::default();
        let mut now = Instant::now();
        for delay_ms in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
            exclusions.hangs(TABLE, fault(), now);
            now += Duration::from_millis(delay_ms - 1);
            assert!(exclusions.at(now).contains(&TABLE), "after {delay_ms} ms");
            now += Duration::from_millis(1);
            assert!(exclusions.at(now).is_empty());
            assert_eq!(exclusions.fault(), Some(&fault()));
        }
        exclusions.answered(TABLE);
        assert_eq!(exclusions.fault(), None);
    }

    #[test]
    fn a_table_that_the_device_lacks_is_no_fault_and_is_tried_again_after_an_hour() {
        let mut exclusions = Exclusions::default();
        let now = Instant::now();
        exclusions.is_absent(TABLE, now);
        assert_eq!(exclusions.fault(), None);
        assert!(
            exclusions
                .absent(now + Duration::from_mins(59))
                .contains(&TABLE)
        );
        assert!(exclusions.at(now + Duration::from_hours(1)).is_empty());
    }
}
