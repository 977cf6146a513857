use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use energy::Amount;
use jiff::tz::TimeZone;
use modbus::Endpoint;
use model::hierarchy::{CircuitFluid, Hierarchies, Hierarchy, HierarchyMistake};
use model::{Channel, DeviceId, Measurand, PointId, PointKind, ValueKind, WiringType};
use profiles::Catalogue;

use super::document::{FORMAT, Label, ProfileText, SiteDocument, SiteMistake, VERSION};
use super::endpoints::Endpoints;
use super::{CheckedMount, Device, MeasuringPoint, Site};

/// Means over less are hardly fewer than the readings they are made of.
const INTEGRATION_S_MIN: u32 = 60;
/// Longest name of anything: fits every list and file name.
const NAME_CHARS_MAX: usize = 100;
/// Sources of one site; a gateway carries some 30, so this is hundreds of gateways.
const SOURCES_MAX: usize = 10_000;
/// Profiles of a site's own, each of a quarter of a megabyte at most; nobody has so many products
/// that nobody else has.
const DEVICE_PROFILES_MAX: usize = 50;
/// Points of one site, and mounts counting past ones.
const POINTS_MAX: usize = 50_000;

/// Collects every mistake with its path, so that a person mends them in one go.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<SiteMistake>);

impl Mistakes {
    pub(super) fn add(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.0.push(SiteMistake {
            path: path.into(),
            problem: problem.into(),
        });
    }

    fn name(&mut self, path: &str, name: &str) {
        if name.trim().is_empty() {
            self.add(format!("{path}.name"), "a name is needed");
        } else if name.chars().count() > NAME_CHARS_MAX {
            self.add(
                format!("{path}.name"),
                format!("a name has at most {NAME_CHARS_MAX} characters"),
            );
        }
    }

    fn positive(&mut self, path: String, value: Option<f64>) {
        if value.is_some_and(|value| !(value.is_finite() && value > 0.0)) {
            self.add(path, "must be a number above 0");
        }
    }
}

impl Site {
    /// Checks a whole document.
    ///
    /// # Errors
    ///
    /// Every mistake found, each with its JSON path; the site is not touched by a document
    /// with any.
    pub fn check(
        document: SiteDocument,
        catalogue: &Arc<Catalogue>,
    ) -> Result<Self, Vec<SiteMistake>> {
        let mut mistakes = Mistakes::default();
        check_head(&document, &mut mistakes);
        let time_zone = TimeZone::get(&document.site.time_zone).unwrap_or_else(|error| {
            mistakes.add("site.time_zone", error.to_string());
            TimeZone::UTC
        });
        let fluids = check_labels("fluids", &document.fluids, &mut mistakes);
        let usages = check_labels("usages", &document.usages, &mut mistakes);
        let catalogue = own_profiles(&document.device_profiles, catalogue, &mut mistakes);
        let devices = check_sources(&document, &catalogue, &mut mistakes);
        let points = check_points(&document, &fluids, &usages, &mut mistakes);
        let mounts = check_mounts(&document, &devices, &points, &mut mistakes);
        let hierarchies = check_hierarchies(&document, &fluids, &points, &mut mistakes);
        if !mistakes.0.is_empty() {
            return Err(mistakes.0);
        }
        Ok(Self {
            device_index: devices
                .iter()
                .enumerate()
                .map(|(index, device)| (device.id, index))
                .collect(),
            point_index: points
                .iter()
                .enumerate()
                .map(|(index, point)| (point.id, index))
                .collect(),
            document,
            catalogue,
            time_zone,
            devices,
            points,
            mounts,
            hierarchies,
        })
    }
}

fn check_head(document: &SiteDocument, mistakes: &mut Mistakes) {
    if document.format != FORMAT {
        mistakes.add("format", format!("must be `{FORMAT}`"));
    }
    if document.version != VERSION {
        mistakes.add(
            "version",
            format!(
                "this program reads version {VERSION}, the document has {}",
                document.version
            ),
        );
    }
    mistakes.name("site", &document.site.name);
    if !(0..24).contains(&document.site.contract_hour) {
        mistakes.add("site.contract_hour", "must be an hour from 0 to 23");
    }
    let period_s = document.site.integration_period_s;
    if period_s < INTEGRATION_S_MIN || !3_600u32.is_multiple_of(period_s) {
        mistakes.add(
            "site.integration_period_s",
            format!("must divide an hour and be {INTEGRATION_S_MIN} s at least"),
        );
    }
    if document.sources.len() > SOURCES_MAX {
        mistakes.add("sources", format!("at most {SOURCES_MAX}"));
    }
    if document.points.len() > POINTS_MAX {
        mistakes.add("points", format!("at most {POINTS_MAX}"));
    }
    if document.mounts.len() > POINTS_MAX {
        mistakes.add("mounts", format!("at most {POINTS_MAX}"));
    }
}

