//! Which recipients are claimed next when more are due than there are free slots.
//!
//! The plan assigns free slots one by one, then makes one claim per lane. Each slot goes to the
//! batch that uses the least of its share, counting both present use and past lag. Among workspaces
//! on one trunk, the workspace that uses the least of the trunk goes first. Within a batch, retries
//! and first attempts take turns. A batch whose lanes all wait for claim answers keeps its place:
//! its slot stays free until the answers have come.

use std::{cmp::Ordering, collections::BTreeMap, time::Duration};

use super::{
    Claim, Dispatcher, LaneKey, Output,
    book::{BatchBook, ClaimBook, LaneBook, Seat, Share},
    lag::{LINE, Lag},
};
use crate::{
    ids::{BatchId, TrunkId, WorkspaceId},
    pacer::LEAD,
};

/// How long the store postpones a recipient whose number is in another call.
const BUSY_NUMBER_WAIT: Duration = Duration::from_millis(500);

/// The price of one slot for a batch of weight 1.
const STRIDE: u64 = 1 << 20;

/// A claim that is about to be handed out.
#[derive(Debug)]
pub(super) struct Planned {
    batch: BatchId,
    lane: LaneKey,
    limit: u32,
}

/// A batch that has a recipient to call, and the slots that it uses.
struct Candidate<'a> {
    seat: Seat,
    weight: u64,
    used: u32,
    lag: Lag,
    room: u32,
    pass: u64,
    retry_turn: bool,
    first: Option<Choice<'a>>,
    retry: Option<Choice<'a>>,
}

/// The next lane of one kind, retry or first attempt.
struct Choice<'a> {
    key: &'a LaneKey,
    /// Whether the lane waits for the answer to a claim. A slot for such a lane stays free.
    asked: bool,
    given: u32,
}

/// The slots that are left to assign.
#[derive(Default)]
struct Left {
    workspaces: BTreeMap<WorkspaceId, u32>,
    trunks: BTreeMap<TrunkId, u32>,
    shares: BTreeMap<(TrunkId, WorkspaceId), Share>,
}

impl Dispatcher {
    /// The next claim, if a slot is free for a due recipient.
    pub(super) fn next_claim(&mut self) -> Option<Output> {
        if self.moving > 0 {
            return None;
        }
        if self.plan.is_none() {
            self.plan = Some(self.plan_claims());
        }
        let Planned { batch, lane, limit } = self.plan.as_mut()?.pop()?;
        self.served += 1;
        let (served, pass) = (self.served, self.pass);
        let book = self.batches.get_mut(&batch)?;
        let seat = seat_of(book)?;
        let weight = weight_of(book);
        book.pass = book.pass.max(pass) + u64::from(limit) * STRIDE / weight;
        book.retry_turn = !lane.retry;
        let claimed = book.lane(&lane);
        claimed.claim =
            Some(ClaimBook { limit, trunk: seat.trunk, joined: Vec::new(), doubt: None });
        claimed.served = served;
        self.occupy(seat, limit);
        let trunk = self.trunk_mut(seat.trunk);
        trunk.claiming += limit;
        trunk.shares.entry(seat.workspace).or_default().served = served;
        let (due_by, busy_number_wait) = (self.now, BUSY_NUMBER_WAIT);
        Some(Output::Claim(Claim { batch, lane, limit, due_by, busy_number_wait }))
    }

    fn plan_claims(&mut self) -> Vec<Planned> {
        let mut candidates: Vec<_> =
            self.batches.values().filter_map(|batch| self.candidate(batch)).collect();
        let asks = |candidate: &Candidate<'_>| {
            [&candidate.first, &candidate.retry].into_iter().flatten().any(|lane| !lane.asked)
        };
        if !candidates.iter().any(asks) {
            return Vec::new();
        }
        let pass = candidates.iter().map(|candidate| candidate.pass).min();
        let mut left = self.left_for(&candidates);
        let mut order = Vec::new();
        while let Some(index) = left.next(&candidates) {
            left.take(candidates[index].seat);
            let turn = (index, candidates[index].take());
            if !order.contains(&turn) {
                order.push(turn);
            }
        }
        // The lane claimed first becomes ready first. Its calls are dialed even when later ones are
        // released.
        let lanes = order.iter().rev().filter_map(|&(index, retry)| {
            let Candidate { seat, first, retry: retries, .. } = &candidates[index];
            let lane = if retry { retries.as_ref()? } else { first.as_ref()? };
            let planned = Planned { batch: seat.batch, lane: lane.key.clone(), limit: lane.given };
            (!lane.asked).then_some(planned)
        });
        let plan = lanes.collect();
        self.pass = pass.unwrap_or(self.pass);
        plan
    }

    /// The batch as a candidate, if it has a recipient to call and its trunk wants more recipients.
    fn candidate<'a>(&self, batch: &'a BatchBook) -> Option<Candidate<'a>> {
        if self.trunk_of(batch)?.appetite() == 0 {
            return None;
        }
        self.may_call(batch, LEAD, self.now).ok()?;
        let retry = self.choose(batch, true);
        let first = self.choose(batch, false);
        Some(Candidate {
            seat: seat_of(batch)?,
            weight: weight_of(batch),
            used: batch.used,
            lag: batch.lag,
            room: self.batch_room(batch).min(self.agent_room(batch)),
            pass: batch.pass.max(self.pass),
            retry_turn: batch.retry_turn,
            first,
            retry,
        })
    }

    /// Chooses among the lanes of one kind that have a recipient to call. The lane that was due
    /// first wins; then the lane whose window closes first; then the lane served least recently. A
    /// lane that waits for a claim answer is chosen only if all lanes do.
    fn choose<'a>(&self, batch: &'a BatchBook, retry: bool) -> Option<Choice<'a>> {
        let rank = |lane: &LaneBook| {
            (lane.claim.is_some(), lane.next_due.map(|due| due.at), lane.window.until, lane.served)
        };
        batch
            .lanes
            .iter()
            .filter(|(key, _)| key.retry == retry)
            .filter(|(key, lane)| {
                self.lane_wait(batch, key, lane, self.now).is_some_and(|wait| wait.is_ok())
            })
            .min_by_key(|(_, lane)| rank(lane))
            .map(|(key, lane)| Choice { key, asked: lane.claim.is_some(), given: 0 })
    }

    fn left_for(&self, candidates: &[Candidate<'_>]) -> Left {
        let mut left = Left::default();
        for Seat { workspace, trunk, .. } in candidates.iter().map(|candidate| candidate.seat) {
            let Some(book) = self.trunks.get(&trunk) else { continue };
            let room = self.workspaces.get(&workspace).map_or(0, |slots| slots.room());
            left.workspaces.insert(workspace, room);
            let room = book.slots.room().min(self.trial_room(trunk));
            left.trunks.insert(trunk, book.appetite().min(room));
            let share = book.shares.get(&workspace).copied().unwrap_or_default();
            left.shares.insert((trunk, workspace), share);
        }
        left
    }
}

