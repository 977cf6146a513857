use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// The HTTP API of a running program, as a script sees it.
#[derive(Debug, Clone)]
pub struct Api {
    pub root: String,
    agent: ureq::Agent,
    cookie: Option<String>,
}

/// The newest values of a live snapshot by point and quantity.
pub type Live = HashMap<(u64, String), Value>;

impl Api {
    pub fn new(root: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_MAX))
            .http_status_as_error(false)
            .build()
            .into();
        Self {
            root: root.trim().to_owned(),
            agent,
            cookie: None,
        }
    }

    /// Logs in as the profile User, which needs no password.
    #[must_use]
    pub fn as_user(mut self) -> Self {
        let (status, cookie) = self.log_in(&json!({ "profile": "user" }));
        assert_eq!(status, 200, "the profile User enters without a password");
        self.cookie = cookie;
        self
    }

    fn log_in(&self, body: &Value) -> (u16, Option<String>) {
        let answer = self
            .agent
            .post(format!("{}/api/v1/session", self.root))
            .header("x-wattline", "1")
            .send_json(body)
            .expect("the server answers");
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        (answer.status().as_u16(), cookie)
    }

    /// Status and body of a GET under `/api/v1`.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let mut request = self.agent.get(format!("{}/api/v1{path}", self.root));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let mut answer = request.call().expect("the server answers");
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_json().unwrap_or(Value::Null);
        (status, body)
    }

    /// Body of a GET that must succeed.
    pub fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "GET {path} answered {body}");
        body
    }

    /// Stored readings of one quantity of a point since `from`, however many.
    pub fn readings(&self, point: u64, quantity: &str, from: Timestamp) -> Vec<(Timestamp, f64)> {
        let mut readings = Vec::new();
        let mut from = from;
        loop {
            let page = self.read(&format!(
                "/circuits/{point}/readings?quantity={quantity}&from={from}&until=2100-01-01T00:00:00Z"
            ));
            let page = page.as_array().expect("a list");
            readings.extend(page.iter().map(|reading| {
                let at = reading["at"].as_str().expect("an instant");
                let at: Timestamp = at.parse().expect("RFC 3339");
                (at, reading["value"].as_f64().expect("a number"))
            }));
            match readings.last() {
                Some((last, _)) if !page.is_empty() => {
                    from = *last + SignedDuration::from_nanos(1);
                }
                _ => return readings,
            }
        }
    }

    /// The first event of the live stream.
    pub fn snapshot(&self, query: &str) -> Live {
        let mut request = self
            .agent
            .get(format!("{}/api/v1/live?{query}", self.root))
            .header("accept", "text/event-stream");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.call().expect("the server answers");
        assert_eq!(answer.status().as_u16(), 200);
        let lines = BufReader::new(answer.into_body().into_reader()).lines();
        for line in lines.map_while(Result::ok) {
            if let Some(data) = line.strip_prefix("data:") {
                let event: Value = serde_json::from_str(data.trim()).expect("events are JSON");
                return event["readings"]
                    .as_array()
                    .expect("a snapshot has readings")
                    .iter()
                    .map(|reading| {
                        let point = reading["point"].as_u64().expect("an id");
                        let quantity = reading["quantity"].as_str().expect("a spelling");
                        ((point, quantity.to_owned()), reading.clone())
                    })
                    .collect();
            }
        }
        panic!("the live stream ended before its snapshot");
    }
}
