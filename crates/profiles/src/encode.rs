use jiff::Timestamp;
use model::{Channel, Measurand, Quantity, Unit};

use crate::encoding::Encoding;
use crate::signs::{AngleSign, PowerFactorSign, sense};
use crate::table::{Register, Table};
use crate::time::{device_seconds_from_timestamp, device_seconds_from_unix};
use crate::{DeviceProfile, RegisterMemory, SimulatedIdentity};

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

impl DeviceProfile {
    /// The registers of a device that measures what `source` says, computed at `now`: the inverse
    /// of [`DeviceProfile::decode`], to the step of each register.
    ///
    /// What does not fit into its register becomes the nearest value that does; nothing panics.
    pub fn encode(&self, source: &dyn ValueSource, now: Timestamp) -> RegisterMemory {
        let mut memory = RegisterMemory::default();
        self.encode_identity(&source.identity(), &mut memory);
        for (key, table) in self.keyed_tables(self.channels()) {
            let channel = table.channel(key.instance);
            let mut words = TableWords {
                profile: self,
                table,
                words: vec![0; table.words.into()],
            };
            if table.load_status.is_none() || source.is_enabled(channel) {
                words.fill(source, channel, now);
            }
            let start = table.start + table.offset(key.instance);
            memory.put(self.function(), start, words.words);
        }
        memory
    }

    /// What the register holds for `value`, in the device's own sign.
    fn device_value(
        &self,
        source: &dyn ValueSource,
        channel: Channel,
        register: &Register,
    ) -> Option<f64> {
        let measurand = register.measurand;
        let value = source.value(channel, measurand)?;
        Some(match measurand.quantity {
            Quantity::PowerFactor => {
                let kind = source.value(
                    channel,
                    Measurand {
                        quantity: Quantity::PowerFactorType,
                        ..measurand
                    },
                );
                self.device_power_factor(value, kind)
            }
            Quantity::PhiAngle if self.parts().angle_sign == AngleSign::LeadingPositive => -value,
            _ => value,
        })
    }

    fn device_power_factor(&self, value: f64, kind: Option<f64>) -> f64 {
        let leads = kind == Some(sense::LEADING);
        match self.parts().power_factor_sign {
            Some(PowerFactorSign::Sense) if leads => -value.abs(),
            Some(PowerFactorSign::Ieee) if !leads => -value.abs(),
            Some(PowerFactorSign::Sense | PowerFactorSign::Ieee) => value.abs(),
            Some(PowerFactorSign::Iec) | None => value,
        }
    }
}

/// The words of one table instance while they are written.
struct TableWords<'p> {
    profile: &'p DeviceProfile,
    table: &'p Table,
    words: Vec<u16>,
}

impl TableWords<'_> {
    fn fill(&mut self, source: &dyn ValueSource, channel: Channel, now: Timestamp) {
        if let Some(status) = self.table.load_status {
            self.write(status, Encoding::U16, 1);
        }
        if let Some(address) = self.table.computed_at {
            let now = device_seconds_from_timestamp(now);
            self.write(address, Encoding::Datetime, now);
        }
        let order = self.profile.parts().word_order;
        for register in &self.table.registers {
            // Zero is "never"; of values that share their time, one that has it is enough.
            if let Some(moment) = register.occurred_at
                && let Some(at) = source.occurred_at(channel, register.measurand)
                && let Some(words) = self.words_at(moment.address, moment.form.words())
            {
                moment.form.write(at, words, order);
            }
            match self.profile.device_value(source, channel, register) {
                Some(value) if !value.is_nan() => self.write_value(register, value),
                _ => self.write_unavailable(register),
            }
        }
    }

    fn write_value(&mut self, register: &Register, value: f64) {
        let raw = if register.measurand.unit() == Unit::Instant {
            device_seconds_from_unix(value)
        } else if let Some(codes) = &register.codes {
            // A code that the device does not have becomes its last.
            let known = codes.get(value as usize).or(codes.last());
            known.copied().unwrap_or(0)
        } else if let Some(address) = register.exponent {
            // The registers that share a power of ten have the same decimals.
            let steps = 10f64.powi(i32::from(register.decimals));
            self.write(address, Encoding::S16, -i128::from(register.decimals));
            register.scale.raw_of(value * steps)
        } else {
            let bits = register
                .encoding
                .bits_of_float(register.scale.float_of(value));
            bits.unwrap_or_else(|| register.scale.raw_of(value))
        };
        let Some(remainder) = &register.remainder else {
            self.write(
                register.address,
                register.encoding,
                self.available(register, raw),
            );
            return;
        };
        let modulus = i128::from(remainder.modulus);
        let counter = self.available(register, raw.div_euclid(modulus));
        self.write(register.address, register.encoding, counter);
        self.write(
            remainder.address,
            remainder.encoding,
            raw.rem_euclid(modulus),
        );
    }

    fn write_unavailable(&mut self, register: &Register) {
        let sentinel = self.sentinels(register).first().copied();
        // A float has a number of its own for what is none.
        let nan = register.encoding.bits_of_float(f64::NAN);
        let raw = sentinel.or(nan).unwrap_or(0);
        self.write(register.address, register.encoding, raw);
    }

    /// The number nearest to `raw` that fits and does not mean "not available".
    fn available(&self, register: &Register, raw: i128) -> i128 {
        let encoding = register.encoding;
        if encoding.is_float() {
            return raw;
        }
        let sentinels = self.sentinels(register);
        let mut nearest = raw.clamp(encoding.min(), encoding.max());
        let step = if nearest > 0 { -1 } else { 1 };
        while sentinels.contains(&nearest) {
            nearest += step;
        }
        nearest
    }

    fn sentinels<'r>(&'r self, register: &'r Register) -> &'r [i128] {
        let common = self.profile.parts().sentinels.of(register.encoding);
        register.sentinels.as_deref().unwrap_or(common)
    }

    fn write(&mut self, address: u16, encoding: Encoding, raw: i128) {
        let order = self.profile.parts().word_order;
        // A load status may lie in another table, which writes it itself.
        if let Some(words) = self.words_at(address, encoding.words()) {
            encoding.write(raw, words, order);
        }
    }

    fn words_at(&mut self, address: u16, count: u16) -> Option<&mut [u16]> {
        let first = usize::from(address.checked_sub(self.table.start)?);
        self.words.get_mut(first..first + usize::from(count))
    }
}
