//! Why the dispatcher is not dialing: for a batch, for one recipient, and as counts.

use std::time::Duration;

use super::{
    Dispatcher, LaneKey, Outage,
    book::{BatchBook, Phase},
    eligibility::blocker_until,
};
use crate::{
    blocker::{Blocked, Blocker},
    hours,
    ids::{BatchId, TrunkId, WorkspaceId},
    recipient::Due,
    time::Timestamp,
    zones::ZoneSet,
};

/// Counts of the dispatcher, for metrics and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Batches that the dispatcher knows.
    pub batches: usize,
    /// Recipients in claims that wait for their answers.
    pub claiming: usize,
    /// Claimed attempts that wait for their turn.
    pub ready: usize,
    /// Attempts that are being released.
    pub releasing: usize,
    /// Calls that are handed out, ringing, talking or left by an earlier process.
    pub calls: usize,
    /// Endings that are on their way to the store, or that wait for the verdict on their trunk.
    pub settling: usize,
}

/// How busy a trunk is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrunkLoad {
    /// The trunk.
    pub id: TrunkId,
    /// Concurrent calls, from claim to settlement.
    pub calls: u32,
    /// The limit of concurrent calls.
    pub max_calls: u32,
    /// The pace as a fraction of the full pace.
    pub pace: f64,
    /// Whether congestion slows or stops the trunk.
    pub backing_off: bool,
    /// Whether calls are stopped because the trunk cannot be reached.
    pub unreachable: bool,
}

/// What calls lack during an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// A trunk that answers, or a resource of this machine that calls through the trunk need.
    Trunk(TrunkId),
    /// Speech of the agent of this batch.
    Agent(BatchId),
}

impl Dispatcher {
    /// How busy each trunk is.
    pub fn trunks(&self, now: Timestamp) -> impl Iterator<Item = TrunkLoad> {
        let known = self.trunks.iter().filter(|(_, trunk)| trunk.known);
        known.map(move |(&id, trunk)| TrunkLoad {
            id,
            calls: trunk.slots.used,
            max_calls: trunk.slots.max,
            pace: trunk.pacer.share(),
            backing_off: trunk.pacer.is_backing_off(now),
            unreachable: trunk.reach.outage().is_some(),
        })
    }

    /// All outages that stop calls.
    pub fn outages(&self) -> impl Iterator<Item = (Missing, Outage)> {
        let trunks = self.trunks.iter().filter_map(|(&id, trunk)| {
            trunk.reach.outage().map(|outage| (Missing::Trunk(id), outage))
        });
        let agents = self.batches.iter().filter_map(|(&id, batch)| {
            batch.agent.outage().map(|outage| (Missing::Agent(id), outage))
        });
        trunks.chain(agents)
    }

    /// For each batch that is not over, what stands between it and its next call.
    pub fn blockers(&self, now: Timestamp) -> impl Iterator<Item = Option<Blocker>> {
        let open = self.batches.values().filter(|batch| !batch.facts.state.is_final());
        open.map(move |batch| self.blocker(batch.facts.id, now).map(|blocked| blocked.blocker))
    }

    /// What stands between a batch and its next call. `None` if the batch dials freely, or if the
    /// dispatcher does not know the batch because it is over.
    pub fn blocker(&self, batch: BatchId, now: Timestamp) -> Option<Blocked> {
        let batch = self.batches.get(&batch)?;
        let people = batch.lanes.iter().filter_map(|(key, lane)| Some((key, lane.next_due?)));
        let waits = people.map(|(key, due)| (wait_of(batch, &key.zones, due, now), due));
        // Among waits that end together, a wait for calling hours alone gives the reason, then the
        // wait of the recipient who is due first.
        let order = |(wait, due): &(Result<(), Blocked>, Due)| match wait {
            Ok(()) => (now, false, *due),
            Err(blocked) => (
                blocked.clears_at.unwrap_or(Timestamp(i64::MAX)),
                blocked.blocker != Blocker::OutsideCallingHours,
                *due,
            ),
        };
        let nobody = Err(Blocker::AllDone.open_ended());
        let first = waits.min_by_key(order).map_or(nobody, |(wait, _)| wait);
        self.stands_in_the_way(batch, first, now)
    }

