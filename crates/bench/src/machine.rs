use std::fs;

use anyhow::Context;

/// How busy the machine is beside what is measured, for a note: `load 0.42 on 2 cores`.
pub fn load() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = averages.split(' ').next().unwrap_or_default();
    format!("load {minute} on {cores} cores")
}

/// The most memory that this process has had resident.
pub fn memory_peak_mb() -> anyhow::Result<f64> {
    let kilobytes = number_of("/proc/self/status", "VmHWM:")?;
    Ok(kilobytes as f64 / 1000.0)
}

/// What this process has caused to be written to disks so far.
pub fn bytes_written() -> anyhow::Result<u64> {
    number_of("/proc/self/io", "write_bytes:")
}

/// The number behind a word at the beginning of a line.
fn number_of(path: &str, word: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    text.lines()
        .find_map(|line| {
            line.strip_prefix(word)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .with_context(|| format!("{path} has no {word}"))
}
