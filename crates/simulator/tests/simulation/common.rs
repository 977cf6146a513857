//! A simulation on free ports with a clock that the test sets, and clients that know nothing of
//! the simulator's own code: a Modbus client of another project and bare HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use model::Clock;
use serde_json::Value;
use simulator::{Plant, Simulation, SimulationOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_modbus::client::{Context, Reader, tcp};
use tokio_modbus::{ExceptionCode, Slave};

/// Two units behind one gateway; quicker to start than the demonstration.
const SMALL: &str = r#"
[plant]
name = "small"
seed = 1

[[network]]
name = "main"
voltage_v = 230
frequency_hz = 50

[[load]]
name = "pump"
network = "main"
source = { kind = "constant" }
p_max_w = 6000

[[gateway]]
name = "D-70 board"
listen = "127.0.0.1:0"

[[gateway.device]]
unit_id = 3
profile = "socomec.digiware.i35"
mounts = { circuit1 = "pump" }

[[gateway.device]]
unit_id = 4
profile = "socomec.digiware.i35"
mounts = { circuit1 = "pump" }

[[gateway]]
name = "quiet board"
listen = "127.0.0.1:0"
unknown_unit = "silence"
"#;

pub(crate) fn small_plant() -> Plant {
    Plant::parse("small.toml", SMALL).unwrap()
}

/// The small plant with more devices behind its last gateway.
pub(crate) fn plant_with(devices: &str) -> Plant {
    Plant::parse("small.toml", &format!("{SMALL}{devices}")).unwrap()
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub(crate) fn move_on(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A simulation and what is needed to look at it.
pub(crate) struct Running {
    pub(crate) simulation: Simulation,
    pub(crate) clock: Arc<SetClock>,
}

/// Starts `plant` at a summer noon.
pub(crate) async fn start(plant: Plant) -> Running {
    let noon = "2026-06-23T10:02:03Z".parse().unwrap();
    let clock = Arc::new(SetClock(Mutex::new(noon)));
    let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let options = SimulationOptions {
        listen: Some(free),
        control: Some(free),
        ..SimulationOptions::new(Arc::<SetClock>::clone(&clock))
    };
    let simulation = Simulation::start(plant, options).await.unwrap();
    Running { simulation, clock }
}

impl Running {
    /// A client of one unit behind the n-th gateway.
    pub(crate) async fn client(&self, gateway: usize, unit_id: u8) -> Context {
        let (_, address) = self.simulation.gateways()[gateway].clone();
        tcp::connect_slave(address, Slave(unit_id)).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.http("GET", path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Answers the status code.
    pub(crate) async fn put(&self, path: &str, body: &str) -> u16 {
        self.http("PUT", path, body).await.0
    }

    async fn http(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let address = self.simulation.control_address().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// The state of one channel as the control interface gives it.
    pub(crate) async fn channel(&self, gateway: usize, unit_id: u8, channel: &str) -> Value {
        let state = self.get("/state").await;
        let devices = state["gateways"][gateway]["devices"].as_array().unwrap();
        let device = devices
            .iter()
            .find(|device| device["unit_id"] == unit_id)
            .unwrap();
        device["channels"][channel].clone()
    }
}

/// Words of one read that must succeed.
pub(crate) async fn read(client: &mut Context, start: u16, count: u16) -> Vec<u16> {
    client
        .read_holding_registers(start, count)
        .await
        .unwrap()
        .unwrap_or_else(|code| panic!("{start}: {code}"))
}

/// The exception of one read that must fail.
pub(crate) async fn refused(client: &mut Context, start: u16, count: u16) -> ExceptionCode {
    client
        .read_holding_registers(start, count)
        .await
        .unwrap()
        .unwrap_err()
}
