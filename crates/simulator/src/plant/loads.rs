use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use model::WiringType;
use toml::Spanned;

use super::check::{harmonics, in_range, named, parsed};
use super::document::{LoadSection, SourceSection};
use super::mistake::Mistakes;
use super::{Demand, Load, LoadFault, LoadFaultKind};
use crate::physics::{Connection, Draw, Network};
use crate::replay::{CommercialProfile, HOUSEHOLD_COLUMNS, Recording, SolarSite, Source};

/// Powers from nothing to a large substation.
const POWERS_W: RangeInclusive<f64> = 0.0..=1e8;
const CURRENTS_A: RangeInclusive<f64> = 0.1..=10_000.0;
const INDEXES_KWH: RangeInclusive<f64> = 0.0..=1e8;
const COS_PHI: RangeInclusive<f64> = 0.05..=1.0;
const NOISE_PCT: RangeInclusive<f64> = 0.0..=50.0;
/// Two weeks either way: the minute recording is not longer.
const SHIFTS_MIN: RangeInclusive<f64> = -20_160.0..=20_160.0;
const MINUTE_MS: f64 = 60_000.0;

/// The loads in an order in which sums come after their parts.
pub(super) fn loads(
    sections: &[Spanned<LoadSection>],
    networks: &[Network],
    mistakes: &Mistakes<'_>,
) -> Vec<Load> {
    let mut recordings = Recordings::default();
    let mut loads: Vec<Load> = Vec::new();
    let (sums, draws): (Vec<_>, Vec<_>) = sections
        .iter()
        .map(Spanned::get_ref)
        .partition(|section| section.sum_of.is_some());
    for section in draws {
        loads.extend(drawing(section, networks, &mut recordings, mistakes));
    }
    add_sums(&sums, networks, &mut loads, mistakes);
    loads
}

/// Adds the sums whose parts are known, again and again, until none is left or none can be added.
fn add_sums(
    sums: &[&LoadSection],
    networks: &[Network],
    loads: &mut Vec<Load>,
    mistakes: &Mistakes<'_>,
) {
    let mut waiting = sums.to_vec();
    loop {
        let (ready, rest): (Vec<&LoadSection>, Vec<&LoadSection>) =
            waiting.iter().copied().partition(|section| {
                parts(section).all(|part| loads.iter().any(|load| load.name == *part.get_ref()))
            });
        for section in &ready {
            loads.extend(sum(section, networks, loads, mistakes));
        }
        if ready.is_empty() {
            for part in rest.iter().flat_map(|section| parts(section)) {
                if !loads.iter().any(|load| load.name == *part.get_ref()) {
                    mistakes.report(
                        part.span(),
                        "no usable [[load]] has this name (a sum cannot contain itself)",
                    );
                }
            }
            return;
        }
        waiting = rest;
    }
}

fn parts(section: &LoadSection) -> impl Iterator<Item = &Spanned<String>> {
    section.sum_of.iter().flatten()
}

fn sum(
    section: &LoadSection,
    networks: &[Network],
    loads: &[Load],
    mistakes: &Mistakes<'_>,
) -> Option<Load> {
    let network = network_index(section, networks, mistakes)?;
    if let Some(wiring) = &section.wiring
        && wiring.get_ref() != WiringType::ThreePhaseNeutralUnbalanced.name()
    {
        mistakes.report(wiring.span(), "a sum of loads is measured as `3p_n`");
    }
    for (what, span) in [
        ("source", section.source.as_ref().map(Spanned::span)),
        ("p_max_w", section.p_max_w.as_ref().map(Spanned::span)),
        ("cos_phi", section.cos_phi.as_ref().map(Spanned::span)),
        (
            "phase_split",
            section.phase_split.as_ref().map(Spanned::span),
        ),
    ] {
        if let Some(span) = span {
            mistakes.report(span, format!("a sum has no `{what}` of its own"));
        }
    }
    let mut indexes = Vec::new();
    for part in parts(section) {
        let index = loads.iter().position(|load| load.name == *part.get_ref())?;
        if loads[index].network != network {
            mistakes.report(part.span(), "this load hangs on another network");
        }
        indexes.push(index);
    }
    load(
        section,
        network,
        Connection {
            wiring: WiringType::ThreePhaseNeutralUnbalanced,
            first_phase: 0,
        },
        Demand::Sum(indexes),
        mistakes,
    )
}

