//! Deletion of batches, and of data whose time is over.

use async_trait::async_trait;
use campanile_rules::{
    ids::{AttemptId, BatchId},
    time::Timestamp,
};

use crate::StoreError;

/// Deletion of batches, and of data whose time is over.
#[async_trait]
pub trait Deletion: Send + Sync {
    /// Returns when there may be data to erase or delete.
    async fn to_forget(&self);

    /// Hidden batches that are not completely deleted yet.
    async fn deleted_batches(&self) -> Result<Vec<BatchId>, StoreError>;

    /// Deletes batches that ended longer ago than their workspaces keep them.
    async fn expire_batches(&self, now: Timestamp) -> Result<(), StoreError>;

    /// The files of some recordings of a deleted batch; none when no recording is left.
    async fn recordings_of_deleted(
        &self,
        batch: BatchId,
    ) -> Result<Vec<(AttemptId, String)>, StoreError>;

    /// Deletes the records of some calls' recordings, whose files are deleted already.
    async fn forget_recordings_of(&self, attempts: Vec<AttemptId>) -> Result<(), StoreError>;

    /// Deletes the rest of a deleted batch whose recordings are gone, a piece at a time.
    async fn finish_deletion(&self, batch: BatchId) -> Result<(), StoreError>;
}
