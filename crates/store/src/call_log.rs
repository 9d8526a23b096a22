//! What is kept of a call beside its outcome and evidence.

use campanile_rules::ladder::Ladder;

/// What a call leaves behind, handed over with its settlement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallLog {
    /// What was said, in order.
    pub transcript: Vec<Utterance>,
    /// Its SIP messages; none when they are not kept.
    pub ladder: Ladder,
    /// Its sound; none when it was not recorded.
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

/// The sound of a call in a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recording {
    /// The file, relative to the directory of recordings.
    pub file: String,
    /// How long the recorded conversation was, in milliseconds.
    pub duration_ms: u64,
    /// How much of it is silence in the file, because the disk did not take it, in milliseconds.
    pub lost_ms: u64,
    /// Why the disk did not take it, in words; none when nothing is missing.
    pub lost_reason: Option<String>,
}