fn drawing(
    section: &LoadSection,
    networks: &[Network],
    recordings: &mut Recordings,
    mistakes: &Mistakes<'_>,
) -> Option<Load> {
    let network = network_index(section, networks, mistakes);
    let connection = connection(section, mistakes);
    let Some((source, p_max_w)) = section.source.as_ref().zip(section.p_max_w.as_ref()) else {
        mistakes.report(
            section.name.span(),
            "the load needs `source` and `p_max_w`, or `sum_of`",
        );
        return None;
    };
    let source = recordings.source(source.get_ref(), mistakes);
    let p_max = in_range(p_max_w, POWERS_W, mistakes);
    let p_min = or(section.p_min_w.as_ref(), 0.0, POWERS_W, mistakes);
    if let (Some(p_min), Some(p_max), Some(text)) = (p_min, p_max, &section.p_min_w)
        && p_min > p_max
    {
        mistakes.report(text.span(), "`p_min_w` is above `p_max_w`");
    }
    let exports = one_of(section.direction.as_ref(), ["import", "export"], mistakes);
    let leads = one_of(
        section.reactive.as_ref(),
        ["inductive", "capacitive"],
        mistakes,
    );
    let cos_phi = or(section.cos_phi.as_ref(), 1.0, COS_PHI, mistakes);
    let noise_pct = or(section.noise_pct.as_ref(), 1.0, NOISE_PCT, mistakes);
    let shift_min = or(section.shift_min.as_ref(), 0.0, SHIFTS_MIN, mistakes);
    let phase_split = phase_split(section, mistakes);
    // Rectifiers draw their current at the peak of the voltage.
    let harmonics = harmonics(&section.harmonics, 0.0, mistakes);
    let draw = Draw {
        source: source?,
        p_max_w: p_max?,
        p_min_w: p_min?,
        shift_ms: (shift_min? * MINUTE_MS) as i64,
        exports: exports?,
        tan_phi: cos_phi?.acos().tan() * if leads? { -1.0 } else { 1.0 },
        phase_split: phase_split?,
        harmonics,
        noise_pct: noise_pct?,
    };
    load(section, network?, connection?, Demand::Draw(draw), mistakes)
}

fn load(
    section: &LoadSection,
    network: usize,
    connection: Connection,
    demand: Demand,
    mistakes: &Mistakes<'_>,
) -> Option<Load> {
    let nominal_current_a = match &section.nominal_current_a {
        None => None,
        Some(current) => Some(in_range(current, CURRENTS_A, mistakes)?),
    };
    Some(Load {
        name: named(&section.name, mistakes)?,
        network,
        connection,
        nominal_current_a,
        index_wh: or(section.index_kwh.as_ref(), 0.0, INDEXES_KWH, mistakes)? * 1000.0,
        faults: faults(section, mistakes),
        demand,
    })
}

fn faults(section: &LoadSection, mistakes: &Mistakes<'_>) -> Vec<LoadFault> {
    let mut faults = Vec::new();
    for shape in &section.fault {
        match shape.get_ref().checked() {
            // Nobody could say when.
            Ok(fault) if fault.kind == LoadFaultKind::CounterReset && fault.from_ms.is_none() => {
                mistakes.report(shape.span(), "`counter_reset` needs `from`");
            }
            Ok(fault) => faults.push(fault),
            Err(problem) => mistakes.report(shape.span(), problem),
        }
    }
    faults
}

fn network_index(
    section: &LoadSection,
    networks: &[Network],
    mistakes: &Mistakes<'_>,
) -> Option<usize> {
    parsed(
        &section.network,
        mistakes,
        "is no usable [[network]]",
        |name| networks.iter().position(|network| network.name == name),
    )
}

fn connection(section: &LoadSection, mistakes: &Mistakes<'_>) -> Option<Connection> {
    let wiring = match &section.wiring {
        None => WiringType::ThreePhaseNeutralUnbalanced,
        Some(name) => {
            let known: Vec<&str> = WiringType::ALL.into_iter().map(WiringType::name).collect();
            let else_it = format!("is not a wiring; there are {}", known.join(", "));
            parsed(name, mistakes, &else_it, WiringType::from_name)?
        }
    };
    let names = match wiring {
        WiringType::SinglePhase => ["L1", "L2", "L3"],
        WiringType::TwoPhase => ["L12", "L23", "L31"],
        _ => {
            if let Some(phase) = &section.phase {
                mistakes.report(phase.span(), "a load on three phases has no `phase`");
            }
            return Some(Connection {
                wiring,
                first_phase: 0,
            });
        }
    };
    let first_phase = match &section.phase {
        None => 0,
        Some(phase) => {
            let else_it = format!("is not one of {}", names.join(", "));
            parsed(phase, mistakes, &else_it, |phase| {
                names.iter().position(|name| *name == phase)
            })?
        }
    };
    Some(Connection {
        wiring,
        first_phase,
    })
}

