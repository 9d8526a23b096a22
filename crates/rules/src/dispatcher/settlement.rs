//! From the end of a call to its settlement in the store.

use super::{
    BatchFacts, Dispatcher, LaneKey, Settlement,
    book::{Phase, Seat},
    sabotage::Bug,
};
use crate::{
    attempt::{Attempt, EndReason, Ending},
    batch::BatchState,
    hours::HoursZone,
    ids::AttemptId,
    retry::{self, Decision, Next, RetryPolicy},
    time::Timestamp,
};

impl Dispatcher {
    /// Handles the end of a call.
    pub(super) fn ended(&mut self, id: AttemptId, ending: Ending) {
        let now = self.now;
        let Some(held) = self.held.get(&id) else { return };
        let attempt = held.attempt.clone();
        let phase = held.phase;
        let trunk = self.trunk_mut(attempt.trunk);
        let dialed_at = match phase {
            Phase::Releasing | Phase::Unheard | Phase::Settling { .. } => return,
            Phase::Ready => {
                trunk.ready.retain(|&ready| ready != id);
                None
            }
            Phase::Placed => {
                // The INVITE may have left without a report.
                trunk.pacer.dialed(now);
                Some(now)
            }
            Phase::Dialed { at } => Some(at),
            Phase::Inherited => None,
        };
        if let Some(at) = ending.heard_at() {
            self.trunk_answered(attempt.trunk, at);
        }
        if ending.end_reason == EndReason::AgentFailed && !ending.permanent {
            self.fell_silent(attempt.batch, &ending);
        }
        if retry::is_congestion(&ending) {
            let wait = ending.retry_after.filter(|_| !self.sabotaged(Bug::AheadOfRetryAfter));
            let left_at = dialed_at.unwrap_or(Timestamp(i64::MIN));
            if wait.is_some() || !self.sabotaged(Bug::CongestionIgnored) {
                self.trunk_mut(attempt.trunk).pacer.congested(left_at, wait, now);
            }
        }
        if retry::is_unreachable(&ending) {
            self.unheard(attempt, ending, dialed_at);
        } else {
            self.conclude(attempt, ending, (dialed_at, false));
        }
    }

    /// Decides what follows from an ending and queues it for the store.
    pub(super) fn conclude(
        &mut self,
        attempt: Attempt,
        ending: Ending,
        (dialed_at, outage): (Option<Timestamp>, bool),
    ) {
        let id = attempt.id;
        let Decision { charged, excused, next } =
            self.decide(&attempt, &ending, (dialed_at, outage));
        let retry_at = match next {
            Next::Retry { at, .. } => Some(at),
            Next::Final(_) => None,
        };
        if self.sabotaged(Bug::SlotFreedOnEnded) {
            self.vacate(Seat::of(&attempt), 1);
        }
        if let Some(held) = self.held.get_mut(&id) {
            held.phase = Phase::Settling { retry_at };
        }
        self.settlements.push_back(Settlement {
            attempt: id,
            recipient: attempt.recipient,
            batch: attempt.batch,
            ending,
            charged,
            excused,
            next,
        });
    }

    /// Handles a stored ending: the slot is free, and the recipient is at rest or due later.
    pub(super) fn settled(&mut self, id: AttemptId) {
        let Some(held) = self.held.get(&id) else { return };
        let Phase::Settling { retry_at } = held.phase else { return };
        let Some(held) = self.let_go(id) else { return };
        let seat = Seat::of(&held.attempt);
        if !self.sabotaged(Bug::SlotFreedOnEnded) {
            self.vacate(seat, 1);
        }
        let lane = LaneKey { retry: true, ..held.attempt.lane };
        self.join(seat.batch, &lane, (held.attempt.recipient, retry_at));
    }

    /// What follows from an ending. Nothing follows when the batch is over.
    fn decide(
        &self,
        attempt: &Attempt,
        ending: &Ending,
        (dialed_at, outage): (Option<Timestamp>, bool),
    ) -> Decision {
        let facts = self.batches.get(&attempt.batch).map(|batch| &batch.facts);
        let no_retries = RetryPolicy::default();
        let policy = facts.map_or(&no_retries, |facts| &facts.settings.retry);
        let (attempt, ending) = self.misread(attempt, ending, dialed_at);
        let decision = retry::decide(policy, &attempt, &ending, outage);
        let over = facts.is_none_or(|facts| facts.state == BatchState::Cancelled);
        match decision.next {
            Next::Retry { otherwise, .. } if over && !self.sabotaged(Bug::RetryAfterStop) => {
                Decision { next: Next::Final(otherwise), ..decision }
            }
            Next::Retry { at, otherwise } if self.sabotaged(Bug::RetryAfterUncapped) => {
                let at = at.max(ending.ended_at + ending.retry_after.unwrap_or_default());
                Decision { next: Next::Retry { at, otherwise }, ..decision }
            }
            Next::Retry { .. } | Next::Final(_) => decision,
        }
    }

    /// The attempt and its ending as a planted bug sees them.
    fn misread(
        &self,
        attempt: &Attempt,
        ending: &Ending,
        dialed_at: Option<Timestamp>,
    ) -> (Attempt, Ending) {
        let (mut attempt, mut ending) = (attempt.clone(), ending.clone());
        if self.sabotaged(Bug::CongestionCharged) {
            attempt.uncharged_before = retry::MAX_UNCHARGED;
        }
        let is_free = attempt.uncharged_before < retry::MAX_UNCHARGED;
        if is_free && self.sabotaged(Bug::CongestionWaitFlat) {
            attempt.uncharged_before = 0;
        }
        if self.sabotaged(Bug::RetryCountedFromStart) {
            ending.ended_at = dialed_at.unwrap_or(ending.ended_at);
        }
        if self.sabotaged(Bug::PermanentRetried) {
            ending.permanent = false;
        }
        if self.sabotaged(Bug::AheadOfRetryAfter) {
            ending.retry_after = None;
        }
        (attempt, ending)
    }

    /// The facts of a batch as a planted bug sees them.
    pub(super) fn with_wrong_hours(&self, mut facts: BatchFacts) -> BatchFacts {
        if self.sabotaged(Bug::HoursInWrongZone)
            && let Some(hours) = &mut facts.settings.calling_hours
        {
            hours.time_zone = HoursZone::Named("UTC".to_owned());
        }
        facts
    }
}
