//! `/v1/suppressions`: numbers that the workspace does not call.

use std::io::Seek as _;

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_files::{
    import::{self as file, ImportOptions, RowReader, Source},
    preflight::{Preflight, RefusalCode, Refused, Rejections, Warning, WarningCode},
};
use campanile_numbers::Country;
use campanile_rules::{ids::WorkspaceId, phone::E164, time::Timestamp};
use campanile_service::{
    Error,
    fields::{self, Field, Kind},
};
use campanile_store::{Registry, SuppressionRecord, SuppressionSource};
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, task::spawn_blocking};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        extract::{Asked, Document, Query, Word},
        idempotency::Repeats,
        openapi::bodies::{NewSuppression, SuppressionFile},
        problem::{Answer, Code, Problem},
        standing::Standing,
        upload::{self, Form, UploadedFile},
    },
};

/// The most rows per reason that an error names.
const MAX_ROWS_NAMED: usize = 10;

/// Numbers per chunk that the reader sends to the store.
const CHUNK: usize = 2_000;

/// Selects the suppressions to show.
#[derive(Debug, Deserialize)]
pub struct SuppressionQuery {
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for SuppressionQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("q", fields::DIGITS).about("Only numbers that begin with these digits."),
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 500))
            .about("Suppressions on a page; 50 when left out."),
    ];
}

/// A page of suppressions, by number.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuppressionList {
    /// The suppressions.
    pub items: Vec<SuppressionView>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// All of the workspace, whatever was searched for.
    pub total: u64,
}

/// A number that is not to be called.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuppressionView {
    /// E.164, with the plus.
    pub phone_number: String,
    /// Where it came from: `api`, `file`, or `agent` when the person told the agent.
    pub source: &'static str,
    /// Why, as far as somebody said so.
    pub reason: String,
    /// Since when.
    pub created_at: Timestamp,
}

impl From<SuppressionRecord> for SuppressionView {
    fn from(record: SuppressionRecord) -> SuppressionView {
        SuppressionView {
            phone_number: record.number.to_string(),
            source: record.source.as_str(),
            reason: record.reason,
            created_at: record.created_at,
        }
    }
}

/// What became of a file of numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// Rows of the file.
    pub total: u64,
    /// Numbers that were not suppressed before.
    pub added: u64,
    /// Numbers that were, or that the file has twice.
    pub known: u64,
    /// Rows that hold no number.
    pub rejected: u64,
    /// Those rows by reason.
    pub rejections: Vec<Rejections>,
    /// What is odd about the file, such as an encoding that was guessed or an open quote that may
    /// have taken in numbers.
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Deserialize)]
struct Written {
    phone_number: String,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FileForm {
    default_country: Option<Country>,
    encoding: Option<String>,
}

/// Lists the numbers that the workspace does not call.
#[utoipa::path(get, path = "/suppressions", operation_id = "list_suppressions", tag = "Destinations",
    params(Asked<SuppressionQuery>),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of them, by number.", body = SuppressionList)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Asked(query): Asked<SuppressionQuery>,
) -> Answer<Json<SuppressionList>> {
    let q = query.q.and_then(|q| q.trim_start_matches('+').parse().ok());
    let behind = query.cursor.and_then(|cursor| cursor.parse().ok()).map(E164::from_digits);
    let limit = query.limit.unwrap_or(50);
    let page = app.store.suppressions(caller.workspace, (q, behind), limit).await?;
    Ok(Json(SuppressionList {
        items: page.items.into_iter().map(SuppressionView::from).collect(),
        next_cursor: page.next.map(|number| number.digits().to_string()),
        total: page.total,
    }))
}

/// Suppresses a number; calls that are due to it are skipped from now on. 200 with what is there
/// when it is suppressed already.
#[utoipa::path(post, path = "/suppressions", operation_id = "create_suppression", tag = "Destinations",
    request_body = NewSuppression,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Suppressed.", body = SuppressionView),
        (status = 200, description = "It was suppressed already.", body = SuppressionView)))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<SuppressionView>)> {
    let new: Written = fields::read(body, fields::SUPPRESSION)?;
    let number = fields::number("/phone_number", &new.phone_number)?;
    let (source, reason) = (SuppressionSource::Api, new.reason);
    let suppression = SuppressionRecord { number, source, reason, created_at: app.store.now() };
    let added = app.by(&caller).store.add_suppression(caller.workspace, suppression).await?;
    let status = if added.1 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(added.0.into())))
}

/// Lets a number be called again. Who was skipped meanwhile stays so.
#[utoipa::path(delete, path = "/suppressions/{phone_number}", operation_id = "delete_suppression", tag = "Destinations",
    params(("phone_number" = String, Path, description = "E.164; the plus may be left out.")),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(app): State<App>,
    Admin(caller): Admin,
    Word(number): Word,
) -> Answer<StatusCode> {
    let written = format!("+{}", number.trim_start_matches('+'));
    let number = E164::parse_strict(&written)
        .ok_or_else(|| Problem::not_found(format!("{number:?} is not a full number.")))?;
    app.by(&caller).store.remove_suppression(caller.workspace, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Suppresses every number of an uploaded file, in its column `phone_number`.
#[utoipa::path(post, path = "/suppressions/upload", operation_id = "upload_suppressions", tag = "Destinations",
    request_body(content = SuppressionFile, content_type = "multipart/form-data"),
    security(("key" = ["admin"])),
    responses((status = 200, description = "What became of its rows.", body = Uploaded)))]
