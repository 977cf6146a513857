use axum::extract::Request;
use axum::middleware::{self, Next};
use serde_json::json;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    Content, HttpMethod, Ref, RefOr, Required, ResponseBuilder, schema::Object, schema::Type,
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};

use super::ApiState;
use super::access::{Access, GUARD_HEADER, demand};
use super::error::PROBLEM_JSON;
use crate::users::Right;

/// Name of the session cookie among the security schemes of the document.
pub(super) const SESSION_SCHEME: &str = "session";

/// Member of an operation that states its access: `open`, `logged_in`, or the name of a right.
pub const ACCESS_EXTENSION: &str = "x-access";

/// The route table: routes, each with what it asks of the caller.
///
/// A route gets in by naming its access, so none can forget to; the same word drives the check
/// ([`demand`]) and the OpenAPI document, so the two cannot differ.
#[derive(Clone, Default)]
pub struct Routes(OpenApiRouter<ApiState>);

impl Routes {
    pub fn new() -> Routes {
        Routes::default()
    }

    /// Routes for sessions that have `right`.
    #[must_use]
    pub fn needs(self, right: Right, routes: UtoipaMethodRouter<ApiState>) -> Routes {
        self.with(Access::Needs(right), routes)
    }

    /// Routes for any session.
    #[must_use]
    pub fn logged_in(self, routes: UtoipaMethodRouter<ApiState>) -> Routes {
        self.with(Access::LoggedIn, routes)
    }

    /// Routes for anybody. They may give away nothing (SEC-12).
    #[must_use]
    pub fn open(self, routes: UtoipaMethodRouter<ApiState>) -> Routes {
        self.with(Access::Open, routes)
    }

    #[must_use]
    pub fn merge(self, other: Routes) -> Routes {
        Routes(self.0.merge(other.0))
    }

    pub(super) fn into_inner(self) -> OpenApiRouter<ApiState> {
        self.0
    }

    fn with(self, access: Access, routes: UtoipaMethodRouter<ApiState>) -> Routes {
        let (schemas, mut paths, methods) = routes.map(|methods| {
            methods.route_layer(middleware::from_fn(move |request: Request, next: Next| {
                demand(access, request, next)
            }))
        });
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                operation.operation_id = Some(operation_id(&method, path));
                describe(access, &method, operation);
                refuse_as_problems(operation);
            }
        }
        Routes(self.0.routes((schemas, paths, methods)))
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Routes")
            .field(&self.0.get_openapi().paths.paths.keys())
            .finish()
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// `get_circuits_id_history`: names of handlers are not unique across files, paths are.
fn operation_id(method: &HttpMethod, path: &str) -> String {
    let method = match method {
        HttpMethod::Put => "put",
        HttpMethod::Post => "post",
        HttpMethod::Patch => "patch",
        HttpMethod::Delete => "delete",
        _ => "get",
    };
    std::iter::once(method)
        .chain(path.split(['/', '{', '}']).filter(|part| !part.is_empty()))
        .collect::<Vec<_>>()
        .join("_")
}

/// Gives the bodies of refusals the media type that [`super::ApiError`] sends them with.
fn refuse_as_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if status.starts_with(['4', '5'])
            && let Some(content) = response.content.shift_remove("application/json")
        {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
    }
}

/// Writes into the document what the layer does.
fn describe(access: Access, method: &HttpMethod, operation: &mut Operation) {
    let word = match access {
        Access::Open => "open".to_owned(),
        Access::LoggedIn => "logged_in".to_owned(),
        Access::Needs(right) => right.to_string(),
    };
    operation.extensions.get_or_insert_default().merge(
        Extensions::builder()
            .add(ACCESS_EXTENSION, json!(word))
            .build(),
    );
    if access != Access::Open {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
            SESSION_SCHEME,
            [],
        )]);
        refusal(operation, "401", "Not logged in, or the session ended");
    }
    if matches!(access, Access::Needs(_)) {
        refusal(operation, "403", "The profile lacks the right");
    }
    refusal(operation, "default", "Any other refusal");
    if *method != HttpMethod::Get {
        let header = ParameterBuilder::new()
            .name(GUARD_HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "`1`: shows that no page of another site sent the request. Browsers must send it, \
                 and whoever sends a cookie.",
            ))
            .schema(Some(Object::with_type(Type::String)))
            .build();
        operation
            .parameters
            .get_or_insert_default()
            .push(header.into());
    }
}

/// Adds a refusal, unless the route describes its own for this status.
fn refusal(operation: &mut Operation, status: &str, description: &str) {
    operation
        .responses
        .responses
        .entry(status.to_owned())
        .or_insert_with(|| {
            ResponseBuilder::new()
                .description(description)
                .content(
                    PROBLEM_JSON,
                    Content::new(Some(Ref::from_schema_name("Problem"))),
                )
                .build()
                .into()
        });
}
