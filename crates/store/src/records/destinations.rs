//! Where workspaces may call, and how much.

use async_trait::async_trait;
use campanile_numbers::destination::DestinationCheck;
use campanile_rules::{
    ids::{PhoneNumberId, WorkspaceId},
    time::Timestamp,
};

use crate::{DailyUsage, StoreError};

/// Where workspaces may call, and how much.
#[async_trait]
pub trait Destinations: Send + Sync {
    /// The check that an import applies to each number: the workspace's suppressions and, when the
    /// caller ID is known, the policy of its trunk. The check is a snapshot; dialing checks again.
    /// It holds eight bytes for each suppressed number.
    async fn destination_check(
        &self,
        workspace: WorkspaceId,
        from: Option<PhoneNumberId>,
    ) -> Result<DestinationCheck, StoreError>;

    /// What a workspace has used today of its daily limits.
    async fn daily_usage(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<DailyUsage, StoreError>;
}