pub async fn upload(
    State(app): State<App>,
    Admin(caller): Admin,
    repeats: Repeats,
    request: Request,
) -> Answer<Response> {
    let form = upload::receive_form((&app, &caller), request, fields::SUPPRESSION_FILE).await?;
    let print = form.print;
    let act = |app: App, caller: Caller| async move {
        take(&app, &caller, form).await.map(Json).into_response()
    };
    repeats.answer((app, caller), print, act).await
}

async fn take(app: &App, caller: &Caller, form: Form) -> Answer<Uploaded> {
    let place = form.place.clone();
    let (document, uploaded) = form.file(fields::SUPPRESSION_FILE)?;
    let max_rows = app.limits.max_rows;
    let form: FileForm = fields::into_type(document)?;
    let options = move || ImportOptions {
        default_country: form.default_country,
        encoding: form.encoding.clone(),
        limits: file::Limits { max_rows, ..file::Limits::default() },
        ..ImportOptions::default()
    };
    let store = app.by(caller).store;
    let standing = Standing::of(app, caller);
    let _turn = standing.hold(place.turn()).await?;
    let filled = fill(&*store, caller.workspace, (uploaded, options));
    let (report, added) = standing.hold(filled).await.flatten()?;
    if let Some(refused) = &report.refused {
        let why = words(refused, &report);
        let detail = format!("Nothing was added to the list of suppressions: {why}.");
        return Err(Problem::new(Code::FileRefused, detail).with("preflight", report));
    }
    Ok(Uploaded {
        total: report.total,
        added,
        known: report.accepted.saturating_sub(added),
        rejected: report.rejected,
        rejections: report.rejections,
        warnings: report.warnings.into_iter().filter(concerns_numbers).collect(),
    })
}

/// The reason why a file was refused, without the words about calls.
fn words(refused: &Refused, report: &Preflight) -> String {
    if refused.code != RefusalCode::NothingAccepted {
        return refused.detail.clone();
    }
    let each = |group: &Rejections| {
        let rows: Vec<String> =
            group.rows.iter().take(MAX_ROWS_NAMED).map(u32::to_string).collect();
        let more = if group.rows.len() > rows.len() { ", …" } else { "" };
        let noun = if group.rows.len() == 1 { "row" } else { "rows" };
        format!("{} ({noun} {}{more})", group.label, rows.join(", "))
    };
    let why: Vec<String> = report.rejections.iter().map(each).collect();
    let odd = report.warnings.iter().filter(|warning| concerns_numbers(warning));
    let odd: String = odd.map(|warning| format!("; {}", warning.detail)).collect();
    format!("no row holds a number that can be taken: {}{odd}", why.join(", "))
}

/// Whether a warning concerns the numbers. Other warnings concern calls only.
fn concerns_numbers(warning: &Warning) -> bool {
    match warning.code {
        WarningCode::OtherSheets
        | WarningCode::UndecodableRows
        | WarningCode::OpenQuote
        | WarningCode::EncodingGuessed => true,
        WarningCode::DuplicateNumber
        | WarningCode::NamelessColumn
        | WarningCode::ShadowedColumn
        | WarningCode::NearPlaceholder
        | WarningCode::ReportRead
        | WarningCode::RejectedRowsRead => false,
    }
}

/// Reads the file on a blocking thread while the store writes its numbers. A refused file changes
/// nothing.
async fn fill(
    store: &dyn Registry,
    workspace: WorkspaceId,
    (uploaded, options): (UploadedFile, impl Fn() -> ImportOptions + Send + 'static),
) -> Answer<(Preflight, u64)> {
    let (chunks, mut waiting) = mpsc::channel(2);
    let reading = spawn_blocking(move || -> Result<Preflight, Error> {
        let mut content = uploaded.content;
        let first = Source::file(content.try_clone().map_err(Error::Read)?);
        let report = file::preflight(first, options(), None).map_err(Error::Read)?;
        if report.refused.is_some() {
            return Ok(report);
        }
        content.rewind().map_err(Error::Read)?;
        let rows = RowReader::open(Source::file(content), options())?;
        let mut numbers = rows.filter_map(|row| Some(row.ok()?.verdict.ok()?.number));
        loop {
            let chunk: Vec<E164> = numbers.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(report);
            }
            chunks.blocking_send(chunk).map_err(|_| Error::CutShort)?;
        }
    });
    let mut added = 0;
    while let Some(chunk) = waiting.recv().await {
        added += store.add_suppressions(workspace, chunk, store.now()).await?;
    }
    let read = reading.await.map_err(|_| Error::CutShort)?;
    Ok((read?, added))
}
