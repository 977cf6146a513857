//! Requests that another site's page could make.

use axum::body::Body;
use axum::http::{Method, Request};
use server::config::AccessOptions;
use server::users::UserProfile;

use crate::test_app::{Answer, Client, TestApp};

async fn send(client: &mut Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Body::from(r#"{"profile":"user"}"#);
    client
        .send_as_is(request.body(body).expect("a request"))
        .await
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// What a browser puts on a request that a page makes; no page can leave all of them out.
const BROWSER_MARKS: [(&str, &str); 3] = [
    ("origin", "http://127.0.0.1:8080"),
    ("sec-fetch-site", "same-origin"),
    ("referer", "http://127.0.0.1:8080/"),
];

const CHANGING_ROUTES: [(Method, &str); 4] = [
    (Method::POST, "/api/v1/session"),
    (Method::PUT, "/api/v1/configuration"),
    (Method::PUT, "/api/v1/session/password"),
    (Method::DELETE, "/api/v1/session"),
];

// SEC-09
#[tokio::test]
async fn a_browser_changes_nothing_without_the_header_that_other_sites_cannot_send() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    for mark in BROWSER_MARKS {
        for (method, path) in CHANGING_ROUTES {
            let answer = send(&mut client, method, path, &[JSON, mark]).await;
            assert_eq!(answer.code(), "missing_header", "{path} {mark:?}");
        }
    }
    client.get("/api/v1/session").await.expect_status(200);
}

#[tokio::test]
async fn a_script_logs_in_and_out_with_nothing_but_the_body_and_its_cookie() {
    let app = TestApp::start().await;
    let mut client = app.client();
    send(&mut client, Method::POST, "/api/v1/session", &[JSON])
        .await
        .expect_status(200);
    send(&mut client, Method::DELETE, "/api/v1/session", &[JSON])
        .await
        .expect_status(204);
}

// SEC-14
#[tokio::test]
async fn a_foreign_origin_is_refused_whatever_it_asks() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::User).await;
    for origin in ["https://evil.example", "http://127.0.0.1:9090", "null"] {
        let headers = [JSON, ("origin", origin), ("x-wattline", "1")];
        for (method, path) in [
            (Method::GET, "/api/v1/site"),
            (Method::GET, "/"),
            (Method::POST, "/api/v1/session"),
        ] {
            let answer = send(&mut client, method, path, &headers).await;
            assert_eq!(answer.code(), "foreign_origin", "{origin} {path}");
        }
    }
}

// SEC-14
#[tokio::test]
async fn a_name_that_is_not_this_servers_is_refused_on_pages_and_api() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::User).await;
    for path in ["/api/v1/site", "/api/v1/welcome", "/", "/assets/app.js"] {
        let answer = send(&mut client, Method::GET, path, &[("host", "evil.example")]).await;
        assert_eq!(answer.status.as_u16(), 421, "{path}");
        insta::assert_snapshot!("unknown_host", answer.shown());
    }
}

// SEC-14
#[tokio::test]
async fn the_operator_may_allow_further_names() {
    let app = TestApp::start_with(AccessOptions {
        allowed_hosts: Some(vec!["power.example.org".to_owned()]),
        ..AccessOptions::default()
    })
    .await;
    let host = ("host", "power.example.org");
    let origin = ("origin", "https://power.example.org");
    send(
        &mut app.client(),
        Method::GET,
        "/api/v1/welcome",
        &[host, origin],
    )
    .await
    .expect_status(200);
}

// SEC-14
#[tokio::test]
async fn no_answer_lets_another_site_read_it() {
    let app = TestApp::start().await;
    let answer = app.client().get("/api/v1/welcome").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let policy = answer.header("cross-origin-resource-policy");
    assert_eq!(policy, Some("same-origin"));
    let preflight = send(
        &mut app.client(),
        Method::OPTIONS,
        "/api/v1/session",
        &[("access-control-request-headers", "x-wattline")],
    )
    .await;
    assert!(!preflight.status.is_success(), "{preflight:?}");
}
