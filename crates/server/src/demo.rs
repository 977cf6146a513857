mod past;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use jiff::SignedDuration;
use model::Clock;
use server::app::App;
use server::clock::SystemClock;
use server::config::{AccessOptions, Config, PeriodOptions};
use server::retention::RetentionOptions;
use server::site::SiteDocument;
use simulator::{Plant, Simulation, SimulationOptions};
use tokio_util::sync::CancellationToken;

/// The installation that fits the demo plant; its addresses are those of a real one.
const SITE: &str = include_str!("../../../demo/site.json");

/// Where the simulated meters keep their counters: a meter does not forget them either.
const METERS_FILE: &str = "simulated-meters.json";

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Address and port of the web pages; port 0 picks a free one
    #[arg(
        long,
        env = "WATTLINE_LISTEN",
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
    /// Data folder; a throw-away one unless given
    #[arg(long, env = "WATTLINE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port of the plant's control interface for tests; off unless given
    #[arg(long, value_name = "ADDR:PORT")]
    control: Option<SocketAddr>,
    /// Days of ready history that the first start makes; 0 for none
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(..=3_660))]
    history_days: u16,
    #[command(flatten)]
    access: AccessOptions,
    #[command(flatten)]
    periods: PeriodOptions,
}

pub(crate) async fn run(arguments: Demo, shutdown: CancellationToken) -> anyhow::Result<()> {
    // Removed when dropped, at the end of the run.
    let throw_away = match &arguments.data {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("no throw-away data folder can be made")?),
    };
    let data = arguments
        .data
        .or_else(|| throw_away.as_ref().map(|folder| folder.path().to_owned()))
        .context("no data folder")?;
    std::fs::create_dir_all(&data)
        .with_context(|| format!("the data folder {} cannot be made", data.display()))?;
    let config = Config {
        data,
        listen: arguments.listen,
        periods: arguments.periods.periods(),
        retention: RetentionOptions::default(),
        access: arguments.access,
    };
    let plant = Plant::demo().keeping_counters_in(config.data.join(METERS_FILE));
    let app = App::build(&config, Arc::new(SystemClock)).await?;
    let mut document = if app.is_empty() {
        let document = SiteDocument::from_json(SITE.as_bytes())?;
        match first_history(&app, &plant, document, arguments.history_days, &shutdown).await? {
            Some(document) => document,
            None => return Ok(()),
        }
    } else {
        app.document()
    };
    let simulation = Simulation::start(
        plant,
        SimulationOptions {
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            control: arguments.control,
            speed: 1.0,
            clock: Arc::new(SystemClock),
        },
    )
    .await?;
    if let Some(address) = simulation.control_address() {
        println!("control on http://{address}");
    }
    point_at(&mut document, &simulation.gateways());
    app.configure(document, "demo").await?;
    super::answer(app, arguments.listen, shutdown).await?;
    simulation.stop().await;
    Ok(())
}

/// The site with the history that it comes with; nothing when it was cut off.
async fn first_history(
    app: &App,
    plant: &Plant,
    document: SiteDocument,
    days: u16,
    shutdown: &CancellationToken,
) -> anyhow::Result<Option<SiteDocument>> {
    let now = SystemClock.now();
    let from = now - SignedDuration::from_hours(24 * i64::from(days));
    if days == 0 {
        return Ok(Some(document));
    }
    let store = Arc::clone(&app.state().history);
    past::make(plant.clone(), document, store, (from, now), shutdown).await
}

/// The plant listens on free ports: its gateways are found by their names.
fn point_at(document: &mut SiteDocument, gateways: &[(String, SocketAddr)]) {
    for source in &mut document.sources {
        if let Some((_, address)) = gateways.iter().find(|(name, _)| *name == source.name) {
            source.host = Some(address.ip().to_string());
            source.port = Some(address.port());
        }
    }
}
