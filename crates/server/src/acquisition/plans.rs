use std::collections::{HashMap, HashSet};

use profiles::{PollClass, ReadPlan, TableKey};

use super::bus::PolledDevice;

/// What is asked of one device, made anew only when other tables are left out: planning takes
/// longer than reading.
#[derive(Debug, Default)]
pub(super) struct Plans {
    left_out: HashSet<TableKey>,
    made: HashMap<PollClass, ReadPlan>,
}

impl Plans {
    /// The requests of a class without the tables that are left out.
    pub(super) fn of(
        &mut self,
        device: &PolledDevice,
        class: PollClass,
        left_out: &HashSet<TableKey>,
    ) -> &ReadPlan {
        if self.left_out != *left_out {
            self.left_out.clone_from(left_out);
            self.made.clear();
        }
        self.made
            .entry(class)
            .or_insert_with(|| device.plan(class, left_out))
    }
}
