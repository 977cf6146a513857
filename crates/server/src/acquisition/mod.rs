//! Keeps every bus of the site polled: one task a bus, started, restarted and stopped here.
//!
//! [`Acquisition::run`] follows the site: a bus whose plan changed is started anew, the others
//! go on undisturbed. Each bus is the business of [`poller::poll_bus`]; what a sweep brought goes
//! through [`Dispatch`], the only fan-out.

mod bus;
mod counts;
mod dispatch;
mod exclusions;
mod figures;
mod health;
mod orders;
mod plans;
mod poller;
mod probing;
mod schedule;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use modbus::Endpoint;
use model::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::day_extremes::DayExtremes;
use crate::site::Site;
use bus::BusPlan;
use health::HealthWatch;
use poller::PollerTools;

pub use bus::nominal_power;
pub use counts::{ReadingCounts, SeriesCounts};
pub use dispatch::{Batch, Dispatch, is_recorded};
pub use figures::{BusFigures, BusLoad};
pub use health::{DeviceFault, DeviceHealth, DeviceIdentity, DeviceState};
pub use orders::{ChannelOutcome, CounterValues, OrderRefusal, OrderResult, Orders};
pub use schedule::Periods;

/// Plans are looked at again after this, whatever the clock said before: a host without a clock of
/// its own starts in the past.
const PLANS_HOLD_MAX: Duration = Duration::from_mins(1);
/// Pause before a bus whose task panicked is started again.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// All pollers of the site.
#[derive(Debug)]
pub struct Acquisition {
    tools: PollerTools,
    buses: HashMap<Endpoint, RunningBus>,
}

#[derive(Debug)]
struct RunningBus {
    plan: BusPlan,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Acquisition {
    pub fn new(
        clock: Arc<dyn Clock>,
        dispatch: Dispatch,
        orders: Arc<Orders>,
        figures: Arc<BusFigures>,
        extremes: Arc<DayExtremes>,
        counts: Arc<ReadingCounts>,
        periods: Periods,
    ) -> Self {
        Self {
            tools: PollerTools {
                periods,
                clock,
                dispatch,
                orders,
                figures,
                counts,
                extremes,
            },
            buses: HashMap::new(),
        }
    }

    /// Polls the site as it is and as it becomes, until `shutdown`.
    pub async fn run(mut self, mut site: watch::Receiver<Arc<Site>>, shutdown: CancellationToken) {
        loop {
            let present = Arc::clone(&site.borrow_and_update());
            self.apply(&present).await;
            let until_next_mount = self.until_next_mount(&present);
            tokio::select! {
                () = shutdown.cancelled() => break,
                changed = site.changed() => if changed.is_err() { break },
                () = tokio::time::sleep(until_next_mount) => {}
            }
        }
        let buses: Vec<RunningBus> = self.buses.drain().map(|(_, bus)| bus).collect();
        for bus in &buses {
            bus.shutdown.cancel();
        }
        for bus in buses {
            // A panic was logged where it happened.
            let _ = bus.task.await;
        }
    }

    /// How long the present plans hold: until a mount begins or ends, and no longer than the
    /// clock may be trusted to run evenly.
    fn until_next_mount(&self, site: &Site) -> Duration {
        let now = self.tools.clock.now();
        site.next_mount_change(now)
            .and_then(|change| Duration::try_from(change.duration_since(now)).ok())
            .map_or(PLANS_HOLD_MAX, |until| until.min(PLANS_HOLD_MAX))
    }

    async fn apply(&mut self, site: &Site) {
        let plans: HashMap<Endpoint, BusPlan> = bus::bus_plans(site, self.tools.clock.now())
            .into_iter()
            .map(|plan| (plan.endpoint.clone(), plan))
            .collect();
        let gone: Vec<Endpoint> = self
            .buses
            .iter()
            .filter(|(endpoint, bus)| plans.get(endpoint) != Some(&bus.plan))
            .map(|(endpoint, _)| endpoint.clone())
            .collect();
        for endpoint in gone {
            if let Some(bus) = self.buses.remove(&endpoint) {
                bus.shutdown.cancel();
                let _ = bus.task.await;
            }
        }
        let mounted = plans
            .values()
            .flat_map(|plan| &plan.devices)
            .flat_map(|device| &device.channels)
            .map(|channel| channel.point)
            .collect::<HashSet<_>>();
        let devices = site.devices().iter().map(|device| device.id).collect();
        self.tools.dispatch.live.retain(&mounted, &devices);
        self.tools.counts.retain(|device| devices.contains(&device));
        self.tools
            .figures
            .retain(|device| devices.contains(&device));
        for (endpoint, plan) in plans {
            self.buses
                .entry(endpoint)
                .or_insert_with(|| start(plan, self.tools.clone()));
        }
    }
}

/// Starts a bus and keeps it going: a panic in one bus restarts that bus, visibly.
fn start(plan: BusPlan, tools: PollerTools) -> RunningBus {
    let shutdown = CancellationToken::new();
    let task = tokio::spawn({
        let (plan, shutdown) = (plan.clone(), shutdown.clone());
        async move {
            let mut restarts = 0;
            while !shutdown.is_cancelled() {
                let devices = plan.devices.iter().map(|device| device.id);
                let orders = tools.orders.open(devices);
                let poller = tokio::spawn(poller::poll_bus(
                    plan.clone(),
                    tools.clone(),
                    orders,
                    restarts,
                    shutdown.clone(),
                ));
                match poller.await {
                    Ok(()) => break,
                    Err(error) => {
                        tracing::error!(bus = %plan.endpoint, %error, "polling stopped and starts again");
                        restarts += 1;
                        for device in &plan.devices {
                            let now = tools.clock.now();
                            let watch = HealthWatch::new(device.id, now, restarts);
                            tools.dispatch.live.update_health(watch.health());
                        }
                        tokio::time::sleep(RESTART_DELAY).await;
                    }
                }
            }
        }
    });
    RunningBus {
        plan,
        shutdown,
        task,
    }
}

#[cfg(test)]
mod tests;
