//! One attempt to reach one recipient: its identity, how it ended, and the evidence.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    agent::Results,
    conversation::Usage,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
    words,
};

/// A claimed attempt: it is stored, holds a slot, and is not dialed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The ID is never reused, not even when the attempt is released.
    pub id: AttemptId,
    /// The recipient to reach.
    pub recipient: RecipientId,
    /// The batch.
    pub batch: BatchId,
    /// The workspace of the batch.
    pub workspace: WorkspaceId,
    /// The trunk to dial through.
    pub trunk: TrunkId,
    /// The number to dial.
    pub number: E164,
    /// The number of this attempt, counted without gaps from 1 over the attempts on record.
    pub number_in_row: u32,
    /// Charged attempts before this one.
    pub charged_before: u32,
    /// Uncharged attempts before this one, not counting those that an outage excused.
    pub uncharged_before: u32,
    /// The lane of the recipient. A released recipient goes back to this lane.
    pub lane: crate::dispatcher::LaneKey,
    /// The SIP Call-ID (RFC 3261 §8.1.1.4), derived from the attempt.
    pub call_id: String,
}

words! {
    /// What the network and the recipient did.
    #[derive(
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum Outcome {
        /// Answered by a person.
        Completed = "completed",
        /// Not picked up.
        NoAnswer = "no_answer",
        /// Answered by voicemail.
        Voicemail = "voicemail",
        /// The line was busy.
        Busy = "busy",
        /// Could not be connected.
        Failed = "failed",
        /// The trunk forbids the destination.
        RejectedByRoute = "rejected_by_route",
        /// The engine died under it: the phone may have rung.
        Interrupted = "interrupted",
    }
}

words! {
    /// Why an attempt ended as it did.
    #[derive(
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum EndReason {
        /// The person hung up.
        UserDisconnected = "user_disconnected",
        /// The agent hung up.
        AgentDisconnected = "agent_disconnected",
        /// It rang and nobody answered.
        UserDidNotPickUp = "user_did_not_pick_up",
        /// The line was busy.
        UserBusy = "user_busy",
        /// The person pressed “decline”.
        UserDeclined = "user_declined",
        /// The network knows the number and cannot reach it now.
        UserUnreachable = "user_unreachable",
        /// There is no such number.
        InvalidNumber = "invalid_number",
        /// The trunk does not carry calls to this number.
        DestinationForbidden = "destination_forbidden",
        /// No answer from the trunk at all.
        TrunkUnreachable = "trunk_unreachable",
        /// The trunk has no room now.
        TrunkCongested = "trunk_congested",
        /// The trunk refuses our credentials.
        TrunkAuthFailed = "trunk_auth_failed",
        /// Something between the trunk and the phone broke.
        NetworkFailure = "network_failure",
        /// A machine answered and the agent left it.
        VoicemailDetected = "voicemail_detected",
        /// The agent could not talk.
        AgentFailed = "agent_failed",
        /// The conversation reached its longest allowed time.
        MaxDuration = "max_duration",
        /// Nobody said anything for too long.
        SilenceTimeout = "silence_timeout",
        /// The engine died under the call.
        EngineInterrupted = "engine_interrupted",
    }
}

/// How an attempt ended, as the engine reports it. [`crate::retry`] decides what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// The outcome.
    pub outcome: Outcome,
    /// The reason.
    pub end_reason: EndReason,
    /// Whether a retry can never help: the number does not exist, the recipient asked not to be
    /// called, or the text to speak cannot be produced.
    pub permanent: bool,
    /// How long the congested trunk asked for no calls (Retry-After, RFC 3261 §20.33).
    pub retry_after: Option<Duration>,
    /// When the call ended on the wire.
    pub ended_at: Timestamp,
    /// What was observed of the call.
    pub evidence: Evidence,
}

impl Ending {
    /// The ending of a call that a dead process left, or that broke off inside this process. The
    /// phone may have rung.
    pub fn interrupted(answered_at: Option<Timestamp>, ended_at: Timestamp) -> Ending {
        Ending {
            outcome: Outcome::Interrupted,
            end_reason: EndReason::EngineInterrupted,
            permanent: false,
            retry_after: None,
            ended_at,
            evidence: Evidence {
                answered_at,
                talk_ms: answered_at.map(|at| ended_at.since(at).as_millis() as u64),
                hung_up_by: Some(Party::Engine),
                ..Evidence::default()
            },
        }
    }

