//! Answers to claims: recipients that were taken, and attempts that were given back.

use std::time::Duration;

use super::{
    Dispatcher, LaneKey,
    book::{ClaimBook, Phase, Seat},
    outage::PAUSE,
};
use crate::{
    attempt::Attempt,
    ids::{AttemptId, BatchId, RecipientId},
    time::Timestamp,
};

/// After a claim that failed.
const FAILED_WAIT: Duration = Duration::from_millis(200);

/// After a claim that brought less than it asked for although more were due: the store knows of
/// a limit that is used up elsewhere.
const SHORT_WAIT: Duration = Duration::from_millis(50);

impl Dispatcher {
    pub(super) fn claimed(
        &mut self,
        batch: BatchId,
        lane: &LaneKey,
        attempts: Vec<Attempt>,
        next_due_at: Option<Timestamp>,
    ) {
        let now = self.now;
        if let Some(claim) = self.close_claim(batch, lane)
            && let Some(lane) = self.batches.get_mut(&batch).and_then(|b| b.lanes.get_mut(lane))
        {
            // Who joined after the store looked is not in its answer; who joined before may be
            // among those it took.
            let took = |id: RecipientId| attempts.iter().any(|attempt| attempt.recipient == id);
            let joined =
                claim.joined.iter().filter(|(id, _)| !took(*id)).map(|(_, due_at)| *due_at);
            lane.next_due_at = joined.chain(next_due_at).chain(claim.doubt).min();
            let short = attempts.len() < claim.limit as usize;
            let more_due = next_due_at.is_some_and(|due_at| due_at <= now);
            lane.not_before = (short && more_due).then_some(now + SHORT_WAIT);
        }
        for attempt in attempts {
            if self.held.contains_key(&attempt.id) {
                continue;
            }
            self.trunk_mut(attempt.trunk).ready.push_back(attempt.id);
            self.hold(attempt, Phase::Ready);
        }
        self.after_claim(batch);
    }

    pub(super) fn claim_failed(&mut self, batch: BatchId, lane: &LaneKey) {
        let not_before = self.now + FAILED_WAIT;
        if self.close_claim(batch, lane).is_some()
            && let Some(lane) = self.batches.get_mut(&batch).and_then(|b| b.lanes.get_mut(lane))
        {
            lane.not_before = Some(not_before);
        }
        self.after_claim(batch);
    }

    /// The store failed when an attempt was to be dialed: its lane is left alone for a moment.
    pub(super) fn spare_the_store(&mut self, attempt: &Attempt) {
        let not_before = self.now + FAILED_WAIT;
        let batch = self.batches.get_mut(&attempt.batch);
        if let Some(lane) = batch.and_then(|batch| batch.lanes.get_mut(&attempt.lane)) {
            lane.not_before = Some(not_before);
        }
    }

    /// An attempt came back without an INVITE.
    pub(super) fn released(&mut self, id: AttemptId, due_at: Option<Timestamp>) {
        let Some(held) = self.held.get(&id) else { return };
        let (seat, phase) = (Seat::of(&held.attempt), held.phase);
        match phase {
            Phase::Unheard | Phase::Settling { .. } => return,
            Phase::Ready => self.trunk_mut(seat.trunk).ready.retain(|&ready| ready != id),
            Phase::Placed => self.trunk_mut(seat.trunk).pacer.withdrawn(),
            Phase::Releasing | Phase::Dialed { .. } | Phase::Inherited => {}
        }
        let Some(held) = self.held.remove(&id) else { return };
        self.vacate(seat, 1);
        if let Some(book) = self.batches.get_mut(&seat.batch) {
            // Else a trunk that refuses every call would be for one batch, or one kind, alone.
            book.takes_back(held.attempt.lane.retry);
        }
        // It was due when it was claimed; the clock may have been set since the store said when.
        let due_at = due_at.map(|at| at.min(self.now + PAUSE));
        self.join(seat.batch, &held.attempt.lane, (held.attempt.recipient, due_at));
    }

    /// Somebody is pending again, or at rest, after a slot became free.
    pub(super) fn join(
        &mut self,
        batch: BatchId,
        lane: &LaneKey,
        (recipient, due_at): (RecipientId, Option<Timestamp>),
    ) {
        let Some(book) = self.batches.get_mut(&batch) else { return };
        if let Some(due_at) = due_at
            && !book.facts.state.is_final()
        {
            book.lane(lane).join(recipient, due_at);
        }
        self.forget_if_over(batch);
    }

    /// Frees the slots of a claim that was answered.
    fn close_claim(&mut self, batch: BatchId, lane: &LaneKey) -> Option<ClaimBook> {
        let book = self.batches.get_mut(&batch)?;
        let claim = book.lanes.get_mut(lane)?.claim.take()?;
        let seat = Seat { batch, workspace: book.facts.workspace, trunk: claim.trunk };
        let trunk = self.trunk_mut(seat.trunk);
        trunk.claiming = trunk.claiming.saturating_sub(claim.limit);
        self.vacate(seat, claim.limit);
        Some(claim)
    }

    fn after_claim(&mut self, batch: BatchId) {
        let over = self.batches.get_mut(&batch).is_some_and(|book| {
            let over = book.facts.state.is_final();
            if over {
                book.lanes.values_mut().for_each(|lane| lane.next_due_at = None);
            }
            over
        });
        if over {
            self.sweep = true;
            self.forget_if_over(batch);
        }
    }
}
