use std::time::{Duration, Instant};

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
