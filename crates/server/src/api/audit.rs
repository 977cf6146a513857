//! The audit log: who changed what, when, and what came of it.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::ApiState;
use super::error::{ApiError, ProblemCode};
use super::extract::{Json, Query};
use super::routes::Routes;
use crate::audit::{AuditAction, AuditQuery, AuditRow, PAGE_ROWS_MAX};
use crate::users::Right;

/// What a page shows at once.
const PAGE_ROWS: u32 = 100;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Declare, routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditParameters {
    /// Only rows of this action: `reset_partial_energies`, `replace_configuration`,
    /// `change_password`, `log_in`, `change_verdict`, `import_history` or `replace_meter`.
    action: Option<String>,
    /// Only rows older than the one with this id.
    before_id: Option<i64>,
    /// Most rows of the answer: 100 if left out, at most 500.
    limit: Option<u32>,
}

/// One thing that somebody did or tried to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRow)]
struct AuditRowView {
    /// Grows from row to row.
    id: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// A user profile, or what else acted (`start`).
    actor: String,
    /// The other end of the actor's connection.
    address: Option<String>,
    /// Stable word.
    action: String,
    /// `done`, or a stable word for why not.
    result: String,
    /// Id of the device that it was done to.
    device: Option<u32>,
    /// Id of the point that it was done to.
    point: Option<u32>,
    /// What it was about before: for a reset, counters in their base unit by quantity.
    before: Map<String, Value>,
    /// The same behind it.
    after: Map<String, Value>,
    /// For people, in English.
    detail: String,
}

/// What was done, the newest first
#[utoipa::path(
    get,
    path = "/audit",
    tag = "audit",
    params(AuditParameters),
    responses(
        (status = 200, description = "A page of the log", body = [AuditRowView]),
        (status = 422, description = "`invalid`: there is no such action", body = super::error::Problem),
    ),
)]
async fn list(
    State(state): State<ApiState>,
    Query(asked): Query<AuditParameters>,
) -> Result<Json<Vec<AuditRowView>>, ApiError> {
    let action = match asked.action {
        None => None,
        Some(name) => Some(AuditAction::named(&name).ok_or_else(unknown_action)?),
    };
    let query = AuditQuery {
        action,
        before_id: asked.before_id,
        limit: asked.limit.unwrap_or(PAGE_ROWS).min(PAGE_ROWS_MAX),
    };
    let rows = state.audit.read(query).await;
    let rows = rows.map_err(|error| ApiError::internal(&error))?;
    Ok(Json(rows.into_iter().map(AuditRowView::of).collect()))
}

fn unknown_action() -> ApiError {
    let known = AuditAction::ALL.map(AuditAction::name).join(", ");
    ApiError::new(ProblemCode::Invalid).detail(format!("the actions are {known}"))
}

impl AuditRowView {
    fn of(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            address: row.address,
            action: row.action,
            result: row.result,
            device: row.device.map(|device| device.0),
            point: row.point.map(|point| point.0),
            before: row.before,
            after: row.after,
            detail: row.detail,
        }
    }
}
