use std::collections::HashMap;

use jiff::Timestamp;
use model::{Channel, Measurand, Quality, Quantity, Unit};

use crate::encoding::Encoding;
use crate::signs::{AngleSign, PowerFactorSign, sense};
use crate::table::{Register, Table};
use crate::time::device_seconds_to_unix;
use crate::word_order::WordOrder;
use crate::{ChannelValue, DecodeFault, Decoded, DeviceProfile, RegisterImage};

impl DeviceProfile {
    /// Every value of `channels` whose words lie in one answer of `image`.
    ///
    /// - What is not in `image` is left out: it was not asked for, or its request failed.
    /// - One bad register makes one [`DecodeFault`] and spoils one value; a power factor whose sign
    ///   tells its sense spoils that, too.
    /// - A load that is switched off gives no values.
    /// - Every power factor has the sign of P, whatever the device's own convention.
    pub fn decode(&self, image: &RegisterImage, channels: &[Channel]) -> Decoded {
        let mut decoded = Decoded::default();
        for (key, table) in self.keyed_tables(channels) {
            let instance = Instance {
                profile: self,
                image,
                table,
                channel: table.channel(key.instance),
                offset: table.offset(key.instance),
            };
            if !instance.is_switched_off() {
                instance.decode(&mut decoded);
            }
        }
        self.settle_signs(&mut decoded.values);
        decoded
    }

    /// Turns the signs of the device into those of the program, which takes the powers that came
    /// in the same image.
    fn settle_signs(&self, values: &mut [ChannelValue]) {
        let is_told_by_powers =
            |quantity| matches!(quantity, Quantity::PowerFactor | Quantity::PhiAngle);
        let is_power = |quantity| {
            matches!(
                quantity,
                Quantity::ActivePower
                    | Quantity::ReactivePower
                    | Quantity::ReactivePowerFundamental
            )
        };
        if !values
            .iter()
            .any(|value| is_told_by_powers(value.measurand.quantity))
        {
            return;
        }
        let known: HashMap<(Channel, Measurand), f64> = values
            .iter()
            .filter(|value| is_power(value.measurand.quantity))
            .filter_map(|value| Some(((value.channel, value.measurand), value.value?)))
            .collect();
        for value in values {
            let of = |quantity| {
                let measurand = Measurand {
                    quantity,
                    ..value.measurand
                };
                // An extreme of P occurred at another moment than that of the power factor.
                let is_simultaneous = !measurand.statistic.is_extreme();
                let power = known.get(&(value.channel, measurand)).copied();
                power.filter(|_| is_simultaneous)
            };
            match value.measurand.quantity {
                Quantity::PowerFactor => {
                    let p_w = of(Quantity::ActivePower);
                    value.value = value.value.map(|raw| self.power_factor(raw, p_w));
                }
                Quantity::PhiAngle => {
                    let q_var =
                        of(Quantity::ReactivePowerFundamental).or(of(Quantity::ReactivePower));
                    value.value = value.value.map(|raw| self.phi(raw, q_var));
                }
                _ => {}
            }
        }
    }

    /// |PF| with the sign of P. Without P it is positive, unless the device's own sign is that
    /// of P.
    fn power_factor(&self, raw: f64, p_w: Option<f64>) -> f64 {
        match (p_w, self.parts().power_factor_sign) {
            (Some(p_w), _) if p_w < 0.0 => -raw.abs(),
            (None, Some(PowerFactorSign::Iec)) => raw,
            _ => raw.abs(),
        }
    }

    /// The angle between voltage and current, positive where inductive. Where the register table
    /// does not say what its sign means, Q does.
    fn phi(&self, raw: f64, q_var: Option<f64>) -> f64 {
        match (self.parts().angle_sign, q_var) {
            (AngleSign::LaggingPositive, _) | (AngleSign::Unstated, None | Some(0.0)) => raw,
            (AngleSign::LeadingPositive, _) => -raw,
            (AngleSign::Unstated, Some(q_var)) => raw.abs().copysign(q_var),
        }
    }
}

/// One instance of a table, about to be decoded.
struct Instance<'p> {
    profile: &'p DeviceProfile,
    image: &'p RegisterImage,
    table: &'p Table,
    channel: Channel,
    offset: u16,
}

/// A value before its signs are settled.
struct Read {
    value: Option<f64>,
    decimals: u8,
    quality: Quality,
    occurred_at: Option<Timestamp>,
}

