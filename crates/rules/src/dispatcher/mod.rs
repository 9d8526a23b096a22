//! The state machine that decides which recipient is dialed when.
//!
//! Its cost grows with the number of running batches and lanes, never with the number of
//! recipients. The store knows when each recipient is due; the dispatcher knows only when the first
//! recipient of each lane is due.

mod advance;
mod book;
mod claims;
mod eligibility;
mod explain;
mod fairness;
mod lag;
mod outage;
mod reach;
mod ready;
mod settlement;
#[cfg(test)]
mod tests;
mod types;
mod verdict;
mod wake;

use std::collections::{BTreeMap, VecDeque};

pub use {
    explain::{Missing, Stats, TrunkLoad},
    reach::Outage,
    types::*,
};

use crate::{
    attempt::{Attempt, Ending},
    batch::BatchState,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    time::Timestamp,
};
use book::{BatchBook, Held, Phase, Seat, Slots, TrunkBook};

/// Decides which recipient is dialed when, for all batches of one node.
///
/// Call [`poll`](Dispatcher::poll) after every [`handle`](Dispatcher::handle), and when the instant
/// of the last wake-up has come, until `poll` returns [`Output::Wake`]. At start, hand in
/// everything that is stored before the first poll: the dispatcher must know all slots that calls
/// of an earlier process hold. Every command that expects an answer must get one, even when the
/// caller could not carry the command out. A claim without an answer keeps its slots; an advance
/// without an answer is never asked again.
#[derive(Debug, Default)]
pub struct Dispatcher {
    workspaces: BTreeMap<WorkspaceId, Slots>,
    trunks: BTreeMap<TrunkId, TrunkBook>,
    batches: BTreeMap<BatchId, BatchBook>,
    held: BTreeMap<AttemptId, Held>,
    /// The newest of the held attempts of each recipient.
    newest: BTreeMap<RecipientId, AttemptId>,
    /// Endings that the dispatcher has not handed to the store yet.
    settlements: VecDeque<Settlement>,
    /// Attempts that could not be dialed and must be released, each with the instant at which its
    /// recipient is due.
    returns: VecDeque<(Attempt, Timestamp)>,
    /// Planned claims that have not been handed out yet. The next claim is the last element.
    plan: Option<Vec<fairness::Planned>>,
    /// Whether attempts that wait for their turn may have to be released.
    sweep: bool,
    /// How many moves of the stored due instants to a newly set clock are still unanswered.
    moving: u32,
    /// Whether the store cannot write.
    store_fails: bool,
    /// The instant until which this node may send. `None` means that no lease limits the node.
    lease: Option<Timestamp>,
    /// The number of claims so far. It tells which lane or workspace was served least recently.
    served: u64,
    /// The pass of the batch served last. A batch that was idle resumes at this pass and does not
    /// catch up.
    pass: u64,
    /// The time of the last input or poll.
    now: Timestamp,
    /// The instant at which the dispatcher asked to be polled.
    wake_at: Option<Timestamp>,
}

impl Dispatcher {
    /// Creates an empty dispatcher.
    pub fn new() -> Dispatcher {
        Dispatcher::default()
    }

