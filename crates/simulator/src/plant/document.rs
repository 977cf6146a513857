use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::faults::LoadFaultShape;

/// The shape of a plant file, before anything is checked. `docs/plant-format.md` describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlantDocument {
    pub(super) plant: PlantSection,
    #[serde(default)]
    pub(super) network: Vec<Spanned<NetworkSection>>,
    #[serde(default)]
    pub(super) load: Vec<Spanned<LoadSection>>,
    #[serde(default)]
    pub(super) gateway: Vec<Spanned<GatewaySection>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlantSection {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) seed: u32,
    pub(super) time_zone: Option<Spanned<String>>,
    pub(super) start: Option<Spanned<String>>,
    pub(super) counting_since: Option<Spanned<String>>,
    pub(super) off_peak: Option<OffPeakSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OffPeakSection {
    pub(super) from: Spanned<String>,
    pub(super) until: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkSection {
    pub(super) name: Spanned<String>,
    pub(super) voltage_v: Spanned<f64>,
    pub(super) frequency_hz: Spanned<f64>,
    pub(super) voltage_wander_pct: Option<Spanned<f64>>,
    pub(super) frequency_wander_hz: Option<Spanned<f64>>,
    pub(super) unbalance_pct: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) harmonics: Vec<Spanned<Vec<f64>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadSection {
    pub(super) name: Spanned<String>,
    pub(super) network: Spanned<String>,
    pub(super) wiring: Option<Spanned<String>>,
    pub(super) phase: Option<Spanned<String>>,
    pub(super) nominal_current_a: Option<Spanned<f64>>,
    pub(super) index_kwh: Option<Spanned<f64>>,
    pub(super) sum_of: Option<Vec<Spanned<String>>>,
    pub(super) source: Option<Spanned<SourceSection>>,
    pub(super) p_max_w: Option<Spanned<f64>>,
    pub(super) p_min_w: Option<Spanned<f64>>,
    pub(super) direction: Option<Spanned<String>>,
    pub(super) cos_phi: Option<Spanned<f64>>,
    pub(super) reactive: Option<Spanned<String>>,
    pub(super) phase_split: Option<Spanned<[f64; 3]>>,
    #[serde(default)]
    pub(super) harmonics: Vec<Spanned<Vec<f64>>>,
    pub(super) noise_pct: Option<Spanned<f64>>,
    pub(super) shift_min: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) fault: Vec<Spanned<LoadFaultShape>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceSection {
    pub(super) kind: Spanned<String>,
    pub(super) column: Option<Spanned<String>>,
    pub(super) latitude: Option<Spanned<f64>>,
    pub(super) longitude: Option<Spanned<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GatewaySection {
    pub(super) name: Spanned<String>,
    pub(super) listen: Spanned<String>,
    pub(super) unknown_unit: Option<Spanned<String>>,
    pub(super) idle_close_s: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) device: Vec<Spanned<DeviceSection>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceSection {
    pub(super) unit_id: Spanned<u8>,
    pub(super) profile: Spanned<String>,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) mounts: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) write_exception: Option<Spanned<u8>>,
    #[serde(default)]
    pub(super) identity: IdentitySection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentitySection {
    #[serde(default)]
    pub(super) product: String,
    #[serde(default)]
    pub(super) serial: String,
    #[serde(default)]
    pub(super) firmware: String,
}
