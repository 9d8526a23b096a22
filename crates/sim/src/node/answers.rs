//! What a node makes of the store's answers.

use std::time::Duration;

use campanile_rules::{
    batch::{BatchState, Control},
    dispatcher::{BatchFacts, Input},
    ids::AttemptId,
    time::Timestamp,
};

use super::{Hold, Node, Timer, answer};
use crate::{
    bug::WorldBug,
    env::{Env, Event},
    store::{LoadedBatch, Op, Reply},
};

impl Node {
    /// The store answers.
    pub fn answered(&mut self, env: &mut Env, reply: Reply) {
        match reply {
            Reply::Acquired(leads, undialed) => self.acquired(env, leads, undialed),
            Reply::Renewed(until) => self.renewed(env, until),
            Reply::Loaded(snapshot) => self.loaded(env, *snapshot),
            Reply::Claimed { batch, lane, attempts, next_due_at } => {
                self.feed(env, Input::Claimed { batch, lane, attempts, next_due_at });
            }
            Reply::Marked(attempt, may) => self.marked(env, attempt, may),
            Reply::Settled(attempt) => self.feed(env, Input::Settled { attempt }),
            Reply::Released(attempt, due_at) => {
                if self.leading.is_some() {
                    self.feed(env, Input::Released { attempt, due_at });
                } else if self.releasing.remove(&attempt) && self.releasing.is_empty() {
                    self.issue(env, Op::Load);
                }
            }
            Reply::Batch(loaded) => self.heard_of(env, *loaded),
            Reply::Controlled(loaded, control, stored_at) => {
                self.controlled(env, *loaded, control, stored_at);
            }
            Reply::Workspace(id, max_concurrent_calls) => {
                self.feed(env, Input::Workspace { id, max_concurrent_calls });
            }
            Reply::Trunk(id, max_calls, max_cps) => {
                self.feed(env, Input::Trunk { id, max_calls, max_cps });
            }
            Reply::DueMoved => self.feed(env, Input::DueMoved),
            Reply::Failed(op) => self.failed(env, op),
            Reply::NotLeading => self.die(env),
            Reply::Refused => {}
        }
    }

    fn marked(&mut self, env: &mut Env, id: AttemptId, may: bool) {
        let Some(leading) = &self.leading else { return };
        let Some(attempt) = leading.marking.get(&id).cloned() else { return };
        let fenced = self.lease_until <= env.now() && !env.has(WorldBug::DoubleClaimAfterLease);
        if may && fenced {
            // Somebody else may lead by now, and ends what is stored as dialed.
            env.note("fenced", id.0, || format!("{id} is not sent: the lease ran out"));
            self.interrupted(env, id);
        } else if may && !env.has(WorldBug::InviteBeforeCommit) {
            self.dial(env, attempt);
        } else if !may {
            self.issue(env, Op::Release(id, None));
        }
        self.dialing_is_over(env, id);
    }

    fn controlled(
        &mut self,
        env: &mut Env,
        loaded: LoadedBatch,
        control: Control,
        stored_at: Timestamp,
    ) {
        let batch = loaded.facts.id;
        self.heard_of(env, loaded);
        let Some(leading) = &mut self.leading else { return };
        let dialing = leading.marking.values().filter(|attempt| attempt.batch == batch);
        let dialing: std::collections::BTreeSet<_> = dialing.map(|attempt| attempt.id).collect();
        if dialing.is_empty() || env.has(WorldBug::PauseAnswersEarly) {
            answer(env, batch, control, stored_at);
        } else {
            leading.holds.push(Hold { batch, control, stored_at, dialing });
        }
    }

    /// A batch came or changed. Answers may overtake each other: only the newest counts.
    pub(super) fn heard_of(&mut self, env: &mut Env, loaded: LoadedBatch) {
        let Some(leading) = &mut self.leading else { return };
        let LoadedBatch { version, facts, lanes, open } = loaded;
        let known = leading.versions.get(&facts.id).copied();
        if known.is_some_and(|known| known > version) || is_nothing_to_dial(&facts, known) {
            return;
        }
        leading.versions.insert(facts.id, version);
        let input = match known {
            Some(_) => Input::BatchChanged(facts),
            None => Input::BatchLoaded { facts, lanes, open },
        };
        self.feed(env, input);
    }

    fn failed(&mut self, env: &mut Env, op: Op) {
        match op {
            Op::Claim(claim) => {
                if !env.has(WorldBug::FailedClaimForgotten) {
                    let (batch, lane) = (claim.batch, claim.lane);
                    self.feed(env, Input::ClaimFailed { batch, lane });
                }
            }
            Op::MarkDialed(id) => {
                self.issue(env, Op::Release(id, None));
                self.dialing_is_over(env, id);
            }
            other => {
                let again = Event::Timer(self.life, Timer::Again(Box::new(other)));
                env.later(Duration::from_millis(100), again);
            }
        }
    }
}

fn is_nothing_to_dial(facts: &BatchFacts, known: Option<u64>) -> bool {
    known.is_none() && (facts.state == BatchState::Draft || facts.state.is_final())
}
