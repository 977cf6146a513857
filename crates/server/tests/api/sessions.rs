//! What holds while somebody is logged in, and how it ends.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use server::users::UserProfile;

use crate::test_app::{PASSWORD, TestApp};

const MINUTE: Duration = Duration::from_mins(1);

// ACC-09
#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let stolen = client.cookie.clone();
    let answer = client.delete("/api/v1/session").await;
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(client.cookie, None, "the browser forgets the cookie");
    let mut thief = app.client();
    thief.cookie = stolen;
    assert_eq!(thief.get("/api/v1/site").await.code(), "not_logged_in");
}

// SEC-09
#[tokio::test]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let app = TestApp::start().await;
    let answer = app.client().log_in(UserProfile::User, None).await;
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    let (name, token) = pair.split_once('=').expect("a value");
    assert_eq!(name, "wattline_session");
    assert_eq!(token.len(), 64, "256 random bits");
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/");
}

#[tokio::test]
async fn logging_in_anew_ends_the_session_that_the_browser_had() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::User).await;
    let mut former = client.clone();
    client
        .log_in(UserProfile::Administrator, Some("Admin"))
        .await
        .expect_status(200);
    assert_ne!(former.cookie, client.cookie);
    assert_eq!(former.get("/api/v1/site").await.code(), "not_logged_in");
}

// ACC-16
#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_half_an_hour() {
    let app = TestApp::start().await;
    let mut administrator = app.logged_in(UserProfile::Administrator).await;
    let mut kiosk = app.logged_in(UserProfile::User).await;
    for _ in 0..3 {
        app.clock.advance(29 * MINUTE);
        administrator
            .get("/api/v1/session")
            .await
            .expect_status(200);
    }
    app.clock.advance(30 * MINUTE);
    let answer = administrator.get("/api/v1/site").await;
    assert_eq!(answer.code(), "not_logged_in");
    app.clock.advance(60 * 24 * 365 * MINUTE);
    kiosk.get("/api/v1/session").await.expect_status(200);
}

// ACC-16
#[tokio::test]
async fn a_page_that_refreshes_itself_is_nobodys_presence() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    for _ in 0..2 {
        app.clock.advance(14 * MINUTE);
        for (name, value) in [
            ("x-wattline", "background"),
            ("accept", "text/event-stream"),
        ] {
            let refresh = Request::get("/api/v1/site").header(name, value);
            let refresh = refresh.body(Body::empty()).expect("a request");
            client.send_as_is(refresh).await.expect_status(200);
        }
    }
    app.clock.advance(2 * MINUTE);
    assert_eq!(client.get("/api/v1/site").await.code(), "not_logged_in");
}

// ACC-16
#[tokio::test]
async fn the_idle_time_goes_on_over_a_restart() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    app.clock.advance(20 * MINUTE);
    client.get("/api/v1/session").await.expect_status(200);
    let cookie = client.cookie.take();
    drop(client);

    let app = app.restarted().await;
    let mut client = app.client();
    client.cookie = cookie;
    app.clock.advance(29 * MINUTE);
    let session = client.get("/api/v1/session").await.expect_status(200);
    assert_eq!(session.json()["profile"], json!("administrator"));
    app.clock.advance(30 * MINUTE);
    let answer = client.get("/api/v1/site").await;
    assert_eq!(answer.code(), "not_logged_in");
}

// LNG-01
#[tokio::test]
async fn the_language_is_chosen_at_log_in_and_changed_later() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let log_in = json!({"profile": "user", "language": "fr"});
    let session = client.post("/api/v1/session", log_in).await.json();
    assert_eq!(session["language"], json!("fr"));
    let change = json!({"language": "en"});
    let session = client.put("/api/v1/session/language", change).await.json();
    assert_eq!(session["language"], json!("en"));
    let unknown = client
        .put("/api/v1/session/language", json!({"language": "tlh"}))
        .await;
    insta::assert_snapshot!(unknown.shown());

    let cookie = client.cookie.take();
    drop(client);
    let app = app.restarted().await;
    let mut client = app.client();
    client.cookie = cookie;
    let session = client.get("/api/v1/session").await.json();
    assert_eq!(session["language"], json!("en"), "kept over a restart");
}

// ACC-09, ACC-16
#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_session() {
    let app = TestApp::start().await;
    let mut leaves = app.logged_in(UserProfile::AdvancedUser).await;
    let mut forgets = app.logged_in(UserProfile::AdvancedUser).await;
    let left = tokio::spawn(leaves.stream("/api/v1/live").await);
    let expired = tokio::spawn(forgets.stream("/api/v1/live").await);
    tokio::time::sleep(MINUTE).await;
    assert!(!left.is_finished() && !expired.is_finished());

    leaves.delete("/api/v1/session").await.expect_status(204);
    let events = left.await.expect("ended by log-out");
    assert!(events.starts_with("event: snapshot"), "{events}");
    forgets.get("/api/v1/session").await.expect_status(200);
    app.clock.advance(30 * MINUTE);
    tokio::time::timeout(MINUTE, expired)
        .await
        .expect("within a bounded time")
        .expect("ended by expiry");
}

#[tokio::test]
async fn nonsense_for_a_cookie_is_nobody() {
    let app = TestApp::start().await;
    for cookie in [
        "wattline_session=",
        "wattline_session=%00%ff",
        "wattline_session=\"",
        PASSWORD,
    ] {
        let mut client = app.client();
        client.cookie = Some(cookie.to_owned());
        let answer = client.get("/api/v1/site").await;
        assert_eq!(answer.code(), "not_logged_in", "{cookie}");
    }
}
