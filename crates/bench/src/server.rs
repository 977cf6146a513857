//! What the built server needs of its machine.

use std::time::Instant;

use crate::figure::Figure;
use crate::machine;
use crate::program::Program;
use crate::results::{self, Row};

/// Starts measured; the first ones find less in the caches of the system.
const STARTS: usize = 5;

pub fn run() -> anyhow::Result<()> {
    results::write_part("server", &[start_time()?])
}

/// From the call to the line that says that requests are answered, over an empty data folder.
fn start_time() -> anyhow::Result<Row> {
    let mut starts_ms = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let began = Instant::now();
        let mut server = Program::start(&[
            "serve".as_ref(),
            "--listen".as_ref(),
            "127.0.0.1:0".as_ref(),
            "--data".as_ref(),
            data.as_os_str(),
        ])?;
        server.line("listening on ")?;
        starts_ms.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let start = Figure::of(starts_ms);
    let note = format!(
        "first start over an empty data folder; {start}; {}",
        machine::load()
    );
    Ok(Row::new("server.start_ms", start.median(), "ms", note))
}
