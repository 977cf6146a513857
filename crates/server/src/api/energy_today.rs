//! Energy imported since local midnight, in all and by local hours.

use energy::civil::CivilStep;
use energy::{Amount, Span, StepEnergy};
use jiff::{SignedDuration, Timestamp};
use model::{Measurand, Phase, PointId, Quantity};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use crate::energy::{EnergyError, calendar};
use crate::site::Site;

/// Imported active energy since local midnight.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EnergyToday {
    /// In Wh; null where nothing is known of a feeding circuit today.
    pub value_wh: Option<f64>,
    /// From when on it counts: local midnight, or the first reading after it.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Until when it counts: the last reading, of the circuit that was read longest ago.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Share of the day so far whose energy was measured, 0 to 1.
    pub coverage: f64,
    /// The local hours that have begun. A day has 23 to 25 of them.
    pub hours: Vec<EnergyHour>,
}

/// One local hour of [`EnergyToday`].
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct EnergyHour {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Its end, which may be yet to come.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// In Wh; null where nothing of it is known. With a coverage of 0 it is estimated.
    pub value_wh: Option<f64>,
    /// Share of the whole hour whose energy was measured, 0 to 1.
    pub coverage: f64,
}

pub(super) async fn energy_today(
    state: &ApiState,
    site: &Site,
    feeders: &[PointId],
    now: Timestamp,
) -> Result<EnergyToday, EnergyError> {
    let calendar = calendar(site);
    let midnight = calendar.start_of(CivilStep::Day, now);
    let so_far = Span::new(midnight, now.max(midnight + SignedDuration::from_secs(1)));
    let end_of_hour = calendar.next_start(CivilStep::Hour, now);
    let mut spans = vec![so_far];
    spans.extend(calendar.steps(CivilStep::Hour, Span::new(midnight, end_of_hour))?);
    let measurand = Measurand::new(Quantity::ActiveEnergyImport, Phase::Total);
    let mut circuits: Vec<Vec<StepEnergy>> = Vec::with_capacity(feeders.len());
    // What every feeding circuit is known of.
    let mut known: Option<Span> = None;
    for point in feeders {
        let energies = state.energy.energies(*point, measurand, &spans).await?;
        let of_today = energies.known.and_then(|known| known.overlap(so_far));
        let of_today = of_today.unwrap_or(Span::new(now, now));
        known = Some(known.map_or(of_today, |known| Span {
            from: known.from.max(of_today.from),
            until: known.until.min(of_today.until),
        }));
        circuits.push(energies.steps);
    }
    let known = known.unwrap_or(Span::new(now, now));
    let together = |index: usize| {
        let steps = || circuits.iter().map(move |steps| &steps[index]);
        let energy: Option<Amount> = steps().map(|step| step.energy).sum();
        let coverage = steps().map(|step| step.coverage).reduce(f64::min);
        (energy.map(Amount::to_f64), coverage.unwrap_or_default())
    };
    let (value_wh, coverage) = together(0);
    let hours = spans.iter().enumerate().skip(1).map(|(index, span)| {
        let (value_wh, coverage) = together(index);
        EnergyHour {
            from: span.from,
            until: span.until,
            value_wh,
            coverage,
        }
    });
    Ok(EnergyToday {
        value_wh,
        since: known.from,
        until: known.until,
        coverage,
        hours: hours.collect(),
    })
}
