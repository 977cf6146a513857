//! What every answer has, whatever it is about.

use axum::body::Body;
use axum::http::{Method, Request};
use server::users::UserProfile;

use crate::test_app::TestApp;

// SEC-09
#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_the_browser_strict() {
    let app = TestApp::start().await;
    let mut client = app.client();
    for path in [
        "/",
        "/assets/missing.js",
        "/api/v1/welcome",
        "/api/v1/site",
        "/api/nothing",
    ] {
        let answer = client.get(path).await;
        let policy = answer.header("content-security-policy");
        assert_eq!(
            policy,
            Some(
                "default-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; \
                 base-uri 'self'; frame-ancestors 'none'; form-action 'self'; object-src 'none'"
            ),
            "{path}"
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            answer.header("referrer-policy"),
            Some("same-origin"),
            "{path}"
        );
        assert!(answer.header("permissions-policy").is_some(), "{path}");
    }
}

// SEC-12
#[tokio::test]
async fn what_the_api_answers_is_kept_in_no_cache() {
    let app = TestApp::start().await;
    let answer = app.client().get("/api/v1/welcome").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let app = TestApp::start().await;
    let mut client = app.client();
    insta::assert_snapshot!(client.get("/api/v1/nothing").await.shown());
    client.get("/api").await.expect_status(404);
    client.get("/api/v2/site").await.expect_status(404);
    let answer = client.send(Method::PATCH, "/api/v1/session", None).await;
    assert_eq!(answer.header("allow"), Some("POST,GET,HEAD,DELETE"));
    insta::assert_snapshot!(answer.shown());
    let answer = client.send(Method::POST, "/monitor", None).await;
    assert_eq!(answer.code(), "method_not_allowed");
}

#[tokio::test]
async fn a_body_that_is_too_large_or_of_another_kind_is_refused() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let log_in = |kind: &str, body: String| {
        Request::post("/api/v1/session")
            .header("content-type", kind)
            .header("x-wattline", "1")
            .body(Body::from(body))
            .expect("a request")
    };
    let large = log_in("application/json", " ".repeat(65 * 1024));
    insta::assert_snapshot!(client.send_as_is(large).await.shown());
    let form = log_in(
        "application/x-www-form-urlencoded",
        "profile=user".to_owned(),
    );
    insta::assert_snapshot!(client.send_as_is(form).await.shown());
    let broken = log_in("application/json", "{".to_owned());
    insta::assert_snapshot!(client.send_as_is(broken).await.shown());
}

// SEC-15
#[tokio::test]
async fn a_configuration_may_be_larger_than_a_form_but_not_without_end() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let mut put = async |n_bytes: usize| {
        let request = Request::put("/api/v1/configuration")
            .header("x-wattline", "1")
            .body(Body::from(vec![b' '; n_bytes]))
            .expect("a request");
        client.send_as_is(request).await.code()
    };
    assert_ne!(put(1024 * 1024).await, "body_too_large");
    assert_eq!(put(17 * 1024 * 1024).await, "body_too_large");
}

#[tokio::test]
async fn long_answers_are_compressed_and_streams_are_not() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::User).await;
    let get = |path: &str| {
        Request::get(path)
            .header("accept-encoding", "br")
            .body(Body::empty())
            .expect("a request")
    };
    let answer = client.send_as_is(get("/api/openapi.json")).await;
    assert_eq!(answer.header("content-encoding"), Some("br"));
    let stream = client.send_as_is(get("/api/v1/live")).await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(stream.header("content-encoding"), None);
}
