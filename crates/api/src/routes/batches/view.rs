//! The API's view of a batch.

use std::{borrow::Cow, collections::BTreeMap};

use campanile_engine::StoreFailing;
use campanile_files::preflight::Warning;
use campanile_rules::{
    batch::BatchState,
    blocker::{Blocked, Blocker, describe},
    hours::CallingHours,
    ids::{AgentId, BatchId},
    retry::RetryPolicy,
    time::Timestamp,
};
use campanile_store::{BatchRecord, Conversations, Progress, Restoration, ResultCounts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, http::problem::Answer};

/// A batch with how far it is and why it is not dialing.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    /// Its identity.
    pub id: BatchId,
    /// A label for people.
    pub name: String,
    /// Where it is in its life.
    pub status: BatchState,
    /// Why it is in this state when not by hand: `ended` when its time was over, `restored` when a
    /// backup was restored; then `blocker` says who may be called twice.
    pub reason: Option<String>,
    /// The caller ID, E.164.
    pub from_number: String,
    /// Who talks.
    pub agent_id: AgentId,
    /// Which version of it.
    pub agent_version: u32,
    /// The name of the uploaded file; empty when the recipients came as JSON.
    pub file_name: String,
    /// The columns of the file, in order.
    pub columns: Vec<String>,
    /// When dialing may begin; null means at once.
    pub starts_at: Option<Timestamp>,
    /// When it stops by itself.
    pub ends_at: Option<Timestamp>,
    /// The IANA time zone on whose clock `starts_at` and `ends_at` were chosen, if somebody said.
    pub time_zone: Option<String>,
    /// When people may be called; null means always.
    pub calling_hours: Option<CallingHours>,
    /// Calls of this batch at once; null means as many as the workspace may.
    pub max_concurrent_calls: Option<u32>,
    /// Share of the workspace's concurrency, relative to other batches.
    pub weight: u32,
    /// What happens after a call that did not reach a live person.
    pub retry: RetryPolicy,
    /// Country of numbers without a country code.
    pub default_country: Option<String>,
    /// `allow` or `reject`.
    pub duplicates: &'static str,
    /// Whether it is a test call, perhaps with a draft of its agent.
    pub test: bool,
    /// The column that has the numbers.
    pub phone_column: String,
    /// The row of the file that names its columns; null: the first that is not blank.
    pub header_row: Option<u64>,
    /// Placeholders and the columns that they stand for, where those have other names.
    pub column_map: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it first ran.
    pub started_at: Option<Timestamp>,
    /// When it became completed or cancelled.
    pub finished_at: Option<Timestamp>,
    /// Recipients by status.
    pub progress: Progress,
    /// People whose last call was cut because the server stopped, and who are not called again: a
    /// redial with the end reason `engine_interrupted` calls them.
    pub cut_calls: u64,
    /// What the agent recorded, for each result of its version in the version's order.
    pub results: Vec<ResultCounts>,
    /// How the agent does in the calls.
    pub conversations: Conversations,
    /// What stands in the way of the next call; null while nothing does.
    pub blocker: Option<BlockerView>,
    /// What is odd about the file, such as an encoding that was guessed; only in the answer that
    /// makes the batch, and only when there is something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub warnings: Vec<Warning>,
}

/// Why nobody is being dialed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockerView {
    /// For programs.
    pub code: Blocker,
    /// For people: what it means and what can be done.
    pub detail: Cow<'static, str>,
    /// When it clears by itself, or, of an outage, when the next probe is due; null when that
    /// depends on somebody, or on calls that end.
    pub clears_at: Option<Timestamp>,
    /// Of an outage or a store that fails, since when; else null.
    pub since: Option<Timestamp>,
}

impl From<Blocked> for BlockerView {
    fn from(blocked: Blocked) -> BlockerView {
        BlockerView {
            code: blocked.blocker,
            detail: describe(&blocked),
            clears_at: blocked.clears_at,
            since: blocked.since,
        }
    }
}

