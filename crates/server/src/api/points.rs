//! The measuring points of the site: circuits and networks, and what can be shown of each.

use axum::extract::State;
use jiff::Timestamp;
use model::{Measurand, Phase, PointId, PointKind, Quantity, Statistic, en50160};
use profiles::{ActionKind, MeasurandInfo, PollClass};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::ApiState;
use super::error::ApiError;
use super::extract::{Json, Path};
use super::routes::Routes;
use crate::acquisition::nominal_power;
use crate::day_extremes::{DAY_EXTREMES, has_day_extremes};
use crate::live::{GaugeFamily, LiveBoard};
use crate::site::{Label, MeasuringPoint, Site};
use crate::users::Right;

pub(super) fn routes() -> Routes {
    Routes::new()
        .needs(Right::Monitor, routes!(list))
        .needs(Right::Monitor, routes!(list_circuits))
        .needs(Right::Monitor, routes!(read_circuit))
}

/// All measuring points
#[utoipa::path(
    get,
    path = "/points",
    tag = "points",
    responses((status = 200, description = "In the order of the configuration", body = [PointSummaryView])),
)]
async fn list(State(state): State<ApiState>) -> Json<Vec<PointSummaryView>> {
    Json(views(&state, |_| true))
}

/// The points that are circuits
#[utoipa::path(
    get,
    path = "/circuits",
    tag = "points",
    responses((status = 200, description = "In the order of the configuration", body = [PointSummaryView])),
)]
async fn list_circuits(State(state): State<ApiState>) -> Json<Vec<PointSummaryView>> {
    Json(views(&state, |point| point.kind == PointKind::Circuit))
}

/// One point
#[utoipa::path(
    get,
    path = "/circuits/{id}",
    tag = "points",
    params(("id" = u32, Path, description = "Id of a circuit or network")),
    responses(
        (status = 200, description = "The point", body = PointView),
        (status = 404, description = "There is none with this id", body = super::error::Problem),
    ),
)]
async fn read_circuit(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
) -> Result<Json<PointView>, ApiError> {
    let (site, now) = (state.site.site(), state.clock.now());
    let point = site
        .point(PointId(id))
        .ok_or_else(|| ApiError::not_found("point", id))?;
    Ok(Json(PointView::of(point, &site, &state.live, now)))
}

fn views(state: &ApiState, wanted: impl Fn(&MeasuringPoint) -> bool) -> Vec<PointSummaryView> {
    let (site, now) = (state.site.site(), state.clock.now());
    site.points()
        .iter()
        .filter(|point| wanted(point))
        .map(|point| PointSummaryView::of(point, &site, &state.live, now))
        .collect()
}

/// Full scale of a gauge over its nominal value.
const FULL_SCALE_OVER_NOMINAL: f64 = 1.2;

/// A circuit or a network: anything that has a history of its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointSummary)]
pub(super) struct PointSummaryView {
    /// Permanent.
    pub id: u32,
    pub name: String,
    /// `circuit` or `network`.
    pub kind: String,
    /// Id of the device that measures it now.
    pub device: Option<u32>,
    /// Channel of that device, such as `circuit1`.
    pub channel: Option<String>,
    /// Zone of that device.
    pub zone: String,
    pub fluid: Option<LabelView>,
    pub usage: Option<LabelView>,
    /// Id of the network point whose voltages feed it.
    pub network: Option<u32>,
    /// `1p_n`, `2p`, `3p_balanced`, `3p`, `3p_n_balanced` or `3p_n`.
    pub wiring: Option<String>,
    /// Phase-neutral where there is a neutral, phase-phase otherwise, in V.
    pub nominal_voltage_v: Option<f64>,
    pub nominal_current_a: Option<f64>,
    pub nominal_frequency_hz: Option<f64>,
    /// √3·Un·In, in VA, where both are known.
    pub nominal_power_va: Option<f64>,
    /// The circuit brings energy to the site from outside.
    pub feeds_site: bool,
    /// What the point is known by in a list, as far as it has it: its power, current and voltage.
    pub headlines: Vec<QuantityView>,
}

