//! `/v1/batch-calls/{id}/rejections`: the rejected rows of a batch, and the same rows as a file,
//! also for a file that was only validated.

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use campanile_files::{
    preflight::{MAX_EXAMPLES, RejectedCell, RejectedRows, RejectionsOfCause},
    report::Format,
};
use campanile_rules::{
    ids::BatchId,
    rejection::{RejectCause, RejectReason},
};
use campanile_service::{
    batches::{Question, write_rejected},
    fields::{Field, Kind},
    report::RejectionPieces,
};
use campanile_store::{RejectionGroup, StoreError};
use futures::stream::try_unfold;
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::create;
use crate::{
    app::App,
    http::{
        auth::Read,
        download::{self, CSV, XLSX},
        extract::{Asked, Id, Query},
        openapi::{Binary, bodies},
        problem::{Answer, Problem},
    },
};

/// The most row numbers listed per reason. `rejections.csv` has all.
const MAX_ROWS_LISTED: u32 = 1_000;

/// Rows that were rejected before launch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchRejections {
    /// By reason, the most frequent first.
    pub items: Vec<RejectionView>,
}

/// Rows that were rejected for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectionView {
    /// For programs.
    pub reason: String,
    /// For people.
    pub label: &'static str,
    /// What to do about it.
    pub help: &'static str,
    /// How many rows.
    pub count: u64,
    /// The first of them, as a spreadsheet numbers them; `rejections.csv` has all.
    pub rows: Vec<u64>,
    /// The same rows by what exactly is wrong with them; empty where the reason says all.
    pub causes: Vec<RejectionsOfCause>,
    /// What the first of them have where a number should be.
    pub examples: Vec<RejectedCell>,
}

impl RejectionView {
    /// Groups the store's counts per reason and cause by reason.
    fn of(groups: Vec<RejectionGroup>) -> Vec<RejectionView> {
        let mut views: Vec<RejectionView> = Vec::new();
        for group in groups {
            let known = views.iter().position(|view| view.reason == group.reason);
            let at = known.unwrap_or_else(|| {
                views.push(RejectionView::empty(group.reason.clone()));
                views.len() - 1
            });
            views[at].add(group);
        }
        for view in &mut views {
            view.rows.sort_unstable();
            view.rows.truncate(MAX_ROWS_LISTED as usize);
            view.examples.sort_by_key(|example| example.row);
            view.examples.truncate(MAX_EXAMPLES);
        }
        views.sort_by_key(|view| std::cmp::Reverse(view.count));
        views
    }

    fn empty(reason: String) -> RejectionView {
        let known = RejectReason::from_name(&reason);
        RejectionView {
            label: known.map_or("", RejectReason::label),
            help: known.map_or("", RejectReason::help),
            reason,
            count: 0,
            rows: Vec::new(),
            causes: Vec::new(),
            examples: Vec::new(),
        }
    }

    fn add(&mut self, group: RejectionGroup) {
        let number = |row: u64| u32::try_from(row).unwrap_or(u32::MAX);
        let example =
            |(row, cell): &(u64, String)| RejectedCell { row: number(*row), cell: cell.clone() };
        let examples: Vec<_> = group.rows.iter().take(MAX_EXAMPLES).map(example).collect();
        self.count += group.count;
        self.rows.extend(group.rows.iter().map(|(row, _)| row));
        self.examples.extend(examples.iter().cloned());
        if let Some(cause) = group.cause.as_deref().and_then(RejectCause::from_name) {
            let rows = group.rows.iter().map(|(row, _)| number(*row)).collect();
            let listed = RejectedRows { rows, examples };
            self.causes.push(RejectionsOfCause::new(cause, group.count, listed));
        }
    }
}

/// Shows the rows that were rejected before launch, grouped by reason and by cause.
#[utoipa::path(get, path = "/batch-calls/{id}/rejections", operation_id = "list_rejections", tag = "Batch calls",
    params(Id<BatchId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "By reason.", body = BatchRejections)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
) -> Answer<Json<BatchRejections>> {
    app.store.batch(caller.workspace, id).await?;
    let groups = app.store.rejections(id, MAX_ROWS_LISTED).await?;
    Ok(Json(BatchRejections { items: RejectionView::of(groups) }))
}

/// How the file is written.
#[derive(Debug, Deserialize)]
pub struct How {
    format: Option<String>,
    #[serde(default)]
    bom: bool,
}

impl Query for How {
    const FIELDS: &'static [Field] = &[
        Field::new("format", Kind::OneOf(&["csv", "xlsx"])).about(
            "csv, the default, or a workbook of texts, in which a spreadsheet changes nothing.",
        ),
        Field::new("bom", Kind::Boolean).about(
            "true: a CSV begins with a byte order mark, by which spreadsheets know UTF-8; false \
             when left out.",
        ),
    ];
}

impl How {
    fn format(&self) -> Format {
        match self.format.as_deref() {
            Some("xlsx") => Format::Xlsx,
            _ => Format::Csv { mark: self.bom },
        }
    }
}

/// A download of rejected rows.
fn download((batch, format): (&str, Format), body: Body) -> Response {
    let (kind, what) = match format {
        Format::Csv { .. } => (CSV, "rejected rows.csv"),
        Format::Xlsx => (XLSX, "rejected rows.xlsx"),
    };
    download::file(kind, (batch, what), body)
}

/// The rows that were rejected before launch: `position,phone_number,failed_parsing_reason`, the
/// other columns of the file, `failed_parsing_cause,failed_parsing_help`. Mended, it can be uploaded
/// as it is: what was added is left out.
#[utoipa::path(get, path = "/batch-calls/{id}/rejections.csv", operation_id = "download_rejections", tag = "Batch calls",
    params(Id<BatchId>, Asked<How>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The rejected rows.",
        content((String = "text/csv"), (inline(Binary) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn of_batch(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(how): Asked<How>,
) -> Answer<Response> {
    let batch = app.store.batch(caller.workspace, id).await?;
    let pieces = RejectionPieces::new(app.store, &batch, how.format()).await?;
    let stream = try_unfold(pieces, |mut pieces| async move {
        Ok::<_, StoreError>(pieces.next().await?.map(|piece| (piece, pieces)))
    });
    Ok(download((&batch.name, how.format()), Body::from_stream(stream)))
}

/// The rows of a file, or of recipients, that would be rejected: the same file as that of a batch.
/// Nothing is stored.
#[utoipa::path(post, path = "/batch-calls/rejections.csv", operation_id = "validate_rejections", tag = "Batch calls",
    params(Asked<How>),
    request_body(content = bodies::BatchToValidate, content_type = "multipart/form-data"),
    security(("key" = ["read"])),
    responses((status = 200, description = "The rejected rows.",
        content((String = "text/csv"), (inline(Binary) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 422, description = "The form is not valid, or no row of the file can be read.")))]
pub async fn of_file(
    State(app): State<App>,
    Read(caller): Read,
    Asked(how): Asked<How>,
    request: Request,
) -> Answer<Response> {
    let (Question { options, people, .. }, place) =
        create::receive((&app, &caller), request).await?;
    let _turn = if people.count.is_none() { place.turn().await } else { None };
    let dir = app.limits.upload_dir.clone();
    let format = how.format();
    let write = move || write_rejected((people, options), (&dir, format));
    let file = tokio::task::spawn_blocking(write).await.map_err(Problem::internal)??;
    let stream = ReaderStream::new(tokio::fs::File::from_std(file));
    Ok(download(("", format), Body::from_stream(stream)))
}
