//! The requests to the store and its answers.

use campanile_rules::{
    batch::Control,
    dispatcher::Settlement,
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    node::{Answer, Verb},
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
    /// Mark an attempt as dialed.
    Mark(AttemptId),
    /// Store an ending.
    Settle(Box<Settlement>),
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
    /// Remove a trunk.
    RemoveTrunk(TrunkId),
    /// Give the caller ID of a batch another trunk.
    Reroute(BatchId, Option<TrunkId>),
    /// End the daily limits of a workspace.
    Uncap(WorkspaceId),
}

/// An answer of the store.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The answer to a verb. The instants of a lease are true times.
    Answer(Answer),
    /// A control of a batch was stored.
    Controlled(Controlled),
    /// The state of a batch does not allow the control.
    Refused,
    /// A change of the operator was stored, or changed nothing.
    Stored,
    /// The database failed and stored nothing.
    Failed(Op),
}

/// A control that was stored.
#[derive(Debug, Clone, Copy)]
pub struct Controlled {
    /// The batch.
    pub batch: BatchId,
    /// The version of the newest change.
    pub version: u64,
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
