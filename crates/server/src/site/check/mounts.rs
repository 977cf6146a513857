//! Mounts: which channel measures which point when, one at a time, and its indexes at either end.

use std::collections::{BTreeMap, HashMap, HashSet};

use energy::Amount;
use model::{Channel, DeviceId, Measurand, PointId, ValueKind};

use super::Mistakes;
use crate::site::{CheckedMount, Device, MeasuringPoint, SiteDocument};

pub(super) fn check_mounts(
    document: &SiteDocument,
    devices: &[Device],
    points: &[MeasuringPoint],
    mistakes: &mut Mistakes,
) -> Vec<CheckedMount> {
    let devices: HashMap<u32, &Device> =
        devices.iter().map(|device| (device.id.0, device)).collect();
    let points: HashMap<u32, &MeasuringPoint> =
        points.iter().map(|point| (point.id.0, point)).collect();
    let point_ids: HashSet<u32> = document.points.iter().map(|point| point.id).collect();
    let source_ids: HashSet<u32> = document.sources.iter().map(|source| source.id).collect();
    let mut mounts: Vec<CheckedMount> = Vec::new();
    let mut on_point: HashMap<PointId, Vec<usize>> = HashMap::new();
    let mut on_channel: HashMap<(DeviceId, Channel), Vec<usize>> = HashMap::new();
    for (index, mount) in document.mounts.iter().enumerate() {
        let path = format!("mounts[{index}]");
        // What has a mistake of its own is not reported again by those who refer to it.
        if !point_ids.contains(&mount.point) {
            mistakes.add(
                format!("{path}.point"),
                format!("{} does not exist", mount.point),
            );
        }
        if !source_ids.contains(&mount.source) {
            mistakes.add(
                format!("{path}.source"),
                format!("{} does not exist", mount.source),
            );
        }
        let (Some(point), Some(device)) = (points.get(&mount.point), devices.get(&mount.source))
        else {
            continue;
        };
        let channel = match mount.channel.parse::<Channel>() {
            Ok(channel) if device.profile.channels().contains(&channel) => channel,
            Ok(channel) => {
                let known: Vec<String> = device
                    .profile
                    .channels()
                    .iter()
                    .map(Channel::to_string)
                    .collect();
                mistakes.add(
                    format!("{path}.channel"),
                    format!(
                        "`{}` has no {channel}, only {}",
                        device.name,
                        known.join(", ")
                    ),
                );
                continue;
            }
            Err(error) => {
                mistakes.add(format!("{path}.channel"), error.to_string());
                continue;
            }
        };
        if channel.kind != point.kind {
            mistakes.add(
                format!("{path}.channel"),
                format!("{channel} cannot measure a {}", point.kind.name()),
            );
        }
        if mount.until.is_some_and(|until| until <= mount.from) {
            mistakes.add(format!("{path}.until"), "ends before it begins");
        }
        let checked = CheckedMount {
            point: point.id,
            device: device.id,
            channel,
            from: mount.from,
            until: mount.until,
            opening: check_indexes(&format!("{path}.opening"), &mount.opening, mistakes),
            closing: check_indexes(&format!("{path}.closing"), &mount.closing, mistakes),
        };
        if mount.until.is_none() && !mount.closing.is_empty() {
            mistakes.add(
                format!("{path}.closing"),
                "a mount that lasts has no closing index",
            );
        }
        let siblings = on_point.entry(point.id).or_default();
        if siblings
            .iter()
            .any(|other| overlap(&mounts[*other], &checked))
        {
            mistakes.add(&path, format!("`{}` is measured twice at once", point.name));
        }
        siblings.push(mounts.len());
        let siblings = on_channel.entry((device.id, channel)).or_default();
        if siblings
            .iter()
            .any(|other| overlap(&mounts[*other], &checked))
        {
            mistakes.add(
                &path,
                format!("{channel} of `{}` is on two points at once", device.name),
            );
        }
        siblings.push(mounts.len());
        mounts.push(checked);
    }
    mounts
}

/// Counters and what they showed.
fn check_indexes(
    path: &str,
    indexes: &BTreeMap<String, f64>,
    mistakes: &mut Mistakes,
) -> Vec<(Measurand, Amount)> {
    let mut checked = Vec::new();
    for (quantity, value) in indexes {
        let path = format!("{path}.{quantity}");
        let counter = quantity
            .parse()
            .ok()
            .filter(|measurand: &Measurand| measurand.kind() == ValueKind::Counter);
        let index = Amount::from_f64(*value).filter(|index| *index >= Amount::ZERO);
        match (counter, index) {
            (Some(measurand), Some(index)) => checked.push((measurand, index)),
            (None, _) => mistakes.add(path, format!("`{quantity}` is no counter")),
            (_, None) => mistakes.add(path, "an index is a number from 0"),
        }
    }
    checked
}

fn overlap(one: &CheckedMount, other: &CheckedMount) -> bool {
    one.until.is_none_or(|until| other.from < until)
        && other.until.is_none_or(|until| one.from < until)
}
