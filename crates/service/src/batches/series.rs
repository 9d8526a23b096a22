//! A time series of a batch's attempts and concurrent calls.

use campanile_rules::series::{Point, Series};
use campanile_store::BatchRecord;
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::{Error, Service};

/// What became of a batch's calls over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesView {
    /// Seconds that a point stands for.
    bucket_s: u64,
    /// The calls at once that the batch may have now: its own limit, the workspace's or the
    /// trunk's, whichever is least.
    max_concurrent_calls: u32,
    /// From the first attempt on, also for buckets in which nothing happened.
    points: Vec<Point>,
}

impl Service {
    /// Tells over time how the attempts of a batch ended, and how many calls it had at once, in at
    /// most `points` points.
    pub async fn series(&self, record: &BatchRecord, points: u64) -> Result<SeriesView, Error> {
        let until = record.finished_at.unwrap_or_else(|| self.engine.now());
        let spans = self.store.attempt_spans(record.id).await?;
        let series = spawn_blocking(move || Series::of(&spans, until, points)).await;
        let Series { bucket_s, points } = series.map_err(Error::internal)?;
        let max_concurrent_calls = self.limit(record).await?;
        Ok(SeriesView { bucket_s, max_concurrent_calls, points })
    }

    /// The calls at once that a batch may have now.
    async fn limit(&self, record: &BatchRecord) -> Result<u32, Error> {
        let workspace = self.store.workspace(record.workspace).await?.max_concurrent_calls;
        let trunk = match record.trunk {
            Some(trunk) => Some(self.store.trunk_for_operator(record.workspace, trunk).await?),
            None => None,
        };
        let trunk = trunk.map(|trunk| trunk.settings.max_calls);
        let limits = [Some(workspace), record.settings.max_concurrent_calls, trunk];
        Ok(limits.into_iter().flatten().min().unwrap_or(workspace))
    }
}
