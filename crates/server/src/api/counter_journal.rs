//! What happened to a counter, and what people say about it.

use axum::extract::State;
use energy::{Amount, Decision, EntryId, IndexReading, IndexStep, Verdict};
use jiff::Timestamp;
use model::{Measurand, PointId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::ApiState;
use super::access::{Caller, Peer};
use super::energy::{counter, refuse_energy};
use super::error::{ApiError, ProblemCode};
use super::extract::{Json, Path, Query};
use super::routes::Routes;
use crate::audit::{AuditAction, Deed};
use crate::energy::{EnergyError, StandingEntry};
use crate::users::Right;

/// Longest reason: a few sentences.
const REASON_CHARS_MAX: usize = 1_000;

/// Who gives verdicts where no person did.
const BY_RULE: &str = "rule";

pub(super) fn routes() -> Routes {
    Routes::new()
        .needs(Right::Analysis, routes!(list))
        .needs(Right::Declare, routes!(decide))
}

/// Which counter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct JournalQuery {
    /// Spelling of a counter, such as `ea_import_wh`; the journals of all energies of the point
    /// where it is left out.
    pub quantity: Option<String>,
}

/// One reading of an index.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JournalReading)]
pub(super) struct JournalReadingView {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// In the base unit of the quantity.
    pub value: f64,
}

/// One odd step of a counter, as it stands.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of the entry"
)]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CounterJournalEntry)]
pub(super) struct EntryView {
    /// Stays when the journal is made again from the readings.
    pub id: String,
    pub quantity: String,
    /// `glitch`, `rollover`, `reset`, `step_back`, `replacement`, `jump`, `catch_up`, `pending`,
    /// or what a person made of it, which may be `normal`.
    pub kind: String,
    /// The last reading that was accepted before.
    pub before: JournalReadingView,
    /// The reading that energy goes on from; of a pending entry, the newest one held.
    pub after: JournalReadingView,
    /// The energy booked between the two, in the base unit; null is unknown and asks.
    pub step: Option<f64>,
    /// The amount in question, where the readings suggest one.
    pub proposal: Option<f64>,
    /// Whether a person is asked what flowed.
    pub asks: bool,
    /// Whose verdict stands: `rule`, or the profile of the person.
    pub by: String,
    /// Why: the rule that fired, in words, or what the person wrote.
    pub reason: String,
    /// When it was given: for a rule, the reading by which it was certain.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The rule that fired, whether or not a person said otherwise since.
    pub rule: String,
    /// What the rules made of it.
    pub rule_kind: String,
    /// What the rules would book; null is unknown.
    pub rule_step: Option<f64>,
    /// The first count after the largest, in the base unit, where the counter's ring is known or
    /// was assumed.
    pub ring: Option<f64>,
    /// The ring is a usual one that no profile states.
    pub ring_assumed: bool,
    /// More may have flowed than the step says.
    pub lower_bound: bool,
    /// Another rule would have fitted as well, or the largest power is not known.
    pub doubtful: bool,
    /// Longer than three periods: inside, energy is spread as estimated.
    pub silent: bool,
    /// Readings in between that count for nothing, the newest of them if there were many.
    pub held: Vec<JournalReadingView>,
    pub n_held: u32,
    /// Of a declared exchange of the meter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeView>,
}

/// A declared exchange of a meter; indexes are in the base unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Exchange)]
pub(super) struct ExchangeView {
    #[schema(value_type = String, format = DateTime)]
    pub closed_at: Timestamp,
    pub closing: Option<f64>,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    pub opening: Option<f64>,
}

