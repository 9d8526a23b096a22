//! Changes of batches, and tickets that wait until a change holds on the wire.

use super::{LoadedBatch, Node, Output, Ticket, attempts::Stage};
use crate::{
    batch::BatchState,
    dispatcher::{self, BatchFacts},
    ids::{AttemptId, BatchId},
    time::Timestamp,
};

/// What a ticket waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// No attempt of the batch is between its claim and its INVITE.
    Quiet(BatchId),
    /// No INVITE can leave.
    Stopped,
    /// No attempt is open.
    Drained,
}

impl Node {
    /// Handles a new or changed batch. Answers may overtake each other; the newest version counts.
    pub(super) fn changed(&mut self, batch: LoadedBatch, ticket: Option<Ticket>, now: Timestamp) {
        let (id, state) = (batch.facts.id, batch.facts.state);
        self.hear_of(batch, now);
        let Some(ticket) = ticket else { return };
        match state {
            BatchState::Running | BatchState::Scheduled => {
                self.outputs.push_back(Output::Holds(ticket));
            }
            BatchState::Draft
            | BatchState::Paused
            | BatchState::Completed
            | BatchState::Cancelled => self.waiting.push((ticket, Waiting::Quiet(id))),
        }
    }

    fn hear_of(&mut self, batch: LoadedBatch, now: Timestamp) {
        let LoadedBatch { facts, lanes, open } = batch;
        if !self.term.leads() || !self.is_newest(&facts) {
            return;
        }
        if self.versions.insert(facts.id, facts.version).is_some() {
            return self.hear(dispatcher::Input::BatchChanged(facts), now);
        }
        let nothing_to_dial = facts.state == BatchState::Draft || facts.state.is_final();
        if nothing_to_dial && open.is_empty() {
            self.versions.remove(&facts.id);
            return;
        }
        self.hear(dispatcher::Input::BatchLoaded { facts, lanes, open }, now);
    }

    /// Handles the answer to an advance.
    pub(super) fn advanced(&mut self, facts: BatchFacts, now: Timestamp) {
        if self.is_newest(&facts) {
            self.versions.insert(facts.id, facts.version);
            self.hear(dispatcher::Input::BatchChanged(facts), now);
        }
    }

    fn is_newest(&self, facts: &BatchFacts) -> bool {
        self.versions.get(&facts.id).is_none_or(|known| *known <= facts.version)
    }

    /// Stops dialing for good.
    pub(super) fn stop(&mut self, ticket: Ticket, now: Timestamp) {
        self.stopped = true;
        self.waiting.push((ticket, Waiting::Stopped));
        self.tell_lease(now);
        let claimed = self.attempts.iter().filter(|(_, open)| open.stage == Stage::Claimed);
        let claimed: Vec<AttemptId> = claimed.map(|(id, _)| *id).collect();
        claimed.into_iter().for_each(|attempt| self.give_back(attempt, None));
    }

    /// Answers the tickets whose wait is over. Returns whether there was any.
    pub(super) fn answer_waiting(&mut self) -> bool {
        let (attempts, claims) = (&self.attempts, &self.claims);
        let waits = |waiting: &Waiting| match waiting {
            Waiting::Quiet(batch) => {
                claims.contains_key(batch)
                    || attempts
                        .values()
                        .any(|open| open.batch == *batch && open.stage.is_before_the_invite())
            }
            Waiting::Stopped => attempts.values().any(|open| open.stage.may_leave()),
            Waiting::Drained => {
                !claims.is_empty() || attempts.values().any(|open| open.stage != Stage::Kept)
            }
        };
        let mut over = Vec::new();
        self.waiting.retain(|(ticket, waiting)| {
            let waits = waits(waiting);
            if !waits {
                over.push(Output::Holds(*ticket));
            }
            waits
        });
        let any = !over.is_empty();
        self.outputs.extend(over);
        any
    }
}
