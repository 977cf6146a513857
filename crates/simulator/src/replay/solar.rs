use super::moment::{DAY_MS, HOUR_MS, MINUTE_MS, Moment};
use crate::physics::Noise;

/// Where a solar generator stands, in degrees; north and east are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SolarSite {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// Weather fronts and single clouds.
const FRONT_PERIOD_MS: i64 = 3 * HOUR_MS;
const CLOUD_PERIOD_MS: i64 = 2 * MINUTE_MS;
/// What is left of the sun under the thickest cloud.
const OVERCAST_SHARE: f64 = 0.25;

impl SolarSite {
    /// Share of the peak power: height of the sun over the horizon, less what clouds take.
    pub(crate) fn at(self, moment: &Moment, noise: Noise) -> f64 {
        let height = self.sine_of_height(moment).max(0.0);
        let front = noise.numbered(0).at(moment.at_ms, FRONT_PERIOD_MS);
        let cloud = noise.numbered(1).at(moment.at_ms, CLOUD_PERIOD_MS);
        // Clouds pass while the weather is changing; a clear or a covered sky stays as it is.
        let clear =
            (0.7 + 0.5 * front + 0.3 * cloud * (1.0 - front.abs())).clamp(OVERCAST_SHARE, 1.0);
        height.powf(1.15) * clear
    }

    fn sine_of_height(self, moment: &Moment) -> f64 {
        let year_day = (moment.at_ms.div_euclid(DAY_MS) as f64).rem_euclid(365.25);
        let declination =
            23.44f64.to_radians() * (std::f64::consts::TAU * (year_day - 80.0) / 365.25).sin();
        let solar_hours =
            moment.at_ms.rem_euclid(DAY_MS) as f64 / HOUR_MS as f64 + self.longitude / 15.0;
        let hour_angle = ((solar_hours - 12.0) * 15.0).to_radians();
        let latitude = self.latitude.to_radians();
        latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    const PARIS: SolarSite = SolarSite {
        latitude: 48.9,
        longitude: 2.35,
    };

    fn height(text: &str) -> f64 {
        let at: jiff::Timestamp = text.parse().unwrap();
        PARIS.sine_of_height(&Moment::new(at.as_millisecond(), &TimeZone::UTC))
    }

    #[test]
    fn the_sun_is_high_at_noon_in_june_and_down_at_midnight() {
        assert!((height("2026-06-21T11:50:00Z").asin().to_degrees() - 64.5).abs() < 1.0);
        assert!((height("2026-12-21T11:50:00Z").asin().to_degrees() - 17.7).abs() < 1.0);
        assert!(height("2026-06-21T23:50:00Z") < 0.0);
    }
}
