//! Orders: what people tell a device to do, carried out by the task of its bus between two sweeps,
//! so that a write never races a poll.
//!
//! [`Orders::carry_out`] hands an order to the bus and waits for what came of it; the writes
//! themselves are in [`super::poller`]. An order is carried out at most once: it is withdrawn when
//! the bus did not begin with it in time, and nobody repeats a write.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use model::{Channel, CounterKind, DeviceId, Measurand, Quantity, Unit};
use profiles::ActionKind;
use tokio::sync::{mpsc, oneshot};

use super::DeviceFault;

/// Orders that wait for one bus: more than people give at once.
const WAITING_MAX: usize = 8;
/// How long a bus may take to begin with an order: the longest sweep of a slow line, and less than
/// what a page waits for.
const BEGUN_WITHIN: Duration = Duration::from_secs(12);

/// What became of an order on one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelOutcome {
    pub channel: Channel,
    /// When the device took the last write; else when the order ended.
    pub at: Timestamp,
    pub result: OrderResult,
    /// The counters in question before and behind the write, in their canonical unit.
    pub before: CounterValues,
    pub after: CounterValues,
}

pub type CounterValues = BTreeMap<Measurand, f64>;

/// How an order ended.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderResult {
    /// Reading back showed it.
    Done,
    /// The device answered the write with an exception, as one does whose lock is closed.
    Refused(DeviceFault),
    /// The device took the write, or may have taken it, but what was read back does not show it.
    NotConfirmed,
    /// The device does not answer; nothing was written.
    Silent(DeviceFault),
    /// Another product answers there; nothing was written.
    Foreign(DeviceFault),
    /// The profile of the device knows no such action for this channel.
    NoSuchAction,
}

impl OrderResult {
    /// Stable word for API, log and audit.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused(_) => "refused",
            Self::NotConfirmed => "not_confirmed",
            Self::Silent(_) => "silent",
            Self::Foreign(_) => "foreign",
            Self::NoSuchAction => "no_such_action",
        }
    }

    pub fn fault(&self) -> Option<&DeviceFault> {
        match self {
            Self::Refused(fault) | Self::Silent(fault) | Self::Foreign(fault) => Some(fault),
            Self::Done | Self::NotConfirmed | Self::NoSuchAction => None,
        }
    }
}

/// Why nothing can be said of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    #[error("no bus polls this device now")]
    NotPolled,
    #[error("the bus of this device had no time for the order")]
    Busy,
    #[error("the order was cut short: whether the device took it is not known")]
    Interrupted,
}

/// An order on its way to the task of a bus.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) device: DeviceId,
    pub(super) kind: ActionKind,
    pub(super) channels: Vec<Channel>,
    /// Set by who comes first: the bus that begins, or the caller who gave it up.
    claimed: Arc<AtomicBool>,
    reply: oneshot::Sender<Vec<ChannelOutcome>>,
}

impl Order {
    /// Whether the order is still wanted; from then on it cannot be withdrawn.
    pub(super) fn begin(&self) -> bool {
        !self.claimed.swap(true, Ordering::SeqCst)
    }

    pub(super) fn finish(self, outcomes: Vec<ChannelOutcome>) {
        // Who ordered may be gone: the device did it all the same.
        let _ = self.reply.send(outcomes);
    }
}

/// The way from whoever orders to the buses.
#[derive(Debug, Default)]
pub struct Orders {
    buses: Mutex<HashMap<DeviceId, mpsc::Sender<Order>>>,
}

