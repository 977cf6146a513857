//! Editing the installation: nobody overwrites what he has not seen, and the way back is kept.

use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};
use server::users::UserProfile;

use crate::plant::document;
use crate::test_app::{Answer, Client, TestApp};

const PATH: &str = "/api/v1/configuration";
const NOW: &str = "2026-02-10T02:30:00Z";

async fn save(client: &mut Client, document: &Value, tag: &str) -> Answer {
    let request = Request::put(PATH)
        .header("x-wattline", "1")
        .header(CONTENT_TYPE, "application/json")
        .header(IF_MATCH, tag)
        .body(document.to_string().into())
        .expect("a request");
    client.send_as_is(request).await
}

/// TOP-05
#[tokio::test]
async fn an_edit_does_not_overwrite_what_somebody_else_saved_meanwhile() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut one = app.logged_in(UserProfile::Administrator).await;
    let mut other = app.logged_in(UserProfile::Administrator).await;
    let read = one.get(PATH).await.expect_status(200);
    let tag = read.header("etag").expect("a tag").to_owned();
    let mut document = read.json();

    document["sources"][3]["name"] = json!("A-10 Car park");
    let saved = save(&mut other, &document, &tag).await.expect_status(200);
    let newer = saved.header("etag").expect("a tag").to_owned();
    assert_ne!(newer, tag);

    document["sources"][3]["name"] = json!("A-10 Garage");
    let refused = save(&mut one, &document, &tag).await.expect_status(412);
    insta::assert_snapshot!(refused.shown());
    let kept = one.get(PATH).await.json();
    assert_eq!(kept["sources"][3]["name"], "A-10 Car park");
    let weak = format!("W/{newer}");
    save(&mut one, &document, &weak).await.expect_status(200);
    save(&mut one, &document, "yesterday")
        .await
        .expect_status(400);
}

/// TOP-04
#[tokio::test]
async fn what_was_replaced_is_kept_and_can_be_put_in_force_again() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let before = client.get(PATH).await.json();
    let mut emptied = document();
    for member in ["sources", "points", "mounts"] {
        emptied[member] = json!([]);
    }
    client.put(PATH, emptied).await.expect_status(200);
    let list = client.get(&format!("{PATH}/revisions")).await;
    insta::assert_snapshot!(list.expect_status(200).shown());
    let former = client.get(&format!("{PATH}/revisions/1")).await;
    let former = former.expect_status(200).json();
    assert_eq!(former, before);
    client.put(PATH, former).await.expect_status(200);
    assert_eq!(client.get(PATH).await.json(), before);
    let gone = client.get(&format!("{PATH}/revisions/99")).await;
    assert_eq!(gone.expect_status(404).code(), "not_found");
}

/// CIR-10
#[tokio::test]
async fn an_id_that_was_deleted_is_never_offered_again() {
    let app = TestApp::with_plant(NOW, |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let mut fewer = document();
    fewer["hierarchies"] = json!([{ "id": 5, "name": "By load", "fluid": 1,
        "nodes": [{ "id": 1, "name": "Main" }] }]);
    client.put(PATH, fewer.clone()).await.expect_status(200);
    for member in ["points", "mounts", "sources", "hierarchies"] {
        fewer[member].as_array_mut().expect("a list").pop();
    }
    client.put(PATH, fewer).await.expect_status(200);
    let next = client.get(&format!("{PATH}/next_ids")).await;
    assert_eq!(
        next.expect_status(200).json(),
        json!({ "fluids": 2, "usages": 2, "sources": 5, "points": 4, "hierarchies": 6 })
    );
}

/// SRC-08
#[tokio::test]
async fn a_form_learns_which_products_there_are() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let profiles = client.get("/api/v1/device_profiles").await;
    let profiles = profiles.expect_status(200).json();
    let i35 = profiles.as_array().expect("a list").iter();
    let i35 = i35.filter(|one| one["id"] == "socomec.digiware.i35");
    assert_eq!(i35.clone().count(), 1);
    for profile in i35 {
        assert_eq!(profile["channels"][0], "circuit1");
        assert_eq!(profile["class"], "current_module");
    }
}

/// The most that the pages are meant for.
#[tokio::test]
async fn a_site_of_five_thousand_circuits_is_saved_and_listed_whole() {
    let app = TestApp::start().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let mut large = document();
    let sources = large["sources"].as_array_mut().expect("a list");
    for id in 10..5_010 {
        sources.push(
            json!({ "id": id, "name": format!("Meter {id}"), "zone": "Hall",
            "profile": "socomec.diris.a10", "host": format!("10.0.{}.{}", id / 250, id % 250 + 1),
            "unit_id": 1 }),
        );
    }
    let points = large["points"].as_array_mut().expect("a list");
    for id in 10..5_010 {
        points.push(
            json!({ "id": id, "name": format!("Circuit {id}"), "kind": "circuit",
            "wiring": "3p_n", "fluid": 1, "usage": 1, "network": 1 }),
        );
    }
    let mounts = large["mounts"].as_array_mut().expect("a list");
    for id in 10..5_010 {
        mounts.push(json!({ "point": id, "source": id, "channel": "circuit1",
            "from": "2026-01-01T00:00:00Z" }));
    }
    let saved = client.put(PATH, large.clone()).await.expect_status(200);
    assert_eq!(saved.json()["points"], large["points"]);
    for (path, member) in [("/api/v1/points", "points"), ("/api/v1/devices", "sources")] {
        let listed = client.get(path).await.expect_status(200).json();
        let expected = large[member].as_array().map(Vec::len);
        assert_eq!(listed.as_array().map(Vec::len), expected, "{path}");
    }
}
