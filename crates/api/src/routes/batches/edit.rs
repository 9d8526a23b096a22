//! `PATCH /v1/batch-calls/{id}`: changes the settings of a batch.

use axum::{Json, extract::State};
use campanile_rules::ids::BatchId;
use campanile_store::BatchRecord;

use super::{
    BatchView,
    tag::{ETag, IfMatch},
    view,
};
use crate::{
    app::App,
    http::{
        auth::Operate,
        extract::{Document, Id},
        openapi::bodies,
        problem::Answer,
    },
};

/// Changes a batch. What is left out stays, null clears it, and a table is changed key by key
/// (RFC 7396). The name can be changed always; `starts_at` before the batch has started; the rest
/// until it is over. A scheduled batch whose start is cleared starts right away. Whoever is waiting for a retry keeps the time they were given.
#[utoipa::path(patch, path = "/batch-calls/{id}", operation_id = "edit_batch", tag = "Batch calls",
    params(Id<BatchId>, IfMatch),
    request_body = bodies::BatchEdit,
    security(("key" = ["operate"])),
    responses((status = 200, description = "The batch as it is now.", body = BatchView,
            headers(("ETag" = String, description = "What can be changed, as it is now."))),
        (status = 409, description = "The state does not allow it."),
        (status = 412, description = "The batch was changed since the ETag in If-Match.")))]
pub async fn edit(
    State(app): State<App>,
    Operate(caller): Operate,
    Id(id): Id<BatchId>,
    wanted: IfMatch,
    Document(patch): Document,
) -> Answer<(ETag, Json<BatchView>)> {
    let app = app.by(&caller);
    let check = move |batch: &BatchRecord| wanted.check(&ETag::of(batch));
    let record = app.service().edit((caller.workspace, id), patch, check).await?;
    Ok((ETag::of(&record), Json(view(&app, record).await?)))
}
