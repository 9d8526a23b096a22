//! A time series of a batch's attempts and concurrent calls.

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use campanile_rules::{
    ids::BatchId,
    series::{Point, Series},
};
use campanile_service::fields::{Field, Kind};
use campanile_store::BatchRecord;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Read,
        extract::{Asked, Id, Query},
        problem::{Answer, Problem},
    },
    lately::Lately,
};

/// How long a series is cached.
const FRESH: Duration = Duration::from_secs(1);

/// A series that took time T is cached for at least this many times T. A batch of a million calls
/// takes a second or two.
const LEAST_PAUSE: u32 = 10;

const USUAL_POINTS: u64 = 120;

/// The cache of series, by batch and number of points.
pub type SeriesCache = Lately<(BatchId, u64), SeriesView>;

/// How fine the answer is to be.
#[derive(Debug, Deserialize)]
pub struct HowFine {
    points: Option<u64>,
}

impl Query for HowFine {
    const FIELDS: &'static [Field] = &[Field::new("points", Kind::Integer(2, 1_000))
        .about("The most points to answer with; 120 when left out.")];
}

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

/// Tells over time how the attempts of a batch ended, and how many calls it had at once. An
/// answer may be some seconds old.
#[utoipa::path(get, path = "/batch-calls/{id}/series", operation_id = "show_series",
    tag = "Batch calls",
    params(Id<BatchId>, Asked<HowFine>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The points, oldest first.", body = SeriesView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(how): Asked<HowFine>,
) -> Answer<Json<SeriesView>> {
    let record = app.store.batch(caller.workspace, id).await?;
    let points = how.points.unwrap_or(USUAL_POINTS);
    if let Some(told) = app.series.told(caller.workspace, &(id, points)) {
        return Ok(Json(told));
    }
    let _turn = app.series.turn(caller.workspace).await;
    // Another request may have computed the same series while this one waited.
    if let Some(told) = app.series.told(caller.workspace, &(id, points)) {
        return Ok(Json(told));
    }
    let begun = Instant::now();
    let until = record.finished_at.unwrap_or_else(|| app.engine.now());
    let spans = app.store.attempt_spans(id).await?;
    let series = spawn_blocking(move || Series::of(&spans, until, points)).await;
    let Series { bucket_s, points: found } = series.map_err(Problem::internal)?;
    let max_concurrent_calls = limit(&app, &record).await?;
    let view = SeriesView { bucket_s, max_concurrent_calls, points: found };
    let fresh = FRESH.max(begun.elapsed() * LEAST_PAUSE);
    app.series.tell(caller.workspace, ((id, points), view.clone()), fresh);
    Ok(Json(view))
}

async fn limit(app: &App, record: &BatchRecord) -> Answer<u32> {
    let workspace = app.store.workspace(record.workspace).await?.max_concurrent_calls;
    let trunk = match record.trunk {
        Some(trunk) => Some(app.store.trunk_for_operator(record.workspace, trunk).await?),
        None => None,
    };
    let trunk = trunk.map(|trunk| trunk.settings.max_calls);
    let limits = [Some(workspace), record.settings.max_concurrent_calls, trunk];
    Ok(limits.into_iter().flatten().min().unwrap_or(workspace))
}
