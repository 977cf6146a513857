//! The simulation's own HTTP interface, for tests and for people who want to see a fault.
//!
//! `GET /state` says what the registers of every device decode to at this moment, `GET /served`
//! which words were sent, and three `PUT`s change faults and the pace of time. Loopback only.

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
use serde::{Deserialize, Serialize};

use crate::running::{Fault, RunningPlant, SPEED_MAX};
use crate::served::written;

/// Longest answer time that can be ordered: no poller waits longer.
const DELAY_MAX: Duration = Duration::from_mins(10);

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
        .with_state(Control { running, addresses })
}

#[derive(Debug, Serialize)]
struct StateShape {
    now: String,
    speed: f64,
    paused: bool,
    gateways: Vec<GatewayShape>,
}

#[derive(Debug, Serialize)]
struct GatewayShape {
    name: String,
    address: SocketAddr,
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
            .map(|(gateway, address)| GatewayShape {
                name: gateway.name.to_string(),
                address: *address,
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
        StateShape {
            now: written(snapshot.now),
            speed: snapshot.speed,
            paused: snapshot.paused,
            gateways,
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
    let fault = match shape {
        FaultShape::None => Fault::None,
        FaultShape::Silent => Fault::Silent,
        FaultShape::Delay { ms } => Fault::Delay(Duration::from_millis(ms).min(DELAY_MAX)),
        FaultShape::Exception { code } => Fault::Exception(code),
    };
    control.running.set_fault(place, fault);
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
