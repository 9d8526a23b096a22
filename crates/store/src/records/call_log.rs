//! What is stored of a call beside its outcome and evidence.

use campanile_rules::{
    conversation::{Action, Latency},
    ladder::Ladder,
};

/// The log of a call, stored together with the settlement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallLog {
    /// The transcript: what was said, in order.
    pub transcript: Vec<Utterance>,
    /// How soon the agent answered each turn, in order.
    pub latencies: Vec<Latency>,
    /// What was done beside talking, in order.
    pub actions: Vec<Action>,
    /// The call's SIP messages; none when they are not kept.
    pub ladder: Ladder,
    /// The call's recording; none when the call was not recorded.
    pub recording: Option<Recording>,
}

/// What the transcript of a call holds.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Utterance {
    /// Who: `agent` or `user`.
    pub speaker: String,
    /// What was said, or what was heard, such as `speech 1.4 s`.
    pub text: String,
    /// From the answer to its beginning, in milliseconds.
    pub start_ms: u64,
    /// From the answer to its end, in milliseconds.
    pub end_ms: u64,
}

/// The recording of a call: a file with its sound.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recording {
    /// The file's path, relative to the directory of recordings.
    pub file: String,
    /// The length of the recorded conversation, in milliseconds.
    pub duration_ms: u64,
    /// Milliseconds of silence in the file in place of sound that the disk did not store.
    pub lost_ms: u64,
    /// Why the disk did not store that sound, in words; none when nothing is missing.
    pub lost_reason: Option<String>,
}
