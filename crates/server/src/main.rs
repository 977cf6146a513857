//! The command line of Wattline: arguments, environment, exit status.

mod backups;
mod demo;
mod import_files;
mod logging;
mod profile;
mod simulate;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use server::app::App;
use server::clock::SystemClock;
use server::config::{AccessOptions, Config, ConfigFile, PeriodOptions};
use server::retention::RetentionOptions;
use server::site::SiteDocument;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Exit status for wrong arguments and files.
const WRONG_INPUT: u8 = 2;

/// Self-hosted power monitoring: reads electrical meters, keeps their history, shows it.
#[derive(Debug, Parser)]
#[command(name = "wattline", version)]
struct Cli {
    /// What to log, such as `info` or `warn,modbus=debug`
    #[arg(long, global = true, env = "WATTLINE_LOG")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Poll the site and serve the pages
    Serve(Serve),
    /// A simulated plant and the server over it
    Demo(demo::Demo),
    /// Only the simulated plant, speaking Modbus TCP
    Simulate(simulate::Simulate),
    /// Bring history along from files, into the data folder of a stopped server
    Import(import_files::Import),
    /// Write the whole data folder into one file, while the server may be running
    Backup(backups::Backup),
    /// Read a data folder back from a backup
    Restore(backups::Restore),
    /// Work on device profiles
    #[command(subcommand)]
    Profile(profile::Profile),
}

#[derive(Debug, Args)]
struct Serve {
    /// Address and port of the web pages; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "WATTLINE_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Data folder [default: data]
    #[arg(long, env = "WATTLINE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Installation document for a first start; a configured data folder keeps its own
    #[arg(long, env = "WATTLINE_SITE", value_name = "FILE")]
    site: Option<PathBuf>,
    /// These settings as a TOML file; arguments and environment come first
    #[arg(long, env = "WATTLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    access: AccessOptions,
    #[command(flatten)]
    periods: PeriodOptions,
    #[command(flatten)]
    retention: RetentionOptions,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wattline: {error:#}");
            ExitCode::from(WRONG_INPUT)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    if let Command::Profile(command) = &cli.command {
        return profile::run(command);
    }
    let file = match &cli.command {
        Command::Serve(Serve {
            config: Some(path), ..
        }) => ConfigFile::read(path)?,
        _ => ConfigFile::default(),
    };
    logging::start(cli.log.as_deref().or(file.log.as_deref()))?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot start")?
        .block_on(async {
            let shutdown = shutdown_signal()?;
            match cli.command {
                Command::Serve(arguments) => serve(arguments, file, shutdown).await,
                Command::Demo(arguments) => demo::run(arguments, shutdown).await,
                Command::Simulate(arguments) => simulate::run(arguments, shutdown).await,
                Command::Import(arguments) => import_files::run(arguments, shutdown).await,
                Command::Backup(arguments) => backups::back_up(&arguments),
                Command::Restore(arguments) => backups::restore(&arguments),
                Command::Profile(command) => profile::run(&command),
            }
        })
}

async fn serve(
    arguments: Serve,
    file: ConfigFile,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let config = Config {
        data: arguments
            .data
            .or(file.data)
            .unwrap_or_else(|| PathBuf::from("data")),
        listen: arguments
            .listen
            .or(file.listen)
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        periods: arguments.periods.or(file.periods).periods(),
        retention: arguments.retention.or(file.retention),
        access: arguments.access.or(file.access),
    };
    let document = arguments
        .site
        .map(|path| {
            let text = std::fs::read(&path)
                .with_context(|| format!("the site file {} cannot be read", path.display()))?;
            SiteDocument::from_json(&text)
                .with_context(|| format!("the site file {} has a mistake", path.display()))
        })
        .transpose()?;
    let app = App::build(&config, Arc::new(SystemClock)).await?;
    if let Some(document) = document
        && app.is_empty()
    {
        app.configure(document, "start").await?;
    }
    answer(app, config.listen, shutdown).await
}

/// Binds, says where, and runs until the stop.
async fn answer(app: App, listen: SocketAddr, shutdown: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("the address {listen} cannot be listened on"))?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "passwords and pages travel in clear: this address is reachable from other machines and there is no HTTPS yet");
    }
    println!("listening on http://{address}");
    if let Some(code) = app.first_code() {
        code.print();
    }
    app.run(listener, shutdown).await?;
    Ok(())
}

/// Cancelled by Ctrl-C and by the service manager's stop.
fn shutdown_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be followed")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be followed")?;
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.cancel();
    });
    Ok(token)
}
