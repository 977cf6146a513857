//! The HTTP API under `/api/v1`: one file per resource, with its request and response shapes.
//!
//! [`route_table`] lists all routes with the right each of them needs; [`router`] puts the frame
//! around them (see [`crate::frame`]) and the pages beside them (see [`crate::web`]).
//!
//! # Invariants
//!
//! - A route names a [`crate::users::Right`], never a profile.
//! - Only this module knows JSON shapes; refusals are [`ApiError`]s with a stable code.
//! - No answer holds a secret, and none of an internal cause.

pub mod access;
mod audit;
mod configuration;
mod counter_journal;
mod counts;
mod device_profiles;
mod devices;
mod energy;
mod energy_today;
mod error;
mod extract;
mod health;
mod health_details;
mod history;
mod imports;
mod live;
mod meters;
pub mod openapi;
mod overview;
mod partial_energies;
mod points;
mod routes;
mod session;
mod site;
mod streams;
mod trend;
mod welcome;
mod wiring_hint;

use std::sync::Arc;

use ::history::{HistoryStore, Recorder};
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Router, middleware};
use jiff::Timestamp;
use model::Clock;
use tokio_util::sync::CancellationToken;
use tower_http::set_header::SetResponseHeaderLayer;

pub use error::{ApiError, PROBLEM_JSON, Problem, ProblemCode};
pub use extract::{Json, Path, Query};
pub use imports::Imports;
pub use routes::{ACCESS_EXTENSION, Routes};
pub use streams::LiveStreams;

use crate::acquisition::{BusFigures, Orders, Periods, ReadingCounts};
use crate::audit::AuditLog;
use crate::energy::EnergyService;
use crate::frame;
use crate::hosts::AllowedHosts;
use crate::live::LiveBoard;
use crate::site::SiteStore;
use crate::users::Users;
use crate::web::WebPages;
use crate::wiring_hints::WiringHints;

/// Where the API lives.
pub const API_ROOT: &str = "/api/v1";

/// A request body is a short form, unless its route allows more.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What handlers need. Clones share everything.
#[derive(Debug, Clone, FromRef)]
pub struct ApiState {
    pub clock: Arc<dyn Clock>,
    pub users: Arc<Users>,
    pub hosts: Arc<AllowedHosts>,
    pub pages: Arc<WebPages>,
    pub site: Arc<SiteStore>,
    pub live: Arc<LiveBoard>,
    pub wiring_hints: Arc<WiringHints>,
    pub counts: Arc<ReadingCounts>,
    pub streams: Arc<LiveStreams>,
    pub orders: Arc<Orders>,
    pub bus_figures: Arc<BusFigures>,
    pub audit: AuditLog,
    pub history: Arc<dyn HistoryStore>,
    pub recorder: Arc<Recorder>,
    pub energy: Arc<EnergyService>,
    pub imports: Arc<Imports>,
    pub periods: Periods,
    pub started_at: Timestamp,
    /// Ends every stream when the server stops.
    pub stopping: CancellationToken,
}

/// All routes of the API, each with the access it demands.
fn route_table() -> Routes {
    Routes::new()
        .merge(health::routes())
        .merge(health_details::routes())
        .merge(welcome::routes())
        .merge(session::routes())
        .merge(site::routes())
        .merge(overview::routes())
        .merge(devices::routes())
        .merge(partial_energies::routes())
        .merge(counts::routes())
        .merge(points::routes())
        .merge(wiring_hint::routes())
        .merge(live::routes())
        .merge(history::routes())
        .merge(energy::routes())
        .merge(counter_journal::routes())
        .merge(imports::routes())
        .merge(meters::routes())
        .merge(configuration::routes())
        .merge(device_profiles::routes())
        .merge(audit::routes())
}

/// The whole of what the server answers: API, pages, and the frame around both.
pub fn router(state: ApiState) -> Router {
    let (api, openapi) = openapi::assembled();
    let api = api
        .merge(openapi::router(&openapi))
        .route("/api", axum::routing::any(unknown_path))
        .route("/api/{*rest}", axum::routing::any(unknown_path))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(
            state.clone(),
            access::identify,
        ))
        .layer(middleware::from_fn(access::refuse_forged))
        .layer(middleware::from_fn(in_time))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ));
    let whole = api.merge(crate::web::router());
    frame::around(whole, Arc::clone(&state.hosts)).with_state(state)
}

/// Ends a request that takes too long; a file of years may take longer than other answers.
async fn in_time(request: Request, next: Next) -> Response {
    if imports::is_upload(request.method(), request.uri()) {
        return next.run(request).await;
    }
    frame::in_time(request, next).await
}

async fn unknown_path(uri: Uri) -> ApiError {
    ApiError::new(ProblemCode::NotFound).detail(format!("there is nothing at {}", uri.path()))
}

async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    ApiError::new(ProblemCode::MethodNotAllowed)
        .detail(format!("{method} does not work on {}", uri.path()))
}
