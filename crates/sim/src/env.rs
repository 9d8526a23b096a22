//! The state that every part of the world shares: the event queue, randomness, the history and a
//! wire-tap.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_rules::{
    attempt::Attempt,
    batch::Control,
    dispatcher::{LaneKey, Snag},
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use fastrand::Rng;

use crate::{
    bug::Bug,
    carrier::{Request, Signal, Step},
    clock::Queue,
    history::History,
    node::Timer,
    plan::Faults,
    store::{Op, Reply},
};

/// One process of a node, from start to death.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    /// The node.
    pub node: usize,
    /// The number of the process, counted from 1.
    pub nth: u32,
}

/// An event.
#[derive(Debug)]
pub enum Event {
    /// A request arrives at the carrier. A retransmission arrives only if its sender still lives.
    Arrives {
        /// The sender.
        from: Life,
        /// The request.
        request: Request,
        /// Whether the first transmission was lost.
        resent: bool,
    },
    /// The carrier continues a call: the index of its record, and the next step.
    Carrier(usize, Step),
    /// A message of the carrier arrives at a node, at whichever process runs there.
    Signal(usize, Signal),
    /// The store commits an operation.
    Commits(Life, Op),
    /// Whichever process runs at a node hears that what is stored has this version.
    Rings(usize, u64),
    /// A process gets an answer of the store.
    Answers(Life, Reply),
    /// A timer of a process fires.
    Timer(Life, Timer),
    /// A process starts.
    Starts(usize),
    /// The operator acts: the index of the action, and the number of earlier tries.
    Acts(usize, u32),
    /// The operator controls a batch just while the process is busy with it.
    Ambush(BatchId, Control),
    /// The number of a call that is about to leave is suppressed.
    Forbids(WorkspaceId, E164),
    /// The operator removes a trunk: the number of earlier tries.
    Removes(TrunkId, u32),
    /// The operator takes a backup.
    BacksUp,
    /// The backup replaces the contents of the store.
    Restores,
    /// The leading process is told to end in order.
    Drains,
    /// The operator stops whatever is left.
    Closing,
}

/// An INVITE that left, as a wire-tap before the trunk sees it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The attempt of the INVITE.
    pub attempt: Attempt,
    /// The true time at which the INVITE left.
    pub at: Timestamp,
    /// The wall-clock time at which the INVITE left.
    pub wall: Timestamp,
    /// The process that sent the INVITE.
    pub by: Life,
}

/// A control that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Returned {
    /// The batch.
    pub batch: BatchId,
    /// The control.
    pub control: Control,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// When the answer left.
    pub at: Timestamp,
}

/// What is recorded for the checkers. No part of the world reads it.
#[derive(Debug, Default)]
pub struct Tap {
    /// Every INVITE that left, without retransmissions.
    pub sent: Vec<Sent>,
    /// When the rules placed each attempt: the true time and the wall-clock time.
    pub placed: BTreeMap<AttemptId, (Timestamp, Timestamp)>,
    /// The trunk and the time of every placement.
    pub placements: Vec<(TrunkId, Timestamp)>,
    /// Every control that was answered.
    pub returned: Vec<Returned>,
    /// Congestion that a process was told of: the trunk, the time, the Retry-After and the process.
    pub congested: Vec<(TrunkId, Timestamp, Duration, Life)>,
    /// How long a process stood still, or by how much the clock was set. The rules cannot tell
    /// these two apart and restart their waits.
    pub stalls: Vec<Duration>,
    /// Attempts that could not be dialed because something was missing, with the reason and the
    /// time.
    pub snags: Vec<(Attempt, Snag, Timestamp)>,
    /// When a process got any message from a trunk.
    pub heard: Vec<(TrunkId, Timestamp)>,
    /// Probes that a trunk did not answer in time, and when the wait was over.
    pub unanswered: Vec<(TrunkId, Timestamp)>,
    /// Calls that got no response at all, by trunk, and when they were given up.
    pub silent: Vec<(TrunkId, Timestamp)>,
    /// When a process died.
    pub died: Vec<Timestamp>,
    /// Which process said that it dials nobody any more, and when.
    pub stopped: Vec<(Life, Timestamp)>,
    /// From when until when a process stood still.
    pub frozen: Vec<(Timestamp, Timestamp)>,
    /// When a backup replaced the contents of the store, and which batches were running in the
    /// backup.
    pub restored: Vec<(Timestamp, Vec<BatchId>)>,
    /// When the clock was set, and by how many microseconds.
    pub jumps: Vec<(Timestamp, i64)>,
    /// When each process began to lead.
    pub led: Vec<(Life, Timestamp)>,
    /// The Call-IDs of calls that the caller cancelled. The CANCEL may cross the answer.
    pub cancelled: BTreeSet<String>,
    /// Claims that fail in a row, by lane: when the first failed, and when the last.
    pub failing_claims: BTreeMap<(BatchId, LaneKey), (Timestamp, Timestamp)>,
    /// Faults of a process, such as a drain that never ends.
    pub troubles: Vec<String>,
}

