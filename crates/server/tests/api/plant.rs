//! A site with two feeding circuits, and words to feed it without a device.

use std::collections::BTreeSet;
use std::time::Duration;

use history::Sample;
use jiff::Timestamp;
use model::{Coverage, DeviceId, Measurand, PointId, Quality, Reading, SeriesKey};
use serde_json::{Value, json};
use server::acquisition::{DeviceHealth, DeviceState};
use server::live::LiveReading;
use server::site::SiteDocument;

use crate::test_app::TestApp;

/// An incomer with total counters (point 2) and a DIRIS A-10 with partial ones only (point 3).
pub(crate) fn document() -> Value {
    json!({
        "format": "wattline-configuration",
        "version": 1,
        "site": {"name": "Quai 9", "time_zone": "Europe/Paris"},
        "fluids": [{"id": 1, "name": "Electricity"}],
        "usages": [{"id": 1, "name": "Distribution"}],
        "sources": [
            {"id": 1, "name": "D-70", "zone": "Quai 9/Basement", "profile": "socomec.digiware.d70", "host": "192.0.2.1", "unit_id": 1},
            {"id": 2, "name": "U-30", "zone": "Quai 9/Basement", "profile": "socomec.digiware.u30", "gateway": 1, "unit_id": 2},
            {"id": 3, "name": "I-35", "zone": "Quai 9/Basement", "profile": "socomec.digiware.i35", "gateway": 1, "unit_id": 3},
            {"id": 4, "name": "A-10", "zone": "Quai 9/Car park", "profile": "socomec.diris.a10", "host": "192.0.2.2", "port": 503, "unit_id": 5}
        ],
        "points": [
            {"id": 1, "name": "Main network", "kind": "network", "wiring": "3p_n", "nominal_voltage_v": 230.0, "nominal_frequency_hz": 50.0},
            {"id": 2, "name": "Incomer", "kind": "circuit", "wiring": "3p_n", "fluid": 1, "usage": 1, "network": 1, "nominal_current_a": 250.0, "feeds_site": true},
            {"id": 3, "name": "Car chargers", "kind": "circuit", "wiring": "3p_n", "fluid": 1, "network": 1, "nominal_current_a": 80.0}
        ],
        "mounts": [
            {"point": 1, "source": 2, "channel": "network1", "from": "2026-01-01T00:00:00Z"},
            {"point": 2, "source": 3, "channel": "circuit1", "from": "2026-01-01T00:00:00Z"},
            {"point": 3, "source": 4, "channel": "circuit1", "from": "2026-01-01T00:00:00Z"}
        ]
    })
}

impl TestApp {
    /// A server at an instant, with [`document`] changed by `edit`.
    pub(crate) async fn with_plant(now: &str, edit: impl FnOnce(&mut Value)) -> TestApp {
        let app = TestApp::start().await;
        app.clock.set(at(now));
        let mut document = document();
        edit(&mut document);
        let text = document.to_string();
        let document = SiteDocument::from_json(text.as_bytes()).expect("a document");
        app.app.configure(document, "test").await.expect("a site");
        app
    }

    /// Stores readings of a series: instant and value.
    pub(crate) async fn store(
        &self,
        point: u32,
        quantity: &str,
        readings: impl IntoIterator<Item = (Timestamp, f64)>,
    ) {
        let samples = readings
            .into_iter()
            .map(|(at, value)| Sample {
                series: series(point, quantity),
                at,
                value,
                decimals: 0,
                quality: Quality::MEASURED,
                coverage: Coverage::FULL,
            })
            .collect();
        let history = &self.app.state().history;
        history.append(samples).await.expect("a store");
    }

    /// Shows live values that were read just now.
    pub(crate) fn show(&self, values: &[(u32, &str, Option<f64>)]) {
        let at = self.app.state().clock.now();
        let readings: Vec<LiveReading> = values
            .iter()
            .map(|(point, quantity, value)| LiveReading {
                reading: Reading {
                    series: series(*point, quantity),
                    value: *value,
                    at,
                    quality: Quality::MEASURED,
                    decimals: 1,
                    occurred_at: None,
                },
                period: Duration::from_secs(1),
            })
            .collect();
        self.app.state().live.update(&readings);
    }

    /// Lets a device answer since a minute.
    pub(crate) fn answer(&self, device: u32) {
        let now = self.app.state().clock.now();
        self.app.state().live.update_health(&DeviceHealth {
            device: DeviceId(device),
            state: DeviceState::Answering,
            since: now - jiff::SignedDuration::from_mins(1),
            last_answer_at: Some(now),
            latency: Some(Duration::from_millis(12)),
            requests: 60,
            failures: 0,
            period: Some(Duration::from_secs(1)),
            next_probe_at: None,
            fault: None,
            identity: None,
            absent: BTreeSet::new(),
            bus_restarts: 0,
        });
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// Index readings every ten minutes, from an instant until another: `wh` more each time.
pub(crate) fn counting(from: &str, until: &str, first: f64, wh: f64) -> Vec<(Timestamp, f64)> {
    let step = jiff::SignedDuration::from_mins(10);
    std::iter::successors(Some((at(from), first)), |(at, index)| {
        Some((*at + step, index + wh))
    })
    .take_while(|(instant, _)| *instant <= at(until))
    .collect()
}

fn series(point: u32, quantity: &str) -> SeriesKey {
    SeriesKey::new(
        PointId(point),
        quantity.parse::<Measurand>().expect("a measurand"),
    )
}
