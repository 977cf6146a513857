//! How much was used: from the index as a meter gave it to the energy of any span.
//!
//! Index first: the raw index is stored as it was read, and energy is a difference of indexes
//! beside a *counter journal* of what happened to the counter: glitches, roll-overs, resets, other
//! meters, silences. Energy is never dropped, never invented and never booked twice; what cannot be
//! known is left open, with the amount in question, until a person says.
//!
//! This crate is pure. It is handed readings and verdicts, fetches nothing, stores nothing and asks
//! no clock, so that the same readings always make the same journal.
//!
//! # Invariants
//!
//! - Sums are exact ([`Amount`]): hours add up to their day and parts to the whole, to the last
//!   count; the float comes at the very end.
//! - All calendar arithmetic is in [`civil`].
//! - A verdict never touches a reading, and undoing it restores every sum.
//!
//! Start with `index.rs` for the rules, `journal.rs` for what people see and change, `spans.rs`
//! for what pages ask, `civil.rs` for days that are no 24 hours.
//!
//! # From readings to the energy of days
//!
//! ```
//! use energy::civil::{CivilStep, PredefinedPeriod, SiteCalendar};
//! use energy::{Amount, Counter, CounterTraits, Curve, Decision, IndexReading, IndexStep, Verdict};
//! use jiff::{SignedDuration, Timestamp, tz::TimeZone};
//! use model::{Measurand, Phase, PointId, Quantity, SeriesKey};
//!
//! let series = SeriesKey::new(
//!     PointId(12),
//!     Measurand::new(Quantity::ActiveEnergyImport, Phase::Total),
//! );
//! let traits = CounterTraits::of_unit(Amount::from_units(1)) // 1 Wh a count
//!     .with_ring(100_000_000)
//!     .with_max_per_hour(Amount::from_units(100_000)) // 100 kW
//!     .with_period(SignedDuration::from_mins(10));
//! let start: Timestamp = "2026-05-01T22:00:00Z".parse()?;
//! let indexes = [1_250_100, 1_252_200, 1_254_300, 9_254_300, 9_256_400, 9_258_500];
//! let readings: Vec<IndexReading> = (0..)
//!     .zip(indexes)
//!     .map(|(n, count)| IndexReading::new(start + n * SignedDuration::from_mins(10), count))
//!     .collect();
//!
//! // Feed the counter once, in order of time; it keeps its journal.
//! let mut counter = Counter::new(series, traits);
//! for reading in &readings {
//!     counter.feed(*reading)?;
//! }
//! let entry = counter.journal().entries().next().expect("eight million in ten minutes");
//! assert_eq!((entry.kind, entry.step), (IndexStep::Jump, None));
//! assert_eq!(entry.entry.proposal, Some(Amount::from_units(8_000_000)));
//! let id = entry.entry.id;
//!
//! // Ask for days of the site's zone, with the readings around their bounds.
//! let calendar = SiteCalendar::new(TimeZone::get("Europe/Paris")?);
//! let today = PredefinedPeriod::Today.span(&calendar, readings[5].at);
//! let days = calendar.steps(CivilStep::Day, today)?;
//! let energies = Curve::new(counter.journal()).energies(&days, &readings);
//! assert_eq!(energies[0].energy, Some(Amount::from_units(4 * 2_100)));
//! assert!(energies[0].open.is_some());
//!
//! // A person says what flowed; only the span of the entry has to be computed again.
//! let touched = counter.journal_mut().decide(id, Verdict {
//!     decision: Decision::Amount(Amount::from_units(2_000)),
//!     by: "administrator".to_owned(),
//!     reason: "the meter was serviced".to_owned(),
//!     at: "2026-05-02T08:00:00Z".parse()?,
//! })?;
//! assert_eq!((touched.from, touched.until), (readings[2].at, readings[3].at));
//! let energy = Curve::new(counter.journal()).energy(today, &readings).energy;
//! assert_eq!(energy, Some(Amount::from_units(4 * 2_100 + 2_000)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod amount;
pub mod average;
pub mod balance;
pub mod civil;
mod index;
mod journal;
mod span;
mod spans;

pub use amount::{Amount, UnknownAmount};
pub use index::{
    Counter, CounterTraits, FeedError, IndexEvent, IndexReading, IndexStep, MountError, Mounted,
    RULES_VERSION, Ring, Rule, resolution_of,
};
pub use journal::{
    CounterJournal, Decided, Decision, EntryId, Exchange, JournalEntry, UnknownEntryId, Verdict,
    VerdictError,
};
pub use span::Span;
pub use spans::{Curve, OpenAmount, StepEnergy};
