//! The life of an attempt from claim to settlement. A node releases an attempt at most once.

use super::{Node, Output, Verb};
use crate::{
    attempt::{Attempt, Ending},
    dispatcher::{self, LaneKey},
    ids::{AttemptId, BatchId},
    recipient::Due,
    time::Timestamp,
};

/// An attempt that holds a slot in the store.
#[derive(Debug)]
pub(super) struct Open {
    pub batch: BatchId,
    pub stage: Stage,
}

/// The progress of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The attempt is claimed and waits for the pace of its trunk.
    Claimed,
    /// The call is being prepared.
    Preparing,
    /// The store is asked whether the INVITE may leave.
    Marking,
    /// The INVITE is leaving.
    Leaving,
    /// The INVITE left, from this process or from an earlier one.
    Dialed,
    /// The attempt is being released.
    Returning,
    /// The call is over, and its ending is being stored.
    Settling,
    /// The store permanently refuses to close the attempt. The attempt keeps its slot until the
    /// next start.
    Kept,
}

impl Stage {
    /// Whether the INVITE could still leave, or the recipient is not pending again yet.
    pub fn is_before_the_invite(self) -> bool {
        match self {
            Stage::Claimed
            | Stage::Preparing
            | Stage::Marking
            | Stage::Leaving
            | Stage::Returning => true,
            Stage::Dialed | Stage::Settling | Stage::Kept => false,
        }
    }

    /// Whether the INVITE may leave at any moment.
    pub fn may_leave(self) -> bool {
        matches!(self, Stage::Preparing | Stage::Marking | Stage::Leaving)
    }
}

impl Node {
    /// Handles claimed attempts.
    pub(super) fn claimed(
        &mut self,
        (batch, lane): (BatchId, LaneKey),
        attempts: Vec<Attempt>,
        next_due: Option<Due>,
        now: Timestamp,
    ) {
        self.claim_answered(batch);
        let ids: Vec<AttemptId> = attempts.iter().map(|attempt| attempt.id).collect();
        for attempt in &attempts {
            self.open(attempt, Stage::Claimed);
        }
        self.hear(dispatcher::Input::Claimed { batch, lane, attempts, next_due }, now);
        if self.stopped {
            ids.into_iter().for_each(|attempt| self.give_back(attempt, None));
        }
    }

    pub(super) fn claim_answered(&mut self, batch: BatchId) {
        if let Some(claims) = self.claims.get_mut(&batch) {
            *claims -= 1;
            if *claims == 0 {
                self.claims.remove(&batch);
            }
        }
    }

    pub(super) fn open(&mut self, attempt: &Attempt, stage: Stage) {
        let open = Open { batch: attempt.batch, stage };
        self.attempts.entry(attempt.id).or_insert(open);
    }

    fn stage(&mut self, attempt: AttemptId) -> Option<&mut Stage> {
        self.attempts.get_mut(&attempt).map(|open| &mut open.stage)
    }

    /// Prepares the call of an attempt that the pace lets be dialed.
    pub(super) fn place(&mut self, attempt: Attempt) -> Output {
        if let Some(stage) = self.stage(attempt.id) {
            *stage = Stage::Preparing;
        }
        Output::Prepare(attempt)
    }

    /// Handles a prepared call: asks the store whether its INVITE may still leave.
    pub(super) fn prepared(&mut self, attempt: AttemptId, now: Timestamp) {
        let may = !self.stopped && !self.term.is_over(now);
        match self.stage(attempt) {
            Some(stage) if *stage == Stage::Preparing && may => {
                *stage = Stage::Marking;
                self.outputs.push_back(Output::Mark(attempt));
            }
            Some(_) | None => self.withdraw(attempt),
        }
    }

    /// Handles the store's word on whether the INVITE may leave.
    pub(super) fn marked(&mut self, attempt: AttemptId, may: bool, now: Timestamp) {
        if !may {
            return self.withdraw(attempt);
        }
        if self.term.is_over(now) {
            // Another node may lead by now; it ends attempts that are stored as dialed.
            self.outputs.push_back(Output::Withdraw(attempt));
            return self.was_dialed(attempt, now);
        }
        if let Some(stage) = self.stage(attempt) {
            *stage = Stage::Leaving;
            self.outputs.push_back(Output::Invite(attempt));
        }
    }

    /// Drops a prepared call, which will not be dialed.
    pub(super) fn withdraw(&mut self, attempt: AttemptId) {
        self.outputs.push_back(Output::Withdraw(attempt));
        self.give_back(attempt, None);
    }

    /// Releases an attempt, unless it is being released already or its INVITE left.
    pub(super) fn give_back(&mut self, attempt: AttemptId, not_before: Option<Timestamp>) {
        let Some(stage) = self.stage(attempt) else { return };
        match stage {
            Stage::Claimed | Stage::Preparing | Stage::Marking => {
                *stage = Stage::Returning;
                self.ask(Verb::Release { attempt, not_before });
            }
            Stage::Leaving | Stage::Dialed | Stage::Returning | Stage::Settling | Stage::Kept => {}
        }
    }

    /// Handles the release of an attempt of this process or of an earlier one.
    pub(super) fn released(
        &mut self,
        attempt: AttemptId,
        due_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        if !self.strike_off(attempt) {
            self.hear(dispatcher::Input::Released { attempt, due_at }, now);
        }
    }

    /// Handles an attempt that is stored as dialed but has no call in this process. The phone may
    /// have rung.
    pub(super) fn was_dialed(&mut self, attempt: AttemptId, now: Timestamp) {
        if !self.strike_off(attempt) {
            let ending = Ending::interrupted(None, now);
            self.hear(dispatcher::Input::Ended { attempt, ending }, now);
        }
    }

    /// Handles an attempt that the store permanently refuses to close. The attempt may be open in
    /// the store, so it keeps its slot here too.
    pub(super) fn keep_for_good(&mut self, attempt: AttemptId) {
        if let Some(stage) = self.stage(attempt) {
            *stage = Stage::Kept;
        }
    }

    /// Updates the stages of attempts from an input of the dispatcher.
    pub(super) fn follow(&mut self, input: &dispatcher::Input) {
        match input {
            dispatcher::Input::Dialed { attempt, .. } => {
                if let Some(stage) = self.stage(*attempt) {
                    *stage = Stage::Dialed;
                }
            }
            dispatcher::Input::Ended { attempt, .. } => {
                if let Some(stage) = self.stage(*attempt) {
                    *stage = Stage::Settling;
                }
            }
            dispatcher::Input::Released { attempt, .. }
            | dispatcher::Input::Settled { attempt } => {
                self.attempts.remove(attempt);
            }
            dispatcher::Input::Workspace { .. }
            | dispatcher::Input::Trunk { .. }
            | dispatcher::Input::TrunkRemoved { .. }
            | dispatcher::Input::TrunkDialed { .. }
            | dispatcher::Input::BatchLoaded { .. }
            | dispatcher::Input::BatchChanged(_)
            | dispatcher::Input::Claimed { .. }
            | dispatcher::Input::ClaimFailed { .. }
            | dispatcher::Input::Undialed { .. }
            | dispatcher::Input::Silent { .. }
            | dispatcher::Input::TrunkAnswered { .. }
            | dispatcher::Input::Probed { .. }
            | dispatcher::Input::ClockSet { .. }
            | dispatcher::Input::DueMoved
            | dispatcher::Input::LimitsChanged
            | dispatcher::Input::Store { .. }
            | dispatcher::Input::Lease { .. } => {}
        }
    }
}
