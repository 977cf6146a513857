//! History files: what they leave behind, whatever happens to them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use history::{Sample, Span};
use jiff::SignedDuration;
use model::{PointId, SeriesKey};
use serde_json::{Value, json};
use server::users::UserProfile;

use crate::plant::{at, counting};
use crate::running::PATIENCE;
use crate::test_app::{Client, TestApp};

const ENERGY: &str = "/api/v1/circuits/2/energy?quantity=ea_import_wh&from=2026-02-01T00:00:00Z&until=2026-02-02T00:00:00Z&step=all";

fn index() -> SeriesKey {
    SeriesKey::new(PointId(2), "ea_import_wh".parse().expect("a measurand"))
}

#[tokio::test]
async fn while_a_file_comes_in_nobody_knows_what_of_a_counter_may_go() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let days = counting("2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z", 1e6, 100.0);
    app.store(2, "ea_import_wh", days).await;
    let energy = &app.app.state().energy;
    let mut client = app.logged_in(UserProfile::User).await;
    assert_eq!(energy.kept(index()), None, "no journal was made");
    client.get(ENERGY).await.expect_status(200);
    assert!(energy.kept(index()).is_some());
    let importing = Arc::clone(energy).importing(vec![index()]);
    assert_eq!(energy.kept(index()), None);
    // Made of a half of the file.
    client.get(ENERGY).await.expect_status(200);
    assert_eq!(energy.kept(index()), None);
    drop(importing);
    assert_eq!(energy.kept(index()), None);
    client.get(ENERGY).await.expect_status(200);
    assert!(energy.kept(index()).is_some());
}

fn rows(n: i64) -> String {
    let start = at("2026-01-05T00:00:00Z");
    let mut file = "circuit;quantity;time;value;quality\n".to_owned();
    for i in 0..n {
        let at = start + SignedDuration::from_mins(10 * i);
        let quality = if i % 2 == 0 { "" } else { "suspect computed" };
        let _ = writeln!(file, "Incomer;ea_import_wh;{at};{}.5;{quality}", 1_000 * i);
    }
    file
}

async fn stored(app: &TestApp) -> Vec<Sample> {
    let span = Span {
        from: at("2026-01-01T00:00:00Z"),
        until: at("2026-02-10T00:00:00Z"),
    };
    let history = &app.app.state().history;
    let stored = history.read_raw(index(), span, 100_000).await;
    stored.expect("a history")
}

/// What the audit log says of imports, the newest first: result, what was taken, detail.
async fn audited(client: &mut Client) -> Vec<(Value, Value, Value)> {
    let answer = client.get("/api/v1/audit?action=import_history").await;
    let rows = answer.expect_status(200).json();
    let told = |row: &Value| {
        (
            row["result"].clone(),
            row["after"]["taken"].clone(),
            row["detail"].clone(),
        )
    };
    rows.as_array().expect("rows").iter().map(told).collect()
}

/// Waits for what another task does.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waited).await;
    waited.expect("it happens in time");
}

/// Keeps everybody from writing into the history until it is dropped, as a full disk does.
fn locked(app: &TestApp) -> rusqlite::Connection {
    let file = app.folder.path().join("history.db");
    let connection = rusqlite::Connection::open(file).expect("the file");
    connection.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    connection
}

#[tokio::test]
async fn what_a_stop_interrupts_is_completed_at_the_next_start() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let lock = locked(&app);
    let mut importing = client.clone();
    let import = tokio::spawn(async move { importing.import("", &rows(1_000)).await });
    until(async || client.get("/api/v1/imports").await.json()[0]["phase"] == "storing").await;
    until(async || app.folder.path().join("import.csv").exists()).await;
    app.app.state().stopping.cancel();
    let answer = import.await.expect("an answer").expect_status(503);
    assert!(answer.text().contains("at its next start"), "{answer:?}");
    assert_eq!(audited(&mut client).await[0].0, "interrupted");
    drop(lock);
    assert_eq!(stored(&app).await, []);
    drop(client);
    let app = app.restarted().await;
    let completed = app.app.importer().complete().await.expect("a history");
    assert_eq!(completed.expect("an import").taken, 1_000);
    assert_eq!(app.app.importer().complete().await.expect("none"), None);
    let taken = stored(&app).await;
    // As if nothing had happened: a file that is imported again changes nothing.
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let again = client.import("", &rows(1_000)).await.expect_status(200);
    assert_eq!(again.json()["equal"], 1_000);
    assert_eq!(taken.len(), 1_000);
}

