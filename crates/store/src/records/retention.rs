//! Deletion of old transcripts, SIP messages and recordings.

use async_trait::async_trait;
use campanile_rules::{ids::AttemptId, time::Timestamp};

use crate::StoreError;

/// Deletion of old transcripts, SIP messages and recordings.
#[async_trait]
pub trait Retention: Send + Sync {
    /// Deletes transcripts and SIP messages of some calls that were claimed before an instant.
    /// False: none were left.
    async fn forget_call_logs(&self, before: Timestamp) -> Result<bool, StoreError>;

    /// The files of some recordings of calls that were claimed before an instant, oldest first.
    async fn old_recordings(
        &self,
        before: Timestamp,
    ) -> Result<Vec<(AttemptId, String)>, StoreError>;
}
