//! The inputs and outputs of the dispatcher.

use std::{sync::Arc, time::Duration};

use crate::{
    attempt::{Attempt, Ending},
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    recipient::Due,
    retry::Next,
    time::Timestamp,
    zones::ZoneSet,
};

/// A lane: pending recipients of one batch that may be called in the same zones and are all retries
/// or all first attempts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey {
    /// The time zones in which the numbers may be.
    pub zones: ZoneSet,
    /// Whether the recipients were already dialed in this batch.
    pub retry: bool,
}

/// A lane and the instant at which its first recipient is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The lane.
    pub key: LaneKey,
    /// When the first pending recipient of the lane is due.
    pub next_due: Due,
}

/// What the dispatcher must know about a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchFacts {
    /// The batch.
    pub id: BatchId,
    /// Increases with each stored change of state or settings.
    pub version: u64,
    /// The workspace of the batch.
    pub workspace: WorkspaceId,
    /// The trunk that serves the batch's caller ID. `None` means that the batch cannot dial.
    pub trunk: Option<TrunkId>,
    /// Who talks.
    pub agent: AgentKind,
    /// The stored state.
    pub state: BatchState,
    /// The stored settings.
    pub settings: BatchSettings,
}

/// Where the words of a batch's agent come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AgentKind {
    /// This process speaks them.
    #[default]
    BuiltIn,
    /// A server speaks them, which may be unreachable.
    Served,
}

/// An event for the dispatcher. After every input, call [`poll`](super::Dispatcher::poll) until it
/// returns [`Output::Wake`].
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The limit of a workspace, at start or after a change.
    Workspace {
        /// The workspace.
        id: WorkspaceId,
        /// The limit of concurrent calls, ringing calls included.
        max_concurrent_calls: u32,
    },
    /// The limits of a trunk, at start or after a change.
    Trunk {
        /// The trunk.
        id: TrunkId,
        /// The limit of concurrent calls, ringing calls included.
        max_calls: u32,
        /// The limit of new calls per second.
        max_cps: f64,
    },
    /// A trunk was removed. Nobody dials through it any more.
    TrunkRemoved {
        /// The trunk.
        id: TrunkId,
    },
    /// An earlier process dialed through this trunk, for the last time at `at`. Its calls count
    /// against the trunk's pace. Sent at start, after the trunk's limits.
    TrunkDialed {
        /// The trunk.
        id: TrunkId,
        /// When the trunk's last INVITE left, as far as is known.
        at: Timestamp,
    },
    /// A batch that is new to the dispatcher, with its pending recipients by lane and its open
    /// attempts. An earlier process left the open attempts; they hold their slots until they end.
    BatchLoaded {
        /// The batch.
        facts: BatchFacts,
        /// The pending recipients by lane.
        lanes: Vec<Lane>,
        /// The open attempts.
        open: Vec<Attempt>,
    },
    /// The stored state or settings of a known batch changed.
    BatchChanged(BatchFacts),
    /// Answer to [`Output::Claim`]: the attempts are stored and hold their slots.
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
    /// Answer to [`Output::Claim`]: the store failed and claimed nothing. The lane waits, twice as
    /// long after each failure in a row.
    ClaimFailed {
        /// The batch of the claim.
        batch: BatchId,
        /// The lane of the claim.
        lane: LaneKey,
    },
    /// A placed attempt could not be dialed: its INVITE has not left and will not leave. The
    /// dispatcher releases the attempt.
    Undialed {
        /// The attempt.
        attempt: AttemptId,
        /// The reason.
        snag: Snag,
    },
    /// The INVITE of a call left seconds ago and has got no response of any kind. The call goes on.
    /// The dispatcher probes the trunk, unless the trunk answers other calls.
    Silent {
        /// The attempt.
        attempt: AttemptId,
    },
    /// A trunk sent some response to a call.
    TrunkAnswered {
        /// The trunk.
        id: TrunkId,
        /// When the response came.
        at: Timestamp,
    },
    /// Whether calls can be placed through a trunk now, and if not, why. Answer to
    /// [`Output::Probe`], or sent by the caller unasked. Any response to a probe counts as an
    /// answer.
    Probed {
        /// The trunk.
        id: TrunkId,
        /// `Err` holds the reason why the trunk did not answer.
        answer: Result<(), Arc<str>>,
    },
    /// The INVITE of a placed attempt left at `at`, measured on the wire.
    Dialed {
        /// The attempt.
        attempt: AttemptId,
        /// When the INVITE left.
        at: Timestamp,
    },
    /// The call of a placed or inherited attempt ended.
    Ended {
        /// The attempt.
        attempt: AttemptId,
        /// How the call ended.
        ending: Ending,
    },
    /// Answer to [`Output::Settle`]: the ending is stored and the slot is free.
    Settled {
        /// The attempt.
        attempt: AttemptId,
    },
    /// A claimed attempt went back to pending without an INVITE. Answer to [`Output::Release`], or
    /// sent unasked when the caller stopped a placed attempt at the last moment. The slot is free.
    /// The recipient is due at `due_at`, or has a final status if the batch was stopped meanwhile.
    Released {
        /// The attempt.
        attempt: AttemptId,
        /// When the recipient is due. `None` means that the recipient is no longer pending.
        due_at: Option<Timestamp>,
    },
    /// The wall clock was set by `by_us` microseconds. Every due instant in the store must be moved
    /// by the same amount. No recipient is claimed before [`Input::DueMoved`] reports that the move
    /// is done.
    ClockSet {
        /// Microseconds; a negative value means that the clock was set back.
        by_us: i64,
    },
    /// Answer to [`Input::ClockSet`]: the due instants in the store follow the new clock.
    DueMoved,
    /// Limits that only the store knows have changed. The store has made due the recipients that
    /// the old limits held back.
    LimitsChanged,
    /// Whether the store can write. While it cannot, the dispatcher claims, dials and advances
    /// nothing.
    Store {
        /// `true` if the store can write.
        works: bool,
    },
    /// This node may send until `until`. Afterwards it stays silent until the next
    /// [`Input::Lease`].
    Lease {
        /// The end of the lease.
        until: Timestamp,
    },
}

