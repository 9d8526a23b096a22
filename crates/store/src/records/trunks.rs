//! Trunks as they are stored.

use async_trait::async_trait;
use campanile_rules::{
    ids::{TrunkId, WorkspaceId},
    time::Timestamp,
    trunk::{Trunk, TrunkKind},
};
use serde::Serialize;

use crate::StoreError;

/// A trunk as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrunkRecord {
    /// The trunk's identity.
    pub id: TrunkId,
    /// The workspace that owns the trunk; none when the trunk is managed and shared by workspaces.
    pub workspace: Option<WorkspaceId>,
    /// The settings, password included: callers must not show the password.
    pub settings: Trunk,
    /// When the trunk was created.
    pub created_at: Timestamp,
}

/// Trunks of workspaces, and managed trunks, which the operator provides.
#[async_trait]
pub trait Trunks: Send + Sync {
    /// Stores a trunk: a managed trunk for the installation, any other for the workspace.
    /// `Conflict` when the name is taken there.
    async fn add_trunk(
        &self,
        workspace: WorkspaceId,
        trunk: Trunk,
        now: Timestamp,
    ) -> Result<TrunkRecord, StoreError>;

    /// The trunks that a workspace sees, oldest first: its own, and the managed ones that serve
    /// one of its numbers.
    async fn list_trunks(&self, workspace: WorkspaceId) -> Result<Vec<TrunkRecord>, StoreError>;

    /// The managed trunks, oldest first.
    async fn list_managed_trunks(&self) -> Result<Vec<TrunkRecord>, StoreError>;

    /// A trunk that a workspace sees.
    async fn trunk(&self, workspace: WorkspaceId, id: TrunkId) -> Result<TrunkRecord, StoreError>;

    /// A trunk of a workspace, or any managed trunk; for the operator.
    async fn trunk_for_operator(
        &self,
        workspace: WorkspaceId,
        id: TrunkId,
    ) -> Result<TrunkRecord, StoreError>;

    /// The trunk with this name among a workspace's own trunks, or among the managed ones.
    async fn trunk_by_name(
        &self,
        workspace: WorkspaceId,
        kind_and_name: (TrunkKind, &str),
    ) -> Result<Option<TrunkRecord>, StoreError>;

    /// Replaces the settings of a workspace's trunk or of a managed trunk. `Conflict` when the new
    /// name is taken, or when the trunk would change its kind.
    async fn update_trunk(
        &self,
        workspace: WorkspaceId,
        id: TrunkId,
        trunk: Trunk,
    ) -> Result<TrunkRecord, StoreError>;

    /// Removes a trunk. `Conflict` while a caller ID uses it or a call goes through it.
    async fn remove_trunk(&self, workspace: WorkspaceId, id: TrunkId) -> Result<(), StoreError>;
}