/// The state that every part of the world shares.
#[derive(Debug)]
pub struct Env {
    /// The queue of future events.
    pub queue: Queue<Event>,
    /// The random numbers that are used once the plan is made.
    pub rng: Rng,
    /// The history.
    pub history: History,
    /// The wall clock minus the true time, in microseconds.
    pub offset_us: i64,
    /// The faults of this run.
    pub faults: Faults,
    /// The planted bug.
    pub bug: Option<Bug>,
    /// What is recorded for the checkers.
    pub tap: Tap,
    /// Until this instant a fault excuses delays.
    pub disturbed_until: Timestamp,
}

impl Env {
    /// The true time.
    pub fn now(&self) -> Timestamp {
        self.queue.now()
    }

    /// The wall-clock time.
    pub fn wall(&self) -> Timestamp {
        Timestamp(self.now().0 + self.offset_us)
    }

    /// The true time at which the wall clock will show `wall` if it is not set meanwhile.
    pub fn at_wall(&self, wall: Timestamp) -> Timestamp {
        Timestamp(wall.0.saturating_sub(self.offset_us))
    }

    /// Schedules an event after `delay`.
    pub fn later(&mut self, delay: Duration, event: Event) {
        self.queue.put(self.now() + delay, event);
    }

    /// Decides at random, with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.rng.f64() < probability
    }

    /// A random duration of at most `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.u64(0..=most.as_micros() as u64))
    }

    /// Whether `bug` was planted.
    pub fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Excuses delays until `more` from now.
    pub fn disturb(&mut self, more: Duration) {
        self.disturbed_until = self.disturbed_until.max(self.now() + more);
    }

    /// Adds an event to the history.
    pub fn note(&mut self, kind: &str, id: i64, words: impl FnOnce() -> String) {
        let at = self.queue.now();
        self.history.note(at, kind, id, words);
    }

    /// How long a message takes on the wire, and whether a retransmission brought it (RFC 3261
    /// §17.1.1.2: after 0.5, 1.5 or 3.5 s).
    pub fn travel(&mut self) -> (Duration, bool) {
        let mut delay = Duration::from_micros(self.rng.u64(100..8_000));
        let mut wait = Duration::from_millis(500);
        let mut resent = false;
        while self.rng.f64() < self.faults.wire_loss && wait < Duration::from_secs(4) {
            delay += wait;
            wait *= 2;
            resent = true;
        }
        (delay, resent)
    }

    /// Sends a request to the carrier. `not_before` keeps the order of messages within a call.
    pub fn send(&mut self, from: Life, request: Request, not_before: Timestamp) -> Timestamp {
        let (delay, resent) = self.travel();
        let at = (self.now() + delay).max(not_before);
        self.queue.put(at, Event::Arrives { from, request, resent });
        at
    }
}

/// The parties of a call, as both ends see them.
#[derive(Debug, Clone)]
pub struct Parties {
    /// The workspace that owns the caller ID.
    pub workspace: WorkspaceId,
    /// The trunk that carries the call.
    pub trunk: TrunkId,
    /// The number that is called.
    pub to: E164,
}
