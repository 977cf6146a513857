use crate::Amount;

/// Ratios over a billing span, from the energies of one direction; import and export apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnergyRatios {
    /// `ΔEa / √(ΔEa² + ΔEr²)`.
    pub power_factor: f64,
    /// `ΔEr / ΔEa`.
    pub tan_phi: f64,
}

impl EnergyRatios {
    /// `None` where no active energy flowed: then there is nothing to compare with.
    pub fn of(active: Amount, reactive: Amount) -> Option<Self> {
        let (ea, er) = (active.to_f64(), reactive.to_f64());
        (active > Amount::ZERO).then(|| Self {
            power_factor: ea / ea.hypot(er),
            tan_phi: er / ea,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_of_a_bill_come_from_energies() {
        let ratios = EnergyRatios::of(Amount::from_units(8_000), Amount::from_units(6_000));
        let ratios = ratios.unwrap();
        assert!((ratios.power_factor - 0.8).abs() < 1e-12);
        assert!((ratios.tan_phi - 0.75).abs() < 1e-12);
    }

    #[test]
    fn without_active_energy_there_is_no_ratio() {
        assert_eq!(EnergyRatios::of(Amount::ZERO, Amount::from_units(1)), None);
    }
}
