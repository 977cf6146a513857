//! The whole installation as one document, and the states of it that were saved.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use super::ApiState;
use super::access::{Caller, Peer};
use super::error::{ApiError, ProblemCode};
use super::extract::{Bytes, Json, Path};
use super::routes::Routes;
use crate::audit::{AuditAction, Deed};
use crate::site::{Revision, SavedSite, SiteDocument, SiteStoreError};
use crate::users::Right;

/// The most sources and points that are taken, in compact JSON: bounded before it is parsed (SEC-15).
const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) fn routes() -> Routes {
    let document = routes!(read, replace).layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX));
    Routes::new()
        .needs(Right::Declare, document)
        .needs(Right::Declare, routes!(next_ids))
        .needs(Right::Declare, routes!(revisions))
        .needs(Right::Declare, routes!(revision))
}

/// The configuration
#[utoipa::path(
    get,
    path = "/configuration",
    tag = "configuration",
    responses(
        (
            status = 200,
            description = "The document in force",
            body = SiteDocument,
            headers(("etag" = String, description = "Its revision, for `if-match`")),
        ),
    ),
)]
async fn read(State(state): State<ApiState>) -> Response {
    answer(&state.site.saved().await)
}

/// Put another configuration in force, all or nothing
#[utoipa::path(
    put,
    path = "/configuration",
    tag = "configuration",
    request_body = SiteDocument,
    params(
        (
            "if-match" = Option<String>,
            Header,
            description = "The `etag` of the document that was edited: with it, nobody's change \
                           is overwritten unseen",
        ),
    ),
    responses(
        (
            status = 200,
            description = "The document now in force",
            body = SiteDocument,
            headers(("etag" = String, description = "Its revision, for `if-match`")),
        ),
        (status = 412, description = "`changed_meanwhile`: another one came into force; members `revision`, `saved_by` and `saved_at`", body = super::error::Problem),
        (status = 422, description = "It has mistakes: member `mistakes`, each with `path` and `problem`", body = super::error::Problem),
    ),
)]
async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    Peer(from): Peer,
    headers: HeaderMap,
    Bytes(body): Bytes,
) -> Result<Response, ApiError> {
    let instead_of = instead_of(&headers)?;
    let document = SiteDocument::from_json(&body)
        .map_err(|mistake| refuse(SiteStoreError::Mistakes(vec![mistake])))?;
    let (former, saved) = state
        .site
        .replace(document, caller.0.profile.to_string(), instead_of)
        .await
        .map_err(refuse)?;
    let (mut before, mut after) = saved.site.changes_since(&former.site);
    before.append(&mut summary(&former));
    after.append(&mut summary(&saved));
    state
        .audit
        .write(Deed {
            address: Some(from),
            before,
            after,
            ..Deed::done(&caller.0.profile, AuditAction::ReplaceConfiguration)
        })
        .await;
    Ok(answer(&saved))
}

/// Ids for what is added next
///
/// Nothing of the site has or ever had them: history hangs on ids.
#[utoipa::path(
    get,
    path = "/configuration/next_ids",
    tag = "configuration",
    responses((status = 200, description = "By kind; further ones count up from there", body = NextIdsView)),
)]
async fn next_ids(State(state): State<ApiState>) -> Result<Json<NextIdsView>, ApiError> {
    let next = state.site.next_ids().await.map_err(refuse)?;
    Ok(Json(NextIdsView {
        fluids: next.fluids,
        usages: next.usages,
        sources: next.sources,
        points: next.points,
        hierarchies: next.hierarchies,
    }))
}

/// The configurations that were in force, and the one that is
#[utoipa::path(
    get,
    path = "/configuration/revisions",
    tag = "configuration",
    responses((status = 200, description = "The newest first", body = [RevisionView])),
)]
async fn revisions(State(state): State<ApiState>) -> Result<Json<Vec<RevisionView>>, ApiError> {
    let revisions = state.site.revisions().await.map_err(refuse)?;
    Ok(Json(revisions.into_iter().map(RevisionView::of).collect()))
}

/// One of them, to be looked at or put in force again
#[utoipa::path(
    get,
    path = "/configuration/revisions/{revision}",
    tag = "configuration",
    params(("revision" = i64, Path, description = "Its number")),
    responses(
        (status = 200, description = "The document as it was saved", body = SiteDocument),
        (status = 404, description = "There is no such state, or it made room", body = super::error::Problem),
    ),
)]
async fn revision(
    State(state): State<ApiState>,
    Path(revision): Path<i64>,
) -> Result<Response, ApiError> {
    let text = state.site.document_of(revision).await.map_err(refuse)?;
    let text = text.ok_or_else(|| ApiError::not_found("revision", revision))?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, json)], text).into_response())
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextIds)]
struct NextIdsView {
    fluids: u32,
    usages: u32,
    sources: u32,
    points: u32,
    hierarchies: u32,
}

/// A configuration that was saved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
struct RevisionView {
    /// Grows with every change.
    revision: i64,
    #[schema(value_type = String, format = DateTime)]
    saved_at: Timestamp,
    /// A user profile, or what else saved it (`start`).
    saved_by: String,
    site_name: String,
    /// How many it declares.
    sources: u32,
    points: u32,
}

impl RevisionView {
    fn of(revision: Revision) -> Self {
        Self {
            revision: revision.revision,
            saved_at: revision.saved_at,
            saved_by: revision.saved_by,
            site_name: revision.site_name,
            sources: revision.sources,
            points: revision.points,
        }
    }
}

fn answer(saved: &SavedSite) -> Response {
    let tag = format!("\"{}\"", saved.revision);
    let tag = HeaderValue::from_str(&tag).expect("digits between quotes");
    ([(ETAG, tag)], Json(saved.site.document())).into_response()
}

/// The revision that the caller has seen, where the request names one.
fn instead_of(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let Some(tag) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    // A proxy that compresses an answer makes its tag a weak one.
    let revision = tag.to_str().ok().and_then(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
    });
    revision.map(Some).ok_or_else(|| {
        ApiError::new(ProblemCode::BadRequest).detail("if-match must be an etag of this resource")
    })
}

/// What the audit log tells of a site: the documents themselves are kept by their revision.
fn summary(SavedSite { site, revision }: &SavedSite) -> Map<String, Value> {
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
        SiteStoreError::ChangedMeanwhile { revision, saved } => {
            let saved = saved.as_ref();
            ApiError::new(ProblemCode::ChangedMeanwhile)
                .detail("another configuration came into force meanwhile")
                .with("revision", revision)
                .with("saved_by", json!(saved.map(|saved| &saved.saved_by)))
                .with("saved_at", json!(saved.map(|saved| saved.saved_at)))
        }
        SiteStoreError::Database(error) => ApiError::internal(&error),
    }
}
