//! Energy and its journal as scripts see them: history is imported as a file, and both are read
//! back over HTTP. The worked cases of the formulas (docs/electrical-formulas.md §9), one by one.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::Request;
use jiff::{SignedDuration, Timestamp};
use model::PointId;
use serde_json::{Value, json};
use server::users::UserProfile;

use crate::plant::at;
use crate::test_app::{Answer, Client, TestApp};

/// Nobody's meter: years that were brought along. 230 V and 145 A on three phases are 100 kW.
const CIRCUIT: u32 = 3;
const STEP: i64 = 2_100;
const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

/// A site with one circuit of 100 kW on which no meter is mounted.
async fn site() -> (TestApp, Client) {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |document| {
        document["mounts"].as_array_mut().expect("mounts").remove(2);
        document["points"][2]["nominal_current_a"] = json!(145.0);
    })
    .await;
    let client = app.logged_in(UserProfile::Administrator).await;
    (app, client)
}

impl Client {
    pub(crate) async fn import(&mut self, query: &str, file: &str) -> Answer {
        let request = Request::post(format!("/api/v1/imports{query}"))
            .header("x-wattline", "1")
            .header("content-type", "text/csv")
            .body(Body::from(file.to_owned()))
            .expect("a request");
        self.send_as_is(request).await
    }

    /// The energy of a circuit over one span.
    async fn energy(&mut self, circuit: u32, from: Timestamp, until: Timestamp) -> Value {
        let spans = self.energies(circuit, from, until, "all").await;
        assert_eq!(spans.len(), 1);
        spans[0].clone()
    }

    async fn energies(
        &mut self,
        circuit: u32,
        from: Timestamp,
        until: Timestamp,
        step: &str,
    ) -> Vec<Value> {
        let path = format!(
            "/api/v1/circuits/{circuit}/energy?quantity=ea_import_wh&from={from}&until={until}&step={step}"
        );
        let answer = self.get(&path).await.expect_status(200).json();
        answer.as_array().expect("spans").clone()
    }

    async fn journal(&mut self, circuit: u32) -> Vec<Value> {
        let path = format!("/api/v1/circuits/{circuit}/counter_journal?quantity=ea_import_wh");
        let answer = self.get(&path).await.expect_status(200).json();
        answer.as_array().expect("entries").clone()
    }
}

/// Readings of a counter, by time.
#[derive(Debug, Clone)]
struct Tape {
    readings: Vec<(Timestamp, i64)>,
    next_at: Timestamp,
}

impl Tape {
    /// Comes to `count` over three normal steps.
    fn up_to(count: i64) -> Self {
        let start = at("2026-01-05T00:00:00Z");
        let tape = Self {
            readings: Vec::new(),
            next_at: start,
        };
        tape.counts(&[count - 2 * STEP, count - STEP, count])
    }

    fn counts(mut self, counts: &[i64]) -> Self {
        for count in counts {
            self.readings.push((self.next_at, *count));
            self.next_at += TEN_MINUTES;
        }
        self
    }

    fn silence(mut self, hours: i64) -> Self {
        let (last, _) = self.readings[self.readings.len() - 1];
        self.next_at = last + SignedDuration::from_hours(hours);
        self
    }

    /// Goes on normally over three readings.
    fn onward(self) -> Self {
        let (_, last) = self.readings[self.readings.len() - 1];
        self.counts(&[last + STEP, last + 2 * STEP, last + 3 * STEP])
    }

    fn csv(&self, circuit: &str) -> String {
        let mut file = "circuit;quantity;time;value;quality\r\n".to_owned();
        for (at, count) in &self.readings {
            let _ = write!(file, "{circuit};ea_import_wh;{at};{count};\r\n");
        }
        file
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        (self.readings[0].0, self.readings[self.readings.len() - 1].0)
    }
}

struct Case {
    name: &'static str,
    tape: Tape,
    /// Kind and step of the entries.
    entries: &'static [(&'static str, Option<f64>)],
    energy: i64,
    open: Option<f64>,
}

