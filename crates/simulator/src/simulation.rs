use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::Clock;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};

use crate::control;
use crate::gateway;
use crate::plant::Plant;
use crate::running::{RunningPlant, SPEED_MAX};

/// How often plant time is looked at: twice per step at normal speed.
const TICK: Duration = Duration::from_millis(100);

/// How often the meters write down their counters: what a kill loses of them is stepped through
/// again at the next start.
const REMEMBER_EVERY: Duration = Duration::from_secs(10);

/// How long [`Simulation::stop`] waits for the tasks before it drops them.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Pause after a listener failed, so that a lack of file handles does not make a busy loop.
const ACCEPT_RETRY: Duration = Duration::from_millis(500);

/// How a plant is run.
#[derive(Debug, Clone)]
pub struct SimulationOptions {
    /// Where the first gateway listens, instead of the address in the plant. With port 0, all
    /// gateways take free ports of this host; otherwise the others keep their own addresses.
    pub listen: Option<SocketAddr>,
    /// Where the control interface listens, if it is wanted: a loopback address.
    pub control: Option<SocketAddr>,
    /// Seconds of plant time per second.
    pub speed: f64,
    pub clock: Arc<dyn Clock>,
}

impl SimulationOptions {
    /// The plant at its own addresses, at normal speed, without control interface.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            listen: None,
            control: None,
            speed: 1.0,
            clock,
        }
    }
}

/// Why a simulation did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error("cannot listen on {address} for {listener}")]
    Listen {
        listener: String,
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the control interface has no log-in: {0} is not a loopback address")]
    ControlNotLocal(SocketAddr),
    #[error("a plant cannot run at speed {0}: speeds go from above 0 to {SPEED_MAX}")]
    Speed(f64),
    #[error("the state of the plant could not be computed")]
    Plant(#[source] tokio::task::JoinError),
}

/// A running plant: its gateways answer until [`Simulation::stop`], or until it is dropped.
#[derive(Debug)]
pub struct Simulation {
    gateways: Vec<(String, SocketAddr)>,
    control: Option<SocketAddr>,
    running: Arc<RunningPlant>,
    stopping: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Simulation {
    /// Starts a plant. All its gateways answer when this returns.
    ///
    /// # Errors
    ///
    /// Addresses that cannot be listened on, and options out of their range.
    pub async fn start(plant: Plant, options: SimulationOptions) -> Result<Self, SimulationError> {
        if !(options.speed > 0.0 && options.speed <= SPEED_MAX) {
            return Err(SimulationError::Speed(options.speed));
        }
        if let Some(address) = options.control
            && !address.ip().is_loopback()
        {
            return Err(SimulationError::ControlNotLocal(address));
        }
        let mut listeners = Vec::with_capacity(plant.gateways.len());
        for (index, gateway) in plant.gateways.iter().enumerate() {
            let address = match options.listen {
                Some(listen) if index == 0 || listen.port() == 0 => listen,
                _ => gateway.listen,
            };
            listeners.push(listen(&gateway.name, address).await?);
        }
        let control_listener = match options.control {
            Some(address) => Some(listen("the control interface", address).await?),
            None => None,
        };
        let names = plant
            .gateways
            .iter()
            .map(|gateway| gateway.name.to_string());
        let gateways: Vec<(String, SocketAddr)> = names
            .zip(listeners.iter().map(|(_, address)| *address))
            .collect();

        // The past of the plant is some seconds of pure computing.
        let running = tokio::task::spawn_blocking(move || {
            RunningPlant::new(
                plant,
                options.clock,
                options.speed,
                options.control.is_some(),
            )
        })
        .await
        .map_err(SimulationError::Plant)?;
        let running = Arc::new(running);
        let (stopping, stop) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(until_stop(stop.clone(), move_on(Arc::clone(&running))));
        tasks.spawn(until_stop(stop.clone(), remember(Arc::clone(&running))));
        for (index, (listener, _)) in listeners.into_iter().enumerate() {
            let serving = gateway::serve(listener, Arc::clone(&running), index, ACCEPT_RETRY);
            tasks.spawn(until_stop(stop.clone(), serving));
        }
        let mut control = None;
        if let Some((listener, address)) = control_listener {
            control = Some(address);
            let addresses = gateways.iter().map(|(_, address)| *address).collect();
            let router = control::router(Arc::clone(&running), addresses);
            tasks.spawn(async move {
                let serving = axum::serve(listener, router)
                    .with_graceful_shutdown(until_stop(stop, std::future::pending()));
                if let Err(error) = serving.await {
                    warn!(%error, "the control interface ended");
                }
            });
        }
        for (name, address) in &gateways {
            info!(gateway = name, %address, "simulated gateway answers");
        }
        Ok(Self {
            gateways,
            control,
            running,
            stopping,
            tasks,
        })
    }

    /// Names and addresses of the gateways, in the order of the plant.
    pub fn gateways(&self) -> Vec<(String, SocketAddr)> {
        self.gateways.clone()
    }

    pub fn control_address(&self) -> Option<SocketAddr> {
        self.control
    }

    /// Closes all connections and listeners, and lets the meters write down their counters.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_PATIENCE, ended).await.is_err() {
            self.tasks.shutdown().await;
        }
        let running = self.running;
        if tokio::task::spawn_blocking(move || running.remember())
            .await
            .is_err()
        {
            warn!("the meters did not write down their counters");
        }
    }
}

async fn listen(
    listener: &str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), SimulationError> {
    let failed = |source| SimulationError::Listen {
        listener: listener.to_owned(),
        address,
        source,
    };
    let bound = TcpListener::bind(address).await.map_err(failed)?;
    let address = bound.local_addr().map_err(failed)?;
    Ok((bound, address))
}

/// Runs `work` until it ends or the simulation stops.
async fn until_stop(mut stop: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        // An error means that the simulation was dropped, which stops it just as well.
        _ = stop.wait_for(|is_stopping| *is_stopping) => {}
    }
}

/// Moves the plant through time.
async fn move_on(running: Arc<RunningPlant>) {
    every(TICK, running, RunningPlant::advance).await;
}

async fn remember(running: Arc<RunningPlant>) {
    every(REMEMBER_EVERY, running, RunningPlant::remember).await;
}

/// Does `work` again and again, aside, so that a step of a large plant does not hold up the
/// answers of its gateways.
async fn every(period: Duration, running: Arc<RunningPlant>, work: fn(&RunningPlant)) {
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let running = Arc::clone(&running);
        if tokio::task::spawn_blocking(move || work(&running))
            .await
            .is_err()
        {
            warn!("a step of the plant failed; it is tried again at the next tick");
        }
    }
}
