//! Whether the meter of a circuit seems to be wired wrongly, with what speaks for it.

use axum::extract::State;
use model::PointId;
use model::wiring_hint::{Finding, WiringFault};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::error::ApiError;
use super::extract::{Json, Path};
use super::routes::Routes;
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Monitor, routes!(read))
}

/// The wiring hint of a circuit
///
/// It stands when nearly all of the last moments agree, over at least 30 s. It advises: no value
/// is corrected by it.
#[utoipa::path(
    get,
    path = "/circuits/{id}/wiring-hint",
    tag = "points",
    params(("id" = u32, Path, description = "Id of a circuit or network")),
    responses(
        (status = 200, description = "The hint, or null", body = WiringHintAnswer),
        (status = 404, description = "There is none with this id", body = super::error::Problem),
    ),
)]
async fn read(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
) -> Result<Json<WiringHintAnswer>, ApiError> {
    let point = PointId(id);
    state
        .site
        .site()
        .point(point)
        .ok_or_else(|| ApiError::not_found("point", id))?;
    let hint = state.wiring_hints.hint(point);
    Ok(Json(WiringHintAnswer {
        hint: hint.as_ref().map(WiringHintView::of),
    }))
}

/// What stands for a circuit at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WiringHintAnswer {
    pub hint: Option<WiringHintView>,
}

/// A fault of wiring that explains what the meter says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WiringHint)]
pub(super) struct WiringHintView {
    #[serde(flatten)]
    pub fault: WiringFaultView,
    /// Faults that explain it nearly as well.
    pub alternatives: Vec<WiringFaultView>,
    /// φ of each phase as the meter has it; null where the phase is unused or φ says nothing.
    pub phi_deg: [Option<f64>; 3],
    /// φ of each phase as it would be without the fault.
    pub undone_phi_deg: [Option<f64>; 3],
}

/// A fault and the phases that it names, from 1.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WiringFault)]
pub(super) struct WiringFaultView {
    /// `sensor_reversed`, `sensors_exchanged`, `two_sensors_reversed`, `all_sensors_reversed`,
    /// `sensors_moved_on`, `unclear`, `voltage_missing`, `phase_dead`, `neutral_lost`,
    /// `scale_wrong`, `voltage_type_mixed_up`, `voltage_ratio_wrong` or `current_above_sensor`.
    pub kind: String,
    pub phases: Vec<u8>,
}

impl WiringHintView {
    fn of(finding: &Finding) -> Self {
        Self {
            fault: WiringFaultView::of(finding.fault),
            alternatives: finding
                .alternatives
                .iter()
                .map(|fault| WiringFaultView::of(*fault))
                .collect(),
            phi_deg: finding.phi_deg,
            undone_phi_deg: finding.undone_phi_deg,
        }
    }
}

impl WiringFaultView {
    fn of(fault: WiringFault) -> Self {
        Self {
            kind: fault.name().to_owned(),
            phases: fault.phases(),
        }
    }
}
