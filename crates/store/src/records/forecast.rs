//! What a forecast is computed from.

use async_trait::async_trait;
use campanile_rules::{
    forecast::{Load, Sample, Waiting},
    ids::{AgentId, BatchId, TrunkId, WorkspaceId},
};

use crate::StoreError;

/// The subject of a forecast: a batch that is stored, or one that might be.
#[derive(Debug, Clone, Copy)]
pub struct ForecastFor {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The trunk that serves the caller ID.
    pub trunk: TrunkId,
    /// The agent, if it is known.
    pub agent: Option<AgentId>,
    /// The batch, if it is stored.
    pub batch: Option<BatchId>,
}

/// The facts for a forecast.
#[derive(Debug, Clone, Default)]
pub struct ForecastFacts {
    /// The workspace's limit of concurrent calls.
    pub workspace_calls: u32,
    /// The trunk's limit of concurrent calls.
    pub trunk_calls: u32,
    /// The trunk's limit of calls per second.
    pub trunk_cps: f64,
    /// The batch's remaining recipients; those in a call count as not yet dialed.
    pub waiting: Vec<Waiting>,
    /// The other batches that run in the workspace or through the trunk.
    pub others: Vec<Load>,
    /// The newest calls of the batch, and of other batches with the same agent.
    pub calls: Vec<Sample>,
}

/// What forecasts are computed from.
#[async_trait]
pub trait Forecasts: Send + Sync {
    /// Everything that a forecast needs, at one instant.
    async fn forecast_facts(&self, asked: ForecastFor) -> Result<ForecastFacts, StoreError>;
}
