//! What the home page says at a glance: sources, power and energy of the site, completeness.

use axum::extract::State;
use energy::civil::CivilStep;
use history::{HistoryError, Span};
use jiff::{SignedDuration, Timestamp, Unit};
use model::{Measurand, Phase, PointId, PointKind, Quantity, SeriesKey};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::energy::refuse_energy;
use super::energy_today::{EnergyToday, energy_today};
use super::error::ApiError;
use super::extract::Json;
use super::history::refuse;
use super::routes::Routes;
use super::trend::Trend;
use crate::acquisition::{DeviceState, nominal_power};
use crate::energy::{EnergyError, calendar};
use crate::site::Site;
use crate::users::Right;

/// Step of the curve of today.
const STEP: SignedDuration = SignedDuration::from_mins(10);
/// Span over which completeness is told.
const COMPLETENESS_SPAN: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Monitor, routes!(read))
}

/// The site at a glance. Power and energy are those of the circuits that feed the site; both are
/// null where no circuit is marked so.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Overview {
    pub sources: SourcesOverview,
    /// Number of circuits.
    pub circuits: u32,
    pub power: Option<PowerOverview>,
    pub power_today: Option<PowerToday>,
    pub energy_today: Option<EnergyToday>,
    pub history: HistoryOverview,
}

/// How many devices answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SourcesOverview {
    pub answering: u32,
    pub total: u32,
}

/// Active power that feeds the site now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PowerOverview {
    /// In W, positive imported; null while a feeding circuit gives no fresh value.
    pub value_w: Option<f64>,
    /// Circuits that feed the site, and how many of them give a fresh value.
    pub circuits: u32,
    pub answering: u32,
    /// Sum of their nominal apparent powers in VA, where all are known.
    pub nominal_va: Option<f64>,
}

/// Mean power per step since local midnight.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PowerToday {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// End of the local day.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub step_s: u32,
    /// In W, up to now; null where a feeding circuit has none.
    pub values: Vec<Option<f64>>,
}

/// How far the memory reaches.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryOverview {
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Share of the last 24 h (or since the first reading) that was measured, over all circuits.
    pub completeness_24h: Option<f64>,
}

/// The site at a glance
#[utoipa::path(
    get,
    path = "/overview",
    tag = "site",
    responses((status = 200, description = "Sources, power, energy, completeness", body = Overview)),
)]
async fn read(State(state): State<ApiState>) -> Result<Json<Overview>, ApiError> {
    let (site, now) = (state.site.site(), state.clock.now());
    let feeders: Vec<PointId> = site
        .points()
        .iter()
        .filter(|point| point.feeds_site)
        .map(|point| point.id)
        .collect();
    let day = calendar(&site).step_at(CivilStep::Day, now);
    let circuits = site
        .points()
        .iter()
        .filter(|point| point.kind == PointKind::Circuit)
        .count() as u32;
    let past = async {
        if feeders.is_empty() {
            return Ok((None, None));
        }
        Ok::<_, EnergyError>((
            Some(power_today(&state, &feeders, &day, now).await?),
            Some(energy_today(&state, &site, &feeders, now).await?),
        ))
    };
    let (power_today, energy_today) = past.await.map_err(|error| refuse_energy(&error))?;
    Ok(Json(Overview {
        sources: sources(&state, &site),
        circuits,
        power: (!feeders.is_empty()).then(|| power(&state, &site, &feeders, now)),
        power_today,
        energy_today,
        history: history(&state, &site, now)
            .await
            .map_err(|error| refuse(&error))?,
    }))
}

fn series(point: PointId, quantity: Quantity) -> SeriesKey {
    SeriesKey::new(point, Measurand::new(quantity, Phase::Total))
}

fn sources(state: &ApiState, site: &Site) -> SourcesOverview {
    let answering = site
        .devices()
        .iter()
        .filter_map(|device| state.live.health_of(device.id))
        .filter(|health| health.state == DeviceState::Answering)
        .count();
    SourcesOverview {
        answering: answering as u32,
        total: site.devices().len() as u32,
    }
}

fn power(state: &ApiState, site: &Site, feeders: &[PointId], now: Timestamp) -> PowerOverview {
    let measurand = Measurand::new(Quantity::ActivePower, Phase::Total);
    let fresh: Vec<f64> = feeders
        .iter()
        .filter_map(|point| state.live.latest(*point, measurand))
        .filter(|live| !live.is_stale(now))
        .filter_map(|live| live.reading.value)
        .collect();
    let nominal: Option<Vec<f64>> = feeders
        .iter()
        .map(|point| nominal_power(site, site.point(*point)?))
        .collect();
    PowerOverview {
        value_w: (fresh.len() == feeders.len()).then(|| fresh.iter().sum()),
        circuits: feeders.len() as u32,
        answering: fresh.len() as u32,
        nominal_va: nominal.map(|powers| powers.iter().sum()),
    }
}

async fn power_today(
    state: &ApiState,
    feeders: &[PointId],
    day: &energy::Span,
    now: Timestamp,
) -> Result<PowerToday, HistoryError> {
    // The step that "now" is in has begun: it is part of the curve.
    let until = (now.max(day.from) + SignedDuration::from_secs(1)).min(day.until);
    let mut sum: Option<Vec<Option<f64>>> = None;
    for point in feeders {
        let key = series(*point, Quantity::ActivePower);
        let span = Span {
            from: day.from,
            until,
        };
        let stepped = Trend::read(state, key, span, STEP.unsigned_abs()).await?;
        sum = Some(match sum {
            None => stepped.values,
            Some(sum) => sum
                .into_iter()
                .zip(stepped.values)
                .map(|(sum, value)| Some(sum? + value?))
                .collect(),
        });
    }
    Ok(PowerToday {
        from: day.from,
        until: day.until,
        step_s: STEP.as_secs() as u32,
        values: sum.unwrap_or_default(),
    })
}

async fn history(
    state: &ApiState,
    site: &Site,
    now: Timestamp,
) -> Result<HistoryOverview, HistoryError> {
    let oldest = state.history.health().await?.oldest_at;
    let Some(oldest) = oldest.filter(|oldest| *oldest < now) else {
        return Ok(HistoryOverview {
            from: None,
            completeness_24h: None,
        });
    };
    let from = oldest
        .max(now - COMPLETENESS_SPAN)
        .min(now - SignedDuration::from_secs(1));
    let span = now.duration_since(from);
    let mut coverages = Vec::new();
    for point in site
        .points()
        .iter()
        .filter(|point| point.kind == PointKind::Circuit && site.mount_of(point.id, now).is_some())
    {
        let key = series(point.id, Quantity::ActivePower);
        let within = Span { from, until: now };
        let stepped = Trend::read(state, key, within, span.unsigned_abs()).await?;
        coverages.extend(
            stepped
                .coverage
                .first()
                .map(|coverage| f64::from(*coverage)),
        );
    }
    Ok(HistoryOverview {
        from: Some(oldest.round(Unit::Second).unwrap_or(oldest)),
        completeness_24h: (!coverages.is_empty())
            .then(|| coverages.iter().sum::<f64>() / coverages.len() as f64),
    })
}
