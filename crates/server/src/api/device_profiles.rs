//! What products a source can be: the device profiles of the program and of the site.

use axum::extract::State;
use profiles::DeviceProfile;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::extract::Json;
use super::routes::Routes;
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Declare, routes!(list))
}

/// All device profiles
#[utoipa::path(
    get,
    path = "/device_profiles",
    tag = "devices",
    responses((status = 200, description = "By vendor and title", body = [DeviceProfileView])),
)]
async fn list(State(state): State<ApiState>) -> Json<Vec<DeviceProfileView>> {
    let site = state.site.site();
    let mut profiles: Vec<_> = site
        .catalogue()
        .iter()
        .map(|profile| DeviceProfileView::of(profile))
        .collect();
    profiles.sort_by(|one, other| (&one.vendor, &one.title).cmp(&(&other.vendor, &other.title)));
    Json(profiles)
}

/// What one product is, as far as declaring it needs to know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceProfile)]
struct DeviceProfileView {
    id: String,
    vendor: String,
    title: String,
    /// The references that it stands for.
    models: Vec<String>,
    /// `gateway`, `voltage_module`, `current_module` or `measurement`.
    class: String,
    /// How far the register map can be trusted: `official`, `verified`,
    /// `unofficial` or `assumed`.
    register_map: String,
    /// What it can measure, such as `network1` or `circuit3`.
    channels: Vec<String>,
}

impl DeviceProfileView {
    fn of(profile: &DeviceProfile) -> Self {
        let head = profile.head();
        Self {
            id: head.id.clone(),
            vendor: head.vendor.clone(),
            title: head.title.clone(),
            models: head.models.clone(),
            class: head.class.name().to_owned(),
            register_map: head.status.name().to_owned(),
            channels: profile.channels().iter().map(ToString::to_string).collect(),
        }
    }
}
