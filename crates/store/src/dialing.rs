//! The store's verbs for dialing. One conformance suite tests every implementation.

use async_trait::async_trait;
use campanile_rules::{
    agent::AgentVersion,
    attempt::Attempt,
    batch::{BatchState, Control},
    dispatcher::{Advance, BatchFacts, Claim, Lane, Settlement},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    node::ChangedBatch,
    phone::E164,
    recipient::Due,
    template::ColumnMap,
    time::Timestamp,
    trunk::Trunk,
};

use crate::{Actor, CallLog, Leadership, StoreError};

/// All that an engine must know when it starts.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The version of the newest change that the snapshot has.
    pub version: u64,
    /// Whether limits changed, and recipients wait that the old limits postponed.
    pub limits: bool,
    /// Every workspace and its limit of concurrent calls.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Every trunk.
    pub trunks: Vec<(TrunkId, Trunk)>,
    /// When the last INVITE left, through any trunk: a new process continues at the former pace.
    pub last_dialed_at: Option<Timestamp>,
    /// Every scheduled, running or paused batch, and every final batch with open attempts or
    /// pending recipients (left by a stop that a crash interrupted).
    pub batches: Vec<LoadedBatch>,
}

/// What changed since a version, as it is stored now.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The version of the newest change that this has. There may be newer ones.
    pub version: u64,
    /// Workspaces, each with its limit of concurrent calls.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Trunks; none for a trunk that was removed.
    pub trunks: Vec<(TrunkId, Option<Trunk>)>,
    /// Batches.
    pub batches: Vec<ChangedBatch>,
    /// Whether limits changed that only the store knows.
    pub limits: bool,
}

/// A batch with all that the dispatcher must know about it.
#[derive(Debug, Clone)]
pub struct LoadedBatch {
    /// The batch.
    pub facts: BatchFacts,
    /// The batch's pending recipients, by lane.
    pub lanes: Vec<Lane>,
    /// The batch's open attempts, which a dead process left.
    pub open: Vec<OpenAttempt>,
}

/// An attempt that was claimed and never settled.
#[derive(Debug, Clone)]
pub struct OpenAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// When the INVITE was about to leave; none means that the phone never rang.
    pub dialed_at: Option<Timestamp>,
    /// When the call was answered.
    pub answered_at: Option<Timestamp>,
    /// The identity of the SIP dialog, as telephony wrote it.
    pub dialog: Option<String>,
}

/// What all calls of a batch have in common. Only the name changes once the batch has started.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchBrief {
    /// The version of the batch.
    pub batch_version: u64,
    /// The batch's name.
    pub name: String,
    /// The caller ID.
    pub from_number: E164,
    /// The columns of the file, in order.
    pub columns: Vec<String>,
    /// The columns that fill placeholders of another name.
    pub column_map: ColumnMap,
    /// The agent version that talks in the calls.
    pub version: AgentVersion,
}

/// A claimed recipient: its attempt, and what the agent needs.
#[derive(Debug, Clone)]
pub struct ClaimedRecipient {
    /// The attempt.
    pub attempt: Attempt,
    /// The cells of the recipient's row, in the file's column order.
    pub cells: Vec<String>,
    /// When the recipient became due; a first attempt counts as due since before all clocks.
    pub due_at: Timestamp,
}

/// The result of a claim.
#[derive(Debug, Clone, Default)]
pub struct Claimed {
    /// The claimed recipients; their attempts are stored and hold slots.
    pub recipients: Vec<ClaimedRecipient>,
    /// When the lane's next pending recipient is due; none when the lane is empty.
    pub next_due: Option<Due>,
}

/// What a control did, in numbers at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Controlled {
    /// The batch's state after the control.
    pub state: BatchState,
    /// Calls in progress; they go on until they end by themselves.
    pub in_progress: u64,
    /// Recipients that a stop cancelled before their first call.
    pub cancelled: u64,
    /// Recipients that wait for a retry. After a stop: those that got their last attempt's status.
    pub waiting_retries: u64,
    /// Recipients that wait for their first call.
    pub pending: u64,
}

