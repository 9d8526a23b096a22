//! The state machine that decides who is dialed when.
//!
//! Its cost grows with running batches and their lanes, never with recipients: who is due is
//! known to the store, and here only when the first of each lane is.

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
mod sabotage;
mod settlement;
#[cfg(test)]
mod tests;
mod types;
mod verdict;
mod wake;

use std::collections::{BTreeMap, VecDeque};

#[cfg(feature = "sabotage")]
pub use sabotage::Bug;
pub use {
    explain::{Missing, Stats, TrunkLoad},
    reach::Outage,
    types::*,
};

use crate::{
    attempt::{Attempt, Ending},
    batch::BatchState,
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
};
use book::{BatchBook, Held, Phase, Seat, Slots, TrunkBook};

/// Decides who is dialed when, for all batches of one node.
///
/// After every [`handle`](Dispatcher::handle), and whenever the last wake-up's time has come,
/// call [`poll`](Dispatcher::poll) until it answers [`Output::Wake`]. At start, hand in all that
/// is stored before the first poll: only then are all slots known that calls of an earlier
/// process hold. Every command that has an
/// answer must get it, also when the world could not carry it out: a claim without an answer
/// keeps its slots, an advance without an answer is not asked again.
#[derive(Debug, Default)]
pub struct Dispatcher {
    workspaces: BTreeMap<WorkspaceId, Slots>,
    trunks: BTreeMap<TrunkId, TrunkBook>,
    batches: BTreeMap<BatchId, BatchBook>,
    held: BTreeMap<AttemptId, Held>,
    /// Endings that the store has not been given yet.
    settlements: VecDeque<Settlement>,
    /// Attempts that could not be dialed and are still to be given back, and when their recipients
    /// are due.
    returns: VecDeque<(Attempt, Timestamp)>,
    /// Claims of this drain that have not been handed out yet, the next one last.
    plan: Option<Vec<fairness::Planned>>,
    /// Attempts that wait for their turn may have to be given back.
    sweep: bool,
    /// How many times the due instants in the store are still to be moved to a clock that was set.
    moving: u32,
    /// Nothing can be stored.
    store_fails: bool,
    /// Until when this node may send; none means that nobody fences it.
    lease: Option<Timestamp>,
    /// Counts claims, so that the least recently served is known.
    served: u64,
    /// The pass of the batch served last; one that was idle does not catch up beyond it.
    pass: u64,
    /// The time, as last handed in.
    now: Timestamp,
    /// When the dispatcher asked to be polled.
    wake_at: Option<Timestamp>,
    #[cfg(feature = "sabotage")]
    bug: Option<sabotage::Bug>,
}

impl Dispatcher {
    /// A dispatcher that knows nothing yet.
    pub fn new() -> Dispatcher {
        Dispatcher::default()
    }

    /// Takes note of something that happened.
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
                let deaf = self.sabotaged(sabotage::Bug::PaceEditIgnored);
                let trunk = self.trunk_mut(id);
                let deaf = deaf && trunk.known;
                trunk.known = true;
                trunk.reach.changed(now);
                trunk.slots.max = max_calls;
                if !deaf {
                    trunk.pacer.set_max_cps(max_cps);
                }
            }
            Input::TrunkDialed { id, at } => {
                self.trunk_mut(id).pacer.dialed_before(at.min(now));
            }
            Input::BatchLoaded { facts, lanes, open } => self.batch_loaded(facts, lanes, open),
            Input::BatchChanged(facts) => self.batch_changed(facts),
            Input::Claimed { batch, lane, attempts, next_due_at } => {
                self.claimed(batch, &lane, attempts, next_due_at);
            }
            Input::ClaimFailed { batch, lane } => self.claim_failed(batch, &lane),
            Input::Undialed { attempt, snag } => self.undialed(attempt, snag),
            Input::Silent { attempt } => self.silent_so_far(attempt),
            Input::TrunkAnswered { id, at } => self.trunk_answered(id, at.min(now)),
            Input::Probed { id, answer } => self.probed(id, answer),
            Input::Dialed { attempt, at } => self.dialed(attempt, at.min(now)),
            Input::Ended { attempt, ending } => {
                // The clock may have been set back since it ended: its retry would be as far off.
                let ended_at = ending.ended_at.min(now);
                self.ended(attempt, Ending { ended_at, ..ending });
            }
            Input::Settled { attempt } => self.settled(attempt),
            Input::Released { attempt, due_at } => self.released(attempt, due_at),
            // Heeded above, before the new time is taken for time that passed.
            Input::ClockSet { .. } => {}
            Input::DueMoved => self.due_moved(),
            Input::LimitsChanged => self.ask_lanes(),
            Input::Store { works } => self.store_fails = !works,
            Input::Lease { until } => self.lease = Some(until),
        }
    }

    /// The next thing to do at `now`; [`Output::Wake`] when there is nothing more.
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

    fn batch_loaded(&mut self, facts: BatchFacts, lanes: Vec<Lane>, open: Vec<Attempt>) {
        let batch = self.batches.entry(facts.id).or_insert_with(|| BatchBook::new(facts.clone()));
        batch.lanes.values_mut().for_each(|lane| lane.next_due_at = None);
        for lane in lanes {
            batch.lane(&lane.key).holds(lane.next_due_at);
        }
        for attempt in open {
            if !self.held.contains_key(&attempt.id) {
                // It may have been dialed just before the earlier process died.
                let now = self.now;
                self.trunk_mut(attempt.trunk).pacer.dialed_before(now);
                self.hold(attempt, Phase::Inherited);
            }
        }
        self.wants(facts.trunk.filter(|_| facts.state == BatchState::Running));
        self.batch_changed(facts);
    }

    fn batch_changed(&mut self, facts: BatchFacts) {
        let facts = self.with_wrong_hours(facts);
        let deaf = self.sabotaged(sabotage::Bug::EditIgnored);
        let Some(batch) = self.batches.get_mut(&facts.id) else { return };
        batch.advance = advance::answered(batch, &facts, self.now);
        if batch.facts.settings.calling_hours != facts.settings.calling_hours {
            batch.forget_windows();
        }
        let (id, state, trunk) = (facts.id, facts.state, facts.trunk);
        let begins = state == BatchState::Running && batch.facts.state != BatchState::Running;
        let settings = deaf.then(|| batch.facts.settings.clone());
        batch.facts = facts;
        if let Some(settings) = settings {
            batch.facts.settings = settings;
        }
        if state.is_final() {
            // The store let everybody who was pending come to rest.
            batch.lanes.values_mut().for_each(|lane| lane.next_due_at = None);
            self.forget_if_over(id);
        }
        if begins {
            self.wants(trunk);
        }
        self.sweep = true;
    }

    /// A batch that is over and holds nothing any more is forgotten.
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

    fn hold(&mut self, attempt: Attempt, phase: Phase) {
        self.occupy(Seat::of(&attempt), 1);
        self.held.insert(attempt.id, Held { attempt, phase });
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
        if let Some(batch) = self.batches.get_mut(&seat.batch) {
            less(&mut batch.used);
        }
    }
}
