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
use futures::{Stream, stream::try_unfold};
use serde::Deserialize;

use crate::{
    app::App,
    auth::Read,
    extract::{Asked, Id},
    fields::Mistake,
    problem::{Answer, Problem},
    report::{RejectionPieces, ReportPieces},
};

/// How the report is written.
#[derive(Debug, Deserialize)]
pub struct How {
    /// `recipients`, the default, or `attempts`: a line per attempt.
    detail: Option<String>,
    /// `formulas`, the default: cells that a spreadsheet would run get a `'`; or `none`.
    escape: Option<String>,
}

/// Every row of the file with its columns as they are and what became of it, also while the
/// batch runs.
pub async fn report_csv(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(how): Asked<How>,
) -> Answer<Response> {
    let batch = app.store.batch(caller.workspace, id).await?;
    let (detail, escape) = how.read()?;
    let pieces = ReportPieces::new(app.store, &batch, detail, escape)?;
    let stream = try_unfold(pieces, |mut pieces| async move {
        Ok::<_, StoreError>(pieces.next().await?.map(|piece| (piece, pieces)))
    });
    Ok(csv(&format!("{id}-report.csv"), stream))
}

/// The rows that were rejected before launch: `position,phone_number,failed_parsing_reason`.
pub async fn rejections_csv(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
) -> Answer<Response> {
    app.store.batch(caller.workspace, id).await?;
    let stream = try_unfold(RejectionPieces::new(app.store, id), |mut pieces| async move {
        Ok::<_, StoreError>(pieces.next().await?.map(|piece| (piece, pieces)))
    });
    Ok(csv(&format!("{id}-rejections.csv"), stream))
}

fn csv(
    file_name: &str,
    pieces: impl Stream<Item = Result<Vec<u8>, StoreError>> + Send + 'static,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

impl How {
    fn read(self) -> Answer<(ReportDetail, Escape)> {
        let mut mistakes = Vec::new();
        let mut wrong = |name: &str, word: &str, known: &str| {
            let detail = format!("{word:?} is not known; known are {known}");
            mistakes.push(Mistake::new(format!("/{name}"), detail));
        };
        let detail = match self.detail.as_deref() {
            None | Some("" | "recipients") => ReportDetail::Recipients,
            Some("attempts") => ReportDetail::Attempts,
            Some(word) => {
                wrong("detail", word, "recipients and attempts");
                ReportDetail::Recipients
            }
        };
        let escape = match self.escape.as_deref() {
            None | Some("" | "formulas") => Escape::Formulas,
            Some("none") => Escape::None,
            Some(word) => {
                wrong("escape", word, "formulas and none");
                Escape::Formulas
            }
        };
        if mistakes.is_empty() { Ok((detail, escape)) } else { Err(Problem::invalid(mistakes)) }
    }
}
