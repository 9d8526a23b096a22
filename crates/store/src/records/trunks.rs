//! Trunks as they are stored.

use campanile_rules::{
    ids::{TrunkId, WorkspaceId},
    time::Timestamp,
    trunk::Trunk,
};
use serde::Serialize;

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
