//! Forecasts when a batch completes.

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use campanile_rules::ids::BatchId;
use campanile_service::batches::ForecastView;

use crate::{
    app::App,
    http::{auth::Read, extract::Id, problem::Answer},
};

/// How long a forecast is cached.
const FRESH: Duration = Duration::from_secs(5);

/// A forecast that took time T is cached for at least this many times T, so that forecasts use a
/// bounded share of the time.
const LEAST_PAUSE: u32 = 20;

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
    if let Some(view) = ForecastView::known(&record) {
        return Ok(Json(view));
    }
    if let Some(known) = app.forecasts.get(caller.workspace, &id) {
        return Ok(Json(known));
    }
    let _turn = app.forecasts.turn(caller.workspace).await;
    let begun = Instant::now();
    let view = app.service().forecast(record).await?;
    let fresh = FRESH.max(begun.elapsed() * LEAST_PAUSE);
    app.forecasts.keep(caller.workspace, (id, view.clone()), fresh);
    Ok(Json(view))
}