fn worked_cases() -> Vec<Case> {
    let case = |name, tape, entries, energy, open| Case {
        name,
        tape,
        entries,
        energy,
        open,
    };
    let before = || Tape::up_to(1_254_300);
    vec![
        case("normal", before().counts(&[1_256_400]), &[], 3 * STEP, None),
        case(
            "rollover",
            Tape::up_to(99_999_200).counts(&[900]).onward(),
            &[("rollover", Some(1_700.0))],
            5 * STEP + 1_700,
            None,
        ),
        case(
            "reset",
            before().counts(&[350]).onward(),
            &[("reset", Some(350.0))],
            5 * STEP + 350,
            None,
        ),
        case(
            "step back",
            before().counts(&[1_250_000]).onward(),
            &[("step_back", Some(0.0))],
            5 * STEP,
            None,
        ),
        case(
            "replacement",
            before().counts(&[884_000]).onward(),
            &[("replacement", None)],
            5 * STEP,
            None,
        ),
        case(
            "jump",
            before().counts(&[9_254_300]).onward(),
            &[("jump", None)],
            5 * STEP,
            Some(8_000_000.0),
        ),
        case(
            "glitch",
            before().counts(&[0, 1_256_400]).onward(),
            &[("glitch", Some(2_100.0))],
            6 * STEP,
            None,
        ),
        case(
            "jitter",
            before().counts(&[1_254_299]).onward(),
            &[],
            5 * STEP - 1,
            None,
        ),
        case(
            "catch-up",
            before().silence(72).counts(&[2_454_300]).onward(),
            &[("catch_up", Some(1_200_000.0))],
            5 * STEP + 1_200_000,
            None,
        ),
    ]
}

#[tokio::test]
async fn every_worked_case_comes_back_as_the_formulas_say() {
    for case in worked_cases() {
        let (_app, mut client) = site().await;
        client
            .import("", &case.tape.csv("Car chargers"))
            .await
            .expect_status(200);
        let (from, until) = case.tape.span();
        let span = client.energy(CIRCUIT, from, until).await;
        assert_eq!(span["value"], case.energy as f64, "{}: {span:#}", case.name);
        assert_eq!(span["open_value"].as_f64(), case.open, "{}", case.name);
        let journal = client.journal(CIRCUIT).await;
        let found: Vec<(&str, Option<f64>)> = journal
            .iter()
            .map(|entry| {
                (
                    entry["kind"].as_str().expect("a kind"),
                    entry["step"].as_f64(),
                )
            })
            .collect();
        assert_eq!(found, case.entries, "{}: {journal:#?}", case.name);
        for entry in &journal {
            assert_eq!(entry["by"], "rule");
            assert_eq!(entry["asks"], entry["step"].is_null());
        }
    }
}

