//! A simulated device without a simulator: values drawn from a seed, answers from its registers.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use model::{Channel, Measurand, Quantity, Unit};
use profiles::{
    ReadPlan, RegisterBlock, RegisterImage, RegisterMemory, SimulatedIdentity, ValueSource,
};

/// Values that are consistent in their signs and fit into every register.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    fn draw(&self, channel: Channel, measurand: Measurand) -> f64 {
        let mut hasher = DefaultHasher::new();
        (self.0, channel, measurand).hash(&mut hasher);
        (hasher.finish() % 30_000) as f64 / 1000.0
    }

    /// A drawn value whose sign is drawn, too.
    fn draw_signed(&self, channel: Channel, measurand: Measurand) -> f64 {
        let value = self.draw(channel, measurand);
        // A power of zero has no sign to settle others by.
        let value = 10.0 * value + 10.0;
        if (value as u64).is_multiple_of(2) {
            value
        } else {
            -value
        }
    }
}

impl ValueSource for Seeded {
    fn value(&self, channel: Channel, measurand: Measurand) -> Option<f64> {
        let of = |quantity| {
            let other = Measurand {
                quantity,
                ..measurand
            };
            self.value(channel, other)
        };
        let drawn = self.draw(channel, measurand);
        Some(match measurand.quantity {
            Quantity::ActivePower
            | Quantity::ReactivePower
            | Quantity::ActivePowerFundamental
            | Quantity::ReactivePowerFundamental => self.draw_signed(channel, measurand),
            // A sign that tells the sense cannot tell that of P, and an extreme has no P beside it.
            Quantity::PowerFactor if measurand.statistic.is_extreme() => (drawn / 30.0).max(0.001),
            Quantity::PowerFactor => (drawn / 30.0)
                .max(0.001)
                .copysign(of(Quantity::ActivePower)?),
            Quantity::PowerFactorType => 1.0 + f64::from(drawn > 15.0),
            Quantity::PhiAngle => drawn.copysign(of(Quantity::ReactivePowerFundamental)?),
            _ => match measurand.unit() {
                Unit::Instant => 1_700_000_000.0 + drawn.round(),
                // The codes that every state has.
                Unit::Code => f64::from(drawn > 15.0),
                Unit::Farad => drawn / 1_000_000.0,
                Unit::WattHour | Unit::VarHour | Unit::VoltAmpereHour => drawn * 12_345.0,
                _ => drawn,
            },
        })
    }

    fn occurred_at(&self, channel: Channel, measurand: Measurand) -> Option<Timestamp> {
        // Registers may share their time, those of one phase and statistic at least.
        let behind = i64::from(channel.number) + i64::from(measurand.statistic.is_extreme());
        Timestamp::from_second(1_750_000_000 + behind).ok()
    }

    fn is_enabled(&self, _channel: Channel) -> bool {
        true
    }

    fn identity(&self) -> SimulatedIdentity {
        SimulatedIdentity {
            product: String::new(),
            serial: "2614-0005-01234".to_owned(),
            firmware: "1.2.3".to_owned(),
        }
    }
}

pub(crate) fn noon() -> Timestamp {
    "2026-03-04T12:00:00Z".parse().expect("this is a timestamp")
}

/// What a device with this memory answers to `plan`; refused requests are missing.
pub(crate) fn answers(memory: &RegisterMemory, plan: &ReadPlan) -> RegisterImage {
    let blocks = plan.requests.iter().filter_map(|request| {
        let words = memory.read(request.function, request.start, request.count);
        Some(RegisterBlock {
            function: request.function,
            start: request.start,
            words: words.ok()?,
            at: noon(),
        })
    });
    RegisterImage {
        blocks: blocks.collect(),
    }
}