    /// Processes one input.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        if let Input::ClockSet { by_us } = input {
            self.clock_set(by_us);
        }
        self.keep_time(now);
        let now = self.now;
        self.plan = None;
        match input {
            Input::Workspace { id, max_concurrent_calls } => {
                self.workspaces.entry(id).or_default().max = max_concurrent_calls;
            }
            Input::Trunk { id, max_calls, max_cps } => {
                let trunk = self.trunk_mut(id);
                (trunk.known, trunk.removed) = (true, false);
                trunk.reach.changed(now);
                trunk.slots.max = max_calls;
                trunk.pacer.set_max_cps(max_cps);
            }
            Input::TrunkRemoved { id } => self.trunk_removed(id),
            Input::TrunkDialed { id, at } => {
                self.trunk_mut(id).pacer.dialed_before(at.min(now));
            }
            Input::BatchLoaded { facts, lanes, open } => self.batch_loaded(facts, lanes, open),
            Input::BatchChanged(facts) => self.batch_changed(facts),
            Input::Claimed { batch, lane, attempts, next_due } => {
                self.claimed(batch, &lane, attempts, next_due);
            }
            Input::ClaimFailed { batch, lane } => self.claim_failed(batch, &lane),
            Input::Undialed { attempt, snag } => self.undialed(attempt, snag),
            Input::Silent { attempt } => self.silent_so_far(attempt),
            Input::TrunkAnswered { id, at } => self.trunk_answered(id, at.min(now)),
            Input::Probed { id, answer } => self.probed(id, answer),
            Input::Dialed { attempt, at } => self.dialed(attempt, at.min(now)),
            Input::Ended { attempt, ending } => {
                // If the clock was set back since the call ended, `ended_at` lies in the future,
                // and the retry would be late by as much.
                let ended_at = ending.ended_at.min(now);
                self.ended(attempt, Ending { ended_at, ..ending });
            }
            Input::Settled { attempt } => self.settled(attempt),
            Input::Released { attempt, due_at } => self.released(attempt, due_at),
            // Handled above, before `keep_time` could mistake the step for elapsed time.
            Input::ClockSet { .. } => {}
            Input::DueMoved => self.due_moved(),
            Input::LimitsChanged => self.ask_lanes(),
            Input::Store { works } => self.store_works(works),
            Input::Lease { until } => self.lease = Some(until),
        }
    }

    /// Returns the next thing to do at `now`, or [`Output::Wake`] when nothing is left to do.
    pub fn poll(&mut self, now: Timestamp) -> Output {
        self.keep_time(now);
        if let Some(settlement) = self.settlements.pop_front() {
            return Output::Settle(settlement);
        }
        if let Some(output) = self.next_return().or_else(|| self.next_question()) {
            return output;
        }
        if self.is_fenced() || self.store_fails {
            return self.sleep(None, WakeReason::Store);
        }
        self.next_advance()
            .or_else(|| self.next_ready())
            .or_else(|| self.next_probe())
            .or_else(|| self.next_claim())
            .unwrap_or_else(|| self.wake())
    }

    fn is_fenced(&self) -> bool {
        self.lease.is_some_and(|until| until <= self.now)
    }

    fn trunk_mut(&mut self, id: TrunkId) -> &mut TrunkBook {
        self.trunks.entry(id).or_insert_with(TrunkBook::unknown)
    }

    fn trunk_removed(&mut self, id: TrunkId) {
        if let Some(trunk) = self.trunks.get_mut(&id) {
            (trunk.known, trunk.removed) = (false, true);
            self.forget_if_unused(id);
        }
    }

    /// Forgets a trunk that is not known and has no call.
    fn forget_if_unused(&mut self, id: TrunkId) {
        let unused = |trunk: &TrunkBook| !trunk.known && trunk.slots.used == 0;
        if self.trunks.get(&id).is_some_and(unused) {
            self.trunks.remove(&id);
        }
    }

    fn batch_loaded(&mut self, facts: BatchFacts, lanes: Vec<Lane>, open: Vec<Attempt>) {
        let batch = self.batches.entry(facts.id).or_insert_with(|| BatchBook::new(facts.clone()));
        batch.lanes.values_mut().for_each(|lane| lane.next_due = None);
        for lane in lanes {
            batch.lane(&lane.key).holds(lane.next_due);
        }
        for attempt in open {
            if !self.held.contains_key(&attempt.id) {
                // The earlier process may have dialed the attempt just before it died.
                let now = self.now;
                self.trunk_mut(attempt.trunk).pacer.dialed_before(now);
                self.hold(attempt, Phase::Inherited);
            }
        }
        self.wants(facts.trunk.filter(|_| facts.state == BatchState::Running));
        self.batch_changed(facts);
    }

    fn batch_changed(&mut self, facts: BatchFacts) {
        let Some(batch) = self.batches.get_mut(&facts.id) else { return };
        batch.advance = advance::answered(batch, &facts, self.now);
        if batch.facts.settings.calling_hours != facts.settings.calling_hours {
            batch.forget_windows();
        }
        let (id, state, trunk) = (facts.id, facts.state, facts.trunk);
        let begins = state == BatchState::Running && batch.facts.state != BatchState::Running;
        batch.facts = facts;
        if state.is_final() {
            // The store has already given every pending recipient a final status.
            batch.lanes.values_mut().for_each(|lane| lane.next_due = None);
            self.forget_if_over(id);
        }
        if begins {
            self.wants(trunk);
        }
        self.sweep = true;
    }

    /// Removes a batch that is over and uses no slot any more.
    fn forget_if_over(&mut self, id: BatchId) {
        let over = |batch: &BatchBook| {
            batch.facts.state.is_final()
                && batch.used == 0
                && batch.lanes.values().all(|lane| lane.claim.is_none())
        };
        if self.batches.get(&id).is_some_and(over) {
            self.batches.remove(&id);
        }
    }

    /// Adds an attempt and its slots.
    fn hold(&mut self, attempt: Attempt, phase: Phase) {
        self.occupy(Seat::of(&attempt), 1);
        self.newest.insert(attempt.recipient, attempt.id);
        self.held.insert(attempt.id, Held { attempt, phase });
    }

    /// Removes an attempt that is over.
    fn let_go(&mut self, id: AttemptId) -> Option<Held> {
        let held = self.held.remove(&id)?;
        if self.newest.get(&held.attempt.recipient) == Some(&id) {
            self.newest.remove(&held.attempt.recipient);
        }
        Some(held)
    }

    fn occupy(&mut self, seat: Seat, count: u32) {
        self.workspaces.entry(seat.workspace).or_default().used += count;
        let trunk = self.trunk_mut(seat.trunk);
        trunk.slots.used += count;
        trunk.shares.entry(seat.workspace).or_default().used += count;
        if let Some(batch) = self.batches.get_mut(&seat.batch) {
            batch.used += count;
        }
    }

    fn vacate(&mut self, seat: Seat, count: u32) {
        let less = |used: &mut u32| *used = used.saturating_sub(count);
        less(&mut self.workspaces.entry(seat.workspace).or_default().used);
        let trunk = self.trunk_mut(seat.trunk);
        less(&mut trunk.slots.used);
        less(&mut trunk.shares.entry(seat.workspace).or_default().used);
        self.forget_if_unused(seat.trunk);
        if let Some(batch) = self.batches.get_mut(&seat.batch) {
            less(&mut batch.used);
        }
    }
}
