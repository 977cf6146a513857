//! The hour that the wall clock shows twice.
//!
//! A stamp without an offset does not say which of the two is meant. Files are written in order
//! of time, newest or oldest first, so within them the clock is seen to go back: what lies on
//! either side of that is told apart. A stamp that occurs once, with no such turn around it, is
//! placed by the step of its neighbours, and where both places fit it is the earlier one.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use model::{Measurand, ValueKind};

use super::rows::Row;

/// A stamp with two instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fold {
    earlier_ms: i64,
    later_ms: i64,
    /// Alike for all stamps of one change of the clocks.
    change: i32,
}

impl Fold {
    pub(super) fn new(earlier_ms: i64, later_ms: i64, wall: DateTime, before: Offset) -> Self {
        // A zone puts its clocks back at most once in a day or two.
        let noon = wall
            .date()
            .to_datetime(jiff::civil::Time::constant(12, 0, 0, 0));
        let change = before
            .to_timestamp(noon)
            .map_or(0, |at| (at.as_second() / 86_400) as i32);
        Self {
            earlier_ms,
            later_ms,
            change,
        }
    }
}

/// Which way the rows of a series run in their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
    None,
}

/// Decides for each of `folds` (by index in file order), and sets the instants of the later ones.
/// Answers the indexes that could not be placed.
pub(super) fn resolve(
    measurand: Measurand,
    rows: &mut [Row],
    folds: &[(usize, Fold)],
) -> Vec<usize> {
    if folds.is_empty() {
        return Vec::new();
    }
    let order = order_of(rows);
    let mut by_time: Vec<(usize, Fold)> = folds.to_vec();
    if order == Order::NewestFirst {
        by_time.reverse();
    }
    by_time.sort_by_key(|(_, fold)| fold.change);
    if order == Order::None {
        // Then only a counter tells: it counts upwards. Of others the later comes first, as in
        // files of the newest first.
        let is_counter = measurand.kind() == ValueKind::Counter;
        by_time.sort_by(|(one, _), (other, _)| {
            let by_value = rows[*one].value.total_cmp(&rows[*other].value);
            if is_counter { by_value } else { other.cmp(one) }
        });
        by_time.sort_by_key(|(_, fold)| (fold.change, fold.earlier_ms));
    }
    let neighbours = Neighbours::of(rows, folds);
    let mut unplaced = Vec::new();
    for group in by_time.chunk_by(|one, other| one.1.change == other.1.change) {
        let turn = match order {
            Order::None => None,
            _ => turn_of(group),
        };
        match (order, turn) {
            (Order::None, _) => place_by_pairs(rows, group, &neighbours, &mut unplaced),
            (_, Some(turn)) => {
                for (index, fold) in &group[turn..] {
                    rows[*index].at_ms = fold.later_ms;
                }
            }
            (_, None) => place_run(rows, group, &neighbours, &mut unplaced),
        }
    }
    unplaced
}

/// Three of four steps go the same way in a file that is in order.
fn order_of(rows: &[Row]) -> Order {
    let steps = || rows.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms);
    let n_up = steps().filter(|step| *step > 0).count();
    let n_down = steps().filter(|step| *step < 0).count();
    if n_up == n_down || (n_up > n_down / 3 && n_down > n_up / 3 && n_up.min(n_down) > 1) {
        Order::None
    } else if n_up > n_down {
        Order::OldestFirst
    } else {
        Order::NewestFirst
    }
}

/// Where the clock goes back among stamps in order of time: the largest step that is not forward.
fn turn_of(group: &[(usize, Fold)]) -> Option<usize> {
    (1..group.len())
        .map(|i| (group[i].1.earlier_ms - group[i - 1].1.earlier_ms, i))
        .filter(|(step, _)| *step <= 0)
        .min()
        .map(|(_, i)| i)
}

/// A run of stamps of which each occurs once.
fn place_run(
    rows: &mut [Row],
    run: &[(usize, Fold)],
    neighbours: &Neighbours,
    unplaced: &mut Vec<usize>,
) {
    let (Some((_, first)), Some((_, last))) = (run.first(), run.last()) else {
        return;
    };
    let fits_earlier = neighbours.follows(first.earlier_ms);
    let fits_later = neighbours.precedes(last.later_ms);
    for (index, fold) in run {
        if fits_later && !fits_earlier {
            rows[*index].at_ms = fold.later_ms;
        } else if fits_later || !fits_earlier {
            unplaced.push(*index);
        }
    }
}

/// Stamps of a file in no order: pairs are told apart, single ones are runs of their own.
fn place_by_pairs(
    rows: &mut [Row],
    group: &[(usize, Fold)],
    neighbours: &Neighbours,
    unplaced: &mut Vec<usize>,
) {
    for pair in group.chunk_by(|one, other| one.1.earlier_ms == other.1.earlier_ms) {
        match pair {
            [_, (later, fold)] => rows[*later].at_ms = fold.later_ms,
            [_] => place_run(rows, pair, neighbours, unplaced),
            _ => unplaced.extend(pair.iter().map(|(index, _)| *index)),
        }
    }
}

/// The instants of a series that are certain.
struct Neighbours {
    instants_ms: Vec<i64>,
    /// Their usual step.
    step_ms: i64,
}

impl Neighbours {
    fn of(rows: &[Row], folds: &[(usize, Fold)]) -> Self {
        let mut is_fold = vec![false; rows.len()];
        for (index, _) in folds {
            is_fold[*index] = true;
        }
        let certain = rows.iter().zip(&is_fold).filter(|(_, is_fold)| !**is_fold);
        let mut instants_ms: Vec<i64> = certain.map(|(row, _)| row.at_ms).collect();
        instants_ms.sort_unstable();
        instants_ms.dedup();
        let mut steps: Vec<i64> = instants_ms
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect();
        steps.sort_unstable();
        Self {
            step_ms: steps.get(steps.len() / 2).copied().unwrap_or_default(),
            instants_ms,
        }
    }

    fn follows(&self, at_ms: i64) -> bool {
        self.instants_ms
            .binary_search(&(at_ms - self.step_ms))
            .is_ok()
    }

    fn precedes(&self, at_ms: i64) -> bool {
        self.instants_ms
            .binary_search(&(at_ms + self.step_ms))
            .is_ok()
    }
}

#[cfg(test)]
mod tests;
