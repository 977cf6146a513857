//! How much was used: per civil step of the site's zone, for one point or many at once.

use axum::extract::State;
use energy::civil::CivilStep;
use energy::{Span, StepEnergy};
use jiff::Timestamp;
use model::{Measurand, PointId, PointKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::ApiState;
use super::error::{ApiError, ProblemCode};
use super::extract::{Json, Path, Query};
use super::history::refuse;
use super::routes::Routes;
use crate::energy::{EnergyError, calendar};
use crate::users::Right;

/// Circuits in one question: more than a page lists, and a year of days of them is some megabytes.
const CIRCUITS_MAX: usize = 1_000;
/// Values in one answer, over all circuits: a year of days of a thousand, or of hours of forty.
const VALUES_MAX: usize = 400_000;

pub(super) fn routes() -> Routes {
    Routes::new()
        .needs(Right::Analysis, routes!(read))
        .needs(Right::Analysis, routes!(read_many))
}

/// Which energy, over which span, in which steps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EnergyQuery {
    /// Spelling of a counter, such as `ea_import_wh`.
    pub quantity: String,
    /// First instant, RFC 3339.
    #[param(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included.
    #[param(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// `hour`, `day`, `week`, `month` or `year` of the site's zone, `contract_day` and so on, or
    /// `all` for the span as a whole.
    pub step: Option<String>,
}

/// The energy of one step. Steps that the span cuts are answered as cut.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergySpan)]
pub(super) struct EnergySpanView {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// In the base unit of the quantity; null where nothing is known, which is not zero.
    pub value: Option<f64>,
    /// Share of the span whose energy was measured, 0 to 1.
    pub coverage: f64,
    /// `estimated`: a part is spread over a silence, or somebody's word. `suspect`: a part is in
    /// question. `incomplete`: the coverage is below 1. Empty: measured.
    pub quality: Vec<String>,
    /// A part of the span is in question and not in the value: a person is asked.
    pub open: bool,
    /// What the readings suggest for that part, where they do.
    pub open_value: Option<f64>,
    /// More may have flowed than the value says.
    pub lower_bound: bool,
}

/// Energy of one point
#[utoipa::path(
    get,
    path = "/circuits/{id}/energy",
    tag = "energy",
    params(("id" = u32, Path, description = "Id of a circuit or another measuring point"), EnergyQuery),
    responses(
        (status = 200, description = "By time, without a gap from the first instant to the last", body = [EnergySpanView]),
        (status = 404, description = "There is no such point", body = super::error::Problem),
        (status = 422, description = "The quantity, span or step cannot be served", body = super::error::Problem),
    ),
)]
async fn read(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
    Query(query): Query<EnergyQuery>,
) -> Result<Json<Vec<EnergySpanView>>, ApiError> {
    let point = PointId(id);
    if state.site.site().point(point).is_none() {
        return Err(ApiError::not_found("point", id));
    }
    let measurand = counter(&query.quantity)?;
    let spans = steps(&state, query.from, query.until, query.step.as_deref())?;
    let energies = state
        .energy
        .energies(point, measurand, &spans)
        .await
        .map_err(|error| refuse_energy(&error))?;
    Ok(Json(
        energies.steps.iter().map(EnergySpanView::of).collect(),
    ))
}

/// Which energy, of which circuits, over which span, in which steps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EnergiesQuery {
    /// Ids, separated by commas; all circuits where it is left out.
    pub circuits: Option<String>,
    /// Spelling of a counter, such as `ea_import_wh`.
    pub quantity: String,
    /// First instant, RFC 3339.
    #[param(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included.
    #[param(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// `hour`, `day`, `week`, `month` or `year` of the site's zone, `contract_day` and so on, or
    /// `all` for the span as a whole.
    pub step: Option<String>,
}

/// The energies of several circuits over the same steps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Energies)]
pub(super) struct EnergiesView {
    pub quantity: String,
    /// Symbol of its base unit.
    pub unit: String,
    /// Where the steps begin, and where the last one ends.
    #[schema(value_type = Vec<String>)]
    pub bounds: Vec<Timestamp>,
    pub circuits: Vec<CircuitEnergiesView>,
}

/// One circuit of [`EnergiesView`]: one value per step, as in `EnergySpan`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CircuitEnergies)]
pub(super) struct CircuitEnergiesView {
    pub circuit: u32,
    /// In the base unit; null where nothing is known.
    pub values: Vec<Option<f64>>,
    pub coverage: Vec<f64>,
    /// Words of the quality of each step, separated by spaces; empty where it is measured.
    pub quality: Vec<String>,
    /// A part of the step is in question and not in its value.
    pub open: Vec<bool>,
    /// What the readings suggest for that part; null where they suggest nothing.
    pub open_values: Vec<Option<f64>>,
}

