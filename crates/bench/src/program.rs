use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context;

/// The optimised program, as `make bench` builds it.
const BINARY: &str = "target/release/wattline";

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
