//! `POST /v1/batch-calls/{id}/redial`: creates a batch with the recipients of an earlier one who
//! were not reached.

use std::io;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_files::import::Table;
use campanile_rules::{
    attempt::EndReason, batch::BatchState, ids::BatchId, recipient::RecipientStatus,
};
use campanile_service::fields::{self, Mistake};
use campanile_store::{Again, BatchRecord, Endings, SqliteStore, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::{
    BatchView, COLLECTION,
    create::make,
    edit::{current, merge},
};
use crate::{
    app::App,
    http::{
        auth::{Caller, Operate, Read},
        extract::{Id, MaybeDocument},
        openapi::bodies,
        problem::{Answer, Code, Problem},
        upload::{Form, People},
    },
};

/// Rows per page from the store.
const PAGE_ROWS: u32 = 1_000;

/// Pages that may wait for the import.
const PAGES_WAITING: usize = 2;

/// The longest name of a batch to which a suffix is added.
const MAX_NAME: usize = 190;

/// The statuses to call again by default.
const NOT_REACHED: [RecipientStatus; 4] = [
    RecipientStatus::NoAnswer,
    RecipientStatus::Voicemail,
    RecipientStatus::Failed,
    RecipientStatus::Cancelled,
];

/// The fields of the request besides the fields of a batch.
#[derive(Debug, Deserialize)]
struct Asked {
    statuses: Option<Vec<RecipientStatus>>,
    end_reasons: Option<Vec<EndReason>>,
}

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
    let made = tokio::spawn(async move { again(&app, &caller, (batch, asked)).await });
    Ok(made.await.map_err(Problem::internal)??.into_response())
}

async fn again(
    app: &App,
    caller: &Caller,
    (batch, mut asked): (BatchRecord, Value),
) -> Answer<(StatusCode, Json<BatchView>)> {
    let mistakes = fields::check(&asked, fields::REDIAL);
    if !mistakes.is_empty() {
        return Err(mistakes.into());
    }
    let only = asked.as_object_mut().map(|fields| {
        json!({
            "statuses": fields.shift_remove("statuses"),
            "end_reasons": fields.shift_remove("end_reasons"),
        })
    });
    let only = fields::without_nulls(only.unwrap_or_default());
    let Asked { statuses, end_reasons } = fields::read(only, fields::REDIAL)?;
    // Recipients with an end reason are final, so they can be selected while the batch runs.
    let chosen = end_reasons.is_some() && batch.state == BatchState::Running;
    if !chosen && batch.state != BatchState::Paused && !batch.state.is_final() {
        let words = format!(
            "{} is {}; pause or stop it first, so that nobody is called twice.",
            batch.id,
            batch.state.as_str()
        );
        return Err(Problem::new(Code::WrongState, words));
    }
    let again = Again { statuses: statuses.unwrap_or_else(|| NOT_REACHED.to_vec()), end_reasons };
    if app.store.cells_of(batch.id, (again.clone(), 0), 1).await?.is_empty() {
        let field = if again.end_reasons.is_some() { "/end_reasons" } else { "/statuses" };
        let detail = "finds nobody: no recipient ended so";
        return Err(Problem::invalid(vec![Mistake::new(field, detail)]));
    }
    let form = Form {
        document: document(app, &batch, &asked),
        people: Some(People::Again(Redialed {
            file_name: batch.file_name.clone(),
            table: table(app.store.clone(), &batch, again),
        })),
        print: [0; 32],
        mistakes: Vec::new(),
        place: app.guards.files.take(caller.workspace)?,
    };
    make(app, caller, form).await
}

/// The fields of the new batch: those of the old one, overridden by the request.
fn document(app: &App, batch: &BatchRecord, asked: &Value) -> Value {
    let mut document = current(batch);
    let name: String = batch.name.chars().take(MAX_NAME).collect();
    document["name"] = format!("{name} (redial)").into();
    document["from_number"] = batch.from_number.to_string().into();
    document["agent_id"] = batch.agent.to_string().into();
    document["duplicates"] = if batch.reject_duplicates { "reject" } else { "allow" }.into();
    document["phone_column"] = json!(batch.mapping.phone_column);
    document["column_map"] = json!(batch.mapping.column_map);
    if let Some(country) = &batch.default_country {
        document["default_country"] = country.clone().into();
    }
    if asked.get("agent_id").is_none_or(Value::is_null) {
        document["agent_version"] = batch.agent_version.into();
    }
    document["starts_at"] = Value::Null;
    if batch.settings.ends_at.is_some_and(|at| at <= app.engine.now()) {
        document["ends_at"] = Value::Null;
    }
    merge(&mut document, asked);
    fields::without_nulls(document)
}

/// Recipients of an earlier batch.
pub struct Redialed {
    /// The name of the file that they came from.
    pub file_name: String,
    /// The recipients' rows.
    pub table: Table,
}

/// The rows of the selected recipients in file order, read from the store on demand.
fn table(store: SqliteStore, batch: &BatchRecord, again: Again) -> Table {
    let (pages, mut waiting) = mpsc::channel(PAGES_WAITING);
    let id = batch.id;
    tokio::spawn(async move {
        let mut after = 0;
        loop {
            let page = store.cells_of(id, (again.clone(), after), PAGE_ROWS).await;
            let last = page.as_ref().ok().and_then(|rows| rows.last()).map(|(at, _)| *at);
            if pages.send(page).await.is_err() {
                return;
            }
            match last {
                Some(at) => after = at,
                None => return,
            }
        }
    });
    let rows = std::iter::from_fn(move || waiting.blocking_recv()).flat_map(rows_of);
    Table { columns: batch.columns.clone(), rows: Box::new(rows) }
}

type Page = Result<Vec<(u64, Vec<String>)>, StoreError>;

fn rows_of(page: Page) -> Vec<io::Result<Vec<String>>> {
    match page {
        Ok(rows) => rows.into_iter().map(|(_, cells)| Ok(cells)).collect(),
        Err(error) => vec![Err(io::Error::other(error))],
    }
}
