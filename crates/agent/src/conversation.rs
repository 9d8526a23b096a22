//! The result of a conversation.

use std::collections::BTreeMap;

use campanile_rules::attempt::{AnsweredBy, EndReason, Party};

use crate::{Happened, Said, SpeechError};

/// The result of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Whether voicemail answered.
    pub voicemail: bool,
    /// Why the conversation ended.
    pub end_reason: EndReason,
    /// The party that ended it.
    pub ended_by: Party,
    /// Why the agent could not go on, if that ended the conversation.
    pub failure: Option<Failure>,
    /// The decision of voicemail detection, if it ran.
    pub answered_by: Option<AnsweredBy>,
    /// The confidence of that decision, 0 to 1.
    pub amd_confidence: Option<f32>,
    /// When that decision was made, in milliseconds after the answer.
    pub amd_decided_ms: Option<u64>,
    /// Whether the person asked for no more calls: by the key 9 or in words.
    pub asked_to_stop: bool,
    /// The digits that the person pressed, in order.
    pub digits: String,
    /// What the agent recorded, by the names that the version declares.
    pub results: BTreeMap<String, String>,
    /// The number that the agent transfers the call to, as the version writes it.
    pub transfer: Option<String>,
    /// The turns of both sides, in order.
    pub transcript: Vec<Said>,
    /// The number of the latest turn.
    pub last_piece: u32,
    /// What happened beside the words.
    pub happened: Happened,
}

/// Why a conversation stops before the agent has said everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Farewell {
    /// The call is over, or has to end.
    Over(EndReason, Party),
    /// The other side is a machine.
    Machine,
    /// The person asks for no more calls.
    StopCalling,
    /// The call goes to this number, as the version writes it.
    Transfer(String),
    /// The agent cannot go on.
    Failed(Failure),
}

/// Why an agent cannot talk, or cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The cause, in words.
    pub cause: String,
    /// What the cause lies in.
    pub blame: Blame,
}

/// What the cause of a failure lies in, which decides who is called next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// This call alone: another call to the same recipient would fail as well, but calls to others
    /// would not.
    Call,
    /// The agent: its other calls would fail as well.
    Agent,
    /// The machine, which lacks something that every call needs.
    Machine,
}

impl From<&SpeechError> for Failure {
    fn from(error: &SpeechError) -> Failure {
        let blame = if error.is_of_this_call() {
            Blame::Call
        } else if error.is_shortage() {
            Blame::Machine
        } else {
            Blame::Agent
        };
        Failure { cause: error.to_string(), blame }
    }
}

impl From<Failure> for Farewell {
    fn from(failure: Failure) -> Farewell {
        Farewell::Failed(failure)
    }
}

impl From<SpeechError> for Farewell {
    fn from(error: SpeechError) -> Farewell {
        Farewell::Failed(Failure::from(&error))
    }
}
