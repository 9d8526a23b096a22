//! `/calls`: calls with their result.

use axum::{Json, extract::State};
use campanile_rules::{
    attempt::{EndReason, Outcome},
    ids::{AgentId, BatchId},
    time::Timestamp,
};
use campanile_service::{
    fields::{self, Field, Kind},
    id_rule,
};
use campanile_store::{AttemptRecord, CallFilter, CallRecord, StoreError, Utterance};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{LIMIT, PAGE, Page, unsupported};
use crate::{
    app::App,
    http::{
        auth::Read,
        extract::{Asked, Query, Word},
        problem::{Answer, Problem},
    },
};

/// Selects the calls the package asks for.
#[derive(Debug, Deserialize)]
pub struct CallQuery {
    agent_id: Option<AgentId>,
    call_id: Option<String>,
    batch_call_id: Option<BatchId>,
    from: Option<Timestamp>,
    page: Option<u32>,
    limit: Option<u32>,
}

impl Query for CallQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("agent_id", Kind::Parsed(&id_rule!(AgentId, "agent"))),
        Field::new("call_id", Kind::Text(60)),
        Field::new("batch_call_id", Kind::Parsed(&id_rule!(BatchId, "batch"))),
        Field::new("from", fields::INSTANT),
        PAGE,
        LIMIT,
    ];
}

/// A call in the package's shape.
#[derive(Debug, Serialize)]
pub struct Call {
    id: String,
    call_id: String,
    batch_call_id: BatchId,
    agent_id: AgentId,
    agent_version_number: u32,
    to_phone_number: String,
    from_phone_number: String,
    status: &'static str,
    outcome: Option<Outcome>,
    end_reason: Option<EndReason>,
    duration_seconds: f64,
    recording_url: Option<String>,
    created_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// A call with its transcript and the recipient's variables.
#[derive(Debug, Serialize)]
pub struct CallWithWords {
    #[serde(flatten)]
    call: Call,
    metadata: Map<String, Value>,
    transcript: Vec<Utterance>,
}

impl From<CallRecord> for Call {
    fn from(call: CallRecord) -> Call {
        let attempt = call.attempt;
        let recording_url =
            call.log.recording.map(|_| format!("/v1/calls/{}/recording.wav", attempt.call_id));
        Call {
            id: attempt.call_id.clone(),
            batch_call_id: call.batch,
            agent_id: call.agent.0,
            agent_version_number: call.agent.1,
            to_phone_number: call.number.to_string(),
            from_phone_number: call.from_number.to_string(),
            status: status(&attempt),
            outcome: attempt.outcome,
            end_reason: attempt.end_reason,
            duration_seconds: attempt.evidence.talk_ms.unwrap_or(0) as f64 / 1_000.0,
            recording_url,
            created_at: attempt.dialed_at.unwrap_or(attempt.claimed_at),
            ended_at: attempt.ended_at,
            call_id: attempt.call_id,
        }
    }
}

/// The package's word for the status of a call.
fn status(attempt: &AttemptRecord) -> &'static str {
    match attempt.outcome {
        None if attempt.answered_at.is_some() => "in-progress",
        None => "initiated",
        Some(Outcome::Completed | Outcome::Voicemail) => "completed",
        Some(Outcome::NoAnswer) => "no-answer",
        Some(Outcome::Busy) => "busy",
        Some(Outcome::Failed | Outcome::RejectedByRoute | Outcome::Interrupted) => "failed",
    }
}

/// The calls of the workspace, newest first.
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Asked(query): Asked<CallQuery>,
) -> Answer<Json<Page<Call>>> {
    let at = (query.page.unwrap_or(1), query.limit.unwrap_or(30));
    if let Some(call_id) = query.call_id {
        let found = match app.store.call(caller.workspace, &call_id).await {
            Ok(call) => vec![call.into()],
            Err(StoreError::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        return Ok(Json(Page::of(found, at)));
    }
    let filter = CallFilter {
        agent: query.agent_id,
        batch: query.batch_call_id,
        from: query.from,
        skip: (at.0 - 1).saturating_mul(at.1),
        limit: at.1,
        ..CallFilter::default()
    };
    let total = app.store.count_calls(caller.workspace, filter.clone()).await?;
    let calls = app.store.calls(caller.workspace, filter).await?.items;
    Ok(Json(Page::new(calls.into_iter().map(Call::from).collect(), at, total)))
}

/// A call with its transcript.
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Word(call_id): Word,
) -> Answer<Json<CallWithWords>> {
    let mut call = app.store.call(caller.workspace, &call_id).await?;
    let (recipient, _) = app.store.recipient(caller.workspace, call.attempt.recipient).await?;
    let columns = app.store.batch(caller.workspace, call.batch).await?.columns;
    let cells = columns.into_iter().zip(recipient.cells);
    let metadata = cells.filter(|(name, _)| name != "phone_number");
    Ok(Json(CallWithWords {
        metadata: metadata.map(|(name, cell)| (name, cell.into())).collect(),
        transcript: std::mem::take(&mut call.log.transcript),
        call: call.into(),
    }))
}

/// Refuses to place a single call: calls exist only in batches.
pub async fn create(Read(_): Read) -> Problem {
    unsupported(
        "Single calls are not placed. Make a batch of one: batch_calls.create with a CSV of one \
         row.",
    )
}
