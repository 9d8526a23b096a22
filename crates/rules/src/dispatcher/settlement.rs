//! From the end of a call to its settlement in the store.

use super::{
    Dispatcher, LaneKey, Settlement,
    book::{Phase, Seat},
};
use crate::{
    attempt::{Attempt, EndReason, Ending},
    batch::BatchState,
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
        match ending.end_reason {
            EndReason::AgentFailed if ending.permanent => {}
            EndReason::AgentFailed => self.fell_silent(attempt.batch, &ending),
            _ if ending.evidence.answered_at.is_some() => self.talked(attempt.batch, now),
            _ => {}
        }
        if retry::is_congestion(&ending) {
            let left_at = dialed_at.unwrap_or(Timestamp(i64::MIN));
            let pacer = &mut self.trunk_mut(attempt.trunk).pacer;
            pacer.congested(left_at, ending.retry_after, now);
        }
        if retry::is_unreachable(&ending) {
            self.unheard(attempt, ending, dialed_at);
        } else {
            self.conclude(attempt, ending, false);
        }
    }

    /// Decides what follows from an ending and queues it for the store.
    pub(super) fn conclude(&mut self, attempt: Attempt, ending: Ending, outage: bool) {
        let id = attempt.id;
        let Decision { charged, excused, next } = self.decide(&attempt, &ending, outage);
        let retry_at = match next {
            Next::Retry { at, .. } => Some(at),
            Next::Final(_) => None,
        };
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
        self.vacate(seat, 1);
        let lane = LaneKey { retry: true, ..held.attempt.lane };
        self.join(seat.batch, &lane, (held.attempt.recipient, retry_at));
    }

    /// What follows from an ending. Nothing follows when the batch is over.
    fn decide(&self, attempt: &Attempt, ending: &Ending, outage: bool) -> Decision {
        let facts = self.batches.get(&attempt.batch).map(|batch| &batch.facts);
        let no_retries = RetryPolicy::default();
        let policy = facts.map_or(&no_retries, |facts| &facts.settings.retry);
        let decision = retry::decide(policy, attempt, ending, outage);
        let over = facts.is_none_or(|facts| facts.state == BatchState::Cancelled);
        match decision.next {
            Next::Retry { otherwise, .. } if over => {
                Decision { next: Next::Final(otherwise), ..decision }
            }
            Next::Retry { .. } | Next::Final(_) => decision,
        }
    }
}
