use std::fs;

/// How busy the machine is beside what is measured, for a note: `load 0.42 on 2 cores`.
pub fn load() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = averages.split(' ').next().unwrap_or_default();
    format!("load {minute} on {cores} cores")
}