impl Left {
    /// The candidate that gets the next slot.
    fn next(&self, candidates: &[Candidate<'_>]) -> Option<usize> {
        let open = |candidate: &Candidate<'_>| {
            let Seat { workspace, trunk, .. } = candidate.seat;
            candidate.room > 0 && self.workspaces[&workspace] > 0 && self.trunks[&trunk] > 0
        };
        let mut leaders: BTreeMap<TrunkId, (u32, u64, WorkspaceId)> = BTreeMap::new();
        if self.shares.len() > 1 {
            for candidate in candidates.iter().filter(|candidate| open(candidate)) {
                let standing = self.standing(candidate.seat);
                let leader = leaders.entry(candidate.seat.trunk).or_insert(standing);
                *leader = standing.min(*leader);
            }
        }
        let leads = |candidate: &Candidate<'_>| {
            leaders
                .get(&candidate.seat.trunk)
                .is_none_or(|&(_, _, workspace)| workspace == candidate.seat.workspace)
        };
        (0..candidates.len())
            .filter(|&index| open(&candidates[index]) && leads(&candidates[index]))
            .min_by(|&a, &b| candidates[a].before(&candidates[b]))
    }

    fn standing(&self, seat: Seat) -> (u32, u64, WorkspaceId) {
        let share = self.shares[&(seat.trunk, seat.workspace)];
        (share.used, share.served, seat.workspace)
    }

    fn take(&mut self, seat: Seat) {
        let less = |left: Option<&mut u32>| {
            if let Some(left) = left {
                *left = left.saturating_sub(1);
            }
        };
        less(self.workspaces.get_mut(&seat.workspace));
        less(self.trunks.get_mut(&seat.trunk));
        if let Some(share) = self.shares.get_mut(&(seat.trunk, seat.workspace)) {
            share.used += 1;
        }
    }
}

impl Candidate<'_> {
    /// Orders candidates by the part of their share that they use; a line that a batch is owed
    /// counts as unused. Equal candidates are ordered by what they paid so far.
    fn before(&self, other: &Candidate<'_>) -> Ordering {
        let counted = |one: &Candidate<'_>| i64::from(one.used) * LINE - one.lag.lines();
        let (mine, theirs) =
            (counted(self) * other.weight as i64, counted(other) * self.weight as i64);
        mine.cmp(&theirs)
            .then(self.pass.cmp(&other.pass))
            .then(self.seat.batch.cmp(&other.seat.batch))
    }

    /// Takes a slot. Returns whether a retry uses the slot.
    fn take(&mut self) -> bool {
        let retry = match (&self.first, &self.retry) {
            (Some(_), Some(_)) => self.retry_turn,
            (_, retry) => retry.is_some(),
        };
        let lane = if retry { &mut self.retry } else { &mut self.first };
        if let Some(lane) = lane {
            lane.given += 1;
        }
        self.retry_turn = !retry;
        self.used += 1;
        self.room -= 1;
        self.pass += STRIDE / self.weight;
        retry
    }
}

impl BatchBook {
    /// Refunds the price and the turn of a slot that came back unused.
    pub fn takes_back(&mut self, retry: bool) {
        self.pass = self.pass.saturating_sub(STRIDE / weight_of(self));
        self.retry_turn = retry;
    }
}

pub(super) fn weight_of(batch: &BatchBook) -> u64 {
    u64::from(batch.facts.settings.weight.max(1))
}

fn seat_of(batch: &BatchBook) -> Option<Seat> {
    let facts = &batch.facts;
    Some(Seat { batch: facts.id, workspace: facts.workspace, trunk: facts.trunk? })
}
