//! `/session`: log-in, log-out, language and password of the caller.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::access::{Caller, Peer, SESSION_COOKIE, session_cookie};
use super::error::{ApiError, Problem, ProblemCode};
use super::extract::Json;
use super::routes::Routes;
use crate::audit::{AuditAction, Deed};
use crate::users::{
    FirstCode, HashError, Language, LogIn, LogInRefusal, Password, PasswordChange, PasswordRefusal,
    Right, Session, SessionToken, UserProfile, Users, UsersError,
};

pub(super) fn routes() -> Routes {
    Routes::new()
        .open(routes!(log_in, show_session))
        .logged_in(routes!(log_out))
        .logged_in(routes!(change_language))
        .needs(Right::ChangeOwnPassword, routes!(change_password))
}

/// A user profile, as spelled outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProfileName {
    User,
    AdvancedUser,
    Administrator,
}

impl From<UserProfile> for ProfileName {
    fn from(profile: UserProfile) -> Self {
        match profile {
            UserProfile::User => ProfileName::User,
            UserProfile::AdvancedUser => ProfileName::AdvancedUser,
            UserProfile::Administrator => ProfileName::Administrator,
        }
    }
}

impl From<ProfileName> for UserProfile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::User => UserProfile::User,
            ProfileName::AdvancedUser => UserProfile::AdvancedUser,
            ProfileName::Administrator => UserProfile::Administrator,
        }
    }
}

/// A right, as spelled outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RightName {
    Monitor,
    Analysis,
    ResetPartialEnergies,
    Declare,
    Diagnostic,
    ChangeOwnPassword,
}

impl From<Right> for RightName {
    fn from(right: Right) -> Self {
        match right {
            Right::Monitor => RightName::Monitor,
            Right::Analysis => RightName::Analysis,
            Right::ResetPartialEnergies => RightName::ResetPartialEnergies,
            Right::Declare => RightName::Declare,
            Right::Diagnostic => RightName::Diagnostic,
            Right::ChangeOwnPassword => RightName::ChangeOwnPassword,
        }
    }
}

/// Who is logged in, and what he may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionBody {
    profile: ProfileName,
    /// With `must_change_password` nothing but `change_own_password`.
    rights: Vec<RightName>,
    language: &'static str,
    /// The factory password was used: it must be replaced before anything else.
    must_change_password: bool,
    /// Replacing it from this machine needs the one-time code that the server printed.
    needs_first_code: bool,
}

impl SessionBody {
    fn of(session: &Session, from: IpAddr, users: &Users) -> Self {
        SessionBody {
            needs_first_code: users.needs_first_code(session, from),
            profile: session.profile.into(),
            rights: session.rights().iter().map(|&right| right.into()).collect(),
            language: session.language.tag(),
            must_change_password: session.must_change_password,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewSession)]
struct LogInBody {
    profile: ProfileName,
    /// Not needed for `user`.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Password>,
    /// One of the languages of `/welcome`; the first of them if left out.
    language: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Language)]
struct LanguageBody {
    language: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewPassword)]
struct PasswordBody {
    #[schema(value_type = String, format = Password)]
    current: Password,
    #[schema(value_type = String, format = Password)]
    new: Password,
    /// The one-time code that the server printed; only for a first password from another machine.
    first_code: Option<String>,
}

/// A JSON body that holds a secret: a refusal tells where the text is wrong, but quotes nothing of it.
#[derive(Debug)]
struct SecretJson<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for SecretJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(SecretJson(body)),
            Err(JsonRejection::JsonDataError(_)) => Err(ApiError::new(ProblemCode::BadRequest)
                .detail("a member of the body is missing or has the wrong type")),
            Err(JsonRejection::JsonSyntaxError(_)) => {
                Err(ApiError::new(ProblemCode::BadRequest).detail("the body is not JSON"))
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// Log in.
///
/// The answer sets the session cookie. A session that the request came with is ended.
#[utoipa::path(post, path = "/session", tag = "session", request_body = LogInBody, responses(
    (status = 200, description = "Logged in", body = SessionBody),
    (status = 401, description = "`wrong_password`", body = Problem),
    (status = 403, description = "`anonymous_access_off`: the profile User is switched off", body = Problem),
    (status = 422, description = "`invalid`: there is no such language", body = Problem),
    (status = 429, description = "`too_many_attempts`: at most 5 wrong passwords per minute", body = Problem),
))]
async fn log_in(
    State(state): State<ApiState>,
    Peer(from): Peer,
    jar: CookieJar,
    SecretJson(body): SecretJson<LogInBody>,
) -> Result<(CookieJar, Json<SessionBody>), ApiError> {
    let language = match body.language {
        Some(tag) => known_language(&tag)?,
        None => Language::default(),
    };
    let profile = body.profile.into();
    let entered = state
        .users
        .log_in(LogIn {
            profile,
            password: body.password,
            language,
            from,
        })
        .await;
    // Tries beyond the limit cost nothing, no row either.
    if matches!(entered, Err(LogInRefusal::WrongPassword)) {
        state
            .audit
            .write(Deed {
                address: Some(from),
                result: "wrong_password".to_owned(),
                ..Deed::done(&profile, AuditAction::LogIn)
            })
            .await;
    }
    let (token, session) = entered?;
    if let Some(former) = jar.get(SESSION_COOKIE) {
        let former = SessionToken::received(former.value());
        state.users.log_out(former.id()).await?;
    }
    Ok((
        jar.add(session_cookie(&token)),
        Json(SessionBody::of(&session, from, &state.users)),
    ))
}

