//! A node: drives the rules as the engine does, dies at any instant, and comes again.

mod answers;
mod calls;
mod lead;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_rules::{
    attempt::Attempt,
    batch::Control,
    dispatcher::{Dispatcher, Input, Output, Snag},
    ids::{AttemptId, BatchId, TrunkId},
    time::Timestamp,
};

use self::calls::Call;
use crate::{
    bug::{Planted, WorldBug},
    env::{Env, Event, Life, Returned},
    store::Op,
};

/// What a process waits for.
#[derive(Debug, Clone)]
pub enum Timer {
    /// An attempt cannot be dialed at all.
    CannotDial(AttemptId, Snag),
    /// The rules asked to be polled; only the last such timer counts.
    Wake(u64),
    /// It rang long enough.
    Ring(AttemptId),
    /// The agent has said everything.
    Talk(AttemptId),
    /// The trunk had time enough for a first answer.
    Silent(AttemptId),
    /// The trunk never answered (RFC 3261 Timer B).
    NoAnswer(AttemptId),
    /// A trunk did not answer this question.
    Unanswered(TrunkId, u64),
    /// It is time to renew the lease.
    Renew,
    /// It is time to try to lead.
    TryToLead,
    /// A store operation failed and is tried again.
    Again(Box<Op>),
}

/// Outputs of one drain that nobody believes any more.
const MOST_OUTPUTS: u32 = 5_000;

/// What fails on our side, or at a trunk, excuses being late for so long: calls stop, the trunk is
/// asked ever more seldom, and it is gone back to slowly.
const OUTAGE: Duration = Duration::from_secs(150);

/// While a call is on trial, through a trunk that answered no question, others wait for it.
const TRIAL: Duration = Duration::from_secs(40);

/// A clock that moved by less was corrected, not set.
pub const CORRECTED_US: i64 = 100_000;

/// A node and its process, if one lives.
pub struct Node {
    /// Its process, living or the last that did.
    pub life: Life,
    /// Whether the process lives.
    pub up: bool,
    /// Until then nothing happens in it, as in a machine in trouble.
    pub frozen_until: Timestamp,
    /// What it works with while it leads.
    pub leading: Option<Leading>,
    releasing: BTreeSet<AttemptId>,
    lease_until: Timestamp,
    planted: Option<Planted>,
    ring_timeout: Duration,
    last_commit_at: Timestamp,
    polls_at: (Timestamp, u32),
}

/// What a leading process holds in memory.
pub struct Leading {
    dispatcher: Dispatcher,
    versions: BTreeMap<BatchId, u64>,
    calls: BTreeMap<AttemptId, Call>,
    marking: BTreeMap<AttemptId, Attempt>,
    hanging_up: BTreeMap<String, Attempt>,
    /// Trunks that were asked whether they are there, and the number of the question.
    asked: BTreeMap<TrunkId, u64>,
    questions: u64,
    /// Trunks that did not answer when they were asked last.
    out: BTreeSet<TrunkId>,
    holds: Vec<Hold>,
    wakes: u64,
    /// The wall clock minus the true one, as last seen.
    offset_us: i64,
}

/// A control that is not answered before these INVITEs left.
struct Hold {
    batch: BatchId,
    control: Control,
    stored_at: Timestamp,
    dialing: BTreeSet<AttemptId>,
}

impl Node {
    /// A node without a process.
    pub fn new(node: usize, ring_timeout: Duration, planted: Option<Planted>) -> Node {
        Node {
            life: Life { node, nth: 0 },
            up: false,
            frozen_until: Timestamp(i64::MIN),
            leading: None,
            releasing: BTreeSet::new(),
            lease_until: Timestamp(i64::MIN),
            planted,
            ring_timeout,
            last_commit_at: Timestamp(i64::MIN),
            polls_at: (Timestamp(0), 0),
        }
    }

    /// A process begins.
    pub fn start(&mut self, env: &mut Env) {
        if self.up {
            return;
        }
        self.life.nth += 1;
        self.up = true;
        let life = self.life;
        env.note("starts", life.node as i64, || format!("{life:?}"));
        self.issue(env, Op::Acquire);
    }

