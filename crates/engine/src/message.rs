//! The messages to the driver.

use campanile_rules::{
    attempt::Ending,
    blocker::{Blocked, Blocker},
    dispatcher::{LaneKey, Outage, Settlement, TrunkLoad},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    node::{Answer, Failure, Input, Verb},
    recipient::Due,
    time::Timestamp,
};
use campanile_store::{CallLog, Changes, Snapshot, StoreError};
use tokio::sync::oneshot;

/// What the call of a claimed recipient needs.
#[derive(Debug, Default)]
pub(crate) struct RowOfCall {
    /// The cells of the recipient's row, for the agent.
    pub cells: Vec<String>,
    /// When the retry was due, if the attempt is a retry.
    pub retry_due_at: Option<Timestamp>,
}

/// A message to the driver: news from a call, an answer of the store, or a request of a handle.
pub(crate) enum Message {
    /// An input for the node.
    Input(Input),
    /// The store did not carry out a verb.
    Failed { verb: Verb, error: StoreError },
    /// An ending could not be stored. Its log is kept for the next try.
    Unsettled { settlement: Settlement, log: CallLog, failure: Failure },
    /// Everything that is stored, for an engine that starts.
    Loaded(Snapshot),
    /// What changed.
    Changes(Changes),
    /// Attempts were claimed; `rows` holds what their calls need.
    Claimed { answer: Answer, rows: Vec<(AttemptId, RowOfCall)> },
    /// The call of an attempt is prepared. Its INVITE leaves when `go` is answered, and never if
    /// `go` is dropped.
    Prepared { attempt: AttemptId, dialog: String, go: oneshot::Sender<()> },
    /// A call is over. Its log is stored with its settlement.
    CallOver { attempt: AttemptId, ending: Ending, log: CallLog },
    /// Wait for every change up to a version. `holds` is answered when they are known and, if
    /// `batch` may not dial now, when none of its attempts is between claim and INVITE. It is
    /// dropped if changes cannot be read.
    Await { version: u64, batch: Option<BatchId>, holds: oneshot::Sender<()> },
    /// Asks why a batch is not dialing or, given a lane and a due instant, why one of its pending
    /// recipients is not dialed.
    Blocker {
        batch: BatchId,
        recipient: Option<(LaneKey, Due)>,
        answer: oneshot::Sender<Option<Blocked>>,
    },
    /// Asks how many calls a trunk has (of one workspace, if set), whether congestion slows the
    /// trunk, and which outage keeps calls from getting through.
    TrunkLoad {
        trunk: TrunkId,
        of: Option<WorkspaceId>,
        answer: oneshot::Sender<(u32, bool, Option<Outage>)>,
    },
    /// Asks how busy each trunk is, and what blocks each batch that is not over.
    Load { answer: oneshot::Sender<(Vec<TrunkLoad>, Vec<Option<Blocker>>)> },
    /// Stop dialing for good. Answered when that holds on the wire.
    Stop { stopped: oneshot::Sender<()> },
    /// Answered when no call is open any more.
    Drain { drained: oneshot::Sender<()> },
}
