use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Pause between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks again and again until `look` finds what it waits for.
///
/// # Panics
///
/// When `bound` has passed: a test that waits in vain has failed.
pub fn eventually<T>(what: &str, bound: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            start.elapsed() < bound,
            "waited {bound:?} in vain for {what}"
        );
        std::thread::sleep(PAUSE);
    }
}

/// The host's clock, by which the program under test stamps what it reads.
#[expect(
    clippy::disallowed_methods,
    reason = "the door of the program is not open to those who look at it from outside"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