/// A point with all that its page is laid out by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Point)]
pub(super) struct PointView {
    #[serde(flatten)]
    pub summary: PointSummaryView,
    pub gauges: GaugesView,
    /// Where the point has distortions of voltages.
    pub voltage_limits: Option<VoltageLimitsView>,
    /// What can be shown of it: tabs, tiles and columns come from this.
    pub quantities: Vec<QuantityView>,
    /// What its device can be told to do to it, such as `reset_partial_energies`.
    pub actions: Vec<&'static str>,
}

/// A fluid or usage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Label)]
pub(super) struct LabelView {
    pub id: u32,
    pub name: String,
}

/// Scales of the gauges of a point; null for a family that it does not have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gauges)]
pub(super) struct GaugesView {
    pub voltage_v: Option<GaugeView>,
    pub line_voltage_v: Option<GaugeView>,
    pub current_a: Option<GaugeView>,
    pub power_va: Option<GaugeView>,
}

/// What a supply voltage may deviate, as means over ten minutes: a reading above it is a hint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VoltageLimits)]
pub(super) struct VoltageLimitsView {
    /// The standard with its edition.
    pub source: String,
    pub thd_pct: f64,
    pub unbalance_pct: f64,
    pub harmonics: Vec<HarmonicLimitView>,
}

/// The limit of one rank; a rank that is not listed has none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HarmonicLimit)]
pub(super) struct HarmonicLimitView {
    pub rank: u8,
    pub limit_pct: f64,
}

/// The scale of one family of gauges.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gauge)]
pub(super) struct GaugeView {
    pub nominal: Option<f64>,
    pub full_scale: f64,
    /// Where the full scale comes from: `set`, `nominal` or `seen` (the largest value so far).
    pub basis: String,
}

/// One value that a point can show.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Quantity)]
pub(super) struct QuantityView {
    /// Spelling of the measurand, such as `p_w` or `u12_v`.
    pub quantity: String,
    /// Symbol of its base unit, empty for a ratio.
    pub unit: String,
    /// Decimals that the register resolves, in the base unit.
    pub decimals: u8,
    /// How often it is read: `live`, `energy` or `slow`.
    pub class: String,
    /// Computed by the server because the device does not give it; a minimum or maximum is then
    /// that since local midnight, with one of a device that since its last reset there.
    pub computed: bool,
}

impl PointSummaryView {
    fn of(point: &MeasuringPoint, site: &Site, live: &LiveBoard, now: Timestamp) -> Self {
        Self::with(point, site, now, &quantities_now(point, site, live, now))
    }

    fn with(
        point: &MeasuringPoint,
        site: &Site,
        now: Timestamp,
        quantities: &[(Measurand, QuantityView)],
    ) -> Self {
        let mount = site.mount_of(point.id, now);
        let device = mount.and_then(|mount| site.device(mount.device));
        Self {
            id: point.id.0,
            name: point.name.clone(),
            kind: point.kind.name().to_owned(),
            device: device.map(|device| device.id.0),
            channel: mount.map(|mount| mount.channel.to_string()),
            zone: device.map(|device| device.zone.clone()).unwrap_or_default(),
            fluid: point.fluid.as_ref().map(LabelView::of),
            usage: point.usage.as_ref().map(LabelView::of),
            network: point.network.map(|network| network.0),
            wiring: point.wiring.map(|wiring| wiring.name().to_owned()),
            nominal_voltage_v: site.nominal_voltage(point),
            nominal_current_a: point.nominal_current_a,
            nominal_frequency_hz: site.nominal_frequency(point),
            nominal_power_va: nominal_power(site, point),
            feeds_site: point.feeds_site,
            headlines: headlines(quantities),
        }
    }
}

impl PointView {
    fn of(point: &MeasuringPoint, site: &Site, live: &LiveBoard, now: Timestamp) -> Self {
        let quantities = quantities_now(point, site, live, now);
        Self {
            summary: PointSummaryView::with(point, site, now, &quantities),
            gauges: GaugesView::of(point, site, live, &quantities),
            voltage_limits: VoltageLimitsView::of(&quantities),
            quantities: quantities.into_iter().map(|(_, view)| view).collect(),
            actions: actions_now(point, site, now),
        }
    }
}

