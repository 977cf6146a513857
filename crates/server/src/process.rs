//! What this process takes of its machine, as the system tells it; nothing where it does not.

/// Linux counts processor time in hundredths of a second for programs, on every machine.
const TICKS_PER_S: f64 = 100.0;
/// The status file counts memory in units of 1024 bytes.
const STATUS_UNIT_BYTES: u64 = 1024;

/// Figures of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ProcessFigures {
    /// Memory in use that is not on loan to a file.
    pub rss_bytes: Option<u64>,
    /// Processor time since the start, of all cores together.
    pub cpu_s: Option<f64>,
    pub open_files: Option<usize>,
    pub threads: Option<u64>,
}

impl ProcessFigures {
    /// Reads three small files of the system; blocking for some microseconds.
    pub fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        Self {
            rss_bytes: status_line(&status, "VmRSS:").map(|units| units * STATUS_UNIT_BYTES),
            cpu_s: cpu_s(&stat),
            // The listing itself holds one of them.
            open_files: std::fs::read_dir("/proc/self/fd")
                .ok()
                .map(|files| files.count().saturating_sub(1)),
            threads: status_line(&status, "Threads:"),
        }
    }
}

/// The number of a line such as `VmRSS:     12345 kB`.
fn status_line(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Time in the program and in the system for it: fields 14 and 15. The name of the program, in
/// parentheses, may hold anything, so counting begins behind it.
fn cpu_s(stat: &str) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_what_the_system_writes() {
        let status = "Name:\twattline\nVmRSS:\t   51234 kB\nThreads:\t7\n";
        assert_eq!(status_line(status, "VmRSS:"), Some(51_234));
        assert_eq!(status_line(status, "Threads:"), Some(7));
        assert_eq!(status_line(status, "VmSwap:"), None);
        let stat = "12 (a ) name) S 1 12 12 0 -1 4194560 900 0 3 0 150 25 0 0 20 0 7 0 5 1 2 3";
        assert_eq!(cpu_s(stat), Some(1.75));
        assert_eq!(cpu_s(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_figures() {
        let figures = ProcessFigures::now();
        assert!(figures.rss_bytes.is_some_and(|bytes| bytes > 1_000_000));
        assert!(figures.open_files.is_some_and(|count| count >= 3));
        assert!(figures.threads.is_some_and(|count| count >= 1));
        assert!(figures.cpu_s.is_some());
    }
}
