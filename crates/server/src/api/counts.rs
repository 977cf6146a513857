//! What became of the readings of a device: for those who want to know what history lacks.

use std::time::Instant;

use axum::extract::State;
use jiff::Timestamp;
use model::DeviceId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::extract::{Json, Path};
use super::routes::Routes;
use super::{ApiError, ApiState};
use crate::acquisition::SeriesCounts;
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Monitor, routes!(list))
}

/// Readings of a device, counted
#[utoipa::path(
    get,
    path = "/devices/{id}/counts",
    tag = "devices",
    params(("id" = u32, Path, description = "Id of a device")),
    responses(
        (status = 200, description = "One for each recorded series that was read at least once, by point and quantity", body = [SeriesCountsView]),
        (status = 404, description = "There is no such device", body = super::error::Problem),
    ),
)]
async fn list(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
) -> Result<Json<Vec<SeriesCountsView>>, ApiError> {
    if state.site.site().device(DeviceId(id)).is_none() {
        return Err(ApiError::not_found("device", id));
    }
    let counts = state.counts.of(DeviceId(id), Instant::now());
    Ok(Json(counts.iter().map(SeriesCountsView::of).collect()))
}

/// What became of the readings of one series: each that was due was read or missed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SeriesCounts)]
pub(super) struct SeriesCountsView {
    /// Id of the point.
    pub point: u32,
    /// Spelling of the quantity, such as `p_w`.
    pub quantity: String,
    /// Since when its device is polled as it is now; counting began then.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The period asked for, in s.
    pub period_s: f64,
    /// One at the start and one for each period since, in whatever state the device was.
    pub due: u64,
    /// Read when it was due, and handed over to be stored; what is dropped on the way is counted by `/health`.
    pub read: u64,
    /// Read and handed over besides, to see what an order did.
    pub extra: u64,
    /// Not read: the device or its bus was silent or too slow, or had no value. One that is under
    /// way is among them until it is there.
    pub missed: u64,
}

impl SeriesCountsView {
    fn of(counts: &SeriesCounts) -> Self {
        Self {
            point: counts.series.point.0,
            quantity: counts.series.measurand.to_string(),
            since: counts.since,
            period_s: counts.period.as_secs_f64(),
            due: counts.due,
            read: counts.read,
            extra: counts.extra,
            missed: counts.missed(),
        }
    }
}
