//! What every answer goes through, whatever it is about: headers that keep the browser strict,
//! a log line, a net under panics, the names of this server, compression.
//!
//! # Invariants
//!
//! - Every answer carries the security headers, the refusals and panics too.
//! - A log line names method, path, status and time; never a query, a header or a body.
//! - An event stream is neither compressed nor cut by the time limit, which ends with the headers.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::api::{ApiError, ProblemCode};
use crate::hosts::{AllowedHosts, HostRefusal};

/// How long a handler may take, its reading of the body included. A year of one series takes
/// milliseconds; what takes this long is stuck, or fed drop by drop.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// Everything from this server, nothing inline but style attributes (drawing libraries set them).
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src-attr 'unsafe-inline'; \
    img-src 'self' data: blob:; base-uri 'self'; frame-ancestors 'none'; form-action 'self'; \
    object-src 'none'";

/// None of the browser's devices is of any use here.
const PERMISSIONS_POLICY: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), \
    midi=(), payment=(), serial=(), usb=()";

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS_POLICY,
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // For browsers that do not know frame-ancestors.
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Puts the frame around all routes, API and pages alike. Read from below: the last layer is the first to see a request.
pub(crate) fn around<S>(routes: Router<S>, hosts: Arc<AllowedHosts>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(hosts, refuse_foreign))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_span)
                .on_request(())
                .on_response(log_answer)
                .on_failure(()),
        )
        .layer(middleware::map_response(secured))
}

/// Ends a request that takes too long.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_TIME_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => {
            tracing::warn!("a request was given up after {ANSWER_TIME_MAX:?}");
            ApiError::new(ProblemCode::TimedOut).into_response()
        }
    }
}

async fn secured(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Refuses requests for another server, and those that a page of another site made (SEC-14).
async fn refuse_foreign(
    State(hosts): State<Arc<AllowedHosts>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    match hosts.check(request.uri(), request.headers()) {
        Ok(()) => Ok(next.run(request).await),
        Err(HostRefusal::Unreadable) => {
            Err(ApiError::new(ProblemCode::BadRequest).detail("the request must name one host"))
        }
        Err(HostRefusal::Unknown(name)) => {
            Err(ApiError::new(ProblemCode::UnknownHost).detail(format!(
                "this server does not go by the name `{name}`: use its address, \
                 or allow the name when starting it"
            )))
        }
        Err(HostRefusal::ForeignOrigin) => Err(ApiError::new(ProblemCode::ForeignOrigin)),
    }
}

fn request_span(request: &Request) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

fn log_answer(response: &Response, latency: Duration, span: &Span) {
    tracing::debug!(parent: span, status = response.status().as_u16(), ?latency, "answered");
}

/// A panic is a bug: it is shown in full in the log, and costs one answer.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the panic over"
)]
fn answer_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("(no message)");
    tracing::error!(panic = message, "a request made the server panic");
    ApiError::new(ProblemCode::Internal).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;

    async fn answer(routes: Router) -> Response {
        let hosts = Arc::new(AllowedHosts::new([]));
        let request = Request::get("/")
            .header(header::HOST, "localhost")
            .body(Body::empty())
            .expect("a request");
        around(routes, hosts)
            .oneshot(request)
            .await
            .expect("a router always answers")
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer_and_says_nothing_of_itself() {
        async fn panicking() -> StatusCode {
            panic!("the secret of the bug")
        }
        let response = answer(Router::new().route("/", get(panicking))).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            response
                .headers()
                .contains_key(header::CONTENT_SECURITY_POLICY)
        );
        let body = axum::body::to_bytes(response.into_body(), 4096)
            .await
            .expect("a body");
        let body = String::from_utf8_lossy(&body);
        assert!(
            body.contains("\"internal\"") && !body.contains("secret"),
            "{body}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_hangs_is_given_up() {
        let hanging = get(std::future::pending::<StatusCode>);
        let routes = Router::new()
            .route("/", hanging)
            .layer(middleware::from_fn(in_time));
        let response = answer(routes).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
