//! History files: taken while the server runs.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Seek, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Uri};
use futures::StreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::access::{Caller, Peer};
use super::error::{ApiError, ProblemCode};
use super::extract::{Json, Query};
use super::routes::Routes;
use super::{API_ROOT, ApiState};
use crate::audit::{AuditAction, DONE, Deed};
use crate::import::{ImportError, ImportProgress, ImportReport, Importer, Refusal};
use crate::users::Right;

/// As many rows as an import takes, in their longest usual form.
const FILE_BYTES_MAX: u64 = 512 << 20;

/// Files that are here at a time: one at work and one that waits.
const FILES_MAX: usize = 2;

/// After how long another file may be brought.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// How long a stop waits for an import. It comes to rest between two batches of rows; a disk that
/// is slower than this costs nothing, as the next start completes it.
const STOP_MAX: Duration = Duration::from_secs(5);

/// Who acts when the server completes what was interrupted.
const AT_START: &str = "start";

/// Imports that are remembered.
const IMPORTS_MAX: usize = 50;

pub(super) fn routes() -> Routes {
    Routes::new().needs(Right::Declare, routes!(list, take))
}

/// Whether a request brings a file, which may take longer than other answers.
pub(super) fn is_upload(method: &Method, uri: &Uri) -> bool {
    *method == Method::POST && uri.path().strip_prefix(API_ROOT) == Some("/imports")
}

/// The imports since the start.
#[derive(Debug)]
pub struct Imports {
    /// Where files lie while they are taken: the disk that has room for history.
    folder: PathBuf,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    jobs: Mutex<VecDeque<Job>>,
    /// One at a time: they would wait for the same disk.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Job {
    id: u64,
    started_at: Timestamp,
    by: String,
    progress: Arc<ImportProgress>,
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone)]
enum Outcome {
    Report(Arc<ImportReport>),
    Failed,
}

/// How a file is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// `true`: a value that differs from what the history has takes its place; otherwise it is
    /// only reported.
    #[serde(default)]
    pub replace: bool,
}

/// An import: how far it is, or what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub(super) struct ImportView {
    pub id: u64,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Profile of who brought it.
    pub by: String,
    /// `reading`, `comparing`, `storing` or `done`.
    pub phase: String,
    /// Rows that the present phase is through with.
    pub rows_passed: u64,
    /// `running`, `taken`, `refused` (some lines were, and so nothing was taken) or `failed` (the
    /// cause is in the log).
    pub state: String,
    /// Once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<ImportReportView>,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub(super) struct ImportReportView {
    /// Lines that hold a row.
    pub rows: u64,
    /// Rows that are in the history now and were not, or were otherwise.
    pub taken: u64,
    /// Rows that the history had already.
    pub equal: u64,
    /// Rows without a value.
    pub gaps: u64,
    /// Rows for which the history has another value.
    pub different: u64,
    /// How many of these took its place.
    pub replaced: u64,
    /// Lines that cannot be taken; with any, nothing of the file is.
    pub refused: u64,
    /// The first of them.
    pub refusals: Vec<LineView>,
    pub differences: Vec<LineView>,
    pub warnings: Vec<LineView>,
    /// Where the history has got something.
    pub touched: Vec<TouchedView>,
}

/// A line of a file and what is to be said of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportLine)]
pub(super) struct LineView {
    pub line: u64,
    pub problem: String,
}

/// A span of a series that has got samples.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportTouched)]
pub(super) struct TouchedView {
    pub circuit: u32,
    pub quantity: String,
    /// The first instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// The last instant.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub rows: u64,
}

/// Imports since the start, the newest first
#[utoipa::path(
    get,
    path = "/imports",
    tag = "history",
    responses((status = 200, description = "With their progress", body = [ImportView])),
)]
async fn list(State(state): State<ApiState>) -> Json<Vec<ImportView>> {
    let jobs = state.imports.jobs();
    Json(jobs.iter().rev().map(ImportView::of).collect())
}

