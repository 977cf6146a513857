use jiff::Timestamp;
use model::Clock;

/// The host's clock: the only place of the program that reads it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one door of the wall clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
