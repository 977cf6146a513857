//! Looks at the live values of every circuit now and then, and keeps the hint that stands: whether
//! its meter seems to be wired wrongly.
//!
//! The rules are in [`model::wiring_hint`]; here are the values and the turns. Nothing is stored:
//! a hint is there again half a minute after a start.
//!
//! # Invariants
//!
//! - A value that is stale, missing or computed from what it would be compared with says nothing.
//! - A circuit that left the site, or whose meter was exchanged, begins anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use model::wiring_hint::{Finding, HintWatch, Moment, judge};
use model::{Clock, DeviceId, Measurand, Phase, PointId, PointKind, Quality, Quantity};
use tokio_util::sync::CancellationToken;

use crate::live::LiveBoard;
use crate::site::{MeasuringPoint, Site, SiteStore};

/// How often circuits are looked at: ten looks span more than the half minute that a hint takes.
const LOOK_EVERY: Duration = Duration::from_secs(4);

const PHASES: [Phase; 3] = [Phase::L1, Phase::L2, Phase::L3];
const PAIRS: [Phase; 3] = [Phase::L12, Phase::L23, Phase::L31];

/// The hints of all circuits.
#[derive(Debug)]
pub struct WiringHints {
    live: Arc<LiveBoard>,
    site: Arc<SiteStore>,
    clock: Arc<dyn Clock>,
    /// The device is the one that was looked at: another one may be wired otherwise.
    watches: Mutex<HashMap<PointId, (DeviceId, HintWatch)>>,
}

const POISONED: &str = "no code panics while it holds the hints";

impl WiringHints {
    pub fn new(live: Arc<LiveBoard>, site: Arc<SiteStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            live,
            site,
            clock,
            watches: Mutex::default(),
        }
    }

    /// The hint that stands for a circuit.
    pub fn hint(&self, point: PointId) -> Option<Finding> {
        let watches = self.watches.lock().expect(POISONED);
        watches.get(&point)?.1.shown().cloned()
    }

    /// Looks at all circuits in turns until `stopping`.
    pub async fn run(self: Arc<Self>, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => self.look(),
            }
        }
    }

    fn look(&self) {
        let (site, now) = (self.site.site(), self.clock.now());
        let mut watches = self.watches.lock().expect(POISONED);
        let mut seen = HashMap::new();
        for point in site.points() {
            let Some(mount) = site.mount_of(point.id, now) else {
                continue;
            };
            if point.kind != PointKind::Circuit {
                continue;
            }
            let mut watch = match watches.remove(&point.id) {
                Some((device, watch)) if device == mount.device => watch,
                _ => HintWatch::default(),
            };
            // While nothing is heard nothing is judged: the hint stays as it was.
            if let Some(moment) = self.moment(point, &site, now) {
                watch.step(judge(&moment), now);
            }
            seen.insert(point.id, (mount.device, watch));
        }
        *watches = seen;
    }

    /// What the meter says at `now`; `None` while it does not.
    fn moment(&self, point: &MeasuringPoint, site: &Site, now: Timestamp) -> Option<Moment> {
        let fresh = |quantity: Quantity, phase: Phase| {
            let live = self
                .live
                .latest(point.id, Measurand::new(quantity, phase))?;
            (!live.is_stale(now)).then_some(live.reading)
        };
        let value = |quantity: Quantity, phase: Phase| fresh(quantity, phase)?.value;
        let by_phase = |quantity: Quantity| PHASES.map(|phase| value(quantity, phase));
        let i = by_phase(Quantity::Current);
        i.iter().flatten().next()?;
        // One phase alone may have its power as that of the whole only.
        let power = |quantity: Quantity| {
            let mut values = by_phase(quantity);
            if i[1].is_none() && i[2].is_none() {
                values[0] = values[0].or_else(|| value(quantity, Phase::Total));
            }
            values
        };
        let s = PHASES.map(|phase| {
            let reading = fresh(Quantity::ApparentPower, phase)?;
            let is_of_device = !reading.quality.contains(Quality::COMPUTED);
            reading.value.filter(|_| is_of_device)
        });
        Some(Moment {
            wiring: point.wiring,
            nominal_voltage_v: site.nominal_voltage(point),
            nominal_current_a: point.nominal_current_a,
            feeds_back: point.feeds_back,
            v: by_phase(Quantity::Voltage),
            u: PAIRS.map(|pair| value(Quantity::LineVoltage, pair)),
            i,
            p: power(Quantity::ActivePower),
            q: power(Quantity::ReactivePower),
            s,
        })
    }
}