fn check_labels(member: &str, labels: &[Label], mistakes: &mut Mistakes) -> HashMap<u32, Label> {
    let mut known = HashMap::new();
    for (index, label) in labels.iter().enumerate() {
        let path = format!("{member}[{index}]");
        mistakes.name(&path, &label.name);
        if known.insert(label.id, label.clone()).is_some() {
            mistakes.add(format!("{path}.id"), format!("{} is used twice", label.id));
        }
    }
    known
}

/// The program's profiles and those of the document; without the latter when one has mistakes.
fn own_profiles(
    texts: &[ProfileText],
    shipped: &Arc<Catalogue>,
    mistakes: &mut Mistakes,
) -> Arc<Catalogue> {
    if texts.is_empty() {
        return Arc::clone(shipped);
    }
    if texts.len() > DEVICE_PROFILES_MAX {
        mistakes.add("device_profiles", format!("at most {DEVICE_PROFILES_MAX}"));
        return Arc::clone(shipped);
    }
    let mut index_of = HashMap::new();
    for (index, text) in texts.iter().enumerate() {
        let path = format!("device_profiles[{index}].file");
        if text.file.trim().is_empty() || text.file.chars().count() > NAME_CHARS_MAX {
            mistakes.add(
                path,
                format!("a file name has 1 to {NAME_CHARS_MAX} characters"),
            );
        } else if index_of.insert(text.file.as_str(), index).is_some() {
            mistakes.add(path, format!("`{}` is used twice", text.file));
        }
    }
    let files = texts
        .iter()
        .map(|text| (text.file.as_str(), text.toml.as_str()));
    match shipped.extended(files) {
        Ok(catalogue) => Arc::new(catalogue),
        Err(found) => {
            for diagnostic in found {
                let index = index_of
                    .get(diagnostic.file.as_str())
                    .copied()
                    .unwrap_or_default();
                mistakes.add(
                    format!("device_profiles[{index}].toml"),
                    diagnostic.to_string(),
                );
            }
            Arc::clone(shipped)
        }
    }
}

fn check_sources(
    document: &SiteDocument,
    catalogue: &Catalogue,
    mistakes: &mut Mistakes,
) -> Vec<Device> {
    let mut endpoints = Endpoints::new(&document.sources, catalogue);
    let mut ids = HashSet::new();
    let mut names = HashSet::new();
    let mut addresses = HashSet::new();
    let mut devices = Vec::new();
    for (index, source) in document.sources.iter().enumerate() {
        let path = format!("sources[{index}]");
        mistakes.name(&path, &source.name);
        if !ids.insert(source.id) {
            mistakes.add(format!("{path}.id"), format!("{} is used twice", source.id));
        }
        if !names.insert(source.name.to_lowercase()) {
            mistakes.add(
                format!("{path}.name"),
                format!("`{}` is used twice", source.name),
            );
        }
        let profile = catalogue.get(&source.profile);
        if profile.is_none() {
            mistakes.add(
                format!("{path}.profile"),
                format!("`{}` is not a device profile", source.profile),
            );
        }
        let Some(endpoint) = endpoints.of(index, source, mistakes) else {
            continue;
        };
        // Address 0 is a broadcast on a line: nobody answers it.
        let is_tcp = matches!(endpoint, Endpoint::Tcp { .. });
        let direct = source.gateway.is_none() && is_tcp;
        let unit_fits =
            matches!(source.unit_id, 1..=247) || (direct && matches!(source.unit_id, 0 | 255));
        if !unit_fits {
            mistakes.add(
                format!("{path}.unit_id"),
                "a Modbus address is 1 to 247 (0 and 255 for a device reached directly over \
                 Modbus TCP)",
            );
        }
        if !addresses.insert((endpoint.clone(), source.unit_id)) {
            mistakes.add(
                format!("{path}.unit_id"),
                format!("{endpoint} has address {} twice", source.unit_id),
            );
        }
        if let Some(profile) = profile {
            devices.push(Device {
                id: DeviceId(source.id),
                name: source.name.clone(),
                zone: source.zone.clone(),
                profile,
                gateway: source.gateway.map(DeviceId),
                endpoint,
                window: source.window,
                unit_id: source.unit_id,
            });
        }
    }
    devices
}

