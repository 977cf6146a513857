//! The one-time code for a first password that is set from another machine.

use std::net::IpAddr;

use serde_json::{Value, json};
use server::config::AccessOptions;
use server::users::UserProfile;

use crate::test_app::{Client, PASSWORD, TestApp};

const PATH: &str = "/api/v1/session/password";
const ELSEWHERE: &str = "192.0.2.7";

fn change(profile: UserProfile, code: Option<&str>) -> Value {
    json!({"current": profile.factory_password(), "new": PASSWORD, "first_code": code})
}

/// Somebody who logged in with the factory password.
async fn entered(app: &TestApp, profile: UserProfile, from: &str) -> Client {
    let mut client = app.client();
    client.from = from.parse::<IpAddr>().expect("an address");
    let factory = profile.factory_password();
    let entered = client.log_in(profile, factory).await.expect_status(200);
    let is_elsewhere = from == ELSEWHERE;
    assert_eq!(entered.json()["needs_first_code"], is_elsewhere);
    client
}

fn printed(app: &TestApp) -> String {
    let code = app.app.first_code().expect("a code at the first start");
    code.reveal()
}

#[tokio::test]
async fn from_another_machine_the_first_password_needs_the_printed_code() {
    let app = TestApp::start().await;
    let profile = UserProfile::Administrator;
    let mut client = entered(&app, profile, ELSEWHERE).await;
    let missing = client.put(PATH, change(profile, None)).await;
    assert_eq!(missing.expect_status(403).code(), "first_code_needed");
    let wrong = client.put(PATH, change(profile, Some("AAAAA-AAAAA"))).await;
    assert_eq!(wrong.expect_status(403).code(), "wrong_first_code");
    let code = printed(&app).to_lowercase().replace('-', " ");
    let done = client.put(PATH, change(profile, Some(&code))).await;
    assert_eq!(done.expect_status(200).json()["needs_first_code"], false);
    // The next password is one's own business.
    let next = json!({"current": PASSWORD, "new": "Staple-batt3ry"});
    client.put(PATH, next).await.expect_status(200);
}

#[tokio::test]
async fn from_the_machine_itself_none_is_needed() {
    let app = TestApp::start().await;
    for from in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        entered(&app, UserProfile::Administrator, from).await;
    }
    let profile = UserProfile::Administrator;
    let mut client = entered(&app, profile, "::1").await;
    client
        .put(PATH, change(profile, None))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn what_a_header_says_of_the_address_does_not_count() {
    let app = TestApp::start().await;
    let profile = UserProfile::Administrator;
    let mut client = entered(&app, profile, ELSEWHERE).await;
    let request = axum::http::Request::put(PATH)
        .header("x-wattline", "1")
        .header("content-type", "application/json")
        .header("x-forwarded-for", "127.0.0.1")
        .header("forwarded", "for=127.0.0.1")
        .body(change(profile, None).to_string().into())
        .expect("a request");
    let answer = client.send_as_is(request).await;
    assert_eq!(answer.expect_status(403).code(), "first_code_needed");
}

#[tokio::test]
async fn behind_a_proxy_loopback_is_nobody_in_particular() {
    let of_path = AccessOptions {
        base_path: Some("/power/".to_owned()),
        ..AccessOptions::default()
    };
    let of_name = AccessOptions {
        allowed_hosts: Some(vec!["power.example".to_owned()]),
        ..AccessOptions::default()
    };
    for access in [of_path, of_name] {
        let app = TestApp::start_with(access).await;
        let profile = UserProfile::Administrator;
        let mut client = app.client();
        let factory = profile.factory_password();
        let entered = client.log_in(profile, factory).await.expect_status(200);
        assert_eq!(entered.json()["needs_first_code"], true);
        let missing = client.put(PATH, change(profile, None)).await;
        assert_eq!(missing.expect_status(403).code(), "first_code_needed");
        let proven = change(profile, Some(&printed(&app)));
        client.put(PATH, proven).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_code_opens_one_account_of_two_at_once() {
    let app = TestApp::start().await;
    let code = printed(&app);
    let (one, other) = (UserProfile::Administrator, UserProfile::AdvancedUser);
    let mut first = entered(&app, one, ELSEWHERE).await;
    let mut second = entered(&app, other, ELSEWHERE).await;
    let (first, second) = tokio::join!(
        first.put(PATH, change(one, Some(&code))),
        second.put(PATH, change(other, Some(&code)))
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
}

#[tokio::test]
async fn a_used_code_opens_nothing_more() {
    let app = TestApp::start().await;
    let code = printed(&app);
    let first = UserProfile::Administrator;
    let mut client = entered(&app, first, ELSEWHERE).await;
    client
        .put(PATH, change(first, Some(&code)))
        .await
        .expect_status(200);
    let second = UserProfile::AdvancedUser;
    let mut client = entered(&app, second, ELSEWHERE).await;
    let again = client.put(PATH, change(second, Some(&code))).await;
    assert_eq!(again.expect_status(403).code(), "wrong_first_code");
}

/// ACC-15
#[tokio::test]
async fn guesses_of_the_code_are_few_from_wherever_they_come() {
    let app = TestApp::start().await;
    let profile = UserProfile::Administrator;
    let guess = change(profile, Some("AAAAA-AAAAA"));
    for host in 1..=5 {
        let mut client = entered(&app, profile, ELSEWHERE).await;
        client.from = IpAddr::from([198, 51, 100, host]);
        let wrong = client.put(PATH, guess.clone()).await;
        assert_eq!(wrong.expect_status(403).code(), "wrong_first_code");
    }
    let mut client = entered(&app, profile, ELSEWHERE).await;
    client.from = IpAddr::from([198, 51, 100, 99]);
    let right = change(profile, Some(&printed(&app)));
    let late = client.put(PATH, right.clone()).await;
    assert_eq!(late.expect_status(429).code(), "too_many_attempts");
    app.clock.advance(std::time::Duration::from_mins(1));
    client.put(PATH, right).await.expect_status(200);
}

#[tokio::test]
async fn the_code_is_told_once_and_kept_as_a_hash() {
    let app = TestApp::start().await;
    let code = printed(&app);
    let bare = code.replace('-', "");
    let file = app.folder.path().join("config.db");
    let app = app.restarted().await;
    assert!(app.app.first_code().is_none(), "it was told at the start");
    let mut text = std::fs::read(&file).expect("the file");
    text.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
    for secret in [&code, &bare] {
        let is_there = text
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!is_there, "the code is in the file");
    }
    let profile = UserProfile::Administrator;
    let mut client = entered(&app, profile, ELSEWHERE).await;
    client
        .put(PATH, change(profile, Some(&code)))
        .await
        .expect_status(200);
}
