//! Tickets, which wait until something holds on the wire.

use super::{Node, Output, Ticket, attempts::Stage};
use crate::{
    ids::{AttemptId, BatchId},
    time::Timestamp,
};

/// What a ticket waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// Every change up to this version is known and, if there is a batch that may not dial now, none
    /// of its attempts is between its claim and its INVITE.
    Changes(u64, Option<BatchId>),
    /// No INVITE can leave.
    Stopped,
    /// No attempt is open.
    Drained,
}

impl Node {
    /// Lets a ticket wait for changes.
    pub(super) fn await_changes(&mut self, ticket: Ticket, version: u64, batch: Option<BatchId>) {
        if self.heard.fails() && !self.heard.knows(version) {
            self.outputs.push_back(Output::Lost(ticket));
        } else {
            self.told(version);
            self.waiting.push((ticket, Waiting::Changes(version, batch)));
        }
    }

    /// Gives up the tickets that wait for changes that are not known.
    pub(super) fn give_up_waiting(&mut self) {
        let (heard, outputs) = (&self.heard, &mut self.outputs);
        self.waiting.retain(|(ticket, waiting)| {
            let lost = matches!(waiting, Waiting::Changes(version, _) if !heard.knows(*version));
            if lost {
                outputs.push_back(Output::Lost(*ticket));
            }
            !lost
        });
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
        let (attempts, claims, heard) = (&self.attempts, &self.claims, &self.heard);
        let may_leave = |batch: &BatchId| {
            claims.contains_key(batch)
                || attempts
                    .values()
                    .any(|open| open.batch == *batch && open.stage.is_before_the_invite())
        };
        let waits = |waiting: &Waiting| match waiting {
            Waiting::Changes(version, batch) => {
                !heard.knows(*version)
                    || batch.is_some_and(|batch| !heard.dials(batch) && may_leave(&batch))
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
