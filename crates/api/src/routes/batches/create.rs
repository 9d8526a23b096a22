//! `POST /v1/batch-calls` and `…/validate`: creates a batch from a file or a list of recipients, or
//! reports why that is not possible.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_files::preflight::Preflight;
use campanile_service::{
    batches::{Question, Submission},
    fields::{self, Field},
};

use super::{COLLECTION, view};
use crate::{
    app::App,
    http::{
        auth::{Caller, Operate, Read},
        guard::FilePlace,
        idempotency::Repeats,
        openapi::bodies,
        problem::{Answer, Problem},
        standing::Standing,
        upload::{self, Form},
    },
};

/// Makes a batch of an uploaded file and starts it, unless `start` is false. A JSON body as for
/// `/v1/batch-calls/from-list` is taken here, too.
#[utoipa::path(post, path = "/batch-calls", operation_id = "create_batch", tag = "Batch calls",
    request_body(content = bodies::NewBatchForm, content_type = "multipart/form-data"),
    security(("key" = ["operate"])),
    responses((status = 201, description = "Made.", body = super::BatchView),
        (status = 422, description = "The form or the file is not valid; a refused file has its whole report in preflight.")))]
pub async fn create(
    State(app): State<App>,
    Operate(caller): Operate,
    repeats: Repeats,
    request: Request,
) -> Answer<Response> {
    let form = upload::receive((&app, &caller), request, fields::BATCH).await?;
    let print = form.print;
    let act = |app: App, caller: Caller| async move {
        make(&app.creating(&caller, COLLECTION), &caller, form).await.into_response()
    };
    repeats.answer((app, caller), print, act).await
}

/// Makes a batch of the recipients in a JSON body and starts it, unless `start` is false.
#[utoipa::path(post, path = "/batch-calls/from-list", operation_id = "create_batch_from_list", tag = "Batch calls",
    request_body = bodies::NewBatchJson,
    security(("key" = ["operate"])),
    responses((status = 201, description = "Made.", body = super::BatchView),
        (status = 422, description = "The body is not valid; a refused list has its whole report in preflight.")))]
pub async fn create_from_list(
    State(app): State<App>,
    Operate(caller): Operate,
    request: Request,
) -> Answer<Response> {
    let form = upload::receive_list((&app, &caller), request, fields::BATCH).await?;
    // The task runs to its end even if the client disconnects.
    let made =
        tokio::spawn(async move { make(&app.creating(&caller, COLLECTION), &caller, form).await });
    Ok(made.await.map_err(Problem::internal)??.into_response())
}

/// Creates a batch from a form.
pub async fn make(
    app: &App,
    caller: &Caller,
    form: Form,
) -> Answer<(StatusCode, Json<super::BatchView>)> {
    let (sent, place) = form.submission();
    from_sent((app, caller), sent, place).await
}

/// Creates a batch from what was sent.
pub async fn from_sent(
    (app, caller): (&App, &Caller),
    sent: Submission,
    place: FilePlace,
) -> Answer<(StatusCode, Json<super::BatchView>)> {
    let service = app.service();
    let (mut plan, people) = service.plan(caller.workspace, sent).await?;
    plan.options.limits.max_rows = app.limits.max_rows;
    let standing = Standing::of(app, caller);
    let takes_long = people.count.is_none();
    let _turn = if takes_long { standing.hold(place.turn()).await? } else { None };
    let (record, preflight) = service.create(plan, people, standing.lost()).await?;
    let made = super::BatchView { warnings: preflight.warnings, ..view(app, record).await? };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Says what would become of an uploaded file; stores nothing. A JSON body as for
/// `/v1/batch-calls/from-list/validate` is taken here, too.
#[utoipa::path(post, path = "/batch-calls/validate", operation_id = "validate_batch", tag = "Batch calls",
    request_body(content = bodies::BatchToValidate, content_type = "multipart/form-data"),
    security(("key" = ["read"])),
    responses((status = 200, description = "What would become of it.", body = Preflight)))]
pub async fn validate(
    State(app): State<App>,
    Read(caller): Read,
    request: Request,
) -> Answer<Json<Preflight>> {
    let asked = receive((&app, &caller), request).await?;
    Ok(Json(look(&app, &caller, asked).await?))
}

/// Says what would become of recipients in a JSON body; stores nothing.
#[utoipa::path(post, path = "/batch-calls/from-list/validate", operation_id = "validate_list", tag = "Batch calls",
    request_body = bodies::RecipientsToValidate,
    security(("key" = ["read"])),
    responses((status = 200, description = "What would become of it.", body = Preflight)))]
pub async fn validate_list(
    State(app): State<App>,
    Read(caller): Read,
    request: Request,
) -> Answer<Json<Preflight>> {
    let table = fields::optional(fields::BATCH);
    let form = upload::receive_list((&app, &caller), request, &table).await?;
    let asked = question((&app, &caller), form, &table).await?;
    Ok(Json(look(&app, &caller, asked).await?))
}

/// Validates recipients without storing them.
async fn look(
    app: &App,
    caller: &Caller,
    (question, place): (Question, FilePlace),
) -> Answer<Preflight> {
    let takes_long = question.people.count.is_none();
    let _turn = if takes_long { place.turn().await } else { None };
    Ok(app.service().validate(caller.workspace, question).await?)
}

/// Receives a request for a validation. Only the recipients are required; other fields may still be
/// undecided.
pub async fn receive(
    (app, caller): (&App, &Caller),
    request: Request,
) -> Answer<(Question, FilePlace)> {
    let table = fields::optional(fields::BATCH);
    let form = upload::receive((app, caller), request, &table).await?;
    question((app, caller), form, &table).await
}

async fn question(
    (app, caller): (&App, &Caller),
    form: Form,
    table: &[Field],
) -> Answer<(Question, FilePlace)> {
    let (sent, place) = form.submission();
    let mut question = app.service().question(caller.workspace, sent, table).await?;
    question.options.limits.max_rows = app.limits.max_rows;
    Ok((question, place))
}
