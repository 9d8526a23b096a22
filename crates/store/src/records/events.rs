//! Stored events.

use async_trait::async_trait;
use campanile_rules::{
    event::{Envelope, EventKind},
    ids::{BatchId, WorkspaceId},
    time::Timestamp,
};
use tokio::sync::watch;

use crate::StoreError;

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// The event's place in the log; ids rise and are never used again.
    pub id: i64,
    /// The workspace that the event belongs to.
    pub workspace: WorkspaceId,
    /// The batch that the event is about, if any.
    pub batch: Option<BatchId>,
    /// When the event happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The data: a JSON object, as clients receive it.
    pub data: String,
}

impl EventRecord {
    /// The event in the envelope of its receivers.
    pub fn envelope(&self) -> Envelope<'_> {
        let (sequence, kind, at) = (self.id, self.kind.as_str(), self.at);
        Envelope { sequence, kind, at, batch: self.batch, data: &self.data }
    }
}

/// Selects the events of a workspace, or of one of its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventFilter {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Only events about this batch.
    pub batch: Option<BatchId>,
}

/// The range of events that the log holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBounds {
    /// The id of the newest event ever stored; 0 before the first.
    pub last: i64,
    /// A reader whose last event is before this id cannot simply go on: later events were pruned,
    /// or belong to the time before a backup was restored. 0 when there is no such event.
    pub pruned: i64,
}

/// Selects the old events that may be deleted.
#[derive(Debug, Clone, Copy)]
pub struct Prune {
    /// Events that happened before this instant.
    pub before: Timestamp,
    /// Events beyond this many of the newest.
    pub max_events: u64,
    /// Events from this id on are kept, because a reader still needs them.
    pub keep_from: Option<i64>,
}

/// The log of events.
#[async_trait]
pub trait Events: Send + Sync {
    /// Events after the id `after`, in order.
    async fn events_after(
        &self,
        filter: EventFilter,
        after: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, StoreError>;

    /// The range of ids that the log holds.
    async fn event_bounds(&self) -> Result<EventBounds, StoreError>;

    /// Watches the id of the newest event; it changes after each commit that stored events.
    fn event_signal(&self) -> watch::Receiver<i64>;

    /// Deletes old events in small transactions, and returns how many. A reader that still needs
    /// some of them learns of the gap from [`Events::event_bounds`].
    async fn prune_events(&self, what: Prune) -> Result<u64, StoreError>;
}
