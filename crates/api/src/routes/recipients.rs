//! `/v1/batch-calls/{id}/recipients` and `/v1/recipients/{id}`: recipients with status and
//! attempts.

use axum::{Json, extract::State};
use campanile_rules::{
    agent::{ResultValue, Results},
    attempt::{EndReason, Outcome},
    batch::BatchState,
    blocker::{Blocked, Blocker},
    ids::{BatchId, RecipientId},
    recipient::RecipientStatus,
    time::Timestamp,
};
use campanile_service::fields::{self, Field, Kind, Mistake, Rule};
use campanile_store::{Pressed, RecipientFilter, RecipientRecord, Recorded};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Read,
        extract::{Asked, Id, Query},
        problem::{Answer, Problem},
    },
    routes::{batches::BlockerView, calls::AttemptView},
};

/// A filter on pressed digits.
const PRESSED: Kind = Kind::Parsed(&Rule {
    check: pressed,
    pattern: "^(any|none|[0-9*#A-D]{1,100})$",
    longest: 100,
    example: "1",
});

fn pressed(text: &str) -> Result<(), String> {
    let is_digit = |c: char| c.is_ascii_digit() || "*#ABCD".contains(c);
    let are_digits = (1..=100).contains(&text.len()) && text.chars().all(is_digit);
    match are_digits || matches!(text, "any" | "none") {
        true => Ok(()),
        false => Err(format!("{text:?} cannot be pressed; write digits, * or #, or any, or none")),
    }
}

/// The longest filter on a result, in characters: a name, a colon and a value.
const LONGEST_RESULT: usize = 64 + 1 + 2_000;

/// A filter on a result.
const RESULT: Kind = Kind::Parsed(&Rule {
    check: result,
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}(:[^\\x00]{1,2000})?$",
    longest: LONGEST_RESULT,
    example: "appointment:confirmed",
});

fn result(text: &str) -> Result<(), String> {
    let (name, value) = text.split_once(':').map_or((text, None), |(n, v)| (n, Some(v)));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = name.len() <= 64
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(is_word);
    let is_value = value
        .is_none_or(|value| (1..=2_000).contains(&value.chars().count()) && !value.contains('\0'));
    match is_name && is_value {
        true => Ok(()),
        false => Err(format!("{text:?} is no result; write NAME:VALUE, or NAME alone")),
    }
}

/// Selects the recipients to show.
#[derive(Debug, Deserialize)]
pub struct RecipientQuery {
    /// Only recipients with this status.
    status: Option<RecipientStatus>,
    /// Only recipients whose newest attempt ended with this outcome.
    outcome: Option<Outcome>,
    /// Only recipients who pressed these digits, any digit (`any`) or none (`none`).
    digits: Option<String>,
    /// Only recipients with this result.
    result: Option<String>,
    /// Only recipients whose number or any cell contains this text.
    q: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// The number of recipients to skip.
    offset: Option<u64>,
    /// Recipients on a page.
    limit: Option<u32>,
}

impl Query for RecipientQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("status", Kind::OneOf(&RecipientStatus::NAMES))
            .about("Only those with this status."),
        Field::new("outcome", Kind::OneOf(&Outcome::NAMES)).about("Only those whose newest attempt ended so."),
        Field::new("digits", PRESSED).about(
            "Only those who pressed exactly this in their newest call with digits; any: who \
             pressed something, none: who pressed nothing.",
        ),
        Field::new("result", RESULT).about(
            "Only those with this result, as NAME:VALUE, for example appointment:confirmed; NAME \
             alone: those with any value of it.",
        ),
        Field::new("q", Kind::Text(100)).about(
            "Only those whose number or any cell contains this, in any case; with a leading + a \
             number that begins so.",
        ),
        Field::new("cursor", fields::CURSOR).about("The next_cursor of the page before."),
        Field::new("offset", Kind::Integer(0, 10_000_000)).about(
            "Leaves out so many, to begin anywhere; not together with cursor, q, outcome, digits or result.",
        ),
        Field::new("limit", Kind::Integer(1, 500)).about("Recipients on a page; 50 when left out."),
    ];
}

/// A page of recipients in the order of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientList {
    /// The recipients. A page of a search may be short with more behind it.
    pub items: Vec<RecipientView>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// Recipients on all pages; null when that would have to be counted, as it is with q, outcome,
    /// digits and result.
    pub total: Option<u64>,
}

/// A row of the file and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientView {
    /// Its identity.
    pub id: RecipientId,
    /// Of which batch.
    pub batch_id: BatchId,
    /// The row's number as a spreadsheet shows it; the header is row 1.
    pub row: u64,
    /// E.164; of a rejected row, what the file says.
    pub phone_number: String,
    /// What became of it.
    pub status: RecipientStatus,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// What exactly was wrong with a row that was rejected before launch, where its reason has
    /// several causes.
    pub cause: Option<String>,
    /// Charged attempts that are over.
    pub attempts_made: u32,
    /// What the person pressed in the newest call in which something was; null when nothing was.
    pub digits: Option<String>,
    /// What the agent recorded, by name, in the newest call in which it recorded anything.
    #[schema(value_type = std::collections::BTreeMap<String, ResultValue>)]
    pub results: Results,
    /// Attempts on record, uncharged and open ones included.
    pub attempts_recorded: u32,
    /// When its newest attempt began.
    pub last_attempt_at: Option<Timestamp>,
    /// How its newest attempt ended.
    pub last_outcome: Option<Outcome>,
    /// Why it ended so.
    pub last_end_reason: Option<EndReason>,
    /// When it is due again, while it waits for a retry.
    pub next_attempt_at: Option<Timestamp>,
    /// Its other columns, as they are.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub variables: Map<String, Value>,
}

