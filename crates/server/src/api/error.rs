use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::users::PasswordRule;

/// Media type of every refusal (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused, as a stable word that the pages translate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request cannot be read: a malformed path, query or body.
    BadRequest,
    /// No session, or one that ended.
    NotLoggedIn,
    /// The password is not that of the profile.
    WrongPassword,
    /// The profile lacks the right that this route needs.
    NoRight,
    /// The factory password must be replaced before anything else.
    MustChangePassword,
    /// A first password set from another machine needs the one-time code that the server printed.
    FirstCodeNeeded,
    /// The one-time code is wrong, or was used already.
    WrongFirstCode,
    /// Access without a password is switched off.
    AnonymousAccessOff,
    /// A request that changes something came without the header `x-wattline`.
    MissingHeader,
    /// The request comes from a page of another site.
    ForeignOrigin,
    /// The request names a host that this server is not.
    UnknownHost,
    NotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMediaType,
    /// The request can be read, but its content cannot be accepted.
    Invalid,
    /// What was edited is not what is in force any more: somebody else changed it.
    ChangedMeanwhile,
    /// The new password breaks a rule.
    WeakPassword,
    TooManyAttempts,
    /// The server failed; the cause is in its log.
    Internal,
    /// The server has too much to do; asking again later helps.
    Busy,
    /// The answer took too long.
    TimedOut,
}

impl ProblemCode {
    /// The status of an answer with this code, unless the route says otherwise.
    pub fn status(self) -> StatusCode {
        match self {
            ProblemCode::BadRequest => StatusCode::BAD_REQUEST,
            ProblemCode::NotLoggedIn | ProblemCode::WrongPassword => StatusCode::UNAUTHORIZED,
            ProblemCode::NoRight
            | ProblemCode::MustChangePassword
            | ProblemCode::FirstCodeNeeded
            | ProblemCode::WrongFirstCode
            | ProblemCode::AnonymousAccessOff
            | ProblemCode::MissingHeader
            | ProblemCode::ForeignOrigin => StatusCode::FORBIDDEN,
            ProblemCode::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
            ProblemCode::NotFound => StatusCode::NOT_FOUND,
            ProblemCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ProblemCode::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProblemCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ProblemCode::Invalid | ProblemCode::WeakPassword => StatusCode::UNPROCESSABLE_ENTITY,
            ProblemCode::ChangedMeanwhile => StatusCode::PRECONDITION_FAILED,
            ProblemCode::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ProblemCode::Busy | ProblemCode::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn title(self) -> &'static str {
        match self {
            ProblemCode::BadRequest => "The request cannot be read",
            ProblemCode::NotLoggedIn => "Not logged in",
            ProblemCode::WrongPassword => "Wrong password",
            ProblemCode::NoRight => "No right",
            ProblemCode::MustChangePassword => "The factory password must be replaced first",
            ProblemCode::FirstCodeNeeded => "The one-time code is needed",
            ProblemCode::WrongFirstCode => "Wrong one-time code",
            ProblemCode::AnonymousAccessOff => "Access without a password is switched off",
            ProblemCode::MissingHeader => "The header x-wattline is missing",
            ProblemCode::ForeignOrigin => "The request comes from another site",
            ProblemCode::UnknownHost => "This server has another name",
            ProblemCode::NotFound => "Not found",
            ProblemCode::MethodNotAllowed => "Method not allowed",
            ProblemCode::BodyTooLarge => "The request is too large",
            ProblemCode::UnsupportedMediaType => "Unsupported media type",
            ProblemCode::Invalid => "The content cannot be accepted",
            ProblemCode::ChangedMeanwhile => "Somebody else changed it meanwhile",
            ProblemCode::WeakPassword => "The new password is too weak",
            ProblemCode::TooManyAttempts => "Too many attempts",
            ProblemCode::Internal => "The server failed",
            ProblemCode::Busy => "The server has too much to do",
            ProblemCode::TimedOut => "The answer took too long",
        }
    }

    /// The spelling outside, as in the answer.
    pub fn word(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(word)) => word,
            _ => unreachable!("a unit variant is written as its name"),
        }
    }
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:wattline:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code says, in English.
    pub title: &'static str,
    pub status: u16,
    pub code: ProblemCode,
    /// What was wrong with this very request, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// With `weak_password`: what the new password lacks, of `length`, `upper`, `lower`, `digit`,
    /// `special` and `factory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<String>>,
    /// Members that only some routes have.
    #[serde(flatten)]
    pub members: Map<String, Value>,
}

/// A refusal on its way to the client. Causes inside the server never get here: see [`ApiError::internal`].
#[derive(Debug)]
pub struct ApiError {
    code: ProblemCode,
    status: StatusCode,
    detail: Option<String>,
    rules: Option<Vec<String>>,
    members: Map<String, Value>,
    retry_after: Option<Duration>,
}

impl ApiError {
    pub fn new(code: ProblemCode) -> ApiError {
        ApiError {
            code,
            status: code.status(),
            detail: None,
            rules: None,
            members: Map::new(),
            retry_after: None,
        }
    }

    /// The failure of something inside. Its whole chain goes to the log, nothing of it to the client.
    pub fn internal(error: &(dyn Error + 'static)) -> ApiError {
        tracing::error!(error, "a request failed");
        ApiError::new(ProblemCode::Internal)
    }

    /// There is no `thing` ("circuit") with this id.
    pub fn not_found(thing: &str, id: impl std::fmt::Display) -> ApiError {
        ApiError::new(ProblemCode::NotFound).detail(format!("there is no {thing} {id}"))
    }

    /// What was wrong with this very request. Never an internal cause, never a secret.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> ApiError {
        self.detail = Some(detail.into());
        self
    }

    pub(super) fn rules(mut self, broken: &[PasswordRule]) -> ApiError {
        self.rules = Some(broken.iter().map(ToString::to_string).collect());
        self
    }

    /// Adds a member beside the standard ones.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> ApiError {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Answers with another status than the code's own.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> ApiError {
        self.status = status;
        self
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> ApiError {
        self.retry_after = Some(wait);
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: format!("urn:wattline:problem:{}", self.code.word()),
            title: self.code.title(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            rules: self.rules,
            members: self.members,
        };
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(wait) = self.retry_after {
            // Rounded up: whoever waits as told must not come too early.
            headers.insert(
                RETRY_AFTER,
                HeaderValue::from(wait.as_secs_f64().ceil() as u64),
            );
        }
        response
    }
}