/// Counter journal of a point
#[utoipa::path(
    get,
    path = "/circuits/{id}/counter_journal",
    tag = "energy",
    params(("id" = u32, Path, description = "Id of a circuit or another measuring point"), JournalQuery),
    responses(
        (status = 200, description = "By quantity, then by time", body = [EntryView]),
        (status = 404, description = "There is no such point", body = super::error::Problem),
        (status = 422, description = "The quantity is no counter", body = super::error::Problem),
    ),
)]
async fn list(
    State(state): State<ApiState>,
    Path(id): Path<u32>,
    Query(query): Query<JournalQuery>,
) -> Result<Json<Vec<EntryView>>, ApiError> {
    let point = PointId(id);
    if state.site.site().point(point).is_none() {
        return Err(ApiError::not_found("point", id));
    }
    let counters = match &query.quantity {
        Some(quantity) => vec![counter(quantity)?],
        None => state
            .energy
            .counters_of(point)
            .await
            .map_err(|error| refuse_energy(&error))?,
    };
    let mut entries = Vec::new();
    for measurand in counters {
        let journal = state
            .energy
            .journal(point, measurand)
            .await
            .map_err(|error| refuse_energy(&error))?;
        entries.extend(
            journal
                .entries
                .iter()
                .map(|entry| EntryView::of(measurand, entry)),
        );
    }
    Ok(Json(entries))
}

/// What a person says about an entry: exactly one of `accept`, `kind` and/or `step`, `closing`
/// with `opening`, or `undo`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerdictRequest)]
pub(super) struct VerdictRequest {
    /// Why; needed.
    pub reason: String,
    /// `true`: the amount in question did flow.
    #[serde(default)]
    pub accept: bool,
    /// It was something else: a kind of entry, or `normal`. Without `step`, the step follows
    /// from the readings.
    pub kind: Option<String>,
    /// So much flowed, in the base unit.
    pub step: Option<f64>,
    /// The meter was exchanged: the last index of the old one, in the base unit.
    pub closing: Option<f64>,
    /// The first index of the new one.
    pub opening: Option<f64>,
    /// `true`: the verdict of the rules stands again.
    #[serde(default)]
    pub undo: bool,
}

/// An entry with the span whose energies may be others now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecidedEntry)]
pub(super) struct DecidedView {
    #[serde(flatten)]
    pub entry: EntryView,
    /// Energies of spans that do not touch this one are as before.
    #[schema(value_type = String, format = DateTime)]
    pub touched_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub touched_until: Timestamp,
}

/// Change the verdict on an entry, or take the change back
#[utoipa::path(
    patch,
    path = "/circuits/{id}/counter_journal/{entry}",
    tag = "energy",
    params(
        ("id" = u32, Path, description = "Id of a circuit or another measuring point"),
        ("entry" = String, Path, description = "Id of the entry"),
    ),
    request_body = VerdictRequest,
    responses(
        (status = 200, description = "The entry as it stands now", body = DecidedView),
        (status = 404, description = "There is no such entry", body = super::error::Problem),
        (status = 422, description = "The verdict does not fit the entry", body = super::error::Problem),
    ),
)]
async fn decide(
    State(state): State<ApiState>,
    caller: Caller,
    Peer(from): Peer,
    Path((id, entry)): Path<(u32, String)>,
    Json(request): Json<VerdictRequest>,
) -> Result<Json<DecidedView>, ApiError> {
    let not_found = || ApiError::not_found("counter-journal entry", &entry);
    let entry_id: EntryId = entry.parse().map_err(|_unknown| not_found())?;
    let is_of_point = entry_id.series().point == PointId(id);
    if !is_of_point || state.site.site().point(PointId(id)).is_none() {
        return Err(not_found());
    }
    let reason = request.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(ApiError::new(ProblemCode::Invalid).detail(format!(
            "reason: a verdict needs one, of at most {REASON_CHARS_MAX} characters"
        )));
    }
    let decision = request.decision()?;
    let by = caller.0.profile.to_string();
    let (standing, touched) = state
        .energy
        .decide(entry_id, decision, by.clone(), reason.clone())
        .await
        .map_err(|error| match error {
            EnergyError::Verdict(energy::VerdictError::NoSuchEntry { .. }) => not_found(),
            error => refuse_energy(&error),
        })?;
    state
        .audit
        .write(Deed {
            address: Some(from),
            point: Some(PointId(id)),
            before: told(&standing.before),
            after: told(&standing.after),
            detail: format!("{entry}: {reason}"),
            ..Deed::done(&by, AuditAction::ChangeVerdict)
        })
        .await;
    let standing = standing.after;
    Ok(Json(DecidedView {
        entry: EntryView::of(entry_id.series().measurand, &standing),
        touched_from: touched.from,
        touched_until: touched.until,
    }))
}

