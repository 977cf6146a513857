use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::{Quantity, Unit, ValueKind};

/// The conductor or pair of conductors that a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The whole circuit (a total), or a quantity that has no phase (frequency).
    Total,
    /// The mean of the phases present.
    System,
    /// Whichever phase or pair had it: extremes that a device keeps over all of them.
    Any,
    L1,
    L2,
    L3,
    N,
    L12,
    L23,
    L31,
}

impl Phase {
    pub const ALL: [Self; 10] = [
        Self::Total,
        Self::System,
        Self::Any,
        Self::L1,
        Self::L2,
        Self::L3,
        Self::N,
        Self::L12,
        Self::L23,
        Self::L31,
    ];

    /// What a spelling puts right behind the stem.
    pub fn spelling(self) -> &'static str {
        match self {
            Self::Total => "",
            Self::System => "_sys",
            Self::Any => "_any",
            Self::L1 => "1",
            Self::L2 => "2",
            Self::L3 => "3",
            Self::N => "n",
            Self::L12 => "12",
            Self::L23 => "23",
            Self::L31 => "31",
        }
    }
}

/// Harmonic ranks from `first` to `last`; a single rank has both equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RankRange {
    pub first: u8,
    pub last: u8,
}

impl RankRange {
    pub fn single(rank: u8) -> Self {
        Self {
            first: rank,
            last: rank,
        }
    }

    pub fn is_group(self) -> bool {
        self.first != self.last
    }
}

/// Which of a device's counters of one energy is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CounterKind {
    Total,
    /// Can be set to zero by people.
    Partial,
    /// What the partial counter held when it was last set to zero.
    LastPartial,
}

/// How a value stands to the instantaneous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Statistic {
    Instant,
    /// Mean over the device's integration period.
    Average,
    /// Smallest instantaneous value since the device's last reset.
    Minimum,
    Maximum,
    MinimumOfAverages,
    MaximumOfAverages,
}

impl Statistic {
    const SPELLINGS: [(Self, &'static str); 5] = [
        (Self::MinimumOfAverages, "_min_avg"),
        (Self::MaximumOfAverages, "_max_avg"),
        (Self::Average, "_avg"),
        (Self::Minimum, "_min"),
        (Self::Maximum, "_max"),
    ];

    fn spelling(self) -> &'static str {
        Self::SPELLINGS
            .iter()
            .find(|(statistic, _)| *statistic == self)
            .map_or("", |(_, spelling)| spelling)
    }

    pub fn is_extreme(self) -> bool {
        !matches!(self, Self::Instant | Self::Average)
    }
}

/// What a value is: a quantity of a phase, and for the families that need it a harmonic rank,
/// a counter kind, a tariff and a statistic.
///
/// Its spelling is `stem phase [_rank[_last]] [_partial|_last_partial] [_tN] [_statistic] [_unit]`:
/// `p_w`, `u12_v`, `v_sys_avg_v`, `i1_max_avg_a`, `harmonic_i1_5_pct`, `harmonic_v2_26_34_pct`,
/// `ea_import_wh`, `ea_import_partial_t1_wh`, `power_factor1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measurand {
    pub quantity: Quantity,
    pub phase: Phase,
    pub rank: Option<RankRange>,
    pub counter: CounterKind,
    /// 1 to 8, or `None` for the sum over all tariffs.
    pub tariff: Option<u8>,
    pub statistic: Statistic,
}

impl Measurand {
    /// The instantaneous value, or total counter, of a quantity on a phase.
    pub fn new(quantity: Quantity, phase: Phase) -> Self {
        Self {
            quantity,
            phase,
            rank: None,
            counter: CounterKind::Total,
            tariff: None,
            statistic: Statistic::Instant,
        }
    }

    #[must_use]
    pub fn with_rank(self, rank: RankRange) -> Self {
        Self {
            rank: Some(rank),
            ..self
        }
    }

    #[must_use]
    pub fn with_statistic(self, statistic: Statistic) -> Self {
        Self { statistic, ..self }
    }