/// The verbs of dialing. Each call of a verb is one transaction, which is durable when the verb
/// returns. Only the owner of an attempt marks, settles or releases it: for another process it is
/// not open.
#[async_trait]
pub trait Dialing: Leadership {
    /// Loads all that a starting engine must know. A recipient that was never dialed and that an
    /// earlier process postponed for a moment is due now, because the clock may have been set
    /// since.
    async fn load(&self) -> Result<Snapshot, StoreError>;

    /// The version of the newest change, as far as this process knows: it has every change whose
    /// write was answered here. What changes is listed in [`Changes`]. Versions rise in the order
    /// of commits: whoever reads a version has read every lower one.
    fn version(&self) -> u64;

    /// Waits for a version above `known`. A change of this process is told at once, a change of
    /// another process within a second.
    async fn next_version(&self, known: u64) -> Result<u64, StoreError>;

    /// Reads some of what changed after `version`, oldest first and from one state of the database.
    async fn changes_since(&self, version: u64) -> Result<Changes, StoreError>;

    /// Makes all recipients due that daily limits postponed to the next day, because limits have
    /// changed. The next claim postpones those that the limits still exclude.
    async fn wake_limited(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Loads what all calls of a batch have in common.
    async fn brief(&self, batch: BatchId) -> Result<BatchBrief, StoreError>;

    /// Claims due recipients of a lane, the longest due first: each becomes `in_progress` and gets
    /// an attempt with the next number and a slot. Claims none when the batch is not running, and
    /// never more than the limits of workspace, batch and trunk leave room for. A recipient whose
    /// number is in an open call of the workspace is not claimed (unless the batch allows it); it
    /// becomes due `busy_number_wait` later.
    async fn claim_recipients(&self, claim: Claim, now: Timestamp) -> Result<Claimed, StoreError>;

    /// Stores that the INVITE is about to leave. False: nothing was stored and the INVITE must not
    /// leave, because the batch no longer runs or the attempt is no longer ours.
    async fn mark_dialed(
        &self,
        attempt: AttemptId,
        dialog: String,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Whether an open call may be transferred to a number, by the rules that hold for dialing it
    /// over the same trunk now. A number on the do-not-call list may take calls.
    async fn may_transfer(&self, attempt: AttemptId, to: E164) -> Result<bool, StoreError>;

    /// Stores the dialog's identity when it becomes known or changes. `answered_at` comes with the
    /// 2xx, before the ACK leaves, so that a later process can always hang up.
    async fn note_dialog(
        &self,
        attempt: AttemptId,
        dialog: String,
        answered_at: Option<Timestamp>,
    ) -> Result<(), StoreError>;

    /// Settles an attempt: stores how it ended, the log of its call and what follows, and frees the
    /// slot. False: the attempt was no longer open, and nothing was stored. When the batch is
    /// `cancelled`, a retry is not stored; the recipient gets the retry's `otherwise` status.
    async fn settle_attempt(
        &self,
        settlement: Settlement,
        log: CallLog,
    ) -> Result<bool, StoreError>;

    /// Releases an attempt whose INVITE never left: deletes the attempt and frees its number. The
    /// recipient is pending as before, and not due before `not_before`. When the batch is
    /// `cancelled`, the recipient becomes `cancelled` or gets its last attempt's status, and the
    /// verb returns `None`.
    async fn release_attempt(
        &self,
        attempt: AttemptId,
        not_before: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Starts, pauses, resumes or stops a batch; the audit log names `actor`. Idempotent. A stop
    /// returns when no recipient of the batch is pending any more.
    async fn control_batch(
        &self,
        batch: BatchId,
        control: Control,
        by: (Actor, Timestamp),
    ) -> Result<Controlled, StoreError>;

    /// Moves due instants after the wall clock was set by `by_us` microseconds: a recipient that
    /// waits for a retry, or for a number that is in a call, waits as long as before.
    async fn move_due(&self, by_us: i64) -> Result<(), StoreError>;

    /// Moves a batch on because its time came or its last recipient is done. Does nothing if the
    /// batch's state has changed meanwhile. Returns the batch's facts as they are now.
    async fn advance_batch(
        &self,
        batch: BatchId,
        advance: Advance,
        now: Timestamp,
    ) -> Result<BatchFacts, StoreError>;
}
