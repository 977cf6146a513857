//! The reset of partial energies, ordered over the API and done by simulated devices.

use serde_json::{Value, json};
use server::users::UserProfile;
use simulator::Simulation;

use crate::plant::document;
use crate::running::{RunningServer, simulated};
use crate::test_app::TestApp;

/// A module with two loads, one whose lock is closed, one that keeps its counters to itself, and a
/// meter with another map.
pub(crate) const PLANT: &str = r#"
[plant]
name = "resets"

[[network]]
name = "main"
voltage_v = 230
frequency_hz = 50

[[load]]
name = "pump"
network = "main"
source = { kind = "constant" }
p_max_w = 60000

[[load]]
name = "oven"
network = "main"
source = { kind = "constant" }
p_max_w = 90000

[[gateway]]
name = "board"
listen = "127.0.0.1:0"

[[gateway.device]]
unit_id = 3
profile = "socomec.digiware.i35"
mounts = { circuit1 = "pump", circuit2 = "oven" }

[[gateway.device]]
unit_id = 4
profile = "socomec.digiware.i35"
mounts = { circuit1 = "pump" }
write_exception = 4

[[gateway.device]]
unit_id = 5
profile = "socomec.diris.a40"
mounts = { circuit1 = "pump" }
"#;

/// Sources 1 to 3 are there, source 4 is not.
pub(crate) fn site(plant: &Simulation) -> Value {
    let port = plant.gateways()[0].1.port();
    let source = |id: u32, unit_id: u32, profile: &str| {
        json!({"id": id, "name": format!("device {id}"), "zone": "Hall", "profile": profile,
               "host": "127.0.0.1", "port": port, "unit_id": unit_id})
    };
    let point = |id: u32| json!({"id": id, "name": format!("circuit {id}"), "kind": "circuit", "wiring": "3p_n"});
    let mount = |point: u32, source: u32, channel: &str| json!({"point": point, "source": source, "channel": channel, "from": "2026-01-01T00:00:00Z"});
    json!({
        "format": "wattline-configuration",
        "version": 1,
        "site": {"name": "Resets", "time_zone": "UTC"},
        "sources": [
            source(1, 3, "socomec.digiware.i35"),
            source(2, 4, "socomec.digiware.i35"),
            source(3, 5, "socomec.diris.a40"),
            source(4, 9, "socomec.digiware.i35"),
        ],
        "points": [point(1), point(2), point(3), point(4), point(5)],
        "mounts": [
            mount(1, 1, "circuit1"), mount(2, 1, "circuit2"), mount(3, 2, "circuit1"),
            mount(4, 3, "circuit1"), mount(5, 4, "circuit1"),
        ],
    })
}

fn results(answer: &Value) -> Vec<(u64, String, Option<String>)> {
    let rows = answer.as_array().expect("a list").iter();
    rows.map(|row| {
        let word = |member: &str| row[member].as_str().map(str::to_owned);
        let point = row["point"].as_u64().expect("a point");
        (point, word("result").expect("a result"), word("fault"))
    })
    .collect()
}

