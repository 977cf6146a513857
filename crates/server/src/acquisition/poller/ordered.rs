//! An order carried out on one device: who is it, what do its counters say, write, read back.

use std::time::Duration;

use modbus::{Bus, RequestFault};
use model::Channel;
use profiles::{ActionKind, ReadPlan, RegisterImage, RegisterWrite, WriteFunction};

use super::{DeviceTurn, PollerTools, SweepResult, device_fault, unusable};
use crate::acquisition::dispatch::Batch;
use crate::acquisition::health::DeviceFault;
use crate::acquisition::orders::{
    ChannelOutcome, CounterValues, Order, OrderResult, shows_reset, tells_of_reset,
};

/// Pauses before each reading back: a meter may take a moment to zero its memory, and the
/// neighbours wait no longer than this for it.
const READ_BACK_AFTER: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_millis(700),
];

impl DeviceTurn {
    /// Does what `order` says to each of its channels in turn. What was read back goes the way of
    /// all readings.
    pub(super) async fn carry_out(
        &mut self,
        order: &Order,
        bus: &mut Bus,
        tools: &PollerTools,
    ) -> Vec<ChannelOutcome> {
        let mut outcomes: Vec<ChannelOutcome> = Vec::with_capacity(order.channels.len());
        for channel in &order.channels {
            let mut outcome = ChannelOutcome {
                channel: *channel,
                at: tools.clock.now(),
                result: OrderResult::NoSuchAction,
                before: CounterValues::new(),
                after: CounterValues::new(),
            };
            // A device that was silent just now is not waited for again.
            let silent = outcomes.iter().find_map(|outcome| match &outcome.result {
                silent @ OrderResult::Silent(_) => Some(silent.clone()),
                _ => None,
            });
            outcome.result = match silent {
                Some(silent) => silent,
                None => self.order_one(order.kind, &mut outcome, bus, tools).await,
            };
            tracing::info!(
                device = %self.device.name, %channel, order = order.kind.name(),
                result = outcome.result.name(), "an order was carried out"
            );
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn order_one(
        &mut self,
        kind: ActionKind,
        outcome: &mut ChannelOutcome,
        bus: &mut Bus,
        tools: &PollerTools,
    ) -> OrderResult {
        let channel = outcome.channel;
        let Some(action) = self.device.profile.action(kind, channel) else {
            return OrderResult::NoSuchAction;
        };
        // Nothing is ever written to a device that may be another product.
        if !self.identified
            && let Err(result) = self.identify(bus).await
        {
            return not_written(result);
        }
        let plan = self.confirming_plan(channel);
        let read = self.ask(bus, &plan).await;
        if read.image.blocks.is_empty()
            && let Some(result) = unusable(&read)
        {
            return not_written(result);
        }
        outcome.before = self.counters(&read.image, channel);
        if outcome.before.is_empty() {
            return OrderResult::Refused(DeviceFault {
                code: "counters_unreadable".to_owned(),
                detail: "gives no partial counter by which a reset could be confirmed, so nothing was written".to_owned(),
            });
        }
        let mut refusal = None;
        for write in &action.writes {
            match self.write(*write, bus).await {
                Ok(()) => {}
                Err(fault @ RequestFault::Exception { .. }) => {
                    refusal = Some(device_fault(&fault));
                    break;
                }
                // The device may have taken it: reading back tells.
                Err(fault) => {
                    tracing::debug!(device = %self.device.name, %fault, "a write was not acknowledged");
                    break;
                }
            }
        }
        outcome.at = tools.clock.now();
        let is_shown = self.read_back(&plan, outcome, bus, tools).await;
        match refusal {
            Some(fault) => OrderResult::Refused(fault),
            None if is_shown => OrderResult::Done,
            None => OrderResult::NotConfirmed,
        }
    }

    async fn write(&self, write: RegisterWrite, bus: &mut Bus) -> Result<(), RequestFault> {
        let (unit_id, link) = (self.device.unit_id, self.device.profile.link());
        match write.function {
            WriteFunction::Single => {
                bus.write_single(unit_id, write.address, write.word, link)
                    .await
            }
            WriteFunction::Multiple => {
                bus.write_multiple(unit_id, write.address, &[write.word], link)
                    .await
            }
        }
    }

    /// Reads the counters until they show the reset, a few times at most.
    async fn read_back(
        &mut self,
        plan: &ReadPlan,
        outcome: &mut ChannelOutcome,
        bus: &mut Bus,
        tools: &PollerTools,
    ) -> bool {
        for pause in READ_BACK_AFTER {
            tokio::time::sleep(pause).await;
            let read = self.ask(bus, plan).await;
            if read.image.blocks.is_empty() {
                continue;
            }
            outcome.after = self.counters(&read.image, outcome.channel);
            let readings = self.decode(&read.image);
            tools.counts.count_extra(self.device.id, &readings);
            tools.dispatch.dispatch(&Batch {
                readings: readings.into_iter().map(|(_, live)| live).collect(),
                health: self.watch.health().clone(),
            });
            if shows_reset(&outcome.before, &outcome.after) {
                return true;
            }
        }
        false
    }

    /// The tables of `channel` whose counters tell of a reset.
    fn confirming_plan(&self, channel: Channel) -> ReadPlan {
        let tables = self
            .device
            .profile
            .measurands(channel)
            .iter()
            .filter(|info| tells_of_reset(info.measurand))
            .map(|info| info.table)
            .collect();
        self.plan_of_tables(&tables)
    }

    fn counters(&self, image: &RegisterImage, channel: Channel) -> CounterValues {
        let decoded = self.device.profile.decode(image, &[channel]);
        let values = decoded.values.into_iter();
        values
            .filter(|value| tells_of_reset(value.measurand))
            .filter_map(|value| Some((value.measurand, value.value?)))
            .collect()
    }
}

fn not_written(result: SweepResult) -> OrderResult {
    match result {
        SweepResult::Foreign(fault) => OrderResult::Foreign(fault),
        SweepResult::Silent(fault) | SweepResult::Unreachable(fault) => OrderResult::Silent(fault),
        SweepResult::Refused(fault) => OrderResult::Refused(fault),
        SweepResult::Answered { fault } => OrderResult::Refused(fault.unwrap_or(DeviceFault {
            code: "malformed_answer".to_owned(),
            detail: "its answer could not be used".to_owned(),
        })),
    }
}