fn check_points(
    document: &SiteDocument,
    fluids: &HashMap<u32, Label>,
    usages: &HashMap<u32, Label>,
    mistakes: &mut Mistakes,
) -> Vec<MeasuringPoint> {
    let networks: HashSet<u32> = document
        .points
        .iter()
        .filter(|point| point.kind == PointKind::Network.name())
        .map(|point| point.id)
        .collect();
    let mut ids = HashSet::new();
    let mut points = Vec::new();
    for (index, point) in document.points.iter().enumerate() {
        let path = format!("points[{index}]");
        mistakes.name(&path, &point.name);
        if !ids.insert(point.id) {
            mistakes.add(format!("{path}.id"), format!("{} is used twice", point.id));
        }
        let kind = PointKind::ALL
            .into_iter()
            .find(|kind| kind.name() == point.kind);
        if kind.is_none() {
            mistakes.add(format!("{path}.kind"), "must be `circuit` or `network`");
        }
        let wiring = point.wiring.as_deref().map(|name| {
            let wiring = WiringType::from_name(name);
            if wiring.is_none() {
                mistakes.add(
                    format!("{path}.wiring"),
                    format!(
                        "must be one of {}",
                        WiringType::ALL.map(WiringType::name).join(", ")
                    ),
                );
            }
            wiring
        });
        let mut label = |member: &str, id: Option<u32>, known: &HashMap<u32, Label>| {
            let id = id?;
            let label = known.get(&id).cloned();
            if label.is_none() {
                mistakes.add(format!("{path}.{member}"), format!("{id} does not exist"));
            }
            label
        };
        let fluid = label("fluid", point.fluid, fluids);
        let usage = label("usage", point.usage, usages);
        if let Some(network) = point.network
            && !networks.contains(&network)
        {
            mistakes.add(
                format!("{path}.network"),
                format!("{network} is not a network point"),
            );
        }
        for (member, value) in [
            ("nominal_voltage_v", point.nominal_voltage_v),
            ("nominal_current_a", point.nominal_current_a),
            ("nominal_frequency_hz", point.nominal_frequency_hz),
            ("full_scale_current_a", point.full_scale_current_a),
        ] {
            mistakes.positive(format!("{path}.{member}"), value);
        }
        if let Some(kind) = kind {
            points.push(MeasuringPoint {
                id: PointId(point.id),
                name: point.name.clone(),
                kind,
                wiring: wiring.flatten(),
                fluid,
                usage,
                network: point.network.map(PointId),
                nominal_voltage_v: point.nominal_voltage_v,
                nominal_current_a: point.nominal_current_a,
                nominal_frequency_hz: point.nominal_frequency_hz,
                full_scale_current_a: point.full_scale_current_a,
                feeds_site: point.feeds_site,
                feeds_back: point.feeds_back,
            });
        }
    }
    points
}

fn check_hierarchies(
    document: &SiteDocument,
    fluids: &HashMap<u32, Label>,
    points: &[MeasuringPoint],
    mistakes: &mut Mistakes,
) -> Hierarchies {
    for (index, tree) in document.hierarchies.iter().enumerate() {
        let path = format!("hierarchies[{index}]");
        mistakes.name(&path, &tree.name);
        if !fluids.contains_key(&tree.fluid) {
            mistakes.add(
                format!("{path}.fluid"),
                format!("{} does not exist", tree.fluid),
            );
        }
        for (index, node) in tree.nodes.iter().enumerate() {
            mistakes.name(&format!("{path}.nodes[{index}]"), &node.name);
        }
    }
    let circuits: HashMap<PointId, CircuitFluid> = points
        .iter()
        .filter(|point| point.kind == PointKind::Circuit)
        .map(|point| {
            let fluid = point.fluid.as_ref();
            let fluid = fluid.map_or(CircuitFluid::Undeclared, |fluid| {
                CircuitFluid::Declared(fluid.id)
            });
            (point.id, fluid)
        })
        .collect();
    let trees = document.hierarchies.iter().map(Hierarchy::from).collect();
    let limits = document.site.hierarchy_limits.limits();
    let fluid_of = |circuit: PointId| circuits.get(&circuit).copied();
    Hierarchies::check(trees, limits, fluid_of).unwrap_or_else(|found| {
        for HierarchyMistake { place, problem } in found {
            mistakes.add(place.to_string(), problem.to_string());
        }
        Hierarchies::default()
    })
}

