//! The reset of a device's partial energies: the only write to a device that is on by default (ACC-10).

use std::net::IpAddr;

use axum::extract::State;
use jiff::Timestamp;
use model::{Channel, DeviceId, PointId};
use profiles::ActionKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::access::{Caller, Peer};
use super::error::{ApiError, ProblemCode};
use super::extract::{Json, Path};
use super::routes::Routes;
use crate::acquisition::{ChannelOutcome, CounterValues, OrderRefusal, OrderResult};
use crate::audit::{AuditAction, Deed};
use crate::site::Site;
use crate::users::Right;

/// After how long a bus with much to do may be asked again.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::ResetPartialEnergies, routes!(reset))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PartialEnergiesReset)]
struct ResetBody {
    /// Ids of circuits that the device measures now.
    points: Vec<u32>,
}

/// What came of the reset of one circuit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartialEnergiesResetResult)]
struct ResetView {
    point: u32,
    /// Channel of the device, such as `circuit1`.
    channel: String,
    /// When the device took it, or when the try ended.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// - `done`: reading back showed it;
    /// - `refused`: the device answered with an exception, as a locked one does;
    /// - `not_confirmed`: the device may have taken it, but its counters do not show it;
    /// - `silent`: the device does not answer, nothing was written;
    /// - `foreign`: another product answers there, nothing was written;
    /// - `no_such_action`: no way to reset it is known for this product;
    /// - `interrupted`: polling stopped meanwhile, the device may have taken it.
    result: &'static str,
    /// Stable word for what is wrong, such as `exception_4`.
    fault: Option<String>,
    /// The same for people, in English.
    fault_detail: Option<String>,
}

/// Reset partial energies
///
/// The device is told to zero the partial energy counters of these circuits, one after the other,
/// between two polls; then they are read back.
#[utoipa::path(
    post,
    path = "/devices/{id}/partial_energies/reset",
    tag = "devices",
    params(("id" = u32, Path, description = "Id of a device")),
    request_body = ResetBody,
    responses(
        (status = 200, description = "What came of it, in the order of the request", body = [ResetView]),
        (status = 404, description = "There is no device with this id", body = super::error::Problem),
        (status = 422, description = "`invalid`: the device does not measure one of the points", body = super::error::Problem),
        (status = 503, description = "`busy`: the device is not polled, or its bus has no time", body = super::error::Problem),
    ),
)]
async fn reset(
    State(state): State<ApiState>,
    caller: Caller,
    Peer(from): Peer,
    Path(id): Path<u32>,
    Json(body): Json<ResetBody>,
) -> Result<Json<Vec<ResetView>>, ApiError> {
    let device = DeviceId(id);
    let site = state.site.site();
    if site.device(device).is_none() {
        return Err(ApiError::not_found("device", id));
    }
    let circuits = circuits(&site, device, &body.points, state.clock.now())?;
    let order = Reset {
        actor: caller.0.profile.to_string(),
        from,
        device,
        circuits,
    };
    // Goes on when the caller hangs up: what was written to a device is in the audit log.
    let done = tokio::spawn(order.carry_out(state)).await;
    let done = done.map_err(|error| ApiError::internal(&error))?;
    done.map(Json).map_err(|refusal| {
        ApiError::new(ProblemCode::Busy)
            .detail(refusal.to_string())
            .retry_after(RETRY_AFTER)
    })
}

/// The channels of `device` that measure `points` now.
fn circuits(
    site: &Site,
    device: DeviceId,
    points: &[u32],
    now: Timestamp,
) -> Result<Vec<(PointId, Channel)>, ApiError> {
    let mut circuits: Vec<(PointId, Channel)> = Vec::new();
    for point in points {
        let mount = site
            .mounts_on(device, now)
            .find(|mount| mount.point.0 == *point)
            .ok_or_else(|| {
                ApiError::new(ProblemCode::Invalid)
                    .detail(format!("device {device} does not measure point {point}"))
            })?;
        let circuit = (mount.point, mount.channel);
        if !circuits.contains(&circuit) {
            circuits.push(circuit);
        }
    }
    if circuits.is_empty() {
        return Err(ApiError::new(ProblemCode::Invalid).detail("`points` names no circuit"));
    }
    Ok(circuits)
}

/// An order of one person for circuits of one device.
#[derive(Debug)]
struct Reset {
    actor: String,
    from: IpAddr,
    device: DeviceId,
    circuits: Vec<(PointId, Channel)>,
}

impl Reset {
    async fn carry_out(self, state: ApiState) -> Result<Vec<ResetView>, OrderRefusal> {
        let channels = self.circuits.iter().map(|(_, channel)| *channel).collect();
        let kind = ActionKind::ResetPartialEnergies;
        let outcomes = match state.orders.carry_out(self.device, kind, channels).await {
            Ok(outcomes) => outcomes.into_iter().map(Some).collect(),
            Err(OrderRefusal::Interrupted) => vec![None; self.circuits.len()],
            Err(refusal) => return Err(refusal),
        };
        let now = state.clock.now();
        let mut views = Vec::with_capacity(outcomes.len());
        for ((point, channel), outcome) in self.circuits.iter().zip(outcomes) {
            let view = ResetView::of(*point, *channel, outcome.as_ref(), now);
            // Whatever it answered, a device may have obeyed; one that did not has no fall to explain.
            if let Err(error) = state.energy.note_reset(*point, view.at).await {
                tracing::error!(%error, %point, "an ordered reset is not kept for the counter journal");
            }
            let (before, after) = outcome
                .map(|outcome| (values(&outcome.before), values(&outcome.after)))
                .unwrap_or_default();
            state
                .audit
                .write(Deed {
                    at: Some(view.at),
                    address: Some(self.from),
                    result: view.result.to_owned(),
                    device: Some(self.device),
                    point: Some(*point),
                    before,
                    after,
                    detail: view.fault_detail.clone().unwrap_or_default(),
                    ..Deed::done(&self.actor, AuditAction::ResetPartialEnergies)
                })
                .await;
            views.push(view);
        }
        Ok(views)
    }
}

impl ResetView {
    fn of(
        point: PointId,
        channel: Channel,
        outcome: Option<&ChannelOutcome>,
        now: Timestamp,
    ) -> Self {
        let fault = outcome.and_then(|outcome| outcome.result.fault());
        Self {
            point: point.0,
            channel: channel.to_string(),
            at: outcome.map_or(now, |outcome| outcome.at),
            result: outcome.map_or("interrupted", |outcome| OrderResult::name(&outcome.result)),
            fault: fault.map(|fault| fault.code.clone()),
            fault_detail: fault.map(|fault| fault.detail.clone()),
        }
    }
}

fn values(counters: &CounterValues) -> Map<String, Value> {
    counters
        .iter()
        .map(|(measurand, value)| (measurand.to_string(), json!(value)))
        .collect()
}
