//! Forecasts when a batch completes.

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use campanile_rules::{
    batch::{BatchSettings, BatchState},
    forecast::{Crowd, Forecast, Load, Population, Question, forecast},
    ids::{AgentId, BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
    zones::ZoneSet,
};
use campanile_store::{BatchRecord, ForecastFor};
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Read,
        extract::Id,
        problem::{Answer, Problem},
    },
    lately::Lately,
};

/// How long a forecast is cached.
const FRESH: Duration = Duration::from_secs(5);

/// A forecast that took time T is cached for at least this many times T, so that forecasts use a
/// bounded share of the time.
const LEAST_PAUSE: u32 = 20;

/// The cache of forecasts.
pub type Forecasts = Lately<BatchId, ForecastView>;

/// When a batch will be done, as far as anybody can tell.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForecastView {
    /// The forecast; null when the batch is over, or when it would never be done.
    pub forecast: Option<Forecast>,
    /// The same in words, or why there is none.
    pub detail: String,
}

/// Tells when a batch will be done: at these limits, at this pace and in these hours, with a range,
/// and what it waits for most. An answer may be some seconds old.
#[utoipa::path(get, path = "/batch-calls/{id}/forecast", operation_id = "forecast_batch",
    tag = "Batch calls",
    params(Id<BatchId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The forecast.", body = ForecastView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
) -> Answer<Json<ForecastView>> {
    let record = app.store.batch(caller.workspace, id).await?;
    let lead = match record.state {
        BatchState::Completed | BatchState::Cancelled => return Ok(none("It is over.")),
        BatchState::Draft => "if it is started now: ",
        BatchState::Paused => "if it is resumed now: ",
        BatchState::Scheduled | BatchState::Running => "",
    };
    if let Some(told) = app.forecasts.told(caller.workspace, &id) {
        return Ok(Json(told));
    }
    let Some(trunk) = record.trunk else {
        return Ok(none("No trunk serves its caller ID, so nobody can be called."));
    };
    let _turn = app.forecasts.turn(caller.workspace).await;
    let begun = Instant::now();
    let BatchRecord { workspace, agent, agent_version, settings, .. } = record;
    let version = app.store.agent_version(workspace, agent, agent_version).await?.settings;
    let ring_timeout_s = version.ring_timeout_s;
    let asked = Asked { workspace, trunk, agent: Some(agent), settings, ring_timeout_s };
    let forecast = ask(&app, asked, Who::Stored(id)).await?;
    let view = ForecastView {
        detail: match &forecast {
            Some(forecast) => format!("{lead}{}", forecast.detail),
            None => "Never, as things are: somebody's calling hours do not open, or nothing can \
                     be dialed; its blocker says more."
                .to_owned(),
        },
        forecast,
    };
    let fresh = FRESH.max(begun.elapsed() * LEAST_PAUSE);
    app.forecasts.tell(workspace, (id, view.clone()), fresh);
    Ok(Json(view))
}

fn none(detail: &str) -> Json<ForecastView> {
    Json(ForecastView { forecast: None, detail: detail.to_owned() })
}

/// A batch to forecast, stored or not.
pub struct Asked {
    /// The batch's workspace.
    pub workspace: WorkspaceId,
    /// The trunk of the caller ID.
    pub trunk: TrunkId,
    /// The agent, if it is chosen.
    pub agent: Option<AgentId>,
    /// The batch's settings.
    pub settings: BatchSettings,
    /// The ring timeout in seconds.
    pub ring_timeout_s: u32,
}

/// The recipients.
pub enum Who {
    /// The remaining recipients of a stored batch.
    Stored(BatchId),
    /// The recipients of a file, counted by their possible time zones.
    File(Vec<(ZoneSet, u64)>),
}

/// Computes the forecast on a separate thread.
pub async fn ask(app: &App, asked: Asked, who: Who) -> Answer<Option<Forecast>> {
    let Asked { workspace, trunk, agent, settings, ring_timeout_s } = asked;
    let batch = if let Who::Stored(id) = &who { Some(*id) } else { None };
    let facts = app.store.forecast_facts(ForecastFor { workspace, trunk, agent, batch }).await?;
    let crowds = match who {
        Who::Stored(_) => facts.crowds,
        Who::File(places) => places
            .into_iter()
            .map(|(zones, people)| Crowd { zones, retry_at: None, people })
            .collect(),
    };
    let ring_timeout = Duration::from_secs(u64::from(ring_timeout_s));
    let question = Question {
        batch: Load { workspace, same_trunk: true, settings, crowds },
        others: facts.others,
        workspace_calls: facts.workspace_calls,
        trunk_calls: facts.trunk_calls,
        trunk_cps: facts.trunk_cps,
        population: Population::seen(facts.calls, ring_timeout),
    };
    let now: Timestamp = app.engine.now();
    spawn_blocking(move || forecast(&question, now)).await.map_err(Problem::internal)
}
