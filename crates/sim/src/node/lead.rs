//! How a process comes to lead, what it does with what a dead one left, and its lease.

use std::time::Duration;

use campanile_rules::{
    attempt::{EndReason, Ending, Evidence, Outcome},
    dispatcher::{Dispatcher, Input},
    ids::AttemptId,
    time::Timestamp,
};

use super::{Leading, Node, Timer};
use crate::{
    bug::{Planted, WorldBug},
    carrier::Request,
    env::{Env, Event},
    store::{Op, Snapshot},
};

impl Node {
    /// Leads now, or tries again: first everything that never rang goes back to pending.
    pub(super) fn acquired(
        &mut self,
        env: &mut Env,
        lease_until: Option<Timestamp>,
        undialed: Vec<AttemptId>,
    ) {
        let Some(lease_until) = lease_until else {
            let pause = env.faults.lease.unwrap_or(Duration::from_secs(5)) / 2;
            env.disturb(pause * 2);
            return env.later(pause, Event::Timer(self.life, Timer::TryToLead));
        };
        self.lease_until = lease_until;
        env.disturb(Duration::from_millis(100));
        self.releasing = undialed.iter().copied().collect();
        for attempt in &undialed {
            self.issue(env, Op::Release(*attempt, None));
        }
        if undialed.is_empty() {
            self.issue(env, Op::Load);
        }
    }

    /// Knows everything: begins to dial, and ends the calls that a dead process left.
    pub(super) fn loaded(&mut self, env: &mut Env, snapshot: Snapshot) {
        let (life, now) = (self.life, env.now());
        env.note("leads", life.node as i64, || format!("{life:?}"));
        env.tap.led.push((life, now));
        self.leading = Some(Leading {
            dispatcher: dispatcher(self.planted),
            versions: Default::default(),
            calls: Default::default(),
            marking: Default::default(),
            hanging_up: Default::default(),
            asked: Default::default(),
            questions: 0,
            out: Default::default(),
            holds: Vec::new(),
            wakes: 0,
            offset_us: env.offset_us,
        });
        let until = Timestamp(self.lease_until.0 + env.offset_us);
        self.feed(env, Input::Lease { until });
        for (id, max_concurrent_calls) in snapshot.workspaces {
            self.feed(env, Input::Workspace { id, max_concurrent_calls });
        }
        for (id, max_calls, max_cps, dialed_at) in snapshot.trunks {
            self.feed(env, Input::Trunk { id, max_calls, max_cps });
            if let Some(at) = dialed_at {
                self.feed(env, Input::TrunkDialed { id, at });
            }
        }
        let mut open = Vec::new();
        for batch in snapshot.batches {
            open.extend(batch.open.iter().cloned());
            let facts = batch.facts.clone();
            if let Some(leading) = &mut self.leading {
                leading.versions.insert(facts.id, batch.version);
            }
            self.feed(env, Input::BatchLoaded { facts, lanes: batch.lanes, open: batch.open });
        }
        for attempt in open {
            let call_id = attempt.call_id.clone();
            if let Some(leading) = &mut self.leading {
                leading.hanging_up.insert(call_id.clone(), attempt.clone());
            }
            if env.has(WorldBug::CrashLeavesCallsRinging) {
                self.hung_up(env, &call_id);
            } else {
                env.send(life, Request::HangUp(call_id), now);
            }
        }
        self.timer(env, Timer::Renew);
    }

    /// Nothing is left of a call that a dead process made.
    pub(super) fn hung_up(&mut self, env: &mut Env, call_id: &str) {
        let hanging_up = self.leading.as_mut().map(|leading| &mut leading.hanging_up);
        if let Some(attempt) = hanging_up.and_then(|calls| calls.remove(call_id)) {
            self.interrupted(env, attempt.id);
        }
    }

    /// An attempt is stored as dialed, and this process has no call of it: the phone may have
    /// rung.
    pub(super) fn interrupted(&mut self, env: &mut Env, attempt: AttemptId) {
        self.broke(env, attempt, (Outcome::Interrupted, EndReason::EngineInterrupted));
    }

    /// An attempt is over, and not because of the other end.
    pub(super) fn broke(
        &mut self,
        env: &mut Env,
        attempt: AttemptId,
        (outcome, end_reason): (Outcome, EndReason),
    ) {
        let wall = env.wall();
        let ending = Ending {
            outcome,
            end_reason,
            permanent: false,
            retry_after: None,
            ended_at: wall,
            evidence: Evidence::default(),
        };
        self.feed(env, Input::Ended { attempt, ending });
    }

    pub(super) fn renewed(&mut self, env: &mut Env, until: Timestamp) {
        self.lease_until = until;
        let until = Timestamp(until.0 + env.offset_us);
        if let Some(lease) = env.faults.lease {
            env.later(lease / 3, Event::Timer(self.life, Timer::Renew));
        }
        self.feed(env, Input::Lease { until });
    }
}

fn dispatcher(planted: Option<Planted>) -> Dispatcher {
    match planted {
        Some(Planted::World(_)) | None => Dispatcher::new(),
        #[cfg(feature = "sabotage")]
        Some(Planted::Rules(bug)) => Dispatcher::with_bug(bug),
    }
}
