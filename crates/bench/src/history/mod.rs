//! The history store, written as a poller writes and asked as pages ask.
//!
//! One sample of each series per cycle, each cycle committed and synced before the next begins;
//! then the queries, on the file as it is after a start. One series is read back whole and held
//! against the generator, bit for bit.

mod generator;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use history::{HistoryStore, Span, SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use model::SeriesKey;

use self::generator::{DAY, DataSet, START, Source, YEAR};
use crate::figure::Figure;
use crate::machine;
use crate::results::{self, Row};

/// Queries of each kind; each asks for other series.
const QUERIES: u32 = 50;
/// The daily energies of all circuits take a while.
const SUMS: u32 = 5;
const DAYS: i64 = 365;

pub fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot start")?;
    let mut rows = runtime.block_on(measure(YEAR, ""))?;
    // What was found is kept if the rest takes longer than anybody waits.
    results::write_part("history", &rows)?;
    rows.extend(runtime.block_on(measure(DAY, "seconds_"))?);
    results::write_part("history", &rows)
}

/// Where the rows of one data set get their names and notes from.
struct Told {
    prefix: &'static str,
    note: String,
}

impl Told {
    fn row(&self, name: &str, value: f64, unit: &str, note: &str) -> Row {
        let name = format!("history.{}{name}", self.prefix);
        Row::new(&name, value, unit, format!("{note}; {}", self.note))
    }
}

async fn measure(set: DataSet, prefix: &'static str) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir_in("target").context("target cannot be written")?;
    let path = folder.path().join("history.db");
    let told = Told {
        prefix,
        note: format!(
            "{} series, {} values each, every {} s; {}",
            set.n_series,
            set.n_cycles,
            set.step_s,
            machine::load()
        ),
    };
    let mut rows = ingest(&set, &path, &told).await?;
    let began = Instant::now();
    let store = SqliteStore::open(&path, SqliteOptions::default())?;
    let opened_ms = began.elapsed().as_secs_f64() * 1000.0;
    rows.push(told.row("open_ms", opened_ms, "ms", "a start over all of it"));
    check(&set, &store).await?;
    rows.extend(query(&set, &store, &told).await?);
    let memory = machine::memory_peak_mb()?;
    rows.push(told.row("memory_mb", memory, "MB", "peak of this process so far"));
    Ok(rows)
}

async fn ingest(set: &DataSet, path: &Path, told: &Told) -> anyhow::Result<Vec<Row>> {
    let store = SqliteStore::open(path, SqliteOptions::default())?;
    let mut sources = set.sources();
    let n_samples = set.n_samples() as f64;
    let written_before = machine::bytes_written()?;
    let mut busy_s = 0.0;
    let mut commits_ms = Vec::with_capacity(set.n_cycles as usize);
    for cycle in 0..set.n_cycles {
        let at = set.at(cycle);
        let batch = sources
            .iter_mut()
            .map(|source| source.next(at, set.step_s))
            .collect();
        let began = Instant::now();
        store.append(batch).await?;
        let took_s = began.elapsed().as_secs_f64();
        busy_s += took_s;
        commits_ms.push(took_s * 1000.0);
    }
    let written = (machine::bytes_written()? - written_before) as f64;
    let health = store.health().await?;
    let unsealed = health.unsealed as f64 / n_samples * 100.0;
    drop(store);
    let bytes = std::fs::metadata(path)?.len() as f64;
    commits_ms.sort_by(f64::total_cmp);
    let slowest = commits_ms[commits_ms.len() - 1];
    let late = commits_ms[commits_ms.len() * 99 / 100];
    Ok(vec![
        told.row(
            "bytes_per_sample",
            bytes / n_samples,
            "B",
            &format!("the file as the year left it, journal and free pages in it; {unsealed:.1} % unsealed"),
        ),
        told.row(
            "ingest_samples_per_s",
            n_samples / busy_s,
            "1/s",
            "one sample of each series per commit, synced before the next",
        ),
        told.row("commit_p99_ms", late, "ms", &format!("slowest {slowest:.0} ms")),
        told.row(
            "written_bytes_per_sample",
            written / n_samples,
            "B",
            "to the disk, sealing in it",
        ),
    ])
}

/// One series of each kind comes back as it was made.
async fn check(set: &DataSet, store: &SqliteStore) -> anyhow::Result<()> {
    for n in [0, set.n_series - 1] {
        let mut source = Source::new(n, set.n_indexes);
        let found = store.read_raw(source.key(), whole(set), usize::MAX).await?;
        anyhow::ensure!(found.len() == set.n_cycles as usize, "samples are missing");
        for (cycle, found) in (0..).zip(found) {
            let made = source.next(set.at(cycle), set.step_s);
            anyhow::ensure!(found == made, "{found:?} was stored as {made:?}");
        }
    }
    Ok(())
}

fn whole(set: &DataSet) -> Span {
    Span {
        from: START,
        until: set.at(set.n_cycles),
    }
}

async fn query(set: &DataSet, store: &SqliteStore, told: &Told) -> anyhow::Result<Vec<Row>> {
    let sources = set.sources();
    let key = |n: u32| sources[(n * 7919 % set.n_series) as usize].key();
    let mut rows = Vec::new();

    let mut all_ms = Vec::new();
    for n in 0..QUERIES {
        let began = Instant::now();
        store.read_raw(key(n), whole(set), usize::MAX).await?;
        all_ms.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let name = if set.step_s == 1 {
        "one_series_day_ms"
    } else {
        "one_series_year_ms"
    };
    rows.push(figure(told, name, all_ms, "every sample of one series"));
    if set.step_s == 1 {
        return Ok(rows);
    }

    let month = |n: u32| {
        let from = START + SignedDuration::from_hours(i64::from(n % 11) * 31 * 24);
        Span {
            from,
            until: from + SignedDuration::from_hours(30 * 24),
        }
    };
    let mut months_ms = Vec::new();
    for n in 0..QUERIES {
        let began = Instant::now();
        for i in 0..10 {
            store
                .read_raw(key(n * 10 + i), month(n), usize::MAX)
                .await?;
        }
        months_ms.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    rows.push(figure(
        told,
        "ten_series_month_ms",
        months_ms,
        "every sample of ten series, one after the other",
    ));

    let keys: Vec<SeriesKey> = sources.iter().map(Source::key).collect();
    let mut latest_ms = Vec::new();
    for _ in 0..QUERIES {
        let began = Instant::now();
        store.latest(&keys).await?;
        latest_ms.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    rows.push(figure(
        told,
        "latest_1000_ms",
        latest_ms,
        "the newest of all series",
    ));

    let midnights: Vec<Timestamp> = (0..=DAYS)
        .map(|day| START + SignedDuration::from_hours(day * 24))
        .collect();
    let mut sums_ms = Vec::new();
    for _ in 0..SUMS {
        let began = Instant::now();
        for key in &keys[..set.n_indexes as usize] {
            store.last_at_or_before(*key, &midnights).await?;
        }
        sums_ms.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    rows.push(figure(
        told,
        "daily_energy_200_circuits_year_ms",
        sums_ms,
        "the index at each midnight of 200 circuits",
    ));
    Ok(rows)
}

fn figure(told: &Told, name: &str, runs_ms: Vec<f64>, note: &str) -> Row {
    let mut sorted = runs_ms.clone();
    sorted.sort_by(f64::total_cmp);
    let late = sorted[(sorted.len() * 95 / 100).min(sorted.len() - 1)];
    let figure = Figure::of(runs_ms);
    let note = format!("{note}; p95 {late:.2} ms; {figure}");
    told.row(name, figure.median(), "ms", &note)
}