impl BlockerView {
    /// The view of a blocker. For a failing store it includes the start and the cause of the
    /// failure.
    pub fn new(app: &App, blocked: Blocked) -> BlockerView {
        let view = BlockerView::from(blocked);
        match app.engine.store_failing().filter(|_| view.code == Blocker::StoreFailing) {
            Some(StoreFailing { since, cause }) => {
                let detail = format!("{} The cause, since {since}: {cause}.", view.detail).into();
                BlockerView { detail, since: Some(since), ..view }
            }
            None => view,
        }
    }

    /// The view of a batch's blocker. For a restored batch it says what to do.
    pub fn of(
        app: &App,
        blocked: Blocked,
        (record, progress): (&BatchRecord, &Progress),
    ) -> BlockerView {
        let view = BlockerView::new(app, blocked);
        if record.state == BatchState::Cancelled {
            return BlockerView {
                detail: "It was stopped; nobody is dialed any more.".into(),
                ..view
            };
        }
        match record.restored.filter(|_| view.code != Blocker::StoreFailing) {
            Some(restored) => BlockerView { detail: waits(restored, progress).into(), ..view },
            None => view,
        }
    }
}

/// Why a batch from a restored backup waits.
fn waits(restored: Restoration, progress: &Progress) -> String {
    let Restoration { restored_at, backed_up_at } = restored;
    let people = match progress.pending {
        1 => "the 1 person who is pending".to_owned(),
        count => format!("any of the {count} people who are pending"),
    };
    format!(
        "A backup was restored at {restored_at}. Calls made from {backed_up_at} until then are not \
         known here, so {people} may be called twice. Compare them with the carrier's call records \
         of that time, then resume (or start) the batch, or stop it."
    )
}

/// What prevents the next call of a batch.
pub async fn blocked(app: &App, record: &BatchRecord) -> Option<Blocked> {
    match record.state {
        BatchState::Completed | BatchState::Cancelled => Some(Blocker::AllDone.open_ended()),
        BatchState::Draft if app.engine.store_failing().is_some() => {
            Some(Blocker::StoreFailing.open_ended())
        }
        BatchState::Draft => Some(Blocker::WaitingForStart.open_ended()),
        BatchState::Scheduled | BatchState::Running | BatchState::Paused => {
            app.engine.blocker(record.id).await
        }
    }
}

/// The current view of a stored batch.
pub async fn view(app: &App, record: BatchRecord) -> Answer<BatchView> {
    let progress = app.store.progress(record.id).await?;
    let cut_calls = app.store.cut_calls(record.id).await?;
    let results = app.store.results(&record).await?;
    let conversations = app.store.conversations(record.id).await?;
    let blocker = blocked(app, &record).await;
    let blocker = blocker.map(|blocked| BlockerView::of(app, blocked, (&record, &progress)));
    let settings = record.settings;
    Ok(BatchView {
        id: record.id,
        name: record.name,
        status: record.state,
        reason: record.reason,
        from_number: record.from_number.to_string(),
        agent_id: record.agent,
        agent_version: record.agent_version,
        file_name: record.file_name,
        columns: record.columns,
        starts_at: settings.starts_at,
        ends_at: settings.ends_at,
        time_zone: settings.time_zone,
        calling_hours: settings.calling_hours,
        max_concurrent_calls: settings.max_concurrent_calls,
        weight: settings.weight,
        retry: settings.retry,
        default_country: record.default_country,
        duplicates: if record.reject_duplicates { "reject" } else { "allow" },
        test: record.test,
        phone_column: record.mapping.phone().to_owned(),
        header_row: record.mapping.header_row,
        column_map: record.mapping.column_map,
        created_at: record.created_at,
        started_at: record.started_at,
        finished_at: record.finished_at,
        progress,
        cut_calls,
        results,
        conversations,
        blocker,
        warnings: Vec::new(),
    })
}
