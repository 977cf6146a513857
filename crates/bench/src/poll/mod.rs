//! What one polled request costs: the bare exchange of bytes, libmodbus, our driver, and the
//! whole way of a reading, all against the same answering loop.
//!
//! Each way of asking is a process of its own on one core, the answering loop on the other. Ways
//! take turns, round by round, so that whatever else the machine does meets all of them.

mod answer;
mod asking;
mod frames;
mod measured;
mod whole;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use measured::Measured;

use crate::figure::Figure;
use crate::machine;
use crate::results::{self, Row};

pub use answer::run as answer;

/// Turns that every way of asking gets; the median of five forgives two that were disturbed.
const ROUNDS: usize = 5;
/// Where the answering loop runs, and where whoever asks does.
const ANSWERING_CORE: &str = "1";
const ASKING_CORE: &str = "0";
/// Until connections are up and caches warm.
const WARM_UP: Duration = Duration::from_millis(500);
/// How long one turn is measured.
const TURN: Duration = Duration::from_secs(2);
/// The whole way is measured longer, so that some of its samples are sealed into chunks meanwhile.
const WHOLE_TURN: Duration = Duration::from_secs(4);
/// Connections of the rows with many.
const MANY: usize = 100;

const LIBMODBUS_SOURCE: &str = "crates/bench/src/poll/libmodbus.c";
const LIBMODBUS_PROGRAM: &str = "target/bench/libmodbus";

/// A way of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// Blocking sockets, the same bytes, nothing else.
    RawStd,
    /// The sockets that our driver has, the same bytes, nothing else.
    RawTokio,
    /// libmodbus's client, in C.
    Libmodbus,
    /// `modbus::Bus` alone.
    Driver,
    /// Poller, decoding, live board, recorder and store, as the server wires them.
    Whole,
}

/// One turn of a way of asking, as a process of its own.
#[derive(Debug, Clone, Copy, Args)]
pub struct Turn {
    #[arg(long)]
    way: Way,
    /// Connection K goes to 127.0.0.K.
    #[arg(long)]
    connections: usize,
    #[arg(long)]
    port: u16,
}

/// A way on a number of connections, and the turns that it had.
#[derive(Debug)]
struct Contender {
    way: Way,
    connections: usize,
    turns: Vec<Measured>,
}

impl Contender {
    fn cpu_us(&self) -> Figure {
        Figure::of(self.turns.iter().map(Measured::cpu_us_per_request))
    }

    fn requests_per_s(&self) -> Figure {
        Figure::of(self.turns.iter().map(Measured::requests_per_s))
    }
}