/// Who is logged in. Nobody is an answer too, and no error in a browser's console.
#[utoipa::path(get, path = "/session", tag = "session", responses(
    (status = 200, description = "The session of the cookie", body = SessionBody),
    (status = 204, description = "Nobody is logged in"),
))]
async fn show_session(
    State(state): State<ApiState>,
    Peer(from): Peer,
    caller: Option<Extension<Caller>>,
) -> Response {
    match caller {
        Some(Extension(Caller(session))) => {
            Json(SessionBody::of(&session, from, &state.users)).into_response()
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Log out. The session ends on the server; its cookie opens nothing any more.
#[utoipa::path(delete, path = "/session", tag = "session", responses(
    (status = 204, description = "Logged out"),
))]
async fn log_out(
    State(state): State<ApiState>,
    Caller(session): Caller,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), ApiError> {
    state.users.log_out(session.id).await?;
    let gone = Cookie::build(SESSION_COOKIE).path("/").build();
    Ok((StatusCode::NO_CONTENT, jar.remove(gone)))
}

/// Change the language of the session.
#[utoipa::path(put, path = "/session/language", tag = "session", request_body = LanguageBody, responses(
    (status = 200, description = "Changed", body = SessionBody),
    (status = 422, description = "`invalid`: there is no such language", body = Problem),
))]
async fn change_language(
    State(state): State<ApiState>,
    Caller(session): Caller,
    Peer(from): Peer,
    Json(body): Json<LanguageBody>,
) -> Result<Json<SessionBody>, ApiError> {
    let language = known_language(&body.language)?;
    let session = state
        .users
        .set_language(session.id, language)
        .await?
        .ok_or_else(|| ApiError::new(ProblemCode::NotLoggedIn))?;
    Ok(Json(SessionBody::of(&session, from, &state.users)))
}

/// Replace the password of one's own profile.
///
/// All other sessions of the profile end. A factory password is replaced here as well.
#[utoipa::path(put, path = "/session/password", tag = "session", request_body = PasswordBody, responses(
    (status = 200, description = "Replaced", body = SessionBody),
    (status = 403, description = "`wrong_password`: `current` is not the password; `first_code_needed` or `wrong_first_code`; or `no_right`", body = Problem),
    (status = 422, description = "`weak_password`, with the broken `rules`: length, upper, lower, digit, special, factory", body = Problem),
    (status = 429, description = "`too_many_attempts`: at most 5 wrong passwords per minute", body = Problem),
))]
async fn change_password(
    State(state): State<ApiState>,
    Caller(session): Caller,
    Peer(from): Peer,
    SecretJson(body): SecretJson<PasswordBody>,
) -> Result<Json<SessionBody>, ApiError> {
    let change = PasswordChange {
        current: body.current,
        new: body.new,
        first_code: body.first_code.as_deref().map(FirstCode::typed),
        from,
    };
    let profile = session.profile;
    let session = state.users.change_password(&session, change).await?;
    state
        .audit
        .write(Deed {
            address: Some(from),
            ..Deed::done(&profile, AuditAction::ChangePassword)
        })
        .await;
    Ok(Json(SessionBody::of(&session, from, &state.users)))
}

fn known_language(tag: &str) -> Result<Language, ApiError> {
    Language::with_tag(tag).ok_or_else(|| {
        let known: Vec<&str> = Language::all().map(Language::tag).collect();
        ApiError::new(ProblemCode::Invalid)
            .detail(format!("the languages are {}", known.join(", ")))
    })
}

impl From<LogInRefusal> for ApiError {
    fn from(refusal: LogInRefusal) -> Self {
        match refusal {
            LogInRefusal::WrongPassword => ApiError::new(ProblemCode::WrongPassword),
            LogInRefusal::TooManyTries { retry_after } => {
                ApiError::new(ProblemCode::TooManyAttempts).retry_after(retry_after)
            }
            LogInRefusal::AnonymousAccessOff => ApiError::new(ProblemCode::AnonymousAccessOff),
            LogInRefusal::Failed(error) => error.into(),
        }
    }
}

impl From<PasswordRefusal> for ApiError {
    fn from(refusal: PasswordRefusal) -> Self {
        match refusal {
            // Not 401, which would tell the pages that the session ended.
            PasswordRefusal::WrongPassword => {
                ApiError::new(ProblemCode::WrongPassword).status(StatusCode::FORBIDDEN)
            }
            PasswordRefusal::Weak(rules) => ApiError::new(ProblemCode::WeakPassword).rules(&rules),
            PasswordRefusal::TooManyTries { retry_after } => {
                ApiError::new(ProblemCode::TooManyAttempts).retry_after(retry_after)
            }
            PasswordRefusal::FirstCodeNeeded => ApiError::new(ProblemCode::FirstCodeNeeded),
            PasswordRefusal::WrongFirstCode => ApiError::new(ProblemCode::WrongFirstCode),
            PasswordRefusal::SessionEnded => ApiError::new(ProblemCode::NotLoggedIn),
            PasswordRefusal::Failed(error) => error.into(),
        }
    }
}

impl From<UsersError> for ApiError {
    fn from(error: UsersError) -> Self {
        match error {
            UsersError::Hash(HashError::Busy) => {
                ApiError::new(ProblemCode::Busy).retry_after(std::time::Duration::from_secs(1))
            }
            other => ApiError::internal(&other),
        }
    }
}
