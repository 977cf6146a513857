//! Plant files: how their mistakes look, and that what is shipped and printed is right.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use simulator::{Plant, PlantError};

const MISTAKES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes");
const PAGE: &str = include_str!("../../../docs/plant-format.md");
const DEMO: &str = include_str!("../../../demo/plant.toml");
const DEMO_SITE: &str = include_str!("../../../demo/site.json");

/// Each file under `mistakes` has mistakes of one kind; all of them must be found at once.
#[test]
fn mistakes_are_shown_with_file_line_and_reason() {
    let mut files: Vec<_> = fs::read_dir(Path::new(MISTAKES))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let Err(error) = Plant::parse(name, &text) else {
            panic!("{name} has no mistakes");
        };
        // A new profile is no reason to read these again.
        let drawn = error
            .to_string()
            .replace(&known_profiles(), "[those shipped]");
        insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), drawn);
    }
}

fn known_profiles() -> String {
    let catalogue = profiles::Catalogue::shipped();
    let ids: Vec<&str> = catalogue.iter().map(|profile| profile.id()).collect();
    ids.join(", ")
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_line() {
    let PlantError { mistakes } = Plant::parse("broken.toml", "[plant]\nname = \"x").unwrap_err();
    assert_eq!((mistakes.len(), mistakes[0].line), (1, 2));
}

#[test]
fn the_example_of_the_page_is_right() {
    let (_, behind) = PAGE.split_once("```toml\n").unwrap();
    let (example, _) = behind.split_once("```").unwrap();
    if let Err(error) = Plant::parse("example.toml", example) {
        panic!("{error}");
    }
}

/// An unknown key makes the reader list the keys that could have stood there.
#[test]
fn the_page_has_every_key() {
    let whole = "[plant]\nname = \"x\"\nwrong = 1";
    let network = "[plant]\nname = \"x\"\n[[network]]\nwrong = 1";
    let load = "[plant]\nname = \"x\"\n[[load]]\nwrong = 1";
    let gateway = "[plant]\nname = \"x\"\n[[gateway]]\nwrong = 1";
    let device = "[plant]\nname = \"x\"\n[[gateway]]\n[[gateway.device]]\nwrong = 1";
    let source = "[plant]\nname = \"x\"\n[[load]]\nsource = { wrong = 1 }";
    let identity =
        "[plant]\nname = \"x\"\n[[gateway]]\n[[gateway.device]]\nidentity = { wrong = 1 }";
    let fault = "[plant]\nname = \"x\"\n[[load]]\n[[load.fault]]\nwrong = 1";
    for text in [
        whole, network, load, gateway, device, source, identity, fault,
    ] {
        let error = Plant::parse("keys.toml", text).unwrap_err();
        let message = &error.mistakes[0].message;
        let keys: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        assert!(keys.len() > 1, "{message}");
        for key in keys {
            assert!(PAGE.contains(&format!("`{key}`")), "the page lacks `{key}`");
        }
    }
}

/// Gateways are matched by name, devices by gateway and unit id: the server's installation must
/// find in the plant exactly what it expects.
#[test]
fn the_plant_and_the_site_of_the_demonstration_are_one_building() {
    let site: Value = serde_json::from_str(DEMO_SITE).unwrap();
    let plant: toml::Value = toml::from_str(DEMO).unwrap();
    let by_id: BTreeMap<u64, &Value> = site["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| (source["id"].as_u64().unwrap(), source))
        .collect();
    let points: BTreeMap<u64, &str> = site["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            (
                point["id"].as_u64().unwrap(),
                point["name"].as_str().unwrap(),
            )
        })
        .collect();

    let mut expected = Vec::new();
    for source in by_id.values() {
        let at = source["gateway"].as_u64().map_or(*source, |id| by_id[&id]);
        let mut mounts: Vec<String> = site["mounts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|mount| mount["source"] == source["id"])
            .map(|mount| {
                let point = points[&mount["point"].as_u64().unwrap()];
                format!("{} {point}", mount["channel"].as_str().unwrap())
            })
            .collect();
        mounts.sort();
        expected.push(format!(
            "{}:{} {} {} {} {mounts:?}",
            at["host"].as_str().unwrap(),
            at["port"],
            at["name"].as_str().unwrap(),
            source["unit_id"],
            source["profile"].as_str().unwrap(),
        ));
    }
    let mut simulated = Vec::new();
    for gateway in plant["gateway"].as_array().unwrap() {
        for device in gateway["device"].as_array().unwrap() {
            let mounts: Vec<String> = device
                .get("mounts")
                .and_then(toml::Value::as_table)
                .map(|mounts| {
                    mounts
                        .iter()
                        .map(|(channel, name)| format!("{channel} {}", name.as_str().unwrap()))
                        .collect()
                })
                .unwrap_or_default();
            simulated.push(format!(
                "{} {} {} {} {mounts:?}",
                gateway["listen"].as_str().unwrap(),
                gateway["name"].as_str().unwrap(),
                device["unit_id"],
                device["profile"].as_str().unwrap(),
            ));
        }
    }
    expected.sort();
    simulated.sort();
    assert_eq!(simulated, expected);
}
