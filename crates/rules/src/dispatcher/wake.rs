//! When to poll the dispatcher again, and what the dispatcher waits for. This module also checks
//! the clock.

use std::time::Duration;

use super::{
    Dispatcher, Output, WakeReason,
    book::{AdvanceBook, BatchBook, Phase},
    eligibility::Wait,
};
use crate::{batch::BatchState, blocker::Blocker, pacer::LEAD, time::Timestamp};

/// A poll that is later than asked by more than this means that the clock jumped or the machine
/// slept.
const LATE: Duration = Duration::from_secs(1);

/// How far several tasks' readings of one clock may arrive out of order.
const DISORDER: Duration = Duration::from_millis(100);

/// The waits of a drain: the first wait that ends by itself, and the most important other wait.
struct Waits {
    now: Timestamp,
    first: Option<(Timestamp, WakeReason)>,
    otherwise: WakeReason,
}

impl Waits {
    fn add(&mut self, wait: Wait) {
        match wait.until {
            Some(at) if at > self.now => {
                if self.first.is_none_or(|(first, _)| at < first) {
                    self.first = Some((at, wait.reason));
                }
            }
            // The wait is over already: a request to the store is unanswered.
            Some(_) => self.add_open_ended(WakeReason::Store),
            None => self.add_open_ended(wait.reason),
        }
    }

    fn add_open_ended(&mut self, reason: WakeReason) {
        let rank = |reason| match reason {
            WakeReason::Idle => 0,
            WakeReason::Blocked(_) => 1,
            WakeReason::Store => 2,
        };
        if rank(reason) > rank(self.otherwise) {
            self.otherwise = reason;
        }
    }
}

impl Dispatcher {
    /// Asks for the next poll at the instant at which something changes by itself.
    pub(super) fn wake(&mut self) -> Output {
        let mut waits = Waits { now: self.now, first: None, otherwise: WakeReason::Idle };
        for trunk in self.trunks.values().filter(|trunk| !trunk.ready.is_empty()) {
            let blocker = if trunk.pacer.is_backing_off(self.now) {
                Blocker::TrunkBackingOff
            } else {
                Blocker::TrunkCps
            };
            let until = self.next_place_at(trunk);
            waits.add(Wait { reason: WakeReason::Blocked(blocker), until });
        }
        let mut each = Vec::with_capacity(self.batches.len());
        for (id, batch) in &self.batches {
            each.push((*id, self.add_waits(batch, &mut waits)));
        }
        self.compete(&each);
        if let Some(at) = self.next_stale_at().filter(|at| *at > self.now) {
            let reason = WakeReason::Blocked(Blocker::TrunkUnreachable);
            waits.add(Wait { reason, until: Some(at) });
        }
        match waits.first {
            Some((at, reason)) => self.sleep(Some(at), reason),
            None => self.sleep(None, waits.otherwise),
        }
    }

    pub(super) fn sleep(&mut self, at: Option<Timestamp>, reason: WakeReason) -> Output {
        self.wake_at = at;
        self.plan = None;
        Output::Wake { at, reason }
    }

    /// Adds the waits of a batch. Returns what keeps the batch from its next claim.
    fn add_waits(&self, batch: &BatchBook, waits: &mut Waits) -> Option<Wait> {
        let kept = self.may_call(batch, LEAD, self.now).err();
        let reason = match kept {
            None => WakeReason::Store,
            Some(wait) => {
                let wait = self.claimable(wait);
                waits.add(wait);
                wait.reason
            }
        };
        if matches!(reason, WakeReason::Store) {
            waits.add_open_ended(reason);
        }
        let facts = &batch.facts;
        if facts.state != BatchState::Draft && !facts.state.is_final() {
            if let Some(at) = facts.settings.ends_at {
                waits.add(Wait { reason, until: Some(at) });
            }
            // Even if no opening is in sight, the windows are valid only until this instant.
            if batch.has_pending() && batch.windows_until < Timestamp(i64::MAX) {
                waits.add(Wait { reason, until: Some(batch.windows_until) });
            }
        }
        match batch.advance {
            AdvanceBook::Idle => {}
            AdvanceBook::Asked => waits.add_open_ended(WakeReason::Store),
            AdvanceBook::NotBefore(at) => {
                if self.advance_due(batch).is_some() {
                    waits.add(Wait { reason: WakeReason::Store, until: Some(at) });
                }
            }
        }
        kept
    }

