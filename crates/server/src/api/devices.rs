//! The devices of the site and how they answer.

use axum::extract::State;
use jiff::Timestamp;
use modbus::Endpoint;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::extract::Json;
use super::routes::Routes;
use crate::acquisition::{DeviceHealth, DeviceIdentity, DeviceState};
use crate::live::LiveBoard;
use crate::site::{Device, SerialLine, Site};
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Monitor, routes!(list))
}

/// All devices
#[utoipa::path(
    get,
    path = "/devices",
    tag = "devices",
    responses((status = 200, description = "In the order of the configuration", body = [DeviceView])),
)]
async fn list(State(state): State<ApiState>) -> Json<Vec<DeviceView>> {
    let (site, now) = (state.site.site(), state.clock.now());
    Json(
        site.devices()
            .iter()
            .map(|device| DeviceView::of(device, &site, &state.live, now))
            .collect(),
    )
}

/// One communicating product of the site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub(super) struct DeviceView {
    /// Permanent.
    pub id: u32,
    pub name: String,
    /// Levels from the largest to the smallest, separated by `/`.
    pub zone: String,
    pub model: String,
    pub vendor: String,
    /// Id of the device profile.
    pub profile: String,
    /// `gateway`, `voltage_module`, `current_module` or `measurement`.
    pub class: String,
    /// How far the register map can be trusted: `official`, `verified`,
    /// `unofficial` or `assumed`.
    pub register_map: String,
    /// Id of the device through which this one is reached.
    pub gateway: Option<u32>,
    /// What is spoken there: `tcp` (Modbus TCP), `rtu_over_tcp` or `rtu` (a serial line).
    pub protocol: String,
    /// Null on a serial line, as is `port`.
    pub host: Option<String>,
    pub port: Option<u16>,
    /// The line of the server that leads there; null over a network.
    pub serial: Option<SerialLine>,
    pub unit_id: u8,
    /// Ids of the points that its channels measure now.
    pub points: Vec<u32>,
    pub health: HealthView,
    pub identity: Option<IdentityView>,
}

/// What a device says of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(super) struct IdentityView {
    pub product: Option<String>,
    pub serial: Option<String>,
    pub firmware: Option<String>,
}

/// How a device answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthView {
    pub device: u32,
    /// `waiting`, `answering`, `silent`, `foreign` or `refusing`.
    pub state: String,
    /// When this state began; null before the first turn.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_answer_at: Option<Timestamp>,
    /// Smoothed time of an answer, in ms.
    pub latency_ms: Option<f64>,
    pub requests: u64,
    pub failures: u64,
    /// Period of the live values as achieved, in s.
    pub period_s: Option<f64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_probe_at: Option<Timestamp>,
    /// How often the task of its bus had to be started again since the server began.
    pub bus_restarts: u32,
    /// Stable word for what is wrong, such as `timeout`.
    pub fault: Option<String>,
    /// The same for people, in English.
    pub fault_detail: Option<String>,
}

impl DeviceView {
    pub(super) fn of(device: &Device, site: &Site, live: &LiveBoard, now: Timestamp) -> Self {
        let head = device.profile.head();
        let health = live.health_of(device.id);
        let (address, serial) = match &device.endpoint {
            Endpoint::Tcp { host, port } | Endpoint::RtuOverTcp { host, port } => {
                (Some((host, port)), None)
            }
            Endpoint::Serial(port) => (None, Some(SerialLine::from(port))),
        };
        Self {
            id: device.id.0,
            name: device.name.clone(),
            zone: device.zone.clone(),
            model: head
                .models
                .first()
                .cloned()
                .unwrap_or_else(|| head.title.clone()),
            vendor: head.vendor.clone(),
            profile: head.id.clone(),
            class: head.class.name().to_owned(),
            register_map: head.status.name().to_owned(),
            gateway: device.gateway.map(|gateway| gateway.0),
            protocol: protocol_of(&device.endpoint).to_owned(),
            host: address.map(|(host, _)| host.clone()),
            port: address.map(|(_, port)| *port),
            serial,
            unit_id: device.unit_id,
            points: site
                .mounts_on(device.id, now)
                .map(|mount| mount.point.0)
                .collect(),
            identity: health
                .as_ref()
                .and_then(|health| health.identity.as_ref())
                .map(IdentityView::of),
            health: health
                .as_ref()
                .map_or_else(|| HealthView::waiting(device), HealthView::of),
        }
    }
}

fn protocol_of(endpoint: &Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Tcp { .. } => "tcp",
        Endpoint::RtuOverTcp { .. } => "rtu_over_tcp",
        Endpoint::Serial(_) => "rtu",
    }
}

impl IdentityView {
    fn of(identity: &DeviceIdentity) -> Self {
        Self {
            product: identity.product.clone(),
            serial: identity.serial.clone(),
            firmware: identity.firmware.clone(),
        }
    }
}

impl HealthView {
    pub(super) fn of(health: &DeviceHealth) -> Self {
        Self {
            device: health.device.0,
            state: health.state.name().to_owned(),
            since: Some(health.since),
            last_answer_at: health.last_answer_at,
            latency_ms: health
                .latency
                .map(|latency| (latency.as_secs_f64() * 1e5).round() / 100.0),
            requests: health.requests,
            failures: health.failures,
            period_s: health
                .period
                .map(|period| (period.as_secs_f64() * 100.0).round() / 100.0),
            next_probe_at: health.next_probe_at,
            bus_restarts: health.bus_restarts,
            fault: health.fault.as_ref().map(|fault| fault.code.clone()),
            fault_detail: health.fault.as_ref().map(|fault| fault.detail.clone()),
        }
    }

    fn waiting(device: &Device) -> Self {
        Self {
            device: device.id.0,
            state: DeviceState::Waiting.name().to_owned(),
            since: None,
            last_answer_at: None,
            latency_ms: None,
            requests: 0,
            failures: 0,
            period_s: None,
            next_probe_at: None,
            bus_restarts: 0,
            fault: None,
            fault_detail: None,
        }
    }
}