    /// The process dies; another one begins later.
    pub fn die(&mut self, env: &mut Env) {
        if !self.up {
            return;
        }
        let life = self.life;
        env.tap.died.push(env.now());
        env.note("dies", life.node as i64, || format!("{life:?}"));
        self.up = false;
        self.leading = None;
        self.releasing.clear();
        self.frozen_until = Timestamp(i64::MIN);
        let pause = env.up_to(Duration::from_secs(5)) + Duration::from_millis(50);
        env.disturb(pause);
        env.later(pause, Event::Starts(life.node));
    }

    /// Whether this process can be asked for something now.
    pub fn serves(&self, now: Timestamp) -> bool {
        self.up && self.leading.is_some() && self.frozen_until <= now
    }

    /// What it dials by, if it leads and has seen what the clock was set to.
    pub fn rules(&self, env: &Env) -> Option<&Dispatcher> {
        let leading = self.leading.as_ref().filter(|_| self.serves(env.now()))?;
        let leads = leading.offset_us == env.offset_us && env.now() < self.lease_until;
        leads.then_some(&leading.dispatcher)
    }

    /// A timer fires.
    pub fn timer(&mut self, env: &mut Env, timer: Timer) {
        match timer {
            Timer::Wake(nth) => {
                if self.leading.as_ref().is_some_and(|leading| leading.wakes == nth) {
                    self.drain(env);
                }
            }
            Timer::CannotDial(attempt, snag) => {
                env.disturb(OUTAGE);
                self.dialing_is_over(env, attempt);
                self.feed(env, Input::Undialed { attempt, snag });
            }
            Timer::Ring(attempt) => self.rang_long_enough(env, attempt),
            Timer::Talk(attempt) => self.said_everything(env, attempt),
            Timer::Silent(attempt) => self.silent_so_far(env, attempt),
            Timer::NoAnswer(attempt) => self.never_answered(env, attempt),
            Timer::Renew => {
                let asked_at = env.now();
                self.issue(env, Op::Renew { asked_at });
            }
            Timer::Unanswered(id, nth) => self.unanswered(env, id, nth),
            Timer::TryToLead => self.issue(env, Op::Acquire),
            Timer::Again(op) => self.issue(env, *op),
        }
    }

    /// Sends an operation to the store.
    pub fn issue(&mut self, env: &mut Env, op: Op) {
        self.may_be_ambushed(env, &op);
        let mut delay = env.up_to(env.faults.store_delay);
        if env.chance(env.faults.store_slow) {
            delay = env.up_to(Duration::from_secs(2));
            env.disturb(delay * 2);
        }
        let mut at = env.now() + delay;
        if env.faults.store_in_order {
            at = at.max(self.last_commit_at);
            self.last_commit_at = at;
        }
        env.queue.put(at, Event::Commits(self.life, op));
    }

    fn may_be_ambushed(&self, env: &mut Env, op: &Op) {
        let event = if let Op::MarkDialed(id) = op {
            let marking = self.leading.as_ref().and_then(|leading| leading.marking.get(id));
            let Some(attempt) = marking else { return };
            match id.0 % 4 {
                0 => Event::Forbids(attempt.workspace, attempt.number),
                _ => Event::Ambush(attempt.batch, Control::Pause),
            }
        } else if let Op::Settle(settlement) = op {
            Event::Ambush(settlement.batch, Control::Stop)
        } else {
            return;
        };
        if env.chance(env.faults.ambushes) {
            let delay = env.up_to(env.faults.store_delay);
            env.later(delay, event);
        }
    }

    /// Tells the rules something and does what they say.
    fn feed(&mut self, env: &mut Env, input: Input) {
        self.heed_the_clock(env);
        let wall = env.wall();
        let Some(leading) = &mut self.leading else { return };
        env.note("input", wall.0, || format!("{input:?}"));
        leading.dispatcher.handle(input, wall);
        self.drain(env);
    }

    /// As the engine, which has a second clock that only goes on: the rules and the store hear of
    /// it when somebody sets the first.
    fn heed_the_clock(&mut self, env: &mut Env) {
        let Some(leading) = &mut self.leading else { return };
        let by_us = env.offset_us - leading.offset_us;
        if env.has(WorldBug::ClockSetUnseen) {
            return;
        }
        // Corrections before it are no part of what the clock is set by later.
        leading.offset_us = env.offset_us;
        if by_us.abs() < CORRECTED_US {
            return;
        }
        leading.dispatcher.handle(Input::ClockSet { by_us }, env.wall());
        self.issue(env, Op::MoveDue(by_us));
    }

