//! The live stream: first a snapshot, then what changed, narrowed to what the page asked for.
//!
//! Events are `snapshot`, `readings`, `health`, `tick` and, when the installation changed, `site`;
//! each carries the server's time, by
//! which pages tell the age of a value. A listener that lags skips to the newest values.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use model::{Clock, DeviceId, Measurand, PointId};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::ApiState;
use super::access::Caller;
use super::devices::HealthView;
use super::error::{ApiError, ProblemCode};
use super::extract::Query;
use super::routes::Routes;
use super::streams::StreamPlace;
use crate::live::{LiveBoard, LiveReading};
use crate::site::{Site, SiteStore};
use crate::users::Right;

/// A page learns within this that the server lives even when nothing changes.
const TICK: Duration = Duration::from_secs(2);
/// Changes within this are sent together: a bus reads its devices right behind one another.
const GATHER: Duration = Duration::from_millis(20);
/// Least time between changes sent to one page, however many buses there are.
const PACE: Duration = Duration::from_millis(200);
/// Ids or quantities in one query; a page shows fewer.
const CHOICES_MAX: usize = 2_000;

/// Which readings a page wants to follow: all where neither points nor devices are named, none
/// where they are named as empty. The health of all devices always comes along: it is small, and
/// the tree beside every page shows it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LiveQuery {
    /// Ids of points (circuits and networks), separated by commas.
    pub circuits: Option<String>,
    /// Ids of devices, separated by commas: the points that they measure.
    pub devices: Option<String>,
    /// Spellings of quantities, separated by commas.
    pub quantities: Option<String>,
}

/// The newest value of one quantity of a point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveReading)]
pub(super) struct LiveReadingView {
    pub point: u32,
    pub quantity: String,
    /// In the base unit; null when the device answers that it is not available.
    pub value: Option<f64>,
    /// When the device's answer came, by the server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub decimals: u8,
    /// Period in which the next value is due; after three of them the value is stale.
    pub period_s: f64,
    /// Flags such as `computed`; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
    /// For an extreme: when the device says it occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
}

/// Data of the events `snapshot`, `readings`, `health`, `tick` and `site`: members that an event
/// does not have are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiveEvent {
    /// The server's time.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Version of the program; in `snapshot` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Revision of the installation in force; in `snapshot` and `site` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readings: Option<Vec<LiveReadingView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Vec<HealthView>>,
}

impl From<&LiveReading> for LiveReadingView {
    fn from(live: &LiveReading) -> Self {
        let reading = &live.reading;
        Self {
            point: reading.series.point.0,
            quantity: reading.series.measurand.to_string(),
            value: reading.value,
            at: reading.at,
            decimals: reading.decimals,
            period_s: (live.period.as_secs_f64() * 100.0).round() / 100.0,
            quality: reading.quality.names().map(str::to_owned).collect(),
            occurred_at: reading.occurred_at,
        }
    }
}

/// A checked [`LiveQuery`].
#[derive(Debug)]
pub(super) struct Choice {
    points: Option<HashSet<PointId>>,
    measurands: Option<HashSet<Measurand>>,
}

impl Choice {
    /// Device ids choose the points that the devices measure now.
    pub(super) fn of(query: &LiveQuery, site: &Site, now: Timestamp) -> Result<Self, ApiError> {
        let circuits = parse_list::<u32>("circuits", query.circuits.as_deref())?;
        let devices = parse_list::<u32>("devices", query.devices.as_deref())?;
        let measurands = parse_list::<Measurand>("quantities", query.quantities.as_deref())?;
        let points = (circuits.is_some() || devices.is_some()).then(|| {
            let measured = devices
                .into_iter()
                .flatten()
                .flat_map(|device| site.mounts_on(DeviceId(device), now))
                .map(|mount| mount.point);
            let named = circuits.into_iter().flatten().map(PointId);
            named.chain(measured).collect()
        });
        Ok(Self {
            points,
            measurands: measurands.map(HashSet::from_iter),
        })
    }

    fn wants(&self, point: PointId, measurand: Measurand) -> bool {
        self.points
            .as_ref()
            .is_none_or(|points| points.contains(&point))
            && self
                .measurands
                .as_ref()
                .is_none_or(|measurands| measurands.contains(&measurand))
    }
}

