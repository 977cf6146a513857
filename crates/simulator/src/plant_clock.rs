use jiff::Timestamp;

/// Plant time: it follows a wall clock at a speed, can be paused, and never goes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlantClock {
    wall: Timestamp,
    plant_ms: f64,
    speed: f64,
    paused: bool,
}

impl PlantClock {
    /// A clock that shows `start` at the instant `wall` of the wall clock.
    pub(crate) fn new(wall: Timestamp, start: Timestamp, speed: f64) -> Self {
        Self {
            wall,
            plant_ms: start.as_millisecond() as f64,
            speed,
            paused: false,
        }
    }

    /// Plant time in milliseconds. A wall clock that was set back stops it until it has caught up.
    pub(crate) fn now_ms(&mut self, wall: Timestamp) -> i64 {
        let passed_ms = wall.duration_since(self.wall).as_millis_f64();
        if passed_ms > 0.0 {
            if !self.paused {
                self.plant_ms += passed_ms * self.speed;
            }
            self.wall = wall;
        }
        self.plant_ms as i64
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Changes the pace from `wall` on.
    pub(crate) fn set_speed(&mut self, wall: Timestamp, speed: f64) {
        self.now_ms(wall);
        self.speed = speed;
    }

    pub(crate) fn set_paused(&mut self, wall: Timestamp, paused: bool) {
        self.now_ms(wall);
        self.paused = paused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn plant_time_follows_the_wall_at_its_speed_and_rests_while_paused() {
        let wall = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut clock = PlantClock::new(wall(100), wall(0), 1.0);
        assert_eq!(clock.now_ms(wall(110)), 10_000);
        clock.set_speed(wall(110), 60.0);
        assert_eq!(clock.now_ms(wall(111)), 70_000);
        clock.set_paused(wall(111), true);
        assert_eq!(clock.now_ms(wall(500)), 70_000);
        clock.set_paused(wall(500), false);
        assert_eq!(clock.now_ms(wall(501)), 130_000);
        assert_eq!(clock.now_ms(wall(400)), 130_000, "a clock set back");
    }
}
