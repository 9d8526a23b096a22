//! `/v1/batch-calls`: batches.

pub mod create;
pub mod edit;
pub mod forecast;
pub mod redial;
pub mod rejections;
pub mod report;
pub mod series;
mod tag;
mod view;

pub use tag::ETag;
pub use view::{BatchView, BlockerView, blocked, view};

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{
    batch::{BatchState, Control},
    ids::{AgentId, BatchId},
};
use campanile_service::fields::{self, Field, Kind};
use campanile_store::{BatchFilter, BatchSort, Controlled, KeyScope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Operate, Read},
        extract::{Asked, Id, Query},
        problem::{Answer, Problem},
    },
};

/// The path under which a new batch is shown.
const COLLECTION: &str = "/v1/batch-calls";

/// Selects the batches to list.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct BatchQuery {
    status: Option<BatchState>,
    q: Option<String>,
    agent_id: Option<AgentId>,
    test: Option<bool>,
    sort: Option<String>,
    page: u32,
    limit: u32,
}

impl Default for BatchQuery {
    fn default() -> Self {
        BatchQuery {
            status: None,
            q: None,
            agent_id: None,
            test: None,
            sort: None,
            page: 1,
            limit: 20,
        }
    }
}

impl Query for BatchQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("status", Kind::OneOf(&BatchState::NAMES)).about("Only those in this state."),
        Field::new("q", Kind::Text(100)).about("Only those whose name contains this."),
        Field::new("agent_id", fields::AGENT_ID).about("Only those of this agent."),
        Field::new("test", Kind::Boolean)
            .about("true: only calls with which somebody tried an agent; false: none of them."),
        Field::new("sort", Kind::OneOf(&SORTS))
            .about("By what, backwards with a -; -created_at when left out."),
        Field::new("page", Kind::Integer(1, 1_000_000)).about("From 1, the default."),
        Field::new("limit", Kind::Integer(1, 100)).about("Batches on a page; 20 when left out."),
    ];
}

const SORTS: [&str; 6] = ["-created_at", "created_at", "name", "-name", "starts_at", "-starts_at"];

impl BatchQuery {
    fn filter(self) -> BatchFilter {
        let sort = match self.sort.as_deref() {
            Some("created_at") => BatchSort::Oldest,
            Some("name") => BatchSort::Name,
            Some("-name") => BatchSort::NameBackwards,
            Some("starts_at") => BatchSort::StartsFirst,
            Some("-starts_at") => BatchSort::StartsLast,
            _ => BatchSort::Newest,
        };
        let BatchQuery { status: state, q, agent_id: agent, test, page, limit, .. } = self;
        BatchFilter { state, q, agent, test, sort, page, limit }
    }
}

/// A page of batches.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchList {
    /// The batches of this page.
    pub items: Vec<BatchView>,
    /// Batches on all pages.
    pub total: u64,
    /// The page, from 1.
    pub page: u32,
    /// Batches on a page.
    pub limit: u32,
}

/// Lists the batches of the workspace.
#[utoipa::path(get, path = "/batch-calls", operation_id = "list_batches", tag = "Batch calls",
    params(Asked<BatchQuery>),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page.", body = BatchList)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Asked(query): Asked<BatchQuery>,
) -> Answer<Json<BatchList>> {
    let (page, limit) = (query.page, query.limit);
    let found = app.store.list_batches(caller.workspace, query.filter()).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for record in found.items {
        items.push(view(&app, record).await?);
    }
    Ok(Json(BatchList { items, total: found.total, page, limit }))
}

/// Shows a batch with how far it is and why it is not dialing.
#[utoipa::path(get, path = "/batch-calls/{id}", operation_id = "show_batch", tag = "Batch calls",
    params(Id<BatchId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The batch.", body = BatchView,
        headers(("ETag" = String, description = "What PATCH can change, as it is now.")))))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
) -> Answer<(ETag, Json<BatchView>)> {
    let record = app.store.batch(caller.workspace, id).await?;
    Ok((ETag::of(&record), Json(view(&app, record).await?)))
}

/// Deletes a draft, or a batch that is over, with all that is kept of it: its rows, calls,
/// transcripts, recordings and events. Its name and its counts stay as an entry of the audit log.
///
/// Whoever may start a batch may delete a draft; a batch that is over needs a key of scope `admin`.
#[utoipa::path(delete, path = "/batch-calls/{id}", operation_id = "delete_batch", tag = "Batch calls",
    params(Id<BatchId>),
    security(("key" = ["operate"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "It is not over, or some of its calls are not.")))]
pub async fn remove(
    State(app): State<App>,
    Operate(caller): Operate,
    Id(id): Id<BatchId>,
) -> Answer<StatusCode> {
    let batch = app.store.batch(caller.workspace, id).await?;
    if batch.state.is_final() && caller.scope < KeyScope::Admin {
        return Err(Problem::forbidden(format!(
            "Deleting a batch that is over needs a key of scope admin; yours has {}.",
            caller.scope.as_str()
        )));
    }
    app.by(&caller).store.remove_batch(caller.workspace, id, app.store.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a control did, in numbers at that instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControlView {
    /// Which batch.
    pub id: BatchId,
    /// The state now.
    pub status: BatchState,
    /// Calls that go on until they end by themselves.
    pub in_progress: u64,
    /// Recipients never dialed that a stop cancelled.
    pub cancelled: u64,
    /// Recipients that wait for a retry; after a stop: those that got their last attempt's status.
    pub waiting_retries: u64,
    /// Recipients still to be dialed for the first time.
    pub pending: u64,
}

impl ControlView {
    fn new(id: BatchId, done: Controlled) -> ControlView {
        ControlView {
            id,
            status: done.state,
            in_progress: done.in_progress,
            cancelled: done.cancelled,
            waiting_retries: done.waiting_retries,
            pending: done.pending,
        }
    }
}

macro_rules! controls {
    ($($(#[$doc:meta])* $name:ident = $control:ident at $path:literal),*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = concat!(stringify!($name), "_batch"),
            tag = "Batch calls", params(Id<BatchId>), security(("key" = ["operate"])),
            responses((status = 200, description = "What it did.", body = ControlView),
                (status = 409, description = "The state does not allow it.")))]
        pub async fn $name(
            State(app): State<App>,
            Operate(caller): Operate,
            Id(id): Id<BatchId>,
        ) -> Answer<Json<ControlView>> {
            let service = app.by(&caller).service();
            let done = service.control(caller.workspace, id, Control::$control).await?;
            Ok(Json(ControlView::new(id, done)))
        }
    )*};
}

controls! {
    /// Begins a draft: now, or at its `starts_at`.
    start = Start at "/batch-calls/{id}/start",
    /// No new call until further notice: after the answer none is placed any more.
    pause = Pause at "/batch-calls/{id}/pause",
    /// Goes on where it was paused.
    resume = Resume at "/batch-calls/{id}/resume",
    /// Ends it for good: after the answer no call is placed any more.
    stop = Stop at "/batch-calls/{id}/stop"
}
