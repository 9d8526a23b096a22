//! The two inputs of an agent: a line to talk on, and a brief about the call.

use async_trait::async_trait;
use campanile_media::{Frame, playout::Playout};
use campanile_rules::{
    agent::AgentVersion,
    attempt::{AnsweredBy, EndReason, Party},
};

use crate::SpeechError;

/// 20 ms of a call, as heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The other side's sound; silence where packets were lost.
    pub frame: Frame,
    /// A DTMF digit that ended in these 20 ms (RFC 4733), if one did.
    pub digit: Option<char>,
}

/// An answered call. Each `hear` is 20 ms of the call, so an agent counts them and needs no clock.
#[async_trait]
pub trait Line: Send {
    /// Waits for the next 20 ms; None when the call is over. Cancel safe: dropping the future
    /// before it is ready loses nothing.
    async fn hear(&mut self) -> Option<Heard>;
    /// Returns the queue of the agent's sound. Each `hear` pulls one frame from it.
    fn playout(&mut self) -> &mut Playout;
    /// Appends a DTMF digit to what is being played.
    fn press(&mut self, digit: char);
}

/// What the agent needs to know for one call.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The version, with its placeholders already filled in for this recipient.
    pub version: AgentVersion,
}

/// The result of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Whether voicemail answered.
    pub voicemail: bool,
    /// Why the conversation ended.
    pub end_reason: EndReason,
    /// The party that ended it.
    pub ended_by: Party,
    /// Why the agent could not speak, if that ended the conversation.
    pub failure: Option<Failure>,
    /// The decision of voicemail detection, if it ran.
    pub answered_by: Option<AnsweredBy>,
    /// The confidence of that decision, 0 to 1.
    pub amd_confidence: Option<f32>,
    /// When that decision was made, in milliseconds after the answer.
    pub amd_decided_ms: Option<u64>,
    /// Whether the person pressed 9 to ask for no more calls.
    pub asked_to_stop: bool,
    /// The digits that the person pressed, in order.
    pub digits: String,
    /// The turns of both sides, in order.
    pub transcript: Vec<Said>,
}

/// Why an agent could not speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The cause, in words.
    pub cause: String,
    /// Whether the cause lies in the words of this call alone: another call to the same recipient
    /// would fail as well, but calls to others would not.
    pub of_this_call: bool,
}

impl From<&SpeechError> for Failure {
    fn from(error: &SpeechError) -> Failure {
        Failure { cause: error.to_string(), of_this_call: error.is_of_this_call() }
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether the agent spoke; otherwise the other side.
    pub by_agent: bool,
    /// What the agent said; or what was heard, such as `speech 1.4 s` or `digit 5`.
    pub text: String,
    /// When the turn began, in milliseconds after the answer.
    pub start_ms: u64,
    /// When the turn ended, in milliseconds after the answer.
    pub end_ms: u64,
}
