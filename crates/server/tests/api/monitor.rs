//! What the monitoring pages ask: devices, points, history, live values.

use serde_json::{Value, json};
use server::users::UserProfile;

use crate::plant::{at, counting, document};
use crate::test_app::TestApp;

const NOW: &str = "2026-02-10T02:30:00Z";

#[tokio::test]
async fn devices_say_how_they_answer() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    app.answer(3);
    let mut client = app.logged_in(UserProfile::User).await;
    insta::assert_snapshot!(client.get("/api/v1/devices").await.shown());
}

/// PRT-01, DIA-04
#[tokio::test]
async fn a_device_says_by_which_line_it_is_reached() {
    let app = TestApp::with_plant(NOW, |document| {
        let source = document["sources"][3].as_object_mut().expect("a source");
        source.retain(|member, _| member != "host" && member != "port");
        let line = json!({ "path": "/dev/ttyS0", "baud_rate": 9600, "parity": "none" });
        source.insert("serial".to_owned(), line);
    })
    .await;
    let mut client = app.logged_in(UserProfile::User).await;
    let devices = client.get("/api/v1/devices").await.json();
    assert_eq!(devices[0]["protocol"], "tcp");
    let device = devices[3].as_object().expect("a device");
    let ways = ["protocol", "host", "port", "serial"].map(|member| (member, &device[member]));
    insta::assert_json_snapshot!(ways);
}

#[tokio::test]
async fn a_device_that_was_never_read_has_no_counts() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut client = app.logged_in(UserProfile::User).await;
    let counts = client.get("/api/v1/devices/3/counts").await.json();
    assert_eq!(counts, json!([]));
    client
        .get("/api/v1/devices/9/counts")
        .await
        .expect_status(404);
}

#[tokio::test]
async fn points_say_where_they_are_and_what_stands_for_them() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut client = app.logged_in(UserProfile::User).await;
    insta::assert_snapshot!(client.get("/api/v1/points").await.shown());
    client.get("/api/v1/circuits/9").await.expect_status(404);
}

#[tokio::test]
async fn a_circuit_says_what_it_can_show() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    app.show(&[(3, "i1_a", Some(31.0))]);
    let mut client = app.logged_in(UserProfile::User).await;
    insta::assert_snapshot!(client.get("/api/v1/circuits/3").await.shown());
}

#[tokio::test]
async fn history_comes_in_steps_and_says_what_was_measured() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let instants = [0, 1, 2, 3, 4, 30, 31, 32];
    let powers = instants.map(|second| {
        let at = at("2026-02-10T01:00:00Z") + jiff::SignedDuration::from_secs(second);
        (at, 100.0 + second as f64)
    });
    app.store(2, "p_w", powers).await;
    let mut client = app.logged_in(UserProfile::AdvancedUser).await;
    let query = "quantity=p_w&from=2026-02-10T01:00:00Z&until=2026-02-10T01:01:00Z";
    let path = format!("/api/v1/circuits/2/history?{query}&step_s=10");
    insta::assert_snapshot!(client.get(&path).await.shown());
    for (query, status) in [
        (format!("{query}&step_s=0"), 422),
        (
            "quantity=watts&from=2026-02-10T01:00:00Z&until=2026-02-10T01:01:00Z&step_s=1"
                .to_owned(),
            422,
        ),
        (
            "quantity=p_w&from=2026-02-10T01:00:00Z&until=2026-02-10T01:00:00Z&step_s=1".to_owned(),
            422,
        ),
        (
            "quantity=p_w&from=2020-02-10T01:00:00Z&until=2026-02-10T01:00:00Z&step_s=1".to_owned(),
            422,
        ),
    ] {
        let path = format!("/api/v1/circuits/2/history?{query}");
        client.get(&path).await.expect_status(status);
    }
}

#[tokio::test]
async fn readings_come_as_they_were_read() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let run = counting(
        "2026-02-10T01:00:00Z",
        "2026-02-10T02:00:00Z",
        1000.0,
        100.0,
    );
    app.store(2, "ea_import_wh", run).await;
    let mut client = app.logged_in(UserProfile::AdvancedUser).await;
    let path = "/api/v1/circuits/2/readings?quantity=ea_import_wh\
        &from=2026-02-10T01:10:00Z&until=2026-02-10T02:00:00Z&limit=2";
    insta::assert_snapshot!(client.get(path).await.shown());
}

