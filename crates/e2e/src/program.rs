use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::Api;

/// How long the program may take to answer requests.
const START_MAX: Duration = Duration::from_secs(30);
/// A clean stop (NFR-08), with room for a busy machine.
const STOP_MAX: Duration = Duration::from_secs(10);

/// A running program.
#[derive(Debug)]
pub struct Wattline {
    child: Child,
    lines: Receiver<String>,
    log: Arc<Mutex<Vec<String>>>,
    /// What standard output has said so far.
    pub said: Vec<String>,
}

impl Wattline {
    /// Starts the program that was built beside the tests.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built before its tests");
        let (send, lines) = channel();
        let stdout = child.stdout.take().expect("it was piped");
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = child.stderr.take().expect("it was piped");
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().expect("no reader panics").push(line);
            }
        });
        Self {
            child,
            lines,
            log,
            said: Vec::new(),
        }
    }

    /// Starts `wattline serve` on a free port over `data`.
    pub fn serve(data: &std::path::Path, more: &[&str]) -> Self {
        let data = data.display().to_string();
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--data", &data];
        arguments.extend(more);
        Self::start(&arguments)
    }

    /// Waits for a line of standard output that begins so, and answers the rest of it.
    pub fn line(&mut self, beginning: &str) -> String {
        let until = Instant::now() + START_MAX;
        loop {
            if let Some(rest) = self
                .said
                .iter()
                .find_map(|line| line.strip_prefix(beginning))
            {
                return rest.to_owned();
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.said.push(line),
                Err(why) => panic!(
                    "the program did not say `{beginning}…` ({why}) but {:?}; its log: {:#?}",
                    self.said,
                    self.log()
                ),
            }
        }
    }

    /// The API, once requests are answered.
    pub fn api(&mut self) -> Api {
        Api::new(&self.line("listening on "))
    }

    /// Resident memory, in kB.
    pub fn memory_kb(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .expect("the kernel says how much memory a program has")
    }

    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("no writer panics").clone()
    }

    /// Ends the program as a power cut would as far as the kernel lets one: SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was ours");
    }

    /// Stops the program as a service manager would and checks that it ends well and that its
    /// log holds no WARN or ERROR but those that contain one of `expected`.
    pub fn finish(mut self, expected: &[&str]) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .expect("every system has kill");
        assert!(
            sent.success(),
            "the program had ended before: {:#?}",
            self.log()
        );
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it was ours") {
                break status;
            }
            assert!(
                start.elapsed() < STOP_MAX,
                "the program did not stop within {STOP_MAX:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(
            status.success(),
            "the program ended with {status}: {:#?}",
            self.log()
        );
        let unexpected: Vec<String> = self
            .log()
            .into_iter()
            .filter(|line| line.contains(" WARN ") || line.contains(" ERROR "))
            .filter(|line| !expected.iter().any(|part| line.contains(part)))
            .collect();
        assert!(
            unexpected.is_empty(),
            "unexpected in the log: {unexpected:#?}"
        );
    }
}

impl Drop for Wattline {
    fn drop(&mut self) {
        // Already ended after `finish` or `kill`; otherwise the test is failing anyway.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program under test: `target/<profile>/wattline`, beside `target/<profile>/deps/<this test>`.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test
        .parent()
        .and_then(std::path::Path::parent)
        .expect("tests lie in target/<profile>/deps");
    folder.join("wattline")
}
