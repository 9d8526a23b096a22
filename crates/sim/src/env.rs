//! What every part of the world shares: the queue, chance, the history, and a wire-tap.

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{
    attempt::Attempt,
    batch::Control,
    dispatcher::Snag,
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use fastrand::Rng;

use crate::{
    bug::WorldBug,
    carrier::{Request, Signal, Step},
    clock::Queue,
    history::History,
    node::Timer,
    plan::Faults,
    store::{Op, Reply},
};

/// One life of a node's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    /// Which node.
    pub node: usize,
    /// Which of its processes, from 1.
    pub nth: u32,
}

/// Something that happens.
#[derive(Debug)]
pub enum Event {
    /// A request comes to the carrier; a retransmission needs a sender that still lives.
    Arrives {
        /// Who sent it.
        from: Life,
        /// What.
        request: Request,
        /// Whether the first transmission was lost.
        resent: bool,
    },
    /// The carrier goes on with a call: the index of its record, and what it does.
    Carrier(usize, Step),
    /// A message of the carrier comes to a node, to whichever process listens there.
    Signal(usize, Signal),
    /// The store commits an operation.
    Commits(Life, Op),
    /// A process hears from the store.
    Answers(Life, Reply),
    /// A timer of a process fires.
    Timer(Life, Timer),
    /// A process begins.
    Starts(usize),
    /// The operator acts: the index of the action, and how often it was tried before.
    Acts(usize, u32),
    /// The operator acts just when the process is busy with the batch.
    Ambush(BatchId, Control),
    /// The number of a call that is about to leave must not be called any more.
    Forbids(WorkspaceId, E164),
    /// The operator takes a backup.
    BacksUp,
    /// The backup takes the place of what is stored.
    Restores,
    /// The operator stops whatever is left.
    Closing,
}

/// When an INVITE left, as a wire-tap before the trunk sees it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The attempt that it says it is, and whom it calls for whom.
    pub attempt: Attempt,
    /// When it left.
    pub at: Timestamp,
    /// The same on the wall clock.
    pub wall: Timestamp,
    /// Which process sent it.
    pub by: Life,
}

/// A control that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Returned {
    /// Of which batch.
    pub batch: BatchId,
    /// Which.
    pub control: Control,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// When its answer left.
    pub at: Timestamp,
}

/// What is written down for the checkers and known to nobody in the world.
#[derive(Debug, Default)]
pub struct Tap {
    /// Every INVITE that left, retransmissions not counted.
    pub sent: Vec<Sent>,
    /// When the rules placed an attempt: the true time, and the wall clock's.
    pub placed: BTreeMap<AttemptId, (Timestamp, Timestamp)>,
    /// Through which trunk and when the rules placed anything.
    pub placements: Vec<(TrunkId, Timestamp)>,
    /// Every control that was answered.
    pub returned: Vec<Returned>,
    /// When a process heard that a trunk is congested: the trunk, when, the Retry-After, who.
    pub congested: Vec<(TrunkId, Timestamp, Duration, Life)>,
    /// How long a process stood still, or by how much the clock was set: the rules cannot tell
    /// the one from the other and start their waits anew.
    pub stalls: Vec<Duration>,
    /// What could not be dialed for want of something, and when.
    pub snags: Vec<(Attempt, Snag, Timestamp)>,
    /// When a process heard anything from a trunk.
    pub heard: Vec<(TrunkId, Timestamp)>,
    /// Questions that a trunk did not answer in time, and when that was over.
    pub unanswered: Vec<(TrunkId, Timestamp)>,
    /// Calls that got no answer at all, by trunk, and when they were given up.
    pub silent: Vec<(TrunkId, Timestamp)>,
    /// When a process died.
    pub died: Vec<Timestamp>,
    /// From when until when a process stood still.
    pub frozen: Vec<(Timestamp, Timestamp)>,
    /// When a backup took the place of what was stored, and the batches that ran in it.
    pub restored: Vec<(Timestamp, Vec<BatchId>)>,
    /// When the clock was set, and by how many microseconds.
    pub jumps: Vec<(Timestamp, i64)>,
    /// When a process led, and no more.
    pub led: Vec<(Life, Timestamp)>,
    /// A process that called the rules and got no end of outputs, and the like.
    pub troubles: Vec<String>,
}

/// What every part of the world shares.
#[derive(Debug)]
pub struct Env {
    /// What happens next.
    pub queue: Queue<Event>,
    /// Chance, after the plan is made.
    pub rng: Rng,
    /// What happened.
    pub history: History,
    /// The wall clock minus the true one, in microseconds.
    pub offset_us: i64,
    /// What goes wrong.
    pub faults: Faults,
    /// What was planted in the world.
    pub bug: Option<WorldBug>,
    /// What the checkers will read.
    pub tap: Tap,
    /// Until then something is wrong that excuses being late.
    pub disturbed_until: Timestamp,
}

impl Env {
    /// The true time.
    pub fn now(&self) -> Timestamp {
        self.queue.now()
    }

    /// The time on everybody's wall clock.
    pub fn wall(&self) -> Timestamp {
        Timestamp(self.now().0 + self.offset_us)
    }

    /// The true time at which the wall clock, left alone, shows `wall`.
    pub fn at_wall(&self, wall: Timestamp) -> Timestamp {
        Timestamp(wall.0.saturating_sub(self.offset_us))
    }

    /// Lets something happen later.
    pub fn later(&mut self, delay: Duration, event: Event) {
        self.queue.put(self.now() + delay, event);
    }

    /// Whether something of this probability happens now.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.rng.f64() < probability
    }

    /// Up to `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.u64(0..=most.as_micros() as u64))
    }

    /// Whether `bug` was planted.
    pub fn has(&self, bug: WorldBug) -> bool {
        self.bug == Some(bug)
    }

    /// Something excuses being late until `more` from now.
    pub fn disturb(&mut self, more: Duration) {
        self.disturbed_until = self.disturbed_until.max(self.now() + more);
    }

    /// Notes an event for the history.
    pub fn note(&mut self, kind: &str, id: i64, words: impl FnOnce() -> String) {
        let at = self.queue.now();
        self.history.note(at, kind, id, words);
    }

    /// How long a message takes on the wire, and whether a retransmission brought it
    /// (RFC 3261 §17.1.1.2: after 0.5, 1.5, 3.5 seconds).
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

    /// Sends a request to the carrier; `not_before` keeps the order within a call.
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
    /// The caller ID's owner.
    pub workspace: WorkspaceId,
    /// The way it came.
    pub trunk: TrunkId,
    /// Who is called.
    pub to: E164,
}
