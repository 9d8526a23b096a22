//! The `Node` of the rules, as a process drives it. A planted bug sits between the two: it rewrites
//! what the node hears and what it says.

mod inputs;
mod outputs;

use std::collections::{BTreeMap, BTreeSet};

use campanile_rules::{
    attempt::{Attempt, Ending},
    blocker::{Blocked, Blocker},
    dispatcher::{BatchFacts, LaneKey},
    ids::{AttemptId, BatchId, TrunkId},
    node::{Input, Lease, Node, Output},
    recipient::{Due, RecipientStatus},
    time::Timestamp,
};

use crate::{bug::Bug, store::Store};

/// A node, with a bug or without.
pub struct Machine {
    node: Node,
    bug: Option<Bug>,
    /// Whether a lease limits the node.
    leased: bool,
    known: Known,
}

/// What a bug must know of the node.
#[derive(Default)]
struct Known {
    /// Each batch as the store last reported it.
    facts: BTreeMap<BatchId, BatchFacts>,
    /// Each batch as the store first reported it.
    first: BTreeMap<BatchId, BatchFacts>,
    /// Each trunk's limits as last reported.
    trunks: BTreeMap<TrunkId, (u32, f64)>,
    /// The calls per second of each trunk as first reported.
    first_cps: BTreeMap<TrunkId, f64>,
    /// Each attempt as the store claimed it.
    attempts: BTreeMap<AttemptId, Attempt>,
    /// When each INVITE left.
    dialed: BTreeMap<AttemptId, Timestamp>,
    /// The endings that the bug misreads, as they are.
    endings: BTreeMap<AttemptId, Ending>,
    /// Batches that were asked to complete since their last settlement.
    completing: BTreeSet<BatchId>,
    /// Trunks that are stopped.
    stopped: BTreeSet<TrunkId>,
    /// Trunks that were stopped and are back.
    back: BTreeSet<TrunkId>,
}

impl Machine {
    /// A node with this lease and this bug.
    pub fn new(lease: Lease, bug: Option<Bug>) -> Machine {
        Machine { node: Node::new(lease), bug, leased: lease.is_some(), known: Known::default() }
    }

    /// Processes one input.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        match self.bug {
            Some(bug) => self.hear(bug, input, now),
            None => self.node.handle(input, now),
        }
    }

    /// Returns the next thing to do.
    pub fn poll(&mut self, now: Timestamp) -> Output {
        loop {
            let output = self.node.poll(now);
            let Some(bug) = self.bug else { return output };
            if let Some(output) = self.say(bug, output, now) {
                return output;
            }
        }
    }

    /// What stands between a batch and its next call.
    pub fn blocker(&self, batch: BatchId, now: Timestamp, store: &Store) -> Option<Blocked> {
        if self.bug != Some(Bug::LastWaitTold) {
            return self.told(self.node.dispatcher().blocker(batch, now));
        }
        let waiting = store.recipients[store.batches[&batch].recipients.clone()].iter();
        let waiting = waiting.filter(|row| row.status == RecipientStatus::Pending);
        let waits = waiting.map(|row| self.recipient_blocker(batch, &row.lane(), row.due, now));
        let ends_at = |wait: &Option<Blocked>| match wait {
            Some(blocked) => blocked.clears_at.unwrap_or(Timestamp(i64::MAX)),
            None => now,
        };
        waits.max_by_key(ends_at).flatten()
    }

    /// What stands between a recipient and the next call to them.
    pub fn recipient_blocker(
        &self,
        batch: BatchId,
        lane: &LaneKey,
        due: Due,
        now: Timestamp,
    ) -> Option<Blocked> {
        self.told(self.node.dispatcher().recipient_blocker(batch, lane, due, now))
    }

    /// The trunks that the node knows.
    pub fn trunks(&self, now: Timestamp) -> Vec<TrunkId> {
        self.node.dispatcher().trunks(now).map(|trunk| trunk.id).collect()
    }

    /// A blocker as a bug reports it.
    fn told(&self, blocked: Option<Blocked>) -> Option<Blocked> {
        let blocked = blocked?;
        let full = [Blocker::BatchConcurrency, Blocker::WorkspaceConcurrency, Blocker::TrunkCalls];
        if self.bug == Some(Bug::FullLinesUntold) && full.contains(&blocked.blocker) {
            return None;
        }
        if self.bug == Some(Bug::CongestionUntold) && blocked.blocker == Blocker::TrunkBackingOff {
            return Some(Blocked { blocker: Blocker::TrunkCps, ..blocked });
        }
        Some(blocked)
    }
}
