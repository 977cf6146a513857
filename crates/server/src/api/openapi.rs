//! The contract of the API: one document, made from the routes themselves.
//!
//! `openapi/v1.json` at the top of the repository is a copy for the pages' typed client and for
//! review; a test keeps it true.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::access::SESSION_COOKIE;
use super::error::{Problem, ProblemCode};
use super::routes::SESSION_SCHEME;
use super::{API_ROOT, ApiState, route_table};

/// The document, as text of one stable form.
pub fn document() -> String {
    let (_, openapi) = assembled();
    text(&openapi)
}

/// All routes under `/api/v1`, and the document that describes them.
pub(super) fn assembled() -> (Router<ApiState>, OpenApi) {
    let (router, described) = utoipa_axum::router::OpenApiRouter::new()
        .nest(API_ROOT, route_table().into_inner())
        .split_for_parts();
    (router, with_frame(described))
}

/// The route of the document itself.
pub(super) fn router(openapi: &OpenApi) -> Router<ApiState> {
    let text: Arc<str> = text(openapi).into();
    Router::new().route(
        "/api/openapi.json",
        get(async move || {
            (
                [(header::CONTENT_TYPE, "application/json")],
                text.to_string(),
            )
                .into_response()
        }),
    )
}

fn text(openapi: &OpenApi) -> String {
    let mut text = openapi
        .to_pretty_json()
        .expect("the document has only text keys and finite numbers");
    text.push('\n');
    text
}

/// What no single route says: title, log-in, and the shape of refusals.
fn with_frame(described: OpenApi) -> OpenApi {
    let mut components = described.components.unwrap_or_default();
    components
        .schemas
        .insert(Problem::name().into(), Problem::schema());
    components
        .schemas
        .insert(ProblemCode::name().into(), ProblemCode::schema());
    components.add_security_scheme(
        SESSION_SCHEME,
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            SESSION_COOKIE,
            "Set by `POST /api/v1/session`; HttpOnly, SameSite=Strict.",
        ))),
    );
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Wattline")
                .version("1")
                .description(Some(
                    "Live values, history and configuration of an electrical installation. \
                     Instants are RFC 3339 in UTC; units are in the names. Each operation states \
                     in `x-access` the right it needs. Refusals are `application/problem+json` \
                     with a stable `code`.",
                ))
                .license(Some(
                    LicenseBuilder::new()
                        .name("Apache-2.0")
                        .identifier(Some("Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .paths(described.paths)
        .components(Some(components))
        .build()
}
