//! The inputs and outputs of a node.

use std::time::Duration;

use crate::{
    attempt::Attempt,
    dispatcher::{self, Advance, BatchFacts, Claim, Lane, LaneKey, Settlement, WakeReason},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    recipient::Due,
    time::Timestamp,
};

/// Identifies a caller that waits for an [`Output::Holds`]. The caller picks the number and never
/// reuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// An event for the node. After every input, call [`poll`](super::Node::poll) until it returns
/// [`Output::Wake`].
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The process has started: the node asks to lead and loads what is stored.
    Begin,
    /// The store carried out a verb.
    Answered(Answer),
    /// The store did not carry out a verb, and stored nothing.
    Failed {
        /// The verb.
        verb: Verb,
        /// Whether the verb may succeed later.
        failure: Failure,
    },
    /// Everything that the call of an attempt needs is ready. Answer to [`Output::Prepare`].
    Prepared(AttemptId),
    /// An input for the dispatcher, about a call, a trunk, a limit or the store.
    Dispatch(dispatcher::Input),
    /// Something stored changed: this is the newest version, as far as the caller knows. May come
    /// late, twice or out of order.
    Changed {
        /// The version.
        version: u64,
    },
    /// Wait until every change up to a version is known and, if it concerns a batch, holds on the
    /// wire.
    Await {
        /// The version.
        version: u64,
        /// If this batch may not dial now, none of its attempts may be between claim and INVITE.
        batch: Option<BatchId>,
        /// Answered with [`Output::Holds`] or [`Output::Lost`].
        ticket: Ticket,
    },
    /// A stop of a batch failed halfway: recipients may be pending still.
    Unsure(BatchId),
    /// The store did not say whether the INVITE of an attempt may leave. Answer to
    /// [`Output::Mark`].
    Unmarked(AttemptId),
    /// The store did not store an ending. Answer to [`Output::Settle`].
    Unsettled {
        /// The ending.
        settlement: Settlement,
        /// Whether it may be stored later.
        failure: Failure,
    },
    /// The wall clock was set by `by_us` microseconds.
    ClockSet {
        /// Microseconds; a negative value means that the clock was set back.
        by_us: i64,
    },
    /// Stop dialing for good. Calls in progress go on; attempts that are not dialed yet are
    /// released.
    Stop {
        /// Answered when no INVITE can leave any more.
        ticket: Ticket,
    },
    /// Wait until no attempt is open. Sent after [`Input::Stop`].
    Drain {
        /// Answered when no attempt is open.
        ticket: Ticket,
    },
}

/// A request to the store, carried out in one transaction. Each verb gets one [`Answer`] or one
/// [`Input::Failed`].
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Lead, if no other node leads. Answered by `Leads`.
    Lead,
    /// Renew the lease. Answered by `Renewed`.
    Renew,
    /// Read everything that a new leader must know. Answered by `Loaded`.
    Load,
    /// Read what changed after a version. Answered by `Changes`.
    LoadChanges {
        /// The version.
        since: u64,
    },
    /// Claim due recipients. Answered by `Claimed`.
    Claim(Claim),
    /// Release an attempt whose INVITE never left. Answered by `Released` or `WasDialed`.
    Release {
        /// The attempt.
        attempt: AttemptId,
        /// If set, the recipient is not due before this instant.
        not_before: Option<Timestamp>,
    },
    /// Make recipients due that daily limits postponed, because limits changed. Answered by
    /// `LimitedWoken`.
    WakeLimited,
    /// Move every due instant by this many microseconds. Answered by `DueMoved`.
    MoveDue(i64),
    /// Advance a batch. Answered by `Advanced`.
    Advance(BatchId, Advance),
}

/// The answer of the store to a [`Verb`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// This node leads now.
    Leads {
        /// The end of the lease. `None` means that the lease lasts as long as the process lives.
        until: Option<Timestamp>,
        /// Attempts that an earlier leader claimed and never dialed.
        undialed: Vec<AttemptId>,
    },
    /// Another node leads.
    LedByAnother,
    /// This node has lost the lead; nothing was stored.
    LeadsNoMore,
    /// This node leads until this instant.
    Renewed(Timestamp),
    /// Everything that a new leader must know.
    Loaded(Snapshot),
    /// Some of what changed after the version that was asked about.
    Changes(Changes),
    /// Recipients were claimed.
    Claimed {
        /// The batch of the claim.
        batch: BatchId,
        /// The lane of the claim.
        lane: LaneKey,
        /// The claimed attempts; the list may be empty.
        attempts: Vec<Attempt>,
        /// When the lane's next pending recipient is due. `None` means that the lane is empty.
        next_due: Option<Due>,
    },
    /// Whether the INVITE of an attempt may leave. If it may, the attempt is stored as dialed.
    Marked(AttemptId, bool),
    /// An attempt was released, and its recipient is due at this instant. `None` means that the
    /// recipient is no longer pending.
    Released(AttemptId, Option<Timestamp>),
    /// An attempt cannot be released, because it is stored as dialed.
    WasDialed(AttemptId),
    /// An ending is stored.
    Settled(AttemptId),
    /// Recipients that daily limits postponed are due.
    LimitedWoken,
    /// The due instants follow the new clock.
    DueMoved,
    /// The batch after an advance, even if the advance changed nothing.
    Advanced(BatchFacts),
}

