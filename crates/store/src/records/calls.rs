//! Calls as users see them.

use async_trait::async_trait;
use campanile_rules::{
    attempt::{AnsweredBy, EndReason, Outcome},
    ids::{AgentId, AttemptId, BatchId, RecipientId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};

use crate::{AttemptRecord, CallLog, StoreError};

/// A call: an attempt that was dialed, with its log.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// The attempt.
    pub attempt: AttemptRecord,
    /// The workspace that made the call.
    pub workspace: WorkspaceId,
    /// The batch of the call.
    pub batch: BatchId,
    /// The agent that talked, and its version.
    pub agent: (AgentId, u32),
    /// The number that was dialed.
    pub number: E164,
    /// The caller ID.
    pub from_number: E164,
    /// The log of the call; without transcript and SIP messages in a list.
    pub log: CallLog,
}

/// Selects the calls of a workspace to show.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Only the call with this call ID.
    pub call_id: Option<String>,
    /// Only calls of this batch.
    pub batch: Option<BatchId>,
    /// Only calls to this recipient.
    pub recipient: Option<RecipientId>,
    /// Only calls of this agent, in any version.
    pub agent: Option<AgentId>,
    /// Only calls with this outcome.
    pub outcome: Option<Outcome>,
    /// Only calls with this end reason.
    pub end_reason: Option<EndReason>,
    /// Only calls answered by this kind of answerer.
    pub answered_by: Option<AnsweredBy>,
    /// Only calls to a number that contains this text; with a leading `+`, to a number that begins
    /// with it. Spaces, dots, dashes and brackets are ignored.
    pub number: Option<String>,
    /// Only calls dialed at or after this instant.
    pub from: Option<Timestamp>,
    /// Only calls dialed before this instant.
    pub to: Option<Timestamp>,
    /// Only calls after this one: the `next` of the previous page.
    pub after: Option<AttemptId>,
    /// The number of calls to skip first.
    pub skip: u32,
    /// The maximum number of calls.
    pub limit: u32,
}

/// A page of calls, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPage {
    /// The calls. A page of a search may be short or empty although more calls follow.
    pub items: Vec<CallRecord>,
    /// The last call of this page, after which the next page begins; none on the last page.
    pub next: Option<AttemptId>,
}

/// The calls of workspaces.
#[async_trait]
pub trait Calls: Send + Sync {
    /// A page of a workspace's calls. The cost is the same anywhere in a million calls.
    async fn calls(
        &self,
        workspace: WorkspaceId,
        filter: CallFilter,
    ) -> Result<CallPage, StoreError>;

    /// The number of calls that match a filter, on all pages; examines a million calls at most.
    async fn count_calls(
        &self,
        workspace: WorkspaceId,
        filter: CallFilter,
    ) -> Result<u32, StoreError>;

    /// A call of a workspace, with its full log.
    async fn call(&self, workspace: WorkspaceId, call_id: &str) -> Result<CallRecord, StoreError>;
}
