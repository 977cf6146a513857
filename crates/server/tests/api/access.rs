//! Every route with every profile, against the permission matrix.

use axum::http::Method;
use serde_json::json;
use server::users::UserProfile;

use crate::test_app::{Client, TestApp};

/// The permission matrix of the requirements (2.1), typed off by hand. `open` and `logged_in` are
/// no rights: anybody has the first, and every session the second.
const MATRIX: [(&str, [bool; 4]); 8] = [
    // right                    anonymous user advanced administrator
    ("open", [true, true, true, true]),
    ("logged_in", [false, true, true, true]),
    ("monitor", [false, true, true, true]),
    ("analysis", [false, true, true, true]),
    ("reset_partial_energies", [false, false, true, true]),
    ("declare", [false, false, false, true]),
    ("diagnostic", [false, true, true, true]),
    ("change_own_password", [false, false, true, true]),
];

const CALLERS: [Option<UserProfile>; 4] = [
    None,
    Some(UserProfile::User),
    Some(UserProfile::AdvancedUser),
    Some(UserProfile::Administrator),
];

/// One operation of the document.
struct Operation {
    method: Method,
    path: String,
    access: String,
}

async fn operations(client: &mut Client) -> Vec<Operation> {
    let document = client.get("/api/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths").clone();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("operations") {
            operations.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                access: operation["x-access"]
                    .as_str()
                    .expect("an access")
                    .to_owned(),
            });
        }
    }
    operations
}

async fn client_of(app: &TestApp, caller: Option<UserProfile>) -> Client {
    match caller {
        Some(profile) => app.logged_in(profile).await,
        None => app.client(),
    }
}

/// A path with something in place of its parameters.
fn concrete(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "1" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

// ACC-04, ACC-11
#[tokio::test]
async fn every_route_lets_in_whom_the_matrix_lets_in_and_nobody_else() {
    let app = TestApp::start().await;
    let operations = operations(&mut app.client()).await;
    assert!(operations.len() >= 8, "the document lists the routes");
    for (column, caller) in CALLERS.into_iter().enumerate() {
        let mut client = client_of(&app, caller).await;
        for operation in &operations {
            let Operation {
                method,
                path,
                access,
            } = operation;
            let (_, row) = MATRIX
                .iter()
                .find(|(right, _)| right == access)
                .unwrap_or_else(|| panic!("{method} {path} needs `{access}`, which is no right"));
            let expected = match (row[column], caller) {
                (true, _) => "",
                (false, None) => "not_logged_in",
                (false, Some(_)) => "no_right",
            };
            let body = (method != Method::GET).then(|| json!({}));
            let answer = client.send(method.clone(), &concrete(path), body).await;
            let refused = match answer.code() {
                code if code == "not_logged_in" || code == "no_right" => code,
                _ => String::new(),
            };
            assert_eq!(
                refused, expected,
                "{method} {path} by {caller:?}: {answer:?}"
            );
            assert!(answer.status.as_u16() < 500, "{method} {path}: {answer:?}");
            if (method, path.as_str()) == (&Method::DELETE, "/api/v1/session") {
                client = client_of(&app, caller).await;
            }
        }
    }
}

#[tokio::test]
async fn every_route_states_its_access() {
    let app = TestApp::start().await;
    let table: Vec<String> = operations(&mut app.client())
        .await
        .into_iter()
        .map(|operation| {
            let (method, path) = (operation.method.as_str(), operation.path);
            format!("{method:<6} {path:<36} {}", operation.access)
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

// SEC-03, ACC-05
#[tokio::test]
async fn with_a_factory_password_every_route_but_its_replacement_is_closed() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let factory = UserProfile::Administrator.factory_password();
    client
        .log_in(UserProfile::Administrator, factory)
        .await
        .expect_status(200);
    for operation in operations(&mut app.client()).await {
        let Operation {
            method,
            path,
            access,
        } = operation;
        if access == "open" || access == "logged_in" {
            continue;
        }
        let body = (method != Method::GET).then(|| json!({}));
        let answer = client.send(method.clone(), &concrete(&path), body).await;
        if access == "change_own_password" {
            assert_eq!(answer.code(), "bad_request", "{method} {path}");
        } else {
            assert_eq!(answer.code(), "must_change_password", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_refusal_names_the_right_that_is_missing() {
    let app = TestApp::start().await;
    let mut user = app.logged_in(UserProfile::User).await;
    insta::assert_snapshot!(user.get("/api/v1/configuration").await.shown());
    let mut anybody = app.client();
    insta::assert_snapshot!(anybody.get("/api/v1/configuration").await.shown());
}