    /// When the trunk last answered the INVITE or sent a BYE, as far as is known.
    pub fn heard_at(&self) -> Option<Timestamp> {
        let seen = &self.evidence;
        let refused = seen.sip_code.is_some() && seen.answered_at.is_none();
        if refused || seen.hung_up_by == Some(Party::Recipient) {
            return Some(self.ended_at);
        }
        seen.answered_at.max(seen.ringing_at)
    }
}

/// What was observed of one call. It is kept as long as the attempt.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Final SIP status code.
    pub sip_code: Option<u16>,
    /// Its reason phrase.
    pub sip_reason: Option<String>,
    /// Cause from a Reason header (RFC 3326), ITU-T Q.850 numbering.
    pub q850_cause: Option<u16>,
    /// First 18x.
    pub ringing_at: Option<Timestamp>,
    /// The 2xx.
    pub answered_at: Option<Timestamp>,
    /// From answer to the end, in milliseconds; absent when nobody answered.
    pub talk_ms: Option<u64>,
    /// Who ended an answered call.
    pub hung_up_by: Option<Party>,
    /// What voicemail detection decided.
    pub answered_by: Option<AnsweredBy>,
    /// How sure it was, 0 to 1.
    pub amd_confidence: Option<f32>,
    /// When it was decided, in milliseconds after the answer.
    pub amd_decided_ms: Option<u64>,
    /// Why the agent could not talk, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Whether the person asked not to be called again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked_to_stop: bool,
    /// What the person pressed, in order; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// What the agent recorded; empty when it recorded nothing.
    #[serde(default, skip_serializing_if = "Results::is_empty")]
    pub results: Results,
    /// The transfer that the agent asked for, if it asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Box<Transfer>>,
    /// What the agent used of its servers, as far as they say so.
    #[serde(default, skip_serializing_if = "Usage::is_none")]
    pub usage: Usage,
}

/// A transfer of an answered call to another number (REFER, RFC 3515), and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The number, as the agent's version writes it.
    pub to: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How it went.
    #[serde(flatten)]
    pub result: TransferResult,
}

/// How a transfer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferResult {
    /// The outcome.
    pub outcome: TransferOutcome,
    /// The SIP status code behind it: of the response to the REFER if the trunk refused, else the
    /// final one of the call to the other number; absent when the trunk told none.
    pub sip_code: Option<u16>,
}

words! {
    /// How the transfer of a call went.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum TransferOutcome {
        /// The number may not be called, so the trunk was not asked.
        NotAllowed = "not_allowed",
        /// The trunk does not transfer the call.
        Refused = "refused",
        /// The trunk agreed, and ended our call without a word about the other number.
        Accepted = "accepted",
        /// The other number answered.
        Completed = "completed",
        /// The other number could not be reached.
        Failed = "failed",
        /// The trunk agreed and never said how it went, so we hung up.
        Unconfirmed = "unconfirmed",
        /// The call ended before the trunk agreed.
        Abandoned = "abandoned",
    }
}

impl TransferOutcome {
    /// Whether the person is still ours: the other number did not take the call.
    pub fn left_the_person_here(self) -> bool {
        matches!(
            self,
            TransferOutcome::NotAllowed | TransferOutcome::Refused | TransferOutcome::Failed
        )
    }
}

/// One end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The recipient.
    Recipient,
    /// Our agent.
    Agent,
    /// The engine: a limit, a shutdown.
    Engine,
}

words! {
    /// Who or what answered, as voicemail detection sees it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum AnsweredBy {
        /// A person.
        Human = "human",
        /// A voicemail greeting.
        Voicemail = "voicemail",
        /// A call-screening assistant.
        Screening = "screening",
        /// A recording that takes no message: not in service, mailbox full, or a busy tone.
        Announcement = "announcement",
        /// A fax machine.
        Fax = "fax",
        /// Nobody said anything.
        Silence = "silence",
        /// Not sure.
        Unsure = "unsure",
    }
}
