mod angles;

use crate::electrical::{
    apparent_power_vector, mean_of_present, power_factor, power_factor_sense, tan_phi,
    unbalance_amplitude_pct, unbalance_sequence_pct,
};
use crate::{Measurand, Phase, Quality, Quantity, Statistic, WiringType};

/// Decimals of a computed ratio, those of a register's power factor.
const RATIO_DECIMALS: u8 = 3;
/// Decimals of a computed percentage.
const PERCENT_DECIMALS: u8 = 2;

/// A value that the device did not give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DerivedValue {
    pub measurand: Measurand,
    pub value: f64,
    /// A value of the device that it was made from: it is as old and as good as that one.
    pub basis: Measurand,
    /// `None`: as many as the basis.
    pub decimals: Option<u8>,
    /// [`Quality::COMPUTED`], with [`Quality::ASSUMED`] where it rests on what is usual.
    pub quality: Quality,
}

/// What the site says of a point, as far as values are computed from it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Declared {
    /// How it is wired; without it, what the device measures tells.
    pub wiring: Option<WiringType>,
    /// √3·Un·In, below a share of which ratios mean nothing.
    pub nominal_s_va: Option<f64>,
}

const PHASES: [Phase; 3] = [Phase::L1, Phase::L2, Phase::L3];
const PAIRS: [Phase; 3] = [Phase::L12, Phase::L23, Phase::L31];

/// What can be computed from the values `known` of one channel and was not among them.
///
/// Works on one statistic at a time, instantaneous or average: ratios of averages are made from
/// averaged powers, never averaged themselves, and an average has no angle.
pub fn derive(
    statistic: Statistic,
    declared: Declared,
    known: &dyn Fn(Measurand) -> Option<f64>,
) -> Vec<DerivedValue> {
    let mut derived = Derivation {
        statistic,
        known,
        values: Vec::new(),
    };
    derived.means();
    derived.unbalances();
    derived.powers();
    derived.ratios(declared.nominal_s_va);
    if statistic == Statistic::Instant {
        derived.angles(declared.wiring);
    }
    derived.values
}

/// What [`derive()`] may add to a channel that offers `offered`, with meaningless figures: pages lay
/// themselves out by it before the first value.
pub fn derivable(
    statistic: Statistic,
    wiring: Option<WiringType>,
    offered: &dyn Fn(Measurand) -> bool,
) -> Vec<DerivedValue> {
    let declared = Declared {
        wiring,
        nominal_s_va: None,
    };
    // Any positive figures do: which values can be made does not depend on their size.
    derive(statistic, declared, &|measurand| {
        offered(measurand).then_some(1.0)
    })
}

struct Derivation<'a> {
    statistic: Statistic,
    known: &'a dyn Fn(Measurand) -> Option<f64>,
    values: Vec<DerivedValue>,
}

