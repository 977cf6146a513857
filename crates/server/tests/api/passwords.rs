//! Changing the password of one's own profile.

use serde_json::{Value, json};
use server::users::UserProfile;

use crate::test_app::{PASSWORD, TestApp};

const NEW: &str = "Staple-batt3ry";

fn change(current: &str, new: &str) -> Value {
    json!({"current": current, "new": new})
}

// CFG-03, ACC-06
#[tokio::test]
async fn a_profile_changes_its_own_password_and_no_other() {
    let app = TestApp::start().await;
    app.logged_in(UserProfile::Administrator).await;
    let mut advanced = app.logged_in(UserProfile::AdvancedUser).await;
    advanced
        .put("/api/v1/session/password", change(PASSWORD, NEW))
        .await
        .expect_status(200);
    let mut client = app.client();
    let log_ins = [
        (UserProfile::AdvancedUser, NEW, 200),
        (UserProfile::AdvancedUser, PASSWORD, 401),
        (UserProfile::Administrator, PASSWORD, 200),
        (UserProfile::Administrator, NEW, 401),
    ];
    for (profile, password, status) in log_ins {
        client
            .log_in(profile, Some(password))
            .await
            .expect_status(status);
    }
}

// ACC-06
#[tokio::test]
async fn user_has_no_password_to_change() {
    let app = TestApp::start().await;
    let mut user = app.logged_in(UserProfile::User).await;
    let answer = user.put("/api/v1/session/password", change("", NEW)).await;
    assert_eq!(answer.code(), "no_right");
}

// CFG-03
#[tokio::test]
async fn the_current_password_must_be_right_and_wrong_ones_are_counted() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    for _ in 0..5 {
        let answer = client
            .put("/api/v1/session/password", change("wrong", NEW))
            .await;
        insta::assert_snapshot!("wrong_current_password", answer.shown());
    }
    let answer = client
        .put("/api/v1/session/password", change(PASSWORD, NEW))
        .await;
    assert_eq!(answer.code(), "too_many_attempts");
    client.get("/api/v1/session").await.expect_status(200);
}

// SEC-02
#[tokio::test]
async fn a_weak_password_is_refused_with_the_rules_that_it_breaks() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    for (name, new) in [("short", "Aa1-"), ("plain", "onlysmallletters")] {
        let answer = client
            .put("/api/v1/session/password", change(PASSWORD, new))
            .await;
        insta::assert_snapshot!(format!("weak_password_{name}"), answer.shown());
    }
}

// SEC-03
#[tokio::test]
async fn a_factory_password_is_not_replaced_by_one() {
    let app = TestApp::start().await;
    let mut client = app.client();
    client
        .log_in(UserProfile::Administrator, Some("Admin"))
        .await
        .expect_status(200);
    for new in ["Admin", "UserAdvanced", "USERADVANCED"] {
        let answer = client
            .put("/api/v1/session/password", change("Admin", new))
            .await;
        assert_eq!(answer.code(), "weak_password");
        let rules = answer.json()["rules"].clone();
        assert!(rules.to_string().contains("factory"), "{new}: {rules}");
    }
    let still = client.get("/api/v1/session").await.json();
    assert_eq!(still["must_change_password"], json!(true));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_of_its_profile_only() {
    let app = TestApp::start().await;
    let mut changing = app.logged_in(UserProfile::Administrator).await;
    let mut other = app.logged_in(UserProfile::Administrator).await;
    let mut advanced = app.logged_in(UserProfile::AdvancedUser).await;
    let mut user = app.logged_in(UserProfile::User).await;
    changing
        .put("/api/v1/session/password", change(PASSWORD, NEW))
        .await
        .expect_status(200);
    assert_eq!(other.get("/api/v1/site").await.code(), "not_logged_in");
    for kept in [&mut changing, &mut advanced, &mut user] {
        kept.get("/api/v1/session").await.expect_status(200);
    }
}

#[tokio::test]
async fn a_new_password_survives_a_restart() {
    let app = TestApp::start().await;
    app.logged_in(UserProfile::Administrator).await;
    let app = app.restarted().await;
    let mut client = app.client();
    let log_ins = [("Admin", 401), (PASSWORD, 200)];
    for (password, status) in log_ins {
        client
            .log_in(UserProfile::Administrator, Some(password))
            .await
            .expect_status(status);
    }
}