/// Takes one turn and says in one line of JSON what it cost.
pub fn ask(turn: Turn) -> anyhow::Result<()> {
    let Turn {
        way,
        connections,
        port,
    } = turn;
    let measured = match way {
        Way::RawStd => asking::raw_std(port)?,
        Way::RawTokio => asking::raw_tokio(port, connections)?,
        Way::Driver => asking::driver(port, connections)?,
        Way::Whole => whole::ask(port, connections)?,
        Way::Libmodbus => anyhow::bail!("libmodbus's client is a program of its own"),
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

pub fn run() -> anyhow::Result<()> {
    build_libmodbus()?;
    let answering = Answering::start()?;
    let mut contenders = [
        (Way::RawStd, 1),
        (Way::RawTokio, 1),
        (Way::Libmodbus, 1),
        (Way::Driver, 1),
        (Way::Whole, 1),
        (Way::RawTokio, MANY),
        (Way::Libmodbus, MANY),
        (Way::Driver, MANY),
        (Way::Whole, MANY),
    ]
    .map(|(way, connections)| Contender {
        way,
        connections,
        turns: Vec::new(),
    });
    for round in 1..=ROUNDS {
        for contender in &mut contenders {
            let (way, connections) = (contender.way, contender.connections);
            let turn = take_turn(way, connections, answering.address.port())
                .with_context(|| format!("{way:?} on {connections} connections"))?;
            eprintln!(
                "round {round}/{ROUNDS}, {way:?} × {connections}: {:.1} µs a request, {:.0}/s",
                turn.cpu_us_per_request(),
                turn.requests_per_s()
            );
            contender.turns.push(turn);
        }
    }
    results::write_part("poll", &rows(&contenders))
}

fn rows(contenders: &[Contender]) -> Vec<Row> {
    let of = |way, connections| {
        let asked = |one: &&Contender| (one.way, one.connections) == (way, connections);
        contenders.iter().find(asked).expect("it had its turns")
    };
    let cpu = |name: &str, way, connections, peer| {
        let figures = (
            of(way, connections).cpu_us(),
            of(peer, connections).cpu_us(),
        );
        compared(name, "µs", figures, peer, of(way, connections))
    };
    let rate = |name: &str, way, connections, peer| {
        let ours = of(way, connections);
        let figures = (
            ours.requests_per_s(),
            of(peer, connections).requests_per_s(),
        );
        compared(name, "1/s", figures, peer, ours)
    };
    vec![
        cpu(
            "poll.cpu_us_per_request_1_connection",
            Way::Whole,
            1,
            Way::Libmodbus,
        ),
        cpu(
            "poll.cpu_us_per_request_100_connections",
            Way::Whole,
            MANY,
            Way::RawTokio,
        ),
        cpu(
            "poll.driver_cpu_us_per_request_1_connection",
            Way::Driver,
            1,
            Way::Libmodbus,
        ),
        cpu(
            "poll.driver_cpu_us_per_request_100_connections",
            Way::Driver,
            MANY,
            Way::RawTokio,
        ),
        cpu(
            "poll.libmodbus_cpu_us_per_request_1_connection",
            Way::Libmodbus,
            1,
            Way::RawStd,
        ),
        cpu(
            "poll.libmodbus_cpu_us_per_request_100_connections",
            Way::Libmodbus,
            MANY,
            Way::RawTokio,
        ),
        cpu(
            "poll.raw_tokio_cpu_us_per_request_1_connection",
            Way::RawTokio,
            1,
            Way::RawStd,
        ),
        rate(
            "poll.requests_per_s_1_connection",
            Way::Whole,
            1,
            Way::Libmodbus,
        ),
        rate(
            "poll.requests_per_s_100_connections",
            Way::Whole,
            MANY,
            Way::RawTokio,
        ),
        rate(
            "poll.driver_requests_per_s_1_connection",
            Way::Driver,
            1,
            Way::Libmodbus,
        ),
        rate(
            "poll.driver_requests_per_s_100_connections",
            Way::Driver,
            MANY,
            Way::RawTokio,
        ),
    ]
}

fn compared(name: &str, unit: &str, figures: (Figure, Figure), peer: Way, ours: &Contender) -> Row {
    let (own, peers) = figures;
    let what = match ours.way {
        Way::RawStd | Way::RawTokio => "bytes alone",
        Way::Libmodbus => "one thread a connection",
        Way::Driver => "modbus::Bus alone",
        Way::Whole => "asking, decoding 63 values, live board, history",
    };
    let sum = |of: fn(&Measured) -> u64| ours.turns.iter().map(of).sum::<u64>();
    let samples = sum(|turn| turn.samples);
    let kept = if samples == 0 {
        String::new()
    } else {
        format!(
            "; {:.0} samples a request, {} % of them dropped by the full recorder",
            samples as f64 / sum(|turn| turn.requests) as f64,
            100 * sum(|turn| turn.dropped) / samples
        )
    };
    let note = format!(
        "{what}; 12 bytes out, 259 in; {own}, peer {peers}{kept}; {}",
        machine::load()
    );
    let peer = match peer {
        Way::RawStd => "raw TCP, std",
        Way::RawTokio => "raw TCP, tokio",
        Way::Libmodbus => "libmodbus, C",
        Way::Driver => "modbus::Bus",
        Way::Whole => "the whole way",
    };
    Row::new(name, own.median(), unit, note).against(peer, peers.median())
}

fn take_turn(way: Way, connections: usize, port: u16) -> anyhow::Result<Measured> {
    let mut command = pinned(ASKING_CORE);
    if way == Way::Libmodbus {
        command.arg(LIBMODBUS_PROGRAM).args([
            connections.to_string(),
            port.to_string(),
            WARM_UP.as_secs_f64().to_string(),
            TURN.as_secs_f64().to_string(),
        ]);
    } else {
        let name = way.to_possible_value().context("every way has a name")?;
        command.arg(std::env::current_exe()?).args([
            "poll-ask",
            "--way",
            name.get_name(),
            "--connections",
            &connections.to_string(),
            "--port",
            &port.to_string(),
        ]);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(output.status.success(), "it ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("it said no measurement")
}

/// A command that stays on one core, by `taskset`, which is on every machine.
fn pinned(core: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", core]);
    command
}

fn build_libmodbus() -> anyhow::Result<()> {
    std::fs::create_dir_all(
        Path::new(LIBMODBUS_PROGRAM)
            .parent()
            .context("it has a folder")?,
    )?;
    let status = Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-I/usr/include/modbus", "-o"])
        .args([LIBMODBUS_PROGRAM, LIBMODBUS_SOURCE, "-lmodbus", "-lpthread"])
        .status()
        .context("there is no C compiler")?;
    anyhow::ensure!(status.success(), "{LIBMODBUS_SOURCE} cannot be compiled");
    Ok(())
}

/// The answering loop as a process of its own, ended when it is dropped.
#[derive(Debug)]
struct Answering {
    child: Child,
    address: SocketAddr,
}

impl Answering {
    fn start() -> anyhow::Result<Self> {
        let mut child = pinned(ANSWERING_CORE)
            .arg(std::env::current_exe()?)
            .arg("poll-answer")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = std::io::BufReader::new(child.stdout.take().context("it is piped")?);
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line)?;
        let address = line.trim().parse().context("it said no address")?;
        Ok(Self { child, address })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
