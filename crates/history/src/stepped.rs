use std::time::Duration;

use jiff::Timestamp;
use model::{Coverage, IntegrationPeriod, Recording, SeriesKey, ValueKind};

use crate::{HistoryError, Sample, Span};

/// A day by the second or nearly two years by ten minutes; a chart draws a hundredth of it.
pub const STEPS_MAX: u64 = 100_000;

/// A reading stands for this many usual spacings of its series: one missed answer is no gap.
const HOLD_SPACINGS: i64 = 3;

/// What the usual spacing is told from: so many spacings just before a reading, and fewer than
/// three tell nothing.
const SPACINGS_MAX: usize = 5;
const SPACINGS_MIN: usize = 3;

/// However seldom a series is recorded, silence beyond this is a gap and not its period.
const HOLD_MAX_MS: i64 = 15 * 60 * 1000;

/// How far before a span a query looks for what stands in it: for a reading, and for the spacings
/// before it.
const LOOK_BACK_MS: i64 = (1 + SPACINGS_MAX as i64) * HOLD_MAX_MS;
const _: () = assert!(LOOK_BACK_MS >= IntegrationPeriod::SECONDS_MAX as i64 * 1000);

/// One series over a span, in equal steps: what a chart draws.
///
/// - **Shape**: step `i` covers `from + i * step` up to, not including, the next one; the last
///   one ends where the span does. Times are UTC.
/// - **Hold**: a reading stands from its instant until the next one, at most for three times the
///   usual spacing of the readings before it (their median, so that a gap among them does not
///   count), and that at most for a quarter of an hour; in any case it may stand for `hold`. So
///   a series is judged by how it was recorded and not by how it would be today. A reading from
///   before the span stands into it. The value of a period stands for that period and no longer.
/// - **Unit**: that of the measurand. Instantaneous values of a gauge and means give the
///   time-weighted mean of the step, minima the least, maxima the greatest; a counter or state
///   the last value that stood in it.
/// - **Gaps**: a step in which no reading stands is `None`, never `0.0`; `coverage` is the share
///   (0 to 1) of the step that was measured: in which a reading stands, and of periods that were
///   measured in part, that part.
#[derive(Debug, Clone, PartialEq)]
pub struct SteppedSeries {
    pub series: SeriesKey,
    pub from: Timestamp,
    pub step: Duration,
    pub values: Vec<Option<f64>>,
    pub minima: Vec<Option<f64>>,
    pub maxima: Vec<Option<f64>>,
    pub coverage: Vec<f32>,
}

/// A checked span in checked steps, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepGrid {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
    step_ms: i64,
    hold_ms: i64,
    n_steps: usize,
}

impl StepGrid {
    /// # Errors
    ///
    /// [`HistoryError::EmptySpan`], [`HistoryError::BrokenStep`], and
    /// [`HistoryError::TooManySteps`] above [`STEPS_MAX`].
    pub fn new(span: Span, step: Duration, hold: Duration) -> Result<Self, HistoryError> {
        let (from_ms, until_ms) = span.milliseconds()?;
        let step_ms = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
        if step_ms == 0 || !step.subsec_nanos().is_multiple_of(1_000_000) {
            return Err(HistoryError::BrokenStep { step });
        }
        let n_steps = (until_ms - from_ms - 1) / step_ms + 1;
        if n_steps as u64 > STEPS_MAX {
            return Err(HistoryError::TooManySteps {
                steps: n_steps as u64,
                max: STEPS_MAX,
            });
        }
        Ok(Self {
            from_ms,
            until_ms,
            step_ms,
            // A reading stands at least for as long as the store can tell instants apart.
            hold_ms: i64::try_from(hold.as_millis()).unwrap_or(i64::MAX).max(1),
            n_steps: n_steps as usize,
        })
    }

    /// From here on a reading can stand within the span, or tell the spacing of one that does:
    /// how long a reading stands does not depend on the span that is asked.
    pub(crate) fn first_needed_ms(&self) -> i64 {
        let longer_ms = self.hold_ms.saturating_sub(HOLD_MAX_MS).max(0);
        self.from_ms
            .saturating_sub(longer_ms)
            .saturating_sub(LOOK_BACK_MS)
    }