/// What the device mounted at `now` can be told to do to the point.
fn actions_now(point: &MeasuringPoint, site: &Site, now: Timestamp) -> Vec<&'static str> {
    let Some(mount) = site.mount_of(point.id, now) else {
        return Vec::new();
    };
    let Some(device) = site.device(mount.device) else {
        return Vec::new();
    };
    ActionKind::ALL
        .into_iter()
        .filter(|kind| device.profile.action(*kind, mount.channel).is_some())
        .map(ActionKind::name)
        .collect()
}

/// What the device mounted at `now` lets the point show: what its profile offers, without the
/// tables that the device says it lacks (PLT-13).
fn quantities_now(
    point: &MeasuringPoint,
    site: &Site,
    live: &LiveBoard,
    now: Timestamp,
) -> Vec<(Measurand, QuantityView)> {
    site.mount_of(point.id, now)
        .and_then(|mount| Some((mount, site.device(mount.device)?)))
        .map_or_else(Vec::new, |(mount, device)| {
            let absent = live.absent_tables(device.id);
            let offered = device.profile.measurands(mount.channel).iter();
            quantities(point, offered.filter(|info| !absent.contains(&info.table)))
        })
}

/// Of each family the value that stands for the point: the whole, else its first conductor.
fn headlines(quantities: &[(Measurand, QuantityView)]) -> Vec<QuantityView> {
    const FAMILIES: [&[(Quantity, Phase)]; 3] = [
        &[(Quantity::ActivePower, Phase::Total)],
        &[
            (Quantity::Current, Phase::System),
            (Quantity::Current, Phase::L1),
        ],
        &[
            (Quantity::LineVoltage, Phase::System),
            (Quantity::LineVoltage, Phase::L12),
            (Quantity::Voltage, Phase::System),
            (Quantity::Voltage, Phase::L1),
        ],
    ];
    FAMILIES
        .into_iter()
        .filter_map(|family| {
            family.iter().find_map(|(quantity, phase)| {
                let wanted = Measurand::new(*quantity, *phase);
                let (_, view) = quantities
                    .iter()
                    .find(|(measurand, _)| *measurand == wanted)?;
                Some(view.clone())
            })
        })
        .collect()
}

impl LabelView {
    fn of(label: &Label) -> Self {
        Self {
            id: label.id,
            name: label.name.clone(),
        }
    }
}

/// What the profile offers on the channel and the wiring lets through, then what is computed.
fn quantities<'a>(
    point: &MeasuringPoint,
    offered: impl Iterator<Item = &'a MeasurandInfo>,
) -> Vec<(Measurand, QuantityView)> {
    let offered: Vec<&MeasurandInfo> = offered
        .filter(|info| point.wiring.is_none_or(|wiring| wiring.has(info.measurand)))
        .collect();
    let mut quantities: Vec<(Measurand, QuantityView)> = offered
        .iter()
        .map(|info| {
            (
                info.measurand,
                QuantityView::of(info.measurand, info.decimals, info.class, false),
            )
        })
        .collect();
    for statistic in [Statistic::Instant, Statistic::Average] {
        let computed = model::derivable(statistic, point.wiring, &|measurand| {
            offered.iter().any(|info| info.measurand == measurand)
        });
        for derived in computed {
            let basis = offered
                .iter()
                .find(|info| info.measurand == derived.basis)
                .expect("what is derived comes from what is offered");
            let decimals = derived.decimals.unwrap_or(basis.decimals);
            quantities.push((
                derived.measurand,
                QuantityView::of(derived.measurand, decimals, basis.class, true),
            ));
        }
    }
    for (measurand, view) in quantities.clone() {
        let extremes = DAY_EXTREMES.map(|statistic| measurand.with_statistic(statistic));
        let is_kept = offered
            .iter()
            .any(|info| extremes.contains(&info.measurand));
        if has_day_extremes(measurand) && !is_kept {
            quantities.extend(extremes.map(|extreme| {
                (
                    extreme,
                    QuantityView::of(extreme, view.decimals, PollClass::Slow, true),
                )
            }));
        }
    }
    quantities.sort_by_key(|(measurand, _)| *measurand);
    quantities
}

