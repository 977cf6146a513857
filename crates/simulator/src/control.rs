//! The simulation's own HTTP interface, for tests and for people who want to see a fault.
//!
//! `GET /state` says what the registers of every device decode to at this moment and what is really
//! there, `GET /served`
//! which words were sent, and `PUT`s change faults and the pace of time. Loopback only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use model::{Measurand, Phase};
use serde::{Deserialize, Serialize};

use crate::plant::{IDLE_CLOSE_S, LoadFault, LoadFaultShape};
use crate::running::{Fault, RunningPlant, SPEED_MAX, TRUTHS};
use crate::served::written;
use crate::trouble::WireFault;

/// Longest answer time that can be ordered: no poller waits longer.
const DELAY_MAX: Duration = Duration::from_mins(10);

/// Fastest pace of single bytes.
const DRIP_MIN: Duration = Duration::from_millis(1);

/// Says in answers of `/served` how many reads after the asked number were dropped.
const DROPPED_HEADER: &str = "x-dropped";

#[derive(Debug, Clone)]
struct Control {
    running: Arc<RunningPlant>,
    /// Of the gateways, in their order in the plant.
    addresses: Arc<[SocketAddr]>,
}

pub(crate) fn router(running: Arc<RunningPlant>, addresses: Arc<[SocketAddr]>) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/served", get(served))
        .route("/paused", put(set_paused))
        .route("/speed", put(set_speed))
        .route(
            "/gateways/{gateway}/devices/{unit_id}/fault",
            put(set_fault),
        )
        .route("/gateways/{gateway}/idle_close", put(set_idle_close))
        .route("/loads/{load}/faults", put(set_load_faults))
        .with_state(Control { running, addresses })
}

#[derive(Debug, Serialize)]
struct StateShape {
    now: String,
    speed: f64,
    paused: bool,
    gateways: Vec<GatewayShape>,
    loads: Vec<LoadShape>,
}

/// What is really there, whatever meters say.
#[derive(Debug, Serialize)]
struct LoadShape {
    name: String,
    truth: BTreeMap<String, Option<f64>>,
}

#[derive(Debug, Serialize)]
struct GatewayShape {
    name: String,
    address: SocketAddr,
    idle_close_s: Option<f64>,
    devices: Vec<DeviceShape>,
}

#[derive(Debug, Serialize)]
struct DeviceShape {
    unit_id: u8,
    name: String,
    profile: String,
    fault: FaultShape,
    channels: BTreeMap<String, BTreeMap<String, Option<f64>>>,
}

/// A fault as the interface spells it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FaultShape {
    None,
    Silent,
    Delay { ms: u64 },
    Exception { code: u8 },
    Torn,
    Garbage,
    Cut,
    Short,
    Long,
    ForeignTransaction,
    ForeignUnit,
    Drip { ms: u64 },
}

impl From<Fault> for FaultShape {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::None => Self::None,
            Fault::Silent => Self::Silent,
            Fault::Delay(delay) => Self::Delay {
                ms: delay.as_millis() as u64,
            },
            Fault::Exception(code) => Self::Exception { code },
            Fault::Torn => Self::Torn,
            Fault::Wire(WireFault::Garbage) => Self::Garbage,
            Fault::Wire(WireFault::Cut) => Self::Cut,
            Fault::Wire(WireFault::Short) => Self::Short,
            Fault::Wire(WireFault::Long) => Self::Long,
            Fault::Wire(WireFault::ForeignTransaction) => Self::ForeignTransaction,
            Fault::Wire(WireFault::ForeignUnit) => Self::ForeignUnit,
            Fault::Wire(WireFault::Drip(every)) => Self::Drip {
                ms: every.as_millis() as u64,
            },
        }
    }
}

impl From<FaultShape> for Fault {
    fn from(shape: FaultShape) -> Self {
        match shape {
            FaultShape::None => Self::None,
            FaultShape::Silent => Self::Silent,
            FaultShape::Delay { ms } => Self::Delay(Duration::from_millis(ms).min(DELAY_MAX)),
            FaultShape::Exception { code } => Self::Exception(code),
            FaultShape::Torn => Self::Torn,
            FaultShape::Garbage => Self::Wire(WireFault::Garbage),
            FaultShape::Cut => Self::Wire(WireFault::Cut),
            FaultShape::Short => Self::Wire(WireFault::Short),
            FaultShape::Long => Self::Wire(WireFault::Long),
            FaultShape::ForeignTransaction => Self::Wire(WireFault::ForeignTransaction),
            FaultShape::ForeignUnit => Self::Wire(WireFault::ForeignUnit),
            FaultShape::Drip { ms } => Self::Wire(WireFault::Drip(
                Duration::from_millis(ms).clamp(DRIP_MIN, DELAY_MAX),
            )),
        }
    }
}

async fn state(State(control): State<Control>) -> Result<Json<StateShape>, Refusal> {
    // Encoding and decoding a large plant takes some milliseconds of pure computing.
    let shape = tokio::task::spawn_blocking(move || control.state()).await;
    shape.map(Json).map_err(|_broken| Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        reason: "the state could not be computed".to_owned(),
    })
}