    /// Samples from before this instant do not matter to the steps.
    pub fn first_needed(&self) -> Timestamp {
        Timestamp::from_millisecond(self.first_needed_ms()).unwrap_or(Timestamp::MIN)
    }

    fn step_of(&self, at_ms: i64) -> usize {
        ((at_ms - self.from_ms) / self.step_ms) as usize
    }

    fn start_of(&self, step: usize) -> i64 {
        self.from_ms + step as i64 * self.step_ms
    }

    fn end_of(&self, step: usize) -> i64 {
        self.start_of(step)
            .saturating_add(self.step_ms)
            .min(self.until_ms)
    }
}

/// Steps sorted samples of one series, all of them or those that the span needs: see
/// [`StepGrid::first_needed`].
///
/// Engines that hold raw samples answer [`read_stepped`](crate::HistoryStore::read_stepped) by it.
pub fn step_samples(series: SeriesKey, samples: &[Sample], grid: &StepGrid) -> SteppedSeries {
    let mut stepper = Stepper::new(series, *grid);
    for sample in samples {
        stepper.push(sample.at.as_millisecond(), sample.value, sample.coverage);
    }
    stepper.finish()
}

/// Takes readings one by one, by time, and keeps only the steps: a year takes no more memory
/// than a day.
#[derive(Debug)]
pub(crate) struct Stepper {
    series: SeriesKey,
    grid: StepGrid,
    steps: Vec<Step>,
    /// The last reading, whose end the next one tells.
    standing: Option<Standing>,
    spacings: Spacings,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    at_ms: i64,
    value: f64,
    coverage: Coverage,
}

/// The last few spacings of a series, since it last fell silent.
#[derive(Debug, Default)]
struct Spacings {
    /// In a ring: which of them is the oldest does not matter to their median.
    recent_ms: [i64; SPACINGS_MAX],
    n_seen: usize,
}

impl Spacings {
    fn push(&mut self, spacing_ms: i64) {
        if spacing_ms > HOLD_MAX_MS {
            self.n_seen = 0;
            return;
        }
        self.recent_ms[self.n_seen % SPACINGS_MAX] = spacing_ms;
        self.n_seen += 1;
    }

    /// How long a reading stands behind these spacings, at least for `least_ms`.
    fn hold_ms(&self, least_ms: i64) -> i64 {
        let n = self.n_seen.min(SPACINGS_MAX);
        if n < SPACINGS_MIN {
            return least_ms;
        }
        let mut sorted = self.recent_ms;
        let sorted = &mut sorted[..n];
        sorted.sort_unstable();
        let usual_ms = sorted[(n - 1) / 2];
        least_ms.max((usual_ms * HOLD_SPACINGS).min(HOLD_MAX_MS))
    }
}

impl Stepper {
    pub(crate) fn new(series: SeriesKey, grid: StepGrid) -> Self {
        Self {
            series,
            grid,
            steps: vec![Step::default(); grid.n_steps],
            standing: None,
            spacings: Spacings::default(),
        }
    }

    /// Readings that cannot stand within the span are passed over.
    pub(crate) fn push(&mut self, at_ms: i64, value: f64, coverage: Coverage) {
        if at_ms < self.grid.first_needed_ms() || at_ms >= self.grid.until_ms {
            return;
        }
        let last_ms = self.standing.map(|last| last.at_ms);
        self.end_standing(at_ms);
        if let Some(last_ms) = last_ms {
            self.spacings.push(at_ms - last_ms);
        }
        self.standing = Some(Standing {
            at_ms,
            value,
            coverage,
        });
    }

