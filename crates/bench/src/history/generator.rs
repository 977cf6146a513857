//! The data that stores are measured with: a plant's registers, the same in every run.
//!
//! What meters give are integers with a scale: voltages and currents that wander around the
//! rhythm of a day, powers that follow the load, and indexes that only grow. All of it comes from
//! the number of the series, so that a value can be made again and held against what was stored.

use jiff::{SignedDuration, Timestamp};
use model::{Coverage, Measurand, PointId, Quality, SeriesKey};

/// Spelling, decimals, usual value, swing over a day, and wander from one value to the next, the
/// last three in the unit of the last decimal.
const SHAPES: [(&str, u8, f64, f64, f64); 12] = [
    ("v1_v", 2, 23_050.0, 150.0, 12.0),
    ("u12_v", 1, 3_990.0, 20.0, 2.0),
    ("i1_a", 3, 21_000.0, 14_000.0, 300.0),
    ("i2_a", 3, 18_000.0, 12_000.0, 260.0),
    ("p_w", 0, 14_000.0, 9_000.0, 180.0),
    ("p1_w", 0, 4_700.0, 3_000.0, 90.0),
    ("q_var", 0, 3_200.0, 1_500.0, 60.0),
    ("s_va", 0, 14_500.0, 9_000.0, 180.0),
    ("power_factor", 3, 940.0, 30.0, 3.0),
    ("frequency_hz", 3, 50_000.0, 4.0, 6.0),
    ("thd_v1_pct", 1, 22.0, 6.0, 0.6),
    ("thd_i1_pct", 1, 180.0, 60.0, 4.0),
];

const INDEX: &str = "ea_import_wh";

const DAY_S: f64 = 86_400.0;

/// How fast a wander is forgotten: a value keeps so much of the one before.
const MEMORY: f64 = 0.93;

/// One series, value by value.
#[derive(Debug, Clone)]
pub(super) struct Source {
    key: SeriesKey,
    decimals: u8,
    shape: Option<(f64, f64, f64)>,
    wander: f64,
    index: f64,
    chance: u64,
    load_w: f64,
}

impl Source {
    /// The `n`th series of a plant whose first ones are indexes.
    pub(super) fn new(n: u32, n_indexes: u32) -> Self {
        let gauge = n.checked_sub(n_indexes);
        let (spelling, decimals, shape) = match gauge {
            None => (INDEX, 0, None),
            Some(n) => {
                let (spelling, decimals, usual, swing, step) = SHAPES[n as usize % SHAPES.len()];
                (spelling, decimals, Some((usual, swing, step)))
            }
        };
        // Every twelve gauges are one circuit.
        let point = gauge.map_or(n + 1, |n| 10_000 + n / SHAPES.len() as u32);
        let measurand: Measurand = spelling.parse().expect("the shapes are spelled right");
        Self {
            key: SeriesKey::new(PointId(point), measurand),
            decimals,
            shape,
            wander: 0.0,
            index: f64::from(n) * 1_000_000.0,
            chance: u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            load_w: 500.0 + f64::from(n % 37) * 400.0,
        }
    }

    pub(super) fn key(&self) -> SeriesKey {
        self.key
    }

    /// The value at an instant that is `step_s` after the one before.
    pub(super) fn next(&mut self, at: Timestamp, step_s: u32) -> history::Sample {
        let rhythm = rhythm(at);
        let integer = if let Some((usual, swing, step)) = self.shape {
            self.wander = self.wander * MEMORY + self.noise() * step;
            usual + swing * rhythm + self.wander
        } else {
            let power_w = self.load_w * (1.2 + rhythm + 0.2 * self.noise()).max(0.0);
            self.index += power_w * f64::from(step_s) / 3600.0;
            self.index
        };
        history::Sample {
            series: self.key,
            at,
            value: integer.round() / 10f64.powi(i32::from(self.decimals)),
            decimals: self.decimals,
            quality: Quality::MEASURED,
            coverage: Coverage::FULL,
        }
    }

    /// About normal, between -3 and 3.
    fn noise(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..3 {
            self.chance = self
                .chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (self.chance >> 40) as f64 / f64::from(1 << 23) - 1.0;
        }
        sum
    }
}

/// Between -1 by night and 1 by day, lower at week-ends.
fn rhythm(at: Timestamp) -> f64 {
    let second = at.as_second() as f64;
    let day = (second / DAY_S).floor() as i64;
    let of_day = (second % DAY_S) / DAY_S;
    let weekend = if (day + 4) % 7 >= 5 { 0.4 } else { 1.0 };
    -(of_day * std::f64::consts::TAU).cos() * weekend
}

/// Series, cycles and the time between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataSet {
    pub(super) n_series: u32,
    pub(super) n_indexes: u32,
    pub(super) n_cycles: u32,
    pub(super) step_s: u32,
}

/// 2025 began in UTC.
pub(super) const START: Timestamp = Timestamp::constant(1_735_689_600, 0);

/// A thousand series over a year by ten minutes.
pub(super) const YEAR: DataSet = DataSet {
    n_series: 1000,
    n_indexes: 200,
    n_cycles: 52_560,
    step_s: 600,
};

/// Two hundred series over a day by the second.
pub(super) const DAY: DataSet = DataSet {
    n_series: 200,
    n_indexes: 20,
    n_cycles: 86_400,
    step_s: 1,
};

impl DataSet {
    pub(super) fn sources(&self) -> Vec<Source> {
        (0..self.n_series)
            .map(|n| Source::new(n, self.n_indexes))
            .collect()
    }

    pub(super) fn n_samples(&self) -> u64 {
        u64::from(self.n_series) * u64::from(self.n_cycles)
    }

    pub(super) fn at(&self, cycle: u32) -> Timestamp {
        START + SignedDuration::from_secs(i64::from(cycle) * i64::from(self.step_s))
    }
}
