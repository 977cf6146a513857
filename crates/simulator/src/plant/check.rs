use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use model::{Channel, PointKind};
use profiles::{Catalogue, ExceptionCode, ProductClass, SimulatedIdentity};
use toml::Spanned;

use super::document::{
    DeviceSection, GatewaySection, NetworkSection, OffPeakSection, PlantDocument,
};
use super::loads::loads;
use super::mistake::{Mistakes, PlantError};
use super::{Device, Gateway, Load, Mounted, OffPeak, Plant, UnknownUnit};
use crate::physics::{Harmonic, Network, RANK_MAX};

/// Modbus addresses that a device can have.
const UNIT_IDS: RangeInclusive<u8> = 1..=247;
/// Supplies from extra-low to medium voltage.
const VOLTAGES_V: RangeInclusive<f64> = 10.0..=25_000.0;
const FREQUENCIES_HZ: RangeInclusive<f64> = 45.0..=65.0;
/// A wandering of a supply beyond this is a fault, which a plant does not describe.
const WANDER_PCT: RangeInclusive<f64> = 0.0..=20.0;
const WANDER_HZ: RangeInclusive<f64> = 0.0..=2.0;
/// Gateways close what lies idle after some seconds to some minutes.
pub(crate) const IDLE_CLOSE_S: RangeInclusive<f64> = 0.1..=3_600.0;
/// No harmonic outweighs its fundamental by more in any load known.
const HARMONIC_PCT: RangeInclusive<f64> = 0.0..=200.0;

pub(super) fn checked(file_name: &str, text: &str) -> Result<Plant, PlantError> {
    let mistakes = Mistakes::new(file_name, text);
    let plant = match toml::from_str::<PlantDocument>(text) {
        Ok(document) => plant(&document, &mistakes),
        Err(error) => {
            mistakes.report(error.span().unwrap_or(0..0), error.message());
            None
        }
    };
    mistakes.into_result(plant)
}

fn plant(document: &PlantDocument, mistakes: &Mistakes<'_>) -> Option<Plant> {
    let head = &document.plant;
    let name = named(&head.name, mistakes);
    let zone = match &head.time_zone {
        None => Some(TimeZone::UTC),
        Some(zone) => parsed(
            zone,
            mistakes,
            "is not a time zone such as `Europe/Paris`",
            |zone| TimeZone::get(zone).ok(),
        ),
    };
    let instant = |text: &Option<Spanned<String>>| {
        text.as_ref().and_then(|text| {
            parsed(
                text,
                mistakes,
                "is not an instant such as `2026-01-15T08:00:00Z`",
                |text| text.parse::<Timestamp>().ok(),
            )
        })
    };
    let start = instant(&head.start);
    let counting_since = instant(&head.counting_since);
    if let (Some(start), Some(since), Some(text)) = (start, counting_since, &head.counting_since)
        && since > start
    {
        mistakes.report(
            text.span(),
            "the meters cannot begin to count after the start",
        );
    }
    let off_peak = head
        .off_peak
        .as_ref()
        .and_then(|section| off_peak(section, mistakes));
    let networks: Vec<Network> = document
        .network
        .iter()
        .filter_map(|section| network(section.get_ref(), mistakes))
        .collect();
    unique(
        document.network.iter().map(|x| &x.get_ref().name),
        "network",
        mistakes,
    );
    let loads = loads(&document.load, &networks, mistakes);
    unique(
        document.load.iter().map(|x| &x.get_ref().name),
        "load",
        mistakes,
    );
    unique(
        document.gateway.iter().map(|x| &x.get_ref().name),
        "gateway",
        mistakes,
    );
    if document.gateway.is_empty() {
        mistakes.report(0..0, "the plant has no [[gateway]]: nothing could be read");
    }
    let gateways = document
        .gateway
        .iter()
        .filter_map(|section| gateway(section.get_ref(), &networks, &loads, mistakes))
        .collect();
    Some(Plant {
        name: name?,
        seed: u64::from(head.seed),
        zone: zone?,
        start,
        counting_since,
        off_peak,
        networks,
        loads,
        gateways,
        memory_file: None,
    })
}