#[tokio::test]
async fn a_history_that_takes_no_rows_is_waited_for() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let lock = locked(&app);
    let mut importing = client.clone();
    let import = tokio::spawn(async move { importing.import("", &rows(10)).await });
    let history = Arc::clone(&app.app.state().history);
    until(async || {
        let health = history.health().await.expect("a health");
        health.fault.is_some()
    })
    .await;
    drop(lock);
    let report = import.await.expect("an answer").expect_status(200).json();
    assert_eq!(report["taken"], 10);
    assert_eq!(audited(&mut client).await[0].1, 10);
    assert!(!app.folder.path().join("import.csv").exists());
}

#[tokio::test]
async fn an_import_is_in_the_audit_log_when_the_caller_hangs_up_too() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let lock = locked(&app);
    let mut importing = client.clone();
    let import = tokio::spawn(async move { importing.import("", &rows(10)).await });
    until(async || client.get("/api/v1/imports").await.json()[0]["phase"] == "storing").await;
    import.abort();
    drop(lock);
    until(async || !audited(&mut client).await.is_empty()).await;
    let (result, taken, _) = audited(&mut client).await[0].clone();
    assert_eq!((result, taken), (json!("done"), json!(10)));
}

#[tokio::test]
async fn a_cell_without_end_makes_no_message_without_end() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let title = "circuit;quantity;time;value;quality";
    let long = "é".repeat(10_000);
    for line in [
        format!("{long};ea_import_wh;2026-01-05T00:00:00Z;1;"),
        format!("2;{long};2026-01-05T00:00:00Z;1;"),
        format!("2;ea_import_wh;{long};1;"),
        format!("2;ea_import_wh;2026-01-05T00:00:00Z;{long};"),
        format!("2;ea_import_wh;2026-01-05T00:00:00Z;1;{long}"),
    ] {
        let answer = client.import("", &format!("{title}\n{line}\n")).await;
        let report = answer.expect_status(422).json()["report"].clone();
        let problem = report["refusals"][0]["problem"].as_str().expect("one");
        assert!(problem.contains("éé…`"), "{problem}");
        assert!(problem.chars().count() < 130, "{problem}");
    }
    let row = "2;p_w;2026-01-05T00:00:00Z;1;";
    let open = format!("{title}\n{row}\n\"{}", long.repeat(4));
    let answer = client.import("", &open).await.expect_status(422);
    assert!(answer.text().contains("line 3 goes on over"), "{answer:?}");
    let (result, _, detail) = audited(&mut client).await[0].clone();
    assert_eq!(result, "refused");
    assert!(detail.to_string().contains("line 3"), "{detail}");
}

#[tokio::test]
async fn while_one_file_waits_no_other_is_received() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let mut uploads = Vec::new();
    for _ in 0..2 {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let mut sender = Some(sender);
        // A body that never ends, and says when somebody waits for it.
        let body = futures::stream::poll_fn(move |_| {
            if let Some(sender) = sender.take() {
                let _ = sender.send(());
            }
            std::task::Poll::<Option<Result<String, std::io::Error>>>::Pending
        });
        let request = Request::post("/api/v1/imports")
            .header("x-wattline", "1")
            .body(Body::from_stream(body))
            .expect("a request");
        let mut client = client.clone();
        let upload = tokio::spawn(async move { client.send_as_is(request).await.status });
        receiver.await.expect("the body is read");
        uploads.push(upload);
    }
    let third = client.import("", &rows(1)).await.expect_status(503);
    assert_eq!(third.code(), "busy");
    uploads.remove(0).abort();
    until(async || client.import("", &rows(1)).await.status.as_u16() == 200).await;
    uploads.remove(0).abort();
}