    #[must_use]
    pub fn with_counter(self, counter: CounterKind) -> Self {
        Self { counter, ..self }
    }

    #[must_use]
    pub fn with_tariff(self, tariff: u8) -> Self {
        Self {
            tariff: Some(tariff),
            ..self
        }
    }

    pub fn unit(self) -> Unit {
        self.quantity.unit()
    }

    pub fn kind(self) -> ValueKind {
        self.quantity.kind()
    }
}

/// As one number: every reading is looked up by its measurand several times on its way, and hashed
/// field by field that was a good part of what a reading cost.
impl Hash for Measurand {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [first, last] = self.rank.map_or([0, 0], |rank| [rank.first, rank.last]);
        state.write_u64(u64::from_le_bytes([
            self.quantity as u8,
            self.phase as u8,
            first,
            last,
            self.counter as u8,
            self.tariff.unwrap_or(0),
            self.statistic as u8,
            0,
        ]));
    }
}

impl fmt::Display for Measurand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}",
            self.quantity.stem(),
            self.phase.spelling()
        )?;
        if let Some(rank) = self.rank {
            write!(formatter, "_{}", rank.first)?;
            if rank.is_group() {
                write!(formatter, "_{}", rank.last)?;
            }
        }
        match self.counter {
            CounterKind::Total => {}
            CounterKind::Partial => formatter.write_str("_partial")?,
            CounterKind::LastPartial => formatter.write_str("_last_partial")?,
        }
        if let Some(tariff) = self.tariff {
            write!(formatter, "_t{tariff}")?;
        }
        formatter.write_str(self.statistic.spelling())?;
        let unit = self.unit().suffix();
        if !unit.is_empty() {
            write!(formatter, "_{unit}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a quantity that Wattline knows")]
pub struct UnknownMeasurand(pub String);

impl FromStr for Measurand {
    type Err = UnknownMeasurand;

    fn from_str(spelling: &str) -> Result<Self, Self::Err> {
        // Stems can be prefixes of one another (`p`, `p_import`): try all, longest first, and
        // take the first that explains the whole spelling.
        let mut stems: Vec<Quantity> = Quantity::ALL
            .iter()
            .copied()
            .filter(|quantity| spelling.starts_with(quantity.stem()))
            .collect();
        stems.sort_by_key(|quantity| std::cmp::Reverse(quantity.stem().len()));
        stems
            .into_iter()
            .find_map(|quantity| parse_rest(quantity, &spelling[quantity.stem().len()..]))
            .filter(|measurand| measurand.to_string() == spelling)
            .ok_or_else(|| UnknownMeasurand(spelling.to_owned()))
    }
}

fn parse_rest(quantity: Quantity, rest: &str) -> Option<Measurand> {
    let suffix = quantity.unit().suffix();
    let rest = if suffix.is_empty() {
        rest
    } else {
        rest.strip_suffix(suffix)?.strip_suffix('_')?
    };
    // A longer phase spelling wins (`12` over `1`), the empty one comes last.
    let mut phases = Phase::ALL;
    phases.sort_by_key(|phase| std::cmp::Reverse(phase.spelling().len()));
    phases.into_iter().find_map(|phase| {
        let rest = rest.strip_prefix(phase.spelling())?;
        parse_modifiers(Measurand::new(quantity, phase), rest)
    })
}

