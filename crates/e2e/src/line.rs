use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::eventually;

/// How long socat may take to make a line.
const LINE_MAX: Duration = Duration::from_secs(10);

/// A serial line without hardware: two pseudo-terminals, joined by socat.
#[derive(Debug)]
pub struct SerialCable {
    socat: Child,
    /// Paths under `/dev` of its two ends.
    pub ends: [String; 2],
    _folder: tempfile::TempDir,
}

impl SerialCable {
    pub fn lay() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let links: [PathBuf; 2] = ["near", "far"].map(|end| folder.path().join(end));
        let end = |link: &PathBuf| format!("pty,raw,echo=0,link={}", link.display());
        let socat = socat(&[&end(&links[0]), &end(&links[1])]);
        let ends = links.map(|link| {
            eventually("socat to make a line", LINE_MAX, || {
                let path = std::fs::canonicalize(&link).ok()?;
                Some(path.to_str()?.to_owned())
            })
        });
        Self {
            socat,
            ends,
            _folder: folder,
        }
    }
}

impl Drop for SerialCable {
    fn drop(&mut self) {
        end(&mut self.socat);
    }
}

/// A converter that passes on between TCP connections and a serial port: socat.
#[derive(Debug)]
pub struct SerialConverter {
    socat: Child,
    pub port: u16,
}

impl SerialConverter {
    pub fn at(path: &str) -> Self {
        let mut socat = socat(&[
            "TCP-LISTEN:0,bind=127.0.0.1,fork,nodelay",
            &format!("OPEN:{path},raw,echo=0"),
        ]);
        let log = BufReader::new(socat.stderr.take().expect("it was piped"));
        let mut lines = log.lines().map_while(Result::ok);
        // Such as `... N listening on AF=2 127.0.0.1:35711`.
        let port = lines
            .find(|line| line.contains("listening on"))
            .and_then(|line| line.rsplit(':').next()?.trim().parse().ok())
            .expect("socat says where it listens");
        // Whatever more it says, it must not wait for somebody to read it.
        std::thread::spawn(move || lines.count());
        Self { socat, port }
    }
}

impl Drop for SerialConverter {
    fn drop(&mut self) {
        end(&mut self.socat);
    }
}

fn socat(addresses: &[&str]) -> Child {
    let says_more = addresses.iter().any(|address| address.contains("LISTEN"));
    Command::new("socat")
        .args(says_more.then_some(["-d", "-d"]).into_iter().flatten())
        .args(addresses)
        .stderr(if says_more {
            Stdio::piped()
        } else {
            Stdio::inherit()
        })
        .spawn()
        .expect("`scripts/setup test` has installed socat")
}

fn end(child: &mut Child) {
    // It has nothing to save.
    let _ = child.kill();
    let _ = child.wait();
}