    /// The wait for the next claim, which comes `LEAD` before its call.
    fn claimable(&self, wait: Wait) -> Wait {
        match wait.reason {
            WakeReason::Blocked(Blocker::TrunkCps | Blocker::TrunkBackingOff) => {
                Wait { until: wait.until.map(|at| at - LEAD), ..wait }
            }
            WakeReason::Blocked(Blocker::AllDone) => Wait { reason: WakeReason::Idle, until: None },
            WakeReason::Blocked(_) | WakeReason::Idle | WakeReason::Store => wait,
        }
    }

    /// Updates the time. Time that the clock lost, or gained while the dispatcher slept, does not
    /// count as elapsed time: it neither blocks nor hurries a pace. A step back of at most
    /// `DISORDER` is taken for readings in the wrong order, and the time stands still.
    pub(super) fn keep_time(&mut self, now: Timestamp) {
        let now = if self.now.since(now) <= DISORDER { now.max(self.now) } else { now };
        if now < self.now {
            self.move_waits(now.0 - self.now.0);
        } else if let Some(at) = self.wake_at
            && now > at + LATE
        {
            let late_us = now.0 - at.0;
            self.trunks.values_mut().for_each(|trunk| trunk.pacer.shift(late_us));
        }
        self.wake_at = None;
        self.owe(now);
        self.now = now;
        self.batches.values_mut().for_each(|batch| batch.refresh_windows(now));
    }

    /// Handles a clock that was set by a known amount. All remembered instants move with the clock.
    pub(super) fn clock_set(&mut self, by_us: i64) {
        self.move_waits(by_us);
        for at in [Some(&mut self.now), self.wake_at.as_mut()].into_iter().flatten() {
            at.0 = at.0.saturating_add(by_us);
        }
        self.moving += 1;
    }

    /// Handles the answer that the due instants in the store follow the new clock.
    pub(super) fn due_moved(&mut self) {
        self.moving = self.moving.saturating_sub(1);
        self.ask_lanes();
    }

    /// Marks every lane to be read again, because due instants may have changed, even in answers
    /// that are on their way. The store then says when the next recipient of the lane is due.
    pub(super) fn ask_lanes(&mut self) {
        let now = self.now;
        let soon = |at: &mut Timestamp| *at = now.min(*at);
        for lane in self.batches.values_mut().flat_map(|batch| batch.lanes.values_mut()) {
            lane.next_due.iter_mut().for_each(|due| *due = (*due).min(now.into()));
            if let Some(claim) = &mut lane.claim {
                claim.doubt = Some(now);
            }
        }
        for held in self.held.values_mut() {
            if let Phase::Settling { retry_at } = &mut held.phase {
                retry_at.iter_mut().for_each(soon);
            }
        }
    }

    fn move_waits(&mut self, by_us: i64) {
        let shift = |at: &mut Timestamp| at.0 = at.0.saturating_add(by_us);
        for trunk in self.trunks.values_mut() {
            trunk.pacer.shift(by_us);
            trunk.reach.shift(by_us);
            trunk.silent_since.iter_mut().for_each(shift);
            for unheard in &mut trunk.unheard {
                unheard.dialed_at.iter_mut().for_each(shift);
                shift(&mut unheard.ending.ended_at);
            }
        }
        self.lease.iter_mut().for_each(shift);
        for batch in self.batches.values_mut() {
            batch.agent.shift(by_us);
            batch.lanes.values_mut().filter_map(|lane| lane.not_before.as_mut()).for_each(shift);
            if let AdvanceBook::NotBefore(at) = &mut batch.advance {
                shift(at);
            }
        }
        for held in self.held.values_mut() {
            if let Phase::Dialed { at } = &mut held.phase {
                shift(at);
            }
        }
    }
}