/// Why a placed attempt could not be dialed. The text is for operators who can fix the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snag {
    /// The trunk cannot be reached: its name has no address, or it accepts no connection.
    Trunk(Arc<str>),
    /// This machine lacks something that a call needs: a port or a file descriptor.
    Machine(Arc<str>),
    /// The agent cannot talk: its speech cannot be produced, or its server cannot be reached.
    Agent(Arc<str>),
    /// The store failed.
    Store,
}

/// A command for the caller. A drain always ends with [`Output::Wake`].
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Claim due recipients of a lane durably. Answered by `Claimed` or `ClaimFailed`.
    Claim(Claim),
    /// Dial this attempt; it is stored. Answered by `Dialed` and `Ended`, or by `Released`.
    Place(Attempt),
    /// Release this stored attempt: it must not be dialed now, or it could not be dialed. Answered
    /// by `Released`.
    Release {
        /// The attempt.
        attempt: Attempt,
        /// If set, the recipient is not due before this instant.
        not_before: Option<Timestamp>,
    },
    /// Find out whether calls can be placed through this trunk, without calling anyone. Answered by
    /// `Probed` within seconds. Calls without a response wait for the answer, even while nothing
    /// else may be sent.
    Probe(TrunkId),
    /// Store an ending and what follows from it. Answered by `Settled`.
    Settle(Settlement),
    /// Advance a batch. Answered by `BatchChanged`.
    Advance {
        /// The batch.
        batch: BatchId,
        /// The change of state.
        advance: Advance,
    },
    /// Nothing is left to do before `at`, unless an input arrives.
    Wake {
        /// When to poll again. `None` means only after an input.
        at: Option<Timestamp>,
        /// What the dispatcher waits for.
        reason: WakeReason,
    },
}

/// A request for due recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The batch.
    pub batch: BatchId,
    /// The lane.
    pub lane: LaneKey,
    /// The most recipients to claim.
    pub limit: u32,
    /// Only recipients that are due at or before this instant are claimed.
    pub due_by: Timestamp,
    /// A recipient whose number is in a call now is not claimed; it becomes due this much later.
    pub busy_number_wait: Duration,
}

/// An ending and what follows from it, stored in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The attempt.
    pub attempt: AttemptId,
    /// The recipient.
    pub recipient: RecipientId,
    /// The batch.
    pub batch: BatchId,
    /// How the attempt ended.
    pub ending: Ending,
    /// Whether the attempt counts in `attempts_made`.
    pub charged: bool,
    /// Whether the attempt does not count against the limit of uncharged attempts either.
    pub excused: bool,
    /// What follows for the recipient.
    pub next: Next,
}

/// A change of batch state that time or completion brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// `starts_at` has come: scheduled → running.
    Begin,
    /// No recipient is pending and none is in progress: running → completed.
    Complete,
    /// `ends_at` has come: the batch stops, with reason `ended`.
    End,
}

/// Why the dispatcher asks to be polled at an instant: what stands in the way of the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeReason {
    /// No batch has a recipient to dial.
    Idle,
    /// Every batch is blocked. This blocker clears first.
    Blocked(Blocker),
    /// The answer of the store is outstanding.
    Store,
}
