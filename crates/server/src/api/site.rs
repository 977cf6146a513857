//! The site's name and zone.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::extract::Json;
use super::routes::Routes;
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Monitor, routes!(read))
}

/// What holds for the whole site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Site)]
pub(super) struct SiteView {
    pub name: String,
    /// IANA name of the zone in which times are shown.
    pub time_zone: String,
    /// The server's time.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
}

/// The site
#[utoipa::path(
    get,
    path = "/site",
    tag = "site",
    responses((status = 200, description = "Name, zone and time", body = SiteView)),
)]
async fn read(State(state): State<ApiState>) -> Json<SiteView> {
    let site = state.site.site();
    Json(SiteView {
        name: site.name().to_owned(),
        time_zone: site.time_zone_name().to_owned(),
        now: state.clock.now(),
    })
}
