//! What a node with a planted bug says.

use campanile_rules::{
    batch::BatchState,
    blocker::Blocker,
    dispatcher::{Advance, Claim, Settlement, WakeReason},
    ids::BatchId,
    node::{Answer, Input, Output, Verb},
    retry::{Decision, Next, decide, is_unreachable},
    time::Timestamp,
};

use super::Machine;
use crate::bug::Bug;

impl Machine {
    /// An output as the bug has it. `None` means that the bug swallows it.
    pub(super) fn say(&mut self, bug: Bug, output: Output, now: Timestamp) -> Option<Output> {
        match output {
            Output::Settle(settlement) => {
                let settlement = self.missettle(bug, settlement);
                if bug == Bug::SlotFreedOnEnded {
                    let settled = Answer::Settled(settlement.attempt);
                    self.node.handle(Input::Answered(settled), now);
                }
                Some(Output::Settle(settlement))
            }
            Output::Ask(Verb::Claim(claim)) if self.is_of_a_pause(bug, &claim) => {
                let Claim { batch, lane, due_by, .. } = claim;
                let nobody = Answer::Claimed {
                    batch,
                    lane,
                    attempts: Vec::new(),
                    next_due: Some(due_by.into()),
                };
                self.node.handle(Input::Answered(nobody), now);
                None
            }
            Output::Probe(trunk)
                if bug == Bug::NeverProbedAgain
                    && self.node.dispatcher().trunk_outage(trunk).is_some() =>
            {
                None
            }
            Output::Wake { .. } if bug == Bug::CompletesWhileRetryDue => {
                Some(self.completion(now).unwrap_or(output))
            }
            Output::Wake { reason, .. }
                if bug == Bug::LostWakeUpAtOpening
                    && reason == WakeReason::Blocked(Blocker::OutsideCallingHours)
                    && !self.leased =>
            {
                Some(Output::Wake { at: None, reason })
            }
            other => Some(other),
        }
    }

    /// Whether a bug that claims only the retries of a paused batch leaves this claim out.
    fn is_of_a_pause(&self, bug: Bug, claim: &Claim) -> bool {
        let facts = self.known.facts.get(&claim.batch);
        bug == Bug::RetryAcrossPause
            && !claim.lane.retry
            && facts.is_some_and(|facts| facts.state == BatchState::Paused)
    }

    /// The wish to complete a batch that waits for a retry.
    fn completion(&mut self, now: Timestamp) -> Option<Output> {
        let rules = self.node.dispatcher();
        let waits = |batch: BatchId| {
            let blocked = rules.blocker(batch, now);
            blocked.is_some_and(|blocked| blocked.blocker == Blocker::RetryWait)
        };
        let idle = |batch: &BatchId| {
            rules.in_flight(*batch) == 0 && waits(*batch) && !self.known.completing.contains(batch)
        };
        let batch = self.known.facts.keys().copied().find(idle)?;
        self.known.completing.insert(batch);
        Some(Output::Ask(Verb::Advance(batch, Advance::Complete)))
    }

    /// What follows from an ending, as the bug has it.
    fn missettle(&mut self, bug: Bug, mut settlement: Settlement) -> Settlement {
        let is_mute = is_unreachable(&settlement.ending);
        if let Some(ending) = self.known.endings.remove(&settlement.attempt) {
            settlement.ending = ending;
        }
        self.known.completing.remove(&settlement.batch);
        if bug == Bug::MuteExcusedForEver && is_mute {
            settlement.excused = !settlement.charged;
        }
        if bug == Bug::OutageCharged && is_mute && settlement.excused {
            return self.decided(settlement);
        }
        let facts = self.known.facts.get(&settlement.batch);
        let is_over = facts.is_none_or(|facts| facts.state == BatchState::Cancelled);
        if bug == Bug::RetryAfterStop && is_over {
            return self.decided(settlement);
        }
        if let (Bug::RetryAfterUncapped, Next::Retry { at, otherwise }) = (bug, settlement.next) {
            let ending = &settlement.ending;
            let at = at.max(ending.ended_at + ending.retry_after.unwrap_or_default());
            settlement.next = Next::Retry { at, otherwise };
        }
        settlement
    }

    /// A settlement as the retry policy has it, whatever the batch and the trunk.
    fn decided(&self, settlement: Settlement) -> Settlement {
        let attempt = self.known.attempts.get(&settlement.attempt);
        let facts = self.known.facts.get(&settlement.batch);
        let (Some(attempt), Some(facts)) = (attempt, facts) else { return settlement };
        let policy = &facts.settings.retry;
        let Decision { charged, excused, next } =
            decide(policy, attempt, &settlement.ending, false);
        Settlement { charged, excused, next, ..settlement }
    }
}
