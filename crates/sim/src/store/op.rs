//! The requests to the store and its answers.

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
    /// A request of a node.
    Verb {
        /// The verb.
        verb: Verb,
        /// The true time of the request. A lease counts from it.
        asked_at: Timestamp,
    },
    /// Create a batch: its index in the plan.
    Create(usize),
    /// `control_batch`, and when it was asked for.
    Control(BatchId, Control, Timestamp),
    /// New settings.
    Edit(BatchId, Edit),
    /// Suppress a number.
    Suppress(WorkspaceId, E164),
    /// The daily limit of a workspace is reached until this instant.
    Cap(WorkspaceId, Timestamp),
    /// Change the limit of a workspace.
    Workspace(WorkspaceId, u32),
    /// Change the limits of a trunk.
    Trunk(TrunkId, u32, f64),
}

/// An answer of the store.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The answer to a verb. The instants of a lease are true times.
    Answer(Answer),
    /// The batch after it was created or edited.
    Changed(LoadedBatch),
    /// The same after a control.
    Controlled(LoadedBatch, Controlled),
    /// To `Workspace`.
    Workspace(WorkspaceId, u32),
    /// Answer to `Trunk`.
    Trunk(TrunkId, u32, f64),
    /// The database failed and stored nothing.
    Failed(Op),
    /// Nothing to report: the state of the batch does not allow the operation, or the answer
    /// concerns no one.
    Nothing,
}

/// A control that was stored.
#[derive(Debug, Clone, Copy)]
pub struct Controlled {
    /// Which.
    pub control: Control,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// The two clocks at a commit.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    /// The true time.
    pub now: Timestamp,
    /// The wall-clock time, the only time that the store may store for others.
    pub wall: Timestamp,
}
