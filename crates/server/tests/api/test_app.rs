//! A server without a socket: its router, a data folder of its own, and a clock that stands still.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use model::Clock;
use serde_json::{Value, json};
use server::acquisition::Periods;
use server::api;
use server::app::App;
use server::config::{AccessOptions, Config};
use server::retention::RetentionOptions;
use server::users::UserProfile;
use tempfile::TempDir;
use tower::ServiceExt;

/// A password that follows the rules, for profiles that need one.
pub(crate) const PASSWORD: &str = "Correct-h0rse-battery";

/// Long enough for any answer of a test.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A clock that moves only when told.
#[derive(Debug)]
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn set(&self, at: Timestamp) {
        self.0.store(at.as_second(), Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs() as i64, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).expect("within the calendar")
    }
}

pub(crate) struct TestApp {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) router: Router,
    pub(crate) app: App,
    pub(crate) folder: TempDir,
    /// The profiles whose factory password was replaced by [`PASSWORD`].
    replaced: Mutex<HashSet<UserProfile>>,
}

impl TestApp {
    pub(crate) async fn start() -> TestApp {
        TestApp::start_with(AccessOptions::default()).await
    }

    pub(crate) async fn start_with(access: AccessOptions) -> TestApp {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(SetClock(AtomicI64::new(1_772_000_000)));
        TestApp::open(folder, clock, access).await
    }

    /// Stops the server and starts it again on the same data folder.
    pub(crate) async fn restarted(self) -> TestApp {
        self.restarted_with(AccessOptions::default()).await
    }

    pub(crate) async fn restarted_with(self, access: AccessOptions) -> TestApp {
        let TestApp {
            clock,
            router,
            app,
            folder,
            replaced,
        } = self;
        drop((router, app));
        TestApp {
            replaced,
            ..TestApp::open(folder, clock, access).await
        }
    }

    async fn open(folder: TempDir, clock: Arc<SetClock>, access: AccessOptions) -> TestApp {
        let config = Config {
            data: folder.path().to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            periods: Periods::default(),
            retention: RetentionOptions::default(),
            access,
        };
        let app = App::build(&config, Arc::<SetClock>::clone(&clock))
            .await
            .expect("a server");
        TestApp {
            router: api::router(app.state().clone()),
            app,
            clock,
            folder,
            replaced: Mutex::default(),
        }
    }

    /// Somebody who did not log in.
    pub(crate) fn client(&self) -> Client {
        Client {
            router: self.router.clone(),
            cookie: None,
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    /// Somebody who logged in, with [`PASSWORD`] where one is needed.
    pub(crate) async fn logged_in(&self, profile: UserProfile) -> Client {
        let mut client = self.client();
        let Some(factory) = profile.factory_password() else {
            client.log_in(profile, None).await.expect_status(200);
            return client;
        };
        if !self.replaced.lock().expect("the set").insert(profile) {
            client
                .log_in(profile, Some(PASSWORD))
                .await
                .expect_status(200);
            return client;
        }
        client
            .log_in(profile, Some(factory))
            .await
            .expect_status(200);
        let change = json!({"current": factory, "new": PASSWORD});
        client
            .put("/api/v1/session/password", change)
            .await
            .expect_status(200);
        client
    }
}

/// One browser: it keeps its cookie.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    pub(crate) cookie: Option<String>,
    pub(crate) from: IpAddr,
}

impl Client {
    pub(crate) async fn log_in(&mut self, profile: UserProfile, password: Option<&str>) -> Answer {
        let mut body = json!({"profile": profile.to_string()});
        if let Some(password) = password {
            body["password"] = json!(password);
        }
        self.post("/api/v1/session", body).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-wattline", "1");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        self.send_as_is(request.body(body).expect("a request"))
            .await
    }

    /// Opens an event stream; what comes out is all of it, once it ended.
    pub(crate) async fn stream(&mut self, path: &str) -> impl Future<Output = String> + use<> {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = self.connect(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        async {
            let body = axum::body::to_bytes(response.into_body(), BODY_BYTES_MAX).await;
            String::from_utf8_lossy(&body.expect("a whole body")).into_owned()
        }
    }

    /// Sends a request with nothing but what a connection has: host, cookie and address.
    pub(crate) async fn send_as_is(&mut self, request: Request<Body>) -> Answer {
        let answer = Answer::read(self.connect(request).await).await;
        if let Some(cookie) = answer.header(SET_COOKIE.as_str()) {
            let pair = cookie.split(';').next().unwrap_or_default();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }

    async fn connect(&self, mut request: Request<Body>) -> Response {
        let headers = request.headers_mut();
        if !headers.contains_key(HOST) {
            headers.insert(HOST, "127.0.0.1:8080".parse().expect("a host"));
        }
        if let Some(cookie) = &self.cookie {
            headers.insert(COOKIE, cookie.parse().expect("a cookie"));
        }
        let peer = SocketAddr::new(self.from, 50_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("the router always answers")
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Empty for an event stream, which never ends.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    async fn read(response: Response) -> Answer {
        let (parts, body) = response.into_parts();
        let is_stream = parts
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if is_stream {
            Vec::new()
        } else {
            axum::body::to_bytes(body, BODY_BYTES_MAX)
                .await
                .expect("a whole body")
                .to_vec()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    #[track_caller]
    pub(crate) fn expect_status(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The code of a problem; empty for an answer that is none.
    pub(crate) fn code(&self) -> String {
        if self.header("content-type") != Some("application/problem+json") {
            return String::new();
        }
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Status and body, for snapshots.
    pub(crate) fn shown(&self) -> String {
        if self.body.is_empty() {
            return format!("{}\n", self.status);
        }
        let body = serde_json::from_slice::<Value>(&self.body)
            .map_or_else(|_| self.text(), |json| format!("{json:#}"));
        format!("{}\n{body}\n", self.status)
    }
}
