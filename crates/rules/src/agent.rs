//! What an agent version says and how it behaves during a call (PRODUCT: agents). Data only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{dispatcher::AgentKind, words};

/// One version of an agent. Once published it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentVersion {
    /// What the agent is told to be; `{{placeholders}}` are filled per recipient.
    #[serde(default)]
    pub prompt: String,
    /// The first thing said to a person; `{{placeholders}}` are filled per recipient.
    #[serde(default)]
    pub first_message: String,
    /// What to do when a machine answers.
    #[serde(default)]
    pub voicemail: VoicemailAction,
    /// What to say after the beep, when `voicemail` is `leave_message`.
    #[serde(default)]
    pub voicemail_message: String,
    /// Values of placeholders that a file need not have.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// BCP 47 language tag.
    #[serde(default = "default_language")]
    pub language: String,
    /// Voice of the text-to-speech program; empty means the language's own.
    #[serde(default)]
    pub voice: String,
    /// Who talks.
    #[serde(default)]
    pub engine: EngineKind,
    /// How long the phone may ring, in seconds.
    #[serde(default = "default_ring_timeout_s")]
    pub ring_timeout_s: u32,
    /// How long a conversation may last, in seconds.
    #[serde(default = "default_max_duration_s")]
    pub max_duration_s: u32,
    /// How long both sides may be silent, in seconds.
    #[serde(default = "default_silence_timeout_s")]
    pub silence_timeout_s: u32,
    /// Whether a machine is told from a person before the agent speaks.
    #[serde(default = "default_true")]
    pub voicemail_detection: bool,
}

words! {
    /// What to do when voicemail answers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum VoicemailAction {
        /// Hang up without a word.
        #[default]
        HangUp = "hang_up",
        /// Wait for the beep and speak `voicemail_message`.
        LeaveMessage = "leave_message",
    }
}

/// Who talks in an agent version. Engines that are not built yet are not named here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EngineKind {
    /// Speaks `first_message`, then each line after the person's turn, says `goodbye`, hangs up.
    Script {
        /// What to say, one line a turn. A line that ends in `.wav` names a file to play.
        #[serde(default)]
        lines: Vec<String>,
        /// The last thing said.
        #[serde(default = "default_goodbye")]
        goodbye: String,
    },
}

impl EngineKind {
    /// Where the words come from.
    pub fn kind(&self) -> AgentKind {
        match self {
            EngineKind::Script { .. } => AgentKind::BuiltIn,
        }
    }
}

impl Default for EngineKind {
    fn default() -> Self {
        EngineKind::Script { lines: Vec::new(), goodbye: default_goodbye() }
    }
}

fn default_goodbye() -> String {
    "Thank you. Goodbye.".to_owned()
}
fn default_language() -> String {
    "en-US".to_owned()
}
fn default_ring_timeout_s() -> u32 {
    30
}
fn default_max_duration_s() -> u32 {
    600
}
fn default_silence_timeout_s() -> u32 {
    20
}
fn default_true() -> bool {
    true
}