/// Import a history file
///
/// CSV with the title row `circuit;quantity;time;value;quality`, as the body. The answer comes
/// when it is taken; its progress is among the imports meanwhile.
#[utoipa::path(
    post,
    path = "/imports",
    tag = "history",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, description = "What became of the file", body = ImportReportView),
        (status = 413, description = "The file is too large", body = super::error::Problem),
        (status = 503, description = "`busy`: another file waits already, or the server stops", body = super::error::Problem),
        (status = 422, description = "Lines were refused, and so nothing was taken: member `report`", body = super::error::Problem),
    ),
)]
async fn take(
    State(state): State<ApiState>,
    caller: Caller,
    Peer(from): Peer,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<Json<ImportReportView>, ApiError> {
    let place = Arc::clone(&state.imports.places).try_acquire_owned();
    let place = place.map_err(|_all_taken| {
        ApiError::new(ProblemCode::Busy)
            .detail("another file waits already")
            .retry_after(RETRY_AFTER)
    })?;
    let brought = Brought {
        by: caller.0.profile.to_string(),
        from,
        file: received(&state.imports, body).await?,
        replace: query.replace,
        _place: place,
    };
    let tasks = state.imports.tasks.clone();
    // A task of its own: it goes on when the caller goes away.
    let import = tasks.spawn(brought.carry_out(state));
    let result = import.await.map_err(|error| ApiError::internal(&error))?;
    let report = result.map_err(|error| refuse_import(&error))?;
    let view = ImportReportView::of(&report);
    if report.refused > 0 {
        return Err(ApiError::new(ProblemCode::Invalid)
            .detail(format!(
                "{} lines cannot be taken, so nothing of the file was",
                report.refused
            ))
            .with("report", serde_json::to_value(view).unwrap_or_default()));
    }
    Ok(Json(view))
}

/// A file that somebody brought.
#[derive(Debug)]
struct Brought {
    by: String,
    from: IpAddr,
    file: File,
    replace: bool,
    _place: OwnedSemaphorePermit,
}

impl Brought {
    async fn carry_out(self, state: ApiState) -> Result<ImportReport, ImportError> {
        let imports = &state.imports;
        let (id, progress) = imports.begin(self.by.clone(), state.clock.now());
        let _turn = imports.turn.lock().await;
        let importer = state.importer();
        let result = importer.import(self.file, self.replace, progress).await;
        imports.end(id, &result);
        let deed = Deed {
            address: Some(self.from),
            ..deed(&self.by, &result)
        };
        state.audit.write(deed).await;
        result
    }
}

fn deed(by: &str, result: &Result<ImportReport, ImportError>) -> Deed {
    let done = Deed::done(&by, AuditAction::ImportHistory);
    match result {
        Ok(report) => Deed {
            result: if report.refused > 0 { "refused" } else { DONE }.to_owned(),
            after: Map::from_iter([
                ("taken".to_owned(), json!(report.taken)),
                ("replaced".to_owned(), json!(report.replaced)),
                ("refused".to_owned(), json!(report.refused)),
            ]),
            ..done
        },
        Err(error) => {
            let result = match error {
                ImportError::Interrupted => "interrupted",
                _ if error.is_of_file() => "refused",
                _ => "failed",
            };
            Deed {
                result: result.to_owned(),
                detail: error.to_string(),
                ..done
            }
        }
    }
}

/// The body, in a file that is gone when nobody holds it any more.
async fn received(imports: &Imports, body: Body) -> Result<File, ApiError> {
    let mut file =
        tempfile::tempfile_in(&imports.folder).map_err(|error| ApiError::internal(&error))?;
    let mut n_bytes = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_cut_off| {
            ApiError::new(ProblemCode::BadRequest).detail("the file did not come whole")
        })?;
        n_bytes += chunk.len() as u64;
        if n_bytes > FILE_BYTES_MAX {
            return Err(ApiError::new(ProblemCode::BodyTooLarge).detail(format!(
                "a history file has at most {FILE_BYTES_MAX} bytes; split it, by year for instance"
            )));
        }
        // A page of memory into the cache of the system: short enough to do it here.
        file.write_all(&chunk)
            .map_err(|error| ApiError::internal(&error))?;
    }
    file.rewind().map_err(|error| ApiError::internal(&error))?;
    Ok(file)
}

