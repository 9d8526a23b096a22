//! Workspaces.

use campanile_rules::{
    ids::{PhoneNumberId, WorkspaceId},
    time::Timestamp,
};
use serde::Serialize;

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
