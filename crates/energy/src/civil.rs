//! The only calendar of the program: hours, days, weeks, months and years of the site's zone.
//!
//! The one idea: a civil step is a pair of instants, found by asking the zone when a wall clock
//! shows the first moment of it. Nothing adds 86 400 seconds, so a day lasts what it lasts: 23 or
//! 25 hours at a change of the clocks, 24 h 30 min on Lord Howe.
//!
//! - An **hour** (and every block of an integration period) runs from one moment at which the
//!   local clock shows a full hour to the next. Where the clock goes back by an hour, the hour
//!   comes twice; where it leaps over a full hour, the leap opens the next one.
//! - A **day** starts at the first instant of its date, which is not 00:00 where the clock leaps
//!   at midnight. A date that a zone left out has no day.
//! - A **week** is that of ISO 8601, from Monday; months and years start with their first day.
//! - A **contract** day, week, month or year starts at the contract hour instead of midnight.

mod dates;
mod grid;
mod period;
mod step;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use period::PredefinedPeriod;
pub use step::{BlockLength, BrokenBlock, CivilStep, UnknownStep};

use crate::Span;
use dates::Dates;
use grid::Grid;

/// More than 22 years of hours, or a century of days five times over: no page and no export
/// shows as many, and a mistyped year must not fill the memory.
pub const CIVIL_STEPS_MAX: usize = 200_000;

/// The calendar of a site: its zone, and the hour at which its contract's days begin.
#[derive(Debug, Clone)]
pub struct SiteCalendar {
    zone: TimeZone,
    contract_hour: i8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CivilError {
    #[error("a contract day cannot begin at {hour} o'clock; give an hour from 0 to 23")]
    ContractHour { hour: i8 },
    #[error("the span holds more than {CIVIL_STEPS_MAX} steps; ask for longer steps or less time")]
    TooManySteps,
}

impl SiteCalendar {
    /// Contract days begin at 00:00 until [`SiteCalendar::with_contract_hour`] says otherwise.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            contract_hour: 0,
        }
    }

    /// # Errors
    ///
    /// [`CivilError::ContractHour`] unless the hour is one of 0 to 23.
    pub fn with_contract_hour(self, hour: i8) -> Result<Self, CivilError> {
        if !(0..24).contains(&hour) {
            return Err(CivilError::ContractHour { hour });
        }
        Ok(Self {
            contract_hour: hour,
            ..self
        })
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The date that the wall clock of the site shows.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// When the date begins: its first instant, or that of the next one if the zone left it out.
    pub fn start_of_date(&self, date: Date) -> Timestamp {
        Dates::new(&self.zone, CivilStep::Day, 0).start_of_date(date)
    }

    /// The start of the step that `at` lies in.
    pub fn start_of(&self, step: CivilStep, at: Timestamp) -> Timestamp {
        match step.block() {
            Some(block) => Grid::new(&self.zone, block).start_of(at),
            None => self.dates(step).start_of(at),
        }
    }

    /// The first start of a step after `at`.
    pub fn next_start(&self, step: CivilStep, at: Timestamp) -> Timestamp {
        match step.block() {
            Some(block) => Grid::new(&self.zone, block).next_start(at),
            None => self.dates(step).next_start(at),
        }
    }

    /// The whole step that `at` lies in.
    pub fn step_at(&self, step: CivilStep, at: Timestamp) -> Span {
        Span::new(self.start_of(step, at), self.next_start(step, at))
    }

    /// The steps that `span` is made of, in order and without a gap. The first and the last are
    /// cut to the span, so that the parts are the whole.
    ///
    /// # Errors
    ///
    /// [`CivilError::TooManySteps`] above [`CIVIL_STEPS_MAX`].
    pub fn steps(&self, step: CivilStep, span: Span) -> Result<Vec<Span>, CivilError> {
        let mut starts = match step.block() {
            Some(block) => Starts::Blocks(Grid::new(&self.zone, block)),
            None => Starts::Dates(self.dates(step)),
        };
        let mut steps = Vec::new();
        let mut from = span.from;
        while from < span.until {
            if steps.len() == CIVIL_STEPS_MAX {
                return Err(CivilError::TooManySteps);
            }
            let until = match &mut starts {
                Starts::Blocks(grid) => grid.next_start(from),
                Starts::Dates(dates) => dates.next_start(from),
            }
            .min(span.until);
            if until <= from {
                break; // the end of the calendar: there is no later start
            }
            steps.push(Span::new(from, until));
            from = until;
        }
        Ok(steps)
    }

    fn dates(&self, step: CivilStep) -> Dates<'_> {
        let hour = if step.is_contract() {
            self.contract_hour
        } else {
            0
        };
        Dates::new(&self.zone, step, hour)
    }
}

enum Starts<'z> {
    Blocks(Grid<'z>),
    Dates(Dates<'z>),
}

#[cfg(test)]
mod tests;
