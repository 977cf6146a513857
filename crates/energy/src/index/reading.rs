use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Amount;

/// The index of a counter as it was read, in counts of its resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IndexReading {
    pub at: Timestamp,
    pub count: i64,
    /// Which meter answered, where that is known: any number that differs between two of them.
    pub identity: Option<u64>,
}

impl IndexReading {
    pub fn new(at: Timestamp, count: i64) -> Self {
        Self {
            at,
            count,
            identity: None,
        }
    }

    /// From a stored value in canonical units, `unit` being what one count is worth; `None` for
    /// what is no number or beyond all counters.
    pub fn from_value(at: Timestamp, value: f64, unit: Amount) -> Option<Self> {
        let (value, unit) = (Amount::from_f64(value)?.billionths(), unit.billionths());
        let count = (value + unit / 2).div_euclid(unit);
        Some(Self::new(at, i64::try_from(count).ok()?))
    }

    #[must_use]
    pub fn with_identity(self, identity: u64) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// Known to be of another meter; what is not known is taken for the same.
    pub(crate) fn is_of_another_meter_than(&self, other: &Self) -> bool {
        matches!((self.identity, other.identity), (Some(mine), Some(its)) if mine != its)
    }
}
