use energy::{Amount, CounterTraits, IndexReading};
use history::Sample;
use jiff::{SignedDuration, Timestamp};
use model::{CounterKind, Measurand, PointId, Quantity, Unit, WiringType};

use crate::site::{CheckedMount, MeasuringPoint, Site};

const HOUR_NS: i128 = 3_600_000_000_000;

/// A span of time over which one meter counted at a point, as far as anybody declared it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    /// `None`: since ever. Years that were brought along reach back behind the first mount, and
    /// whether they are of the same meter is for the rules to say.
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    /// The counter that its meter offers for what was asked.
    pub(super) measurand: Measurand,
    pub(super) register: Option<CounterRegister>,
    pub(super) max_per_hour: Option<Amount>,
    pub(super) opening: Option<Amount>,
    pub(super) closing: Option<Amount>,
}

/// What the profile of the meter says about the register of a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CounterRegister {
    pub(super) resolution: Amount,
    pub(super) decimals: u8,
    pub(super) rolls_at: Option<i64>,
}

impl Stretch {
    pub(super) fn from(&self) -> Timestamp {
        self.from.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The value as it was written, without what a float adds to it. `None` for what no counter
    /// shows: it counts for nothing.
    pub(super) fn value_of(&self, sample: &Sample) -> Option<Amount> {
        let of_register = self.register.map_or(0, |register| register.decimals);
        let step = step_of_decimals(of_register.max(sample.decimals));
        let reading = IndexReading::from_value(sample.at, sample.value, step)?;
        Some(step.times(reading.count))
    }

    /// The finest step that a sample can be in. Readings of a device are in steps of its register;
    /// what is finer was brought along from elsewhere.
    pub(super) fn finest(&self, value: Amount, sample: &Sample) -> Amount {
        let is_of =
            |register: &CounterRegister| value.billionths() % register.resolution.billionths() == 0;
        self.register
            .filter(is_of)
            .map_or(step_of_decimals(sample.decimals), |register| {
                register.resolution
            })
    }

    /// The most that can have been counted in a time; `None` where nothing tells.
    pub(super) fn limit(&self, unit: Amount, elapsed: SignedDuration) -> Option<Amount> {
        let flow = self.max_per_hour?.billionths() * elapsed.as_nanos() * 3 / (2 * HOUR_NS);
        Some(Amount::from_billionths(flow) + unit.times(2))
    }

    /// What is known of the counter once its resolution is found.
    pub(super) fn traits(&self, unit: Amount) -> CounterTraits {
        // A ring is stated in counts of the register; found finer or coarser, it says nothing.
        let ring = self
            .register
            .filter(|register| register.resolution == unit)
            .and_then(|register| register.rolls_at);
        CounterTraits {
            ring,
            max_per_hour: self.max_per_hour,
            ..CounterTraits::of_unit(unit)
        }
    }
}

fn step_of_decimals(decimals: u8) -> Amount {
    // An amount has nine decimals, and no counter more.
    Amount::from_billionths(10i128.pow(9 - u32::from(decimals.min(9))))
}

/// The stretches of a point for one counter, in order of time; never none. Each mount is a meter of
/// its own: a product that was exchanged for its like is at the same address.
pub(super) fn stretches(site: &Site, point: PointId, asked: Measurand) -> Vec<Stretch> {
    let max_per_hour = site
        .point(point)
        .and_then(|point| largest_per_hour(site, point, asked.quantity));
    let mut stretches: Vec<Stretch> = Vec::new();
    for mount in site.all_mounts_of(point) {
        // Where nobody noted the last index, what was read until the next meter is its own.
        if let Some(last) = stretches.last_mut()
            && last.closing.is_none()
        {
            last.until = Some(mount.from);
        }
        stretches.push(of_mount(site, mount, asked, max_per_hour));
    }
    if let Some(last) = stretches.last_mut()
        && last.closing.is_none()
    {
        last.until = None;
    }
    let unmounted = |until: Option<Timestamp>| Stretch {
        from: None,
        until,
        measurand: asked,
        register: None,
        max_per_hour,
        opening: None,
        closing: None,
    };
    match stretches.first_mut() {
        None => stretches.push(unmounted(None)),
        Some(first) if first.opening.is_none() => first.from = None,
        Some(first) => {
            let until = first.from;
            stretches.insert(0, unmounted(until));
        }
    }
    stretches
}

fn of_mount(
    site: &Site,
    mount: &CheckedMount,
    asked: Measurand,
    max_per_hour: Option<Amount>,
) -> Stretch {
    let offered = site
        .device(mount.device)
        .map_or(&[][..], |device| device.profile.measurands(mount.channel));
    let find = |wanted: Measurand| offered.iter().find(|info| info.measurand == wanted);
    // A meter that has partial counters only is asked for those.
    let partial = (asked.counter == CounterKind::Total)
        .then(|| find(asked.with_counter(CounterKind::Partial)))
        .flatten();
    let info = find(asked).or(partial);
    let measurand = info.map_or(asked, |info| info.measurand);
    let index = |indexes: &[(Measurand, Amount)]| {
        let found = indexes.iter().find(|(noted, _)| *noted == measurand);
        found.map(|(_, index)| *index)
    };
    Stretch {
        from: Some(mount.from),
        until: mount.until,
        measurand,
        register: info.map(|info| CounterRegister {
            resolution: Amount::from_billionths(info.resolution_billionths),
            decimals: info.decimals,
            rolls_at: info.rolls_at,
        }),
        max_per_hour,
        opening: index(&mount.opening),
        closing: index(&mount.closing),
    }
}

/// The most that a circuit can carry in an hour: its largest apparent power bounds all its powers.
fn largest_per_hour(site: &Site, point: &MeasuringPoint, quantity: Quantity) -> Option<Amount> {
    match quantity.unit() {
        Unit::WattHour | Unit::VarHour | Unit::VoltAmpereHour => {
            let nominal = point.nominal_current_a?;
            let current = point.full_scale_current_a.unwrap_or(nominal).max(nominal);
            let voltage = site.nominal_voltage(point)?;
            let per_current = match point.wiring {
                Some(WiringType::SinglePhase | WiringType::TwoPhase) => voltage,
                Some(wiring) if !wiring.has_neutral() => 3f64.sqrt() * voltage,
                // Where nobody says how it is wired, as much as could be.
                _ => 3.0 * voltage,
            };
            Amount::from_f64(per_current * current)
        }
        Unit::Second => Some(Amount::from_units(3_600)),
        _ => None,
    }
}