/// Energy of many circuits
#[utoipa::path(
    get,
    path = "/energy",
    tag = "energy",
    params(EnergiesQuery),
    responses(
        (status = 200, description = "In the order asked, or that of the configuration", body = EnergiesView),
        (status = 404, description = "There is no such point", body = super::error::Problem),
        (status = 422, description = "The quantity, span or step cannot be served", body = super::error::Problem),
    ),
)]
async fn read_many(
    State(state): State<ApiState>,
    Query(query): Query<EnergiesQuery>,
) -> Result<Json<EnergiesView>, ApiError> {
    let measurand = counter(&query.quantity)?;
    let spans = steps(&state, query.from, query.until, query.step.as_deref())?;
    let points = points(&state, query.circuits.as_deref())?;
    if points.len() * spans.len() > VALUES_MAX {
        return Err(ApiError::new(ProblemCode::Invalid).detail(format!(
            "{} steps of {} circuits are more than {VALUES_MAX} values; ask for longer steps or fewer circuits",
            spans.len(),
            points.len()
        )));
    }
    let mut circuits = Vec::with_capacity(points.len());
    for point in points {
        let energies = state
            .energy
            .energies(point, measurand, &spans)
            .await
            .map_err(|error| refuse_energy(&error))?;
        circuits.push(CircuitEnergiesView::of(point, &energies.steps));
    }
    let bounds = spans.iter().map(|span| span.from).chain([query.until]);
    Ok(Json(EnergiesView {
        quantity: query.quantity,
        unit: measurand.unit().symbol().to_owned(),
        bounds: bounds.collect(),
        circuits,
    }))
}

/// The counter of a spelling.
pub(super) fn counter(quantity: &str) -> Result<Measurand, ApiError> {
    quantity
        .parse()
        .map_err(|error| ApiError::new(ProblemCode::Invalid).detail(format!("quantity: {error}")))
}

/// The points of a list of ids, or all circuits.
pub(super) fn points(state: &ApiState, asked: Option<&str>) -> Result<Vec<PointId>, ApiError> {
    let site = state.site.site();
    let Some(asked) = asked else {
        let circuits = site
            .points()
            .iter()
            .filter(|point| point.kind == PointKind::Circuit);
        return Ok(circuits.map(|point| point.id).collect());
    };
    let mut points = Vec::new();
    for id in asked.split(',') {
        let point = id.trim().parse().map(PointId).map_err(|_not_a_number| {
            ApiError::new(ProblemCode::Invalid).detail(format!("circuits: `{id}` is no id"))
        })?;
        if site.point(point).is_none() {
            return Err(ApiError::not_found("point", point));
        }
        points.push(point);
    }
    if points.len() > CIRCUITS_MAX {
        return Err(ApiError::new(ProblemCode::Invalid)
            .detail(format!("circuits: at most {CIRCUITS_MAX} at once")));
    }
    Ok(points)
}

/// The steps that a span is asked in.
pub(super) fn steps(
    state: &ApiState,
    from: Timestamp,
    until: Timestamp,
    step: Option<&str>,
) -> Result<Vec<Span>, ApiError> {
    let invalid = |detail: String| ApiError::new(ProblemCode::Invalid).detail(detail);
    let span = Span::new(from, until);
    if span.is_empty() {
        return Err(invalid(format!(
            "the span from {from} until {until} is empty or inverted"
        )));
    }
    match step {
        None | Some("all") => Ok(vec![span]),
        Some(step) => {
            let step: CivilStep = step
                .parse()
                .map_err(|error| invalid(format!("step: {error}, nor `all`")))?;
            calendar(&state.site.site())
                .steps(step, span)
                .map_err(|error| invalid(error.to_string()))
        }
    }
}

/// What the caller did wrong is said; what the store did wrong goes to the log.
pub(super) fn refuse_energy(error: &EnergyError) -> ApiError {
    match error {
        EnergyError::NotACounter(_) | EnergyError::Verdict(_) | EnergyError::Civil(_) => {
            ApiError::new(ProblemCode::Invalid).detail(error.to_string())
        }
        EnergyError::History(error) => refuse(error),
        EnergyError::Mounts(_) | EnergyError::Feed(_) | EnergyError::Verdicts(_) => {
            ApiError::internal(error)
        }
    }
}

impl EnergySpanView {
    fn of(step: &StepEnergy) -> Self {
        let open = step.open.and_then(|open| open.proposal);
        Self {
            from: step.span.from,
            until: step.span.until,
            value: step.energy.map(energy::Amount::to_f64),
            coverage: step.coverage,
            quality: step.quality.names().map(str::to_owned).collect(),
            open: step.open.is_some(),
            open_value: open.map(energy::Amount::to_f64),
            lower_bound: step.lower_bound,
        }
    }
}

impl CircuitEnergiesView {
    fn of(point: PointId, steps: &[StepEnergy]) -> Self {
        let open_value = |step: &StepEnergy| step.open?.proposal.map(energy::Amount::to_f64);
        Self {
            circuit: point.0,
            values: steps
                .iter()
                .map(|step| step.energy.map(energy::Amount::to_f64))
                .collect(),
            coverage: steps.iter().map(|step| step.coverage).collect(),
            quality: steps
                .iter()
                .map(|step| step.quality.names().collect::<Vec<_>>().join(" "))
                .collect(),
            open: steps.iter().map(|step| step.open.is_some()).collect(),
            open_values: steps.iter().map(open_value).collect(),
        }
    }
}
