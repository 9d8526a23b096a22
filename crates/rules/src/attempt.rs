//! One attempt to reach one recipient: its identity, how it ended, and the evidence.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
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

/// What the network and the recipient did.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered by a person.
    Completed,
    /// Not picked up.
    NoAnswer,
    /// Answered by voicemail.
    Voicemail,
    /// The line was busy.
    Busy,
    /// Could not be connected.
    Failed,
    /// The trunk forbids the destination.
    RejectedByRoute,
    /// The engine died under it: the phone may have rung.
    Interrupted,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 7] = [
        Outcome::Completed,
        Outcome::NoAnswer,
        Outcome::Voicemail,
        Outcome::Busy,
        Outcome::Failed,
        Outcome::RejectedByRoute,
        Outcome::Interrupted,
    ];

    /// The name in the API, the database and the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::NoAnswer => "no_answer",
            Outcome::Voicemail => "voicemail",
            Outcome::Busy => "busy",
            Outcome::Failed => "failed",
            Outcome::RejectedByRoute => "rejected_by_route",
            Outcome::Interrupted => "interrupted",
        }
    }

    /// The outcome with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Outcome> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// Why an attempt ended as it did.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The person hung up.
    UserDisconnected,
    /// The agent hung up.
    AgentDisconnected,
    /// It rang and nobody answered.
    UserDidNotPickUp,
    /// The line was busy.
    UserBusy,
    /// The person pressed “decline”.
    UserDeclined,
    /// The network knows the number and cannot reach it now.
    UserUnreachable,
    /// There is no such number.
    InvalidNumber,
    /// The trunk does not carry calls to this number.
    DestinationForbidden,
    /// No answer from the trunk at all.
    TrunkUnreachable,
    /// The trunk has no room now.
    TrunkCongested,
    /// The trunk refuses our credentials.
    TrunkAuthFailed,
    /// Something between the trunk and the phone broke.
    NetworkFailure,
    /// A machine answered and the agent left it.
    VoicemailDetected,
    /// The agent could not talk.
    AgentFailed,
    /// The conversation reached its longest allowed time.
    MaxDuration,
    /// Nobody said anything for too long.
    SilenceTimeout,
    /// The engine died under the call.
    EngineInterrupted,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [EndReason; 17] = [
        EndReason::UserDisconnected,
        EndReason::AgentDisconnected,
        EndReason::UserDidNotPickUp,
        EndReason::UserBusy,
        EndReason::UserDeclined,
        EndReason::UserUnreachable,
        EndReason::InvalidNumber,
        EndReason::DestinationForbidden,
        EndReason::TrunkUnreachable,
        EndReason::TrunkCongested,
        EndReason::TrunkAuthFailed,
        EndReason::NetworkFailure,
        EndReason::VoicemailDetected,
        EndReason::AgentFailed,
        EndReason::MaxDuration,
        EndReason::SilenceTimeout,
        EndReason::EngineInterrupted,
    ];

    /// The name in the API, the database and the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            EndReason::UserDisconnected => "user_disconnected",
            EndReason::AgentDisconnected => "agent_disconnected",
            EndReason::UserDidNotPickUp => "user_did_not_pick_up",
            EndReason::UserBusy => "user_busy",
            EndReason::UserDeclined => "user_declined",
            EndReason::UserUnreachable => "user_unreachable",
            EndReason::InvalidNumber => "invalid_number",
            EndReason::DestinationForbidden => "destination_forbidden",
            EndReason::TrunkUnreachable => "trunk_unreachable",
            EndReason::TrunkCongested => "trunk_congested",
            EndReason::TrunkAuthFailed => "trunk_auth_failed",
            EndReason::NetworkFailure => "network_failure",
            EndReason::VoicemailDetected => "voicemail_detected",
            EndReason::AgentFailed => "agent_failed",
            EndReason::MaxDuration => "max_duration",
            EndReason::SilenceTimeout => "silence_timeout",
            EndReason::EngineInterrupted => "engine_interrupted",
        }
    }

    /// The reason with this name, if there is one.
    pub fn from_name(name: &str) -> Option<EndReason> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
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

/// Who or what answered, as voicemail detection sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A voicemail greeting.
    Voicemail,
    /// A call-screening assistant.
    Screening,
    /// Nobody said anything.
    Silence,
    /// Not sure.
    Unsure,
}

impl AnsweredBy {
    /// Everything that may have answered.
    pub const ALL: [AnsweredBy; 5] = [
        AnsweredBy::Human,
        AnsweredBy::Voicemail,
        AnsweredBy::Screening,
        AnsweredBy::Silence,
        AnsweredBy::Unsure,
    ];

    /// The name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            AnsweredBy::Human => "human",
            AnsweredBy::Voicemail => "voicemail",
            AnsweredBy::Screening => "screening",
            AnsweredBy::Silence => "silence",
            AnsweredBy::Unsure => "unsure",
        }
    }

    /// The value with this name, if there is one.
    pub fn from_name(name: &str) -> Option<AnsweredBy> {
        Self::ALL.into_iter().find(|who| who.as_str() == name)
    }
}