impl Orders {
    /// The orders for these devices, from now on. What waited for a former task of their bus is
    /// refused.
    pub(super) fn open(&self, devices: impl Iterator<Item = DeviceId>) -> mpsc::Receiver<Order> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let mut buses = self.buses.lock().unwrap_or_else(PoisonError::into_inner);
        buses.retain(|_, bus| !bus.is_closed());
        buses.extend(devices.map(|device| (device, sender.clone())));
        receiver
    }

    /// Has `kind` done to `channels` of `device`, one after the other, and says what came of each.
    ///
    /// # Errors
    ///
    /// [`OrderRefusal`]: nothing was begun, unless it is [`OrderRefusal::Interrupted`].
    pub async fn carry_out(
        &self,
        device: DeviceId,
        kind: ActionKind,
        channels: Vec<Channel>,
    ) -> Result<Vec<ChannelOutcome>, OrderRefusal> {
        let bus = self
            .buses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&device)
            .cloned()
            .ok_or(OrderRefusal::NotPolled)?;
        let claimed = Arc::new(AtomicBool::new(false));
        let (reply, mut outcome) = oneshot::channel();
        let order = Order {
            device,
            kind,
            channels,
            claimed: Arc::clone(&claimed),
            reply,
        };
        bus.try_send(order).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => OrderRefusal::Busy,
            mpsc::error::TrySendError::Closed(_) => OrderRefusal::NotPolled,
        })?;
        match tokio::time::timeout(BEGUN_WITHIN, &mut outcome).await {
            Ok(Ok(done)) => Ok(done),
            // The task of the bus is gone, with the order begun or not.
            Ok(Err(_)) if claimed.load(Ordering::SeqCst) => Err(OrderRefusal::Interrupted),
            Ok(Err(_)) => Err(OrderRefusal::NotPolled),
            // It has begun, and every request of it has a time-out.
            Err(_) if claimed.swap(true, Ordering::SeqCst) => {
                outcome.await.map_err(|_gone| OrderRefusal::Interrupted)
            }
            Err(_) => Err(OrderRefusal::Busy),
        }
    }
}

/// Whether a counter is one that a reset of partial energies zeroes and that tells whether it did.
/// Counters of tariffs may have a reset of their own, and running times may be left alone.
pub(super) fn tells_of_reset(measurand: Measurand) -> bool {
    let is_energy = matches!(
        measurand.unit(),
        Unit::WattHour | Unit::VarHour | Unit::VoltAmpereHour
    );
    is_energy && measurand.counter == CounterKind::Partial && measurand.tariff.is_none()
        || measurand.quantity == Quantity::PartialResetAt
}

