//! What stands between a batch and its next call. Claims, wake-ups and the blockers shown to users
//! are all computed here.

use std::time::Duration;

use super::{
    BatchFacts, Dispatcher, LaneKey, WakeReason,
    book::{BatchBook, LaneBook, TrunkBook},
};
use crate::{
    batch::BatchState,
    blocker::{Blocked, Blocker},
    ids::TrunkId,
    recipient::{Due, WaitsFor},
    time::Timestamp,
};

/// The reason of a wait, and its end if known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub reason: WakeReason,
    pub until: Option<Timestamp>,
}

impl From<Blocked> for Wait {
    fn from(blocked: Blocked) -> Wait {
        Wait { reason: WakeReason::Blocked(blocked.blocker), until: blocked.clears_at }
    }
}

/// What blocks a recipient until it is due.
pub(super) fn blocker_until(due: Due) -> Blocker {
    match due.waits_for {
        Some(WaitsFor::DailyLimit) => Blocker::DailyLimit,
        None => Blocker::RetryWait,
    }
}

impl Dispatcher {
    /// Whether a recipient of this batch may be claimed now. A call that the trunk's pace lets
    /// leave within `lead` counts as possible now. `Err` holds the wait.
    pub(super) fn may_call(
        &self,
        batch: &BatchBook,
        lead: Duration,
        now: Timestamp,
    ) -> Result<(), Wait> {
        let trunk = self.may_run(&batch.facts, now)?;
        self.somebody_is_due(batch, now)?;
        self.works(batch)?;
        self.room(batch)?;
        Ok(self.pace(trunk, lead, now)?)
    }

    /// Whether the state of the batch permits calls, and through which trunk.
    pub(super) fn may_run(&self, facts: &BatchFacts, now: Timestamp) -> Result<TrunkId, Blocked> {
        match facts.state {
            BatchState::Draft => return Err(Blocker::WaitingForStart.open_ended()),
            BatchState::Scheduled => {
                let starts_at = facts.settings.starts_at.unwrap_or(now);
                return Err(Blocker::WaitingForStart.until(starts_at));
            }
            BatchState::Paused => return Err(Blocker::Paused.open_ended()),
            BatchState::Running => {}
            BatchState::Completed | BatchState::Cancelled => {
                return Err(Blocker::AllDone.open_ended());
            }
        }
        if facts.settings.ends_at.is_some_and(|ends_at| ends_at <= now) {
            return Err(Blocker::AllDone.open_ended());
        }
        facts
            .trunk
            .filter(|trunk| self.trunks.get(trunk).is_some_and(|trunk| trunk.known))
            .ok_or(Blocker::NoRoute.open_ended())
    }

    /// Whether one of the lanes has a recipient to call. `Err` holds the wait that ends first.
    pub(super) fn somebody_is_due(&self, batch: &BatchBook, now: Timestamp) -> Result<(), Wait> {
        let mut first = Wait::from(Blocker::AllDone.open_ended());
        let mut anybody = false;
        for (key, lane) in &batch.lanes {
            let wait = match self.lane_wait(batch, key, lane, now) {
                None => continue,
                Some(Ok(())) => return Ok(()),
                Some(Err(wait)) => wait,
            };
            let sooner = match (wait.until, first.until) {
                (Some(at), Some(best)) => at < best,
                (at, best) => at.is_some() && best.is_none(),
            };
            if sooner || !anybody {
                first = wait;
            }
            anybody = true;
        }
        Err(first)
    }

    /// What a lane waits for: `None` if the lane is empty, `Ok` if a recipient may be called, `Err`
    /// with the wait otherwise.
    pub(super) fn lane_wait(
        &self,
        batch: &BatchBook,
        key: &LaneKey,
        lane: &LaneBook,
        now: Timestamp,
    ) -> Option<Result<(), Wait>> {
        let due = lane.next_due?;
        let window = batch.window_of(key, lane, now);
        if due.at > now {
            let closed_then = window.holds(due.at) && !window.open;
            let until = if closed_then { window.until } else { due.at };
            return Some(Err(blocker_until(due).until(until).into()));
        }
        if !window.open {
            let opens_at = window.turns.then_some(window.until);
            let blocked =
                Blocked { clears_at: opens_at, ..Blocker::OutsideCallingHours.open_ended() };
            return Some(Err(blocked.into()));
        }
        match lane.not_before {
            Some(at) if at > now => Some(Err(Wait { reason: WakeReason::Store, until: Some(at) })),
            _ => Some(Ok(())),
        }
    }

    /// Whether one more call fits under the limits of concurrent calls.
    pub(super) fn room(&self, batch: &BatchBook) -> Result<(), Blocked> {
        let full = if self.batch_room(batch) == 0 {
            Blocker::BatchConcurrency
        } else if self.workspaces.get(&batch.facts.workspace).is_none_or(|slots| slots.room() == 0)
        {
            Blocker::WorkspaceConcurrency
        } else if self.trunk_of(batch).is_some_and(|trunk| trunk.slots.room() == 0) {
            Blocker::TrunkCalls
        } else {
            return Ok(());
        };
        Err(full.open_ended())
    }

    /// The trunk of a batch.
    pub(super) fn trunk_of(&self, batch: &BatchBook) -> Option<&TrunkBook> {
        self.trunks.get(&batch.facts.trunk?)
    }

    /// How many more calls the batch's own limit of concurrent calls permits.
    pub(super) fn batch_room(&self, batch: &BatchBook) -> u32 {
        batch.facts.settings.max_concurrent_calls.unwrap_or(u32::MAX).saturating_sub(batch.used)
    }

    /// Whether the pace of the trunk lets the next call leave within `lead`.
    pub(super) fn pace(
        &self,
        trunk: TrunkId,
        lead: Duration,
        now: Timestamp,
    ) -> Result<(), Blocked> {
        let Some(trunk) = self.trunks.get(&trunk) else { return Ok(()) };
        let next_at = trunk.pacer.next_at(now);
        if next_at.is_some_and(|at| at <= now + lead) {
            return Ok(());
        }
        let backs_off = trunk.pacer.is_backing_off(now);
        let blocker = if backs_off { Blocker::TrunkBackingOff } else { Blocker::TrunkCps };
        Err(Blocked { clears_at: next_at, ..blocker.open_ended() })
    }
}
