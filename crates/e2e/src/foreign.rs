use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A server of pymodbus whose registers a test filled by hand.
#[derive(Debug)]
pub struct ForeignDevice {
    child: Child,
    /// Of its Modbus TCP; 0 on a serial line.
    pub port: u16,
}

impl ForeignDevice {
    /// Speaks Modbus TCP. `units` is `{"<unit id>": {"<first address>": [words…]}}`.
    pub fn start(units: &Value) -> Self {
        Self::spawn(&["tcp"], units)
    }

    /// Speaks RTU at the serial port of this path.
    pub fn on_line(units: &Value, path: &str, baud_rate: u32) -> Self {
        Self::spawn(&["rtu", path, &baud_rate.to_string()], units)
    }

    fn spawn(line: &[&str], units: &Value) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(root.join("../../.venv/bin/python"))
            .arg(root.join("peers/pymodbus_server.py"))
            .args(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`make test` has set up .venv with pymodbus");
        let mut stdin = child.stdin.take().expect("it was piped");
        writeln!(stdin, "{units}").expect("it reads its registers");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it was piped"))
            .read_line(&mut line)
            .expect("it says its port");
        let port = line.trim().parse().expect("a port");
        Self { child, port }
    }
}

impl Drop for ForeignDevice {
    fn drop(&mut self) {
        // It has nothing to save.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
