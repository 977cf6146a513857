//! Walks the fixtures beside the profiles: raw registers of a device and what they mean.
//!
//! `profiles/<vendor>/fixtures/<profile>/<case>.toml` belongs to `profiles/<vendor>/<profile>.toml`;
//! a new file joins by existing. A case says
//!
//! - `[registers]`: words in hexadecimal by the address of the first; what is not said is zero;
//! - `absent`: addresses of tables that the device refuses;
//! - `[expected.circuit1]` and so on: values by quantity; a channel that is not there has none;
//! - `unavailable.circuit1`: quantities that the device has no value for;
//! - `[occurred_at.circuit1]`: when extremes occurred;
//! - `faults`: the values that are spoilt, as `DecodeFault` writes them;
//! - `[identity]`: what the device says it is, for the profile's own rules;
//! - `as_in`: cases of profiles of the same family, such as `digiware_i35/three_phase_load`, whose
//!   registers and values are those of this one too, but for what it says itself.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use profiles::{
    Catalogue, ChannelValue, Decoded, DeviceProfile, Identity, PollClass, ReadPlan, RegisterBlock,
    RegisterImage,
};
use toml::{Table, Value};

const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles");

/// A fixture file and the profile that it belongs to.
struct Case {
    name: String,
    profile: std::sync::Arc<DeviceProfile>,
    content: Table,
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn parse(path: &Path) -> Table {
    let text = fs::read_to_string(path).expect("the file can be read");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The case in `path` with all that it takes over from others.
fn read_case(path: &Path) -> Table {
    let mut case = parse(path);
    let family = path.ancestors().nth(2).expect("a case lies in two folders");
    let others = match case.remove("as_in") {
        Some(Value::Array(others)) => others,
        None => Vec::new(),
        Some(other) => panic!("{}: `as_in` is no list: {other}", path.display()),
    };
    for other in others {
        let name = other.as_str().expect("a case is named by a text");
        take_over(&mut case, read_case(&family.join(format!("{name}.toml"))));
    }
    case
}

/// What `own` says itself counts.
fn take_over(own: &mut Table, other: Table) {
    for (key, value) in other {
        match (own.get_mut(&key), value) {
            (Some(Value::Table(own)), Value::Table(other)) => take_over(own, other),
            (Some(_), _) => {}
            (None, value) => {
                own.insert(key, value);
            }
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Every profile of a product and the folder where its fixtures must be.
fn products() -> Vec<(std::sync::Arc<DeviceProfile>, PathBuf)> {
    let vendors = entries(Path::new(PROFILES));
    let files = vendors.iter().flat_map(|vendor| entries(vendor));
    files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .filter_map(|path| {
            let id = parse(&path)["id"]
                .as_str()
                .expect("a profile has an id")
                .to_owned();
            let fixtures = path.parent()?.join("fixtures").join(stem(&path));
            Some((Catalogue::shipped().get(&id)?, fixtures))
        })
        .collect()
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (profile, folder) in products() {
        for path in entries(&folder) {
            cases.push(Case {
                name: format!("{}/{}", profile.id(), stem(&path)),
                profile: std::sync::Arc::clone(&profile),
                content: read_case(&path),
            });
        }
    }
    cases
}

impl Case {
    fn memory(&self) -> BTreeMap<u16, u16> {
        let mut memory = BTreeMap::new();
        for (address, words) in self.section("registers") {
            let start: u16 = address.parse().expect("an address is a number");
            let words = words.as_str().expect("words are a text").split_whitespace();
            for (address, word) in (start..).zip(words) {
                let word = u16::from_str_radix(word, 16).expect("a word has four hex digits");
                let twice = memory.insert(address, word).is_some();
                assert!(!twice, "{}: register {address} twice", self.name);
            }
        }
        memory
    }

    fn section(&self, key: &str) -> Table {
        match self.content.get(key) {
            Some(Value::Table(table)) => table.clone(),
            _ => Table::new(),
        }
    }

    /// What the device answers to `plan`: zero where the case says nothing.
    fn answers(&self, plan: &ReadPlan) -> RegisterImage {
        let memory = self.memory();
        let absent: Vec<i64> = self
            .content
            .get("absent")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_integer)
            .collect();
        let answered = plan
            .requests
            .iter()
            .filter(|request| !absent.contains(&request.start.into()));
        RegisterImage {
            blocks: answered
                .map(|request| RegisterBlock {
                    function: request.function,
                    start: request.start,
                    words: (request.start..request.start + request.count)
                        .map(|address| memory.get(&address).copied().unwrap_or(0))
                        .collect(),
                    at: Timestamp::UNIX_EPOCH,
                })
                .collect(),
        }
    }

    fn decode(&self) -> Decoded {
        let channels = self.profile.channels();
        let mut image = RegisterImage::default();
        for class in PollClass::ALL {
            let plan = self.profile.read_plan(class, channels, &HashSet::new());
            image.blocks.extend(self.answers(&plan).blocks);
        }
        self.profile.decode(&image, channels)
    }

    /// The quantities listed under `key` by channel, each as `circuit1 v1_v`.
    fn listed(&self, key: &str) -> Vec<(String, Value)> {
        let mut listed = Vec::new();
        for (channel, quantities) in self.section(key) {
            match quantities {
                Value::Table(table) => listed.extend(
                    table
                        .into_iter()
                        .map(|(quantity, value)| (format!("{channel} {quantity}"), value)),
                ),
                Value::Array(names) => listed.extend(names.into_iter().map(|name| {
                    let quantity = name.as_str().expect("a quantity is a text").to_owned();
                    (format!("{channel} {quantity}"), name)
                })),
                other => panic!("{}: `{other}` is no list of quantities", self.name),
            }
        }
        listed
    }

    fn check_values(&self) {
        let Decoded { values, faults } = self.decode();
        let by_name: BTreeMap<String, &ChannelValue> = values
            .iter()
            .map(|value| (format!("{} {}", value.channel, value.measurand), value))
            .collect();
        let find = |name: &str| {
            let found = by_name.get(name);
            found.unwrap_or_else(|| panic!("{}: there is no {name}", self.name))
        };
        for (name, expected) in self.listed("expected") {
            let expected = match expected {
                Value::Integer(number) => number as f64,
                Value::Float(number) => number,
                other => panic!("{}: `{other}` is no number", self.name),
            };
            let found = find(&name).value.map(|value| value.to_string());
            assert_eq!(found, Some(expected.to_string()), "{}: {name}", self.name);
        }
        for (name, _) in self.listed("unavailable") {
            assert_eq!(find(&name).value, None, "{}: {name}", self.name);
        }
        for (name, at) in self.listed("occurred_at") {
            let at: Option<Timestamp> = at.to_string().parse().ok();
            assert!(at.is_some(), "{}: {name} is no time", self.name);
            assert_eq!(find(&name).occurred_at, at, "{}: {name}", self.name);
        }
        let silent: Vec<&String> = by_name
            .keys()
            .filter(|name| {
                let channel = name.split(' ').next().unwrap_or_default();
                !self.section("expected").contains_key(channel)
            })
            .collect();
        assert!(
            silent.is_empty(),
            "{}: nobody expects {silent:?}",
            self.name
        );
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let expected = self.content.get("faults").and_then(Value::as_array);
        let expected: Vec<&str> = expected
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(faults, expected, "{}", self.name);
    }

    fn check_identity(&self) {
        let expected = self.section("identity");
        if expected.is_empty() {
            return;
        }
        let image = self.answers(&self.profile.identity_plan());
        let text = |key: &str| {
            let value = expected.get(key).and_then(Value::as_str);
            value.map(str::to_owned)
        };
        let identity = if let Some(found) = text("foreign") {
            Identity::Foreign { found }
        } else {
            Identity::Matches {
                vendor: text("vendor").unwrap_or_default(),
                product: text("product").unwrap_or_default(),
                serial: text("serial"),
                firmware: text("firmware"),
            }
        };
        assert_eq!(self.profile.identify(&image), identity, "{}", self.name);
    }
}

/// DAT-09
#[test]
fn registers_become_the_expected_values() {
    for case in cases() {
        case.check_values();
        case.check_identity();
    }
}

#[test]
fn every_profile_has_fixtures() {
    for (profile, folder) in products() {
        let id = profile.id();
        assert!(
            !entries(&folder).is_empty(),
            "{id}: no file in {}",
            folder.display()
        );
    }
    // A folder that belongs to no profile would never be looked at.
    let folders: BTreeSet<PathBuf> = products().into_iter().map(|(_, folder)| folder).collect();
    for vendor in entries(Path::new(PROFILES)) {
        for folder in entries(&vendor.join("fixtures")) {
            assert!(
                folders.contains(&folder),
                "{} has no profile",
                folder.display()
            );
        }
    }
}

#[test]
fn some_fixture_expects_each_value_of_a_profile() {
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        let quantities = case.listed("expected").into_iter().filter_map(|(name, _)| {
            let (_, quantity) = name.split_once(' ')?;
            Some(quantity.to_owned())
        });
        expected
            .entry(case.profile.id().to_owned())
            .or_default()
            .extend(quantities);
    }
    for (profile, _) in products() {
        let expected = expected.remove(profile.id()).unwrap_or_default();
        let channels = profile.channels().iter();
        let missing: BTreeSet<String> = channels
            .flat_map(|channel| profile.measurands(*channel))
            .map(|info| info.measurand.to_string())
            .filter(|quantity| !expected.contains(quantity))
            .collect();
        assert!(
            missing.is_empty(),
            "{}: no fixture expects {missing:?}",
            profile.id()
        );
    }
}
