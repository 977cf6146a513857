use jiff::Timestamp;
use model::Clock;

/// The host's clock: the only place of the program that reads it.
///
/// In whole milliseconds, as history keeps instants: what is shown live and what is stored carry
/// the same time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one door of the wall clock"
    )]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}
