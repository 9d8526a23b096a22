//! One run: takes the next event, delivers it, and lets the checkers look.

mod operator;
mod restore;

use std::time::Duration;

use campanile_rules::{
    batch::Control,
    node::{Answer, Changes},
    time::Timestamp,
};
use fastrand::Rng;

use crate::{
    bug::Bug,
    carrier::{Carrier, Request},
    check::Monitor,
    clock::Queue,
    env::{Env, Event, Life, Tap},
    history::History,
    node::Node,
    plan::Plan,
    store::{Backup, Clocks, Op, Reply, Store},
};

/// A world during its run, and its final state for the checkers.
pub struct World {
    /// The plan.
    pub plan: Plan,
    /// The shared state.
    pub env: Env,
    /// The model of the store.
    pub store: Store,
    /// The model of the telephone network.
    pub carrier: Carrier,
    /// The checker that watches the run.
    pub monitor: Monitor,
    /// The number of events so far.
    pub events: u32,
    nodes: Vec<Node>,
    crashes: u32,
    freezes: u32,
    acted: usize,
    closing: bool,
    /// Until this instant the operator may still resume restored batches.
    resumes_until: Timestamp,
    backup: Option<Backup>,
}

/// How soon a node notices what another process wrote.
const NOTICED: Duration = Duration::from_secs(1);

/// The most events of a run. No sound run has more.
const MOST_EVENTS: u32 = 400_000;

impl World {
    /// Creates the world of `seed` before its first event.
    pub fn new(seed: u64, bug: Option<Bug>, words: bool) -> World {
        World::with(Plan::from_seed(seed), (seed, bug, words))
    }

    /// Creates a world of this plan before its first event. Randomness comes from `seed`.
    pub fn of(plan: Plan, seed: u64) -> World {
        World::with(plan, (seed, None, false))
    }

    fn with(plan: Plan, (seed, bug, words): (u64, Option<Bug>, bool)) -> World {
        let env = Env {
            queue: Queue::new(plan.start),
            rng: Rng::with_seed(seed ^ 0x7369_6d75_6c61_7465),
            history: History::new(words),
            offset_us: 0,
            faults: plan.faults.clone(),
            bug,
            tap: Tap::default(),
            disturbed_until: plan.start + Duration::from_millis(200),
        };
        let node = |node| Node::new(node, plan.ring_timeout);
        World {
            env,
            store: Store::new(&plan, bug),
            carrier: Carrier::new(plan.people.clone(), plan.trunks.clone()),
            monitor: Monitor::new(&plan),
            events: 0,
            nodes: (0..plan.faults.nodes).map(node).collect(),
            crashes: plan.faults.crashes,
            freezes: plan.faults.freezes,
            acted: 0,
            closing: false,
            resumes_until: plan.start,
            backup: None,
            plan,
        }
    }

    /// Runs until every recipient is at rest, or until something is very wrong.
    pub fn run(&mut self) {
        for node in 0..self.nodes.len() {
            self.env.queue.put(self.plan.start, Event::Starts(node));
        }
        for (index, (at, _)) in self.plan.actions.iter().enumerate() {
            self.env.queue.put(*at, Event::Acts(index, 0));
        }
        if let Some(restore) = self.plan.faults.restore {
            self.env.queue.put(restore.backed_up_at, Event::BacksUp);
            self.env.queue.put(restore.at, Event::Restores);
        }
        self.env.queue.put(self.plan.closing_at, Event::Closing);
        let end = self.plan.closing_at + Duration::from_secs(3_600);
        while self.events < MOST_EVENTS {
            self.events += 1;
            let Some(at) = self.env.queue.next_at().filter(|at| *at < end) else { return };
            self.monitor.before(&self.env, at);
            self.look_until(at);
            let Some(event) = self.env.queue.take() else { return };
            let stored = matches!(event, Event::Commits(..) | Event::Restores | Event::Closing);
            self.happen(event);
            self.monitor.after(&self.env, &self.store, stored);
            self.close_early();
            if !self.env.tap.troubles.is_empty() || self.is_at_rest() {
                return;
            }
        }
        self.env.tap.troubles.push(format!("{MOST_EVENTS} events and no end"));
    }

    /// Asks the leader why it does not dial, if nothing happens until `at` for so long that all
    /// news have arrived. The question comes as soon as they have, or at the last moment before
    /// `at`.
    fn look_until(&mut self, at: Timestamp) {
        let quiet_at = self.env.now() + self.env.faults.store_delay + Duration::from_millis(1);
        let last_at = Timestamp(at.0 - 1);
        let look_at = if self.events.is_multiple_of(2) { quiet_at } else { last_at };
        if last_at < quiet_at || last_at < self.env.disturbed_until {
            return;
        }
        if self.nodes.iter().any(|node| node.rules(&self.env).is_some()) {
            self.monitor.are_ended(&self.env, &self.store, last_at);
        }
        if look_at < self.env.disturbed_until {
            return;
        }
        for rules in self.nodes.iter().filter_map(|node| node.rules(&self.env)) {
            self.monitor.asks(&self.env, &self.store, look_at, rules);
        }
    }

    fn is_at_rest(&self) -> bool {
        self.store.is_at_rest() && self.carrier.records.iter().all(|r| r.ended_at.is_some())
    }