/// What the audit log tells of an entry.
fn told(standing: &StandingEntry) -> Map<String, Value> {
    let step = standing.step.map(Amount::to_f64);
    Map::from_iter([
        ("kind".to_owned(), json!(standing.kind.name())),
        ("step".to_owned(), json!(step)),
    ])
}

impl VerdictRequest {
    /// `None` takes a verdict back.
    fn decision(&self) -> Result<Option<Decision>, ApiError> {
        let invalid = |detail: String| ApiError::new(ProblemCode::Invalid).detail(detail);
        let amount = |member: &str, value: f64| {
            Amount::from_f64(value)
                .ok_or_else(|| invalid(format!("{member}: {value} is no amount of energy")))
        };
        let told = self.kind.is_some() || self.step.is_some();
        let exchanged = self.closing.is_some() || self.opening.is_some();
        let said = [self.accept, told, exchanged, self.undo];
        if said.into_iter().filter(|said| *said).count() != 1 {
            return Err(invalid(
                "say one of `accept`, `kind` and/or `step`, `closing` with `opening`, or `undo`"
                    .to_owned(),
            ));
        }
        let kind = self
            .kind
            .as_ref()
            .map(|kind| {
                IndexStep::from_name(kind)
                    .ok_or_else(|| invalid(format!("kind: `{kind}` is no kind of step")))
            })
            .transpose()?;
        let step = self.step.map(|step| amount("step", step)).transpose()?;
        Ok(match (kind, step, self.closing.zip(self.opening)) {
            (Some(kind), Some(step), _) => Some(Decision::KindAndAmount(kind, step)),
            (Some(kind), None, _) => Some(Decision::Kind(kind)),
            (None, Some(step), _) => Some(Decision::Amount(step)),
            (None, None, Some((closing, opening))) => Some(Decision::Exchange {
                closing: amount("closing", closing)?,
                opening: amount("opening", opening)?,
            }),
            (None, None, None) if exchanged => {
                return Err(invalid(
                    "an exchange has both a closing and an opening index".to_owned(),
                ));
            }
            (None, None, None) if self.accept => Some(Decision::AcceptProposal),
            (None, None, None) => None,
        })
    }
}

impl EntryView {
    fn of(measurand: Measurand, standing: &StandingEntry) -> Self {
        let entry = &standing.entry;
        let (by, reason) = match &standing.verdict {
            Some(Verdict { by, reason, .. }) => (by.clone(), reason.clone()),
            None => (BY_RULE.to_owned(), entry.rule.to_string()),
        };
        let ring = entry.ring.map(|ring| entry.unit_before.times(ring.counts));
        let exchange = entry.exchange.map(|exchange| ExchangeView {
            closed_at: exchange.closed_at,
            closing: exchange
                .closing
                .map(|count| entry.unit_before.times(count).to_f64()),
            opened_at: exchange.opened_at,
            opening: exchange
                .opening
                .map(|count| entry.unit_after.times(count).to_f64()),
        });
        let held = |reading: &IndexReading| JournalReadingView {
            at: reading.at,
            value: entry.unit_before.times(reading.count).to_f64(),
        };
        Self {
            id: entry.id.to_string(),
            quantity: measurand.to_string(),
            kind: standing.kind.name().to_owned(),
            before: JournalReadingView {
                at: entry.before.at,
                value: entry.value_before().to_f64(),
            },
            after: JournalReadingView {
                at: entry.after.at,
                value: entry.value_after().to_f64(),
            },
            step: standing.step.map(Amount::to_f64),
            proposal: entry.proposal.map(Amount::to_f64),
            asks: standing.asks,
            by,
            reason,
            at: standing.at,
            rule: entry.rule.name().to_owned(),
            rule_kind: entry.kind.name().to_owned(),
            rule_step: entry.step.map(Amount::to_f64),
            ring: ring.map(Amount::to_f64),
            ring_assumed: entry.ring.is_some_and(|ring| ring.assumed),
            lower_bound: standing.lower_bound,
            doubtful: entry.doubtful,
            silent: entry.silent,
            held: entry.held.iter().map(held).collect(),
            n_held: entry.n_held,
            exchange,
        }
    }
}