impl QuantityView {
    fn of(measurand: Measurand, decimals: u8, class: PollClass, computed: bool) -> Self {
        Self {
            quantity: measurand.to_string(),
            unit: measurand.unit().symbol().to_owned(),
            decimals,
            class: class.name().to_owned(),
            computed,
        }
    }
}

impl VoltageLimitsView {
    fn of(quantities: &[(Measurand, QuantityView)]) -> Option<Self> {
        let is_limited = |(measurand, _): &(Measurand, QuantityView)| {
            matches!(
                measurand.quantity,
                Quantity::VoltageThd
                    | Quantity::LineVoltageThd
                    | Quantity::VoltageHarmonic
                    | Quantity::LineVoltageHarmonic
            )
        };
        quantities.iter().any(is_limited).then(|| Self {
            source: en50160::EDITION.to_owned(),
            thd_pct: en50160::THD_LIMIT_PCT,
            unbalance_pct: en50160::UNBALANCE_LIMIT_PCT,
            harmonics: (2..=en50160::LAST_LIMITED_RANK)
                .filter_map(|rank| {
                    let limit_pct = en50160::harmonic_limit_pct(rank)?;
                    Some(HarmonicLimitView { rank, limit_pct })
                })
                .collect(),
        })
    }
}

impl GaugesView {
    fn of(
        point: &MeasuringPoint,
        site: &Site,
        live: &LiveBoard,
        quantities: &[(Measurand, QuantityView)],
    ) -> Self {
        let has = |quantity: Quantity| {
            quantities
                .iter()
                .any(|(measurand, _)| measurand.quantity == quantity)
        };
        let gauge =
            |family: GaugeFamily, quantity: Quantity, nominal: Option<f64>, set: Option<f64>| {
                has(quantity)
                    .then(|| GaugeView::of(nominal, set, live.largest_seen(point.id, family)))
            };
        let (phase_neutral, phase_phase) = nominal_voltages(point, site);
        let current = point.nominal_current_a;
        Self {
            voltage_v: gauge(GaugeFamily::Voltage, Quantity::Voltage, phase_neutral, None),
            line_voltage_v: gauge(
                GaugeFamily::LineVoltage,
                Quantity::LineVoltage,
                phase_phase,
                None,
            ),
            current_a: gauge(
                GaugeFamily::Current,
                Quantity::Current,
                current,
                point.full_scale_current_a,
            ),
            power_va: (point.kind == PointKind::Circuit)
                .then(|| {
                    gauge(
                        GaugeFamily::Power,
                        Quantity::ActivePower,
                        nominal_power(site, point),
                        None,
                    )
                })
                .flatten(),
        }
    }
}

/// Nominal V and U of a point.
fn nominal_voltages(point: &MeasuringPoint, site: &Site) -> (Option<f64>, Option<f64>) {
    let nominal = site.nominal_voltage(point);
    match point.wiring {
        Some(wiring) if !wiring.has_neutral() => (None, nominal),
        _ => (nominal, nominal.map(|voltage| 3f64.sqrt() * voltage)),
    }
}

impl GaugeView {
    /// MON-18: set, else nominal × 1.2, else the next step of 1-2-5 above the largest value seen.
    fn of(nominal: Option<f64>, set: Option<f64>, seen: Option<f64>) -> Self {
        let (full_scale, basis) = match (set, nominal) {
            (Some(set), _) => (set, "set"),
            (None, Some(nominal)) => (nominal * FULL_SCALE_OVER_NOMINAL, "nominal"),
            (None, None) => (
                model::electrical::next_scale_step(seen.unwrap_or_default()),
                "seen",
            ),
        };
        Self {
            nominal,
            full_scale,
            basis: basis.to_owned(),
        }
    }
}