/// ACC-10, MON-21, CFG-06
#[tokio::test]
async fn a_reset_is_written_read_back_and_kept_in_the_audit_log() {
    let plant = simulated(PLANT).await;
    let server = RunningServer::start(Some(site(&plant))).await;
    let mut advanced = server.logged_in(UserProfile::AdvancedUser).await;
    let circuit = advanced.get("/api/v1/circuits/1").await;
    assert_eq!(circuit["actions"], json!(["reset_partial_energies"]));

    let path = "/api/v1/devices/1/partial_energies/reset";
    let (status, answer) = advanced.post(path, &json!({"points": [2, 1]})).await;
    assert_eq!(status, 200, "{answer}");
    let done = |point| (point, "done".to_owned(), None);
    assert_eq!(results(&answer), [done(2), done(1)]);

    let (status, answer) = advanced
        .post(
            "/api/v1/devices/2/partial_energies/reset",
            &json!({"points": [3]}),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    let locked = (3, "refused".to_owned(), Some("exception_4".to_owned()));
    assert_eq!(results(&answer), [locked]);

    let (_, answer) = advanced
        .post(
            "/api/v1/devices/3/partial_energies/reset",
            &json!({"points": [4]}),
        )
        .await;
    assert_eq!(results(&answer), [(4, "no_such_action".to_owned(), None)]);

    let (_, answer) = advanced
        .post(
            "/api/v1/devices/4/partial_energies/reset",
            &json!({"points": [5]}),
        )
        .await;
    let silent = (5, "silent".to_owned(), Some("exception_11".to_owned()));
    assert_eq!(results(&answer), [silent]);

    let mut administrator = server.logged_in(UserProfile::Administrator).await;
    let rows = administrator
        .get("/api/v1/audit?action=reset_partial_energies")
        .await;
    let rows = rows.as_array().expect("rows");
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["point"].as_u64(), row["result"].as_str()))
        .collect();
    let expected = [
        (Some(5), Some("silent")),
        (Some(4), Some("no_such_action")),
        (Some(3), Some("refused")),
        (Some(1), Some("done")),
        (Some(2), Some("done")),
    ];
    assert_eq!(told, expected);
    let pump = &rows[3];
    assert_eq!(pump["actor"], "advanced_user");
    assert_eq!(pump["address"], "127.0.0.1");
    assert_eq!(pump["device"], 1);
    let energy = |when: &str| {
        pump[when]["ea_import_partial_wh"]
            .as_f64()
            .expect("the counter")
    };
    assert!(energy("before") > 1000.0, "{pump}");
    assert!(energy("after") < 100.0, "{pump}");
    let lock = &rows[2];
    assert_eq!(
        lock["detail"],
        "unit 4 answered exception 4 (device failure)"
    );
    server.stopped().await;
    plant.stop().await;
}

/// ACC-10
#[tokio::test]
async fn a_user_may_not_reset_and_nobody_may_reset_what_is_not_there() {
    let app = TestApp::with_plant("2026-02-10T02:30:00Z", |_| ()).await;
    let path = "/api/v1/devices/3/partial_energies/reset";
    let mut user = app.logged_in(UserProfile::User).await;
    let refused = user.post(path, json!({"points": [2]})).await;
    assert_eq!(refused.expect_status(403).code(), "no_right");

    let mut advanced = app.logged_in(UserProfile::AdvancedUser).await;
    for (path, points, status, code) in [
        (
            "/api/v1/devices/99/partial_energies/reset",
            json!([2]),
            404,
            "not_found",
        ),
        (path, json!([3]), 422, "invalid"),
        (path, json!([]), 422, "invalid"),
        // Nothing is polled here.
        (path, json!([2]), 503, "busy"),
    ] {
        let answer = advanced.post(path, json!({"points": points})).await;
        assert_eq!(answer.expect_status(status).code(), code, "{path} {points}");
    }
}

/// CFG-06
#[tokio::test]
async fn a_replaced_configuration_is_in_the_audit_log_and_only_the_administrator_reads_it() {
    let app = TestApp::with_plant("2026-02-10T02:30:00Z", |_| ()).await;
    let mut administrator = app.logged_in(UserProfile::Administrator).await;
    let mut fewer = document();
    fewer["points"].as_array_mut().expect("points").pop();
    fewer["mounts"].as_array_mut().expect("mounts").pop();
    administrator
        .put("/api/v1/configuration", fewer)
        .await
        .expect_status(200);
    let log = administrator
        .get("/api/v1/audit?action=replace_configuration")
        .await;
    insta::assert_snapshot!(log.shown());
    let unknown = administrator.get("/api/v1/audit?action=sneeze").await;
    assert_eq!(unknown.expect_status(422).code(), "invalid");
    let mut advanced = app.logged_in(UserProfile::AdvancedUser).await;
    let refused = advanced.get("/api/v1/audit").await;
    assert_eq!(refused.expect_status(403).code(), "no_right");
}
