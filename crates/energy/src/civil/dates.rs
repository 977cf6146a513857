use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::CivilStep;

/// Steps that start with a date: days, weeks, months, years, at midnight or another hour.
pub(super) struct Dates<'z> {
    zone: &'z TimeZone,
    step: CivilStep,
    opens: Time,
}

/// Zones have left out a date or two (Samoa its 30 December 2011); a step is never further away.
const NEIGHBOURS_MAX: usize = 4;

impl<'z> Dates<'z> {
    pub(super) fn new(zone: &'z TimeZone, step: CivilStep, hour: i8) -> Self {
        Self {
            zone,
            step,
            opens: Time::constant(hour, 0, 0, 0),
        }
    }

    /// The last start at or before an instant.
    pub(super) fn start_of(&self, at: Timestamp) -> Timestamp {
        self.start_of_date(self.first_date_at(at))
    }

    /// The first start after an instant.
    pub(super) fn next_start(&self, at: Timestamp) -> Timestamp {
        let mut first = self.first_date_at(at);
        for _ in 0..NEIGHBOURS_MAX {
            first = self.next_first_date(first);
            let start = self.start_of_date(first);
            if start > at {
                return start;
            }
        }
        Timestamp::MAX
    }

    /// The first instant at which the wall clock shows the opening hour of a date, or later.
    pub(super) fn start_of_date(&self, date: Date) -> Timestamp {
        let opening = date.to_datetime(self.opens);
        let instant_by = |offset: Offset| offset.to_timestamp(opening).ok();
        let start = match self.zone.to_ambiguous_timestamp(opening).offset() {
            AmbiguousOffset::Unambiguous { offset } => instant_by(offset),
            // The clock shows the hour twice; the first time counts.
            AmbiguousOffset::Fold { before, .. } => instant_by(before),
            // The clock leaps over the hour: by the later offset the hour would lie before the
            // leap, and the leap is the start.
            AmbiguousOffset::Gap { after, .. } => instant_by(after)
                .and_then(|earlier| self.zone.following(earlier).next())
                .map(|leap| leap.timestamp()),
        };
        start.unwrap_or(if date.year() < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// The first date of the step that an instant lies in.
    fn first_date_at(&self, at: Timestamp) -> Date {
        let mut first = self.first_date(self.zone.to_datetime(at).date());
        // Before the opening hour, and where the clock goes back over midnight, the date that is
        // shown is not that of the step.
        for _ in 0..NEIGHBOURS_MAX {
            if self.start_of_date(first) <= at {
                break;
            }
            let Ok(before) = first.yesterday() else { break };
            first = self.first_date(before);
        }
        for _ in 0..NEIGHBOURS_MAX {
            let next = self.next_first_date(first);
            if next == first || self.start_of_date(next) > at {
                break;
            }
            first = next;
        }
        first
    }

    fn first_date(&self, date: Date) -> Date {
        match self.step {
            CivilStep::Week | CivilStep::ContractWeek => {
                let since_monday = i64::from(date.weekday().to_monday_zero_offset());
                date.saturating_sub(jiff::Span::new().days(since_monday))
            }
            CivilStep::Month | CivilStep::ContractMonth => date.first_of_month(),
            CivilStep::Year | CivilStep::ContractYear => date.first_of_year(),
            _ => date,
        }
    }

    fn next_first_date(&self, first: Date) -> Date {
        let one = jiff::Span::new();
        first.saturating_add(match self.step {
            CivilStep::Week | CivilStep::ContractWeek => one.days(7),
            CivilStep::Month | CivilStep::ContractMonth => one.months(1),
            CivilStep::Year | CivilStep::ContractYear => one.years(1),
            _ => one.days(1),
        })
    }
}