/// A recipient with its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientWithAttempts {
    /// The recipient.
    #[serde(flatten)]
    pub recipient: RecipientView,
    /// Why it is not being dialed; null when it is not pending, or about to be dialed.
    pub blocker: Option<BlockerView>,
    /// Its attempts, oldest first.
    pub attempts: Vec<AttemptView>,
}

impl RecipientView {
    fn new(record: RecipientRecord, columns: &[String]) -> RecipientView {
        let number = record.number.map(|number| number.to_string()).or(record.phone_cell);
        let cells = columns.iter().zip(record.cells).filter(|(name, _)| *name != "phone_number");
        RecipientView {
            id: record.id,
            batch_id: record.batch,
            row: record.position,
            phone_number: number.unwrap_or_default(),
            status: record.status,
            reason: record.reason,
            cause: record.cause,
            attempts_made: record.attempts_made,
            digits: record.digits,
            results: record.results,
            attempts_recorded: record.attempts,
            last_attempt_at: record.last_attempt_at,
            last_outcome: record.last_outcome,
            last_end_reason: record.last_end_reason,
            next_attempt_at: record.next_attempt_at,
            variables: cells.map(|(name, cell)| (name.clone(), cell.into())).collect(),
        }
    }
}

/// Lists the recipients of a batch in the order of the file, the rejected rows among them.
#[utoipa::path(get, path = "/batch-calls/{id}/recipients", operation_id = "list_recipients", tag = "Recipients",
    params(Id<BatchId>, Asked<RecipientQuery>),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page.", body = RecipientList)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(query): Asked<RecipientQuery>,
) -> Answer<Json<RecipientList>> {
    let columns = app.store.batch(caller.workspace, id).await?.columns;
    let searches = query.q.is_some()
        || query.outcome.is_some()
        || query.digits.is_some()
        || query.result.is_some();
    if query.offset.is_some() && (searches || query.cursor.is_some()) {
        let detail = "goes with status only; leave out cursor, q, outcome, digits and result, or \
                      page by cursor";
        return Err(Problem::invalid(vec![Mistake::new("/offset", detail)]));
    }
    let progress = app.store.progress(id).await?;
    let total = query.status.map_or(progress.total, |status| progress.count(status));
    let page = app.store.recipients(id, filter(query)).await?;
    let items = page.items.into_iter().map(|record| RecipientView::new(record, &columns));
    let next_cursor = page.next.map(|position| position.to_string());
    let total = (!searches).then_some(total);
    Ok(Json(RecipientList { items: items.collect(), next_cursor, total }))
}

fn filter(query: RecipientQuery) -> RecipientFilter {
    RecipientFilter {
        status: query.status,
        outcome: query.outcome,
        digits: query.digits.map(|digits| match digits.as_str() {
            "any" => Pressed::Any,
            "none" => Pressed::None,
            _ => Pressed::Exactly(digits),
        }),
        result: query.result.map(|result| match result.split_once(':') {
            Some((name, value)) => Recorded { name: name.into(), value: Some(value.into()) },
            None => Recorded { name: result, value: None },
        }),
        q: query.q,
        after_position: query.cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0),
        offset: query.offset,
        limit: query.limit.unwrap_or(50),
    }
}

/// Shows a recipient with its attempts.
#[utoipa::path(get, path = "/recipients/{id}", operation_id = "show_recipient", tag = "Recipients",
    params(Id<RecipientId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The recipient.", body = RecipientWithAttempts)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<RecipientId>,
) -> Answer<Json<RecipientWithAttempts>> {
    let (record, attempts) = app.store.recipient(caller.workspace, id).await?;
    let batch = app.store.batch(caller.workspace, record.batch).await?;
    let blocker = blocker(&app, batch.state, &record).await;
    let blocker = blocker.map(|blocked| BlockerView::new(&app, blocked));
    Ok(Json(RecipientWithAttempts {
        recipient: RecipientView::new(record, &batch.columns),
        blocker,
        attempts: attempts.into_iter().map(AttemptView::from).collect(),
    }))
}

async fn blocker(app: &App, state: BatchState, record: &RecipientRecord) -> Option<Blocked> {
    let number = record.number.filter(|_| record.status == RecipientStatus::Pending)?;
    if state == BatchState::Draft {
        return Some(Blocker::WaitingForStart.open_ended());
    }
    let due = (record.next_attempt_at.is_some(), record.due.unwrap_or_default());
    app.engine.recipient_blocker(record.batch, number, due).await
}
