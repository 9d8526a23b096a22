//! The life of an attempt in the store: claimed, marked as dialed, settled or released.

use campanile_rules::{
    attempt::Attempt,
    batch::BatchState,
    dispatcher::{BatchFacts, Claim, Settlement},
    ids::{AttemptId, RecipientId},
    node::Answer,
    recipient::{Due, RecipientStatus, WaitsFor},
    retry::Next,
    time::Timestamp,
};

use super::{AttemptRow, ClaimRow, Clocks, DUE_SINCE_EVER, RecipientRow, Store, follow};
use crate::{bug::Bug, env::Life};

impl Store {
    pub(super) fn claim(&mut self, life: Life, claim: Claim, clocks: Clocks) -> Answer {
        if self.is_out_of_turn(&claim, clocks.wall) {
            let (batch, lane, attempts) = (claim.batch, claim.lane, Vec::new());
            let next_due = Some(claim.due_by.into());
            return Answer::Claimed { batch, lane, attempts, next_due };
        }
        let mut attempts = Vec::new();
        let facts = &self.batches[&claim.batch].facts;
        let room = self.room(facts);
        self.is_not_asked_for_more(&claim, room, clocks.now);
        let mut room = room.min(claim.limit);
        while room > 0 {
            let Some(index) = self.first_due(&claim) else { break };
            if self.must_not_be_called(index, &claim, clocks.wall) {
                continue;
            }
            if self.number_is_busy(index, &claim) {
                let until = clocks.wall + claim.busy_number_wait;
                self.recipients[index].due = until.into();
                if until <= claim.due_by {
                    break;
                }
                continue;
            }
            attempts.push(self.take(index, (&claim, life), clocks.now));
            room -= 1;
        }
        let next_due = self.in_lane(&claim).map(|index| self.recipients[index].due).min();
        self.claims.push(ClaimRow { claim: claim.clone(), taken: attempts.len() });
        Answer::Claimed { batch: claim.batch, lane: claim.lane, attempts, next_due }
    }

    fn in_lane(&self, claim: &Claim) -> impl Iterator<Item = usize> {
        let range = self.batches[&claim.batch].recipients.clone();
        range.filter(|&index| {
            let row = &self.recipients[index];
            row.status == RecipientStatus::Pending
                && row.was_dialed() == claim.lane.retry
                && row.zones == claim.lane.zones
        })
    }

    fn first_due(&self, claim: &Claim) -> Option<usize> {
        self.in_lane(claim)
            .filter(|&index| self.recipients[index].due.at <= claim.due_by)
            .min_by_key(|&index| (self.recipients[index].due.at, index))
    }

    /// How many more calls the limits allow.
    pub(super) fn room(&self, facts: &BatchFacts) -> u32 {
        let Some(trunk) = facts.trunk.filter(|_| facts.state == BatchState::Running) else {
            return 0;
        };
        let (mut in_workspace, mut in_batch, mut in_trunk) = (0, 0, 0);
        for attempt in self.open.iter().map(|&index| &self.attempts[index].attempt) {
            in_workspace += u32::from(attempt.workspace == facts.workspace);
            in_batch += u32::from(attempt.batch == facts.id);
            in_trunk += u32::from(attempt.trunk == trunk);
        }
        let batch_limit = facts.settings.max_concurrent_calls.unwrap_or(u32::MAX);
        (self.workspaces[&facts.workspace].saturating_sub(in_workspace))
            .min(batch_limit.saturating_sub(in_batch))
            .min(self.trunks.get(&trunk).map_or(0, |limits| limits.0.saturating_sub(in_trunk)))
    }

    /// Checks that a claim does not ask for more than the limits allow. The rules count slots
    /// themselves. Only a change of a moment ago may surprise them, or a state that they have not
    /// been told when a process begins to lead.
    fn is_not_asked_for_more(&mut self, claim: &Claim, room: u32, now: Timestamp) {
        let limits = self.limits.workspaces.values().filter_map(|history| history.last());
        let limits = limits.map(|(at, _)| *at);
        let trunks = self.limits.trunks.values().filter_map(|history| history.last());
        let trunks = trunks.map(|(at, _, _)| *at);
        let batches = self.changes.values().filter_map(|history| history.last());
        let batches = batches.map(|change| change.at);
        let changed_at = limits.chain(trunks).chain(batches).fold(self.led_at, Timestamp::max);
        if claim.limit > room && changed_at + self.hearsay < now {
            let what = format!("{} of {} at {now}, room is for {room}", claim.limit, claim.batch);
            self.troubles.push(what);
        }
    }

    fn number_is_busy(&self, index: usize, claim: &Claim) -> bool {
        let facts = &self.batches[&claim.batch].facts;
        if facts.settings.allow_overlapping_calls || self.bug == Some(Bug::BusyNumberIgnored) {
            return false;
        }
        self.open.iter().map(|&open| &self.attempts[open].attempt).any(|attempt| {
            attempt.workspace == facts.workspace && attempt.number == self.recipients[index].number
        })
    }

    /// Checks a recipient again at the claim. A suppressed recipient is skipped, and a recipient
    /// for whom the day has no calls left is postponed.
    fn must_not_be_called(&mut self, index: usize, claim: &Claim, wall: Timestamp) -> bool {
        let home = self.batches[&claim.batch].facts.workspace;
        let suppressed = self.is_suppressed(home, self.recipients[index].number);
        let capped = self.capped(home, wall).filter(|_| self.bug != Some(Bug::CapForgotten));
        let row = &mut self.recipients[index];
        if suppressed && self.bug != Some(Bug::SuppressedDialed) {
            row.status = RecipientStatus::Skipped;
            return true;
        }
        if let Some(until) = capped {
            row.due = Due { at: until, waits_for: Some(WaitsFor::DailyLimit) };
            row.capped_until = Some(until);
        }
        capped.is_some()
    }