impl Instance<'_> {
    fn words(&self, address: u16, count: u16) -> Option<(&[u16], Timestamp)> {
        let function = self.profile.function();
        self.image.words(function, address + self.offset, count)
    }

    /// A load status that was not read says nothing.
    fn is_switched_off(&self) -> bool {
        let status = self.table.load_status.and_then(|at| self.words(at, 1));
        status.is_some_and(|(words, _)| words == [0])
    }

    fn decode(&self, decoded: &mut Decoded) {
        for register in &self.table.registers {
            let span = register.span();
            let (start, count) = (span.start as u16, (span.end - span.start) as u16);
            let Some((words, at)) = self.words(start, count) else {
                continue;
            };
            let words = Words {
                held: words,
                start,
                order: self.profile.parts().word_order,
            };
            match self.read(register, &words) {
                Ok(read) => self.push(register, &read, at, decoded),
                Err(reason) => {
                    let spoilt = [register.measurand].into_iter();
                    let sense = self.profile.sense_told_by(self.table, register);
                    let faults = spoilt.chain(sense).map(|measurand| DecodeFault {
                        channel: self.channel,
                        measurand,
                        address: register.address + self.offset,
                        reason: reason.clone(),
                    });
                    decoded.faults.extend(faults);
                }
            }
        }
    }

    fn push(&self, register: &Register, read: &Read, at: Timestamp, decoded: &mut Decoded) {
        let value = ChannelValue {
            channel: self.channel,
            measurand: register.measurand,
            value: read.value,
            at,
            quality: read.quality,
            decimals: read.decimals,
            occurred_at: read.occurred_at,
        };
        if let Some(measurand) = self.profile.sense_told_by(self.table, register) {
            let value_of = |raw| self.profile.sense_of(raw);
            decoded.values.push(ChannelValue {
                measurand,
                value: read.value.map(value_of),
                decimals: 0,
                ..value
            });
        }
        decoded.values.push(value);
    }

    fn read(&self, register: &Register, words: &Words<'_>) -> Result<Read, String> {
        let quality = register
            .quality
            .map_or(Ok(Quality::MEASURED), |at| quality(words.at(at, 1)[0]))?;
        let never = self.profile.parts().sentinels.of(Encoding::Datetime);
        let occurred_at = register.occurred_at.map_or(Ok(None), |moment| {
            let at = words.at(moment.address, moment.form.words());
            moment.form.read(at, words.order, never)
        })?;
        let (value, decimals) = match self.number(register, words)? {
            Some(raw) => self.value(register, raw, words)?,
            None => (None, register.decimals),
        };
        if register.measurand.quantity == Quantity::PowerFactorType
            && value.is_some_and(|code| code > sense::LAGGING)
        {
            return Err("the sense must be 0, 1 or 2".to_owned());
        }
        Ok(Read {
            value,
            decimals,
            quality,
            occurred_at,
        })
    }

    /// What `raw` means in the canonical unit, and its decimals.
    fn value(
        &self,
        register: &Register,
        raw: i128,
        words: &Words<'_>,
    ) -> Result<(Option<f64>, u8), String> {
        if register.measurand.unit() == Unit::Instant {
            return Ok((Some(device_seconds_to_unix(raw)), 0));
        }
        if let Some(codes) = &register.codes {
            let code = codes.iter().position(|known| *known == raw);
            let code = code.ok_or_else(|| format!("{raw} is none of the codes of the profile"))?;
            return Ok((Some(code as f64), 0));
        }
        if let Some(float) = register.encoding.float_of_bits(raw) {
            if float.is_infinite() {
                return Err("the number is infinite".to_owned());
            }
            let value = register.scale.value_of_float(float, register.decimals);
            return Ok(((!float.is_nan()).then_some(value), register.decimals));
        }
        let Some(address) = register.exponent else {
            return Ok((Some(register.scale.value_of(raw)), register.decimals));
        };
        let exponent = words.number(address, Encoding::S16)?;
        if self
            .profile
            .parts()
            .sentinels
            .of(Encoding::S16)
            .contains(&exponent)
        {
            return Ok((None, register.decimals));
        }
        let scale = i8::try_from(exponent)
            .ok()
            .and_then(|exponent| register.scale.times_power_of_ten(exponent));
        let scale = scale.ok_or_else(|| format!("{exponent} is no power of ten of a scale"))?;
        Ok((Some(scale.value_of(raw)), scale.decimals))
    }

    /// The raw number of `register`, joined with its remainder; `None` for "not available".
    fn number(&self, register: &Register, words: &Words<'_>) -> Result<Option<i128>, String> {
        let sentinels = &self.profile.parts().sentinels;
        let encoding = register.encoding;
        let raw = words.number(register.address, encoding)?;
        let own = register.sentinels.as_deref();
        if own.unwrap_or(sentinels.of(encoding)).contains(&raw) {
            return Ok(None);
        }
        let Some(remainder) = &register.remainder else {
            return Ok(Some(raw));
        };
        let fine = words.number(remainder.address, remainder.encoding)?;
        if sentinels.of(remainder.encoding).contains(&fine) {
            return Ok(None);
        }
        let modulus = i128::from(remainder.modulus);
        if fine >= modulus {
            return Err(format!(
                "the remainder {fine} is not below one step of the counter ({modulus})"
            ));
        }
        Ok(Some(raw * modulus + fine))
    }
}

/// The words of one answer that hold a value, addressed as in the profile.
struct Words<'i> {
    held: &'i [u16],
    start: u16,
    order: WordOrder,
}

impl Words<'_> {
    fn at(&self, address: u16, count: u16) -> &[u16] {
        let first = usize::from(address - self.start);
        &self.held[first..first + usize::from(count)]
    }

    fn number(&self, address: u16, encoding: Encoding) -> Result<i128, String> {
        let words = self.at(address, encoding.words());
        if encoding == Encoding::U8 && words[0] != u16::MAX && words[0] > u16::from(u8::MAX) {
            return Err(format!("{:#06x} does not fit into 8 bits", words[0]));
        }
        Ok(encoding.read(words, self.order))
    }
}

/// The flag of a mean: 0 complete, 1 incomplete, 2 clock not set, 3 both.
fn quality(flag: u16) -> Result<Quality, String> {
    match flag {
        0 => Ok(Quality::MEASURED),
        1 => Ok(Quality::INCOMPLETE),
        2 => Ok(Quality::CLOCK_UNSET),
        3 => Ok(Quality::INCOMPLETE.with(Quality::CLOCK_UNSET)),
        other => Err(format!("the quality flag {other} is none of 0 to 3")),
    }
}

impl DeviceProfile {
    /// The sense that the sign of a power factor tells.
    fn sense_of(&self, raw: f64) -> f64 {
        let leads = match self.parts().power_factor_sign {
            Some(PowerFactorSign::Ieee) => raw > 0.0,
            _ => raw < 0.0,
        };
        if raw == 0.0 {
            sense::UNDEFINED
        } else if leads {
            sense::LEADING
        } else {
            sense::LAGGING
        }
    }
}
