use std::time::Duration;

use serde_json::{Value, json};

use crate::{Live, Wattline, eventually};

/// How long the first values may take: a slow line brings a table a second.
const SHOWN_MAX: Duration = Duration::from_secs(30);

/// A site document; a mount is point, source and channel.
pub fn site(sources: &Value, points: &Value, mounts: &[(u32, u32, &str)]) -> Value {
    let mounts: Vec<Value> = mounts
        .iter()
        .map(|(point, source, channel)| {
            json!({ "point": point, "source": source, "channel": channel, "from": "2020-01-01T00:00:00Z" })
        })
        .collect();
    json!({
        "format": "wattline-configuration", "version": 1,
        "site": { "name": "Foreign", "time_zone": "Europe/Paris" },
        "sources": sources, "points": points, "mounts": mounts
    })
}

/// Polls `site` and compares the live values, once all `expected` are there, with point, quantity
/// and value; all its devices have to answer.
///
/// # Panics
///
/// At the first difference.
#[track_caller]
pub fn assert_shown(site: &Value, expected: &[(u64, &str, f64)]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site_file = folder.path().join("site.json");
    std::fs::write(&site_file, site.to_string()).expect("a writable folder");
    let mut program = Wattline::serve(
        &folder.path().join("data"),
        &["--site", site_file.to_str().expect("a plain path")],
    );
    let api = program.api().as_user();
    let live: Live = eventually("all values to be read", SHOWN_MAX, || {
        let live = api.snapshot("");
        expected
            .iter()
            .all(|(point, quantity, _)| live.contains_key(&(*point, (*quantity).to_owned())))
            .then_some(live)
    });
    for (point, quantity, value) in expected {
        let shown = live[&(*point, (*quantity).to_owned())]["value"].as_f64();
        assert!(
            shown.is_some_and(|shown| (shown - value).abs() < 1e-6),
            "{quantity} of point {point} is shown as {shown:?}, the registers say {value}"
        );
    }
    for health in api.read("/devices").as_array().expect("a list") {
        assert_eq!(health["health"]["state"], "answering", "{health}");
    }
    program.finish(&[]);
}