    fn take(&mut self, index: usize, (claim, owner): (&Claim, Life), now: Timestamp) -> Attempt {
        let facts = &self.batches[&claim.batch].facts;
        let id = self.attempts.len();
        let reused = self.bug == Some(Bug::AttemptNumberReused);
        let row = &mut self.recipients[index];
        row.status = RecipientStatus::InProgress;
        row.due.waits_for = None;
        let call_id = match self.bug {
            Some(Bug::CallIdReused) => format!("r{index}-{}@campanile", row.charged),
            _ => format!("a{}-{}@campanile", self.next_number, self.instance),
        };
        self.next_number += 1;
        let attempt = Attempt {
            id: AttemptId(id as i64),
            recipient: RecipientId(index as i64),
            batch: claim.batch,
            workspace: facts.workspace,
            trunk: facts.trunk.expect("a claim without a trunk has no room"),
            number: row.number,
            number_in_row: 1 + row.charged + if reused { 0 } else { row.uncharged },
            charged_before: row.charged,
            uncharged_before: row.uncharged - row.excused,
            lane: claim.lane.clone(),
            call_id,
        };
        self.open.push(id);
        self.attempts.push(AttemptRow {
            attempt: attempt.clone(),
            owner,
            open: true,
            released: false,
            lost: false,
            relic: false,
            claimed_at: now,
            dialed_at: None,
            dialed_wall: None,
            settled: None,
            settled_by: None,
        });
        attempt
    }

    pub(super) fn mark_dialed(&mut self, id: AttemptId, clocks: Clocks) -> Answer {
        let row = &self.attempts[id.0 as usize];
        let state = self.batches[&row.attempt.batch].facts.state;
        let runs = state == BatchState::Running || self.bug == Some(Bug::DialsWhilePaused);
        let asked_again =
            self.bug != Some(Bug::SuppressedAfterClaim) && self.bug != Some(Bug::SuppressedDialed);
        let suppressed =
            asked_again && self.is_suppressed(row.attempt.workspace, row.attempt.number);
        let may = row.open && row.dialed_at.is_none() && runs && !suppressed;
        if may {
            let row = &mut self.attempts[id.0 as usize];
            (row.dialed_at, row.dialed_wall) = (Some(clocks.now), Some(clocks.wall));
        }
        Answer::Marked(id, may)
    }

    pub(super) fn settle(&mut self, life: Life, settlement: Settlement, now: Timestamp) -> Answer {
        let id = settlement.attempt;
        if !self.attempts[id.0 as usize].open {
            return Answer::Settled(id);
        }
        self.close(id);
        let stopped = self.batches[&settlement.batch].facts.state == BatchState::Cancelled
            && self.bug != Some(Bug::RetryStoredAfterStop);
        let row = &mut self.recipients[settlement.recipient.0 as usize];
        row.charged += u32::from(settlement.charged);
        row.uncharged += u32::from(!settlement.charged);
        row.excused += u32::from(settlement.excused);
        let (status, due_at) = follow(settlement.next, stopped);
        row.status = status;
        row.due = due_at.unwrap_or(row.due.at).into();
        row.last = match settlement.next {
            Next::Retry { otherwise, .. } => Some(otherwise),
            Next::Final(status) => Some(status),
        };
        let attempt = &mut self.attempts[id.0 as usize];
        (attempt.settled, attempt.settled_by) = (Some((now, settlement)), Some(life));
        Answer::Settled(id)
    }

    pub(super) fn move_due(&mut self, by_us: i64) -> Answer {
        // A recipient postponed to the next day keeps that day, whatever the clock is set to.
        let waits = |row: &&mut RecipientRow| {
            !row.status.is_final() && row.due.at > DUE_SINCE_EVER && row.due.waits_for.is_none()
        };
        for row in self.recipients.iter_mut().filter(waits) {
            row.due.at.0 += by_us;
        }
        Answer::DueMoved
    }

    pub(super) fn release(&mut self, id: AttemptId, not_before: Option<Timestamp>) -> Answer {
        let attempt = &self.attempts[id.0 as usize];
        let recipient = attempt.attempt.recipient.0 as usize;
        let stopped = self.batches[&attempt.attempt.batch].facts.state == BatchState::Cancelled;
        if !attempt.open {
            self.troubles.push(format!("{id} is given back twice"));
        }
        if attempt.open {
            if self.bug != Some(Bug::ReleaseLeaksSlot) {
                self.close(id);
            }
            self.attempts[id.0 as usize].released = true;
            let row = &mut self.recipients[recipient];
            row.status = RecipientStatus::Pending;
            row.due.at = row.due.at.max(not_before.unwrap_or(row.due.at));
            row.charged += u32::from(self.bug == Some(Bug::ReleaseCharges));
            if stopped {
                row.rest();
            }
        }
        let row = &self.recipients[recipient];
        let due_at = (row.status == RecipientStatus::Pending).then_some(row.due.at);
        Answer::Released(id, due_at)
    }

    fn close(&mut self, id: AttemptId) {
        self.attempts[id.0 as usize].open = false;
        self.open.retain(|&open| open != id.0 as usize);
    }
}
