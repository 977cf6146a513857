//! What a meter makes of the values it sees: means, extremes with their times, and energies.
//!
//! A [`Meter`] is handed the values of an instant ([`Meter::see`]) and told how long they held
//! ([`Meter::hold`]). It knows no clock and no calendar: when an integration period ends, it is
//! told so ([`Meter::close_block`]).

mod averages;
mod energies;
mod extremes;

use std::collections::HashMap;

use jiff::Timestamp;
use model::{Measurand, Quantity, Statistic};
use profiles::Zeroed;
use serde::{Deserialize, Serialize};

use crate::physics::{Observed, Power};
use crate::replay::timestamp;
use averages::{RunningBlock, replace_by_energies};
pub(crate) use energies::{CounterFault, Energies};
use extremes::{Extremes, asks_for_largest};

/// Integration period of averages.
pub(crate) const BLOCK_MS: i64 = 600_000;

/// One measuring point's meter.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    /// Place of a measurand in all lists of the meter, which have the same order.
    places: HashMap<Measurand, usize>,
    now: Vec<Observed>,
    power: Power,
    /// The power that is really there, whatever the meter sees of it.
    true_power: Power,
    counter_fault: CounterFault,
    book: MeterBook,
}

/// What a meter keeps when its supply fails.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct MeterBook {
    /// The spellings of the values that the lists are about, in their order.
    layout: String,
    means: Vec<Option<f64>>,
    means_at_ms: Option<i64>,
    extremes: Extremes,
    extremes_of_means: Extremes,
    block: RunningBlock,
    block_ms: i64,
    totals_at_block: [u128; 5],
    /// `None` on a voltage module.
    energies: Option<Energies>,
    /// What would have been counted by a meter without faults.
    #[serde(default)]
    truth: Option<Energies>,
}

impl Meter {
    pub(crate) fn new(energies: Option<Energies>) -> Self {
        Self::with_book(MeterBook {
            totals_at_block: energies.as_ref().map(Energies::totals).unwrap_or_default(),
            truth: energies.clone(),
            energies,
            ..MeterBook::default()
        })
    }

    /// A meter that goes on where another one stopped.
    pub(crate) fn with_book(mut book: MeterBook) -> Self {
        if book.truth.is_none() {
            book.truth.clone_from(&book.energies);
        }
        Self {
            places: HashMap::new(),
            now: Vec::new(),
            power: Power::default(),
            true_power: Power::default(),
            counter_fault: CounterFault::default(),
            book,
        }
    }

    pub(crate) fn book(&self) -> &MeterBook {
        &self.book
    }

    /// Takes the values of an instant. Every call brings the same measurands in the same order.
    /// `true_power` is what is really there where the meter is wired wrongly, else the same.
    pub(crate) fn see(
        &mut self,
        values: Vec<Observed>,
        power: Power,
        true_power: Power,
        at_ms: i64,
    ) {
        if self.places.is_empty() {
            self.arrange(&values);
        }
        self.book.extremes.see(&values, at_ms);
        self.now = values;
        self.power = power;
        self.true_power = true_power;
    }

    pub(crate) fn set_counter_fault(&mut self, fault: CounterFault) {
        self.counter_fault = fault;
    }

    /// All counters fall to zero.
    pub(crate) fn zero_counters(&mut self) {
        if let Some(energies) = &mut self.book.energies {
            energies.zero();
        }
    }

    /// What a meter without faults would have counted.
    pub(crate) fn truth(&self) -> Option<&Energies> {
        self.book.truth.as_ref()
    }

    /// Learns the order of the values. Lists of another order are worth nothing: counters alone
    /// outlive a change of what is measured.
    fn arrange(&mut self, values: &[Observed]) {
        self.places = values
            .iter()
            .enumerate()
            .map(|(place, (measurand, _))| (*measurand, place))
            .collect();
        let spellings: Vec<String> = values.iter().map(|(name, _)| name.to_string()).collect();
        let layout = spellings.join(" ");
        if self.book.layout != layout {
            let energies = self.book.energies.take();
            let truth = self.book.truth.take();
            self.book = MeterBook {
                layout,
                truth,
                ..Self::new(energies).book
            };
        }
    }

