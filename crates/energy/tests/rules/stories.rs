//! A generator of the lives of counters, which knows what was delivered.
//!
//! A story is a meter with a load that never exceeds its largest power, read period by period, and
//! what happens to it: glitches, roll-overs, silences, jitter, resets, exchanges, clocks set
//! forward and back. It answers what a counter would be fed, and what truly flowed until each
//! good reading, as far as the registers of the meters counted it.

use std::collections::BTreeMap;

use energy::{Amount, Counter, CounterTraits, Exchange, IndexReading};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::support::{at, series};

#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) traits: CounterTraits,
    /// Where the counter really turns; the traits may not know it.
    pub(crate) ring: i64,
    pub(crate) max_w: i64,
    pub(crate) period: SignedDuration,
    pub(crate) start: i64,
    pub(crate) jitter: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Chapter {
    Run {
        n_readings: usize,
        load_pct: i64,
    },
    Silence {
        periods: i64,
        load_pct: i64,
    },
    Glitch {
        bad: Vec<Bad>,
    },
    ClockSet {
        by: SignedDuration,
    },
    /// The counter is set to zero between two readings, and this application knows or not.
    Reset {
        ordered: bool,
    },
    /// Another meter between two readings, declared with both indexes or not at all.
    Exchange {
        opening: i64,
        declared: bool,
    },
    /// The meter forgets what it counted in the last while.
    StepBack {
        minutes: i64,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Bad {
    Zero,
    One,
    AllOnes,
    LastOfRing,
    TimesTwo,
    Count(i64),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Input {
    Reading(IndexReading),
    Exchange(Exchange),
    ResetOrdered(Timestamp),
}

/// What a counter is fed, and the truth.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) traits: CounterTraits,
    pub(crate) inputs: Vec<Input>,
    /// What had flowed when a good reading was taken.
    pub(crate) truth: BTreeMap<Timestamp, Amount>,
}

impl Told {
    pub(crate) fn readings(&self) -> Vec<IndexReading> {
        let readings = self.inputs.iter().filter_map(|input| match input {
            Input::Reading(reading) => Some(*reading),
            _ => None,
        });
        readings.collect()
    }

    pub(crate) fn counter(&self) -> Counter {
        let mut counter = Counter::new(series(), self.traits);
        for input in &self.inputs {
            feed(&mut counter, *input);
        }
        counter
    }
}

pub(crate) fn feed(counter: &mut Counter, input: Input) {
    match input {
        Input::Reading(reading) => {
            counter.feed(reading).unwrap();
        }
        Input::Exchange(exchange) => {
            let traits = *counter.traits();
            counter.exchange(exchange, traits).unwrap();
        }
        Input::ResetOrdered(at) => counter.reset_ordered(at).unwrap(),
    }
}

struct Plant<'s> {
    setting: &'s Setting,
    /// The true time.
    now: Timestamp,
    /// How far the clock of the server is ahead of it.
    clock_ahead: SignedDuration,
    /// Billionths of a Wh that are no whole count yet.
    rest: i128,
    register: i64,
    flowed: Amount,
    told: Told,
    noise: u64,
}

pub(crate) fn tell(setting: &Setting, chapters: &[Chapter]) -> Told {
    let mut plant = Plant {
        setting,
        now: at("2026-01-05T00:00:00Z"),
        clock_ahead: SignedDuration::ZERO,
        rest: 0,
        register: setting.start,
        flowed: Amount::ZERO,
        told: Told {
            traits: setting.traits,
            inputs: Vec::new(),
            truth: BTreeMap::new(),
        },
        noise: 1,
    };
    for chapter in chapters {
        plant.play(chapter);
    }
    // Whatever came last is confirmed or not, and nothing new happens.
    plant.play(&Chapter::Run {
        n_readings: 4,
        load_pct: 0,
    });
    plant.told
}

impl Plant<'_> {
    fn play(&mut self, chapter: &Chapter) {
        let period = self.setting.period;
        match chapter {
            Chapter::Run {
                n_readings,
                load_pct,
            } => {
                for _ in 0..*n_readings {
                    self.run_for(period, *load_pct);
                    self.read();
                }
            }
            Chapter::Silence { periods, load_pct } => {
                self.run_for(period * (*periods as i32), *load_pct);
                self.read();
            }
            Chapter::Glitch { bad } => {
                for bad in bad {
                    self.run_for(period, 30);
                    self.read_badly(*bad);
                }
            }
            Chapter::ClockSet { by } => self.clock_ahead += *by,
            Chapter::Reset { ordered } => {
                self.run_for(period / 2, 50);
                if self.is_visible(0) {
                    if *ordered {
                        let ordered_at = self.shown();
                        self.told.inputs.push(Input::ResetOrdered(ordered_at));
                    }
                    (self.register, self.rest) = (0, 0);
                }
            }
            Chapter::Exchange { opening, declared } => {
                self.run_for(period / 2, 50);
                let opening = opening % self.setting.ring;
                if *declared && self.is_later() {
                    self.declare_exchange(opening);
                    (self.register, self.rest) = (opening, 0);
                } else if self.is_visible(opening) && opening > self.possible() {
                    // Below, it would look like a reset.
                    (self.register, self.rest) = (opening, 0);
                }
            }
            Chapter::StepBack { minutes } => {
                let forgotten = self.counts_in(SignedDuration::from_mins(*minutes), 50);
                let older = self.register - forgotten;
                if older >= 0 && self.is_visible(older) {
                    self.register = older;
                }
            }
        }
    }

    /// Whether the next readings cannot look as if the index had just gone on. What looks so
    /// nobody can know of, and no journal can tell.
    fn is_visible(&self, count: i64) -> bool {
        let has_limit = self.setting.traits.max_per_hour.is_some();
        self.is_later() && self.is_far(count) && (count < self.register || has_limit)
    }

    /// Neither ahead nor behind by what may flow in a while.
    fn is_far(&self, count: i64) -> bool {
        (count - self.register).abs() > self.possible()
    }

    fn possible(&self) -> i64 {
        self.counts_in(self.setting.period * 30, 150) + 20
    }

    fn counts_in(&self, time: SignedDuration, load_pct: i64) -> i64 {
        let billionths = self.billionths_in(time, load_pct);
        (billionths / self.setting.traits.unit.billionths()) as i64
    }

    fn billionths_in(&self, time: SignedDuration, load_pct: i64) -> i128 {
        let watts = i128::from(self.setting.max_w * load_pct / 100);
        watts * time.as_nanos() / 3_600
    }

    /// Time passes, and the meter counts.
    fn run_for(&mut self, time: SignedDuration, load_pct: i64) {
        let unit = self.setting.traits.unit;
        self.now += time;
        self.rest += self.billionths_in(time, load_pct);
        let counts = (self.rest / unit.billionths()) as i64;
        self.rest %= unit.billionths();
        self.register = (self.register + counts) % self.setting.ring;
        self.flowed += unit.times(counts);
    }

    fn shown(&self) -> Timestamp {
        self.now + self.clock_ahead
    }

    /// A clock that was set back shows a time at which something was recorded already.
    fn is_later(&self) -> bool {
        let last = self.told.inputs.iter().rev().find_map(|input| match input {
            Input::Reading(reading) => Some(reading.at),
            Input::Exchange(exchange) => Some(exchange.opened_at),
            Input::ResetOrdered(_) => None,
        });
        last.is_none_or(|last| self.shown() > last)
    }

    fn record(&mut self, count: i64) -> bool {
        let is_later = self.is_later();
        if is_later {
            let reading = IndexReading::new(self.shown(), count);
            self.told.inputs.push(Input::Reading(reading));
        }
        is_later
    }

    fn read(&mut self) {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let jitter = if self.setting.jitter {
            (self.noise >> 60) as i64 % 3
        } else {
            0
        };
        if self.record((self.register - jitter).max(0)) {
            self.told.truth.insert(self.shown(), self.flowed);
        }
    }

    fn read_badly(&mut self, bad: Bad) {
        let count = match bad {
            Bad::Zero => 0,
            Bad::One => 1,
            Bad::AllOnes => i64::from(u32::MAX),
            Bad::LastOfRing => self.setting.ring - 1,
            Bad::TimesTwo => self.register.saturating_mul(2),
            Bad::Count(count) => count,
        };
        // What could be true, around the ring or not, is no glitch that anybody could know of.
        let ring = self.setting.ring;
        let alike = [count - ring, count, count + ring];
        if alike.into_iter().all(|count| self.is_far(count)) {
            self.record(count);
        } else {
            self.read();
        }
    }

    fn declare_exchange(&mut self, opening: i64) {
        let shown = self.shown();
        self.told.inputs.push(Input::Exchange(Exchange {
            closed_at: shown,
            closing: Some(self.register),
            opened_at: shown,
            opening: Some(opening),
        }));
        self.told.truth.insert(shown, self.flowed);
    }
}