#[tokio::test]
async fn a_counter_of_whole_kwh_moves_by_a_whole_one_or_not_at_all() {
    let (_app, mut client) = site().await;
    let start = at("2026-01-05T00:00:00Z");
    let mut file = "circuit;quantity;time;value;quality\n".to_owned();
    for (n, kwh) in [1_254, 1_254, 1_255, 1_255].into_iter().enumerate() {
        let at = start + SignedDuration::from_secs(10 * n as i64);
        let _ = writeln!(file, "3;ea_import_wh;{at};{};", kwh * 1_000);
    }
    client.import("", &file).await.expect_status(200);
    let until = start + SignedDuration::from_secs(30);
    let span = client.energy(CIRCUIT, start, until).await;
    assert_eq!(span["value"], 1_000.0);
    assert_eq!(client.journal(CIRCUIT).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_said_of_an_entry() {
    let (_app, mut client) = site().await;
    let tape = Tape::up_to(99_999_200).counts(&[900]).onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    insta::assert_json_snapshot!(client.journal(CIRCUIT).await);
}

#[tokio::test]
async fn rows_come_in_any_order_and_a_second_import_changes_nothing() {
    let (_app, mut client) = site().await;
    let mut tape = Tape::up_to(1_254_300).counts(&[350]).onward();
    let (from, until) = tape.span();
    tape.readings.reverse();
    tape.readings.swap(0, 4);
    let file = tape.csv("Car chargers");
    let first = client.import("", &file).await.expect_status(200).json();
    assert_eq!(first["taken"], 7, "{first:#}");
    let (journal, energy) = (
        client.journal(CIRCUIT).await,
        client.energy(CIRCUIT, from, until).await,
    );
    assert_eq!(energy["value"], (5 * STEP + 350) as f64);
    let again = client.import("", &file).await.expect_status(200).json();
    assert_eq!((&again["taken"], &again["equal"]), (&json!(0), &json!(7)));
    assert_eq!(client.journal(CIRCUIT).await, journal);
    assert_eq!(client.energy(CIRCUIT, from, until).await, energy);
}

#[tokio::test]
async fn a_file_of_a_year_is_known_again_to_its_last_row() {
    let (_app, mut client) = site().await;
    let start = at("2025-01-01T00:00:00Z");
    let tape = Tape {
        readings: (0..52_560)
            .map(|n| (start + TEN_MINUTES * n, i64::from(n) * STEP))
            .collect(),
        next_at: start,
    };
    for (taken, equal) in [(52_560, 0), (0, 52_560)] {
        let report = client
            .import("", &tape.csv("3"))
            .await
            .expect_status(200)
            .json();
        assert_eq!(
            (&report["taken"], &report["equal"]),
            (&json!(taken), &json!(equal))
        );
    }
}

#[tokio::test]
async fn one_refused_line_and_nothing_of_the_file_is_taken() {
    let (_app, mut client) = site().await;
    let good = Tape::up_to(1_254_300).csv("3");
    let bad = [
        "Nobody;ea_import_wh;2026-01-05T00:00:00Z;1;",
        "3;wattage;2026-01-05T00:00:00Z;1;",
        "3;ea_import_wh;yesterday;1;",
        "3;ea_import_wh;2026-03-29T02:30:00;1;",
        "3;ea_import_wh;2026-01-05T00:00:00Z;1e3;",
        "3;ea_import_wh;2026-01-05T00:00:00Z;1;splendid",
        "3;ea_import_wh",
        "3;ea_import_wh;2026-01-05T00:10:00Z;77;",
    ];
    let answer = client
        .import("", &format!("{good}{}\n", bad.join("\n")))
        .await
        .expect_status(422);
    insta::assert_snapshot!(answer.shown());
    assert_eq!(client.journal(CIRCUIT).await, Vec::<Value>::new());
    let (from, until) = Tape::up_to(1_254_300).span();
    let nothing = client.energy(CIRCUIT, from, until).await;
    assert!(nothing["value"].is_null(), "{nothing:#}");
}

#[tokio::test]
async fn another_value_is_reported_and_kept_only_when_asked() {
    let (_app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300);
    client.import("", &tape.csv("3")).await.expect_status(200);
    let (from, until) = tape.span();
    let mut other = tape.clone();
    other.readings[2].1 += 500;
    for (query, replaced, energy) in [("", 0, 2 * STEP), ("?replace=true", 1, 2 * STEP + 500)] {
        let report = client.import(query, &other.csv("3")).await.json();
        assert_eq!(report["different"], 1, "{report:#}");
        assert_eq!(report["replaced"], replaced);
        assert_eq!(report["differences"][0]["line"], 4);
        let span = client.energy(CIRCUIT, from, until).await;
        assert_eq!(span["value"], energy as f64);
    }
}

#[tokio::test]
async fn late_readings_explain_a_silence_away() {
    let (_app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300)
        .silence(10)
        .counts(&[1_290_300])
        .onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    assert_eq!(client.journal(CIRCUIT).await.len(), 1);
    let (from, _) = tape.readings[2];
    let missing = Tape {
        readings: (1..60)
            .map(|n| (from + TEN_MINUTES * n, 1_254_300 + 600 * i64::from(n)))
            .collect(),
        next_at: from,
    };
    client
        .import("", &missing.csv("3"))
        .await
        .expect_status(200);
    assert_eq!(client.journal(CIRCUIT).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_verdict_changes_its_span_alone_and_is_taken_back_without_a_trace() {
    let (app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300).counts(&[9_254_300]).onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    let (from, until) = tape.span();
    let journal = client.journal(CIRCUIT).await;
    let hours = client.energies(CIRCUIT, from, until, "hour").await;
    let path = format!(
        "/api/v1/circuits/{CIRCUIT}/counter_journal/{}",
        journal[0]["id"].as_str().expect("an id")
    );
    for wrong in [
        json!({"accept": true}),
        json!({"accept": true, "reason": " "}),
        json!({"accept": true, "step": 1.0, "reason": "both"}),
        json!({"kind": "rollover", "reason": "it did not fall"}),
        json!({"kind": "miracle", "reason": "no such kind"}),
        json!({"closing": 1.0, "reason": "half an exchange"}),
        json!({"undo": true, "reason": "nobody said anything"}),
    ] {
        let answer = client.patch(&path, wrong.clone()).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 422),
            "{wrong}: {answer:?}"
        );
    }
    let said = json!({"step": 1_900, "reason": "read from the meter itself"});
    let answer = client.patch(&path, said).await.expect_status(200).json();
    assert_eq!(
        (&answer["step"], &answer["by"], &answer["reason"]),
        (
            &json!(1_900.0),
            &json!("administrator"),
            &json!("read from the meter itself")
        )
    );
    assert_eq!(answer["rule_step"], Value::Null);
    assert_eq!(answer["touched_from"], tape.readings[2].0.to_string());
    let span = client.energy(CIRCUIT, from, until).await;
    assert_eq!(span["value"], (5 * STEP + 1_900) as f64);

    // It is part of the configuration, and there after a start.
    let app = app.restarted().await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let span = client.energy(CIRCUIT, from, until).await;
    assert_eq!(span["value"], (5 * STEP + 1_900) as f64);
    let undo = json!({"undo": true, "reason": "it was another meter"});
    client.patch(&path, undo).await.expect_status(200);
    assert_eq!(client.journal(CIRCUIT).await, journal);
    assert_eq!(client.energies(CIRCUIT, from, until, "hour").await, hours);
}

#[tokio::test]
async fn only_an_administrator_imports_and_decides() {
    let (app, _client) = site().await;
    for profile in [UserProfile::User, UserProfile::AdvancedUser] {
        let mut client = app.logged_in(profile).await;
        let answer = client.import("", &Tape::up_to(1_254_300).csv("3")).await;
        assert_eq!(answer.code(), "no_right");
        let path = format!("/api/v1/circuits/{CIRCUIT}/counter_journal/1-ea_import_wh-1-2");
        let answer = client
            .patch(&path, json!({"undo": true, "reason": "no"}))
            .await;
        assert_eq!(answer.code(), "no_right");
    }
}

// PER-11
#[tokio::test]
async fn days_and_hours_are_those_of_the_site_when_the_clock_is_put_back() {
    let (_app, mut client) = site().await;
    // 600 Wh in ten minutes, written by the wall clock: the repeated hour comes twice.
    let mut file = "circuit;quantity;time;value;quality\n".to_owned();
    let zone = jiff::tz::TimeZone::get("Europe/Paris").expect("a zone");
    let start = at("2026-10-24T22:00:00Z");
    for n in 0..=150 {
        let wall = zone.to_datetime(start + TEN_MINUTES * n);
        let _ = writeln!(file, "3;ea_import_wh;{wall};{};", 600 * n);
    }
    let report = client.import("", &file).await.expect_status(200).json();
    assert_eq!(
        (&report["taken"], &report["warnings"]),
        (&json!(151), &json!([]))
    );
    let until = start + TEN_MINUTES * 150;
    let days = client.energies(CIRCUIT, start, until, "day").await;
    assert_eq!((days.len(), &days[0]["value"]), (1, &json!(90_000.0)));
    let hours = client.energies(CIRCUIT, start, until, "hour").await;
    assert_eq!(hours.len(), 25);
    assert!(
        hours.iter().all(|hour| hour["value"] == 3_600.0),
        "{hours:#?}"
    );
}

#[tokio::test]
async fn many_circuits_answer_at_once() {
    let (_app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300).onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    let (from, until) = tape.span();
    let path = format!("/api/v1/energy?quantity=ea_import_wh&from={from}&until={until}&step=hour");
    let answer = client.get(&path).await.expect_status(200).json();
    assert_eq!(answer["bounds"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["circuits"][1]["circuit"], 3);
    assert_eq!(answer["circuits"][1]["values"], json!([(5 * STEP) as f64]));
    assert_eq!(answer["circuits"][0]["values"], json!([null]));
}

// DAT-12
#[tokio::test]
async fn a_replaced_meter_keeps_one_curve_and_one_sum() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let (old_from, new_from) = ("2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z");
    let old = crate::plant::counting(old_from, "2026-01-05T00:50:00Z", 1_254_300.0, 2_100.0);
    let new = crate::plant::counting(new_from, "2026-01-05T02:00:00Z", 1_150.0, 2_100.0);
    app.store(2, "ea_import_wh", old).await;
    app.store(2, "ea_import_wh", new).await;
    let (from, until) = (at(old_from), at("2026-01-05T02:00:00Z"));
    let guessed = client.journal(2).await;
    assert_eq!(guessed[0]["rule"], "from_zero", "{guessed:#?}");

    let path = "/api/v1/points/2/replace_meter";
    for wrong in [
        json!({"source": 77, "channel": "circuit2"}),
        json!({"source": 3, "channel": "circuit2", "closing": {"p_w": 1.0}}),
        json!({"source": 3, "channel": "circuit2", "at": "2025-06-01T00:00:00Z"}),
    ] {
        client.post(path, wrong).await.expect_status(422);
    }
    let replacement = json!({
        "source": 3, "channel": "circuit2", "at": "2026-01-05T00:55:00Z",
        "closing": {"ea_import_wh": 1_265_500.0}, "opening": {"ea_import_wh": 50.0},
        "reason": "a larger current transformer",
    });
    let meters = client
        .post(path, replacement)
        .await
        .expect_status(200)
        .json();
    assert_eq!(meters[0]["until"], meters[1]["from"]);
    assert_eq!(client.get("/api/v1/points/2/meters").await.json(), meters);

    let span = client.energy(2, from, until).await;
    let all = 5.0 * 2_100.0 + 700.0 + 1_100.0 + 6.0 * 2_100.0;
    assert_eq!(
        (&span["value"], &span["coverage"]),
        (&json!(all), &json!(1.0))
    );
    let journal = client.journal(2).await;
    assert_eq!(journal.len(), 1);
    assert_eq!(
        (
            &journal[0]["kind"],
            &journal[0]["rule"],
            &journal[0]["step"]
        ),
        (
            &json!("replacement"),
            &json!("exchange_declared"),
            &json!(700.0)
        )
    );
    assert_eq!(journal[0]["exchange"]["closing"], 1_265_500.0);
}

// DAT-12
#[tokio::test]
async fn a_product_exchanged_for_its_like_is_another_meter_though_nobody_noted_an_index() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let (from, until) = ("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z");
    let old = crate::plant::counting(from, "2026-01-05T00:50:00Z", 1_254_300.0, 2_100.0);
    // A little more than the old one showed: it was used elsewhere before.
    let new = crate::plant::counting("2026-01-05T01:00:00Z", until, 1_266_000.0, 2_100.0);
    app.store(2, "ea_import_wh", old).await;
    app.store(2, "ea_import_wh", new).await;
    let replacement = json!({"source": 3, "channel": "circuit1", "at": "2026-01-05T00:55:00Z"});
    client
        .post("/api/v1/points/2/replace_meter", replacement)
        .await
        .expect_status(200);

    let journal = client.journal(2).await;
    let entry = &journal[0];
    assert_eq!(
        (&entry["kind"], &entry["step"], &entry["asks"]),
        (&json!("replacement"), &json!(null), &json!(true)),
        "{entry:#?}"
    );
    // Nothing tells how much is in question, which is not zero.
    let path = format!(
        "/api/v1/energy?circuits=2&quantity=ea_import_wh&from={from}&until={until}&step=all"
    );
    let many = client.get(&path).await.expect_status(200).json();
    let circuit = &many["circuits"][0];
    assert_eq!(
        (&circuit["open"], &circuit["open_values"]),
        (&json!([true]), &json!([null]))
    );
    let span = client.energy(2, at(from), at(until)).await;
    assert_eq!(span["value"], json!(11.0 * 2_100.0));
}

// DAT-10
#[tokio::test]
async fn an_outage_is_one_though_earlier_years_came_by_the_day() {
    let (_app, mut client) = site().await;
    let mut tape = Tape::up_to(1_254_300);
    tape.readings.clear();
    let day = SignedDuration::from_hours(24);
    for n in 0..20 {
        let (at, count) = (at("2025-12-01T00:00:00Z") + day * n, i64::from(n) * 10_000);
        tape.readings.push((at, count));
        tape.next_at = at + TEN_MINUTES;
    }
    let tape = tape.onward().onward().silence(24).counts(&[400_000]);
    let tape = tape.onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    let kinds: Vec<Value> = client
        .journal(CIRCUIT)
        .await
        .iter()
        .map(|entry| entry["kind"].clone())
        .collect();
    assert_eq!(kinds, ["catch_up"]);
}

// DAT-10
#[tokio::test]
async fn a_reading_of_a_clock_that_was_ahead_leaves_the_present_alone() {
    let (app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300).onward();
    let (from, until) = tape.span();
    client.import("", &tape.csv("3")).await.expect_status(200);
    app.store(
        CIRCUIT,
        "ea_import_wh",
        [(at("2040-01-01T00:00:00Z"), 1_260_700.0)],
    )
    .await;
    let before = client.energy(CIRCUIT, from, until).await;
    assert_eq!(before["value"], json!(5.0 * STEP as f64));
    assert_eq!(
        client.journal(CIRCUIT).await.len(),
        1,
        "the silence until then"
    );

    let tape = tape.onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    let (_, until) = tape.span();
    let after = client.energy(CIRCUIT, from, until).await;
    assert_eq!(after["value"], json!(8.0 * STEP as f64));
    assert_eq!(after["open"], false);
}

#[tokio::test]
async fn years_to_come_can_be_brought_along_too() {
    let (_app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300).silence(24 * 365).onward();
    client.import("", &tape.csv("3")).await.expect_status(200);
    let (from, until) = tape.span();
    let span = client.energy(CIRCUIT, from, until).await;
    assert_eq!(span["value"], json!(5.0 * STEP as f64), "{span:#?}");
}

#[tokio::test]
async fn a_value_that_no_counter_shows_counts_for_nothing() {
    let (app, mut client) = site().await;
    let tape = Tape::up_to(1_254_300);
    let (from, _) = tape.span();
    client.import("", &tape.csv("3")).await.expect_status(200);
    let all_ones = 18_446_744_073_709_551_615.0;
    app.store(
        CIRCUIT,
        "ea_import_wh",
        [(at("2026-01-05T00:30:00Z"), all_ones)],
    )
    .await;
    let onward = tape.clone().silence(1).onward();
    client.import("", &onward.csv("3")).await.expect_status(200);
    let (_, until) = onward.span();
    let span = client.energy(CIRCUIT, from, until).await;
    assert_eq!(span["value"], json!(5.0 * STEP as f64), "{span:#?}");
    let journal = client.journal(CIRCUIT).await;
    assert!(
        journal.iter().all(|entry| entry["kind"] == "catch_up"),
        "{journal:#?}"
    );
}

// ACC-10
#[tokio::test]
async fn the_fall_after_an_ordered_reset_is_that_reset_and_no_roll_over() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let mut client = app.logged_in(UserProfile::Administrator).await;
    let (from, until) = ("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z");
    // It ends just below a number of digits at which a counter might turn.
    let before = crate::plant::counting(from, "2026-01-05T00:50:00Z", 89_450.0, 2_100.0);
    let after = crate::plant::counting("2026-01-05T01:00:00Z", until, 300.0, 2_100.0);
    app.store(2, "ea_import_partial_wh", before).await;
    app.store(2, "ea_import_partial_wh", after).await;
    let path = "/api/v1/circuits/2/counter_journal?quantity=ea_import_partial_wh";
    let entry = |answer: Value| {
        let entry = &answer[0];
        (
            entry["kind"].clone(),
            entry["rule"].clone(),
            entry["step"].clone(),
        )
    };
    let guessed = entry(client.get(path).await.expect_status(200).json());
    assert_eq!(guessed.0, "rollover", "{guessed:?}");

    let energy = &app.app.state().energy;
    let ordered_at = at("2026-01-05T00:55:00Z");
    energy
        .note_reset(PointId(2), ordered_at)
        .await
        .expect("kept");
    let known = entry(client.get(path).await.expect_status(200).json());
    assert_eq!(
        known,
        (json!("reset"), json!("reset_ordered"), json!(300.0))
    );
}
