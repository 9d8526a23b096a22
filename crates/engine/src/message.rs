//! What reaches the driver.

use campanile_rules::{
    attempt::Ending,
    blocker::{Blocked, Blocker},
    dispatcher::{Input, LaneKey, Outage, TrunkLoad},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
};
use campanile_store::{CallLog, LoadedBatch};
use tokio::sync::oneshot;

/// What its call needs of a recipient that was claimed.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// The cells of its row, for the agent.
    pub cells: Vec<String>,
    /// Since when it was due, if this is a retry.
    pub retry_due_at: Option<Timestamp>,
}

/// News from a call, an answer of the store, or a wish of a handle.
pub(crate) enum Message {
    /// Something happened.
    Input(Input),
    /// A call is over; what is kept of it goes with its settlement.
    CallOver { attempt: AttemptId, ending: Ending, log: CallLog },
    /// These were claimed, and this is what is known of each.
    Claimed { input: Input, taken: Vec<(AttemptId, Taken)> },
    /// A batch is new or was changed. The answer comes when the change holds on the wire: of a
    /// batch that may not dial now, nobody is between the claim and the INVITE any more.
    Refresh { loaded: Box<LoadedBatch>, held: oneshot::Sender<()> },
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
    /// No call may be placed any more; the answer comes when that holds on the wire.
    Hold { held: oneshot::Sender<()> },
    /// Answered when no call is open any more.
    Drain { drained: oneshot::Sender<()> },
}
