//! `/welcome`: what the log-in page needs to know before anybody logged in.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::access::Peer;
use super::extract::Json;
use super::routes::Routes;
use super::session::ProfileName;
use crate::users::{Language, UserProfile};

pub(super) fn routes() -> Routes {
    Routes::new().open(routes!(welcome))
}

#[derive(Debug, Serialize, ToSchema)]
struct Welcome {
    /// Version of the program.
    version: &'static str,
    site_name: String,
    /// IANA name of the zone in which the site's days begin and end.
    time_zone: String,
    /// Tags of the languages that may be chosen, the default first.
    languages: Vec<&'static str>,
    /// Those that may be chosen, the default first.
    profiles: Vec<ProfileChoice>,
    /// A password typed now would cross the network readable by others (SEC-08).
    password_in_clear: bool,
    /// Whether `user` may be entered, which needs no password.
    anonymous_access: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProfileChoice {
    profile: ProfileName,
    needs_password: bool,
}

/// What the log-in page shows.
#[utoipa::path(get, path = "/welcome", tag = "session", responses(
    (status = 200, description = "Names, languages and profiles to choose from", body = Welcome),
))]
async fn welcome(State(state): State<ApiState>, Peer(peer): Peer) -> Json<Welcome> {
    let site = state.site.site();
    let anonymous_access = state.users.settings().anonymous_access;
    let profiles = UserProfile::ALL
        .into_iter()
        .filter(|profile| profile.needs_password() || anonymous_access)
        .map(|profile| ProfileChoice {
            profile: profile.into(),
            needs_password: profile.needs_password(),
        })
        .collect();
    Json(Welcome {
        version: env!("CARGO_PKG_VERSION"),
        site_name: site.name().to_owned(),
        time_zone: site.time_zone_name().to_owned(),
        languages: Language::all().map(Language::tag).collect(),
        profiles,
        password_in_clear: !peer.is_loopback(),
        anonymous_access,
    })
}
