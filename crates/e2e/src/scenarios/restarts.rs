use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::random::Random;
use crate::{Api, Wattline, now, site};

/// Short, so that many answers meet a kill.
const PERIOD: Duration = Duration::from_millis(50);
/// Between a start and the kill: from a server that hardly lives to one that is probed anew.
const LIFE_S: (f64, f64) = (0.3, 12.0);
const DOWN_S: (f64, f64) = (0.0, 1.5);
/// Below those that systems give out by themselves.
const PORTS: Range<u16> = 20_000..30_000;
/// Share of answers that come too late.
const LATE_SHARE: f64 = 0.015;
/// Values of one life; the next one begins with others.
const VALUES_OF_A_LIFE: u32 = 100_000;
/// An answer written down so shortly before a kill may not have left.
const KILL_MARGIN: SignedDuration = SignedDuration::from_millis(20);
/// An answer is stamped when it comes, just after it was served.
const STAMP_EARLY: SignedDuration = SignedDuration::from_millis(5);
const STAMP_LATE: SignedDuration = SignedDuration::from_millis(500);
/// What was read is stored within a second.
const STORED_WITHIN: Duration = Duration::from_secs(3);

/// A Modbus server that this project did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignServer {
    Pymodbus,
    Libmodbus,
}

impl ForeignServer {
    fn name(self) -> &'static str {
        match self {
            Self::Pymodbus => "pymodbus",
            Self::Libmodbus => "libmodbus",
        }
    }
}

/// What became of the readings of one server that was killed and started at random.
#[derive(Debug)]
pub struct Restarts {
    server: ForeignServer,
    seed: u64,
    kills: usize,
    /// Answers given in time.
    pub served: usize,
    /// Answers held back until nobody waited.
    pub late: usize,
    pub stored: usize,
    /// Served in time and not in the history, each with its instant.
    pub lost: Vec<String>,
    /// In the history and never served, or not in time, or stamped with another instant.
    pub invented: Vec<String>,
}

impl fmt::Display for Restarts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            served,
            late,
            stored,
            seed,
            ..
        } = self;
        write!(
            formatter,
            "{}, seed {seed}: {kills} kills, {served} answers in time, {late} late, {stored} stored",
            self.server.name()
        )
    }
}

