//! What is asked of the store, and what it answers.

use campanile_rules::{
    batch::Control,
    ids::{BatchId, TrunkId, WorkspaceId},
    node::{Answer, LoadedBatch, Verb},
    phone::E164,
    time::Timestamp,
};

use crate::plan::Edit;

/// A request to the store.
#[derive(Debug, Clone)]
pub enum Op {
    /// What a node asks.
    Verb {
        /// What.
        verb: Verb,
        /// When, by the true time: a lease counts from there.
        asked_at: Timestamp,
    },
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
    /// To a verb; the instants of a lease are true ones.
    Answer(Answer),
    /// A batch as it is after it came or was edited.
    Changed(LoadedBatch),
    /// The same after a control, and when that was stored.
    Controlled(LoadedBatch, Control, Timestamp),
    /// To `Workspace`.
    Workspace(WorkspaceId, u32),
    /// To `Trunk`.
    Trunk(TrunkId, u32, f64),
    /// The database failed; nothing was stored.
    Failed(Op),
    /// There is nothing to tell: the batch's state does not allow it, or nobody need know.
    Nothing,
}

/// The two clocks at a commit.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    /// The true time.
    pub now: Timestamp,
    /// The time on the wall clock, the only one the store may store for others.
    pub wall: Timestamp,
}
