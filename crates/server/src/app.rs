//! Puts the program together: [`App::build`] opens the data folder and wires every component,
//! [`App::run`] polls and serves until it is told to stop.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use history::{HistoryError, HistoryStore, Recorder, RecorderOptions, SqliteOptions, SqliteStore};
use model::Clock;
use profiles::Catalogue;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::acquisition::{Acquisition, BusFigures, Dispatch, Orders, Periods, ReadingCounts};
use crate::api::{self, ApiState, Imports, LiveStreams};
use crate::audit::AuditLog;
use crate::averages::Averages;
use crate::config::Config;
use crate::config_db::{ConfigDb, ConfigDbError};
use crate::day_extremes::DayExtremes;
use crate::energy::EnergyService;
use crate::hosts::AllowedHosts;
use crate::import::Importer;
use crate::live::LiveBoard;
use crate::retention::{DiskBudget, Horizons, Retention};
use crate::serving::{self, ConnectionLimits};
use crate::site::{SiteDocument, SiteStore, SiteStoreError};
use crate::users::{FirstCode, Users, UsersError};
use crate::web::WebPages;
use crate::wiring_hints::WiringHints;

/// File in the data folder that one server holds locked while it runs.
const LOCK_FILE: &str = "lock";
/// Name of the history file in the data folder.
pub const HISTORY_FILE: &str = "history.db";