impl Control {
    fn state(&self) -> StateShape {
        self.running.advance();
        let snapshot = self.running.snapshot();
        let plant = self.running.plant();
        let mut gateways: Vec<GatewayShape> = plant
            .gateways
            .iter()
            .zip(self.addresses.iter())
            .enumerate()
            .map(|(index, (gateway, address))| GatewayShape {
                name: gateway.name.to_string(),
                address: *address,
                idle_close_s: self
                    .running
                    .idle_close(index)
                    .map(|patience| patience.as_secs_f64()),
                devices: Vec::with_capacity(gateway.devices.len()),
            })
            .collect();
        for (place, decoded) in snapshot.devices {
            let device = &plant.gateways[place.gateway].devices[place.device];
            let mut channels: BTreeMap<String, BTreeMap<String, Option<f64>>> = BTreeMap::new();
            for value in decoded.values {
                channels
                    .entry(value.channel.to_string())
                    .or_default()
                    .insert(value.measurand.to_string(), value.value);
            }
            gateways[place.gateway].devices.push(DeviceShape {
                unit_id: device.unit_id,
                name: device.name.clone(),
                profile: device.profile.id().to_owned(),
                fault: self.running.fault(place).into(),
                channels,
            });
        }
        let loads = plant.loads.iter().zip(snapshot.truths);
        let loads = loads
            .map(|(load, energies)| LoadShape {
                name: load.name.clone(),
                truth: TRUTHS
                    .into_iter()
                    .map(|energy| Measurand::new(energy, Phase::Total).to_string())
                    .zip(energies)
                    .collect(),
            })
            .collect();
        StateShape {
            now: written(snapshot.now),
            speed: snapshot.speed,
            paused: snapshot.paused,
            gateways,
            loads,
        }
    }
}

#[derive(Debug, Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn served(State(control): State<Control>, Query(query): Query<After>) -> Response {
    let log = control.running.served();
    let (reads, dropped) = log.map(|log| log.after(query.after)).unwrap_or_default();
    ([(DROPPED_HEADER, dropped.to_string())], Json(reads)).into_response()
}

#[derive(Debug, Deserialize)]
struct PausedShape {
    paused: bool,
}

async fn set_paused(State(control): State<Control>, Json(shape): Json<PausedShape>) -> StatusCode {
    control.running.set_paused(shape.paused);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct SpeedShape {
    speed: f64,
}

async fn set_speed(
    State(control): State<Control>,
    Json(shape): Json<SpeedShape>,
) -> Result<StatusCode, Refusal> {
    if !(shape.speed > 0.0 && shape.speed <= SPEED_MAX) {
        return Err(Refusal::of(format!(
            "speeds go from above 0 to {SPEED_MAX}"
        )));
    }
    control.running.set_speed(shape.speed);
    Ok(StatusCode::NO_CONTENT)
}

async fn set_fault(
    State(control): State<Control>,
    Path((gateway, unit_id)): Path<(String, u8)>,
    Json(shape): Json<FaultShape>,
) -> Result<StatusCode, Refusal> {
    let place = control
        .running
        .find(&gateway, unit_id)
        .ok_or_else(|| Refusal {
            status: StatusCode::NOT_FOUND,
            reason: format!("gateway `{gateway}` has no device with unit id {unit_id}"),
        })?;
    control.running.set_fault(place, shape.into());
    Ok(StatusCode::NO_CONTENT)
}

async fn set_load_faults(
    State(control): State<Control>,
    Path(load): Path<String>,
    Json(shapes): Json<Vec<LoadFaultShape>>,
) -> Result<StatusCode, Refusal> {
    let index = control.running.find_load(&load).ok_or_else(|| Refusal {
        status: StatusCode::NOT_FOUND,
        reason: format!("there is no load `{load}`"),
    })?;
    let faults: Result<Vec<LoadFault>, String> =
        shapes.iter().map(LoadFaultShape::checked).collect();
    control
        .running
        .order_faults(index, faults.map_err(Refusal::of)?);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
struct IdleCloseShape {
    /// Never, where it is null.
    seconds: Option<f64>,
}

async fn set_idle_close(
    State(control): State<Control>,
    Path(gateway): Path<String>,
    Json(shape): Json<IdleCloseShape>,
) -> Result<StatusCode, Refusal> {
    let index = control
        .running
        .find_gateway(&gateway)
        .ok_or_else(|| Refusal {
            status: StatusCode::NOT_FOUND,
            reason: format!("there is no gateway `{gateway}`"),
        })?;
    let out_of_range = shape
        .seconds
        .is_some_and(|seconds| !IDLE_CLOSE_S.contains(&seconds));
    if out_of_range {
        let (least, most) = (IDLE_CLOSE_S.start(), IDLE_CLOSE_S.end());
        return Err(Refusal::of(format!("seconds go from {least} to {most}")));
    }
    let patience = shape.seconds.map(Duration::from_secs_f64);
    control.running.set_idle_close(index, patience);
    Ok(StatusCode::NO_CONTENT)
}

/// Why an order was not carried out, in one sentence.
struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    fn of(reason: String) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            reason,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, self.reason).into_response()
    }
}
