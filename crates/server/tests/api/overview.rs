//! The home page: what it says of power and energy, also when the clock is changed.

use serde_json::Value;
use server::users::UserProfile;

use crate::plant::{at, counting};
use crate::test_app::TestApp;

async fn overview(app: &TestApp) -> Value {
    let mut client = app.logged_in(UserProfile::User).await;
    client
        .get("/api/v1/overview")
        .await
        .expect_status(200)
        .json()
}

/// Energy of the day, its coverage, and the number of hours with the energy of each.
#[track_caller]
fn check_energy(overview: &Value, value_wh: f64, coverage: f64, hours: &[Option<f64>]) {
    let energy = &overview["energy_today"];
    assert_eq!(energy["value_wh"], value_wh, "{energy:#}");
    let found = energy["coverage"].as_f64().expect("a coverage");
    assert!((found - coverage).abs() < 1e-9, "{energy:#}");
    let found: Vec<Option<f64>> = energy["hours"]
        .as_array()
        .expect("hours")
        .iter()
        .map(|hour| hour["value_wh"].as_f64())
        .collect();
    assert_eq!(found, hours);
}

#[tokio::test]
async fn a_site_with_nothing_on_it_has_no_power_and_no_energy() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::User).await;
    insta::assert_snapshot!(client.get("/api/v1/overview").await.shown());
}

#[tokio::test]
async fn home_says_what_feeds_the_site_and_what_was_used_today() {
    let app = TestApp::with_plant("2026-02-10T02:30:00Z", |_| ()).await;
    let run = counting(
        "2026-02-09T22:00:00Z",
        "2026-02-10T02:30:00Z",
        1000.0,
        100.0,
    );
    app.store(2, "ea_import_wh", run).await;
    let powers = (0..15).map(|i| {
        (
            at("2026-02-10T00:00:00Z") + jiff::SignedDuration::from_mins(10 * i),
            600.0,
        )
    });
    app.store(2, "p_w", powers).await;
    app.show(&[(2, "p_w", Some(612.0))]);
    app.answer(1);
    app.answer(3);
    let mut client = app.logged_in(UserProfile::User).await;
    insta::assert_snapshot!(client.get("/api/v1/overview").await.shown());
}

#[tokio::test]
async fn the_day_on_which_the_clock_is_put_forward_has_23_hours() {
    let app = TestApp::with_plant("2026-03-29T21:59:00Z", |_| ()).await;
    let run = counting("2026-03-28T22:00:00Z", "2026-03-29T21:50:00Z", 0.0, 100.0);
    app.store(2, "ea_import_wh", run).await;
    let mut hours = vec![Some(600.0); 22];
    hours.push(Some(500.0));
    check_energy(&overview(&app).await, 13_700.0, 1370.0 / 1379.0, &hours);
}

#[tokio::test]
async fn the_day_on_which_the_clock_is_put_back_has_25_hours() {
    let app = TestApp::with_plant("2026-10-25T22:59:00Z", |_| ()).await;
    let run = counting("2026-10-24T21:00:00Z", "2026-10-25T22:50:00Z", 0.0, 100.0);
    app.store(2, "ea_import_wh", run).await;
    let mut hours = vec![Some(600.0); 24];
    hours.push(Some(500.0));
    check_energy(&overview(&app).await, 14_900.0, 1490.0 / 1499.0, &hours);
}

#[tokio::test]
async fn energy_that_stopped_hours_ago_covers_no_more_than_it_did() {
    let app = TestApp::with_plant("2026-02-10T03:00:00Z", |_| ()).await;
    let run = counting("2026-02-09T22:00:00Z", "2026-02-10T00:00:00Z", 0.0, 100.0);
    app.store(2, "ea_import_wh", run).await;
    let overview = overview(&app).await;
    let hours = [Some(600.0), None, None, None, None];
    check_energy(&overview, 600.0, 0.25, &hours);
    assert_eq!(overview["energy_today"]["until"], "2026-02-10T00:00:00Z");
}

#[tokio::test]
async fn a_meter_with_partial_counters_only_is_asked_for_those() {
    let app = TestApp::with_plant("2026-02-10T00:50:00Z", |document| {
        document["points"][1]["feeds_site"] = false.into();
        document["points"][2]["feeds_site"] = true.into();
    })
    .await;
    let before = counting("2026-02-09T23:00:00Z", "2026-02-09T23:30:00Z", 700.0, 100.0);
    let after = counting("2026-02-09T23:40:00Z", "2026-02-10T00:50:00Z", 0.0, 100.0);
    app.store(3, "ea_import_partial_wh", before).await;
    app.store(3, "ea_import_partial_wh", after).await;
    // It was set to zero between half past and twenty to.
    let hours = [Some(500.0), Some(500.0)];
    check_energy(&overview(&app).await, 1000.0, 1.0, &hours);
}

#[tokio::test]
async fn two_meters_after_one_another_are_not_subtracted_from_each_other() {
    let app = TestApp::with_plant("2026-02-10T01:00:00Z", |document| {
        let changed_at = "2026-02-10T00:00:00Z";
        document["mounts"][1]["until"] = changed_at.into();
        document["mounts"].as_array_mut().expect("mounts").push(
            serde_json::json!({"point": 2, "source": 3, "channel": "circuit2", "from": changed_at}),
        );
    })
    .await;
    let old = counting(
        "2026-02-09T22:50:00Z",
        "2026-02-09T23:50:00Z",
        5000.0,
        100.0,
    );
    let new = counting(
        "2026-02-10T00:00:00Z",
        "2026-02-10T01:00:00Z",
        90_000.0,
        100.0,
    );
    app.store(2, "ea_import_wh", old).await;
    app.store(2, "ea_import_wh", new).await;
    let energy = &overview(&app).await["energy_today"];
    assert_eq!(energy["value_wh"], 1100.0, "{energy:#}");
}
