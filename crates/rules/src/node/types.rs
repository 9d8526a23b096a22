//! What goes into a node and what comes out.

use std::time::Duration;

use crate::{
    attempt::Attempt,
    dispatcher::{self, Advance, BatchFacts, Claim, Lane, LaneKey, Settlement, WakeReason},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
};

/// Names whoever waits for an [`Output::Holds`]; the caller picks it and never uses it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something happened. Every input is followed by [`poll`](super::Node::poll) until it answers
/// [`Output::Wake`].
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The process is up: the node asks to lead and takes up what is stored.
    Begin,
    /// The store carried out a verb.
    Answered(Answer),
    /// The store did not carry out a verb, and nothing was stored.
    Failed {
        /// What it was asked.
        verb: Verb,
        /// Whether it is worth asking again.
        failure: Failure,
    },
    /// All that the call of an attempt needs is ready: answer to [`Output::Prepare`].
    Prepared(AttemptId),
    /// News for the dispatcher: of a call, a trunk, a limit, the store.
    Dispatch(dispatcher::Input),
    /// A batch is new, or its stored facts changed.
    Changed {
        /// The batch as it was stored.
        batch: LoadedBatch,
        /// Who waits until the change holds on the wire.
        ticket: Option<Ticket>,
    },
    /// A change of a batch failed halfway: what is stored of it must be read.
    Unsure(BatchId),
    /// The wall clock was set forward by so many microseconds; negative means back.
    ClockSet {
        /// By how much.
        by_us: i64,
    },
    /// No call is dialed any more, for good. Calls that are out go on; attempts that are not are
    /// given back.
    Stop {
        /// Who waits until no INVITE can leave.
        ticket: Ticket,
    },
    /// Somebody waits until no attempt is open. After [`Input::Stop`].
    Drain {
        /// Who.
        ticket: Ticket,
    },
}

/// A request to the store. It is one transaction, and has one [`Answer`] or [`Input::Failed`].
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Lead, if nobody does. Answered by `Leads`.
    Lead,
    /// Lead on. Answered by `Renewed`.
    Renew,
    /// Read all that a new leader must know. Answered by `Loaded`.
    Load,
    /// Read one batch. Answered by `Batch`.
    LoadBatch(BatchId),
    /// Take due recipients. Answered by `Claimed`.
    Claim(Claim),
    /// The INVITE is about to leave. Answered by `Marked`.
    MarkDialed(AttemptId),
    /// Give an attempt back whose INVITE never left. Answered by `Released` or `WasDialed`.
    Release {
        /// Which attempt.
        attempt: AttemptId,
        /// Its recipient is not due before.
        not_before: Option<Timestamp>,
    },
    /// Store an ending and what follows from it. Answered by `Settled`.
    Settle(Settlement),
    /// Move every due instant by so many microseconds. Answered by `DueMoved`.
    MoveDue(i64),
    /// Move a batch on. Answered by `Advanced`.
    Advance(BatchId, Advance),
}

/// What the store answers to a [`Verb`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// This node leads now.
    Leads {
        /// Until when; none means for as long as the process lives.
        until: Option<Timestamp>,
        /// Attempts that an earlier leader claimed and never dialed.
        undialed: Vec<AttemptId>,
    },
    /// Another node leads.
    LedByAnother,
    /// This node led once, and does not any more; nothing was stored.
    LeadsNoMore,
    /// This node leads until then.
    Renewed(Timestamp),
    /// All that a new leader must know.
    Loaded(Snapshot),
    /// One batch as it is stored.
    Batch(LoadedBatch),
    /// Recipients were taken, perhaps none.
    Claimed {
        /// The batch of the claim.
        batch: BatchId,
        /// The lane of the claim.
        lane: LaneKey,
        /// What was taken.
        attempts: Vec<Attempt>,
        /// When the lane's next pending recipient is due; none when nobody is left in it.
        next_due_at: Option<Timestamp>,
    },
    /// Whether the INVITE of an attempt may leave. If it may, it is stored that it does.
    Marked(AttemptId, bool),
    /// An attempt was given back, and its recipient is due then; none when it is pending no more.
    Released(AttemptId, Option<Timestamp>),
    /// An attempt cannot be given back, because it is stored that its INVITE left.
    WasDialed(AttemptId),
    /// An ending is stored.
    Settled(AttemptId),
    /// The due instants are those of the new clock.
    DueMoved,
    /// A batch as it is after an advance, whether or not that changed it.
    Advanced(BatchFacts),
}

/// What an error of the store says of the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It may succeed when it is asked again: the disk is full, the database is busy.
    Passing,
    /// It fails whenever it is asked.
    Permanent,
}

/// What the caller must do. [`Output::Wake`] is always the last of a drain.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Ask the store.
    Ask(Verb),
    /// The node leads and has taken up all that is stored.
    Leads,
    /// The node does not lead any more, and must send nothing.
    StepDown,
    /// Get everything ready that the call of an attempt needs, without an INVITE. Answered by
    /// [`Input::Prepared`], or by `Undialed` when something is missing.
    Prepare(Attempt),
    /// It is stored that the INVITE of a prepared attempt leaves: let it leave. Answered by
    /// `Dialed` and `Ended`.
    Invite(AttemptId),
    /// A prepared attempt is not dialed. No answer.
    Withdraw(AttemptId),
    /// End a call on the wire that an earlier process left. Answered by `Ended`.
    HangUp(Attempt),
    /// Ask a trunk whether it is there. Answered by `Probed`.
    Probe(TrunkId),
    /// What this ticket waits for is so.
    Holds(Ticket),
    /// Nothing more to do before `at`, unless something happens.
    Wake {
        /// When to poll again; none means only after an input.
        at: Option<Timestamp>,
        /// What the node waits for.
        reason: WakeReason,
    },
}

/// All that a new leader must know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Every workspace and its limit of calls at once.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Every trunk.
    pub trunks: Vec<LoadedTrunk>,
    /// Every batch that is not at rest.
    pub batches: Vec<LoadedBatch>,
}

/// A trunk with all that the dispatcher must know.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedTrunk {
    /// Which trunk.
    pub id: TrunkId,
    /// Calls at once, ringing ones included.
    pub max_calls: u32,
    /// New calls per second.
    pub max_cps: f64,
    /// When its last INVITE left, as far as is known.
    pub last_dialed_at: Option<Timestamp>,
}

/// A batch with all that the dispatcher must know.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedBatch {
    /// The batch.
    pub facts: BatchFacts,
    /// Its pending recipients by lane.
    pub lanes: Vec<Lane>,
    /// Its open attempts.
    pub open: Vec<Attempt>,
}

/// How long a node leads without renewing its lease; none where nobody else can lead.
pub type Lease = Option<Duration>;
