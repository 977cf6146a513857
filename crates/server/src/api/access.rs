//! Who is asking, and may he: the checks before a handler runs.
//!
//! [`identify`] looks the session of the cookie up, once per request. [`demand`] is the layer of
//! one route: it compares the session with what the route table ([`super::routes::Routes`])
//! states. [`refuse_forged`] asks every request that changes something for a header that no page
//! of another site can send.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::ApiState;
use super::error::{ApiError, ProblemCode};
use crate::users::{Activity, Right, Session, SessionToken};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "wattline_session";

/// The header that only our own pages and scripts send. A page of another site cannot, without a
/// CORS permission that this server never gives.
pub const GUARD_HEADER: &str = "x-wattline";

/// The value of [`GUARD_HEADER`] with which a page says that it refreshes itself and nobody
/// touched it: such a request does not keep a session from expiring.
pub const BACKGROUND: &str = "background";

/// What a route asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without log-in.
    Open,
    /// Any session, even one that only may replace its factory password.
    LoggedIn,
    Needs(Right),
}

/// The session of the request: an argument of handlers behind a log-in.
#[derive(Debug, Clone)]
pub struct Caller(pub Session);

impl Caller {
    /// Ends when the caller's session does; a stream must end then too.
    pub fn until_ended(&self, state: &ApiState) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(&state.users).until_ended(self.0.id)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Caller>()
            .cloned()
            .ok_or_else(|| ApiError::new(ProblemCode::NotLoggedIn))
    }
}

/// The address of the caller's end of the connection; behind a proxy, that of the proxy.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let address = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        Ok(Peer(address.to_canonical()))
    }
}

/// The cookie that carries a session. It lives as long as the browser; the server decides
/// whether it still opens anything.
pub(super) fn session_cookie(token: &SessionToken) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, token.reveal().to_owned()))
        .http_only(true)
        .same_site(SameSite::Strict)
        .path("/")
        .build()
}

/// Looks the session up and leaves it as an extension of the request, for [`demand`] and [`Caller`].
pub(super) async fn identify(
    State(state): State<ApiState>,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(cookie) = jar.get(SESSION_COOKIE) {
        let token = SessionToken::received(cookie.value());
        let activity = activity(request.headers());
        if let Some(session) = state.users.session(&token, activity).await {
            request.extensions_mut().insert(Caller(session));
        }
    }
    next.run(request).await
}

/// A stream that reconnects and a page that refreshes itself show nobody's presence.
fn activity(headers: &HeaderMap) -> Activity {
    let holds = |name: header::HeaderName, word: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains(word))
    };
    let is_background = holds(header::ACCEPT, "text/event-stream")
        || holds(header::HeaderName::from_static(GUARD_HEADER), BACKGROUND);
    if is_background {
        Activity::Background
    } else {
        Activity::Person
    }
}

/// Lets the request through if its session satisfies `access`.
pub(super) async fn demand(
    access: Access,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let caller = request.extensions().get::<Caller>();
    check(access, caller.map(|caller| &caller.0))?;
    Ok(next.run(request).await)
}

fn check(access: Access, session: Option<&Session>) -> Result<(), ApiError> {
    let right = match access {
        Access::Open => return Ok(()),
        Access::LoggedIn => None,
        Access::Needs(right) => Some(right),
    };
    let session = session.ok_or_else(|| ApiError::new(ProblemCode::NotLoggedIn))?;
    match right {
        Some(right) if !session.has(right) && session.must_change_password => {
            Err(ApiError::new(ProblemCode::MustChangePassword))
        }
        Some(right) if !session.has(right) => Err(ApiError::new(ProblemCode::NoRight)
            .detail(format!(
                "the profile {} does not have the right {right}",
                session.profile
            ))
            .with("right", right.to_string())),
        _ => Ok(()),
    }
}

/// Refuses a request that changes something and that a page of another site could have made (SEC-09).
///
/// What such a page abuses is the browser: its cookie, or its place in the network. Every browser
/// marks what it sends on behalf of a page, and pages cannot take the marks off; a request without
/// any is a script's own and needs no header, so that scripts get along with what is documented
/// of the API. The cookie is `SameSite=Strict` besides.
pub(super) async fn refuse_forged(request: Request, next: Next) -> Result<Response, ApiError> {
    let changes_nothing = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    let comes_from_browser = [
        header::ORIGIN,
        header::REFERER,
        header::HeaderName::from_static("sec-fetch-site"),
    ]
    .into_iter()
    .any(|name| headers.contains_key(name));
    if changes_nothing || headers.contains_key(GUARD_HEADER) || !comes_from_browser {
        return Ok(next.run(request).await);
    }
    Err(ApiError::new(ProblemCode::MissingHeader)
        .detail("requests that change something must carry the header `x-wattline: 1`"))
}
