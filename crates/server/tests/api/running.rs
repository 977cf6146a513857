//! A server that runs: it polls simulated devices and answers on a socket of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use server::acquisition::Periods;
use server::app::App;
use server::clock::SystemClock;
use server::config::{AccessOptions, Config};
use server::retention::RetentionOptions;
use server::site::SiteDocument;
use server::users::UserProfile;
use simulator::{Plant, Simulation, SimulationOptions};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::test_app::PASSWORD;

/// Longer than anything here may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a plant on free ports.
pub(crate) async fn simulated(plant: &str) -> Simulation {
    let plant = Plant::parse("test.toml", plant).expect("a plant");
    let options = SimulationOptions {
        listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..SimulationOptions::new(Arc::new(SystemClock))
    };
    Simulation::start(plant, options)
        .await
        .expect("a simulation")
}

pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) running: JoinHandle<()>,
    _folder: TempDir,
}

impl RunningServer {
    pub(crate) async fn start(document: Option<Value>) -> RunningServer {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let config = Config {
            data: folder.path().to_owned(),
            listen: address,
            periods: Periods {
                live: Duration::from_millis(200),
                energy: Duration::from_millis(400),
                slow: Duration::from_secs(10),
            },
            access: AccessOptions::default(),
            retention: RetentionOptions::default(),
        };
        let app = App::build(&config, Arc::new(SystemClock))
            .await
            .expect("a server");
        if let Some(document) = document {
            let document =
                SiteDocument::from_json(document.to_string().as_bytes()).expect("a document");
            app.configure(document, "test").await.expect("a site");
        }
        let stop = CancellationToken::new();
        let shutdown = stop.clone();
        let running = tokio::spawn(async move {
            app.run(listener, shutdown).await.expect("a clean run");
        });
        RunningServer {
            address,
            stop,
            running,
            _folder: folder,
        }
    }

    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running)
            .await
            .expect("the server stops")
            .expect("no panic");
    }

    /// Logs in with [`PASSWORD`], which replaces the factory one at first.
    pub(crate) async fn logged_in(&self, profile: UserProfile) -> Caller {
        let mut caller = Caller {
            address: self.address,
            cookie: None,
        };
        let name = profile.to_string();
        let Some(factory) = profile.factory_password() else {
            let (status, _) = caller
                .post("/api/v1/session", &json!({"profile": name}))
                .await;
            assert_eq!(status, 200);
            return caller;
        };
        let entry = json!({"profile": name, "password": factory});
        let (status, _) = caller.post("/api/v1/session", &entry).await;
        assert_eq!(status, 200);
        let change = json!({"current": factory, "new": PASSWORD});
        let (status, _) = caller
            .send("PUT", "/api/v1/session/password", Some(&change))
            .await;
        assert_eq!(status, 200);
        caller
    }
}

/// A script that speaks bare HTTP and keeps its cookie.
pub(crate) struct Caller {
    address: SocketAddr,
    pub(crate) cookie: Option<String>,
}

impl Caller {
    pub(crate) async fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address)
            .await
            .expect("a connection");
        let body = body.map(Value::to_string).unwrap_or_default();
        let cookie = self
            .cookie
            .as_ref()
            .map(|cookie| format!("cookie: {cookie}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nx-wattline: 1\r\n{cookie}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        let mut answer = String::new();
        let reading = stream.read_to_string(&mut answer);
        tokio::time::timeout(PATIENCE, reading)
            .await
            .expect("an answer in time")
            .expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        for line in head.lines() {
            if let Some(cookie) = line.strip_prefix("set-cookie: ") {
                self.cookie = cookie.split(';').next().map(str::to_owned);
            }
        }
        let status = head
            .split_whitespace()
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }
}
