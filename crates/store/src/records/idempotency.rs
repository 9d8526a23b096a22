//! Answers kept under an Idempotency-Key.

use async_trait::async_trait;
use campanile_rules::time::Timestamp;

use crate::StoreError;

/// What the store knows of a request's Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Nothing. The key is now reserved for this request, which must end with
    /// `finish_idempotent` or `forget_idempotent`.
    NotYet,
    /// The same request is being answered at this moment.
    InProgress,
    /// A different request used the key.
    Differently,
    /// The same request created what is at this path, and was never answered. The caller must make
    /// the answer again, and end as after [`Answered::NotYet`].
    Made(String),
    /// The answer to the same request was about this thing, such as `batch_3`, which was deleted
    /// with everything that told of it. The caller must answer so, and end as after
    /// [`Answered::NotYet`].
    Gone(String),
    /// The same request got this answer.
    With {
        /// HTTP status.
        status: u16,
        /// Body, JSON.
        body: Vec<u8>,
    },
}

/// Requests with an Idempotency-Key and their answers, kept for 24 hours.
#[async_trait]
pub trait Idempotency: Send + Sync {
    /// Reserves an Idempotency-Key for an API key, or returns the earlier answer. `request_hash`
    /// tells requests apart.
    async fn begin_idempotent(
        &self,
        api_key: &str,
        key: &str,
        request_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Answered, StoreError>;

    /// Stores the answer to a reserved key.
    async fn finish_idempotent(
        &self,
        api_key: &str,
        key: &str,
        answer: (u16, Vec<u8>),
    ) -> Result<(), StoreError>;

    /// Releases a reserved key, because the request failed in a way that the client may repeat.
    /// What the request created before it failed stays noted.
    async fn forget_idempotent(&self, api_key: &str, key: &str) -> Result<(), StoreError>;
}