/// Whether a verb that failed may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The verb may succeed later: the disk is full, or the database is busy.
    Passing,
    /// The verb will always fail.
    Permanent,
}

/// A command for the caller. A drain always ends with [`Output::Wake`].
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send this verb to the store.
    Ask(Verb),
    /// Mark a prepared attempt as dialed in the store, with the identity of its dialog, just before
    /// its INVITE leaves. Answered by [`Answer::Marked`] or [`Input::Unmarked`].
    Mark(AttemptId),
    /// Store an ending, the log of its call, and what follows from it. Answered by
    /// [`Answer::Settled`] or [`Input::Unsettled`].
    Settle(Settlement),
    /// The node leads and has loaded everything that is stored.
    Leads,
    /// The node no longer leads and must send nothing.
    StepDown,
    /// Prepare everything that the call of an attempt needs, without sending an INVITE. Answered by
    /// [`Input::Prepared`], or by `Undialed` if something is missing.
    Prepare(Attempt),
    /// Send the INVITE of a prepared attempt, which is stored as dialed. Answered by `Dialed` and
    /// `Ended`.
    Invite(AttemptId),
    /// Drop a prepared attempt: it will not be dialed. No answer.
    Withdraw(AttemptId),
    /// End a call that an earlier process left on the wire. Answered by `Ended`.
    HangUp(Attempt),
    /// Probe a trunk. Answered by `Probed`.
    Probe(TrunkId),
    /// The condition that this ticket waits for holds.
    Holds(Ticket),
    /// Nobody can say when the condition holds that this ticket waits for: changes cannot be read.
    Lost(Ticket),
    /// Nothing is left to do before `at`, unless an input arrives.
    Wake {
        /// When to poll again. `None` means only after an input.
        at: Option<Timestamp>,
        /// What the node waits for.
        reason: WakeReason,
    },
}

/// Everything that a new leader must know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// The version of the newest change that the snapshot has.
    pub version: u64,
    /// Whether limits changed, and recipients wait that the old limits postponed.
    pub limits: bool,
    /// Every workspace and its limit of concurrent calls.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Every trunk.
    pub trunks: Vec<LoadedTrunk>,
    /// Every batch that is not over.
    pub batches: Vec<LoadedBatch>,
}

/// What changed since a version, as it is stored now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// The version of the newest change that this has. There may be newer ones.
    pub version: u64,
    /// Workspaces, each with its limit of concurrent calls.
    pub workspaces: Vec<(WorkspaceId, u32)>,
    /// Trunks. `None` for a trunk that was removed.
    pub trunks: Vec<(TrunkId, Option<TrunkLimits>)>,
    /// Batches.
    pub batches: Vec<ChangedBatch>,
    /// Whether limits changed that only the store knows.
    pub limits: bool,
}

/// The limits of a trunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrunkLimits {
    /// The limit of concurrent calls, ringing calls included.
    pub max_calls: u32,
    /// The limit of new calls per second.
    pub max_cps: f64,
}

/// A batch that was created or changed. It has no open attempts that the node does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedBatch {
    /// The batch.
    pub facts: BatchFacts,
    /// Its pending recipients by lane.
    pub lanes: Vec<Lane>,
}

/// A trunk with everything that the dispatcher must know.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedTrunk {
    /// The trunk.
    pub id: TrunkId,
    /// The limit of concurrent calls, ringing calls included.
    pub max_calls: u32,
    /// The limit of new calls per second.
    pub max_cps: f64,
    /// When the trunk's last INVITE left, as far as is known.
    pub last_dialed_at: Option<Timestamp>,
}

/// A batch with everything that the dispatcher must know.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedBatch {
    /// The batch.
    pub facts: BatchFacts,
    /// Its pending recipients by lane.
    pub lanes: Vec<Lane>,
    /// Its open attempts.
    pub open: Vec<Attempt>,
}

/// How long a node leads without renewing its lease. `None` if no other node can lead.
pub type Lease = Option<Duration>;