fn parse_list<T: std::str::FromStr>(
    name: &'static str,
    text: Option<&str>,
) -> Result<Option<Vec<T>>, ApiError> {
    let Some(text) = text else {
        return Ok(None);
    };
    let items: Vec<&str> = text.split(',').filter(|item| !item.is_empty()).collect();
    if items.len() > CHOICES_MAX {
        return Err(ApiError::new(ProblemCode::BadRequest).detail(format!(
            "`{name}` names {} items, at most {CHOICES_MAX} are taken",
            items.len()
        )));
    }
    items
        .into_iter()
        .map(|item| {
            item.trim().parse().ok().ok_or_else(|| {
                ApiError::new(ProblemCode::BadRequest)
                    .detail(format!("`{name}` has `{item}`, which is unknown"))
            })
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Monitor, routes!(follow))
}

/// Live values as server-sent events
///
/// First `snapshot` (readings, health, version, revision), then `readings`, `health` and, when nothing
/// changes, `tick`; `site` when the installation changed, which is then to be fetched anew. Each event's data is a `LiveEvent`. The stream ends with the session.
#[utoipa::path(
    get,
    path = "/live",
    tag = "live",
    params(LiveQuery),
    responses(
        (status = 200, description = "The stream", body = LiveEvent, content_type = "text/event-stream"),
        (status = 429, description = "`busy`: the session has too many streams open", body = super::error::Problem),
        (status = 503, description = "`busy`: too many streams are open in all", body = super::error::Problem),
    ),
)]
async fn follow(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<LiveQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let place = state.streams.enter(caller.0.id)?;
    let sites = state.site.subscribe();
    let choice = Choice::of(&query, &sites.borrow(), state.clock.now())?;
    let listener = Listener {
        changes: state.live.changes(),
        board: Arc::clone(&state.live),
        clock: Arc::clone(&state.clock),
        site: Arc::clone(&state.site),
        sites,
        query,
        choice,
        seen: None,
        sent_at: None,
        health: Vec::new(),
        _place: place,
    };
    let events = futures::stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    let stopping = state.stopping.clone();
    let session_ended = caller.until_ended(&state);
    let ended = async move {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = session_ended => {}
        }
    };
    Ok(Sse::new(events.take_until(Box::pin(ended))))
}

struct Listener {
    board: Arc<LiveBoard>,
    clock: Arc<dyn Clock>,
    site: Arc<SiteStore>,
    sites: tokio::sync::watch::Receiver<Arc<Site>>,
    query: LiveQuery,
    /// What the query means on the present site.
    choice: Choice,
    changes: tokio::sync::watch::Receiver<u64>,
    /// Version of the board that the page has; `None` before the snapshot.
    seen: Option<u64>,
    /// When changes were sent last.
    sent_at: Option<Instant>,
    /// Health that goes out right behind the readings of the same version.
    health: Vec<HealthView>,
    /// Held as long as the stream is open.
    _place: StreamPlace,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if !self.health.is_empty() {
            let health = std::mem::take(&mut self.health);
            return Some(self.event("health", None, Some(health)));
        }
        let Some(seen) = self.seen else {
            self.changes.borrow_and_update();
            let readings = self.fetch(0);
            let health = std::mem::take(&mut self.health);
            return Some(self.event("snapshot", Some(readings), Some(health)));
        };
        tokio::select! {
            changed = self.sites.changed() => {
                changed.ok()?;
                return Some(self.site_event());
            }
            changed = self.changes.changed() => changed.ok()?,
            () = tokio::time::sleep(TICK) => return Some(self.event("tick", None, None)),
        }
        let earliest = self
            .sent_at
            .map_or(Instant::now(), |sent_at| sent_at + PACE);
        tokio::time::sleep_until(earliest.max(Instant::now() + GATHER)).await;
        self.sent_at = Some(Instant::now());
        self.changes.borrow_and_update();
        let readings = self.fetch(seen);
        if readings.is_empty() {
            let health = std::mem::take(&mut self.health);
            let name = if health.is_empty() { "tick" } else { "health" };
            return Some(self.event(name, None, (!health.is_empty()).then_some(health)));
        }
        Some(self.event("readings", Some(readings), None))
    }

    /// Takes what is newer than `since`: answers the readings, keeps the health for its turn.
    fn fetch(&mut self, since: u64) -> Vec<LiveReadingView> {
        let (readings, version) = self.board.readings_since(since, |point, measurand| {
            self.choice.wants(point, measurand)
        });
        let health = self.board.health_since(since, |_| true);
        self.health = health.iter().map(HealthView::of).collect();
        self.seen = Some(version);
        readings.iter().map(LiveReadingView::from).collect()
    }

    /// Follows the new site: what the query means now is sent in whole with the next readings.
    fn site_event(&mut self) -> Event {
        let site = Arc::clone(&self.sites.borrow_and_update());
        let now = self.clock.now();
        if let Ok(choice) = Choice::of(&self.query, &site, now) {
            self.choice = choice;
        }
        self.seen = Some(0);
        self.changes.mark_changed();
        sse(
            "site",
            &LiveEvent {
                now,
                version: None,
                revision: Some(self.site.revision()),
                readings: None,
                health: None,
            },
        )
    }

    fn event(
        &self,
        name: &str,
        readings: Option<Vec<LiveReadingView>>,
        health: Option<Vec<HealthView>>,
    ) -> Event {
        let data = LiveEvent {
            now: self.clock.now(),
            version: (name == "snapshot").then(|| env!("CARGO_PKG_VERSION").to_owned()),
            revision: (name == "snapshot").then(|| self.site.revision()),
            readings,
            health,
        };
        sse(name, &data)
    }
}

fn sse(name: &str, data: &LiveEvent) -> Event {
    Event::default()
        .event(name)
        .json_data(data)
        .expect("readings have only text keys, and no line break is in JSON")
}