    /// Polls until there is nothing more to do.
    fn drain(&mut self, env: &mut Env) {
        self.heed_the_clock(env);
        let now = env.now();
        self.polls_at = if self.polls_at.0 == now { (now, self.polls_at.1 + 1) } else { (now, 0) };
        if self.polls_at.1 > MOST_OUTPUTS {
            env.tap.troubles.push(format!("the rules spin at {now}"));
            return;
        }
        for _ in 0..MOST_OUTPUTS {
            let wall = env.wall();
            let Some(leading) = &mut self.leading else { return };
            let output = leading.dispatcher.poll(wall);
            env.note("output", wall.0, || format!("{output:?}"));
            match output {
                Output::Claim(claim) => self.issue(env, Op::Claim(claim)),
                Output::Place(attempt) => self.place(env, attempt),
                Output::Release { attempt, not_before } => {
                    self.issue(env, Op::Release(attempt.id, not_before));
                }
                Output::Probe(id) => self.probe(env, id),
                Output::Settle(settlement) => self.issue(env, Op::Settle(settlement)),
                Output::Advance { batch, advance } => {
                    self.issue(env, Op::Advance(batch, advance));
                }
                Output::Wake { at, .. } => return self.sleep(env, at),
            }
        }
        env.tap.troubles.push(format!("the rules never come to an end at {now}"));
    }

    fn sleep(&mut self, env: &mut Env, at: Option<Timestamp>) {
        let Some(leading) = &mut self.leading else { return };
        leading.wakes += 1;
        let Some(at) = at else { return };
        let mut at = env.at_wall(at);
        if env.faults.jumps > 0 {
            // A wall clock can be set: nobody sleeps for long without a look at it.
            at = at.min(env.now() + Duration::from_secs(20));
        }
        env.queue.put(at, Event::Timer(self.life, Timer::Wake(leading.wakes)));
    }

    fn place(&mut self, env: &mut Env, attempt: Attempt) {
        let clocks = (env.now(), env.wall());
        if env.tap.placed.insert(attempt.id, clocks).is_some() {
            env.tap.troubles.push(format!("{} is placed twice", attempt.id));
        }
        env.tap.placements.push((attempt.trunk, clocks.0));
        let Some(leading) = &mut self.leading else { return };
        if leading.out.contains(&attempt.trunk) {
            env.disturb(TRIAL);
        }
        leading.marking.insert(attempt.id, attempt.clone());
        let now = env.now();
        let mut snag = env.faults.troubles.iter().find_map(|trouble| trouble.snag(&attempt, now));
        if env.chance(env.faults.prepare_fails) {
            snag.get_or_insert_with(|| Snag::Machine("no port".into()));
        }
        if let Some(snag) = snag {
            let delay = env.up_to(Duration::from_millis(50));
            env.tap.snags.push((attempt.clone(), snag.clone(), now));
            return env.later(delay, Event::Timer(self.life, Timer::CannotDial(attempt.id, snag)));
        }
        self.issue(env, Op::MarkDialed(attempt.id));
        if env.has(WorldBug::InviteBeforeCommit) {
            self.dial(env, attempt);
        }
    }

    /// An INVITE has left, or never will: answers the controls that waited for it.
    fn dialing_is_over(&mut self, env: &mut Env, attempt: AttemptId) {
        let Some(leading) = &mut self.leading else { return };
        leading.marking.remove(&attempt);
        let mut over = Vec::new();
        leading.holds.retain_mut(|hold| {
            hold.dialing.remove(&attempt);
            if hold.dialing.is_empty() {
                over.push((hold.batch, hold.control, hold.stored_at));
            }
            !hold.dialing.is_empty()
        });
        for (batch, control, stored_at) in over {
            answer(env, batch, control, stored_at);
        }
    }
}

fn answer(env: &mut Env, batch: BatchId, control: Control, stored_at: Timestamp) {
    env.note("answers", batch.0, || format!("{batch} {} is done", control.as_str()));
    let at = env.now();
    env.tap.returned.push(Returned { batch, control, stored_at, at });
}