    fn end_standing(&mut self, next_ms: i64) {
        if let Some(last) = self.standing.take() {
            let hold_ms = match self.series.recording.period() {
                Some(period) => i64::from(period.seconds()) * 1000,
                None => self.spacings.hold_ms(self.grid.hold_ms),
            };
            let until_ms = last.at_ms.saturating_add(hold_ms).min(next_ms);
            let from_ms = last.at_ms.max(self.grid.from_ms);
            let share = last.coverage.share();
            stand(
                &mut self.steps,
                &self.grid,
                (from_ms, until_ms),
                last.value,
                share,
            );
        }
    }

    pub(crate) fn finish(mut self) -> SteppedSeries {
        self.end_standing(self.grid.until_ms);
        let (series, steps, grid) = (self.series, self.steps, self.grid);
        let value_of = |step: &Step| match (series.recording, series.measurand.kind()) {
            (Recording::Minimum(_), _) => step.least,
            (Recording::Maximum(_), _) => step.most,
            (Recording::Mean(_), _) | (Recording::Instantaneous, ValueKind::Gauge) => step.mean(),
            (Recording::Instantaneous, ValueKind::Counter | ValueKind::State) => step.last,
        };
        SteppedSeries {
            series,
            from: Timestamp::from_millisecond(grid.from_ms).expect("it was a timestamp before"),
            step: Duration::from_millis(grid.step_ms as u64),
            values: steps.iter().map(value_of).collect(),
            minima: steps.iter().map(|step| step.least).collect(),
            maxima: steps.iter().map(|step| step.most).collect(),
            coverage: steps
                .iter()
                .map(|step| step.share.min(1.0) as f32)
                .collect(),
        }
    }
}