fn off_peak(section: &OffPeakSection, mistakes: &Mistakes<'_>) -> Option<OffPeak> {
    let day_ms = |text: &Spanned<String>| {
        parsed(
            text,
            mistakes,
            "is not a time of day such as `22:30`",
            |text| {
                let time: Time = text.parse().ok()?;
                Some((i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60_000)
            },
        )
    };
    Some(OffPeak {
        from_ms: day_ms(&section.from)?,
        until_ms: day_ms(&section.until)?,
    })
}

fn network(section: &NetworkSection, mistakes: &Mistakes<'_>) -> Option<Network> {
    let or_zero = |value: &Option<Spanned<f64>>, range, mistakes| {
        value
            .as_ref()
            .map_or(Some(0.0), |value| in_range(value, range, mistakes))
    };
    let name = named(&section.name, mistakes);
    let voltage_v = in_range(&section.voltage_v, VOLTAGES_V, mistakes);
    let frequency_hz = in_range(&section.frequency_hz, FREQUENCIES_HZ, mistakes);
    let voltage_wander_pct = or_zero(&section.voltage_wander_pct, WANDER_PCT, mistakes);
    let frequency_wander_hz = or_zero(&section.frequency_wander_hz, WANDER_HZ, mistakes);
    let unbalance_pct = or_zero(&section.unbalance_pct, WANDER_PCT, mistakes);
    // Voltages are flattened by rectifiers: their harmonics oppose the peak.
    let harmonics = harmonics(&section.harmonics, 180.0, mistakes);
    Some(Network {
        name: name?,
        voltage_v: voltage_v?,
        frequency_hz: frequency_hz?,
        voltage_wander_pct: voltage_wander_pct?,
        frequency_wander_hz: frequency_wander_hz?,
        unbalance_pct: unbalance_pct?,
        harmonics,
    })
}

/// Harmonics in rising rank; `degrees` is the angle where the file names none.
pub(super) fn harmonics(
    entries: &[Spanned<Vec<f64>>],
    degrees: f64,
    mistakes: &Mistakes<'_>,
) -> Vec<Harmonic> {
    let mut harmonics: Vec<Harmonic> = Vec::with_capacity(entries.len());
    for entry in entries {
        let (rank, percent, degrees) = match entry.get_ref().as_slice() {
            [rank, percent] => (*rank, *percent, degrees),
            [rank, percent, degrees] => (*rank, *percent, *degrees),
            _ => {
                mistakes.report(
                    entry.span(),
                    "a harmonic is `[rank, percent]` or `[rank, percent, degrees]`",
                );
                continue;
            }
        };
        let ranks = 2.0..=f64::from(RANK_MAX);
        if rank.fract() != 0.0 || !ranks.contains(&rank) {
            mistakes.report(
                entry.span(),
                format!("ranks are whole numbers from 2 to {RANK_MAX}"),
            );
        } else if !HARMONIC_PCT.contains(&percent) {
            mistakes.report(
                entry.span(),
                format!(
                    "a harmonic lies between 0 and {} % of the fundamental",
                    HARMONIC_PCT.end()
                ),
            );
        } else if harmonics.iter().any(|other| other.rank == rank as u8) {
            mistakes.report(entry.span(), format!("rank {rank} is listed twice"));
        } else {
            harmonics.push(Harmonic {
                rank: rank as u8,
                percent,
                degrees,
            });
        }
    }
    harmonics.sort_by_key(|harmonic| harmonic.rank);
    harmonics
}

fn gateway(
    section: &GatewaySection,
    networks: &[Network],
    loads: &[Load],
    mistakes: &Mistakes<'_>,
) -> Option<Gateway> {
    let listen = parsed(
        &section.listen,
        mistakes,
        "is not an address such as `127.0.0.1:1502`",
        |text| text.parse::<SocketAddr>().ok(),
    );
    let unknown_unit = match &section.unknown_unit {
        None => Some(UnknownUnit::Exception),
        Some(text) => parsed(
            text,
            mistakes,
            "is neither `exception` nor `silence`",
            |text| match text {
                "exception" => Some(UnknownUnit::Exception),
                "silence" => Some(UnknownUnit::Silence),
                _ => None,
            },
        ),
    };
    let mut devices: Vec<Device> = Vec::new();
    for section in section.device.iter().map(Spanned::get_ref) {
        if devices
            .iter()
            .any(|other| other.unit_id == *section.unit_id.get_ref())
        {
            mistakes.report(
                section.unit_id.span(),
                "two devices of this gateway have this unit id",
            );
        }
        devices.extend(device(section, networks, loads, mistakes));
    }
    let idle_close = match &section.idle_close_s {
        None => Some(None),
        Some(seconds) => in_range(seconds, IDLE_CLOSE_S, mistakes)
            .map(|seconds| Some(Duration::from_secs_f64(seconds))),
    };
    let name = named(&section.name, mistakes);
    Some(Gateway {
        name: Arc::from(name?),
        listen: listen?,
        unknown_unit: unknown_unit?,
        idle_close: idle_close?,
        devices,
    })
}

fn device(
    section: &DeviceSection,
    networks: &[Network],
    loads: &[Load],
    mistakes: &Mistakes<'_>,
) -> Option<Device> {
    let unit_id = *section.unit_id.get_ref();
    if !UNIT_IDS.contains(&unit_id) {
        mistakes.report(section.unit_id.span(), "unit ids go from 1 to 247");
    }
    let catalogue = Catalogue::shipped();
    let Some(profile) = catalogue.get(section.profile.get_ref()) else {
        let known: Vec<&str> = catalogue.iter().map(|profile| profile.id()).collect();
        mistakes.report(
            section.profile.span(),
            format!("there is no such profile; there are {}", known.join(", ")),
        );
        return None;
    };
    let write_exception = section
        .write_exception
        .as_ref()
        .and_then(|code| exception(code, mistakes));
    let mut mounts = Vec::new();
    for (channel_name, target) in &section.mounts {
        let channel = match channel_name.get_ref().parse::<Channel>() {
            Ok(channel) if profile.channels().contains(&channel) => channel,
            Ok(_) if profile.head().class == ProductClass::Gateway => {
                mistakes.report(channel_name.span(), "a gateway measures nothing itself");
                continue;
            }
            Ok(channel) => {
                let known: Vec<String> =
                    profile.channels().iter().map(ToString::to_string).collect();
                mistakes.report(
                    channel_name.span(),
                    format!("the profile has no {channel}; it has {}", known.join(", ")),
                );
                continue;
            }
            Err(error) => {
                mistakes.report(channel_name.span(), error.to_string());
                continue;
            }
        };
        let name = target.get_ref();
        let mounted = match channel.kind {
            PointKind::Network => networks
                .iter()
                .position(|network| network.name == *name)
                .map(Mounted::Network),
            PointKind::Circuit => loads
                .iter()
                .position(|load| load.name == *name)
                .map(Mounted::Load),
        };
        match mounted {
            Some(mounted) => mounts.push((channel, mounted)),
            None => mistakes.report(
                target.span(),
                format!(
                    "no usable {} has this name",
                    match channel.kind {
                        PointKind::Network => "[[network]]",
                        PointKind::Circuit => "[[load]]",
                    }
                ),
            ),
        }
    }
    Some(Device {
        unit_id,
        name: section.name.clone(),
        profile,
        mounts,
        write_exception,
        identity: SimulatedIdentity {
            product: section.identity.product.clone(),
            serial: section.identity.serial.clone(),
            firmware: section.identity.firmware.clone(),
        },
    })
}

fn exception(code: &Spanned<u8>, mistakes: &Mistakes<'_>) -> Option<ExceptionCode> {
    let number = *code.get_ref();
    if number == 0 {
        mistakes.report(code.span(), "exceptions have numbers from 1 to 255");
    }
    (number != 0).then_some(ExceptionCode(number))
}

/// The number when it lies in `range`.
pub(super) fn in_range(
    value: &Spanned<f64>,
    range: RangeInclusive<f64>,
    mistakes: &Mistakes<'_>,
) -> Option<f64> {
    let number = *value.get_ref();
    if range.contains(&number) {
        return Some(number);
    }
    mistakes.report(
        value.span(),
        format!(
            "{number} is not between {} and {}",
            range.start(),
            range.end()
        ),
    );
    None
}

/// What `read` makes of a text; `else_it` says what is wrong when it makes nothing of it.
pub(super) fn parsed<T>(
    text: &Spanned<String>,
    mistakes: &Mistakes<'_>,
    else_it: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let value = read(text.get_ref());
    if value.is_none() {
        mistakes.report(text.span(), format!("`{}` {else_it}", text.get_ref()));
    }
    value
}

pub(super) fn named(name: &Spanned<String>, mistakes: &Mistakes<'_>) -> Option<String> {
    parsed(name, mistakes, "is not a name", |name| {
        (!name.trim().is_empty()).then(|| name.to_owned())
    })
}

fn unique<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    kind: &str,
    mistakes: &Mistakes<'_>,
) {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name.get_ref()) {
            mistakes.report(name.span(), format!("another {kind} has this name"));
        }
    }
}
