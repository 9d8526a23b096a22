//! Outages on our side and of trunks, from seconds to days: dead trunks, machines without a free
//! socket, names that do not resolve, agents that cannot speak.

use std::time::Duration;

use campanile_rules::{
    attempt::Attempt,
    dispatcher::{AgentKind, Snag},
    ids::{BatchId, TrunkId},
    time::Timestamp,
};
use fastrand::Rng;

use super::{Plan, pick};

/// A span of time in which something that every call needs is missing.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What is missing.
    pub lack: Lack,
    /// The start.
    pub from: Timestamp,
    /// The end.
    pub until: Timestamp,
}

/// Something that calls need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// This machine has no free socket.
    Socket,
    /// The name of the trunk has no address, or the trunk accepts no connection.
    Address(TrunkId),
    /// The speech of a batch's agent cannot be produced, or the agent's server is down.
    Words(BatchId),
}

impl Trouble {
    /// Why an attempt cannot be dialed at `now`, if this trouble is the reason.
    pub fn snag(&self, attempt: &Attempt, now: Timestamp) -> Option<Snag> {
        match self.lack {
            _ if !self.is_on(now) => None,
            Lack::Socket => Some(Snag::Machine("no socket".into())),
            Lack::Address(id) if id == attempt.trunk => Some(Snag::Trunk("no address".into())),
            Lack::Words(id) if id == attempt.batch => Some(Snag::Agent("no words".into())),
            Lack::Address(_) | Lack::Words(_) => None,
        }
    }

    /// Whether a trunk cannot be probed at `now`.
    pub fn forbids_question(&self, trunk: TrunkId, now: Timestamp) -> bool {
        self.is_on(now) && (self.lack == Lack::Socket || self.lack == Lack::Address(trunk))
    }

    fn is_on(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// Adds an outage to some of the runs with faults. The random numbers are separate, so that the
/// rest of the seed's plan stays the same.
pub(super) fn strike(plan: &mut Plan, seed: u64) {
    let rng = &mut Rng::with_seed(seed ^ 0x6f75_7461_6765_7321);
    if plan.faults.calm || rng.u8(0..100) >= 40 {
        return;
    }
    let longest_s = if plan.faults.nodes == 1 { 3 * 86_400 } else { 3_600 };
    for index in 0..plan.trunks.len() {
        let id = plan.trunks[index].id;
        plan.trunks[index].deaf = rng.u8(0..4) == 0;
        match rng.u8(0..10) {
            0..=2 => {
                let span = span(rng, plan.start, longest_s);
                plan.trunks[index].dead.push(span);
            }
            3 => plan.trunks[index].dead.extend(flaps(rng, plan.start)),
            4 => {
                let (from, until) = span(rng, plan.start, longest_s);
                plan.faults.troubles.push(Trouble { lack: Lack::Address(id), from, until });
            }
            _ => {}
        }
    }
    let lack = match rng.u8(0..8) {
        0 => Lack::Socket,
        1 | 2 => Lack::Words(pick(rng, &plan.batches).facts.id),
        _ => return the_end(plan),
    };
    // The servers of agents are probed so often that a run must not last for days of it.
    let is_server = plan
        .batches
        .iter()
        .any(|batch| lack == Lack::Words(batch.facts.id) && batch.facts.agent == AgentKind::Served);
    let longest_s = if is_server { longest_s.min(86_400) } else { longest_s };
    let (from, until) = span(rng, plan.start, longest_s);
    plan.faults.troubles.push(Trouble { lack, from, until });
    the_end(plan);
}

/// A span from the start or in the middle of the run, of seconds, minutes, hours or days.
fn span(rng: &mut Rng, start: Timestamp, longest_s: u64) -> (Timestamp, Timestamp) {
    let from = start + Duration::from_secs(if rng.bool() { 0 } else { rng.u64(0..600) });
    let order = *pick(rng, &[10, 60, 600, 7_200, 86_400, 3 * 86_400]);
    (from, from + Duration::from_millis(rng.u64(100..order.min(longest_s) * 1_000)))
}

fn flaps(rng: &mut Rng, start: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut at = start;
    let mut flap = |_| {
        let from = at + Duration::from_millis(rng.u64(100..90_000));
        at = from + Duration::from_millis(rng.u64(100..90_000));
        (from, at)
    };
    (0..20).map(&mut flap).collect()
}

/// Moves the end of the run: the operator waits until the outage is over and every recipient has
/// been dialed.
fn the_end(plan: &mut Plan) {
    let dead = plan.trunks.iter().flat_map(|trunk| &trunk.dead).map(|(_, until)| *until);
    let over_at = dead.chain(plan.faults.troubles.iter().map(|trouble| trouble.until)).max();
    let lasts = over_at.unwrap_or(plan.start).since(plan.start);
    plan.closing_at = plan.closing_at + lasts;
}
