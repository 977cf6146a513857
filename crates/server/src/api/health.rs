//! Whether the server is well: for supervisors and for the pages that lost it.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::extract::Json;
use super::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().open(routes!(read))
}

/// The state of the server and of its parts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServerHealth {
    /// `ok`, or `degraded` when readings are not being kept or were lost.
    pub status: &'static str,
    pub version: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    pub parts: HealthParts,
}

/// One member per part.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthParts {
    pub history: HistoryPart,
}

/// How the store takes readings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryPart {
    /// `ok` or `degraded`.
    pub status: &'static str,
    /// Readings waiting to be written.
    pub queued: u64,
    /// Readings kept since the start.
    pub stored: u64,
    /// Readings lost since the start because the queue was full.
    pub dropped: u64,
    /// Readings since the start that no store takes: no number, or an impossible instant.
    pub refused: u64,
    /// Parts of the file that could not be read since the start; the readings in them are lost.
    pub damaged: u64,
    /// Why it is degraded: `not_stored` (the store takes no readings now), `store_failing` (the
    /// file cannot be written or compressed) or `damaged`. The cause is in the log.
    pub fault: Option<&'static str>,
}

/// Health of the server
#[utoipa::path(
    get,
    path = "/health",
    tag = "server",
    responses((status = 200, description = "It answers", body = ServerHealth)),
)]
async fn read(State(state): State<ApiState>) -> Json<ServerHealth> {
    let (recorder, store) = (state.recorder.health(), state.history.health().await);
    let damaged = store.as_ref().map_or(0, |store| store.damaged);
    let is_store_failing = store.map_or(true, |store| store.fault.is_some());
    let fault = if recorder.fault.is_some() {
        Some("not_stored")
    } else if damaged > 0 {
        Some("damaged")
    } else {
        is_store_failing.then_some("store_failing")
    };
    let status = if fault.is_some() { "degraded" } else { "ok" };
    Json(ServerHealth {
        status,
        version: env!("CARGO_PKG_VERSION"),
        started_at: state.started_at,
        parts: HealthParts {
            history: HistoryPart {
                status,
                queued: recorder.queued,
                stored: recorder.stored,
                dropped: recorder.dropped,
                refused: recorder.refused,
                damaged,
                fault,
            },
        },
    })
}
