//! No secret in any answer, log line or stored file.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use serde_json::{Value, json};
use server::users::UserProfile;
use tracing_subscriber::fmt::MakeWriter;

use crate::test_app::{Answer, PASSWORD, TestApp};

/// Passwords typed in this test: two right ones, a wrong one, and one that breaks a rule.
const SECRETS: [&str; 4] = [
    "Pl4nted-right",
    "Pl4nted-second",
    "Pl4nted-wrong",
    "pl4nted-weak",
];

/// What the program logs, as text.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("the log")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[track_caller]
fn assert_no_secret(place: &str, text: &str, tokens: &[String]) {
    for secret in SECRETS.into_iter().chain(tokens.iter().map(String::as_str)) {
        assert!(!text.contains(secret), "{secret} stands in {place}: {text}");
    }
    assert!(
        !text.contains("$argon2"),
        "a hash stands in {place}: {text}"
    );
}

/// Everything of an answer but the cookie that is meant for this very browser.
fn shown(answer: &Answer) -> String {
    let mut headers = answer.headers.clone();
    headers.remove("set-cookie");
    format!("{headers:?} {}", answer.text())
}

// SEC-12, SEC-04
#[tokio::test]
async fn planted_secrets_come_back_nowhere() {
    let log = Log::default();
    // For the whole process: what the other tests log at the same time is searched as well.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();

    let [right, second, wrong, weak] = SECRETS;
    let app = TestApp::start().await;
    let mut client = app.client();
    let administrator = UserProfile::Administrator;
    let password = |current: &str, new: &str| json!({"current": current, "new": new});
    let mut answers = vec![client.log_in(administrator, Some("Admin")).await];
    let change = "/api/v1/session/password";
    answers.push(client.put(change, password("Admin", right)).await);
    answers.push(client.put(change, password(right, weak)).await);
    answers.push(client.put(change, password(wrong, second)).await);
    answers.push(client.put(change, password(right, second)).await);
    let mut tokens = vec![token(client.cookie.as_deref())];
    let mut other = app.client();
    answers.push(other.log_in(administrator, Some(wrong)).await);
    answers.push(other.log_in(administrator, Some(second)).await);
    tokens.push(token(other.cookie.as_deref()));
    let mangled = [
        json!({"profile": right}),
        json!({"profile": "administrator", "password": [right]}),
        json!({"profile": "administrator", "password": {"text": right}}),
        json!(right),
    ];
    for body in mangled {
        answers.push(other.post("/api/v1/session", body.clone()).await);
        answers.push(client.put(change, body).await);
    }
    answers.extend(everything(&app, &mut client).await);

    for answer in &answers {
        assert_no_secret("an answer", &shown(answer), &tokens);
    }
    let log = log.text();
    assert!(log.contains("logged in"), "the log was caught: {log}");
    assert!(
        log.contains("wrong password"),
        "refusals are logged (ACC-15): {log}"
    );
    assert_no_secret("the log", &log, &tokens);
}

/// Every GET route of the document, asked by an administrator and by nobody.
async fn everything(app: &TestApp, client: &mut crate::test_app::Client) -> Vec<Answer> {
    let document = client.get("/api/openapi.json").await;
    let paths = document.json()["paths"].as_object().expect("paths").clone();
    let mut answers = vec![document];
    for (path, item) in paths {
        if item.get("get").is_none_or(Value::is_null) {
            continue;
        }
        let path = path.replace("{id}", "1");
        answers.push(client.send(Method::GET, &path, None).await);
        answers.push(app.client().send(Method::GET, &path, None).await);
    }
    answers
}

fn token(cookie: Option<&str>) -> String {
    let (_, token) = cookie
        .and_then(|pair| pair.split_once('='))
        .expect("a cookie");
    token.to_owned()
}

// SEC-04
#[tokio::test]
async fn the_data_folder_holds_neither_passwords_nor_tokens() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    client.get("/api/v1/session").await.expect_status(200);
    let token = token(client.cookie.as_deref());
    for entry in std::fs::read_dir(app.folder.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        for secret in [PASSWORD, "UserAdvanced", &token] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
}
