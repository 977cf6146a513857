//! Means over the integration period, and trends that are made of them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use history::Sample;
use jiff::{SignedDuration, Timestamp};
use model::{Coverage, Quality, Reading, SeriesKey};
use serde_json::json;
use server::averages::Averages;
use server::live::LiveReading;
use server::users::UserProfile;

use crate::plant::at;
use crate::test_app::TestApp;

fn reading(at: Timestamp, quantity: &str, value: f64) -> LiveReading {
    LiveReading {
        reading: Reading {
            series: SeriesKey::new(model::PointId(2), quantity.parse().expect("a quantity")),
            value: Some(value),
            at,
            quality: Quality::MEASURED,
            decimals: 0,
            occurred_at: None,
        },
        period: Duration::from_mins(1),
    }
}

/// `p_w mean_10min 12.5`, by period and series.
fn shown(samples: &[Sample]) -> Vec<String> {
    let mut shown: Vec<String> = samples
        .iter()
        .map(|sample| {
            let SeriesKey {
                measurand,
                recording,
                ..
            } = sample.series;
            let coverage = sample.coverage.share();
            format!(
                "{} {measurand} {recording} {} {coverage}",
                sample.at, sample.value
            )
        })
        .collect();
    shown.sort();
    shown
}

// DAT-03, DAT-04
#[tokio::test]
async fn a_period_has_its_mean_its_extremes_and_both_directions() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let averages = Averages::new(Arc::clone(&app.app.state().site));
    let start = at("2026-02-10T00:00:00Z");
    let mut samples = Vec::new();
    // Two thirds of the first period import, one third exports; of the second, seven minutes.
    for minute in 0..17 {
        let instant = start + SignedDuration::from_mins(minute);
        let watts = if (4..8).contains(&minute) {
            -600.0
        } else {
            900.0
        };
        samples.extend(averages.take(&[reading(instant, "p_w", watts)]));
    }
    samples.extend(averages.take(&[reading(at("2026-02-10T00:40:00Z"), "p_w", 1.0)]));
    assert_eq!(
        shown(&samples),
        [
            "2026-02-10T00:00:00Z p_export_w mean_10min 240 1",
            "2026-02-10T00:00:00Z p_import_w mean_10min 540 1",
            "2026-02-10T00:00:00Z p_w max_10min 900 1",
            "2026-02-10T00:00:00Z p_w mean_10min 300 1",
            "2026-02-10T00:00:00Z p_w min_10min -600 1",
            "2026-02-10T00:10:00Z p_export_w mean_10min 0 0.9",
            "2026-02-10T00:10:00Z p_import_w mean_10min 900 0.9",
            "2026-02-10T00:10:00Z p_w max_10min 900 0.9",
            "2026-02-10T00:10:00Z p_w mean_10min 900 0.9",
            "2026-02-10T00:10:00Z p_w min_10min 900 0.9",
        ]
    );
    let incomplete = samples
        .iter()
        .filter(|it| it.quality.contains(Quality::INCOMPLETE));
    assert_eq!(incomplete.count(), 5);
}

#[tokio::test]
async fn the_period_is_a_setting_of_the_site() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |document| {
        document["site"]["integration_period_s"] = json!(300);
    })
    .await;
    let averages = Averages::new(Arc::clone(&app.app.state().site));
    let start = at("2026-02-10T00:00:00Z");
    let mut samples = Vec::new();
    for minute in 0..=5 {
        let instant = start + SignedDuration::from_mins(minute);
        samples.extend(averages.take(&[reading(instant, "frequency_hz", 50.0)]));
    }
    assert_eq!(
        shown(&samples),
        [
            "2026-02-10T00:00:00Z frequency_hz max_5min 50 1",
            "2026-02-10T00:00:00Z frequency_hz mean_5min 50 1",
            "2026-02-10T00:00:00Z frequency_hz min_5min 50 1",
        ]
    );
}