fn parse_modifiers(mut measurand: Measurand, rest: &str) -> Option<Measurand> {
    let mut rest = rest;
    for (statistic, spelling) in Statistic::SPELLINGS {
        if let Some(before) = rest.strip_suffix(spelling) {
            measurand.statistic = statistic;
            rest = before;
            break;
        }
    }
    if let Some((before, tariff)) = rest.rsplit_once("_t")
        && let Ok(tariff @ 1..=8) = tariff.parse::<u8>()
    {
        measurand.tariff = Some(tariff);
        rest = before;
    }
    if let Some(before) = rest.strip_suffix("_last_partial") {
        measurand.counter = CounterKind::LastPartial;
        rest = before;
    } else if let Some(before) = rest.strip_suffix("_partial") {
        measurand.counter = CounterKind::Partial;
        rest = before;
    }
    if rest.is_empty() {
        return Some(measurand);
    }
    let mut ranks = rest.strip_prefix('_')?.split('_');
    let first = ranks.next()?.parse().ok()?;
    let last = match ranks.next() {
        Some(last) => last.parse().ok()?,
        None => first,
    };
    if ranks.next().is_some() || first > last {
        return None;
    }
    measurand.rank = Some(RankRange { first, last });
    Some(measurand)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(spelling: &str, measurand: Measurand) {
        assert_eq!(measurand.to_string(), spelling);
        assert_eq!(spelling.parse(), Ok(measurand));
    }

    #[test]
    fn spellings_are_those_of_the_glossary() {
        let new = Measurand::new;
        check("p_w", new(Quantity::ActivePower, Phase::Total));
        check("p1_w", new(Quantity::ActivePower, Phase::L1));
        check("u12_v", new(Quantity::LineVoltage, Phase::L12));
        check("vn_v", new(Quantity::Voltage, Phase::N));
        check("v_sys_v", new(Quantity::Voltage, Phase::System));
        check("frequency_hz", new(Quantity::Frequency, Phase::Total));
        check(
            "ea_import_wh",
            new(Quantity::ActiveEnergyImport, Phase::Total),
        );
        check("power_factor", new(Quantity::PowerFactor, Phase::Total));
        check("power_factor1", new(Quantity::PowerFactor, Phase::L1));
        check("cos_phi", new(Quantity::CosPhi, Phase::Total));
    }

    #[test]
    fn modifiers_come_between_phase_and_unit() {
        let new = Measurand::new;
        check(
            "v_sys_avg_v",
            new(Quantity::Voltage, Phase::System).with_statistic(Statistic::Average),
        );
        check(
            "thd_u_any_max_pct",
            new(Quantity::LineVoltageThd, Phase::Any).with_statistic(Statistic::Maximum),
        );
        check(
            "i1_max_avg_a",
            new(Quantity::Current, Phase::L1).with_statistic(Statistic::MaximumOfAverages),
        );
        check(
            "harmonic_v2_26_34_pct",
            new(Quantity::VoltageHarmonic, Phase::L2).with_rank(RankRange {
                first: 26,
                last: 34,
            }),
        );
        check(
            "ea_import_partial_t1_wh",
            new(Quantity::ActiveEnergyImport, Phase::Total)
                .with_counter(CounterKind::Partial)
                .with_tariff(1),
        );
    }

    #[test]
    fn foreign_spellings_are_refused() {
        for spelling in [
            "",
            "w",
            "p",
            "p_kw",
            "p4_w",
            "ea_import_t9_wh",
            "u12_v_",
            "P_w",
        ] {
            assert!(spelling.parse::<Measurand>().is_err(), "{spelling}");
        }
    }

    fn any_measurand() -> impl Strategy<Value = Measurand> {
        let ranks = prop_oneof![
            Just(None),
            (2..=63u8, 0..9u8).prop_map(|(first, more)| Some(RankRange {
                first,
                last: first + more
            }))
        ];
        let counters = prop_oneof![
            Just(CounterKind::Total),
            Just(CounterKind::Partial),
            Just(CounterKind::LastPartial)
        ];
        let statistics = prop_oneof![
            Just(Statistic::Instant),
            Just(Statistic::Average),
            Just(Statistic::Minimum),
            Just(Statistic::MaximumOfAverages)
        ];
        (
            proptest::sample::select(Quantity::ALL),
            proptest::sample::select(Phase::ALL.to_vec()),
            ranks,
            counters,
            proptest::option::of(1..=8u8),
            statistics,
        )
            .prop_map(
                |(quantity, phase, rank, counter, tariff, statistic)| Measurand {
                    quantity,
                    phase,
                    rank,
                    counter,
                    tariff,
                    statistic,
                },
            )
    }

    proptest! {
        #[test]
        fn every_measurand_reads_back_from_its_spelling(measurand in any_measurand()) {
            prop_assert_eq!(measurand.to_string().parse(), Ok(measurand));
        }
    }
}