impl Derivation<'_> {
    fn get(&self, quantity: Quantity, phase: Phase) -> Option<f64> {
        let measurand = Measurand::new(quantity, phase).with_statistic(self.statistic);
        (self.known)(measurand).or_else(|| {
            self.values
                .iter()
                .find(|value| value.measurand == measurand)
                .map(|value| value.value)
        })
    }

    /// The device's own value behind `quantity`, which may itself be derived.
    fn basis(&self, quantity: Quantity, phase: Phase) -> Measurand {
        let measurand = Measurand::new(quantity, phase).with_statistic(self.statistic);
        self.values
            .iter()
            .find(|value| value.measurand == measurand)
            .map_or(measurand, |value| value.basis)
    }

    fn add(
        &mut self,
        (quantity, phase): (Quantity, Phase),
        value: Option<f64>,
        basis: (Quantity, Phase),
        decimals: Option<u8>,
    ) {
        self.add_with((quantity, phase), value, basis, decimals, Quality::COMPUTED);
    }

    fn add_with(
        &mut self,
        (quantity, phase): (Quantity, Phase),
        value: Option<f64>,
        basis: (Quantity, Phase),
        decimals: Option<u8>,
        quality: Quality,
    ) {
        if self.get(quantity, phase).is_some() {
            return;
        }
        if let Some(value) = value {
            self.values.push(DerivedValue {
                measurand: Measurand::new(quantity, phase).with_statistic(self.statistic),
                value,
                basis: self.basis(basis.0, basis.1),
                decimals,
                quality,
            });
        }
    }

    fn all(&self, quantity: Quantity, phases: [Phase; 3]) -> Option<[f64; 3]> {
        let [first, second, third] = phases.map(|phase| self.get(quantity, phase));
        Some([first?, second?, third?])
    }

    fn means(&mut self) {
        for (quantity, phases) in [
            (Quantity::Voltage, PHASES),
            (Quantity::LineVoltage, PAIRS),
            (Quantity::Current, PHASES),
        ] {
            let mean = mean_of_present(&phases.map(|phase| self.get(quantity, phase)));
            let Some(first) = phases
                .into_iter()
                .find(|phase| self.get(quantity, *phase).is_some())
            else {
                continue;
            };
            self.add((quantity, Phase::System), mean, (quantity, first), None);
        }
    }

    fn unbalances(&mut self) {
        for (quantity, phases, unbalance) in [
            (
                Quantity::Voltage,
                PHASES,
                Quantity::VoltageUnbalanceAmplitude,
            ),
            (
                Quantity::LineVoltage,
                PAIRS,
                Quantity::LineVoltageUnbalanceAmplitude,
            ),
            (
                Quantity::Current,
                PHASES,
                Quantity::CurrentUnbalanceAmplitude,
            ),
        ] {
            let value = self.all(quantity, phases).and_then(unbalance_amplitude_pct);
            self.add(
                (unbalance, Phase::Total),
                value,
                (quantity, phases[0]),
                Some(PERCENT_DECIMALS),
            );
        }
        let by_sequence = self
            .all(Quantity::LineVoltage, PAIRS)
            .and_then(unbalance_sequence_pct);
        self.add(
            (Quantity::LineVoltageUnbalance, Phase::Total),
            by_sequence,
            (Quantity::LineVoltage, Phase::L12),
            Some(PERCENT_DECIMALS),
        );
    }

    fn powers(&mut self) {
        for quantity in [Quantity::ActivePower, Quantity::ReactivePower] {
            let sum = self.all(quantity, PHASES).map(|values| values.iter().sum());
            self.add((quantity, Phase::Total), sum, (quantity, Phase::L1), None);
        }
        for phase in PHASES {
            let (voltage, current) = (
                self.get(Quantity::Voltage, phase),
                self.get(Quantity::Current, phase),
            );
            let value = voltage.zip(current).map(|(v, i)| v * i);
            self.add(
                (Quantity::ApparentPower, phase),
                value,
                (Quantity::Current, phase),
                Some(0),
            );
        }
        let arithmetic = self
            .all(Quantity::ApparentPower, PHASES)
            .map(|values| values.iter().sum());
        let vector = self
            .get(Quantity::ActivePower, Phase::Total)
            .zip(self.get(Quantity::ReactivePower, Phase::Total))
            .map(|(p, q)| apparent_power_vector(p, q));
        let basis = match arithmetic {
            Some(_) => (Quantity::ApparentPower, Phase::L1),
            None => (Quantity::ActivePower, Phase::Total),
        };
        self.add(
            (Quantity::ApparentPower, Phase::Total),
            arithmetic.or(vector),
            basis,
            Some(0),
        );
    }

    fn ratios(&mut self, nominal_s_va: Option<f64>) {
        for phase in [Phase::Total, Phase::L1, Phase::L2, Phase::L3] {
            let p = self.get(Quantity::ActivePower, phase);
            let factor = p
                .zip(self.get(Quantity::ApparentPower, phase))
                .and_then(|(p, s)| power_factor(p, s));
            let tangent = p
                .zip(self.get(Quantity::ReactivePower, phase))
                .and_then(|(p, q)| tan_phi(p, q, nominal_s_va));
            let sense = p
                .zip(self.get(Quantity::ReactivePower, phase))
                .map(|(p, q)| power_factor_sense(p, q));
            let fundamental = self
                .get(Quantity::ActivePowerFundamental, phase)
                .zip(self.get(Quantity::ReactivePowerFundamental, phase))
                .and_then(|(p, q)| power_factor(p, apparent_power_vector(p, q)));
            for (quantity, value, basis) in [
                (Quantity::PowerFactor, factor, Quantity::ActivePower),
                (Quantity::TanPhi, tangent, Quantity::ActivePower),
                (Quantity::PowerFactorType, sense, Quantity::ActivePower),
                (
                    Quantity::CosPhi,
                    fundamental,
                    Quantity::ActivePowerFundamental,
                ),
            ] {
                let is_code = quantity == Quantity::PowerFactorType;
                let decimals = if is_code { 0 } else { RATIO_DECIMALS };
                self.add((quantity, phase), value, (basis, phase), Some(decimals));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn derived(known: &[(Quantity, Phase, f64)], nominal: Option<f64>) -> HashMap<String, f64> {
        let known: HashMap<Measurand, f64> = known
            .iter()
            .map(|(quantity, phase, value)| (Measurand::new(*quantity, *phase), *value))
            .collect();
        let declared = Declared {
            wiring: None,
            nominal_s_va: nominal,
        };
        derive(Statistic::Instant, declared, &|measurand| {
            known.get(&measurand).copied()
        })
        .into_iter()
        .map(|value| (value.measurand.to_string(), value.value))
        .collect()
    }

    #[test]
    fn what_the_device_gives_is_not_computed() {
        let values = derived(
            &[
                (Quantity::ActivePower, Phase::Total, 8.0),
                (Quantity::ReactivePower, Phase::Total, 6.0),
                (Quantity::ApparentPower, Phase::Total, 10.5),
            ],
            None,
        );
        assert!(!values.contains_key("s_va"));
        assert!((values["power_factor"] - 8.0 / 10.5).abs() < 1e-9);
        assert!((values["tan_phi"] - 0.75).abs() < 1e-9);
    }

    #[test]
    fn apparent_power_is_arithmetic_where_phases_are_known_and_vector_otherwise() {
        let by_phase = derived(
            &[
                (Quantity::Voltage, Phase::L1, 230.0),
                (Quantity::Voltage, Phase::L2, 230.0),
                (Quantity::Voltage, Phase::L3, 230.0),
                (Quantity::Current, Phase::L1, 10.0),
                (Quantity::Current, Phase::L2, 0.0),
                (Quantity::Current, Phase::L3, 5.0),
            ],
            None,
        );
        assert!((by_phase["s_va"] - 3450.0).abs() < 1e-9);
        assert!((by_phase["i_sys_a"] - 5.0).abs() < 1e-9);
        let total = derived(
            &[
                (Quantity::ActivePower, Phase::Total, 8.0),
                (Quantity::ReactivePower, Phase::Total, -6.0),
            ],
            None,
        );
        assert!((total["s_va"] - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_sum_with_a_missing_phase_is_missing() {
        let values = derived(
            &[
                (Quantity::ActivePower, Phase::L1, 1.0),
                (Quantity::ActivePower, Phase::L2, 1.0),
            ],
            None,
        );
        assert!(!values.contains_key("p_w"));
    }

    #[test]
    fn tan_phi_means_nothing_at_no_load() {
        let known = [
            (Quantity::ActivePower, Phase::Total, 4.0),
            (Quantity::ReactivePower, Phase::Total, 3.0),
        ];
        assert!(!derived(&known, Some(1000.0)).contains_key("tan_phi"));
        assert!(derived(&known, None).contains_key("tan_phi"));
    }

    #[test]
    fn a_derived_value_names_the_device_value_behind_it() {
        let known: HashMap<Measurand, f64> = [
            (Quantity::Voltage, 230.0),
            (Quantity::Current, 10.0),
            (Quantity::ActivePower, 2_000.0),
        ]
        .map(|(quantity, value)| (Measurand::new(quantity, Phase::L1), value))
        .into();
        let bases: HashMap<String, String> =
            derive(Statistic::Instant, Declared::default(), &|measurand| {
                known.get(&measurand).copied()
            })
            .into_iter()
            .map(|value| (value.measurand.to_string(), value.basis.to_string()))
            .collect();
        assert_eq!(bases["i_sys_a"], "i1_a");
        assert_eq!(bases["s1_va"], "i1_a");
        assert_eq!(bases["power_factor1"], "p1_w");
    }

    #[test]
    fn what_may_be_derived_is_known_before_the_first_value() {
        let offered = [Quantity::ActivePower, Quantity::ReactivePower]
            .map(|quantity| Measurand::new(quantity, Phase::Total));
        let names: Vec<String> = derivable(Statistic::Instant, None, &|measurand| {
            offered.contains(&measurand)
        })
        .iter()
        .map(|value| value.measurand.to_string())
        .collect();
        assert_eq!(
            names,
            ["s_va", "power_factor", "tan_phi", "power_factor_type"]
        );
    }
}
