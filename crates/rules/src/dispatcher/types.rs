//! What goes into the dispatcher and what comes out.

use std::{sync::Arc, time::Duration};

use crate::{
    attempt::{Attempt, Ending},
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    retry::Next,
    time::Timestamp,
    zones::ZoneSet,
};

/// Pending recipients of a batch that become due, and may be called, under the same conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey {
    /// Where their numbers may be.
    pub zones: ZoneSet,
    /// Whether they were dialed before in this batch.
    pub retry: bool,
}

/// A lane and when its first recipient is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Which lane.
    pub key: LaneKey,
    /// The earliest due instant among its pending recipients.
    pub next_due_at: Timestamp,
}

/// What the dispatcher must know of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchFacts {
    /// Which batch.
    pub id: BatchId,
    /// Grows with each stored change of state or settings.
    pub version: u64,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The trunk that serves its caller ID; none means that it cannot dial.
    pub trunk: Option<TrunkId>,
    /// Where it is in its life, as stored.
    pub state: BatchState,
    /// Its settings, as stored.
    pub settings: BatchSettings,
}

/// Something happened. Every input is followed by [`poll`](super::Dispatcher::poll) until it
/// answers [`Output::Wake`].
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A workspace's limit, at start or when it changed.
    Workspace {
        /// Which workspace.
        id: WorkspaceId,
        /// Calls at once, ringing ones included.
        max_concurrent_calls: u32,
    },
    /// A trunk's limits, at start or when they changed.
    Trunk {
        /// Which trunk.
        id: TrunkId,
        /// Calls at once, ringing ones included.
        max_calls: u32,
        /// New calls per second.
        max_cps: f64,
    },
    /// An earlier process dialed through this trunk, the last time at `at`: its calls count
    /// against the trunk's pace. At start, after the trunk's limits.
    TrunkDialed {
        /// Which trunk.
        id: TrunkId,
        /// When its last INVITE left, as far as is known.
        at: Timestamp,
    },
    /// A batch that the dispatcher did not know, with its pending recipients by lane and with its
    /// open attempts, which an earlier process left and which hold their slots until they end.
    BatchLoaded {
        /// The batch.
        facts: BatchFacts,
        /// Its pending recipients.
        lanes: Vec<Lane>,
        /// Its open attempts.
        open: Vec<Attempt>,
    },
    /// The stored state or settings of a known batch changed.
    BatchChanged(BatchFacts),
    /// Answer to [`Output::Claim`]: these are stored and hold their slots.
    Claimed {
        /// The batch of the claim.
        batch: BatchId,
        /// The lane of the claim.
        lane: LaneKey,
        /// What was claimed, perhaps nothing.
        attempts: Vec<Attempt>,
        /// When the lane's next pending recipient is due; none when nobody is left in it.
        next_due_at: Option<Timestamp>,
    },
    /// Answer to [`Output::Claim`]: the store could not; nothing was claimed.
    ClaimFailed {
        /// The batch of the claim.
        batch: BatchId,
        /// The lane of the claim.
        lane: LaneKey,
    },
    /// A placed attempt could not be dialed: its INVITE has not left and will not. It is given
    /// back.
    Undialed {
        /// Which attempt.
        attempt: AttemptId,
        /// Why.
        snag: Snag,
    },
    /// The INVITE of a call left seconds ago and got no answer so far, of any kind. The call goes
    /// on; its trunk is asked whether it is there, unless it answers others.
    Silent {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// A trunk answered a call, with whatever.
    TrunkAnswered {
        /// Which trunk.
        id: TrunkId,
        /// When.
        at: Timestamp,
    },
    /// Answer to [`Output::Probe`], or the world's own word: whether calls could be placed through
    /// the trunk now, or why not. Any response to a question is an answer.
    Probed {
        /// Which trunk.
        id: TrunkId,
        /// Whether it answered.
        answer: Result<(), Arc<str>>,
    },
    /// The INVITE of a placed attempt left, at this instant on the wire.
    Dialed {
        /// Which attempt.
        attempt: AttemptId,
        /// When.
        at: Timestamp,
    },
    /// A placed or inherited attempt is over on the wire.
    Ended {
        /// Which attempt.
        attempt: AttemptId,
        /// How.
        ending: Ending,
    },
    /// Answer to [`Output::Settle`]: it is stored, the slot is free.
    Settled {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// A claimed attempt went back to pending without an INVITE: the answer to
    /// [`Output::Release`], or the world's own word when a placed attempt was stopped at the last
    /// moment. Its slot is free and its recipient is due at `due_at`, or at rest for ever when
    /// the batch has been stopped meanwhile.
    Released {
        /// Which attempt.
        attempt: AttemptId,
        /// When its recipient is due; none when it is pending no more.
        due_at: Option<Timestamp>,
    },
    /// Somebody set the wall clock: by so many microseconds it shows another time than it would
    /// have. Every due instant in the store must be moved by as much; nobody is claimed until
    /// [`Input::DueMoved`] says that it is done.
    ClockSet {
        /// Forward; negative means back.
        by_us: i64,
    },
    /// Answer to [`Input::ClockSet`]: the due instants in the store are those of the new clock.
    DueMoved,
    /// Limits that only the store knows are others now, and it has made due whom they held back.
    LimitsChanged,
    /// Whether anything can be stored. While nothing can, nobody is claimed, dialed or moved on.
    Store {
        /// Whether it can.
        works: bool,
    },
    /// This node may send until then; afterwards it stays silent until it hears otherwise.
    Lease {
        /// Until when.
        until: Timestamp,
    },
}

/// Why an attempt that was placed could not be dialed, in words where people can do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snag {
    /// The trunk cannot be reached: its name has no address, it takes no connection.
    Trunk(Arc<str>),
    /// This machine lacks what a call needs: a port, a file descriptor.
    Machine(Arc<str>),
    /// The agent's words cannot be made.
    Agent(Arc<str>),
    /// The store failed.
    Store,
}

