//! What an agent is told about one call.

use std::collections::BTreeMap;

use campanile_rules::{
    agent::{AgentVersion, Secret},
    ids::{BatchId, RecipientId, WorkspaceId},
    phone::E164,
};

/// What an agent is told about one call.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The version, with its placeholders already filled in for this recipient. It has the prompt,
    /// the first message, the language and the voice.
    pub version: AgentVersion,
    /// The id of the call, as users see it.
    pub call_id: String,
    /// The secret with which the agent's server asks something of the call over HTTP, while it lasts.
    pub token: Secret,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The batch.
    pub batch: BatchId,
    /// The recipient.
    pub recipient: RecipientId,
    /// The number of this attempt to reach the recipient, from 1.
    pub attempt: u32,
    /// The caller ID.
    pub from_number: E164,
    /// The number of the recipient.
    pub to_number: E164,
    /// The cells of the recipient's row by column, as they are, and the version's defaults for names
    /// that are no column.
    pub variables: BTreeMap<String, String>,
}