fn refuse_import(error: &ImportError) -> ApiError {
    if error.is_of_file() {
        ApiError::new(ProblemCode::Invalid).detail(error.to_string())
    } else if error.is_of_stop() {
        ApiError::new(ProblemCode::Busy).detail(error.to_string())
    } else {
        ApiError::internal(error)
    }
}

impl ApiState {
    /// What takes history files.
    pub fn importer(&self) -> Importer {
        Importer {
            folder: self.imports.folder.clone(),
            stopping: self.stopping.clone(),
            site: Arc::clone(&self.site),
            history: Arc::clone(&self.history),
            energy: Arc::clone(&self.energy),
        }
    }
}

impl Imports {
    /// `folder` is the data folder.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            places: Arc::new(Semaphore::new(FILES_MAX)),
            tasks: TaskTracker::new(),
            jobs: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Completes what a stop or a power cut interrupted, before any other file.
    pub fn complete(&self, state: &ApiState) {
        let state = state.clone();
        self.tasks.spawn(async move {
            let _turn = state.imports.turn.lock().await;
            let result = state.importer().complete().await;
            if let Some(result) = result.transpose() {
                state.audit.write(deed(AT_START, &result)).await;
            }
        });
    }

    /// Waits for the imports under way once the server stops, within bounds.
    pub async fn ended(&self) {
        self.tasks.close();
        if tokio::time::timeout(STOP_MAX, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("an import does not come to rest: the next start completes it");
        }
    }

    fn jobs(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, by: String, started_at: Timestamp) -> (u64, Arc<ImportProgress>) {
        let progress = Arc::new(ImportProgress::default());
        let mut jobs = self.jobs();
        let id = jobs.back().map_or(1, |newest| newest.id + 1);
        if jobs.len() == IMPORTS_MAX {
            jobs.pop_front();
        }
        jobs.push_back(Job {
            id,
            started_at,
            by,
            progress: Arc::clone(&progress),
            outcome: None,
        });
        (id, progress)
    }

    fn end(&self, id: u64, result: &Result<ImportReport, ImportError>) {
        if let Some(job) = self.jobs().iter_mut().find(|job| job.id == id) {
            job.outcome = Some(match result {
                Ok(report) => Outcome::Report(Arc::new(report.clone())),
                Err(_) => Outcome::Failed,
            });
        }
    }
}

impl ImportView {
    fn of(job: &Job) -> Self {
        let (state, report) = match &job.outcome {
            None => ("running", None),
            Some(Outcome::Failed) => ("failed", None),
            Some(Outcome::Report(report)) if report.refused > 0 => ("refused", Some(report)),
            Some(Outcome::Report(report)) => ("taken", Some(report)),
        };
        Self {
            id: job.id,
            started_at: job.started_at,
            by: job.by.clone(),
            phase: job.progress.phase().name().to_owned(),
            rows_passed: job.progress.rows(),
            state: state.to_owned(),
            report: report.map(|report| ImportReportView::of(report)),
        }
    }
}

impl ImportReportView {
    fn of(report: &ImportReport) -> Self {
        let lines = |told: &[Refusal]| told.iter().map(LineView::of).collect();
        Self {
            rows: report.rows,
            taken: report.taken,
            equal: report.equal,
            gaps: report.gaps,
            different: report.different,
            replaced: report.replaced,
            refused: report.refused,
            refusals: lines(&report.refusals),
            differences: lines(&report.differences),
            warnings: lines(&report.warnings),
            touched: report
                .touched
                .iter()
                .map(|touched| TouchedView {
                    circuit: touched.series.point.0,
                    quantity: touched.series.measurand.to_string(),
                    from: touched.from,
                    until: touched.until,
                    rows: touched.rows,
                })
                .collect(),
        }
    }
}

impl LineView {
    fn of(refusal: &Refusal) -> Self {
        Self {
            line: refusal.line,
            problem: refusal.problem.clone(),
        }
    }
}