#[tokio::test]
async fn a_configuration_with_mistakes_changes_nothing() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let mut wrong = document();
    wrong["mounts"][1]["channel"] = json!("circuit99");
    wrong["points"][1]["network"] = json!(7);
    insta::assert_snapshot!(client.put("/api/v1/configuration", wrong).await.shown());
    let kept = client.get("/api/v1/configuration").await.expect_status(200);
    assert_eq!(kept.json()["mounts"][1]["channel"], "circuit1");
}

#[tokio::test]
async fn a_configuration_is_answered_as_it_was_given() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let answer = client.put("/api/v1/configuration", document()).await;
    insta::assert_snapshot!(answer.expect_status(200).shown());
    let read = client.get("/api/v1/configuration").await.json();
    assert_eq!(
        client
            .get("/api/v1/points")
            .await
            .json()
            .as_array()
            .map(Vec::len),
        Some(3)
    );
    // What was exported can be imported.
    let again = client.put("/api/v1/configuration", read.clone()).await;
    assert_eq!(again.expect_status(200).json(), read);
}

/// The events of a stream: name and data.
fn events(stream: &str) -> Vec<(String, Value)> {
    stream
        .split("\n\n")
        .filter_map(|event| {
            let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            let data = serde_json::from_str(line("data: ")?).expect("JSON");
            Some((line("event: ")?.to_owned(), data))
        })
        .collect()
}

#[tokio::test]
async fn a_stream_begins_with_all_that_was_asked_for() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    app.show(&[
        (2, "p_w", Some(612.0)),
        (2, "q_var", None),
        (3, "p_w", Some(5.0)),
    ]);
    app.answer(3);
    let mut client = app.logged_in(UserProfile::User).await;
    let stream = client.stream("/api/v1/live?devices=3").await;
    let stream = tokio::spawn(stream);
    // Its first turn is the snapshot.
    tokio::task::yield_now().await;
    app.app.state().stopping.cancel();
    let (name, mut data) = events(&stream.await.expect("a stream")).swap_remove(0);
    data["version"] = json!("x.y.z");
    insta::assert_snapshot!(format!("{name}\n{data:#}\n"));
}

#[tokio::test]
async fn a_stream_tells_of_another_installation_and_follows_it() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    app.show(&[(2, "p_w", Some(612.0)), (3, "p_w", Some(5.0))]);
    let mut client = app.logged_in(UserProfile::User).await;
    let stream = tokio::spawn(client.stream("/api/v1/live?devices=3").await);
    let mut moved = document();
    // The chargers hang on the other device now.
    moved["mounts"][2]["source"] = json!(3);
    moved["mounts"][2]["channel"] = json!("circuit2");
    let mut administrator = app.logged_in(UserProfile::Administrator).await;
    administrator
        .put("/api/v1/configuration", moved)
        .await
        .expect_status(200);
    // Time runs ahead as soon as nothing else is to be done.
    tokio::time::pause();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    app.app.state().stopping.cancel();
    let events = events(&stream.await.expect("a stream"));
    let site = events
        .iter()
        .position(|(name, _)| name == "site")
        .expect("an event");
    assert_eq!(events[site].1["revision"], 2);
    let mut points: Vec<u64> = events[site..]
        .iter()
        .filter(|(name, _)| name == "readings")
        .flat_map(|(_, data)| data["readings"].as_array().expect("readings"))
        .filter_map(|reading| reading["point"].as_u64())
        .collect();
    points.sort_unstable();
    assert_eq!(points, [2, 3]);
}

#[tokio::test]
async fn a_session_opens_so_many_streams_and_no_more() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut client = app.logged_in(UserProfile::User).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(client.stream("/api/v1/live").await);
    }
    let refused = client.get("/api/v1/live").await;
    insta::assert_snapshot!(refused.shown());
    assert_eq!(refused.header("retry-after"), Some("5"));
    // Another session has its own, and one that closes makes room.
    let mut other = app.logged_in(UserProfile::User).await;
    drop(other.stream("/api/v1/live").await);
    open.pop();
    drop(client.stream("/api/v1/live").await);
}