    /// Books the values last seen as having held for `duration_ms`, in the tariff numbered from 0.
    pub(crate) fn hold(&mut self, duration_ms: i64, tariff: usize) {
        self.book.block.hold(&self.now, duration_ms);
        self.book.block_ms += duration_ms;
        if let Some(energies) = &mut self.book.energies {
            energies.count(self.power, duration_ms, tariff);
        }
        if let Some(truth) = &mut self.book.truth {
            truth.count(self.true_power, duration_ms, tariff);
        }
    }

    /// Zeroes partial counters, where the meter has any.
    pub(crate) fn reset_partial(&mut self, zeroes: Zeroed, at_ms: i64) {
        if let Some(energies) = &mut self.book.energies {
            energies.reset_partial(zeroes, at_ms);
        }
    }

    /// Ends an integration period. A period that was not seen whole leaves no means behind.
    pub(crate) fn close_block(&mut self, at_ms: i64, is_complete: bool) {
        let block = std::mem::take(&mut self.book.block);
        let block_ms = std::mem::take(&mut self.book.block_ms);
        let totals = self.book.energies.as_ref().map(Energies::totals);
        let before = std::mem::replace(&mut self.book.totals_at_block, totals.unwrap_or_default());
        if !is_complete || block_ms == 0 {
            return;
        }
        let mut means = block.means(&self.now);
        if let Some(totals) = totals {
            let gained = std::array::from_fn(|index| totals[index] - before[index]);
            replace_by_energies(&mut means, gained, block_ms);
        }
        self.book.extremes_of_means.see(&means, at_ms);
        self.book.means = means.into_iter().map(|(_, mean)| mean).collect();
        self.book.means_at_ms = Some(at_ms);
    }

    pub(crate) fn value(&self, measurand: Measurand) -> Option<f64> {
        match measurand.quantity {
            Quantity::IntegrationPeriod => match measurand.statistic {
                Statistic::Instant => Some(INSTANT_PERIOD_S),
                Statistic::Average => Some(BLOCK_MS as f64 / 1000.0),
                _ => None,
            },
            _ if measurand.statistic == Statistic::Instant => {
                match self
                    .book
                    .energies
                    .as_ref()
                    .and_then(|energies| energies.shown(measurand, self.counter_fault))
                {
                    Some(energy) => Some(energy),
                    None => self.now.get(self.place(measurand)?)?.1,
                }
            }
            _ if measurand.statistic == Statistic::Average => {
                *self.book.means.get(self.place(measurand)?)?
            }
            _ => self.extreme(measurand).map(|(value, _)| value),
        }
    }

    /// When an extreme occurred, or when the period of a mean ended.
    pub(crate) fn occurred_at(&self, measurand: Measurand) -> Option<Timestamp> {
        match measurand.statistic {
            Statistic::Instant => None,
            Statistic::Average => self.book.means_at_ms.map(timestamp),
            _ => self.extreme(measurand).map(|(_, at_ms)| timestamp(at_ms)),
        }
    }

    fn extreme(&self, measurand: Measurand) -> Option<(f64, i64)> {
        let is_largest = asks_for_largest(measurand)?;
        let extremes = match measurand.statistic {
            Statistic::Minimum | Statistic::Maximum => &self.book.extremes,
            _ => &self.book.extremes_of_means,
        };
        extremes.get(self.place(measurand)?, is_largest)
    }

    fn place(&self, measurand: Measurand) -> Option<usize> {
        let listed = Measurand {
            statistic: Statistic::Instant,
            ..measurand
        };
        self.places.get(&listed).copied()
    }
}

/// What instantaneous values are a mean of: ten periods of the mains.
const INSTANT_PERIOD_S: f64 = 0.2;
