//! The verbs that dialing needs of a store. One conformance suite holds every implementation to them.

use std::sync::Arc;

use async_trait::async_trait;
use campanile_rules::{
    agent::AgentVersion,
    attempt::Attempt,
    batch::{BatchState, Control, Refused},
    dispatcher::{Advance, BatchFacts, Claim, Lane, Settlement},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    phone::E164,
    template::ColumnMap,
    time::Timestamp,
    trunk::Trunk,
};

use tokio::sync::watch;

use crate::{Actor, CallLog, Failing, Trouble};

/// Why the store could not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing, or not in this workspace.
    #[error("there is no {0}")]
    NotFound(String),
    /// The state of a batch does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It collides with what is stored, for example a name that is taken.
    #[error("{0}")]
    Conflict(String),
    /// The disk does not take it, or does not give it, at the moment; nothing was changed.
    #[error("the database cannot be used: {0}")]
    Disk(Trouble),
    /// The file of the database is damaged.
    #[error(
        "the database is damaged ({0}); stop the server, look with campanile db check, and restore \
         a backup with campanile db restore"
    )]
    Damaged(String),
    /// Anything else that failed in the database.
    #[error("database: {0}")]
    Database(String),
}

/// What a starting engine must know.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every workspace and its limit of calls at once.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Every trunk.
    pub trunks: Vec<(TrunkId, Trunk)>,
    /// When the last INVITE left, through any trunk: a new process goes on at the old one's pace.
    pub last_dialed_at: Option<Timestamp>,
    /// Every batch that is scheduled, running or paused, or that is final with open attempts or
    /// with recipients that are still pending (a stop that a crash cut short).
    pub batches: Vec<LoadedBatch>,
}

/// A batch with all that the dispatcher must know.
#[derive(Debug, Clone)]
pub struct LoadedBatch {
    /// The batch.
    pub facts: BatchFacts,
    /// Its pending recipients by lane.
    pub lanes: Vec<Lane>,
    /// Its attempts that are open: dead processes left them.
    pub open: Vec<OpenAttempt>,
}

/// An attempt that was claimed and never settled.
#[derive(Debug, Clone)]
pub struct OpenAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// When its INVITE was about to leave; none means that it never rang.
    pub dialed_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// The dialog's identity, as telephony wrote it.
    pub dialog: Option<String>,
}

/// What every call of a batch has in common. It never changes once the batch has started.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchBrief {
    /// The batch's name.
    pub name: String,
    /// The caller ID.
    pub from_number: E164,
    /// The columns of its file, in order.
    pub columns: Vec<String>,
    /// The columns of placeholders that are called otherwise.
    pub column_map: ColumnMap,
    /// The agent version that talks.
    pub version: AgentVersion,
}

/// A recipient that was claimed: its attempt and what its agent needs.
#[derive(Debug, Clone)]
pub struct ClaimedRecipient {
    /// The attempt.
    pub attempt: Attempt,
    /// The cells of its row, in the file's column order.
    pub cells: Vec<String>,
    /// Since when it was due; of a first attempt, since before all clocks.
    pub due_at: Timestamp,
}

/// The answer to a claim.
#[derive(Debug, Clone, Default)]
pub struct Claimed {
    /// What was taken: stored, holding slots.
    pub recipients: Vec<ClaimedRecipient>,
    /// When the lane's next pending recipient is due; none when nobody is left in it.
    pub next_due_at: Option<Timestamp>,
}

/// What a control did, in numbers at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Controlled {
    /// The state now.
    pub state: BatchState,
    /// Calls that go on until they end by themselves.
    pub in_progress: u64,
    /// Recipients never dialed that a stop cancelled.
    pub cancelled: u64,
    /// Recipients that wait for a retry; after a stop: those that got their last attempt's status.
    pub waiting_retries: u64,
    /// Recipients still to be dialed for the first time.
    pub pending: u64,
}

/// The verbs of dialing. Every verb is one transaction, durable when it returns.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The same store, which writes `actor` down for whatever is changed through it.
    fn by(&self, actor: Actor) -> Arc<dyn Store>;

    /// Follows whether the store can be written. While it cannot, every verb that writes fails at
    /// once; when it can be again, what was asked before may be asked again.
    fn health(&self) -> watch::Receiver<Option<Failing>>;

    /// Begins to lead, and tells the attempts that an earlier leader claimed and never dialed.
    async fn lead(&self) -> Result<Vec<AttemptId>, StoreError>;

    /// All that a starting engine must know. Whoever was never dialed and was put off for a moment
    /// by an earlier process is due now: the clock may have been set since.
    async fn load(&self) -> Result<Snapshot, StoreError>;

    /// One batch, for one that is new or was changed.
    async fn load_batch(&self, batch: BatchId) -> Result<LoadedBatch, StoreError>;

    /// What every call of a batch has in common.
    async fn brief(&self, batch: BatchId) -> Result<BatchBrief, StoreError>;

    /// Takes due recipients of a lane in the order in which they became due: recipient →
    /// `in_progress`, an attempt with the next number, a slot. Takes none when the batch is not
    /// running, and never more than the limits of workspace, batch and trunk leave room for. A
    /// recipient whose number is in an open call of the workspace is not taken (unless the batch
    /// allows it) but becomes due `busy_number_wait` later.
    async fn claim_recipients(&self, claim: Claim, now: Timestamp) -> Result<Claimed, StoreError>;

    /// The INVITE is about to leave. False: it must not, because the batch no longer runs or the
    /// attempt is no longer ours; then nothing was stored.
    async fn mark_dialed(
        &self,
        attempt: AttemptId,
        dialog: String,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The identity of the dialog became known or changed; `answered_at` with the 2xx, before its
    /// ACK leaves, so that a successor can always hang up.
    async fn note_dialog(
        &self,
        attempt: AttemptId,
        dialog: String,
        answered_at: Option<Timestamp>,
    ) -> Result<(), StoreError>;

    /// Stores how an attempt ended, what is kept of its call, and what follows; frees the slot. False: the attempt was
    /// not open any more, and nothing was stored. When the batch is `cancelled`, a retry is
    /// not stored but its `otherwise` status.
    async fn settle_attempt(
        &self,
        settlement: Settlement,
        log: CallLog,
    ) -> Result<bool, StoreError>;

    /// Gives back an attempt whose INVITE never left: the row of the attempt is gone, its number
    /// is free again, the recipient is pending as before, and not due before `not_before`. When the
    /// batch is `cancelled`, the recipient becomes `cancelled`, or gets its last attempt's status,
    /// and `None` is returned.
    async fn release_attempt(
        &self,
        attempt: AttemptId,
        not_before: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Starts, pauses, resumes or stops a batch. Idempotent. A stop returns when no recipient is
    /// pending any more.
    async fn control_batch(
        &self,
        batch: BatchId,
        control: Control,
        now: Timestamp,
    ) -> Result<Controlled, StoreError>;

    /// The wall clock was set by so many microseconds: whoever waits for a retry, or for a number
    /// that is in a call, waits as long as before.
    async fn move_due(&self, by_us: i64) -> Result<(), StoreError>;

    /// Moves a batch on because time or completion says so; does nothing if its state has
    /// changed meanwhile. Returns the facts as they are now.
    async fn advance_batch(
        &self,
        batch: BatchId,
        advance: Advance,
        now: Timestamp,
    ) -> Result<BatchFacts, StoreError>;
}