    /// What stands between one pending recipient, who is due then, and the next call to them.
    pub fn recipient_blocker(
        &self,
        batch: BatchId,
        lane: &LaneKey,
        due: Due,
        now: Timestamp,
    ) -> Option<Blocked> {
        let batch = self.batches.get(&batch)?;
        let wait = wait_of(batch, &lane.zones, due, now);
        self.stands_in_the_way(batch, wait, now)
    }

    /// What blocks a recipient with this wait.
    fn stands_in_the_way(
        &self,
        batch: &BatchBook,
        wait: Result<(), Blocked>,
        now: Timestamp,
    ) -> Option<Blocked> {
        if self.store_fails && !batch.facts.state.is_final() {
            return Some(Blocker::StoreFailing.open_ended());
        }
        let trunk = match self.may_run(&batch.facts, now) {
            Ok(trunk) => trunk,
            Err(blocked) => return Some(blocked),
        };
        let free = wait.and_then(|()| self.works(batch)).and_then(|()| self.room(batch));
        let blocked = free.and_then(|()| self.pace(trunk, Duration::ZERO, now)).err()?;
        Some(self.explained(batch, blocked))
    }

    /// Adds the start and the cause of the outage to a blocker, if the blocker is an outage.
    fn explained(&self, batch: &BatchBook, blocked: Blocked) -> Blocked {
        let outage = match blocked.blocker {
            Blocker::TrunkUnreachable => self.trunk_of(batch).and_then(|t| t.reach.outage()),
            Blocker::AgentCannotSpeak | Blocker::AgentUnreachable => batch.agent.outage(),
            _ => None,
        };
        match outage {
            Some(Outage { since, cause, .. }) => {
                Blocked { since: Some(since), cause: Some(cause), ..blocked }
            }
            None => blocked,
        }
    }

    /// The outage of a trunk, if any.
    pub fn trunk_outage(&self, trunk: TrunkId) -> Option<Outage> {
        self.trunks.get(&trunk)?.reach.outage()
    }

    /// Slots that a batch uses: recipients in unanswered claims, and attempts from claim to
    /// settlement.
    pub fn in_flight(&self, batch: BatchId) -> u32 {
        self.batches.get(&batch).map_or(0, |batch| batch.used)
    }

    /// Concurrent calls through a trunk, of one workspace if `of` is set, and whether congestion
    /// slows the trunk.
    pub fn trunk_load(
        &self,
        trunk: TrunkId,
        of: Option<WorkspaceId>,
        now: Timestamp,
    ) -> (u32, bool) {
        let Some(trunk) = self.trunks.get(&trunk) else { return (0, false) };
        let calls = match of {
            Some(workspace) => trunk.shares.get(&workspace).map_or(0, |share| share.used),
            None => trunk.slots.used,
        };
        (calls, trunk.pacer.is_backing_off(now))
    }

    /// Counts of the dispatcher.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            batches: self.batches.len(),
            claiming: self.trunks.values().map(|trunk| trunk.claiming as usize).sum(),
            ..Stats::default()
        };
        for held in self.held.values() {
            match held.phase {
                Phase::Ready => stats.ready += 1,
                Phase::Releasing => stats.releasing += 1,
                Phase::Placed | Phase::Dialed { .. } | Phase::Inherited => stats.calls += 1,
                Phase::Unheard | Phase::Settling { .. } => stats.settling += 1,
            }
        }
        stats
    }
}

/// Whether a recipient in these zones, who is due then, may be called now as far as due instant and
/// calling hours go. `Err` holds what blocks the call now, and until when.
fn wait_of(batch: &BatchBook, zones: &ZoneSet, due: Due, now: Timestamp) -> Result<(), Blocked> {
    let opens_at = open_from(batch, zones, due.at.max(now));
    if opens_at == Some(now) {
        return Ok(());
    }
    let blocker = match opens_at {
        Some(_) if due.at > now => blocker_until(due),
        Some(_) | None => Blocker::OutsideCallingHours,
    };
    Err(Blocked { clears_at: opens_at, ..blocker.open_ended() })
}

/// The first instant at or after `from` at which a number in these zones may be called.
fn open_from(batch: &BatchBook, zones: &ZoneSet, from: Timestamp) -> Option<Timestamp> {
    let Some(hours) = &batch.facts.settings.calling_hours else { return Some(from) };
    match batch.known_window(zones, from) {
        Some(window) if window.open => Some(from),
        Some(window) if window.turns => Some(window.until),
        Some(_) | None => hours::next_open(hours, zones, from),
    }
}