fn phase_split(section: &LoadSection, mistakes: &Mistakes<'_>) -> Option<[f64; 3]> {
    let Some(split) = &section.phase_split else {
        return Some([1.0 / 3.0; 3]);
    };
    let shares = *split.get_ref();
    let sum: f64 = shares.iter().sum();
    if shares.iter().any(|share| *share < 0.0) || !(sum > 0.0 && sum.is_finite()) {
        mistakes.report(
            split.span(),
            "shares of phases are positive and not all zero",
        );
        return None;
    }
    Some(shares.map(|share| share / sum))
}

fn or(
    value: Option<&Spanned<f64>>,
    default: f64,
    range: RangeInclusive<f64>,
    mistakes: &Mistakes<'_>,
) -> Option<f64> {
    value.map_or(Some(default), |value| in_range(value, range, mistakes))
}

/// Whether the second of two words is written; the first is the default.
fn one_of(
    word: Option<&Spanned<String>>,
    [first, second]: [&str; 2],
    mistakes: &Mistakes<'_>,
) -> Option<bool> {
    let Some(word) = word else {
        return Some(false);
    };
    let else_it = format!("is neither `{first}` nor `{second}`");
    parsed(word, mistakes, &else_it, |word| {
        (word == first || word == second).then(|| word == second)
    })
}

/// The recordings that a plant uses, each read once.
#[derive(Default)]
struct Recordings {
    household: HashMap<String, Arc<Recording>>,
    hourly: Option<Arc<Recording>>,
    commercial: Option<Arc<CommercialProfile>>,
}

impl Recordings {
    fn source(&mut self, section: &SourceSection, mistakes: &Mistakes<'_>) -> Option<Source> {
        let kind = section.kind.get_ref().as_str();
        if let (Some(column), false) = (&section.column, kind == "household") {
            mistakes.report(column.span(), "only the kind `household` has columns");
        }
        if let (Some(place), false) = (
            section.latitude.as_ref().or(section.longitude.as_ref()),
            kind == "solar",
        ) {
            mistakes.report(place.span(), "only the kind `solar` has a place");
        }
        match kind {
            "constant" => Some(Source::Constant),
            "household" => self.household(section.column.as_ref(), mistakes),
            "household_hourly" => {
                let recording = self
                    .hourly
                    .get_or_insert_with(|| Arc::new(Recording::household_hourly()));
                Some(Source::Recorded(Arc::clone(recording)))
            }
            "bdew_g25" => {
                let profile = self
                    .commercial
                    .get_or_insert_with(|| Arc::new(CommercialProfile::load()));
                Some(Source::Commercial(Arc::clone(profile)))
            }
            "solar" => Some(Source::Solar(SolarSite {
                latitude: or(section.latitude.as_ref(), 48.9, -90.0..=90.0, mistakes)?,
                longitude: or(section.longitude.as_ref(), 2.4, -180.0..=180.0, mistakes)?,
            })),
            _ => {
                mistakes.report(
                    section.kind.span(),
                    "sources are `constant`, `household`, `household_hourly`, `bdew_g25` and `solar`",
                );
                None
            }
        }
    }

    fn household(
        &mut self,
        column: Option<&Spanned<String>>,
        mistakes: &Mistakes<'_>,
    ) -> Option<Source> {
        let column = match column {
            None => HOUSEHOLD_COLUMNS[0],
            Some(column) => {
                let else_it = format!(
                    "is no column of power; there are {}",
                    HOUSEHOLD_COLUMNS.join(", ")
                );
                parsed(column, mistakes, &else_it, |name| {
                    HOUSEHOLD_COLUMNS.into_iter().find(|known| *known == name)
                })?
            }
        };
        let recording = self
            .household
            .entry(column.to_owned())
            .or_insert_with(|| Arc::new(Recording::household(column)));
        Some(Source::Recorded(Arc::clone(recording)))
    }
}