/// Whether the counters show that they were zeroed between two readings: each that had counted fell,
/// or the device says that it was reset since.
pub(super) fn shows_reset(before: &CounterValues, after: &CounterValues) -> bool {
    let is_moment = |measurand: &Measurand| measurand.quantity == Quantity::PartialResetAt;
    let moved = before
        .iter()
        .filter(|(measurand, _)| is_moment(measurand))
        .any(|(measurand, was)| after.get(measurand).is_some_and(|is| is > was));
    let mut counters = before
        .iter()
        .filter(|(measurand, _)| !is_moment(measurand))
        .peekable();
    let fell = counters.peek().is_some()
        && counters.all(|(measurand, was)| {
            after
                .get(measurand)
                .is_some_and(|is| is < was || *was == 0.0)
        });
    moved || fell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, f64)]) -> CounterValues {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a measurand"), *value))
            .collect()
    }

    #[track_caller]
    fn check(before: &[(&str, f64)], after: &[(&str, f64)], expected: bool) {
        assert_eq!(shows_reset(&values(before), &values(after)), expected);
    }

    /// MON-21
    #[test]
    fn a_reset_is_believed_when_every_counter_fell() {
        let (import, export) = ("ea_import_partial_wh", "ea_export_partial_wh");
        check(&[(import, 5000.0)], &[(import, 0.0)], true);
        check(&[(import, 5000.0)], &[(import, 1.5)], true);
        check(&[(import, 5000.0)], &[(import, 5000.0)], false);
        check(&[(import, 5000.0)], &[], false);
        check(&[], &[], false);
        let (before, after) = (
            [(import, 5.0), (export, 7.0)],
            [(import, 0.0), (export, 7.0)],
        );
        check(&before, &after, false);
    }

    #[test]
    fn a_counter_that_stood_at_zero_proves_nothing_and_denies_nothing() {
        let (import, export) = ("ea_import_partial_wh", "ea_export_partial_wh");
        check(&[(import, 0.0)], &[(import, 0.0)], true);
        check(
            &[(import, 9.0), (export, 0.0)],
            &[(import, 0.0), (export, 0.1)],
            true,
        );
    }

    #[test]
    fn a_device_that_tells_when_it_was_reset_is_believed() {
        let (import, at) = ("ea_import_partial_wh", "partial_reset_at");
        let before = [(import, 0.1), (at, 100.0)];
        check(&before, &[(import, 0.2), (at, 160.0)], true);
        check(&before, &[(import, 0.2), (at, 100.0)], false);
    }

    #[tokio::test]
    async fn an_order_for_a_device_that_nobody_polls_is_refused() {
        let orders = Orders::default();
        let refusal = |orders: Arc<Orders>| async move {
            orders
                .carry_out(DeviceId(1), ActionKind::ResetPartialEnergies, Vec::new())
                .await
        };
        let orders = Arc::new(orders);
        assert_eq!(
            refusal(Arc::clone(&orders)).await,
            Err(OrderRefusal::NotPolled)
        );
        drop(orders.open([DeviceId(1)].into_iter()));
        assert_eq!(refusal(orders).await, Err(OrderRefusal::NotPolled));
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_that_the_bus_did_not_begin_in_time_is_withdrawn() {
        let orders = Orders::default();
        let mut bus = orders.open([DeviceId(1)].into_iter());
        let refused = orders
            .carry_out(DeviceId(1), ActionKind::ResetPartialEnergies, Vec::new())
            .await;
        assert_eq!(refused, Err(OrderRefusal::Busy));
        let order = bus.recv().await.expect("the order");
        assert!(!order.begin(), "nobody waits for it any more");
    }

    #[tokio::test(start_paused = true)]
    async fn an_order_that_has_begun_is_waited_for() {
        let orders = Arc::new(Orders::default());
        let mut bus = orders.open([DeviceId(1)].into_iter());
        let waiting = tokio::spawn(async move {
            orders
                .carry_out(DeviceId(1), ActionKind::ResetPartialEnergies, Vec::new())
                .await
        });
        let order = bus.recv().await.expect("the order");
        assert!(order.begin());
        tokio::time::sleep(2 * BEGUN_WITHIN).await;
        order.finish(Vec::new());
        assert_eq!(waiting.await.expect("no panic"), Ok(Vec::new()));
    }

    #[tokio::test]
    async fn an_order_that_was_cut_short_is_not_said_to_be_undone() {
        let orders = Arc::new(Orders::default());
        let mut bus = orders.open([DeviceId(1)].into_iter());
        let waiting = tokio::spawn(async move {
            orders
                .carry_out(DeviceId(1), ActionKind::ResetPartialEnergies, Vec::new())
                .await
        });
        let order = bus.recv().await.expect("the order");
        assert!(order.begin());
        drop(order);
        let outcome = waiting.await.expect("no panic");
        assert_eq!(outcome, Err(OrderRefusal::Interrupted));
    }

    #[tokio::test]
    async fn a_bus_with_many_orders_takes_no_more() {
        let orders = Arc::new(Orders::default());
        let _bus = orders.open([DeviceId(1)].into_iter());
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..=WAITING_MAX {
            let orders = Arc::clone(&orders);
            waiting.spawn(async move {
                orders
                    .carry_out(DeviceId(1), ActionKind::ResetPartialEnergies, Vec::new())
                    .await
            });
        }
        let first = waiting.join_next().await.expect("an answer");
        assert_eq!(first.expect("no panic"), Err(OrderRefusal::Busy));
    }
}
