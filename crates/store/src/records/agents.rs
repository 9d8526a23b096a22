//! Agents and their versions.

use async_trait::async_trait;
use campanile_rules::{
    agent::AgentVersion,
    ids::{AgentId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;

use crate::StoreError;

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

/// The agents of workspaces, and their versions.
#[async_trait]
pub trait Agents: Send + Sync {
    /// Creates an agent with draft version 1.
    async fn create_agent(
        &self,
        workspace: WorkspaceId,
        name: &str,
        version: AgentVersion,
        now: Timestamp,
    ) -> Result<(AgentRecord, AgentVersionRecord), StoreError>;

    /// The agents of a workspace, oldest first.
    async fn list_agents(&self, workspace: WorkspaceId) -> Result<Vec<AgentRecord>, StoreError>;

    /// An agent of a workspace.
    async fn agent(&self, workspace: WorkspaceId, id: AgentId) -> Result<AgentRecord, StoreError>;

    /// Renames an agent.
    async fn rename_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        name: &str,
    ) -> Result<AgentRecord, StoreError>;

    /// The versions of an agent, oldest first.
    async fn agent_versions(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
    ) -> Result<Vec<AgentVersionRecord>, StoreError>;

    /// One version of an agent.
    async fn agent_version(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        number: u32,
    ) -> Result<AgentVersionRecord, StoreError>;

    /// The newest published version of an agent, if there is one.
    async fn latest_published(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
    ) -> Result<Option<AgentVersionRecord>, StoreError>;

    /// Adds a draft version with the next number.
    async fn add_agent_version(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        version: AgentVersion,
        now: Timestamp,
    ) -> Result<AgentVersionRecord, StoreError>;

    /// Replaces the settings of a draft. `Conflict` when the version is published.
    async fn update_agent_version(
        &self,
        workspace: WorkspaceId,
        version: (AgentId, u32),
        version: AgentVersion,
    ) -> Result<AgentVersionRecord, StoreError>;

    /// Publishes a version: batches may use it, and it never changes again. Publishing it twice
    /// changes nothing.
    async fn publish_agent_version(
        &self,
        workspace: WorkspaceId,
        version: (AgentId, u32),
        now: Timestamp,
    ) -> Result<AgentVersionRecord, StoreError>;

    /// Removes an agent with all its versions. `Conflict` when a batch has used one.
    async fn remove_agent(&self, workspace: WorkspaceId, id: AgentId) -> Result<(), StoreError>;
}
