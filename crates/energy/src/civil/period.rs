use jiff::Timestamp;

use super::{CivilStep, SiteCalendar};
use crate::Span;

/// A period that has a name and moves with the day (PER-10). All are whole: the current month
/// ends with its last day, not now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PredefinedPeriod {
    Today,
    Yesterday,
    CurrentWeek,
    PreviousWeek,
    CurrentMonth,
    PreviousMonth,
    CurrentYear,
    PreviousYear,
}

impl PredefinedPeriod {
    pub const ALL: [Self; 8] = [
        Self::Today,
        Self::Yesterday,
        Self::CurrentWeek,
        Self::PreviousWeek,
        Self::CurrentMonth,
        Self::PreviousMonth,
        Self::CurrentYear,
        Self::PreviousYear,
    ];

    /// The spelling in files and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::CurrentWeek => "current_week",
            Self::PreviousWeek => "previous_week",
            Self::CurrentMonth => "current_month",
            Self::PreviousMonth => "previous_month",
            Self::CurrentYear => "current_year",
            Self::PreviousYear => "previous_year",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// The period as it stands at `now`, in the site's zone.
    pub fn span(self, calendar: &SiteCalendar, now: Timestamp) -> Span {
        let (step, previous) = match self {
            Self::Today => (CivilStep::Day, false),
            Self::Yesterday => (CivilStep::Day, true),
            Self::CurrentWeek => (CivilStep::Week, false),
            Self::PreviousWeek => (CivilStep::Week, true),
            Self::CurrentMonth => (CivilStep::Month, false),
            Self::PreviousMonth => (CivilStep::Month, true),
            Self::CurrentYear => (CivilStep::Year, false),
            Self::PreviousYear => (CivilStep::Year, true),
        };
        let current = calendar.step_at(step, now);
        if !previous {
            return current;
        }
        let last_moment = current
            .from
            .saturating_sub(jiff::SignedDuration::from_nanos(1));
        let start = last_moment.map_or(current.from, |at| calendar.start_of(step, at));
        Span::new(start, current.from)
    }
}
