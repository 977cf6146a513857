use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use simulator::{Plant, Simulation, SimulationOptions};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The plant
    #[arg(value_name = "PLANT.toml")]
    plant: PathBuf,
    /// Address and port of the first gateway; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Address and port of the control interface for tests; off unless given
    #[arg(long, value_name = "ADDR:PORT")]
    control: Option<SocketAddr>,
    /// How fast the plant's time runs
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
}

pub(crate) async fn run(arguments: Simulate, shutdown: CancellationToken) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&arguments.plant)
        .with_context(|| format!("the plant {} cannot be read", arguments.plant.display()))?;
    let plant = Plant::parse(&arguments.plant.display().to_string(), &text)?;
    let simulation = Simulation::start(
        plant,
        SimulationOptions {
            listen: arguments.listen,
            control: arguments.control,
            speed: arguments.speed,
            clock: std::sync::Arc::new(server::clock::SystemClock),
        },
    )
    .await?;
    for (name, address) in simulation.gateways() {
        println!("gateway {name} on {address}");
    }
    if let Some(address) = simulation.control_address() {
        println!("control on http://{address}");
    }
    shutdown.cancelled().await;
    simulation.stop().await;
    Ok(())
}
