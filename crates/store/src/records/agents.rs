//! Agents and their versions.

use campanile_rules::{
    agent::AgentVersion,
    ids::{AgentId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;

/// An agent as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentRecord {
    /// The agent's identity.
    pub id: AgentId,
    /// The workspace that owns the agent.
    pub workspace: WorkspaceId,
    /// A label for people.
    pub name: String,
    /// When the agent was created.
    pub created_at: Timestamp,
    /// The number of the newest version.
    pub latest_version: u32,
    /// The number of the newest published version.
    pub published_version: Option<u32>,
}

/// A version of an agent as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentVersionRecord {
    /// The agent.
    pub agent: AgentId,
    /// The version's number: from 1, without gaps.
    pub number: u32,
    /// Whether the version is published: batches can use it, and it never changes again.
    pub published: bool,
    /// What the agent says and how it behaves.
    pub settings: AgentVersion,
    /// When the version was created.
    pub created_at: Timestamp,
    /// When the version was published.
    pub published_at: Option<Timestamp>,
}