// PLT-10
#[tokio::test]
async fn a_trend_goes_on_from_means_to_readings_and_says_where() {
    let app = TestApp::with_plant("2026-02-10T00:30:00Z", |_| ()).await;
    let averages = Averages::new(Arc::clone(&app.app.state().site));
    let start = at("2026-02-10T00:00:00Z");
    let mut samples = Vec::new();
    for second in (0..1_200).step_by(10) {
        let instant = start + SignedDuration::from_secs(second);
        samples.extend(averages.take(&[reading(instant, "p_w", 700.0)]));
    }
    // Of the first period only the means are left, of the second only the readings.
    let recent = (600..1_200).map(|second| Sample {
        series: SeriesKey::new(model::PointId(2), "p_w".parse().expect("a quantity")),
        at: start + SignedDuration::from_secs(second),
        value: 800.0,
        decimals: 0,
        quality: Quality::MEASURED,
        coverage: Coverage::FULL,
    });
    samples.extend(recent);
    let history = &app.app.state().history;
    history.append(samples).await.expect("a store");
    let mut client = app.logged_in(UserProfile::User).await;
    let path = "/api/v1/circuits/2/history?quantity=p_w&from=2026-02-10T00:00:00Z&until=2026-02-10T00:20:00Z&step_s=600";
    let trend = client.get(path).await.expect_status(200).json();
    assert_eq!(trend["values"], json!([700.0, 800.0]));
    assert_eq!(trend["coverage"], json!([1.0, 1.0]));
    assert_eq!(trend["from_means"], json!([true, false]));
}

/// The means of a series, by period.
fn means(samples: &[Sample]) -> Vec<String> {
    let shown = shown(samples);
    let means = shown.iter().filter(|it| it.contains(" p_w mean_10min "));
    means.cloned().collect()
}

// DAT-10
#[tokio::test]
async fn means_go_on_with_the_next_period_when_the_clock_is_put_back() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    // A clock that showed a far year for one poll, and one that was an hour ahead for a while.
    for wrong in ["2040-01-01T00:00:00Z", "2026-02-10T01:05:00Z"] {
        let averages = Averages::new(Arc::clone(&app.app.state().site));
        let start = at("2026-02-10T00:00:00Z");
        let mut samples = Vec::new();
        for minute in 0..30 {
            let mut instant = start + SignedDuration::from_mins(minute);
            if minute == 5 {
                instant = at(wrong);
            }
            samples.extend(averages.take(&[reading(instant, "p_w", 100.0)]));
        }
        assert_eq!(
            means(&samples),
            [
                "2026-02-10T00:00:00Z p_w mean_10min 100 0.7",
                "2026-02-10T00:10:00Z p_w mean_10min 100 1",
            ],
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_clock_that_is_put_back_a_little_is_waited_for() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    // Within a period, and over its border: the one before it has its mean already.
    for back_at in [5, 11] {
        let averages = Averages::new(Arc::clone(&app.app.state().site));
        let start = at("2026-02-10T00:00:00Z");
        let mut samples = Vec::new();
        for minute in (0..=back_at).chain(back_at - 2..22) {
            let instant = start + SignedDuration::from_mins(minute);
            samples.extend(averages.take(&[reading(instant, "p_w", 100.0)]));
        }
        assert_eq!(
            means(&samples),
            [
                "2026-02-10T00:00:00Z p_w mean_10min 100 1",
                "2026-02-10T00:10:00Z p_w mean_10min 100 1",
            ],
            "{back_at}"
        );
    }
}

#[tokio::test]
async fn readings_that_are_brought_along_leave_their_means() {
    let app = TestApp::with_plant("2026-02-10T00:30:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let mut file = "circuit;quantity;time;value;quality\n".to_owned();
    for minute in 0..30 {
        let at = at("2025-07-01T10:00:00Z") + SignedDuration::from_mins(minute);
        let watts = if minute < 10 { -500 } else { 100 * minute };
        let _ = writeln!(file, "2;p_w;{at};{watts};");
    }
    client.import("", &file).await.expect_status(200);
    // Some days later the readings themselves are gone.
    let history = &app.app.state().history;
    let series = SeriesKey::new(model::PointId(2), "p_w".parse().expect("a quantity"));
    let gone = at("2026-01-01T00:00:00Z");
    history.delete_before(series, gone).await.expect("a store");
    let path = "/api/v1/circuits/2/history?quantity=p_w&from=2025-07-01T10:00:00Z&until=2025-07-01T10:30:00Z&step_s=600";
    let trend = client.get(path).await.expect_status(200).json();
    assert_eq!(trend["values"], json!([-500.0, 1450.0, 2450.0]));
    assert_eq!(trend["maxima"], json!([-500.0, 1900.0, 2900.0]));
}
