//! API keys.

use async_trait::async_trait;
use campanile_rules::{ids::WorkspaceId, time::Timestamp, words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::StoreError;

words! {
    /// What a key allows. Each scope includes the ones before it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
    pub enum KeyScope {
        /// Look at everything.
        Read = "read",
        /// Create and control batches.
        Operate = "operate",
        /// Change agents, numbers, trunks, limits and keys of the workspace.
        Admin = "admin",
        /// Run the installation: managed trunks, destinations, KYC decisions, every workspace.
        Operator = "operator",
    }
}

/// An API key to store.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The public half of the key.
    pub key_id: String,
    /// SHA-256 of the secret half.
    pub secret_hash: [u8; 32],
    /// A label for people; empty when it has none.
    pub name: String,
    /// The scope: what the key allows.
    pub scope: KeyScope,
    /// The workspace of the key.
    pub workspace: WorkspaceId,
    /// When the key expires; none: it is valid until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// An API key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKeyRecord {
    /// The public half of the key.
    pub key_id: String,
    /// SHA-256 of the secret half.
    #[serde(skip)]
    pub secret_hash: [u8; 32],
    /// A label for people; empty when it has none.
    pub name: String,
    /// The scope: what the key allows.
    pub scope: KeyScope,
    /// The workspace of the key.
    pub workspace: WorkspaceId,
    /// When the key was created.
    pub created_at: Timestamp,
    /// When the key was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When the key was revoked; it is invalid since then.
    pub revoked_at: Option<Timestamp>,
    /// When the key expires.
    pub expires_at: Option<Timestamp>,
}

impl ApiKeyRecord {
    /// Whether the key is valid at `now`: neither revoked nor expired.
    pub fn opens(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// API keys.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Stores an API key. `Conflict` when its public half is taken.
    async fn add_key(&self, key: NewKey, now: Timestamp) -> Result<ApiKeyRecord, StoreError>;

    /// The key with this public half, revoked or not; none when its workspace was deleted.
    async fn find_key(&self, key_id: &str) -> Result<Option<ApiKeyRecord>, StoreError>;

    /// Whether any workspace ever had a key.
    async fn has_keys(&self) -> Result<bool, StoreError>;

    /// The keys of a workspace, oldest first, revoked keys included.
    async fn list_keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKeyRecord>, StoreError>;

    /// Revokes a key for good. Revoking it again changes nothing.
    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        key_id: &str,
        now: Timestamp,
    ) -> Result<ApiKeyRecord, StoreError>;

    /// Notes in the background that a key was used, so that a request that only reads neither waits
    /// for the write nor fails with it.
    fn touch_key_meanwhile(&self, key: &ApiKeyRecord, now: Timestamp);

    /// Notes that a key was used; writes at most once a minute.
    async fn touch_key(&self, key: &ApiKeyRecord, now: Timestamp) -> Result<(), StoreError>;
}