    fn happen(&mut self, event: Event) {
        let Some(event) = self.unless_frozen(event) else { return };
        let env = &mut self.env;
        match event {
            Event::Arrives { from, request, resent } => {
                if !resent || alive(&self.nodes, from) {
                    self.carrier.receive(env, from, request);
                }
            }
            Event::Carrier(index, step) => self.carrier.step(env, index, step),
            Event::Signal(node, signal) => self.nodes[node].signal(env, signal),
            Event::Commits(life, op) => self.commit(life, op),
            Event::Rings(node, version) => self.nodes[node].told(env, version),
            Event::Answers(life, reply) => {
                let reply = mislabelled(env, reply, self.store.version());
                if alive(&self.nodes, life) {
                    self.nodes[life.node].answered(env, reply);
                }
            }
            Event::Timer(life, timer) => {
                if alive(&self.nodes, life) {
                    self.nodes[life.node].timer(env, timer);
                }
            }
            Event::Starts(node) => self.nodes[node].start(env),
            Event::Acts(index, tries) => self.act(index, tries),
            Event::Ambush(batch, control) => self.ambush(batch, control),
            Event::Forbids(home, number) => {
                let now = env.now();
                if let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) {
                    node.issue(env, Op::Suppress(home, number));
                }
            }
            Event::Removes(trunk, tries) => self.remove_trunk(trunk, tries),
            Event::Drains => {
                let now = env.now();
                if let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) {
                    node.wind_down(env);
                }
            }
            Event::BacksUp => self.backs_up(),
            Event::Restores => self.restores(),
            Event::Closing => self.close(),
        }
    }

    /// Postpones events of a frozen process until it thaws. While a process is frozen, it sends
    /// nothing new.
    fn unless_frozen(&mut self, event: Event) -> Option<Event> {
        let node = match &event {
            Event::Answers(life, _) | Event::Timer(life, _) => life.node,
            Event::Signal(node, _) | Event::Rings(node, _) => *node,
            Event::Arrives { from, resent: true, .. } => from.node,
            Event::Arrives { .. }
            | Event::Carrier(..)
            | Event::Commits(..)
            | Event::Starts(_)
            | Event::Acts(..)
            | Event::Ambush(..)
            | Event::Forbids(..)
            | Event::Removes(..)
            | Event::Drains
            | Event::BacksUp
            | Event::Restores
            | Event::Closing => return Some(event),
        };
        let until = self.nodes[node].frozen_until;
        if until <= self.env.now() {
            return Some(event);
        }
        if !matches!(&event, Event::Arrives { request: Request::Invite { .. }, .. }) {
            self.env.queue.put(until, event);
        }
        None
    }

    fn commit(&mut self, life: Life, op: Op) {
        let env = &mut self.env;
        let alive = alive(&self.nodes, life);
        if !alive && !env.faults.store_outlives {
            return;
        }
        let dies = alive && self.crashes > 0 && env.chance(env.faults.crash_at_commit);
        if dies && env.rng.bool() {
            self.crashes -= 1;
            return self.nodes[life.node].die(env);
        }
        let reply = if env.chance(env.faults.store_fails) {
            env.disturb(Duration::from_millis(500));
            Reply::Failed(op)
        } else {
            let words = if env.history.is_read() { format!("{op:?}") } else { String::new() };
            let clocks = Clocks { now: env.now(), wall: env.wall() };
            let before = self.store.version();
            let reply = self.store.commit(life, op, clocks);
            if self.store.version() > before {
                ring(env, self.nodes.len(), self.store.version());
            }
            env.note("commits", life.node as i64, || format!("{words} -> {reply:?}"));
            reply
        };
        if dies {
            self.crashes -= 1;
            return self.nodes[life.node].die(env);
        }
        if self.freezes > 0 && env.chance(env.faults.freeze_at_commit) {
            self.freezes -= 1;
            let longest = env.faults.lease.unwrap_or(Duration::from_secs(30)) * 3;
            let pause = env.up_to(longest) + Duration::from_secs(1);
            self.nodes[life.node].frozen_until = env.now() + pause;
            env.note("freezes", life.node as i64, || format!("{life:?} for {pause:?}"));
            env.disturb(pause + Duration::from_secs(35));
            env.tap.stalls.push(pause);
            env.tap.frozen.push((env.now(), env.now() + pause));
        }
        let mut delay = env.up_to(env.faults.store_delay);
        let stops = matches!(&reply, Reply::Controlled(done) if done.control == Control::Stop);
        if stops && !env.faults.sweep.is_zero() {
            delay += env.up_to(env.faults.sweep);
            env.disturb(delay);
        }
        env.later(delay, Event::Answers(life, reply));
    }

    /// Whether `bug` was planted in the world.
    pub fn has(&self, bug: Bug) -> bool {
        self.env.has(bug)
    }

    /// The time of the last event.
    pub fn now(&self) -> Timestamp {
        self.env.now()
    }
}

/// Tells every node of a new version: at once, or within a second if another process wrote it.
fn ring(env: &mut Env, nodes: usize, version: u64) {
    let elsewhere = env.chance(env.faults.elsewhere);
    let longest = if elsewhere { NOTICED } else { env.faults.store_delay };
    if elsewhere {
        env.disturb(NOTICED * 2);
        if env.has(Bug::ChangeMissed) {
            return;
        }
    }
    for node in 0..nodes {
        let delay = env.up_to(longest);
        env.later(delay, Event::Rings(node, version));
    }
}

/// By a planted bug, changes carry a version that is newer than what they have.
fn mislabelled(env: &Env, reply: Reply, newest: u64) -> Reply {
    match reply {
        Reply::Answer(Answer::Changes(changes)) if env.has(Bug::StaleVersionWins) => {
            Reply::Answer(Answer::Changes(Changes { version: newest, ..changes }))
        }
        reply => reply,
    }
}

fn alive(nodes: &[Node], life: Life) -> bool {
    let node = &nodes[life.node];
    node.is_up() && node.life == life
}