/// Adds a value that stands from `from_ms` until `until_ms` to every step it touches; `measured`
/// is the share of its time for which that is known.
fn stand(
    steps: &mut [Step],
    grid: &StepGrid,
    (from_ms, until_ms): (i64, i64),
    value: f64,
    measured: f64,
) {
    if until_ms <= from_ms || measured <= 0.0 {
        return;
    }
    for (i, step) in steps
        .iter_mut()
        .enumerate()
        .take(grid.step_of(until_ms - 1) + 1)
        .skip(grid.step_of(from_ms))
    {
        let (start, end) = (grid.start_of(i), grid.end_of(i));
        let stood_ms = until_ms.min(end) - from_ms.max(start);
        step.add(value, measured * stood_ms as f64 / (end - start) as f64);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// Sum of value × share of the step: no overflow, as shares sum up to one.
    weighted: f64,
    share: f64,
    least: Option<f64>,
    most: Option<f64>,
    last: Option<f64>,
}

impl Step {
    fn add(&mut self, value: f64, share: f64) {
        self.weighted += value * share;
        self.share += share;
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.most = Some(self.most.map_or(value, |most| most.max(value)));
        self.last = Some(value);
    }

    /// Kept within the extremes, so that a constant value is its own mean to the last bit.
    fn mean(&self) -> Option<f64> {
        let (least, most) = (self.least?, self.most?);
        Some((self.weighted / self.share).max(least).min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Measurand, Phase, PointId, Quantity};
    use proptest::prelude::*;

    fn series(quantity: Quantity) -> SeriesKey {
        SeriesKey::new(PointId(1), Measurand::new(quantity, Phase::Total))
    }

    fn step_values(
        series: SeriesKey,
        readings: impl Iterator<Item = (i64, f64)>,
        grid: &StepGrid,
    ) -> SteppedSeries {
        let mut stepper = Stepper::new(series, *grid);
        for (at_ms, value) in readings {
            stepper.push(at_ms, value, Coverage::FULL);
        }
        stepper.finish()
    }

    fn span(from_ms: i64, until_ms: i64) -> Span {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        Span {
            from: at(from_ms),
            until: at(until_ms),
        }
    }

    fn grid(from_ms: i64, until_ms: i64, step_ms: u64, hold_ms: u64) -> StepGrid {
        StepGrid::new(
            span(from_ms, until_ms),
            Duration::from_millis(step_ms),
            Duration::from_millis(hold_ms),
        )
        .unwrap()
    }

    /// Asks for every millisecond which reading stands.
    fn naive(readings: &[(i64, f64)], grid: &StepGrid, kind: ValueKind) -> Vec<[Option<f64>; 4]> {
        let hold_ms = |i: usize| {
            let before: Vec<i64> = readings[..=i].iter().map(|(at_ms, _)| *at_ms).collect();
            let spacings = before.windows(2).rev().map(|pair| pair[1] - pair[0]);
            let mut recent: Vec<i64> = spacings
                .take_while(|spacing| *spacing <= HOLD_MAX_MS)
                .take(5)
                .collect();
            recent.sort_unstable();
            match recent.len() {
                0..3 => grid.hold_ms,
                n => (recent[(n - 1) / 2] * 3).min(HOLD_MAX_MS).max(grid.hold_ms),
            }
        };
        let standing = |ms: i64| {
            let i = readings.partition_point(|(at_ms, _)| *at_ms <= ms);
            let i = i.checked_sub(1)?;
            let (at_ms, value) = readings[i];
            (ms - at_ms < hold_ms(i)).then_some(value)
        };
        (0..grid.n_steps)
            .map(|i| {
                let all: Vec<i64> = (grid.start_of(i)..grid.end_of(i)).collect();
                let stood: Vec<f64> = all.iter().filter_map(|ms| standing(*ms)).collect();
                let value = match kind {
                    ValueKind::Gauge => {
                        (!stood.is_empty()).then(|| stood.iter().sum::<f64>() / stood.len() as f64)
                    }
                    _ => stood.last().copied(),
                };
                [
                    value,
                    stood.iter().copied().reduce(f64::min),
                    stood.iter().copied().reduce(f64::max),
                    Some(stood.len() as f64 / all.len() as f64),
                ]
            })
            .collect()
    }

    #[track_caller]
    fn check(quantity: Quantity, readings: &[(i64, f64)], grid: &StepGrid) {
        let stepped = step_values(series(quantity), readings.iter().copied(), grid);
        let expected = naive(readings, grid, quantity.kind());
        assert_eq!(stepped.values.len(), expected.len());
        for (i, expected) in expected.into_iter().enumerate() {
            let found = [
                stepped.values[i],
                stepped.minima[i],
                stepped.maxima[i],
                Some(f64::from(stepped.coverage[i])),
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert_eq!(found.is_some(), expected.is_some(), "step {i}");
                let difference = found.unwrap_or(0.0) - expected.unwrap_or(0.0);
                assert!(
                    difference.abs() < 1e-6,
                    "step {i}: {found:?} is not {expected:?}"
                );
            }
        }
    }

    #[test]
    fn a_mean_weighs_by_time_and_not_by_count() {
        let readings = [(0, 10.0), (900, 20.0), (950, 20.0)];
        let stepped = step_values(
            series(Quantity::ActivePower),
            readings.into_iter(),
            &grid(0, 1000, 1000, 3000),
        );
        assert_eq!(stepped.values, [Some(11.0)]);
    }

    #[test]
    fn the_last_step_may_be_shorter_and_is_wholly_covered() {
        let stepped = step_values(
            series(Quantity::ActivePower),
            [(0, 5.0)].into_iter(),
            &grid(0, 1500, 1000, 3000),
        );
        assert_eq!(stepped.values, [Some(5.0), Some(5.0)]);
        assert_eq!(stepped.coverage, [1.0, 1.0]);
    }

    const MINUTE: i64 = 60_000;

    /// Coverage per `step` of the readings, at these instants, over a span that begins at zero.
    #[track_caller]
    fn check_coverage(instants: &[i64], until_ms: i64, step_ms: u64, expected: &[f32]) {
        let readings = instants.iter().map(|at_ms| (*at_ms, 1.0));
        // Three periods of a second, as a server asks that would read each second today.
        let grid = grid(0, until_ms, step_ms, 3000);
        let stepped = step_values(series(Quantity::ActivePower), readings, &grid);
        assert_eq!(stepped.coverage, expected);
    }

    #[test]
    fn a_bus_slower_than_asked_has_no_gaps() {
        let each_5_s: Vec<i64> = (-5..12).map(|i| i * 5000).collect();
        check_coverage(&each_5_s, MINUTE, 20_000, &[1.0, 1.0, 1.0]);
        let each_10_min: Vec<i64> = (-5..6).map(|i| i * 10 * MINUTE).collect();
        check_coverage(&each_10_min, 60 * MINUTE, 30 * MINUTE as u64, &[1.0, 1.0]);
    }

    #[test]
    fn a_gap_stays_one_whatever_the_spacing_around_it() {
        let with_gap: Vec<i64> = (-60..10).chain(50..60).map(|i| i * 1000).collect();
        // The reading at 9 s stands for three seconds, until 12 s.
        check_coverage(&with_gap, MINUTE, 10_000, &[1.0, 0.2, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_reading_of_a_seldom_series_stands_for_a_quarter_of_an_hour() {
        let each_10_min: Vec<i64> = (-6..=0).map(|i| i * 10 * MINUTE).collect();
        check_coverage(&each_10_min, 20 * MINUTE, 10 * MINUTE as u64, &[1.0, 0.5]);
        // An hour is silence: it tells no period.
        let each_hour: Vec<i64> = (-6..=0).map(|i| i * 60 * MINUTE).collect();
        check_coverage(&each_hour, MINUTE, MINUTE as u64, &[0.05]);
    }

    #[test]
    fn how_long_a_reading_stands_does_not_depend_on_the_span_asked() {
        let readings: Vec<(i64, f64)> = (0..100).map(|i| (i * 7 * MINUTE, i as f64)).collect();
        let step = 5 * MINUTE as u64;
        let whole = grid(0, 700 * MINUTE, step, 3000);
        let whole = step_values(
            series(Quantity::ActivePower),
            readings.iter().copied(),
            &whole,
        );
        let part = grid(350 * MINUTE, 700 * MINUTE, step, 3000);
        let needed = readings
            .iter()
            .copied()
            .filter(|(at_ms, _)| *at_ms >= part.first_needed_ms());
        let part = step_values(series(Quantity::ActivePower), needed, &part);
        assert_eq!(part.coverage, whole.coverage[70..]);
        assert_eq!(part.values, whole.values[70..]);
    }

    #[test]
    fn spans_and_steps_that_make_no_sense_are_refused() {
        let new = |from, until, step| StepGrid::new(span(from, until), step, Duration::ZERO);
        let second = Duration::from_secs(1);
        assert!(matches!(
            new(5, 5, second),
            Err(HistoryError::EmptySpan { .. })
        ));
        assert!(matches!(
            new(6, 5, second),
            Err(HistoryError::EmptySpan { .. })
        ));
        for step in [Duration::ZERO, Duration::from_micros(1500)] {
            assert!(matches!(
                new(0, 5, step),
                Err(HistoryError::BrokenStep { .. })
            ));
        }
        let many = new(0, STEPS_MAX as i64 + 1, Duration::from_millis(1));
        assert!(matches!(
            many,
            Err(HistoryError::TooManySteps { steps: 100_001, .. })
        ));
        assert!(new(0, STEPS_MAX as i64, Duration::from_millis(1)).is_ok());
        assert!(new(0, 5, Duration::from_secs(u64::MAX)).is_ok());
    }

    proptest! {
        #[test]
        fn steps_are_what_asking_every_millisecond_gives(
            readings in proptest::collection::btree_map(0..400i64, -1e6..1e6, 0..40),
            (from, length) in (0..300i64, 1..200i64),
            step in 1..80u64,
            hold in 1..100u64,
            quantity in prop_oneof![
                Just(Quantity::ActivePower),
                Just(Quantity::ActiveEnergyImport),
                Just(Quantity::PowerFactorType),
            ],
        ) {
            let readings: Vec<(i64, f64)> = readings.into_iter().collect();
            check(quantity, &readings, &grid(from, from + length, step, hold));
        }
    }
}
