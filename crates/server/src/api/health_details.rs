//! How the program does: what it takes of its machine, its queues and its buses (DIA-02).

use std::time::{Duration, Instant};

use axum::extract::State;
use model::DeviceId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::extract::Json;
use super::routes::Routes;
use crate::acquisition::BusLoad;
use crate::process::ProcessFigures;
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Diagnostic, routes!(read))
}

/// Figures of the program; rates are those of the last minute.
#[derive(Debug, Serialize, ToSchema)]
struct HealthDetails {
    /// Since the program started, in s.
    uptime_s: i64,
    process: ProcessView,
    recorder: RecorderView,
    listeners: ListenersView,
    /// In the order of the configuration.
    buses: Vec<BusView>,
}

/// What the program takes of its machine; null where the system does not tell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcessFigures)]
struct ProcessView {
    rss_bytes: Option<u64>,
    /// Processor time since the start, in s, of all cores together.
    cpu_s: Option<f64>,
    open_files: Option<usize>,
    threads: Option<u64>,
}

/// The queue between the pollers and the history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecorderFigures)]
struct RecorderView {
    queued: u64,
    /// What the queue takes before it drops.
    capacity: usize,
    dropped: u64,
}

/// The live streams.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListenerFigures)]
struct ListenersView {
    open: usize,
    capacity: usize,
}

/// One connection or line, and what the devices behind it did to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BusFigures)]
struct BusView {
    /// Such as `192.0.2.1:502`, or the path of a serial port.
    endpoint: String,
    load: LoadView,
    sources: Vec<SourceView>,
}

/// One device of a bus.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SourceFigures)]
struct SourceView {
    device: u32,
    name: String,
    load: LoadView,
    /// Period of the live values as asked for, in s.
    period_wanted_s: f64,
    /// The same as achieved.
    period_achieved_s: Option<f64>,
    /// `waiting`, `answering`, `silent`, `foreign` or `refusing`.
    state: Option<&'static str>,
    /// Times that the task of its bus had to be started again.
    bus_restarts: u32,
}

/// What was asked in the last minute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BusLoad)]
struct LoadView {
    requests_per_s: f64,
    failures_per_s: f64,
    /// Share of the time for which the bus was held, in %.
    held_pct: f64,
    /// Time of an answer that half of the askings kept to, in ms.
    latency_p50_ms: Option<f64>,
    latency_p95_ms: Option<f64>,
    latency_max_ms: Option<f64>,
}

/// Details of the health of the server
#[utoipa::path(
    get,
    path = "/health/details",
    tag = "server",
    responses((status = 200, description = "Figures of this moment", body = HealthDetails)),
)]
async fn read(State(state): State<ApiState>) -> Json<HealthDetails> {
    let recorder = state.recorder.health();
    let process = ProcessFigures::now();
    let (open, capacity) = state.streams.count();
    Json(HealthDetails {
        uptime_s: state
            .clock
            .now()
            .duration_since(state.started_at)
            .as_secs()
            .max(0),
        process: ProcessView {
            rss_bytes: process.rss_bytes,
            cpu_s: process.cpu_s,
            open_files: process.open_files,
            threads: process.threads,
        },
        recorder: RecorderView {
            queued: recorder.queued,
            capacity: state.recorder.capacity(),
            dropped: recorder.dropped,
        },
        listeners: ListenersView { open, capacity },
        buses: buses(&state),
    })
}

fn buses(state: &ApiState) -> Vec<BusView> {
    let (site, now) = (state.site.site(), Instant::now());
    let mut buses: Vec<(String, Vec<DeviceId>)> = Vec::new();
    for device in site.devices() {
        let endpoint = device.endpoint.to_string();
        match buses.iter_mut().find(|(known, _)| *known == endpoint) {
            Some((_, devices)) => devices.push(device.id),
            None => buses.push((endpoint, vec![device.id])),
        }
    }
    buses
        .into_iter()
        .map(|(endpoint, devices)| BusView {
            load: LoadView::of(&state.bus_figures.load(&devices, now)),
            sources: devices
                .iter()
                .filter_map(|id| site.device(*id))
                .map(|device| {
                    let health = state.live.health_of(device.id);
                    SourceView {
                        device: device.id.0,
                        name: device.name.clone(),
                        load: LoadView::of(&state.bus_figures.load(&[device.id], now)),
                        period_wanted_s: state.periods.live.as_secs_f64(),
                        period_achieved_s: health
                            .as_ref()
                            .and_then(|health| health.period)
                            .map(|period| rounded(period.as_secs_f64())),
                        state: health.as_ref().map(|health| health.state.name()),
                        bus_restarts: health.map_or(0, |health| health.bus_restarts),
                    }
                })
                .collect(),
            endpoint,
        })
        .collect()
}

impl LoadView {
    fn of(load: &BusLoad) -> Self {
        let ms = |latency: Option<Duration>| {
            latency.map(|latency| rounded(latency.as_secs_f64() * 1000.0))
        };
        Self {
            requests_per_s: rounded(load.requests_per_s),
            failures_per_s: rounded(load.failures_per_s),
            held_pct: rounded(100.0 * load.held),
            latency_p50_ms: ms(load.latency_p50),
            latency_p95_ms: ms(load.latency_p95),
            latency_max_ms: ms(load.latency_max),
        }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
