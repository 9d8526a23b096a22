//! The network groups that workspaces may call, and the groups that the operator defines.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campanile_numbers::destination::{CustomGroup, GroupId};
use campanile_rules::{ids::WorkspaceId, time::Timestamp};

use crate::StoreError;

/// The network groups that workspaces may call, and the groups that the operator defines.
#[async_trait]
pub trait NetworkGroups: Send + Sync {
    /// The groups that a workspace may call over managed trunks.
    async fn enabled_groups(&self, workspace: WorkspaceId)
    -> Result<BTreeSet<GroupId>, StoreError>;

    /// Enables or disables groups for a workspace: all of them, or none if one does not exist.
    /// Returns the groups that are enabled now.
    async fn switch_groups(
        &self,
        workspace: WorkspaceId,
        groups: Vec<(GroupId, bool)>,
    ) -> Result<BTreeSet<GroupId>, StoreError>;

    /// The custom groups, by id.
    async fn custom_groups(&self) -> Result<Vec<CustomGroup>, StoreError>;

    /// Adds a custom group. `Conflict` when its id is taken, or its name in its country.
    async fn add_custom_group(
        &self,
        group: CustomGroup,
        now: Timestamp,
    ) -> Result<CustomGroup, StoreError>;

    /// Replaces a custom group. `Conflict` when its name is taken.
    async fn update_custom_group(&self, group: CustomGroup) -> Result<CustomGroup, StoreError>;

    /// Deletes a custom group. No workspace may call it any more, and its numbers belong again to
    /// the groups that surround it.
    async fn remove_custom_group(&self, id: GroupId) -> Result<CustomGroup, StoreError>;
}
