//! What reaches the driver.

use campanile_rules::{
    attempt::Ending,
    blocker::{Blocked, Blocker},
    dispatcher::{LaneKey, Outage, Settlement, TrunkLoad},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    node::{Answer, Input, Verb},
    time::Timestamp,
};
use campanile_store::{CallLog, LoadedBatch, Snapshot, StoreError};
use tokio::sync::oneshot;

/// What the call of a claimed recipient needs.
#[derive(Debug, Default)]
pub(crate) struct RowOfCall {
    /// The cells of its row, for the agent.
    pub cells: Vec<String>,
    /// Since when it was due, if this is a retry.
    pub retry_due_at: Option<Timestamp>,
}

/// News from a call, an answer of the store, or a wish of a handle.
pub(crate) enum Message {
    /// Something happened.
    Input(Input),
    /// The store did not carry out a verb.
    Failed { verb: Verb, error: StoreError },
    /// An ending could not be stored; its log is kept for the next try.
    Unsettled { settlement: Settlement, log: CallLog, error: StoreError },
    /// What is stored, for an engine that begins.
    Loaded(Snapshot),
    /// These were claimed, and this is what their calls need.
    Claimed { answer: Answer, rows: Vec<(AttemptId, RowOfCall)> },
    /// The call of an attempt is ready. Its INVITE leaves when `go` is answered, and never if
    /// `go` is dropped.
    Prepared { attempt: AttemptId, dialog: String, go: oneshot::Sender<()> },
    /// A call is over; what is kept of it goes with its settlement.
    CallOver { attempt: AttemptId, ending: Ending, log: CallLog },
    /// A batch is new or was changed. The answer comes when the change holds on the wire: of a
    /// batch that may not dial now, nobody is between the claim and the INVITE any more.
    Changed { batch: Box<LoadedBatch>, holds: Option<oneshot::Sender<()>> },
    /// Why a batch is not dialing, or one of its pending recipients is not dialed: the lane and
    /// the due instant.
    Blocker {
        batch: BatchId,
        recipient: Option<(LaneKey, Timestamp)>,
        answer: oneshot::Sender<Option<Blocked>>,
    },
    /// How many calls a trunk has, those of one workspace if asked so, whether congestion slows it,
    /// and what keeps calls from getting through.
    TrunkLoad {
        trunk: TrunkId,
        of: Option<WorkspaceId>,
        answer: oneshot::Sender<(u32, bool, Option<Outage>)>,
    },
    /// How busy each trunk is, and what stands in the way of each batch that is not over.
    Load { answer: oneshot::Sender<(Vec<TrunkLoad>, Vec<Option<Blocker>>)> },
    /// No call may be dialed any more; the answer comes when that holds on the wire.
    Stop { stopped: oneshot::Sender<()> },
    /// Answered when no call is open any more.
    Drain { drained: oneshot::Sender<()> },
}