const RINGS: [i64; 8] = [
    1 << 16,
    1 << 23,
    1 << 24,
    1 << 31,
    1 << 32,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// Counters whose ring is far above what flows in a period. `unknown` ones have no ring or no
/// power in their traits.
pub(crate) fn settings(unknown: bool) -> impl Strategy<Value = Setting> {
    let units = prop::sample::select(vec![0.1, 1.0, 10.0, 100.0, 1_000.0]);
    let periods = prop::sample::select(vec![10, 60, 600, 900, 3_600]);
    let near_the_ring = prop_oneof![2 => 0i64..5_000, 1 => 0i64..1_000_000_000];
    let known = (any::<bool>(), any::<bool>());
    (
        units,
        prop::sample::select(RINGS.to_vec()),
        1i64..=4_000_000,
        periods,
        near_the_ring,
        any::<bool>(),
        known,
    )
        .prop_map(
            move |(unit, ring, max_w, period_s, below_ring, jitter, known)| {
                let unit = Amount::from_f64(unit).unwrap();
                let period = SignedDuration::from_secs(period_s);
                // At most a five-hundredth of the ring in a period: rings of a few L cannot be told
                // from resets.
                let most = i128::from(ring / 500) * unit.billionths() / 1_000_000_000;
                let max_w = max_w
                    .min((most * 3_600 / i128::from(period_s)) as i64)
                    .max(1);
                let mut traits = CounterTraits::of_unit(unit);
                if !(unknown && known.0) {
                    traits = traits.with_ring(ring);
                }
                if !(unknown && known.1) {
                    traits = traits.with_max_per_hour(Amount::from_units(max_w));
                }
                Setting {
                    traits,
                    ring,
                    max_w,
                    period,
                    start: (ring - 1 - below_ring).rem_euclid(ring),
                    jitter,
                }
            },
        )
}

fn bad_readings() -> impl Strategy<Value = Vec<Bad>> {
    let bad = prop_oneof![
        3 => Just(Bad::Zero),
        1 => Just(Bad::One),
        1 => Just(Bad::AllOnes),
        1 => Just(Bad::LastOfRing),
        1 => Just(Bad::TimesTwo),
        2 => (0i64..10_000_000_000).prop_map(Bad::Count),
    ];
    prop::collection::vec(bad, 1..=2)
}

fn runs(longest: usize) -> impl Strategy<Value = Chapter> {
    (4..longest, 0i64..=100).prop_map(|(n_readings, load_pct)| Chapter::Run {
        n_readings,
        load_pct,
    })
}

/// What happened to the counter can be known afterwards.
pub(crate) fn plain_chapters(longest_run: usize) -> impl Strategy<Value = Vec<Chapter>> {
    let odd = prop_oneof![
        4 => bad_readings().prop_map(|bad| Chapter::Glitch { bad }),
        3 => (2i64..80, 0i64..=100)
            .prop_map(|(periods, load_pct)| Chapter::Silence { periods, load_pct }),
        1 => (1i64..10_000).prop_map(|minutes| Chapter::ClockSet {
            by: SignedDuration::from_mins(minutes)
        }),
        1 => (0i64..40).prop_map(|opening| Chapter::Exchange { opening, declared: true }),
    ];
    told_between_runs(odd, longest_run)
}

/// Anything may happen, in any order.
pub(crate) fn any_chapters() -> impl Strategy<Value = Vec<Chapter>> {
    let odd = prop_oneof![
        3 => bad_readings().prop_map(|bad| Chapter::Glitch { bad }),
        2 => (2i64..400, 0i64..=100)
            .prop_map(|(periods, load_pct)| Chapter::Silence { periods, load_pct }),
        1 => (-600i64..600).prop_map(|minutes| Chapter::ClockSet {
            by: SignedDuration::from_mins(minutes)
        }),
        2 => any::<bool>().prop_map(|ordered| Chapter::Reset { ordered }),
        2 => (0i64..5_000_000, any::<bool>())
            .prop_map(|(opening, declared)| Chapter::Exchange { opening, declared }),
        1 => (1i64..15).prop_map(|minutes| Chapter::StepBack { minutes }),
    ];
    told_between_runs(odd, 30)
}

fn told_between_runs(
    odd: impl Strategy<Value = Chapter>,
    longest_run: usize,
) -> impl Strategy<Value = Vec<Chapter>> {
    let pairs = prop::collection::vec((odd, runs(longest_run)), 0..12);
    (runs(longest_run), pairs).prop_map(|(first, pairs)| {
        let mut chapters = vec![first];
        for (odd, run) in pairs {
            chapters.extend([odd, run]);
        }
        chapters
    })
}
