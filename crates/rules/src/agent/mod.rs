//! What an agent version says and how it behaves during a call (PRODUCT: agents). Data only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

mod ability;
mod engine;
mod secret;

pub use ability::*;
pub use engine::*;
pub use secret::*;

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
    /// Whether a person who speaks over the agent silences it.
    #[serde(default = "default_true")]
    pub interruptible: bool,
    /// What to say when the agent's server is lost in the middle of a call; nothing when empty.
    #[serde(default)]
    pub failure_message: String,
    /// What the call is for: the values that the agent records.
    #[serde(default)]
    pub results: Vec<ResultField>,
    /// Functions of the user's own that the agent may call.
    #[serde(default)]
    pub tools: Vec<HttpTool>,
    /// The numbers to which the agent may transfer a call, E.164.
    #[serde(default)]
    pub transfer_to: Vec<String>,
}

impl AgentVersion {
    /// Calls `each` with every secret of the version: its place as a JSON Pointer (RFC 6901), the URL
    /// of the server that it is for, and the secret.
    pub fn each_secret(&mut self, mut each: impl FnMut(String, &str, &mut Secret)) {
        for server in self.engine.servers() {
            each(server.secret_at(), server.url, server.key);
        }
        for (at, tool) in self.tools.iter_mut().enumerate() {
            for (name, value) in &mut tool.headers {
                let name = name.replace('~', "~0").replace('/', "~1");
                each(format!("/tools/{at}/headers/{name}"), &tool.url, value);
            }
        }
    }
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
