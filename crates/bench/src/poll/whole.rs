//! The whole way of a reading: the server itself, as `wattline serve` wires it, each device asked
//! again as soon as it has answered.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use history::{SqliteOptions, SqliteStore};
use jiff::Timestamp;
use model::{Clock, DeviceId};
use profiles::Catalogue;
use serde_json::json;
use server::acquisition::Periods;
use server::app::App;
use server::config::{AccessOptions, Config};
use server::retention::RetentionOptions;
use server::site::SiteDocument;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::WHOLE_TURN;
use super::asking::host;
use super::frames::UNIT;
use super::measured::{Measured, cpu_us};

/// One table of 125 words: file name and text.
pub(super) const PROFILE: (&str, &str) = ("full_request.toml", include_str!("full_request.toml"));

/// Where the data folder of a turn lies: on the disk that a real one would be on.
const FOLDER: &str = "target/bench";
/// How fast the clock of the readings runs on one connection. With more it is slower by as much,
/// so that readings of one series are about a second apart, as they are for a real meter: history
/// counts in milliseconds, and would drop most of what came faster. A turn stays within one day.
const CLOCK_FACTOR: u32 = 10_000;
/// 2026-01-01 in UTC, in milliseconds.
const MIDNIGHT_MS: i64 = 1_767_225_600_000;

pub(super) fn ask(port: u16, connections: usize) -> anyhow::Result<Measured> {
    let folder = tempfile::Builder::new().tempdir_in(FOLDER)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(poll(folder.path(), port, connections))
}

async fn poll(data: &Path, port: u16, connections: usize) -> anyhow::Result<Measured> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let config = Config {
        data: data.to_owned(),
        listen: listener.local_addr()?,
        periods: Periods {
            live: Duration::ZERO,
            // The profile has no such tables.
            energy: Duration::from_hours(1),
            slow: Duration::from_hours(1),
        },
        retention: RetentionOptions::default(),
        access: AccessOptions::default(),
    };
    let clock = Arc::new(FastClock {
        began: Instant::now(),
        factor: CLOCK_FACTOR / connections as u32,
    });
    let catalogue =
        Catalogue::load([PROFILE]).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
    let app = App::build_with(&config, clock, Arc::new(catalogue)).await?;
    app.configure(document(port, connections)?, "bench").await?;
    let state = app.state().clone();
    let shutdown = CancellationToken::new();

    let (began, cpu_before) = (Instant::now(), cpu_us());
    let running = tokio::spawn(app.run(listener, shutdown.clone()));
    tokio::time::sleep(WHOLE_TURN).await;
    shutdown.cancel();
    let seconds = began.elapsed().as_secs_f64();
    running.await??;

    let mut requests = 0;
    for number in 1..=connections {
        let health = state.live.health_of(DeviceId(number as u32));
        let health = health.ok_or_else(|| anyhow::anyhow!("device {number} was never polled"))?;
        anyhow::ensure!(
            health.failures == 0,
            "device {number} failed: {:?}",
            health.fault
        );
        requests += health.requests;
    }
    let kept = state.recorder.health();
    drop(state);
    // Packing what was kept is part of its cost, though most of it would come later.
    let store = SqliteStore::open(data.join("history.db"), SqliteOptions::default())?;
    store.seal().await?;
    Ok(Measured {
        requests,
        cpu_us: cpu_us() - cpu_before,
        seconds,
        samples: kept.stored + kept.dropped,
        dropped: kept.dropped,
    })
}

/// One directly reached device and its circuit for each connection.
fn document(port: u16, connections: usize) -> anyhow::Result<SiteDocument> {
    let each = |item: &dyn Fn(usize) -> serde_json::Value| (1..=connections).map(item).collect();
    let sources: Vec<_> = each(&|number| {
        json!({
            "id": number, "name": format!("Meter {number}"), "profile": "bench.full_request",
            "host": host(number), "port": port, "unit_id": UNIT,
        })
    });
    let points: Vec<_> = each(&|number| {
        json!({
            "id": number, "name": format!("Circuit {number}"), "kind": "circuit",
            "wiring": "3p_n", "nominal_voltage_v": 230, "nominal_current_a": 63,
        })
    });
    let mounts: Vec<_> = each(&|number| {
        json!({
            "point": number, "source": number, "channel": "circuit1",
            "from": Timestamp::UNIX_EPOCH,
        })
    });
    let document = json!({
        "format": "wattline-configuration", "version": 1,
        "site": {"name": "Bench", "time_zone": "UTC"},
        "sources": sources, "points": points, "mounts": mounts,
    });
    Ok(SiteDocument::from_json(document.to_string().as_bytes())?)
}

/// The time of readings that come far faster than they would, from a midnight on.
#[derive(Debug)]
struct FastClock {
    began: Instant,
    factor: u32,
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let elapsed = self.began.elapsed() * self.factor;
        let elapsed_ms = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(MIDNIGHT_MS + elapsed_ms).unwrap_or(Timestamp::MAX)
    }
}
