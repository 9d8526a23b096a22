//! Answers to claims and releases.

use std::time::Duration;

use super::{
    Dispatcher, LaneKey,
    book::{ClaimBook, Phase, Seat},
    outage::PAUSE,
};
use crate::{
    attempt::Attempt,
    ids::{AttemptId, BatchId, RecipientId},
    recipient::Due,
    time::Timestamp,
};

/// How long a lane waits after a failed claim. Each further failure doubles the wait.
const FAILED_WAIT: Duration = Duration::from_millis(200);

/// The longest wait after a failed claim.
const LONGEST_FAILED_WAIT: Duration = Duration::from_secs(60);

/// How long a lane waits after a claim that brought fewer recipients than it asked for although
/// more were due. In this case a limit that only the store knows is used up.
const SHORT_WAIT: Duration = Duration::from_millis(50);

impl Dispatcher {
    pub(super) fn claimed(
        &mut self,
        batch: BatchId,
        lane: &LaneKey,
        attempts: Vec<Attempt>,
        next_due: Option<Due>,
    ) {
        let now = self.now;
        if let Some(claim) = self.close_claim(batch, lane)
            && let Some(lane) = self.batches.get_mut(&batch).and_then(|b| b.lanes.get_mut(lane))
        {
            // The answer does not cover a recipient who joined after the store read the lane. A
            // recipient who joined before may be among the claimed ones.
            let took = |id: RecipientId| attempts.iter().any(|attempt| attempt.recipient == id);
            let joined =
                claim.joined.iter().filter(|(id, _)| !took(*id)).map(|(_, due_at)| *due_at);
            let joined = joined.chain(claim.doubt).map(Due::from);
            lane.next_due = joined.chain(next_due).min();
            let short = attempts.len() < claim.limit as usize;
            let more_due = next_due.is_some_and(|due| due.at <= now);
            lane.not_before = (short && more_due).then_some(now + SHORT_WAIT);
            lane.failures = 0;
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
        let now = self.now;
        if self.close_claim(batch, lane).is_some()
            && let Some(lane) = self.batches.get_mut(&batch).and_then(|b| b.lanes.get_mut(lane))
        {
            let wait = FAILED_WAIT.saturating_mul(1 << lane.failures.min(16));
            lane.not_before = Some(now + wait.min(LONGEST_FAILED_WAIT));
            lane.failures = lane.failures.saturating_add(1);
        }
        self.after_claim(batch);
    }

    /// Notes whether the store can write. When it can again, failed claims are made at once.
    pub(super) fn store_works(&mut self, works: bool) {
        self.store_fails = !works;
        let lanes = self.batches.values_mut().flat_map(|batch| batch.lanes.values_mut());
        for lane in lanes.filter(|lane| works && lane.failures > 0) {
            (lane.failures, lane.not_before) = (0, None);
        }
    }

    /// Pauses the lane of an attempt that could not be dialed because the store failed.
    pub(super) fn spare_the_store(&mut self, attempt: &Attempt) {
        let not_before = self.now + FAILED_WAIT;
        let batch = self.batches.get_mut(&attempt.batch);
        if let Some(lane) = batch.and_then(|batch| batch.lanes.get_mut(&attempt.lane)) {
            lane.not_before = Some(not_before);
        }
    }

    /// Processes the release of an attempt whose INVITE never left.
    pub(super) fn released(&mut self, id: AttemptId, due_at: Option<Timestamp>) {
        let Some(held) = self.held.get(&id) else { return };
        let (seat, phase) = (Seat::of(&held.attempt), held.phase);
        match phase {
            Phase::Unheard | Phase::Settling { .. } => return,
            Phase::Ready => self.trunk_mut(seat.trunk).ready.retain(|&ready| ready != id),
            Phase::Placed => self.trunk_mut(seat.trunk).pacer.withdrawn(),
            Phase::Releasing | Phase::Dialed { .. } | Phase::Inherited => {}
        }
        let Some(held) = self.let_go(id) else { return };
        self.vacate(seat, 1);
        if let Some(book) = self.batches.get_mut(&seat.batch) {
            // Without this, a trunk that refuses every call would serve only one batch, or only one
            // of retries and first attempts.
            book.takes_back(held.attempt.lane.retry);
        }
        // The recipient was due when it was claimed. The clock may have been set since the store
        // computed `due_at`.
        let due_at = due_at.map(|at| at.min(self.now + PAUSE));
        self.join(seat.batch, &held.attempt.lane, (held.attempt.recipient, due_at));
    }

    /// Puts a recipient back into its lane, or notes that the recipient is at rest, after a slot
    /// became free.
    pub(super) fn join(
        &mut self,
        batch: BatchId,
        lane: &LaneKey,
        (recipient, due_at): (RecipientId, Option<Timestamp>),
    ) {
        // The answer to a claim may overtake the answer to the settlement before it.
        let claimed_again = self.newest.contains_key(&recipient);
        let Some(book) = self.batches.get_mut(&batch) else { return };
        if let Some(due_at) = due_at
            && !claimed_again
            && !book.facts.state.is_final()
        {
            book.lane(lane).join(recipient, due_at);
        }
        self.forget_if_over(batch);
    }

    /// Removes an answered claim and frees its slots.
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
                book.lanes.values_mut().for_each(|lane| lane.next_due = None);
            }
            over
        });
        if over {
            self.sweep = true;
            self.forget_if_over(batch);
        }
    }
}
