use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context;

/// The optimised program, as `make bench` builds it.
const BINARY: &str = "target/release/wattline";

/// In which Linux counts processor time for others to read.
const TICKS_PER_S: f64 = 100.0;

/// In millions of bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// All pages that are in memory, shared ones in full.
    pub rss_mb: f64,
    /// The same, of shared pages only its share.
    pub pss_mb: f64,
}

/// The built program as a child process, ended when it is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Program {
    pub fn start(arguments: &[impl AsRef<OsStr>]) -> anyhow::Result<Self> {
        let mut child = Command::new(BINARY)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{BINARY} does not start: make bench builds it"))?;
        let said = child
            .stdout
            .take()
            .context("its standard output is piped")?;
        Ok(Self {
            child,
            said: BufReader::new(said),
        })
    }

    /// What it takes of the machine's memory now.
    pub fn memory(&self) -> anyhow::Result<Memory> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let megabytes = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
            let kilobytes: f64 = kilobytes.context("the system tells its memory")?.parse()?;
            anyhow::Ok(kilobytes * 1024.0 / 1e6)
        };
        Ok(Memory {
            rss_mb: megabytes("Rss:")?,
            pss_mb: megabytes("Pss:")?,
        })
    }

    /// Processor time that it has taken so far, in seconds.
    pub fn cpu_time(&self) -> anyhow::Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold blanks; the counts are 12 fields behind it.
        let (_, fields) = text
            .rsplit_once(") ")
            .context("the name is in parentheses")?;
        let mut ticks = fields.split(' ').skip(11).map(str::parse::<f64>);
        let mut next = || anyhow::Ok(ticks.next().context("there are more fields")??);
        Ok((next()? + next()?) / TICKS_PER_S)
    }

    /// Waits for a line of standard output that begins so, and answers the rest of it.
    pub fn line(&mut self, beginning: &str) -> anyhow::Result<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.said.read_line(&mut line)? == 0 {
                anyhow::bail!("the program ended without saying `{beginning}`");
            }
            if let Some(rest) = line.trim_end().strip_prefix(beginning) {
                return Ok(rest.to_owned());
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
