//! Logging in: profiles, factory passwords, wrong passwords.

use std::time::Duration;

use serde_json::json;
use server::config::AccessOptions;
use server::users::UserProfile;

use crate::test_app::{PASSWORD, TestApp};

// ACC-07, LNG-01
#[tokio::test]
async fn the_log_in_page_learns_what_there_is_to_choose() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(app.client().get("/api/v1/welcome").await.shown());
}

// SEC-08
#[tokio::test]
async fn the_log_in_page_learns_when_a_password_would_travel_in_clear() {
    let app = TestApp::start().await;
    let mut near = app.client();
    let mut far = app.client();
    far.from = "192.168.1.77".parse().expect("an address");
    let in_clear = |answer: crate::test_app::Answer| answer.json()["password_in_clear"].clone();
    assert_eq!(in_clear(near.get("/api/v1/welcome").await), json!(false));
    assert_eq!(in_clear(far.get("/api/v1/welcome").await), json!(true));
}

// ACC-01, ACC-02
#[tokio::test]
async fn user_comes_in_without_a_password() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let answer = client.log_in(UserProfile::User, None).await;
    insta::assert_snapshot!(answer.shown());
}

// ACC-02
#[tokio::test]
async fn access_without_a_password_can_be_switched_off() {
    let app = TestApp::start().await;
    let mut earlier = app.logged_in(UserProfile::User).await;
    let cookie = earlier.cookie.take();
    drop(earlier);
    let app = restarted_without_anonymous_access(app).await;
    let answer = app.client().log_in(UserProfile::User, None).await;
    insta::assert_snapshot!(answer.shown());
    let mut later = app.client();
    later.cookie = cookie;
    assert_eq!(later.get("/api/v1/site").await.code(), "not_logged_in");
    let welcome = app.client().get("/api/v1/welcome").await.json();
    assert_eq!(welcome["anonymous_access"], json!(false));
    assert_eq!(welcome["profiles"][0]["profile"], json!("advanced_user"));
}

async fn restarted_without_anonymous_access(app: TestApp) -> TestApp {
    app.restarted_with(AccessOptions {
        anonymous_access: Some(false),
        ..AccessOptions::default()
    })
    .await
}

// ACC-05, SEC-03
#[tokio::test]
async fn a_factory_password_opens_only_the_form_that_replaces_it() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let profile = UserProfile::Administrator;
    let first = client.log_in(profile, Some("Admin")).await;
    insta::assert_snapshot!("factory_session", first.shown());
    let change = json!({"current": "Admin", "new": PASSWORD});
    let changed = client.put("/api/v1/session/password", change).await;
    insta::assert_snapshot!("session_after_replacement", changed.shown());
    client.get("/api/v1/configuration").await.expect_status(200);
    let mut again = app.client();
    let refused = again.log_in(profile, Some("Admin")).await;
    assert_eq!(refused.code(), "wrong_password");
}

// ACC-03, ACC-15
#[tokio::test]
async fn a_wrong_a_missing_and_an_overlong_password_are_refused_alike() {
    let app = TestApp::start().await;
    app.logged_in(UserProfile::Administrator).await;
    let overlong = "x".repeat(10_000);
    let wrong_case = PASSWORD.to_uppercase();
    for password in [
        None,
        Some("wrong"),
        Some(overlong.as_str()),
        Some(wrong_case.as_str()),
    ] {
        let mut client = app.client();
        let answer = client.log_in(UserProfile::Administrator, password).await;
        insta::assert_snapshot!("wrong_password", answer.shown());
        assert_eq!(client.cookie, None);
    }
}

// ACC-15
#[tokio::test]
async fn after_five_wrong_passwords_even_the_right_one_waits() {
    let app = TestApp::start().await;
    let administrator = UserProfile::Administrator;
    app.logged_in(administrator).await;
    let mut client = app.client();
    for _ in 0..5 {
        client
            .log_in(administrator, Some("wrong"))
            .await
            .expect_status(401);
    }
    let refused = client.log_in(administrator, Some(PASSWORD)).await;
    assert_eq!(refused.header("retry-after"), Some("60"));
    insta::assert_snapshot!(refused.shown());

    let mut elsewhere = app.client();
    elsewhere.from = "192.168.1.77".parse().expect("an address");
    elsewhere
        .log_in(administrator, Some(PASSWORD))
        .await
        .expect_status(200);
    client
        .log_in(UserProfile::User, None)
        .await
        .expect_status(200);

    app.clock.advance(Duration::from_mins(1));
    client
        .log_in(administrator, Some(PASSWORD))
        .await
        .expect_status(200);
}

// ACC-15
#[tokio::test]
async fn tries_at_once_cannot_pass_the_limit() {
    let app = TestApp::start().await;
    let tries = (0..20).map(|_| {
        let mut client = app.client();
        async move {
            client
                .log_in(UserProfile::Administrator, Some("wrong"))
                .await
                .status
                .as_u16()
        }
    });
    let statuses = futures::future::join_all(tries).await;
    let n_tried = statuses.iter().filter(|&&status| status == 401).count();
    let n_refused = statuses.iter().filter(|&&status| status == 429).count();
    assert_eq!((n_tried, n_refused), (5, 15));
}

#[tokio::test]
async fn right_passwords_are_not_counted() {
    let app = TestApp::start().await;
    for _ in 0..8 {
        app.logged_in(UserProfile::AdvancedUser).await;
    }
}

#[tokio::test]
async fn an_unknown_profile_or_language_is_refused_without_an_echo() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let profile = json!({"profile": "hunter2"});
    insta::assert_snapshot!(client.post("/api/v1/session", profile).await.shown());
    let language = json!({"profile": "user", "language": "tlh"});
    insta::assert_snapshot!(client.post("/api/v1/session", language).await.shown());
}
