//! Plants under load: many meters behind few gateways, and the site document that fits.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

/// A COUNTIS E23, 139 values of a three-phase circuit, of which every meter here is one.
pub const PROFILE: &str = "socomec.countis.e23";

/// Where the power of the loads comes from, in turns, and how fast each has its day.
const SOURCES: [&str; 3] = [
    r#"{ kind = "bdew_g25" }"#,
    r#"{ kind = "household", column = "active_power_kw" }"#,
    r#"{ kind = "constant" }"#,
];

/// So many gateways with so many meters behind each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct LoadPlant {
    #[arg(long, default_value_t = 1)]
    pub gateways: usize,
    /// Behind each gateway
    #[arg(long, default_value_t = 30)]
    pub meters: usize,
}

/// A plant for `wattline simulate` and its site, as files.
#[derive(Debug, Args)]
pub struct Files {
    #[command(flatten)]
    plant: LoadPlant,
    /// Port of the first gateway; those behind it follow
    #[arg(long, default_value_t = 15_020)]
    port: u16,
    /// Where `plant.toml` and `site.json` go
    folder: PathBuf,
}

impl LoadPlant {
    pub fn n_meters(self) -> usize {
        self.gateways * self.meters
    }

    /// The plant; its gateways listen from `port` on, or on free ports where it is 0.
    pub fn plant(self, port: u16) -> String {
        let mut text = String::from(
            "[plant]\nname = \"Plant under load\"\nseed = 30\ntime_zone = \"Europe/Paris\"\n\n\
             [[network]]\nname = \"main\"\nvoltage_v = 230\nfrequency_hz = 50\n\
             voltage_wander_pct = 1.5\nfrequency_wander_hz = 0.04\n\
             harmonics = [[3, 0.5], [5, 2.4], [7, 1.3]]\n",
        );
        for meter in 1..=self.n_meters() {
            let source = SOURCES[meter % SOURCES.len()];
            let (power, shift) = (3_000 + 137 * meter, 7 * meter);
            let _ = write!(
                text,
                "\n[[load]]\nname = \"Load {meter}\"\nnetwork = \"main\"\nwiring = \"3p_n\"\n\
                 nominal_current_a = 63\nsource = {source}\np_max_w = {power}\n\
                 shift_min = {shift}\ncos_phi = 0.94\nharmonics = [[3, 12], [5, 7], [7, 4]]\n"
            );
        }
        for gateway in 0..self.gateways {
            let listen = if port == 0 { 0 } else { port + gateway as u16 };
            let _ = write!(
                text,
                "\n[[gateway]]\nname = \"Gateway {}\"\nlisten = \"127.0.0.1:{listen}\"\n",
                gateway + 1
            );
            for unit in 1..=self.meters {
                let meter = gateway * self.meters + unit;
                let _ = write!(
                    text,
                    "\n[[gateway.device]]\nunit_id = {unit}\nprofile = \"{PROFILE}\"\n\
                     mounts = {{ circuit1 = \"Load {meter}\" }}\n"
                );
            }
        }
        text
    }

    /// The site over gateways at these addresses.
    pub fn site(self, gateways: &[SocketAddr]) -> Value {
        let meters = || 1..=self.n_meters();
        let sources: Vec<Value> = meters()
            .map(|meter| {
                let address = gateways[(meter - 1) / self.meters];
                json!({
                    "id": meter, "name": format!("Meter {meter}"), "profile": PROFILE,
                    "host": address.ip(), "port": address.port(),
                    "unit_id": (meter - 1) % self.meters + 1,
                })
            })
            .collect();
        let points: Vec<Value> = meters()
            .map(|meter| {
                json!({
                    "id": meter, "name": format!("Load {meter}"), "kind": "circuit",
                    "wiring": "3p_n", "nominal_voltage_v": 230, "nominal_current_a": 63,
                })
            })
            .collect();
        let mounts: Vec<Value> = meters()
            .map(|meter| {
                json!({
                    "point": meter, "source": meter, "channel": "circuit1",
                    "from": "2026-01-01T00:00:00Z",
                })
            })
            .collect();
        json!({
            "format": "wattline-configuration", "version": 1,
            "site": {"name": "Plant under load", "time_zone": "Europe/Paris"},
            "sources": sources, "points": points, "mounts": mounts,
        })
    }
}

pub fn write_files(files: &Files) -> anyhow::Result<()> {
    let addresses: Vec<SocketAddr> = (0..files.plant.gateways)
        .map(|gateway| SocketAddr::from(([127, 0, 0, 1], files.port + gateway as u16)))
        .collect();
    fs::create_dir_all(&files.folder)?;
    write(
        &files.folder.join("plant.toml"),
        &files.plant.plant(files.port),
    )?;
    let site = serde_json::to_string_pretty(&files.plant.site(&addresses))?;
    write(&files.folder.join("site.json"), &site)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use profiles::Catalogue;
    use server::site::{Site, SiteDocument};
    use simulator::Plant;

    use super::*;

    #[track_caller]
    fn check(gateways: usize, meters: usize) {
        let load_plant = LoadPlant { gateways, meters };
        let plant = Plant::parse("plant.toml", &load_plant.plant(15_020));
        assert!(plant.is_ok(), "{plant:?}");

        let addresses: Vec<SocketAddr> = (0..gateways)
            .map(|gateway| SocketAddr::from(([127, 0, 0, 1], 15_020 + gateway as u16)))
            .collect();
        let text = load_plant.site(&addresses).to_string();
        let document = SiteDocument::from_json(text.as_bytes()).unwrap();
        let site = Site::check(document, &Catalogue::shipped()).unwrap();
        assert_eq!(site.devices().len(), gateways * meters);
    }

    #[test]
    fn a_load_plant_and_its_site_are_taken_by_the_simulator_and_the_server() {
        check(1, 30);
        check(20, 10);
    }

    #[test]
    fn a_meter_of_a_load_plant_has_some_hundred_values() {
        let profile = Catalogue::shipped().get(PROFILE).unwrap();
        let n_values = profile.measurands(profile.channels()[0]).len();
        assert!((100..200).contains(&n_values), "{n_values}");
    }
}
