//! `/v1/calls`: calls with their evidence and transcript.

pub mod control;
pub mod list;
pub mod recording;
mod timeline;

pub use timeline::Moment;

use axum::{Json, extract::State};
use campanile_engine::SoFar;
use campanile_rules::{
    agent::{ResultValue, Results},
    attempt::{AnsweredBy, EndReason, Outcome, Party, TransferOutcome},
    conversation::{Latency, Usage},
    ids::{AgentId, BatchId, RecipientId, TrunkId},
    ladder::Ladder,
    time::Timestamp,
};
use campanile_store::{AttemptRecord, CallRecord, Utterance};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{auth::Read, extract::Word, problem::Answer},
};

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
    /// Why the agent could not talk, in words; null when it could.
    pub cause: Option<String>,
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
    /// What the person pressed, in order; null when nothing was.
    pub digits: Option<String>,
    /// What the agent recorded, by name; empty when it recorded nothing.
    #[schema(value_type = std::collections::BTreeMap<String, ResultValue>)]
    pub results: Results,
    /// The number that the agent asked to transfer the call to; null when it asked for none.
    pub transferred_to: Option<String>,
    /// How the transfer went.
    pub transfer_outcome: Option<TransferOutcome>,
    /// The SIP status code behind that: of the trunk's refusal, or of the call to the other number.
    pub transfer_sip_code: Option<u16>,
    /// What the agent used of its servers, as far as they say so; all 0 when none did.
    pub usage: Usage,
}

impl From<AttemptRecord> for AttemptView {
    fn from(record: AttemptRecord) -> AttemptView {
        let evidence = record.evidence;
        let transfer = evidence.transfer;
        let result = transfer.as_ref().map(|transfer| transfer.result);
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
            cause: evidence.cause,
            charged: record.charged,
            talk_s: evidence.talk_ms.map(|ms| ms as f64 / 1000.0),
            sip_code: evidence.sip_code,
            sip_reason: evidence.sip_reason,
            q850_cause: evidence.q850_cause,
            hung_up_by: evidence.hung_up_by,
            answered_by: evidence.answered_by,
            amd_confidence: evidence.amd_confidence,
            digits: evidence.digits,
            results: evidence.results,
            transferred_to: transfer.map(|transfer| transfer.to),
            transfer_outcome: result.map(|result| result.outcome),
            transfer_sip_code: result.and_then(|result| result.sip_code),
            usage: evidence.usage,
        }
    }
}

/// A call as it is shown in lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallSummary {
    /// The attempt.
    #[serde(flatten)]
    pub attempt: AttemptView,
    /// For which batch.
    pub batch_id: BatchId,
    /// Who talked.
    pub agent_id: AgentId,
    /// Which version of it.
    pub agent_version: u32,
    /// The caller ID, E.164.
    pub from_number: String,
    /// The number that was dialed, E.164.
    pub to_number: String,
    /// Its sound; null when it was not recorded or the recording was deleted.
    pub recording: Option<RecordingView>,
}

/// Where the sound of a call is.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingView {
    /// A WAV file: G.711 µ-law, 8 kHz, the person left and the agent right.
    pub url: String,
    /// How long it is, in milliseconds from the answer.
    pub duration_ms: u64,
    /// How much of it is missing and replaced by silence, because the disk did not take it.
    pub lost_ms: u64,
    /// Why the disk did not take it, such as `the disk is full`; null when nothing is missing.
    pub lost_reason: Option<String>,
}

/// A call with all that is kept of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// The call.
    #[serde(flatten)]
    pub call: CallSummary,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
    /// What was said, in order.
    pub transcript: Vec<Utterance>,
    /// How soon the agent answered each turn of the person, as far as its engine knows.
    pub latencies: Vec<Latency>,
    /// Its SIP messages.
    pub sip_ladder: LadderView,
}

/// The SIP messages of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct LadderView {
    /// The messages, oldest first; empty when they were not kept or were deleted.
    pub messages: Vec<SipMessageView>,
    /// Messages that there was no room for.
    pub left_out: u32,
}

/// A SIP message, without credentials and keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct SipMessageView {
    /// When it left or came, the first time.
    pub at: Timestamp,
    /// The same, in milliseconds after the call was claimed.
    pub offset_ms: u64,
    /// `sent` or `received`.
    pub direction: &'static str,
    /// Its first line.
    pub start_line: String,
    /// How often it was repeated after that.
    pub repeats: u32,
    /// All of it, a line feed after each line.
    pub text: String,
}

impl From<CallRecord> for CallSummary {
    fn from(call: CallRecord) -> CallSummary {
        let call_id = &call.attempt.call_id;
        let recording = call.log.recording.map(|recording| RecordingView {
            url: format!("/v1/calls/{call_id}/recording.wav"),
            duration_ms: recording.duration_ms,
            lost_ms: recording.lost_ms,
            lost_reason: recording.lost_reason,
        });
        CallSummary {
            recording,
            batch_id: call.batch,
            agent_id: call.agent.0,
            agent_version: call.agent.1,
            from_number: call.from_number.to_string(),
            to_number: call.number.to_string(),
            attempt: call.attempt.into(),
        }
    }
}

impl From<CallRecord> for CallView {
    fn from(mut call: CallRecord) -> CallView {
        let timeline = timeline::of(&call);
        let began_at = call.attempt.claimed_at;
        let Ladder { messages, left_out } = std::mem::take(&mut call.log.ladder);
        let messages = messages.into_iter().map(|message| SipMessageView {
            at: message.at,
            offset_ms: message.at.since(began_at).as_millis() as u64,
            direction: if message.sent { "sent" } else { "received" },
            start_line: message.start_line().to_owned(),
            repeats: message.repeats,
            text: message.text,
        });
        CallView {
            timeline,
            sip_ladder: LadderView { messages: messages.collect(), left_out },
            transcript: std::mem::take(&mut call.log.transcript),
            latencies: std::mem::take(&mut call.log.latencies),
            call: call.into(),
        }
    }
}

/// Shows a call with all that is kept of it.
#[utoipa::path(get, path = "/calls/{call_id}", operation_id = "show_call", tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    security(("key" = ["read"])),
    responses((status = 200, description = "The call.", body = CallView)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Word(call_id): Word,
) -> Answer<Json<CallView>> {
    let mut call = app.store.call(caller.workspace, &call_id).await?;
    if call.attempt.ended_at.is_none()
        && let Some(SoFar { log, digits, results, usage }) = app.engine.so_far(&call_id)
    {
        let evidence = &mut call.attempt.evidence;
        evidence.digits = Some(digits).filter(|digits| !digits.is_empty());
        (evidence.results, evidence.usage) = (results, usage);
        call.log = log;
    }
    Ok(Json(call.into()))
}
