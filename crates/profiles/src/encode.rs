use jiff::Timestamp;
use model::{Channel, Measurand};

use crate::SimulatedIdentity;

/// The physical world behind a simulated device.
pub trait ValueSource {
    /// The value in the canonical unit; `None` is written as "not available".
    fn value(&self, channel: Channel, measurand: Measurand) -> Option<f64>;
    /// When an extreme occurred; `None` is written as "never".
    fn occurred_at(&self, channel: Channel, measurand: Measurand) -> Option<Timestamp>;
    /// Whether the load is switched on in the device's settings.
    fn is_enabled(&self, channel: Channel) -> bool;
    fn identity(&self) -> SimulatedIdentity;
}
