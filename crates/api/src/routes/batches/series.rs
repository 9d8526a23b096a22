//! A time series of a batch's attempts and concurrent calls.

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use campanile_rules::ids::BatchId;
use campanile_service::{
    batches::SeriesView,
    fields::{Field, Kind},
};
use serde::Deserialize;

use crate::{
    app::App,
    http::{
        auth::Read,
        extract::{Asked, Id, Query},
        problem::Answer,
    },
};

/// How long a series is cached.
const FRESH: Duration = Duration::from_secs(1);

/// A series that took time T is cached for at least this many times T. A batch of a million calls
/// takes a second or two.
const LEAST_PAUSE: u32 = 10;

const USUAL_POINTS: u64 = 120;

/// How fine the answer is to be.
#[derive(Debug, Deserialize)]
pub struct HowFine {
    points: Option<u64>,
}

impl Query for HowFine {
    const FIELDS: &'static [Field] = &[Field::new("points", Kind::Integer(2, 1_000))
        .about("The most points to answer with; 120 when left out.")];
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
    if let Some(known) = app.series.get(caller.workspace, &(id, points)) {
        return Ok(Json(known));
    }
    let _turn = app.series.turn(caller.workspace).await;
    // Another request may have computed the same series while this one waited.
    if let Some(known) = app.series.get(caller.workspace, &(id, points)) {
        return Ok(Json(known));
    }
    let begun = Instant::now();
    let view = app.service().series(&record, points).await?;
    let fresh = FRESH.max(begun.elapsed() * LEAST_PAUSE);
    app.series.keep(caller.workspace, ((id, points), view.clone()), fresh);
    Ok(Json(view))
}
