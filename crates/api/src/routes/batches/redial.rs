//! `POST /v1/batch-calls/{id}/redial`: creates a batch with the recipients of an earlier one who
//! were not reached.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use campanile_rules::{attempt::EndReason, ids::BatchId, recipient::RecipientStatus};
use campanile_store::Endings;
use serde::Serialize;
use utoipa::ToSchema;

use super::{BatchView, COLLECTION, create::from_sent};
use crate::{
    app::App,
    http::{
        auth::{Operate, Read},
        extract::{Id, MaybeDocument},
        openapi::bodies,
        problem::{Answer, Problem},
    },
};

/// People of a batch who are final.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchEndings {
    /// By status and end reason.
    pub items: Vec<EndingsView>,
}

/// People who ended alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndingsView {
    /// What became of them.
    pub status: RecipientStatus,
    /// Why their last call ended; null when they were never called.
    pub end_reason: Option<EndReason>,
    /// How many.
    pub people: u64,
}

impl From<Endings> for EndingsView {
    fn from(Endings { status, end_reason, people }: Endings) -> EndingsView {
        EndingsView { status, end_reason, people }
    }
}

/// Counts the people of a batch who are final, by status and by why their last call ended: whom a
/// redial can choose. It looks at each of them, so it takes a while in a large batch.
#[utoipa::path(get, path = "/batch-calls/{id}/endings", operation_id = "list_endings", tag = "Batch calls",
    params(Id<BatchId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "By status and end reason.", body = BatchEndings)))]
pub async fn endings(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
) -> Answer<Json<BatchEndings>> {
    app.store.batch(caller.workspace, id).await?;
    let items = app.store.endings(id).await?;
    Ok(Json(BatchEndings { items: items.into_iter().map(EndingsView::from).collect() }))
}

/// Makes a new batch with the recipients of this one that ended in the given statuses: by default
/// those not reached (`no_answer`, `voicemail`, `failed`, `cancelled`), but for those whose number
/// does not exist. `end_reasons` chooses among those who were called, also while the batch runs:
/// `engine_interrupted` are those whose call was cut. Columns and variables are the same; so are the settings, but for the start and for what the request changes (null clears).
/// Every row is validated anew.
#[utoipa::path(post, path = "/batch-calls/{id}/redial", operation_id = "redial_batch", tag = "Batch calls",
    params(Id<BatchId>),
    request_body = Option<bodies::Redial>,
    security(("key" = ["operate"])),
    responses((status = 201, description = "Made.", body = BatchView),
        (status = 409, description = "The batch is neither paused nor over, and no end reason is chosen."),
        (status = 422, description = "The request is not valid, or nobody is left to call.")))]
pub async fn redial(
    State(app): State<App>,
    Operate(caller): Operate,
    Id(id): Id<BatchId>,
    MaybeDocument(asked): MaybeDocument,
) -> Answer<Response> {
    let app = app.creating(&caller, COLLECTION);
    let batch = app.store.batch(caller.workspace, id).await?;
    // The task runs to its end even if the client disconnects.
    let made = tokio::spawn(async move {
        let sent = app.service().redial(&batch, asked).await?;
        let place = app.guards.files.take(caller.workspace)?;
        from_sent((&app, &caller), sent, place).await
    });
    Ok(made.await.map_err(Problem::internal)??.into_response())
}
