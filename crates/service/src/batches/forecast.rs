//! Forecasts when a batch completes.

use std::time::Duration;

use campanile_rules::{
    agent::AgentVersion,
    batch::{BatchSettings, BatchState},
    forecast::{Forecast, Load, Population, Question, Waiting, forecast},
    ids::{AgentId, BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
    trunk::Trunk,
    zones::ZoneSet,
};
use campanile_store::{BatchRecord, ForecastFor};
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::{Error, Service};

/// The ring timeout in seconds if no agent is chosen (PRODUCT: agents).
pub const RING_TIMEOUT_S: u32 = 30;

/// When a batch will be done, as far as anybody can tell.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForecastView {
    /// The forecast; null when the batch is over, or when it would never be done.
    pub forecast: Option<Forecast>,
    /// The same in words, or why there is none.
    pub detail: String,
}

impl ForecastView {
    /// The view of a batch for which nothing needs to be computed.
    pub fn known(record: &BatchRecord) -> Option<ForecastView> {
        let none = |detail: &str| ForecastView { forecast: None, detail: detail.to_owned() };
        if record.state.is_final() {
            return Some(none("It is over."));
        }
        let without = "No trunk serves its caller ID, so nobody can be called.";
        record.trunk.is_none().then(|| none(without))
    }
}

/// A batch to forecast, stored or not.
pub(super) struct Asked {
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
pub(super) enum Who {
    /// The remaining recipients of a stored batch.
    Stored(BatchId),
    /// The recipients of a file, counted by their possible time zones.
    File(Vec<(ZoneSet, u64)>),
}

impl Service {
    /// Forecasts when a stored batch completes.
    pub async fn forecast(&self, record: BatchRecord) -> Result<ForecastView, Error> {
        if let Some(view) = ForecastView::known(&record) {
            return Ok(view);
        }
        let BatchRecord { id, state, workspace, agent, agent_version, settings, trunk, .. } =
            record;
        let trunk = trunk.ok_or_else(|| Error::internal("a batch without a trunk"))?;
        let lead = match state {
            BatchState::Draft => "if it is started now: ",
            BatchState::Paused => "if it is resumed now: ",
            BatchState::Scheduled
            | BatchState::Running
            | BatchState::Completed
            | BatchState::Cancelled => "",
        };
        let version = self.store.agent_version(workspace, agent, agent_version).await?.settings;
        let ring_timeout_s = version.ring_timeout_s;
        let asked = Asked { workspace, trunk, agent: Some(agent), settings, ring_timeout_s };
        let forecast = self.ask(asked, Who::Stored(id)).await?;
        let detail = match &forecast {
            Some(forecast) => format!("{lead}{}", forecast.detail),
            None => "Never, as things are: somebody's calling hours do not open, or nothing can \
                     be dialed; its blocker says more."
                .to_owned(),
        };
        Ok(ForecastView { forecast, detail })
    }

    /// Computes the forecast on a separate thread.
    pub(super) async fn ask(&self, asked: Asked, who: Who) -> Result<Option<Forecast>, Error> {
        let Asked { workspace, trunk, agent, settings, ring_timeout_s } = asked;
        let batch = if let Who::Stored(id) = &who { Some(*id) } else { None };
        let facts =
            self.store.forecast_facts(ForecastFor { workspace, trunk, agent, batch }).await?;
        let waiting = match who {
            Who::Stored(_) => facts.waiting,
            Who::File(places) => not_called_yet(places),
        };
        let ring_timeout = Duration::from_secs(u64::from(ring_timeout_s));
        let question = Question {
            batch: Load { workspace, same_trunk: true, settings, waiting },
            others: facts.others,
            workspace_calls: facts.workspace_calls,
            trunk_calls: facts.trunk_calls,
            trunk_cps: facts.trunk_cps,
            population: Population::seen(facts.calls, ring_timeout),
        };
        let now: Timestamp = self.engine.now();
        spawn_blocking(move || forecast(&question, now)).await.map_err(Error::internal)
    }
}

/// The recipients of a file, by their time zones.
fn not_called_yet(places: impl IntoIterator<Item = (ZoneSet, u64)>) -> Vec<Waiting> {
    let group = |(zones, people)| Waiting { zones, retry_at: None, people };
    places.into_iter().map(group).collect()
}

/// Forecasts a batch whose trunk carries no other calls. `places` counts the recipients by their
/// possible time zones; without `max_calls` the batch may use all calls of the trunk.
pub fn alone(
    places: Vec<(ZoneSet, u64)>,
    trunk: &Trunk,
    (agent, max_calls): (Option<&AgentVersion>, Option<u32>),
    now: Timestamp,
) -> Option<Forecast> {
    let ring_timeout_s = agent.map_or(RING_TIMEOUT_S, |agent| agent.ring_timeout_s);
    let question = Question {
        batch: Load {
            workspace: WorkspaceId(1),
            same_trunk: true,
            settings: BatchSettings::default(),
            waiting: not_called_yet(places),
        },
        others: Vec::new(),
        workspace_calls: max_calls.unwrap_or(trunk.max_calls),
        trunk_calls: trunk.max_calls,
        trunk_cps: trunk.max_cps,
        population: Population::assumed(Duration::from_secs(u64::from(ring_timeout_s))),
    };
    forecast(&question, now)
}
