//! Outages: what stops calls that cannot get through, and what lets calls resume. `verdict.rs`
//! decides what becomes of a call that got no response.

use std::time::Duration;

use super::{
    AgentKind, BatchFacts, Dispatcher, Output, Snag,
    book::{BatchBook, Phase},
    reach::{Probe, Reach},
};
use crate::{
    attempt::{Ending, Outcome},
    blocker::{Blocked, Blocker},
    ids::{AttemptId, BatchId, TrunkId},
    time::Timestamp,
};

/// How long a recipient waits whose attempt could not be dialed and was released. The recipient
/// then follows all recipients that are already due.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// Handles a placed attempt that could not be dialed. The attempt is released, so that it costs
    /// the recipient nothing.
    pub(super) fn undialed(&mut self, id: AttemptId, snag: Snag) {
        let now = self.now;
        let Some(held) = self.held.get_mut(&id).filter(|held| held.phase == Phase::Placed) else {
            return;
        };
        held.phase = Phase::Releasing;
        let attempt = held.attempt.clone();
        let trunk = self.trunk_mut(attempt.trunk);
        trunk.pacer.withdrawn();
        match snag {
            Snag::Trunk(cause) => trunk.reach.failed(cause, true, now),
            Snag::Machine(cause) => trunk.reach.failed(cause, false, now),
            Snag::Agent(cause) => {
                if let Some(batch) = self.batches.get_mut(&attempt.batch) {
                    batch.agent.failed(cause, false, now);
                }
            }
            Snag::Store => self.spare_the_store(&attempt),
        }
        self.sweep = true;
        self.returns.push_back((attempt, now + PAUSE));
    }

    /// Handles a call whose agent could not talk. The batch stops, so that no other phone rings in
    /// vain: at once if its words cannot be produced, after several calls in a row if its server
    /// failed.
    pub(super) fn fell_silent(&mut self, batch: BatchId, ending: &Ending) {
        let now = self.now;
        let Some(batch) = self.batches.get_mut(&batch) else { return };
        let cause = ending.evidence.cause.as_deref().unwrap_or("the agent's words failed").into();
        match batch.facts.agent {
            AgentKind::BuiltIn => batch.agent.stop(cause, false, now),
            // One call that lost its server does not show that the others did.
            AgentKind::Served if ending.outcome != Outcome::Completed => {
                batch.agent.failed(cause, false, now);
            }
            AgentKind::Served => {}
        }
        self.sweep = true;
    }

    /// Notes that an INVITE of this batch left, which proves that its agent has its words, or that
    /// its server takes connections again. A call that was placed before the agent failed proves
    /// nothing.
    pub(super) fn spoke(&mut self, batch: BatchId, at: Timestamp) {
        let Some(batch) = self.batches.get_mut(&batch) else { return };
        let proves = match batch.facts.agent {
            AgentKind::BuiltIn => batch.agent.stopped().is_none(),
            AgentKind::Served => batch.agent.on_trial().is_some(),
        };
        if proves {
            batch.agent.worked(at);
        }
    }

    /// Notes that an answered call of this batch ended, and that its agent did not fail.
    pub(super) fn talked(&mut self, batch: BatchId, at: Timestamp) {
        if let Some(batch) = self.batches.get_mut(&batch)
            && batch.agent.stopped().is_none()
        {
            batch.agent.worked(at);
        }
    }

    /// The next attempt to release because it could not be dialed.
    pub(super) fn next_return(&mut self) -> Option<Output> {
        let (attempt, not_before) = self.returns.pop_front()?;
        Some(Output::Release { attempt, not_before: Some(not_before) })
    }

    /// Notes that a call through the trunk got a response.
    pub(super) fn trunk_answered(&mut self, id: TrunkId, at: Timestamp) {
        let now = self.now;
        let Some(trunk) = self.trunks.get_mut(&id) else { return };
        if trunk.reach.worked(at) {
            trunk.pacer.resumes(now);
            self.sweep = true;
        }
    }

    /// Notes that a batch may now dial through this trunk. A stopped trunk is probed at once.
    pub(super) fn wants(&mut self, trunk: Option<TrunkId>) {
        let now = self.now;
        if let Some(trunk) = trunk.and_then(|id| self.trunks.get_mut(&id)) {
            trunk.reach.changed(now);
        }
    }

    /// The next question to a trunk. A trunk is asked if it is stopped and wanted, if it left a
    /// call without a response, or if it is not known whether it answers questions. Trial calls are
    /// not made here: they leave like other calls, one at a time.
    pub(super) fn next_probe(&mut self) -> Option<Output> {
        let now = self.now;
        for batch in self.batches.values_mut() {
            if batch.agent.probe_due(now).is_some() {
                batch.agent.probes(Probe::Call, now);
            }
        }
        for id in self.stale_trials() {
            self.trunk_mut(id).reach.goes_stale(now);
        }
        let due: Vec<_> = self
            .trunks
            .iter()
            .filter_map(|(&id, trunk)| trunk.reach.probe_due(now).map(|probe| (id, probe)))
            .filter(|(id, _)| self.is_wanted(*id))
            .collect();
        for &(id, probe) in due.iter().filter(|(_, probe)| *probe == Probe::Call) {
            self.trunk_mut(id).reach.probes(probe, now);
        }
        let stopped = due.iter().find(|(_, probe)| *probe == Probe::Question).map(|(id, _)| *id);
        let id = stopped.or_else(|| self.to_be_learnt())?;
        self.ask(id)
    }

    /// Trunks that are on trial and had no recipient to try for so long that they may be back.
    fn stale_trials(&self) -> Vec<TrunkId> {
        let stale = |id: &TrunkId, reach: &Reach| {
            reach.on_trial().is_some()
                && reach.fresh_until() <= Some(self.now)
                && self.trial_room(*id) > 0
        };
        let trunks = self.trunks.iter().filter(|(id, trunk)| stale(id, &trunk.reach));
        trunks.map(|(&id, _)| id).collect()
    }

    /// When to ask a trunk again that is on trial and wanted but has no recipient to try.
    pub(super) fn next_stale_at(&self) -> Option<Timestamp> {
        let trials = self.trunks.iter().filter(|(_, trunk)| trunk.reach.on_trial().is_some());
        let wanted = trials.filter(|(id, _)| self.is_wanted(**id));
        wanted.filter_map(|(_, trunk)| trunk.reach.fresh_until()).min()
    }

    /// A trunk that answers calls, but of which it is not known whether it answers questions. After
    /// an unanswered question, the trunk is asked again once it has answered another call.
    fn to_be_learnt(&self) -> Option<TrunkId> {
        let unknown = |reach: &Reach| {
            reach.hears.is_none()
                && reach.asked_at.is_none()
                && reach.worked_at > reach.unanswered_at
        };
        self.trunks.iter().find(|(_, trunk)| unknown(&trunk.reach)).map(|(&id, _)| id)
    }

    pub(super) fn ask(&mut self, id: TrunkId) -> Option<Output> {
        let now = self.now;
        self.trunk_mut(id).reach.probes(Probe::Question, now);
        Some(Output::Probe(id))
    }

    /// Whether a due recipient waits for this trunk.
    fn is_wanted(&self, id: TrunkId) -> bool {
        self.batches.values().any(|batch| {
            self.may_run(&batch.facts, self.now).is_ok_and(|trunk| trunk == id)
                && self.somebody_is_due(batch, self.now).is_ok()
        })
    }

    /// Whether the trunk of a batch answers and the agent can speak.
    pub(super) fn works(&self, batch: &BatchBook) -> Result<(), Blocked> {
        let stopped = |blocker: Blocker, until: Option<Timestamp>| Blocked {
            clears_at: until,
            ..blocker.open_ended()
        };
        if let Some(trunk) = self.trunk_of(batch)
            && let Some(until) = trunk.reach.stopped()
        {
            return Err(stopped(Blocker::TrunkUnreachable, until));
        }
        if let BatchFacts { trunk: Some(trunk), .. } = batch.facts
            && self.trial_room(trunk) == 0
        {
            return Err(stopped(Blocker::TrunkUnreachable, None));
        }
        if let Some(until) = batch.agent.stopped() {
            return Err(stopped(batch.mute(), until));
        }
        if self.agent_room(batch) == 0 {
            return Err(stopped(batch.mute(), None));
        }
        Ok(())
    }

    /// How many more calls may be claimed for a trunk: one at a time while the trunk is on trial.
    pub(super) fn trial_room(&self, id: TrunkId) -> u32 {
        let Some(trunk) = self.trunks.get(&id) else { return 0 };
        let Some(from) = trunk.reach.on_trial() else { return u32::MAX };
        let undecided = self.held.values().any(|held| {
            held.attempt.trunk == id
                && match held.phase {
                    Phase::Ready | Phase::Placed | Phase::Releasing => true,
                    Phase::Dialed { at } => at >= from,
                    Phase::Inherited | Phase::Unheard | Phase::Settling { .. } => false,
                }
        });
        u32::from(!undecided && trunk.claiming == 0)
    }

    /// How many more calls may be claimed for a batch: one at a time while its agent is on trial.
    pub(super) fn agent_room(&self, batch: &BatchBook) -> u32 {
        if batch.agent.on_trial().is_none() {
            return u32::MAX;
        }
        let asked = batch.lanes.values().any(|lane| lane.claim.is_some());
        let undecided = self.held.values().any(|held| {
            held.attempt.batch == batch.facts.id
                && matches!(held.phase, Phase::Ready | Phase::Placed | Phase::Releasing)
        });
        u32::from(!asked && !undecided)
    }
}
