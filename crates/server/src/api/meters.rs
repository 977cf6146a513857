//! Another meter at a measuring point: its history runs through.

use std::collections::BTreeMap;

use axum::extract::State;
use jiff::Timestamp;
use model::PointId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::access::{Caller, Peer};
use super::configuration::refuse;
use super::error::ApiError;
use super::extract::{Json, Path};
use super::routes::Routes;
use crate::audit::{AuditAction, Deed};
use crate::site::{Mount, SiteDocument, SiteMistake};
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new()
        .needs(Right::Analysis, routes!(list))
        .needs(Right::Declare, routes!(replace))
}

/// A meter at a point for a span of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MountedMeter)]
pub(super) struct MountedMeterView {
    /// Id of the source.
    pub source: u32,
    /// Channel of it, such as `circuit1`.
    pub channel: String,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Null while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// What its counters showed at `from`, by quantity, in base units.
    pub opening: BTreeMap<String, f64>,
    /// What they showed at `until`.
    pub closing: BTreeMap<String, f64>,
}

/// The meters of a point
#[utoipa::path(
    get,
    path = "/points/{id}/meters",
    tag = "points",
    params(("id" = u32, Path, description = "Id of a measuring point")),
    responses(
        (status = 200, description = "After one another, the first one first", body = [MountedMeterView]),
        (status = 404, description = "There is no such point", body = super::error::Problem),
    ),
)]
async fn list(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
) -> Result<Json<Vec<MountedMeterView>>, ApiError> {
    let site = state.site.site();
    if site.point(PointId(id)).is_none() {
        return Err(ApiError::not_found("point", id));
    }
    Ok(Json(MountedMeterView::all_of(site.document(), id)))
}

/// Which meter takes the place of the present one, and what both showed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MeterReplacement)]
pub(super) struct ReplacementRequest {
    /// Id of the source that measures from now on; it may be the same one, when a product was
    /// exchanged for its like.
    pub source: u32,
    /// Channel of it, such as `circuit1`.
    pub channel: String,
    /// When; now where it is left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// What the counters of the old meter showed last, by quantity, in base units. A counter that
    /// is left out makes an entry of its journal that asks.
    #[serde(default)]
    pub closing: BTreeMap<String, f64>,
    /// What those of the new meter showed first.
    #[serde(default)]
    pub opening: BTreeMap<String, f64>,
    /// For the audit log.
    #[serde(default)]
    pub reason: String,
}

/// Put another meter in the place of the present one
#[utoipa::path(
    post,
    path = "/points/{id}/replace_meter",
    tag = "points",
    params(("id" = u32, Path, description = "Id of a measuring point")),
    request_body = ReplacementRequest,
    responses(
        (status = 200, description = "The meters of the point now", body = [MountedMeterView]),
        (status = 404, description = "There is no such point", body = super::error::Problem),
        (status = 422, description = "It does not fit the configuration: member `mistakes`", body = super::error::Problem),
    ),
)]
async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    Peer(from): Peer,
    Path(id): Path<u32>,
    Json(request): Json<ReplacementRequest>,
) -> Result<Json<Vec<MountedMeterView>>, ApiError> {
    if state.site.site().point(PointId(id)).is_none() {
        return Err(ApiError::not_found("point", id));
    }
    let at = request.at.unwrap_or_else(|| state.clock.now());
    let detail = request.reason.clone();
    let indexes = |indexes: &BTreeMap<String, f64>| -> Map<String, Value> {
        let indexes = indexes.iter();
        indexes
            .map(|(name, index)| (name.clone(), json!(index)))
            .collect()
    };
    let (before, after) = (indexes(&request.closing), indexes(&request.opening));
    let site = state
        .site
        .edit(
            |document| mount(document, id, at, request),
            caller.0.profile.to_string(),
        )
        .await
        .map_err(refuse)?;
    state
        .audit
        .write(Deed {
            address: Some(from),
            point: Some(PointId(id)),
            before,
            after,
            detail,
            ..Deed::done(&caller.0.profile, AuditAction::ReplaceMeter)
        })
        .await;
    Ok(Json(MountedMeterView::all_of(site.document(), id)))
}

/// Ends the mount that lasts at an instant and begins the next one there.
fn mount(
    document: &mut SiteDocument,
    point: u32,
    at: Timestamp,
    request: ReplacementRequest,
) -> Result<(), SiteMistake> {
    let present = document.mounts.iter_mut().find(|mount| {
        mount.point == point && mount.from < at && mount.until.is_none_or(|until| at < until)
    });
    let Some(present) = present else {
        return Err(SiteMistake {
            path: "at".to_owned(),
            problem: format!("no meter is mounted on the point at {at}"),
        });
    };
    // What was noted for the end of the old mount is now that of the new one.
    let until = present.until.replace(at);
    let closing = std::mem::replace(&mut present.closing, request.closing);
    document.mounts.push(Mount {
        point,
        source: request.source,
        channel: request.channel,
        from: at,
        until,
        opening: request.opening,
        closing,
    });
    Ok(())
}

impl MountedMeterView {
    fn all_of(document: &SiteDocument, point: u32) -> Vec<Self> {
        let mounts = document.mounts.iter().filter(|mount| mount.point == point);
        let mut meters: Vec<Self> = mounts
            .map(|mount| Self {
                source: mount.source,
                channel: mount.channel.clone(),
                from: mount.from,
                until: mount.until,
                opening: mount.opening.clone(),
                closing: mount.closing.clone(),
            })
            .collect();
        meters.sort_by_key(|meter| meter.from);
        meters
    }
}
