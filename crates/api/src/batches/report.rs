//! `report.csv` and `rejections.csv`: streamed in pieces, so that no length matters.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use campanile_rules::{
    ids::BatchId,
    report::{Escape, ReportDetail},
};
use campanile_store::StoreError;
use futures::stream::try_unfold;
use serde::Deserialize;

use crate::{
    app::App,
    auth::Read,
    extract::{Asked, Id, Query},
    fields::{Field, Kind},
    problem::Answer,
    report::{RejectionPieces, ReportPieces},
};

/// How the report is written.
#[derive(Debug, Deserialize)]
pub struct How {
    detail: Option<String>,
    escape: Option<String>,
}

impl Query for How {
    const FIELDS: &'static [Field] = &[
        Field::new("detail", Kind::OneOf(&["recipients", "attempts"]))
            .about("A line per recipient, the default, or per attempt."),
        Field::new("escape", Kind::OneOf(&["formulas", "none"]))
            .about("formulas, the default: cells that a spreadsheet would run get one ' in front."),
    ];
}

/// Every row of the file with its columns as they are and what became of it, also while the
/// batch runs.
#[utoipa::path(get, path = "/batch-calls/{id}/report.csv", operation_id = "download_report", tag = "Batch calls",
    params(Id<BatchId>, Asked<How>),
    security(("key" = ["read"])),
    responses((status = 200, description = "Every row of the file and what became of it.", content_type = "text/csv", body = String)))]
pub async fn report_csv(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(how): Asked<How>,
) -> Answer<Response> {
    let batch = app.store.batch(caller.workspace, id).await?;
    let (detail, escape) = how.read();
    let pieces = ReportPieces::new(app.store, &batch, detail, escape)?;
    let stream = try_unfold(pieces, |mut pieces| async move {
        Ok::<_, StoreError>(pieces.next().await?.map(|piece| (piece, pieces)))
    });
    Ok(csv(&format!("{id}-report.csv"), Body::from_stream(stream)))
}

/// The rows that were rejected before launch: `position,phone_number,failed_parsing_reason`.
#[utoipa::path(get, path = "/batch-calls/{id}/rejections.csv", operation_id = "download_rejections", tag = "Batch calls",
    params(Id<BatchId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The rejected rows.", content_type = "text/csv", body = String)))]
pub async fn rejections_csv(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
) -> Answer<Response> {
    app.store.batch(caller.workspace, id).await?;
    let stream = try_unfold(RejectionPieces::new(app.store, id), |mut pieces| async move {
        Ok::<_, StoreError>(pieces.next().await?.map(|piece| (piece, pieces)))
    });
    Ok(csv(&format!("{id}-rejections.csv"), Body::from_stream(stream)))
}

/// A CSV to download under a name.
pub fn csv(file_name: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
    ];
    (headers, body).into_response()
}

impl How {
    fn read(self) -> (ReportDetail, Escape) {
        let detail = match self.detail.as_deref() {
            Some("attempts") => ReportDetail::Attempts,
            _ => ReportDetail::Recipients,
        };
        let escape =
            if self.escape.as_deref() == Some("none") { Escape::None } else { Escape::Formulas };
        (detail, escape)
    }
}
