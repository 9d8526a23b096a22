//! `GET /v1/calls`: all calls, newest first.

use axum::{Json, extract::State};
use campanile_rules::{
    attempt::{AnsweredBy, EndReason, Outcome},
    ids::{AgentId, AttemptId, BatchId, RecipientId},
    time::Timestamp,
};
use campanile_service::{
    fields::{self, Field, Kind, Rule},
    id_rule,
};
use campanile_store::CallFilter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CallSummary;
use crate::{
    app::App,
    http::{
        auth::Read,
        extract::{Asked, Query},
        problem::Answer,
    },
};

/// Selects the calls to show.
#[derive(Debug, Deserialize)]
pub struct CallQuery {
    call_id: Option<String>,
    batch_id: Option<BatchId>,
    recipient_id: Option<RecipientId>,
    agent_id: Option<AgentId>,
    outcome: Option<Outcome>,
    end_reason: Option<EndReason>,
    answered_by: Option<AnsweredBy>,
    number: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Query for CallQuery {
    const FIELDS: &'static [Field] = &[
        Field::new("call_id", Kind::Text(80)).about("Only the call with this ID."),
        Field::new("batch_id", Kind::Parsed(&id_rule!(BatchId, "batch")))
            .about("Only those of this batch."),
        Field::new("recipient_id", Kind::Parsed(&id_rule!(RecipientId, "recipient")))
            .about("Only those to this recipient."),
        Field::new("agent_id", Kind::Parsed(&id_rule!(AgentId, "agent")))
            .about("Only those of this agent, whatever its version."),
        Field::new("outcome", Kind::OneOf(&Outcome::NAMES)).about("Only those that ended so."),
        Field::new("end_reason", Kind::OneOf(&EndReason::NAMES))
            .about("Only those that ended for this reason."),
        Field::new("answered_by", Kind::OneOf(&AnsweredBy::NAMES))
            .about("Only those that were answered so."),
        Field::new("number", Kind::Text(40)).about(
            "Only those to a number that contains this; with a leading +, one that begins with it.",
        ),
        Field::new("from", fields::INSTANT).about("Only those dialed at this instant or later."),
        Field::new("to", fields::INSTANT).about("Only those dialed before this instant."),
        Field::new("cursor", CURSOR).about("The next_cursor of the page before."),
        Field::new("limit", Kind::Integer(1, 500)).about("Calls on a page; 50 when left out."),
    ];
}

/// A page of calls, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallList {
    /// The calls. A page of a search may be short with more behind it.
    pub items: Vec<CallSummary>,
    /// Ask with this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Lists the calls of the workspace, newest first.
#[utoipa::path(get, path = "/calls", operation_id = "list_calls", tag = "Calls",
    params(Asked<CallQuery>),
    security(("key" = ["read"])),
    responses((status = 200, description = "A page of them.", body = CallList)))]
pub async fn list(
    State(app): State<App>,
    Read(caller): Read,
    Asked(query): Asked<CallQuery>,
) -> Answer<Json<CallList>> {
    let page = app.store.calls(caller.workspace, filter(query)).await?;
    let items = page.items.into_iter().map(CallSummary::from).collect();
    Ok(Json(CallList { items, next_cursor: page.next.map(|next| next.to_string()) }))
}

/// Where a page of calls ended: at an attempt, once written as its number alone.
const CURSOR: Kind = Kind::Parsed(&Rule {
    check: |text| match call_cursor(text) {
        Some(_) => Ok(()),
        None => Err(format!("{text:?} is no cursor; send the next_cursor of the page before")),
    },
    pattern: "^([0-9]{1,18}|attempt_([0-9]{1,18}|[a-hjkmnp-s][0-9a-hjkmnp-tv-z]{12}))$",
    longest: 40,
    example: "attempt_k7d20xv9m41qa",
});

fn call_cursor(text: &str) -> Option<AttemptId> {
    text.parse().ok().or_else(|| text.parse().ok().map(AttemptId))
}

fn filter(query: CallQuery) -> CallFilter {
    CallFilter {
        call_id: query.call_id,
        batch: query.batch_id,
        recipient: query.recipient_id,
        agent: query.agent_id,
        outcome: query.outcome,
        end_reason: query.end_reason,
        answered_by: query.answered_by,
        number: query.number,
        from: query.from,
        to: query.to,
        after: query.cursor.as_deref().and_then(call_cursor),
        skip: 0,
        limit: query.limit.unwrap_or(50),
    }
}
