//! Long stories that tests tell short and the soak tells whole.

mod plant_day;
mod random;
mod restarts;
mod starvation;

pub use plant_day::{Memory, PlantDay, plant_with_faults};
pub use restarts::{ForeignServer, Restarts, restarted_at_random};
pub use starvation::{
    SlowBus, Starvation, a_bus_too_slow_for_its_periods, one_silent_meter_of_thirty,
    ten_silent_meters_of_thirty,
};

/// `in_test`, or `in_soak` where `make soak` says so: the one place where the length of a story
/// is chosen.
#[must_use]
pub fn by_effort<T>(in_test: T, in_soak: T) -> T {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told by the environment only"
    )]
    let is_soaking = std::env::var("WATTLINE_SOAK").is_ok_and(|value| value == "1");
    if is_soaking { in_soak } else { in_test }
}
