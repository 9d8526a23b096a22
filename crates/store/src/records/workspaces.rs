//! Workspaces.

use async_trait::async_trait;
use campanile_rules::{
    ids::{PhoneNumberId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use serde::Serialize;

use crate::StoreError;

/// A workspace as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkspaceRecord {
    /// The workspace's identity.
    pub id: WorkspaceId,
    /// The workspace's name, unique.
    pub name: String,
    /// The limit of concurrent calls, ringing ones included.
    pub max_concurrent_calls: u32,
    /// The caller ID of batches that name none; none means the workspace's oldest number.
    pub default_phone_number: Option<PhoneNumberId>,
    /// How many days a batch is kept after its end; none means for ever.
    pub keep_batches_days: Option<u32>,
    /// When the workspace was created.
    pub created_at: Timestamp,
}

/// Workspaces.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// The workspace called `name`; creates it, with a limit of 100 calls, when there is none.
    async fn ensure_workspace(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<WorkspaceRecord, StoreError>;

    /// Creates a workspace, with the default network groups enabled. `Conflict` when the name is
    /// taken.
    async fn create_workspace(
        &self,
        name: &str,
        max_concurrent_calls: Option<u32>,
        now: Timestamp,
    ) -> Result<WorkspaceRecord, StoreError>;

    /// A workspace.
    async fn workspace(&self, id: WorkspaceId) -> Result<WorkspaceRecord, StoreError>;

    /// Every workspace, oldest first.
    async fn list_workspaces(&self) -> Result<Vec<WorkspaceRecord>, StoreError>;

    /// Sets a workspace's limit of concurrent calls. Calls beyond a lowered limit go on; no new
    /// call begins until there is room.
    async fn set_workspace_limit(
        &self,
        id: WorkspaceId,
        max_concurrent_calls: u32,
    ) -> Result<WorkspaceRecord, StoreError>;

    /// Sets how many days a batch is kept after its end; none means for ever. Batches that ended
    /// longer ago are deleted at once.
    async fn set_keep_batches_days(
        &self,
        id: WorkspaceId,
        days: Option<u32>,
    ) -> Result<WorkspaceRecord, StoreError>;

    /// Sets the caller ID of batches that name none; it must be a number of the workspace.
    async fn set_default_phone_number(
        &self,
        id: WorkspaceId,
        number: PhoneNumberId,
    ) -> Result<WorkspaceRecord, StoreError>;

    /// The caller ID of batches that name none: the number that was set, else the oldest one. None
    /// when the workspace has no number.
    async fn default_phone_number(&self, id: WorkspaceId) -> Result<Option<E164>, StoreError>;
}
