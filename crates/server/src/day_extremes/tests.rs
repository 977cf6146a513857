use std::sync::Mutex;

use history::{SqliteOptions, SqliteStore};
use model::{Coverage, Phase, PointId};
use profiles::Catalogue;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::site::SiteDocument;

const PERIOD: Duration = Duration::from_mins(1);

#[derive(Debug)]
struct SetClock(Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A site on Paris time: its 25 November begins at 23:00 UTC.
struct Bench {
    folder: TempDir,
    clock: Arc<SetClock>,
    history: Arc<dyn HistoryStore>,
    extremes: DayExtremes,
}

impl Bench {
    fn new(now: &str) -> Self {
        let document = json!({
            "format": "wattline-configuration", "version": 1,
            "site": {"name": "Quai 9", "time_zone": "Europe/Paris"},
            "fluids": [], "usages": [], "sources": [], "points": [], "mounts": []
        });
        let document = SiteDocument::from_json(document.to_string().as_bytes()).unwrap();
        let site = Site::check(document, &Catalogue::shipped()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock(Mutex::new(at(now))));
        let path = folder.path().join("history.db");
        let history: Arc<dyn HistoryStore> =
            Arc::new(SqliteStore::open(path, SqliteOptions::default()).unwrap());
        let extremes = DayExtremes::new(
            Arc::clone(&history),
            watch::channel(Arc::new(site)).1,
            Arc::<SetClock>::clone(&clock),
        );
        Self {
            folder,
            clock,
            history,
            extremes,
        }
    }

    async fn stored(self, samples: &[(&str, f64)]) -> Self {
        let samples = samples
            .iter()
            .map(|(instant, value)| Sample {
                series: current(),
                at: at(instant),
                value: *value,
                decimals: 3,
                quality: Quality::MEASURED,
                coverage: Coverage::FULL,
            })
            .collect();
        self.history.append(samples).await.unwrap();
        self
    }

    /// Reads one value; answers what is told, as statistic, value and instant.
    fn read(&self, instant: &str, value: Option<f64>) -> Vec<(Statistic, Option<f64>, String)> {
        *self.clock.0.lock().unwrap() = at(instant);
        let live = LiveReading {
            reading: Reading {
                series: current(),
                value,
                at: at(instant),
                quality: Quality::MEASURED,
                decimals: 3,
                occurred_at: None,
            },
            period: Duration::from_secs(1),
        };
        shape(&self.extremes.take([&live].into_iter(), PERIOD))
    }
}

fn shape(told: &[LiveReading]) -> Vec<(Statistic, Option<f64>, String)> {
    told.iter()
        .map(|live| {
            assert!(live.reading.quality.contains(Quality::COMPUTED));
            let occurred_at = live.reading.occurred_at.map(|at| at.to_string());
            (
                live.reading.series.measurand.statistic,
                live.reading.value,
                occurred_at.unwrap_or_default(),
            )
        })
        .collect()
}

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn current() -> SeriesKey {
    SeriesKey::new(PointId(1), Measurand::new(Quantity::Current, Phase::L1))
}

fn extremes(low: (f64, &str), high: (f64, &str)) -> Vec<(Statistic, Option<f64>, String)> {
    vec![
        (Statistic::Minimum, Some(low.0), low.1.to_owned()),
        (Statistic::Maximum, Some(high.0), high.1.to_owned()),
    ]
}

#[tokio::test]
async fn the_extremes_are_those_of_today_also_after_a_restart() {
    // MON-08
    let bench = Bench::new("2026-11-25T10:00:00Z")
        .stored(&[
            ("2026-11-24T22:59:59Z", 99.0),
            ("2026-11-24T23:00:00Z", 5.0),
            ("2026-11-25T03:20:10Z", 1.0),
            ("2026-11-25T03:20:11Z", 2.0),
            ("2026-11-25T08:00:30Z", 7.5),
        ])
        .await;
    assert_eq!(
        bench.read("2026-11-25T10:00:00Z", Some(4.0)),
        [],
        "not looked up yet"
    );
    bench.extremes.look_up().await.unwrap();
    assert_eq!(
        bench.read("2026-11-25T10:00:01Z", Some(3.0)),
        extremes((1.0, "2026-11-25T03:20:10Z"), (7.5, "2026-11-25T08:00:30Z"))
    );
}

#[tokio::test]
async fn an_extreme_is_told_when_it_moves() {
    let bench = Bench::new("2026-11-25T10:00:00Z");
    bench.read("2026-11-25T10:00:00Z", Some(4.0));
    bench.extremes.look_up().await.unwrap();
    let first = "2026-11-25T10:00:00Z";
    assert_eq!(
        bench.read("2026-11-25T10:00:01Z", Some(4.0)),
        extremes((4.0, first), (4.0, first)),
        "the earlier of equal ones"
    );
    assert_eq!(bench.read("2026-11-25T10:00:02Z", Some(4.0)), []);
    assert_eq!(
        bench.read("2026-11-25T10:00:03Z", None),
        [],
        "a gap is no zero"
    );
    assert_eq!(
        bench.read("2026-11-25T10:00:04Z", Some(-6.0)),
        extremes((-6.0, "2026-11-25T10:00:04Z"), (4.0, first))
    );
}

#[tokio::test]
async fn midnight_of_the_site_begins_anew_and_a_silent_series_shows_nothing() {
    let bench = Bench::new("2026-11-25T22:59:58Z");
    bench.read("2026-11-25T22:59:58Z", Some(4.0));
    bench.extremes.look_up().await.unwrap();
    assert_eq!(bench.read("2026-11-25T22:59:59Z", Some(8.0)).len(), 2);
    assert_eq!(bench.extremes.end_day(), []);

    *bench.clock.0.lock().unwrap() = at("2026-11-25T23:00:00Z");
    let nothing =
        [Statistic::Minimum, Statistic::Maximum].map(|statistic| (statistic, None, String::new()));
    assert_eq!(shape(&bench.extremes.end_day()), nothing);

    bench.read("2026-11-25T23:00:05Z", Some(6.0));
    bench.extremes.look_up().await.unwrap();
    let first = "2026-11-25T23:00:05Z";
    assert_eq!(
        bench.read("2026-11-25T23:00:06Z", Some(6.0)),
        extremes((6.0, first), (6.0, first))
    );
}

#[tokio::test]
async fn history_that_cannot_be_read_leaves_the_extremes_out() {
    let bench = Bench::new("2026-11-25T10:00:00Z")
        .stored(&[("2026-11-25T09:00:00Z", 1.0)])
        .await;
    let path = bench.folder.path().join("history.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("DROP TABLE chunk").unwrap();
    bench.read("2026-11-25T10:00:00Z", Some(4.0));
    assert!(bench.extremes.look_up().await.is_err());
    assert_eq!(bench.read("2026-11-25T10:00:01Z", Some(4.0)), []);
}

#[test]
fn only_what_history_holds_and_what_has_an_order_gets_extremes() {
    let instant = |text: &str| has_day_extremes(text.parse().unwrap());
    assert!(instant("p_w") && instant("v1_v") && instant("frequency_hz"));
    assert!(!instant("power_factor"), "its sign is its sense");
    assert!(!instant("ea_import_wh"), "a counter");
    assert!(!instant("p_avg_w"), "no instantaneous value");
    assert!(!instant("harmonic_v1_5_pct"), "not in history");
}