/// Polls servers that are killed and started at random for `span`, each by itself, and compares
/// the history with what they wrote down.
pub fn restarted_at_random(servers: &[ForeignServer], span: Duration, seed: u64) -> Vec<Restarts> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut peers: Vec<Peer> = servers
        .iter()
        .map(|server| Peer::new(*server, folder.path(), seed))
        .collect();
    let begun = now();
    let mut program = poll(folder.path(), &peers);
    let api = program.api().as_user();
    let until = Instant::now() + span;
    while Instant::now() < until {
        for peer in &mut peers {
            peer.step();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    for peer in &mut peers {
        peer.kill();
    }
    std::thread::sleep(STORED_WITHIN);
    let outcomes = (1..)
        .zip(&peers)
        .map(|(point, peer)| peer.compare(&stored(&api, point, begun)))
        .collect();
    program.finish(&["device=pymodbus", "device=libmodbus"]);
    outcomes
}

fn poll(folder: &Path, peers: &[Peer]) -> Wattline {
    let sources = (1..)
        .zip(peers)
        .map(|(id, peer)| {
            json!({ "id": id, "name": peer.server.name(), "profile": "socomec.digiware.i35",
                "host": "127.0.0.1", "port": peer.port, "unit_id": 3 })
        })
        .collect();
    let points = (1..)
        .zip(peers)
        .map(|(id, peer)| json!({ "id": id, "name": peer.server.name(), "kind": "circuit" }))
        .collect();
    let mounts: Vec<(u32, u32, &str)> = (1..)
        .zip(peers)
        .map(|(id, _)| (id, id, "circuit1"))
        .collect();
    let site_file = folder.join("site.json");
    let document = site(
        &serde_json::Value::Array(sources),
        &serde_json::Value::Array(points),
        &mounts,
    );
    std::fs::write(&site_file, document.to_string()).expect("a writable folder");
    Wattline::serve(
        &folder.join("data"),
        &[
            "--site",
            site_file.to_str().expect("a plain path"),
            "--live-period-ms",
            &PERIOD.as_millis().to_string(),
        ],
    )
}

/// Stored powers by their value, which is that of one answer.
fn stored(api: &Api, point: u64, from: Timestamp) -> BTreeMap<u32, Timestamp> {
    api.readings(point, "p_w", from)
        .into_iter()
        .map(|(at, value)| (value as u32, at))
        .collect()
}

/// One server and its lives.
#[derive(Debug)]
struct Peer {
    server: ForeignServer,
    port: u16,
    log: PathBuf,
    seed: u64,
    random: Random,
    life: Option<Child>,
    lives: u32,
    next_turn: Instant,
    killed_at: Vec<Timestamp>,
}

impl Peer {
    fn new(server: ForeignServer, folder: &Path, seed: u64) -> Self {
        let mut peer = Self {
            server,
            port: free_port(),
            log: folder.join(server.name()),
            seed,
            random: Random::new(seed + server as u64),
            life: None,
            lives: 0,
            next_turn: Instant::now(),
            killed_at: Vec::new(),
        };
        peer.start();
        peer
    }

    /// Lives or dies when it is time.
    fn step(&mut self) {
        if Instant::now() < self.next_turn {
            return;
        }
        let (shortest, longest) = if self.life.is_some() {
            self.kill();
            DOWN_S
        } else {
            self.start();
            LIFE_S
        };
        let span = Duration::from_secs_f64(self.random.between(shortest, longest));
        self.next_turn = Instant::now() + span;
    }

    fn start(&mut self) {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let first_value = 1 + self.lives * VALUES_OF_A_LIFE;
        self.lives += 1;
        let mut child = Command::new(root.join("../../.venv/bin/python"))
            .arg(root.join("peers/logging_server.py"))
            .args([self.server.name(), &self.port.to_string()])
            .arg(&self.log)
            .args([first_value.to_string(), LATE_SHARE.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("`make test` has set up .venv with pymodbus");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it was piped"))
            .read_line(&mut line)
            .expect("it says that it is ready");
        assert_eq!(line.trim(), "ready");
        self.life = Some(child);
    }

    fn kill(&mut self) {
        if let Some(mut life) = self.life.take() {
            self.killed_at.push(now());
            life.kill().expect("it runs");
            life.wait().expect("it was ours");
        }
    }

    fn compare(&self, stored: &BTreeMap<u32, Timestamp>) -> Restarts {
        let mut outcome = Restarts {
            server: self.server,
            seed: self.seed,
            kills: self.killed_at.len(),
            served: 0,
            late: 0,
            stored: stored.len(),
            lost: Vec::new(),
            invented: Vec::new(),
        };
        let log = std::fs::read_to_string(&self.log).expect("the server has written it");
        let mut given: BTreeMap<u32, Timestamp> = BTreeMap::new();
        for line in log.lines() {
            let [name, value, seconds] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("the server wrote `{line}`");
            };
            let value: u32 = value.parse().expect("a value");
            let at = instant(seconds);
            match name {
                "late" => {
                    outcome.late += 1;
                    continue;
                }
                "served" => {
                    outcome.served += 1;
                    if !stored.contains_key(&value) && !self.was_killed_at(at) {
                        outcome.lost.push(format!("{value} served at {at}"));
                    }
                }
                _unsure => {}
            }
            given.insert(value, at);
        }
        for (value, stored_at) in stored {
            let is_right = given
                .get(value)
                .is_some_and(|at| (*at - STAMP_EARLY..*at + STAMP_LATE).contains(stored_at));
            if !is_right {
                let given_at = given.get(value);
                outcome.invented.push(format!(
                    "{value} at {stored_at}, served in time at {given_at:?}"
                ));
            }
        }
        outcome
    }

    fn was_killed_at(&self, at: Timestamp) -> bool {
        self.killed_at
            .iter()
            .any(|kill| at > *kill - KILL_MARGIN && at < *kill + KILL_MARGIN)
    }
}

/// A port that nobody has and that the system gives to nobody while its server is down: a
/// connection from that very port to itself would even succeed.
fn free_port() -> u16 {
    let first = PORTS.start + (std::process::id() % u32::from(PORTS.end - PORTS.start)) as u16;
    (first..PORTS.end)
        .chain(PORTS.start..first)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

fn instant(seconds: &str) -> Timestamp {
    let seconds: f64 = seconds.parse().expect("seconds");
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(seconds)
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(life) = &mut self.life {
            // A test that fails leaves no server behind.
            let _ = life.kill();
            let _ = life.wait();
        }
    }
}
