use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::{TURN, WARM_UP};

/// What one turn brought and cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) requests: u64,
    /// Of all threads of the process, user and system.
    pub(super) cpu_us: f64,
    pub(super) seconds: f64,
    /// Samples offered to history, and those that it dropped because it was too slow.
    #[serde(default)]
    pub(super) samples: u64,
    #[serde(default)]
    pub(super) dropped: u64,
}

impl Measured {
    pub(super) fn cpu_us_per_request(&self) -> f64 {
        self.cpu_us / self.requests as f64
    }

    pub(super) fn requests_per_s(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

/// Processor time of this process so far.
pub(super) fn cpu_us() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec as f64 * 1e6 + spent.tv_nsec as f64 / 1e3
}

/// Lets tasks that count their requests go on, and measures them once they are warm.
pub(super) async fn count(requests: &AtomicU64) -> Measured {
    tokio::time::sleep(WARM_UP).await;
    let before = requests.load(Ordering::Relaxed);
    let (began, cpu_before) = (Instant::now(), cpu_us());
    tokio::time::sleep(TURN).await;
    Measured {
        requests: requests.load(Ordering::Relaxed) - before,
        cpu_us: cpu_us() - cpu_before,
        seconds: began.elapsed().as_secs_f64(),
        samples: 0,
        dropped: 0,
    }
}
