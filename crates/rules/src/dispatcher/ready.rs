//! From claim to INVITE: which attempts wait for the pace of the trunk, and which must be released.

use std::time::Duration;

use super::{
    Dispatcher, Output,
    book::{Held, Phase, TrunkBook},
};
use crate::{
    ids::{AttemptId, TrunkId},
    time::Timestamp,
};

/// An attempt that cannot be dialed for longer than this is released, so that it does not keep a
/// slot.
const LONG_WAIT: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// The next attempt to release or to dial.
    pub(super) fn next_ready(&mut self) -> Option<Output> {
        if let Some((trunk, index)) = self.find_stranded() {
            let attempt = self.take(trunk, index, Phase::Releasing)?;
            return Some(Output::Release { attempt, not_before: None });
        }
        self.sweep = false;
        let trunk = self.find_placeable()?;
        let attempt = self.take(trunk, 0, Phase::Placed)?;
        let now = self.now;
        self.trunk_mut(trunk).pacer.placed(now);
        Some(Output::Place(attempt))
    }

    /// Notes that the INVITE of an attempt left.
    pub(super) fn dialed(&mut self, id: AttemptId, at: Timestamp) {
        let Some(held) = self.held.get_mut(&id) else { return };
        if held.phase == Phase::Placed {
            held.phase = Phase::Dialed { at };
            let (trunk, batch) = (held.attempt.trunk, held.attempt.batch);
            self.trunk_mut(trunk).pacer.dialed(at);
            self.spoke(batch, at);
        }
    }

    /// Finds a waiting attempt that must not be dialed now. Normally only the first attempt of each
    /// trunk is checked. All are checked after a change, and the first is released if the trunk
    /// was removed or takes no calls for a long time.
    fn find_stranded(&self) -> Option<(TrunkId, usize)> {
        self.trunks.iter().find_map(|(&id, trunk)| {
            if trunk.ready.is_empty() {
                return None;
            }
            let late = |at| at > self.now + LONG_WAIT;
            let stopped = trunk.removed || trunk.reach.stopped().is_some();
            if stopped || self.next_place_at(trunk).is_some_and(late) {
                return Some((id, 0));
            }
            let looked_at = if self.sweep { trunk.ready.len() } else { 1 };
            let mut waiting = trunk.ready.iter().take(looked_at);
            waiting.position(|&attempt| !self.may_place(attempt)).map(|index| (id, index))
        })
    }

    fn find_placeable(&self) -> Option<TrunkId> {
        self.trunks.iter().find_map(|(&id, trunk)| {
            let at = self.next_place_at(trunk)?;
            (!trunk.ready.is_empty() && at <= self.now).then_some(id)
        })
    }

    /// When the pace of the trunk lets the next call leave.
    pub(super) fn next_place_at(&self, trunk: &TrunkBook) -> Option<Timestamp> {
        trunk.pacer.next_at(self.now)
    }

    /// Whether a claimed attempt may still be dialed.
    fn may_place(&self, id: AttemptId) -> bool {
        let Some(Held { attempt, .. }) = self.held.get(&id) else { return false };
        let Some(batch) = self.batches.get(&attempt.batch) else { return false };
        let lane = batch.lanes.get(&attempt.lane);
        self.may_run(&batch.facts, self.now).is_ok()
            && batch.agent.stopped().is_none()
            && lane.is_none_or(|lane| lane.window.open)
    }

    /// Removes an attempt from the queue of its trunk.
    fn take(
        &mut self,
        trunk: TrunkId,
        index: usize,
        phase: Phase,
    ) -> Option<crate::attempt::Attempt> {
        let id = self.trunks.get_mut(&trunk)?.ready.remove(index)?;
        let held = self.held.get_mut(&id)?;
        held.phase = phase;
        Some(held.attempt.clone())
    }
}
