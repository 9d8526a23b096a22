//! What is asked of the store, and what it answers.

use campanile_rules::{
    attempt::Attempt,
    batch::Control,
    dispatcher::{Advance, BatchFacts, Claim, Lane, LaneKey, Settlement},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};

use crate::plan::Edit;

/// A request to the store.
#[derive(Debug, Clone)]
pub enum Op {
    /// To lead, if nobody does.
    Acquire,
    /// To lead on.
    Renew {
        /// When it was asked.
        asked_at: Timestamp,
    },
    /// All that a starting engine must know.
    Load,
    /// `claim_recipients`.
    Claim(Claim),
    /// `mark_dialed`.
    MarkDialed(AttemptId),
    /// `settle_attempt`.
    Settle(Settlement),
    /// `release_attempt`, and when its recipient is due at the earliest.
    Release(AttemptId, Option<Timestamp>),
    /// `move_due`.
    MoveDue(i64),
    /// `advance_batch`.
    Advance(BatchId, Advance),
    /// A batch comes: its index in the plan.
    Create(usize),
    /// `control_batch`.
    Control(BatchId, Control),
    /// New settings.
    Edit(BatchId, Edit),
    /// A number must not be called any more.
    Suppress(WorkspaceId, E164),
    /// Nobody more of a workspace until this instant.
    Cap(WorkspaceId, Timestamp),
    /// A new limit.
    Workspace(WorkspaceId, u32),
    /// New limits.
    Trunk(TrunkId, u32, f64),
}

/// What the store answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// To `Acquire`: until when the asker leads, if it does, and what was never dialed.
    Acquired(Option<Timestamp>, Vec<AttemptId>),
    /// To `Renew`.
    Renewed(Timestamp),
    /// To `Load`.
    Loaded(Box<Snapshot>),
    /// To `Claim`.
    Claimed {
        /// The batch of the claim.
        batch: BatchId,
        /// The lane of the claim.
        lane: LaneKey,
        /// What was taken.
        attempts: Vec<Attempt>,
        /// When the lane's next is due.
        next_due_at: Option<Timestamp>,
    },
    /// To `MarkDialed`.
    Marked(AttemptId, bool),
    /// To `Settle`.
    Settled(AttemptId),
    /// To `Release`.
    Released(AttemptId, Option<Timestamp>),
    /// To `MoveDue`.
    DueMoved,
    /// A batch as it is now, with a number that grows with each of its changes.
    Batch(Box<LoadedBatch>),
    /// The same after a control, and when that was stored.
    Controlled(Box<LoadedBatch>, Control, Timestamp),
    /// To `Workspace`.
    Workspace(WorkspaceId, u32),
    /// To `Trunk`.
    Trunk(TrunkId, u32, f64),
    /// The database failed; nothing was stored.
    Failed(Op),
    /// The asker does not lead any more; nothing was stored.
    NotLeading,
    /// The batch's state does not allow it, or there is no such batch.
    Refused,
}

/// A batch with all that the rules must know.
#[derive(Debug, Clone)]
pub struct LoadedBatch {
    /// Grows with each change of the facts.
    pub version: u64,
    /// The batch.
    pub facts: BatchFacts,
    /// Its pending recipients by lane.
    pub lanes: Vec<Lane>,
    /// Its open attempts.
    pub open: Vec<Attempt>,
}

/// All that a starting engine must know.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Every workspace.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Every trunk: calls at once, calls per second, when it was dialed last.
    pub trunks: Vec<(TrunkId, u32, f64, Option<Timestamp>)>,
    /// Every batch that is not at rest.
    pub batches: Vec<LoadedBatch>,
}

/// The two clocks at a commit.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    /// The true time.
    pub now: Timestamp,
    /// The time on the wall clock, the only one the store may store for others.
    pub wall: Timestamp,
}
