//! The whole installation as one document.

use axum::extract::{DefaultBodyLimit, State};
use serde_json::{Map, Value, json};
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use super::ApiState;
use super::access::{Caller, Peer};
use super::error::{ApiError, ProblemCode};
use super::extract::{Bytes, Json};
use super::routes::Routes;
use crate::audit::{AuditAction, Deed};
use crate::site::{Site, SiteDocument, SiteStoreError};
use crate::users::Right;

/// The most sources and points that are taken, in compact JSON: bounded before it is parsed (SEC-15).
const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) fn routes() -> Routes {
    let document = routes!(read, replace).layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX));
    Routes::new().needs(Right::Declare, document)
}

/// The configuration
#[utoipa::path(
    get,
    path = "/configuration",
    tag = "configuration",
    responses((status = 200, description = "The document in force", body = SiteDocument)),
)]
async fn read(State(state): State<ApiState>) -> Json<SiteDocument> {
    Json(state.site.site().document().clone())
}

/// Put another configuration in force, all or nothing
#[utoipa::path(
    put,
    path = "/configuration",
    tag = "configuration",
    request_body = SiteDocument,
    responses(
        (status = 200, description = "The document now in force", body = SiteDocument),
        (status = 422, description = "It has mistakes: member `mistakes`, each with `path` and `problem`", body = super::error::Problem),
    ),
)]
async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    Peer(from): Peer,
    Bytes(body): Bytes,
) -> Result<Json<SiteDocument>, ApiError> {
    let document = SiteDocument::from_json(&body)
        .map_err(|mistake| refuse(SiteStoreError::Mistakes(vec![mistake])))?;
    let before = summary(&state.site.site(), state.site.revision());
    let site = state
        .site
        .replace(document, caller.0.profile.to_string())
        .await
        .map_err(refuse)?;
    state
        .audit
        .write(Deed {
            address: Some(from),
            before,
            after: summary(&site, state.site.revision()),
            ..Deed::done(&caller.0.profile, AuditAction::ReplaceConfiguration)
        })
        .await;
    Ok(Json(site.document().clone()))
}

/// What the audit log tells of a site: the documents themselves are kept by their revision.
fn summary(site: &Site, revision: i64) -> Map<String, Value> {
    let members = json!({
        "revision": revision,
        "site": site.name(),
        "sources": site.devices().len(),
        "points": site.points().len(),
    });
    members.as_object().cloned().unwrap_or_default()
}

pub(super) fn refuse(error: SiteStoreError) -> ApiError {
    match error {
        SiteStoreError::Mistakes(mistakes) => ApiError::new(ProblemCode::Invalid)
            .detail("the configuration has mistakes; the one in force stays")
            .with("mistakes", json!(mistakes)),
        SiteStoreError::Database(error) => ApiError::internal(&error),
    }
}