/// The program with everything opened and nothing started.
#[derive(Debug)]
pub struct App {
    state: ApiState,
    recorder: Arc<Recorder>,
    periods: Periods,
    horizons: Horizons,
    budget: DiskBudget,
    /// Held as long as the app lives.
    _lock: File,
}

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the data folder {path} cannot be used")]
    DataFolder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the data folder {path} is in use by another server")]
    InUse { path: PathBuf },
    #[error(transparent)]
    Config(#[from] ConfigDbError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Site(#[from] SiteStoreError),
    #[error(transparent)]
    Users(#[from] UsersError),
    #[error("the server stopped answering")]
    Serve(#[source] tokio::task::JoinError),
}

impl App {
    /// Opens the data folder and wires the components; nothing is polled yet.
    pub async fn build(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        Self::build_with(config, clock, Catalogue::shipped()).await
    }

    /// As [`App::build`], for devices of other profiles than the shipped ones.
    pub async fn build_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        catalogue: Arc<Catalogue>,
    ) -> Result<Self, AppError> {
        let lock = claim(&config.data)?;
        let db = ConfigDb::open(&config.data)?;
        let store: Arc<dyn HistoryStore> = Arc::new(SqliteStore::open(
            config.data.join(HISTORY_FILE),
            SqliteOptions::default(),
        )?);
        let used = store.health().await?.bytes_on_disk;
        let site = SiteStore::open(db.clone(), Arc::clone(&clock), catalogue).await?;
        let audit = AuditLog::new(db.clone(), Arc::clone(&clock));
        let site = Arc::new(site);
        let energy = Arc::new(EnergyService::new(
            Arc::clone(&store),
            Arc::clone(&site),
            db.clone(),
            Arc::clone(&clock),
            config.periods.energy,
        ));
        let users = Users::open(db, Arc::clone(&clock), config.access.users()).await?;
        let recorder = Arc::new(Recorder::start(
            Arc::clone(&store),
            RecorderOptions::default(),
        ));
        let live = Arc::new(LiveBoard::default());
        let wiring_hints = Arc::new(WiringHints::new(
            Arc::clone(&live),
            Arc::clone(&site),
            Arc::clone(&clock),
        ));
        Ok(Self {
            state: ApiState {
                started_at: clock.now(),
                clock,
                users: Arc::new(users),
                hosts: Arc::new(
                    AllowedHosts::new(config.access.allowed_hosts.iter().flatten().cloned())
                        .of_this_machine(config.listen),
                ),
                pages: Arc::new(WebPages::built_in(
                    config.access.base_path.as_deref().unwrap_or("/"),
                )),
                site,
                live,
                wiring_hints,
                counts: Arc::new(ReadingCounts::default()),
                streams: Arc::new(LiveStreams::default()),
                orders: Arc::new(Orders::default()),
                bus_figures: Arc::new(BusFigures::default()),
                audit,
                history: store,
                recorder: Arc::clone(&recorder),
                energy,
                imports: Arc::new(Imports::new(config.data.clone())),
                periods: config.periods,
                stopping: CancellationToken::new(),
            },
            recorder,
            periods: config.periods,
            horizons: config.retention.horizons(),
            budget: config.retention.budget(&config.data, used),
            _lock: lock,
        })
    }

    /// What handlers see: for tests that call them without a socket.
    pub fn state(&self) -> &ApiState {
        &self.state
    }

    /// What takes history files.
    pub fn importer(&self) -> Importer {
        self.state.importer()
    }

    /// Whether anybody has configured this site yet.
    pub fn is_empty(&self) -> bool {
        self.state.site.site().devices().is_empty()
    }

    /// The one-time code for a first password set from another machine, at the start that made it.
    pub fn first_code(&self) -> Option<&FirstCode> {
        self.state.users.new_code()
    }

    /// The document in force.
    pub fn document(&self) -> SiteDocument {
        self.state.site.site().document().clone()
    }

    /// Puts a document in force, as `--site` does at a first start.
    pub async fn configure(&self, document: SiteDocument, by: &str) -> Result<(), AppError> {
        self.state
            .site
            .replace(document, by.to_owned(), None)
            .await?;
        Ok(())
    }

    /// Polls and serves until `shutdown`, then stops: pollers first, so that what they read is
    /// still kept, then the recorder, then the answers that are under way.
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> Result<(), AppError> {
        let stopping = self.state.stopping.clone();
        let extremes = Arc::new(DayExtremes::new(
            Arc::clone(&self.state.history),
            self.state.site.subscribe(),
            Arc::clone(&self.state.clock),
        ));
        let keeping_extremes =
            tokio::spawn(Arc::clone(&extremes).run(Arc::clone(&self.state.live), stopping.clone()));
        let averages = Arc::new(Averages::new(Arc::clone(&self.state.site)));
        let acquisition = Acquisition::new(
            Arc::clone(&self.state.clock),
            Dispatch {
                recorder: Arc::clone(&self.recorder),
                energy: Arc::clone(&self.state.energy),
                averages: Arc::clone(&averages),
                live: Arc::clone(&self.state.live),
            },
            Arc::clone(&self.state.orders),
            Arc::clone(&self.state.bus_figures),
            extremes,
            Arc::clone(&self.state.counts),
            self.periods,
        );
        let polling = tokio::spawn(acquisition.run(self.state.site.subscribe(), stopping.clone()));
        let retention = Retention {
            store: Arc::clone(&self.state.history),
            site: Arc::clone(&self.state.site),
            clock: Arc::clone(&self.state.clock),
            horizons: self.horizons,
            budget: self.budget,
            kept: {
                let energy = Arc::clone(&self.state.energy);
                Arc::new(move |series| energy.kept(series))
            },
        };
        let averaging = tokio::spawn(averages.run(
            Arc::clone(&self.recorder),
            Arc::clone(&self.state.clock),
            stopping.clone(),
        ));
        let booking = tokio::spawn(Arc::clone(&self.state.energy).run(stopping.clone()));
        let retaining = tokio::spawn(retention.run(stopping.clone()));
        let hinting = tokio::spawn(Arc::clone(&self.state.wiring_hints).run(stopping.clone()));
        let router = api::router(self.state.clone());
        let mut serving = tokio::spawn(serving::serve(
            listener,
            router,
            ConnectionLimits::default(),
            stopping.clone(),
        ));
        self.state.imports.complete(&self.state);
        let failed = tokio::select! {
            () = shutdown.cancelled() => None,
            ended = &mut serving => Some(ended),
        };
        stopping.cancel();
        if let Err(error) = polling.await {
            tracing::error!(%error, "acquisition ended badly");
        }
        if let Err(error) = keeping_extremes.await {
            tracing::error!(%error, "keeping extremes ended badly");
        }
        if let Err(error) = averaging.await {
            tracing::error!(%error, "averaging ended badly");
        }
        if let Err(error) = booking.await {
            tracing::error!(%error, "booking energy ended badly");
        }
        if let Err(error) = retaining.await {
            tracing::error!(%error, "retention ended badly");
        }
        if let Err(error) = hinting.await {
            tracing::error!(%error, "looking at the wiring ended badly");
        }
        self.state.imports.ended().await;
        self.recorder.shutdown().await;
        let ended = match failed {
            Some(ended) => ended,
            None => serving.await,
        };
        ended.map_err(AppError::Serve)
    }
}

/// Makes the data folder and takes it for this process alone (NFR-07).
pub(crate) fn claim(folder: &Path) -> Result<File, AppError> {
    let unusable = |source| AppError::DataFolder {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK_FILE))
        .map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(AppError::InUse {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}
