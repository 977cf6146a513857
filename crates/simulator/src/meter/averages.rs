use model::electrical::{power_factor, tan_phi};
use model::{Measurand, Phase, Quantity, Unit, ValueKind};
use serde::{Deserialize, Serialize};

use crate::physics::{Observed, Phasor, Sense};

/// Time-weighted sums of the values of a running integration period.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct RunningBlock {
    /// One per value: the sum for angles is one of directions, for all else it lies in `re`.
    sums: Vec<(Phasor, i64)>,
}

impl RunningBlock {
    /// Adds values held for `duration_ms`. A missing value counts no time.
    pub(crate) fn hold(&mut self, values: &[Observed], duration_ms: i64) {
        self.sums.resize(values.len(), (Phasor::ZERO, 0));
        let weight = duration_ms as f64;
        for ((sum, held_ms), (measurand, value)) in self.sums.iter_mut().zip(values) {
            let Some(value) = value else { continue };
            let share = if measurand.unit() == Unit::Degree {
                Phasor::from_degrees(weight, *value)
            } else {
                Phasor {
                    re: value * weight,
                    im: 0.0,
                }
            };
            *sum = *sum + share;
            *held_ms += duration_ms;
        }
    }

    /// The means of the period: ratios from the means of what they are ratios of, never means of
    /// ratios. `values` names the sums.
    pub(crate) fn means(&self, values: &[Observed]) -> Vec<Observed> {
        let mut means: Vec<Observed> = values
            .iter()
            .zip(&self.sums)
            .map(|((measurand, _), (sum, held_ms))| {
                let mean = if measurand.unit() == Unit::Degree {
                    sum.degrees()
                } else {
                    Some(sum.re / *held_ms as f64)
                };
                (*measurand, mean.filter(|_| *held_ms > 0))
            })
            .collect();
        let mean = |means: &[Observed], quantity, phase| {
            let wanted = Measurand::new(quantity, phase);
            means
                .iter()
                .find(|(measurand, _)| *measurand == wanted)
                .and_then(|(_, mean)| *mean)
        };
        for index in 0..means.len() {
            let Measurand {
                quantity, phase, ..
            } = means[index].0;
            let of = |quantity| mean(&means, quantity, phase);
            let p_and_q = || of(Quantity::ActivePower).zip(of(Quantity::ReactivePower));
            let ratio = match quantity {
                Quantity::PowerFactor => of(Quantity::ActivePower)
                    .zip(of(Quantity::ApparentPower))
                    .and_then(|(p, s)| power_factor(p, s)),
                Quantity::PowerFactorType => p_and_q().map(|(p, q)| Sense::of(p, q).code()),
                Quantity::TanPhi => p_and_q().and_then(|(p, q)| {
                    tan_phi(p, q, mean(&means, Quantity::NominalApparentPower, phase))
                }),
                Quantity::CosPhi => of(Quantity::ActivePowerFundamental)
                    .zip(of(Quantity::ReactivePowerFundamental))
                    .and_then(|(p, q)| power_factor(p, p.hypot(q))),
                _ => continue,
            };
            means[index].1 = ratio;
        }
        means
    }
}

/// Puts the means of the powers that energies belong to right to the last count: P+ · T is the
/// change of Ea+, whatever was rounded on the way.
pub(crate) fn replace_by_energies(means: &mut [Observed], gained: [u128; 5], duration_ms: i64) {
    let mean = |counts: u128| counts as f64 / 1000.0 / duration_ms as f64;
    let [import, export, plus, minus, apparent] = gained.map(mean);
    for (measurand, value) in means
        .iter_mut()
        .filter(|(measurand, _)| measurand.phase == Phase::Total)
    {
        debug_assert!(measurand.kind() != ValueKind::Counter);
        *value = Some(match measurand.quantity {
            Quantity::ActivePowerImport => import,
            Quantity::ActivePowerExport => export,
            Quantity::ActivePower => import - export,
            Quantity::ReactivePowerPlus => plus,
            Quantity::ReactivePowerMinus => minus,
            Quantity::ReactivePower => plus - minus,
            Quantity::ApparentPower => apparent,
            _ => continue,
        });
    }
}
