use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::Measurand;

use crate::meter::BLOCK_MS;
use crate::plant::{Mounted, Plant};
use crate::world::World;

/// The past of a plant, integration period by integration period: what its meters would have
/// shown, had somebody looked.
///
/// The state at the begin of a period is held for all of it, so that energies are exactly the
/// integral of the powers. What [`Past::remember`] keeps is what the plant goes on from when it is
/// started.
#[derive(Debug)]
pub struct Past {
    plant: Arc<Plant>,
    world: World,
}

/// A load or network of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played(Mounted);

impl Past {
    /// How long a period is.
    pub const PERIOD: SignedDuration = SignedDuration::from_millis(BLOCK_MS);

    /// The plant as it was installed at `from`, down to the begin of a period.
    pub fn new(plant: Plant, from: Timestamp) -> Self {
        let from_ms = from.as_millisecond().div_euclid(BLOCK_MS) * BLOCK_MS;
        let from = Timestamp::from_millisecond(from_ms).unwrap_or(from);
        let plant = Arc::new(Plant {
            counting_since: Some(from),
            memory_file: plant.memory_file,
            ..plant
        });
        Self {
            world: World::new(Arc::clone(&plant), from, None),
            plant,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Plays one period.
    pub fn advance(&mut self) {
        let until_ms = self.world.now().as_millisecond() + BLOCK_MS;
        self.world.advance(until_ms, BLOCK_MS);
    }

    /// The load or network of this name.
    pub fn named(&self, name: &str) -> Option<Played> {
        let load = self.plant.loads.iter().position(|load| *load.name == *name);
        let network = || {
            let networks = &self.plant.networks;
            networks.iter().position(|network| *network.name == *name)
        };
        load.map(Mounted::Load)
            .or_else(|| network().map(Mounted::Network))
            .map(Played)
    }

    /// What a meter shows of it now.
    pub fn value(&self, played: Played, measurand: Measurand) -> Option<f64> {
        self.world.value(played.0, measurand)
    }

    /// Lets the meters write down their counters, where the plant keeps them in a file.
    pub fn remember(&self) -> io::Result<()> {
        match &self.plant.memory_file {
            Some(file) => file.save(&self.world.memory()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Phase, Quantity};

    #[test]
    fn energies_of_the_past_are_the_integral_of_its_powers() {
        let from: Timestamp = "2026-03-28T22:00:00Z".parse().unwrap();
        let mut past = Past::new(Plant::demo(), from);
        let kitchen = past.named("Kitchen").unwrap();
        let value = |past: &Past, quantity| {
            past.value(kitchen, Measurand::new(quantity, Phase::Total))
                .unwrap()
        };
        let before = value(&past, Quantity::ActiveEnergyImport);
        let mut delivered = 0.0;
        // Over a change of the clocks.
        for _ in 0..40 {
            delivered += value(&past, Quantity::ActivePower) / 6.0;
            past.advance();
        }
        assert_eq!(past.now(), from + Past::PERIOD * 40);
        let counted = value(&past, Quantity::ActiveEnergyImport) - before;
        assert!((counted - delivered).abs() < 0.01, "{counted} {delivered}");
        assert_eq!(past.named("Moon"), None);
    }
}
