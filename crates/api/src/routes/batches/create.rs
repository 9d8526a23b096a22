//! `POST /v1/batch-calls` and `…/validate`: creates a batch from a file or a list of recipients, or
//! reports why that is not possible.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_files::{
    import::{self as file, Duplicates, ImportOptions},
    preflight::Preflight,
};
use campanile_rules::{
    agent::AgentVersion, forecast::Forecast, ids::PhoneNumberId, mapping::Mapping,
};
use campanile_service::fields::{self, Field};
use campanile_store::NewBatch;

use super::{
    COLLECTION,
    forecast::{Asked, Who, ask},
    form::{Agent, BatchForm, Chosen, ToValidate},
    view,
};
use crate::{
    app::App,
    http::{
        auth::{Caller, Operate, Read},
        guard::FilePlace,
        idempotency::Repeats,
        openapi::bodies,
        problem::{Answer, Code, Problem},
        standing::Standing,
        upload::{self, Form, People},
    },
    import::{Import, ImportFailure, import},
};

/// The ring timeout in seconds if no agent is chosen (PRODUCT: agents).
const RING_TIMEOUT_S: u32 = 30;

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
    let place = form.place.clone();
    let (form, chosen, people) = BatchForm::read(app, caller, form).await?;
    let standing = Standing::of(app, caller);
    let _turn = if people.take_long() { standing.hold(place.turn()).await? } else { None };
    let Chosen { number, agent, version } = chosen;
    let destination = app.store.destination_check(caller.workspace, Some(number)).await?;
    let new = Import {
        options: ImportOptions { destination: Some(destination), ..options(app, &form) },
        batch: NewBatch {
            workspace: caller.workspace,
            name: form.name.clone(),
            phone_number: number,
            agent,
            columns: Vec::new(),
            mapping: Mapping::default(),
            settings: form.settings(),
            file_name: people.file_name(),
            default_country: form.default_country.map(|country| country.to_string()),
            reject_duplicates: form.duplicates == Duplicates::Reject,
            test: form.test,
        },
        version,
        start: form.start,
        standing,
    };
    // Another process, such as `key create`, may have created the workspace.
    let workspace = app.store.workspace(caller.workspace).await?;
    let (record, preflight) = import(&app.store, new, people.source()).await?;
    app.engine.workspace_changed(workspace.id, workspace.max_concurrent_calls);
    app.engine.batch_changed(record.id).await?;
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
    let question = Question::receive((&app, &caller), request).await?;
    Ok(Json(look(&app, &caller, question).await?))
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
    let question = Question::of((&app, &caller), form, &table).await?;
    Ok(Json(look(&app, &caller, question).await?))
}

/// Validates recipients without storing them.
async fn look(app: &App, caller: &Caller, question: Question) -> Answer<Preflight> {
    let Question { options, people, place, form, number, agent } = question;
    let _turn = if people.take_long() { place.turn().await } else { None };
    let version = agent.as_ref().map(|(_, version)| version.clone());
    let mut report = preflight(options, version, people).await?;
    if let Some(number) = number.filter(|_| report.refused.is_none()) {
        let places = std::mem::take(&mut report.places).into_iter().collect();
        let asked = (number, agent.as_ref());
        report.forecast = outlook(app, caller, &form, asked, Who::File(places)).await?;
    }
    Ok(report)
}

/// A request for a validation.
pub struct Question {
    /// The import options.
    pub options: ImportOptions,
    /// The recipients.
    pub people: People,
    /// The slot of the upload.
    pub place: FilePlace,
    form: BatchForm,
    number: Option<PhoneNumberId>,
    agent: Option<Agent>,
}

impl Question {
    /// Receives the request. Only the recipients are required; other fields may still be undecided.
    pub async fn receive((app, caller): (&App, &Caller), request: Request) -> Answer<Question> {
        let table = fields::optional(fields::BATCH);
        let form = upload::receive((app, caller), request, &table).await?;
        Question::of((app, caller), form, &table).await
    }

    async fn of((app, caller): (&App, &Caller), form: Form, table: &[Field]) -> Answer<Question> {
        let place = form.place.clone();
        let asked = BatchForm::read_to_validate(app, caller, form, table).await?;
        let ToValidate { form, number, agent, people } = asked;
        let destination = app.store.destination_check(caller.workspace, number).await?;
        let options = ImportOptions { destination: Some(destination), ..options(app, &form) };
        Ok(Question { options, people, place, form, number, agent })
    }
}

/// The forecast of the batch, if its caller ID has a trunk.
async fn outlook(
    app: &App,
    caller: &Caller,
    form: &BatchForm,
    (number, agent): (PhoneNumberId, Option<&Agent>),
    who: Who,
) -> Answer<Option<Forecast>> {
    let number = app.store.phone_number(caller.workspace, number).await?;
    let Some(trunk) = number.trunk else { return Ok(None) };
    let asked = Asked {
        workspace: caller.workspace,
        trunk,
        agent: agent.map(|((id, _), _)| *id),
        settings: form.settings(),
        ring_timeout_s: agent.map_or(RING_TIMEOUT_S, |(_, version)| version.ring_timeout_s),
    };
    ask(app, asked, who).await
}

async fn preflight(
    options: ImportOptions,
    version: Option<AgentVersion>,
    people: People,
) -> Answer<Preflight> {
    let read = move || file::preflight(people.source(), options, version.as_ref());
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(Problem::internal)?.map_err(Problem::internal)
}

fn options(app: &App, form: &BatchForm) -> ImportOptions {
    ImportOptions {
        default_country: form.default_country,
        duplicates: form.duplicates,
        encoding: form.encoding.clone(),
        limits: file::Limits { max_rows: app.limits.max_rows, ..file::Limits::default() },
        destination: None,
        mapping: form.mapping(),
    }
}

impl From<ImportFailure> for Problem {
    fn from(failure: ImportFailure) -> Problem {
        match failure {
            ImportFailure::Refused(preflight) => {
                let detail = preflight.refused.as_ref().map(|refused| refused.detail.clone());
                Problem::new(Code::FileRefused, detail.unwrap_or_default())
                    .with("preflight", preflight)
            }
            ImportFailure::Store(error) => error.into(),
            ImportFailure::Ended(problem) => problem,
            ImportFailure::Read(error) => Problem::of_file(&error),
            ImportFailure::CutShort => Problem::internal("an import was cut short"),
        }
    }
}
