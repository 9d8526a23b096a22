//! `/v1/erasures`: deletes all data of a phone number.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{ids::ErasureId, time::Timestamp};
use campanile_service::fields::{self, Field, Kind};
use campanile_store::ErasureRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Admin,
        extract::{Asked, Document, Id, Query},
        openapi::bodies::NewErasure,
        problem::Answer,
    },
};

/// How long the request waits for its erasure to finish.
const AT_MOST: Duration = Duration::from_secs(10);

/// Selects the erasures to show.
#[derive(Debug, Deserialize)]
pub struct ErasureQuery {
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for ErasureQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 500)).about("Erasures on a page; 50 when left out."),
    ];
}

/// A page of erasures, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureList {
    /// The erasures.
    pub items: Vec<ErasureView>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// How far an erasure is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// Nobody calls the person any more; something is still kept, for example because a call goes
    /// on.
    Waiting,
    /// Nothing is left.
    Done,
}

/// A person who was erased, or is being erased. The number is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// Its identity.
    pub id: ErasureId,
    /// How far it is.
    pub state: ErasureState,
    /// Whether it waits for the end of a call to the person.
    pub in_call: bool,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// By which key.
    pub requested_by: String,
    /// When nothing was left.
    pub finished_at: Option<Timestamp>,
    /// Rows of lists that were the person's.
    pub rows: u64,
    /// Calls to the person.
    pub calls: u64,
    /// Recordings of these calls.
    pub recordings: u64,
    /// What else told of the person: events, deliveries to webhooks, kept answers, cells of other
    /// rows, entries of the audit log.
    pub copies: u64,
}

impl From<ErasureRecord> for ErasureView {
    fn from(record: ErasureRecord) -> ErasureView {
        ErasureView {
            id: record.id,
            state: match record.finished_at {
                Some(_) => ErasureState::Done,
                None => ErasureState::Waiting,
            },
            in_call: record.in_call,
            requested_at: record.requested_at,
            requested_by: record.requested_by,
            finished_at: record.finished_at,
            rows: record.people,
            calls: record.calls,
            recordings: record.recordings,
            copies: record.copies,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Written {
    phone_number: String,
}

/// Erases a person: rows, calls, transcripts, SIP messages, recordings, events, and whatever else
/// tells of the number. From the answer on nobody calls it. The counts of batches stay, and a mark
/// by which the number is known again, so that nobody calls it later.
#[utoipa::path(post, path = "/erasures", operation_id = "create_erasure", tag = "Privacy",
    request_body = NewErasure,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Nothing is left.", body = ErasureView),
        (status = 202, description = "Nobody calls the person any more. A call goes on, or there is \
            much to look through; `GET /v1/erasures/{id}` says when nothing is left.",
            body = ErasureView)))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<ErasureView>)> {
    let new: Written = fields::read(body, fields::ERASURE)?;
    let number = fields::number("/phone_number", &new.phone_number)?;
    let store = app.creating(&caller, "/v1/erasures").store;
    let begun = store.begin_erasure(caller.workspace, number, store.now()).await?;
    let settled = store.settled_erasure(caller.workspace, begun.id);
    let record = match tokio::time::timeout(AT_MOST, settled).await {
        Ok(settled) => settled?,
        Err(_) => begun,
    };
    let status = match record.finished_at {
        Some(_) => StatusCode::CREATED,
        None => StatusCode::ACCEPTED,
    };
    Ok((status, Json(record.into())))
}

/// Lists who was erased, without saying who it was.
#[utoipa::path(get, path = "/erasures", operation_id = "list_erasures", tag = "Privacy",
    params(Asked<ErasureQuery>),
    security(("key" = ["admin"])),
    responses((status = 200, description = "A page of them, the newest first.", body = ErasureList)))]
pub async fn list(
    State(app): State<App>,
    Admin(caller): Admin,
    Asked(query): Asked<ErasureQuery>,
) -> Answer<Json<ErasureList>> {
    let limit = query.limit.unwrap_or(50);
    let behind = query.cursor.and_then(|cursor| cursor.parse().ok()).map(ErasureId);
    let mut found = app.store.erasures(caller.workspace, behind, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.id.0.to_string());
    Ok(Json(ErasureList { items: found.into_iter().map(ErasureView::from).collect(), next_cursor }))
}

/// Shows an erasure.
#[utoipa::path(get, path = "/erasures/{id}", operation_id = "show_erasure", tag = "Privacy",
    params(Id<ErasureId>),
    security(("key" = ["admin"])),
    responses((status = 200, description = "The erasure.", body = ErasureView)))]
pub async fn show(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<ErasureId>,
) -> Answer<Json<ErasureView>> {
    Ok(Json(app.store.erasure(caller.workspace, id).await?.into()))
}