fn check_mounts(
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sound() -> Value {
        json!({
            "format": "wattline-configuration", "version": 1,
            "site": { "name": "Plant", "time_zone": "Europe/Paris" },
            "fluids": [{ "id": 1, "name": "Electricity" }],
            "usages": [{ "id": 1, "name": "Lighting" }],
            "sources": [
                { "id": 1, "name": "D-70", "profile": "socomec.digiware.d70", "host": "10.0.0.7", "unit_id": 1 },
                { "id": 2, "name": "U-30", "profile": "socomec.digiware.u30", "gateway": 1, "unit_id": 2 },
                { "id": 3, "name": "I-35", "profile": "socomec.digiware.i35", "gateway": 1, "unit_id": 3 }
            ],
            "points": [
                { "id": 1, "name": "Network", "kind": "network", "wiring": "3p_n", "nominal_voltage_v": 230 },
                { "id": 2, "name": "Light", "kind": "circuit", "wiring": "3p_n", "fluid": 1, "usage": 1, "network": 1 }
            ],
            "mounts": [
                { "point": 1, "source": 2, "channel": "network1", "from": "2026-01-01T00:00:00Z" },
                { "point": 2, "source": 3, "channel": "circuit1", "from": "2026-01-01T00:00:00Z" }
            ]
        })
    }

    fn read(document: &Value) -> Result<Site, Vec<SiteMistake>> {
        let document = SiteDocument::from_json(document.to_string().as_bytes())
            .map_err(|mistake| vec![mistake])?;
        Site::check(document, &Catalogue::shipped())
    }

    const BOILER: &str = r#"
schema = 1
id = "own.boiler"
revision = 1
title = "Boiler"
vendor = "Acme"
models = ["Boiler"]
class = "measurement"
status = "unofficial"

[channels]
circuit = 1

[link]
function = "input"

[[source]]
key = "label"
title = "The label in the lid"

[[table]]
id = "live"
title = "Live values"
start = 0
words = 2
class = "live"
channel = "circuit"
confidence = "single_source"
sources = ["label"]
registers = [{ address = 0, quantity = "p_w", type = "f32" }]
"#;

    fn with_profiles(profiles: &Value) -> Value {
        let mut document = sound();
        document["device_profiles"] = profiles.clone();
        document["sources"][2]["profile"] = json!("own.boiler");
        document
    }

    /// PLT-08
    #[test]
    fn a_source_may_use_a_profile_that_the_document_brings() {
        let document = with_profiles(&json!([{ "file": "boiler.toml", "toml": BOILER }]));
        let site = read(&document).unwrap();
        let profiles: Vec<&str> = site.devices().iter().map(|it| it.profile.id()).collect();
        assert_eq!(
            profiles,
            ["socomec.digiware.d70", "socomec.digiware.u30", "own.boiler"]
        );
        let again = serde_json::to_value(site.document()).unwrap();
        assert_eq!(again["device_profiles"], document["device_profiles"]);
    }

    /// PLT-08, SEC-15
    #[test]
    fn mistakes_of_a_profile_are_drawn_at_the_text_that_has_them() {
        let wrong = BOILER.replace("p_w", "power");
        let taken = BOILER.replace("own.boiler", "socomec.digiware.i35");
        let twice = json!([
            { "file": "a.toml", "toml": wrong }, { "file": "b.toml", "toml": taken },
        ]);
        let mistakes = read(&with_profiles(&twice)).map(|_| ()).unwrap_err();
        let shown: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(shown.join("\n\n"));
        let many: Vec<Value> = (0..=DEVICE_PROFILES_MAX)
            .map(|n| json!({ "file": format!("{n}.toml"), "toml": "" }))
            .collect();
        let mistakes = read(&with_profiles(&json!(many))).map(|_| ()).unwrap_err();
        assert_eq!(mistakes[0].to_string(), "device_profiles: at most 50");
    }

    /// Puts `value` at the JSON pointer of a sound document and expects one mistake at `path`.
    #[track_caller]
    fn check(pointer: &str, value: Value, path: &str) {
        let mut document = sound();
        *document.pointer_mut(pointer).unwrap() = value;
        let mistakes = read(&document).map(|_| ()).unwrap_err();
        let paths: Vec<&str> = mistakes
            .iter()
            .map(|mistake| mistake.path.as_str())
            .collect();
        assert_eq!(paths, [path], "{mistakes:?}");
    }

    #[test]
    fn a_sound_document_becomes_a_site_and_comes_back_unchanged() {
        let site = read(&sound()).unwrap();
        let light = site.point(PointId(2)).unwrap();
        assert_eq!(site.nominal_voltage(light), Some(230.0));
        let board = Endpoint::tcp("10.0.0.7", 502);
        assert_eq!(site.device(DeviceId(3)).unwrap().endpoint, board);
        let again = serde_json::to_vec(site.document()).unwrap();
        assert_eq!(SiteDocument::from_json(&again).unwrap(), *site.document());
    }

    /// MON-18
    #[test]
    fn a_three_wire_circuit_on_a_network_with_neutral_has_the_phase_phase_voltage() {
        let mut document = sound();
        *document.pointer_mut("/points/1/wiring").unwrap() = json!("3p");
        let site = read(&document).unwrap();
        let nominal = site.nominal_voltage(site.point(PointId(2)).unwrap());
        assert!((nominal.unwrap() - 398.37).abs() < 0.01, "{nominal:?}");
    }

    /// SRC-09
    #[test]
    fn every_mistake_names_its_place() {
        check("/format", json!("other"), "format");
        check("/version", json!(2), "version");
        check("/site/time_zone", json!("Europe/Nowhere"), "site.time_zone");
        check("/site/name", json!(" "), "site.name");
        check("/sources/2/name", json!("u-30"), "sources[2].name");
        check("/sources/2/unit_id", json!(0), "sources[2].unit_id");
        check("/sources/2/unit_id", json!(2), "sources[2].unit_id");
        check("/points/1/wiring", json!("4p"), "points[1].wiring");
        check("/points/1/kind", json!("pipe"), "points[1].kind");
        check("/points/1/usage", json!(9), "points[1].usage");
        check("/points/1/network", json!(2), "points[1].network");
        check(
            "/points/0/nominal_voltage_v",
            json!(-230),
            "points[0].nominal_voltage_v",
        );
        check("/mounts/1/channel", json!("circuit99"), "mounts[1].channel");
        check("/mounts/1/channel", json!("lamp"), "mounts[1].channel");
        check("/mounts/1/source", json!(7), "mounts[1].source");
        check("/mounts/1/from", json!("yesterday"), "mounts[1].from");
        check("/fluids/0/name", json!("x".repeat(101)), "fluids[0].name");
    }

    /// HIE-06, HIE-07, HIE-09: the reason comes with the place.
    #[test]
    fn what_is_wrong_with_a_hierarchy_is_told_at_its_place() {
        let tree = |fluid: u32, circuits: Value| {
            json!([{ "id": 1, "name": "By load", "fluid": fluid,
                "nodes": [{ "id": 1, "name": "Main", "circuits": circuits }] }])
        };
        let mut document = sound();
        document["hierarchies"] = tree(1, json!([2]));
        document["points"][1]["fluid"] = json!(1);
        let site = read(&document).unwrap();
        assert_eq!(site.hierarchies().list().len(), 1);
        let told = |document: &Value| {
            let mistakes = read(document).map(|_| ()).unwrap_err();
            mistakes[0].to_string()
        };
        document["site"]["hierarchy_limits"] = json!({ "hierarchies": 0 });
        assert_eq!(told(&document), "hierarchies: at most 0 hierarchies");
        document["site"]["hierarchy_limits"] = json!({});
        document["hierarchies"] = tree(7, json!([]));
        assert_eq!(told(&document), "hierarchies[0].fluid: 7 does not exist");
        document["hierarchies"] = tree(1, json!([2, 2]));
        assert_eq!(
            told(&document),
            "hierarchies[0].nodes[0].circuits[1]: circuit 2 is in this hierarchy already, and would be counted twice"
        );
    }

    #[test]
    fn an_unknown_member_is_refused_and_not_dropped() {
        let mut document = sound();
        document["sources"][0]["hots"] = json!("10.0.0.7");
        let mistakes = read(&document).map(|_| ()).unwrap_err();
        assert!(mistakes[0].problem.contains("hots"), "{mistakes:?}");
    }

    #[test]
    fn a_source_has_an_address_or_a_gateway_and_not_both() {
        check("/sources/2/gateway", json!(null), "sources[2].host");
        check("/sources/2/gateway", json!(2), "sources[2].gateway");
        let mut document = sound();
        document["sources"][2]["host"] = json!("10.0.0.8");
        let mistakes = read(&document).map(|_| ()).unwrap_err();
        assert_eq!(mistakes[0].path, "sources[2].host");
    }

    /// Two meters on one line in place of the board; `change` spoils one of them. Answers what is
    /// said of it.
    #[track_caller]
    fn mistake_on_a_line(member: &str, change: Value) -> String {
        let mut document = sound();
        let line = json!({ "path": "/dev/ttyUSB0", "baud_rate": 9600 });
        for source in 1..=2 {
            let source = &mut document["sources"][source];
            source.as_object_mut().unwrap().remove("gateway");
            source["serial"] = line.clone();
        }
        read(&document).unwrap();
        document["sources"][2][member] = change;
        let mistakes = read(&document).map(|_| ()).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        told.join("\n")
    }

    /// PRT-01, SRC-09
    #[test]
    fn what_is_wrong_with_a_serial_line_is_told() {
        let line = |path: &str, baud_rate: u32| json!({ "path": path, "baud_rate": baud_rate });
        let told = [
            mistake_on_a_line("serial", line("/etc/passwd", 9600)),
            mistake_on_a_line("serial", line("/dev/../etc/passwd", 9600)),
            mistake_on_a_line("serial", line("/dev/ttyUSB1", 9601)),
            mistake_on_a_line("serial", line("/dev/ttyUSB0", 19_200)),
            mistake_on_a_line(
                "serial",
                json!({ "path": "/dev/ttyUSB1", "baud_rate": 9600, "stop_bits": 3 }),
            ),
            mistake_on_a_line(
                "serial",
                json!({ "path": "/dev/ttyUSB1", "baud_rate": 9600, "parity": "mark" }),
            ),
            mistake_on_a_line("host", json!("10.0.0.8")),
            mistake_on_a_line("port", json!(502)),
            mistake_on_a_line("protocol", json!("tcp")),
            mistake_on_a_line("window", json!(4)),
            mistake_on_a_line("unit_id", json!(0)),
            mistake_on_a_line("unit_id", json!(2)),
            mistake_on_a_line("gateway", json!(1)),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }

    /// PRT-01
    #[test]
    fn sources_at_one_place_agree_on_what_is_spoken_there() {
        let with = |members: Value| {
            let mut document = sound();
            let source = json!({ "id": 4, "name": "A-10", "profile": "socomec.diris.a10",
                "host": "10.0.0.7", "unit_id": 9 });
            let mut source = source.as_object().unwrap().clone();
            source.extend(members.as_object().unwrap().clone());
            document["sources"]
                .as_array_mut()
                .unwrap()
                .push(source.into());
            let told = read(&document).map(|_| ()).unwrap_err();
            told[0].to_string()
        };
        let mut wide = sound();
        wide["sources"][0]["window"] = json!(4);
        assert_eq!(
            read(&wide).unwrap().device(DeviceId(1)).unwrap().window,
            Some(4)
        );
        let told = [
            with(json!({ "protocol": "rtu_over_tcp" })),
            with(json!({ "protocol": "rtu_over_tcp", "port": 4001, "window": 2 })),
            with(json!({ "protocol": "udp" })),
            with(json!({ "window": 0 })),
            with(json!({ "window": 33 })),
            with(json!({ "host": null, "gateway": 1, "window": 2 })),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_point_is_measured_by_one_channel_at_a_time() {
        let mut document = sound();
        let later = json!({ "point": 2, "source": 3, "channel": "circuit2", "from": "2026-06-01T00:00:00Z" });
        document["mounts"].as_array_mut().unwrap().push(later);
        let mistakes = read(&document).map(|_| ()).unwrap_err();
        assert_eq!(mistakes[0].path, "mounts[2]");
        document["mounts"][1]["until"] = json!("2026-06-01T00:00:00Z");
        let site = read(&document).unwrap();
        let at = |text: &str| {
            site.mount_of(PointId(2), text.parse().unwrap())
                .unwrap()
                .channel
                .to_string()
        };
        assert_eq!(at("2026-05-31T23:59:59Z"), "circuit1");
        assert_eq!(at("2026-06-01T00:00:00Z"), "circuit2");
    }
}
