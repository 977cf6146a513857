//! The past of one point: in equal steps, and reading by reading.

use std::time::Duration;

use axum::extract::State;
use history::{HistoryError, Span};
use jiff::Timestamp;
use model::{Measurand, PointId, SeriesKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::ApiState;
use super::error::{ApiError, ProblemCode};
use super::extract::{Json, Path, Query};
use super::routes::Routes;
use super::trend::Trend;
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new()
        .needs(Right::Analysis, routes!(read))
        .needs(Right::Analysis, routes!(read_raw))
}

/// Most readings in one answer: three hours of a live value.
const READINGS_MAX: u32 = 10_000;

/// Which series, over which span.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// Spelling of the quantity, such as `p_w`.
    pub quantity: String,
    /// First instant, RFC 3339.
    #[param(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included.
    #[param(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Length of a step in s.
    #[param(minimum = 1)]
    pub step_s: u32,
}

/// One series in equal steps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = History)]
pub(super) struct HistoryView {
    pub quantity: String,
    pub unit: String,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    pub step_s: u32,
    /// Per step: the time-weighted mean, for a counter the last index; null without readings.
    pub values: Vec<Option<f64>>,
    pub minima: Vec<Option<f64>>,
    pub maxima: Vec<Option<f64>>,
    /// Per step: the share that was measured, 0 to 1.
    pub coverage: Vec<f32>,
    /// Per step: made from means over the integration period, not from the readings themselves.
    pub from_means: Vec<bool>,
}

/// History of one quantity of a point
#[utoipa::path(
    get,
    path = "/circuits/{id}/history",
    tag = "history",
    params(("id" = u32, Path, description = "Id of a circuit or network"), HistoryQuery),
    responses(
        (status = 200, description = "The series", body = HistoryView),
        (status = 404, description = "There is no such point", body = super::error::Problem),
        (status = 422, description = "The span or the step cannot be served", body = super::error::Problem),
    ),
)]
async fn read(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HistoryView>, ApiError> {
    let series = series_of(&state, id, &query.quantity)?;
    let measurand = series.measurand;
    if query.step_s == 0 {
        return Err(ApiError::new(ProblemCode::Invalid).detail("step_s: must be at least 1"));
    }
    let span = Span {
        from: query.from,
        until: query.until,
    };
    let step = Duration::from_secs(u64::from(query.step_s));
    let trend = Trend::read(&state, series, span, step)
        .await
        .map_err(|error| refuse(&error))?;
    Ok(Json(HistoryView {
        quantity: query.quantity,
        unit: measurand.unit().symbol().to_owned(),
        from: trend.from,
        step_s: query.step_s,
        values: trend.values,
        minima: trend.minima,
        maxima: trend.maxima,
        coverage: trend.coverage,
        from_means: trend.from_means,
    }))
}

/// Which readings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadingsQuery {
    /// Spelling of the quantity, such as `ea_import_wh`.
    pub quantity: String,
    /// First instant, RFC 3339.
    #[param(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included.
    #[param(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Most readings wanted, at most 10 000; the earliest come first.
    #[param(minimum = 1, maximum = 10_000)]
    pub limit: Option<u32>,
}

/// One stored reading.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredReading)]
pub(super) struct StoredReadingView {
    /// When the device's answer came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// In the base unit.
    pub value: f64,
    /// Flags such as `computed`; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
}

/// Stored readings of one quantity of a point, as they were read
#[utoipa::path(
    get,
    path = "/circuits/{id}/readings",
    tag = "history",
    params(("id" = u32, Path, description = "Id of a circuit or network"), ReadingsQuery),
    responses(
        (status = 200, description = "By time; to go on, ask from just after the last", body = [StoredReadingView]),
        (status = 404, description = "There is no such point", body = super::error::Problem),
        (status = 422, description = "The span cannot be served", body = super::error::Problem),
    ),
)]
async fn read_raw(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
    Query(query): Query<ReadingsQuery>,
) -> Result<Json<Vec<StoredReadingView>>, ApiError> {
    let series = series_of(&state, id, &query.quantity)?;
    let limit = query.limit.unwrap_or(READINGS_MAX).min(READINGS_MAX);
    let samples = state
        .history
        .read_raw(
            series,
            Span {
                from: query.from,
                until: query.until,
            },
            limit as usize,
        )
        .await
        .map_err(|error| refuse(&error))?;
    Ok(Json(
        samples
            .into_iter()
            .map(|sample| StoredReadingView {
                at: sample.at,
                value: sample.value,
                quality: sample.quality.names().map(str::to_owned).collect(),
            })
            .collect(),
    ))
}

fn series_of(state: &ApiState, id: u32, quantity: &str) -> Result<SeriesKey, ApiError> {
    let point = PointId(id);
    if state.site.site().point(point).is_none() {
        return Err(ApiError::not_found("point", id));
    }
    let measurand: Measurand = quantity.parse().map_err(|error| {
        ApiError::new(ProblemCode::Invalid).detail(format!("quantity: {error}"))
    })?;
    Ok(SeriesKey::new(point, measurand))
}

/// What the caller did wrong is said; what the store did wrong goes to the log.
pub(super) fn refuse(error: &HistoryError) -> ApiError {
    match error {
        HistoryError::TooManySteps { .. } | HistoryError::EmptySpan { .. } => {
            ApiError::new(ProblemCode::Invalid).detail(error.to_string())
        }
        _ => ApiError::internal(error),
    }
}
