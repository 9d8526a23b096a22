//! The report of a batch, streamed in pieces so that its length does not matter.

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use campanile_files::report::{Escape, Format, ReportDetail};
use campanile_rules::ids::BatchId;
use campanile_service::{
    fields::{Field, Kind},
    report::{ReportPieces, Wanted},
};
use campanile_store::StoreError;
use futures::stream::try_unfold;
use serde::Deserialize;

use crate::{
    app::App,
    http::{
        auth::{Caller, Read},
        download::{self, CSV, XLSX},
        extract::{Asked, Id, Query},
        openapi::Binary,
        problem::Answer,
    },
    public_url,
};

/// How the report is written.
#[derive(Debug, Deserialize)]
pub struct How {
    detail: Option<String>,
    escape: Option<String>,
    format: Option<String>,
    bom: Option<bool>,
}

const DETAIL: Field = Field::new("detail", Kind::OneOf(&["recipients", "attempts"]))
    .about("A line per recipient, the default, or per attempt.");
const ESCAPE: Field = Field::new("escape", Kind::OneOf(&["formulas", "none"])).about(
    "formulas, the default: cells that a spreadsheet would run get one ' in front. A workbook runs \
     none.",
);

impl Query for How {
    const FIELDS: &'static [Field] = &[
        DETAIL,
        ESCAPE,
        Field::new("format", Kind::OneOf(&["csv", "xlsx"]))
            .about("csv, the default, or a workbook."),
        Field::new("bom", Kind::Boolean).about(
            "Whether a CSV begins with a byte order mark, by which Excel knows UTF-8; false when \
             left out.",
        ),
    ];
}

/// How a workbook is written.
#[derive(Debug, Deserialize)]
pub struct HowXlsx {
    detail: Option<String>,
    escape: Option<String>,
}

impl Query for HowXlsx {
    const FIELDS: &'static [Field] = &[DETAIL, ESCAPE];
}

/// Every row of the file with its columns as they are and what became of it, also while the
/// batch runs.
#[utoipa::path(get, path = "/batch-calls/{id}/report.csv", operation_id = "download_report", tag = "Batch calls",
    params(Id<BatchId>, Asked<How>),
    security(("key" = ["read"])),
    responses((status = 200, description = "Every row of the file and what became of it.",
        content((String = "text/csv"), (inline(Binary) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn report_csv(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(how): Asked<How>,
    request: Request,
) -> Answer<Response> {
    let format = match how.format.as_deref() {
        Some("xlsx") => Format::Xlsx,
        _ => Format::Csv { mark: how.bom.unwrap_or_default() },
    };
    send((app, caller, request), id, (how.detail, how.escape, format)).await
}

/// The same as a workbook (XLSX) of texts: numbers, leading zeros and letters stay what they are,
/// whatever the spreadsheet's language.
#[utoipa::path(get, path = "/batch-calls/{id}/report.xlsx", operation_id = "download_report_workbook", tag = "Batch calls",
    params(Id<BatchId>, Asked<HowXlsx>),
    security(("key" = ["read"])),
    responses((status = 200, description = "Every row of the file and what became of it.",
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = inline(Binary))))]
pub async fn report_xlsx(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(how): Asked<HowXlsx>,
    request: Request,
) -> Answer<Response> {
    send((app, caller, request), id, (how.detail, how.escape, Format::Xlsx)).await
}

async fn send(
    (app, caller, request): (App, Caller, Request),
    id: BatchId,
    (detail, escape, format): (Option<String>, Option<String>, Format),
) -> Answer<Response> {
    let batch = app.store.batch(caller.workspace, id).await?;
    let detail = match detail.as_deref() {
        Some("attempts") => ReportDetail::Attempts,
        _ => ReportDetail::Recipients,
    };
    let escape = match escape.as_deref() {
        Some("none") => Escape::None,
        _ => Escape::Formulas,
    };
    let calls_at = public_url::of(&app, &request).map(|url| format!("{url}/calls/"));
    let wanted = Wanted { detail, format, escape, calls_at };
    let pieces = ReportPieces::new(app.store, &batch, wanted).await?;
    let stream = try_unfold(pieces, |mut pieces| async move {
        Ok::<_, StoreError>(pieces.next().await?.map(|piece| (piece, pieces)))
    });
    let (kind, what) = match (format, detail) {
        (Format::Csv { .. }, ReportDetail::Recipients) => (CSV, "report.csv"),
        (Format::Csv { .. }, ReportDetail::Attempts) => (CSV, "report with attempts.csv"),
        (Format::Xlsx, ReportDetail::Recipients) => (XLSX, "report.xlsx"),
        (Format::Xlsx, ReportDetail::Attempts) => (XLSX, "report with attempts.xlsx"),
    };
    Ok(download::file(kind, (&batch.name, what), Body::from_stream(stream)))
}
