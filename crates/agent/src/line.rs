//! The two things an agent needs of the world: a line to talk on, and a brief on whom it talks to.

use async_trait::async_trait;
use campanile_media::Frame;
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

/// An answered call. One `hear` is 20 ms of the call, so counting them is telling the time: an
/// agent needs no clock.
#[async_trait]
pub trait Line: Send {
    /// The next 20 ms; none when the call is over. Cancel safe: a call that is dropped before it
    /// is ready loses nothing.
    async fn hear(&mut self) -> Option<Heard>;
    /// Appends sound to what is being played.
    fn play(&mut self, sound: &[i16]);
    /// Samples (8 kHz) that are queued and not played yet.
    fn unplayed(&self) -> usize;
    /// Drops what is queued (barge-in).
    fn clear(&mut self);
    /// Appends a DTMF digit to what is being played.
    fn press(&mut self, digit: char);
}

/// Whom the agent talks to and how.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The version, with its placeholders already filled in for this recipient.
    pub version: AgentVersion,
}

/// What became of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Whether voicemail answered.
    pub voicemail: bool,
    /// Why it ended.
    pub end_reason: EndReason,
    /// Who ended it.
    pub ended_by: Party,
    /// Why nothing could be said, when it ended for that.
    pub failure: Option<Failure>,
    /// What voicemail detection decided, when it ran.
    pub answered_by: Option<AnsweredBy>,
    /// How sure it was, 0 to 1.
    pub amd_confidence: Option<f32>,
    /// When it decided, in milliseconds after the answer.
    pub amd_decided_ms: Option<u64>,
    /// Whether the person pressed 9: they are not to be called again.
    pub asked_to_stop: bool,
    /// What was pressed, in order.
    pub digits: String,
    /// What was said by whom.
    pub transcript: Vec<Said>,
}

/// Why an agent could not talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub cause: String,
    /// Whether it is about the words of this call alone, so that another call to the same person
    /// would fail, too, and calls to others would not.
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
    /// From the answer to its beginning, in milliseconds.
    pub start_ms: u64,
    /// From the answer to its end, in milliseconds.
    pub end_ms: u64,
}
