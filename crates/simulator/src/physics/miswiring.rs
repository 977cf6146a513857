use super::network::NetworkState;
use super::waveform::Waveform;

/// How the inputs of a meter differ from what is there: the faults of an installation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Miswiring {
    /// Per conductor, what its current is multiplied by: −1 for a transformer that is mounted the
    /// wrong way round.
    current_factors: [f64; 3],
    /// Per input of the meter, the conductor whose transformer is connected there.
    current_inputs: [usize; 3],
    has_voltage: [bool; 3],
}

impl Default for Miswiring {
    fn default() -> Self {
        Self {
            current_factors: [1.0; 3],
            current_inputs: [0, 1, 2],
            has_voltage: [true; 3],
        }
    }
}

impl Miswiring {
    pub(crate) fn reverse(&mut self, conductor: usize) {
        self.current_factors[conductor] *= -1.0;
    }

    pub(crate) fn swap(&mut self, one: usize, other: usize) {
        self.current_inputs.swap(one, other);
    }

    pub(crate) fn lose_voltage(&mut self, conductor: usize) {
        self.has_voltage[conductor] = false;
    }

    pub(crate) fn scale(&mut self, factor: f64) {
        for own in &mut self.current_factors {
            *own *= factor;
        }
    }

    /// What arrives at the meter.
    pub(crate) fn seen(
        &self,
        network: &NetworkState,
        currents: &[Waveform; 3],
    ) -> (NetworkState, [Waveform; 3]) {
        let none = Waveform::default();
        let currents = self
            .current_inputs
            .map(|conductor| none.plus(&currents[conductor], self.current_factors[conductor]));
        (network.with_phases(self.has_voltage), currents)
    }
}
