use serde::{Deserialize, Serialize};

use super::IndexReading;

/// Readings that do not go on from the base, in order.
///
/// Each remembers the first of the run that it belongs to, a run being readings of which each
/// fits one before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct HeldReadings {
    readings: Vec<Held>,
    /// How many more there were, and were forgotten.
    n_forgotten: u32,
    /// They had a verdict once, which a later reading has belied.
    had_verdict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    reading: IndexReading,
    run: Run,
}

/// Noise that never agrees with itself must not fill the memory; the newest tell as much as all.
const HELD_MAX: usize = 32;

/// Readings of which each fits one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) root: IndexReading,
    /// The last but one.
    pub(super) before: Option<IndexReading>,
    pub(super) n_readings: usize,
}

impl Run {
    fn of(reading: IndexReading) -> Self {
        Self {
            root: reading,
            before: None,
            n_readings: 1,
        }
    }
}

impl HeldReadings {
    pub(super) fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    pub(super) fn count(&self) -> u32 {
        self.n_forgotten + self.readings.len() as u32
    }

    pub(super) fn readings(&self) -> Vec<IndexReading> {
        self.readings.iter().map(|held| held.reading).collect()
    }

    pub(super) fn first(&self) -> Option<IndexReading> {
        self.readings.first().map(|held| held.reading)
    }

    /// Adds a reading; answers the run that it belongs to now.
    pub(super) fn push(
        &mut self,
        reading: IndexReading,
        fits: impl Fn(&IndexReading, &IndexReading) -> bool,
    ) -> Run {
        let before = self.readings.iter().rev();
        let before = before.copied().find(|held| fits(&held.reading, &reading));
        let run = before.map_or(Run::of(reading), |held| Run {
            root: held.run.root,
            before: Some(held.reading),
            n_readings: held.run.n_readings + 1,
        });
        if self.readings.len() == HELD_MAX {
            self.readings.remove(0);
            self.n_forgotten += 1;
        }
        self.readings.push(Held { reading, run });
        run
    }

    /// Keeps what was held before an instant and hands out what came after it.
    pub(super) fn split_at(&mut self, root: &IndexReading) -> Vec<IndexReading> {
        let later = self
            .readings
            .iter()
            .filter(|held| held.reading.at > root.at);
        let later = later.map(|held| held.reading).collect();
        self.readings.retain(|held| held.reading.at < root.at);
        later
    }

    pub(super) fn had_verdict(&self) -> bool {
        self.had_verdict
    }

    pub(super) fn mark_verdict(&mut self) {
        self.had_verdict = true;
    }

    pub(super) fn append(&mut self, later: Self) {
        self.readings.extend(later.readings);
        self.n_forgotten += later.n_forgotten;
    }

    /// Puts readings in front that were accepted once and have turned out to be bad. They found
    /// no run; `n_more` of them are known by number only.
    pub(super) fn put_before(
        &mut self,
        readings: impl IntoIterator<Item = IndexReading>,
        n_more: u32,
    ) {
        let readings = readings.into_iter().map(|reading| Held {
            reading,
            run: Run::of(reading),
        });
        self.readings.splice(0..0, readings);
        self.n_forgotten += n_more;
    }
}
