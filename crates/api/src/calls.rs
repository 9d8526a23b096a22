//! `/v1/calls/{call_id}`: what an attempt put on the wire, and what was said.

use axum::{Json, extract::State};
use campanile_rules::{
    attempt::{AnsweredBy, EndReason, Outcome, Party},
    ids::{BatchId, RecipientId, TrunkId},
    time::Timestamp,
};
use campanile_store::{AttemptRecord, Utterance};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, auth::Read, extract::Word, problem::Answer};

/// An attempt with its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// The call it put on the wire.
    pub call_id: String,
    /// Whom it tried to reach.
    pub recipient_id: RecipientId,
    /// From 1.
    pub attempt: u32,
    /// Through which trunk.
    pub trunk_id: TrunkId,
    /// When its INVITE left.
    pub dialed_at: Option<Timestamp>,
    /// When it rang.
    pub ringing_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it was over on the wire; null while it is in progress.
    pub ended_at: Option<Timestamp>,
    /// What happened; null while it is in progress.
    pub outcome: Option<Outcome>,
    /// Why; null while it is in progress.
    pub end_reason: Option<EndReason>,
    /// Whether it counts in `attempts_made`.
    pub charged: Option<bool>,
    /// From answer to end, in seconds.
    pub talk_s: Option<f64>,
    /// Final SIP status code.
    pub sip_code: Option<u16>,
    /// Its reason phrase.
    pub sip_reason: Option<String>,
    /// ITU-T Q.850 cause.
    pub q850_cause: Option<u16>,
    /// Who ended an answered call.
    pub hung_up_by: Option<Party>,
    /// What voicemail detection decided.
    pub answered_by: Option<AnsweredBy>,
    /// How sure it was, 0 to 1.
    pub amd_confidence: Option<f32>,
}

impl From<AttemptRecord> for AttemptView {
    fn from(record: AttemptRecord) -> AttemptView {
        let evidence = record.evidence;
        AttemptView {
            call_id: record.call_id,
            recipient_id: record.recipient,
            attempt: record.number_in_row,
            trunk_id: record.trunk,
            dialed_at: record.dialed_at,
            ringing_at: evidence.ringing_at,
            answered_at: record.answered_at.or(evidence.answered_at),
            ended_at: record.ended_at,
            outcome: record.outcome,
            end_reason: record.end_reason,
            charged: record.charged,
            talk_s: evidence.talk_ms.map(|ms| ms as f64 / 1000.0),
            sip_code: evidence.sip_code,
            sip_reason: evidence.sip_reason,
            q850_cause: evidence.q850_cause,
            hung_up_by: evidence.hung_up_by,
            answered_by: evidence.answered_by,
            amd_confidence: evidence.amd_confidence,
        }
    }
}

/// A call with what was said.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// The attempt.
    #[serde(flatten)]
    pub attempt: AttemptView,
    /// For which batch.
    pub batch_id: BatchId,
    /// The number that was dialed, E.164.
    pub to_number: Option<String>,
    /// What was said, in order.
    pub transcript: Vec<Utterance>,
}

/// Shows a call with its evidence and transcript.
#[utoipa::path(get, path = "/calls/{call_id}", operation_id = "show_call", tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    security(("key" = ["read"])),
    responses((status = 200, description = "The call.", body = CallView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Word(call_id): Word,
) -> Answer<Json<CallView>> {
    let call = app.store.call(caller.workspace, &call_id).await?;
    Ok(Json(CallView {
        attempt: call.attempt.into(),
        batch_id: call.batch,
        to_number: Some(call.number.to_string()),
        transcript: call.log.transcript,
    }))
}