/// What the world must do. A [`Output::Wake`] is always the last of a drain.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Take this many due recipients of a lane, durably. Answered by `Claimed` or `ClaimFailed`.
    Claim(Claim),
    /// It is stored: let the phone ring. Answered by `Dialed` and `Ended`, or by `Released`.
    Place(Attempt),
    /// It is stored and must not be dialed now, or could not be: give it back. Answered by
    /// `Released`.
    Release {
        /// Which attempt.
        attempt: Attempt,
        /// Its recipient is not due before.
        not_before: Option<Timestamp>,
    },
    /// Find out whether calls can be placed through this trunk, without calling anybody. Answered
    /// by `Probed` within seconds: calls that got no answer wait for it, also while nothing else
    /// may be sent.
    Probe(TrunkId),
    /// Store an ending and what follows. Answered by `Settled`.
    Settle(Settlement),
    /// Move a batch on. Answered by `BatchChanged`.
    Advance {
        /// Which batch.
        batch: BatchId,
        /// How.
        advance: Advance,
    },
    /// Nothing more to do before `at`, unless something happens.
    Wake {
        /// When to poll again; none means only after an input.
        at: Option<Timestamp>,
        /// What it waits for.
        reason: WakeReason,
    },
}

/// A request for due recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Of which batch.
    pub batch: BatchId,
    /// Of which lane.
    pub lane: LaneKey,
    /// At most so many.
    pub limit: u32,
    /// Due at or before this instant.
    pub due_by: Timestamp,
    /// A recipient whose number is in a call now is not taken but becomes due so much later.
    pub busy_number_wait: Duration,
}

/// An ending and what follows from it, stored in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Which attempt.
    pub attempt: AttemptId,
    /// Whose.
    pub recipient: RecipientId,
    /// Of which batch.
    pub batch: BatchId,
    /// How it ended.
    pub ending: Ending,
    /// Whether it counts in `attempts_made`.
    pub charged: bool,
    /// Whether it does not count among the uncharged ones either, of which there may be a few.
    pub excused: bool,
    /// What follows.
    pub next: Next,
}

/// A change of state that time or completion brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// `starts_at` has come: scheduled → running.
    Begin,
    /// Nobody is pending and nobody is in progress: running → completed.
    Complete,
    /// `ends_at` has come: as a stop, with reason `ended`.
    End,
}

/// Why the dispatcher wants to be polled at an instant: what stands in the way of the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeReason {
    /// No batch has anybody to dial.
    Idle,
    /// Something stands in the way of each batch; this is what clears first.
    Blocked(Blocker),
    /// A store answer is outstanding.
    Store,
}
