//! A node: drives the `Node` of the rules as the engine does, dies at any instant, and starts
//! again.

mod calls;
mod process;

use std::time::Duration;

use campanile_rules::{
    attempt::{Attempt, Ending},
    batch::Control,
    dispatcher::{self, Snag},
    ids::{AttemptId, TrunkId},
    node::{Answer, Failure, Input, Output, Ticket, Verb},
    time::Timestamp,
};

pub(crate) use self::calls::PATIENCE;
use self::process::{Process, Waits};
use crate::{
    bug::Bug,
    carrier::Request,
    env::{Env, Event, Life, Returned},
    machine::Machine,
    store::{Controlled, Op, Reply},
};

/// The timers of a process.
#[derive(Debug, Clone)]
pub enum Timer {
    /// An attempt cannot be dialed.
    CannotDial(AttemptId, Snag),
    /// The rules asked to be polled. Only the last of these timers counts.
    Wake(u64),
    /// The call has rung long enough.
    Ring(AttemptId),
    /// The agent has said everything.
    Talk(AttemptId),
    /// The trunk has had enough time for a first response.
    Silent(AttemptId),
    /// The trunk never responded (RFC 3261 Timer B).
    NoAnswer(AttemptId),
    /// It was told to end, and its calls still last.
    GivesUp,
    /// A trunk did not answer this question.
    Unanswered(TrunkId, u64),
    /// The operator's request to the store failed and is sent again.
    Again(Box<Op>),
}

/// The most outputs of one drain. A sound node has fewer.
const MOST_OUTPUTS: u32 = 5_000;

/// How long a fault on our side or at a trunk excuses delays: calls stop, probes become less
/// frequent, and the pace of the trunk recovers slowly.
const OUTAGE: Duration = Duration::from_secs(150);

/// How long other recipients may wait for a trial call through a trunk that answers no probe.
const TRIAL: Duration = Duration::from_secs(40);

/// How long the calls of a process that was told to end may last.
const LAST_CALLS: Duration = Duration::from_secs(60);

/// A clock that moved by less was corrected, not set.
pub const CORRECTED_US: i64 = 100_000;

/// A node and its process, if one lives.
pub struct Node {
    /// The present process, or the last one.
    pub life: Life,
    /// Until this instant the process is frozen, as on a machine in trouble.
    pub frozen_until: Timestamp,
    process: Option<Process>,
    ring_timeout: Duration,
    last_commit_at: Timestamp,
    polls_at: (Timestamp, u32),
}

impl Node {
    /// A node without a process.
    pub fn new(node: usize, ring_timeout: Duration) -> Node {
        Node {
            life: Life { node, nth: 0 },
            frozen_until: Timestamp(i64::MIN),
            process: None,
            ring_timeout,
            last_commit_at: Timestamp(i64::MIN),
            polls_at: (Timestamp(0), 0),
        }
    }

    /// Whether the process is alive.
    pub fn is_up(&self) -> bool {
        self.process.is_some()
    }

    /// Starts a process.
    pub fn start(&mut self, env: &mut Env) {
        if self.is_up() {
            return;
        }
        self.life.nth += 1;
        let life = self.life;
        env.note("starts", life.node as i64, || format!("{life:?}"));
        self.process = Some(Process::new(env));
        self.feed(env, Input::Begin);
    }

    /// Kills the process. Another process starts later.
    pub fn die(&mut self, env: &mut Env) {
        if self.process.take().is_none() {
            return;
        }
        let life = self.life;
        env.tap.died.push(env.now());
        env.note("dies", life.node as i64, || format!("{life:?}"));
        self.frozen_until = Timestamp(i64::MIN);
        let pause = env.up_to(Duration::from_secs(5)) + Duration::from_millis(50);
        env.disturb(pause);
        env.later(pause, Event::Starts(life.node));
    }

    /// Whether this process can take a request now.
    pub fn serves(&self, now: Timestamp) -> bool {
        self.process.as_ref().is_some_and(|process| process.leads) && self.frozen_until <= now
    }

    /// The rules of the process, if the process leads and has noticed the last setting of the
    /// clock.
    pub fn rules(&self, env: &Env) -> Option<&Machine> {
        let process = self.process.as_ref().filter(|_| self.serves(env.now()))?;
        let leads = process.offset_us == env.offset_us && env.now() < process.lease_until;
        leads.then_some(&process.machine)
    }

    /// Handles a timer.
    pub fn timer(&mut self, env: &mut Env, timer: Timer) {
        match timer {
            Timer::Wake(nth) => {
                if self.process.as_ref().is_some_and(|process| process.wakes == nth) {
                    self.drain(env);
                }
            }
            Timer::CannotDial(attempt, snag) => {
                env.disturb(OUTAGE);
                self.news(env, dispatcher::Input::Undialed { attempt, snag });
            }
            Timer::Ring(attempt) => self.rang_long_enough(env, attempt),
            Timer::Talk(attempt) => self.said_everything(env, attempt),
            Timer::Silent(attempt) => self.silent_so_far(env, attempt),
            Timer::NoAnswer(attempt) => self.never_answered(env, attempt),
            Timer::GivesUp => self.die(env),
            Timer::Unanswered(id, nth) => self.unanswered(env, id, nth),
            Timer::Again(op) => self.issue(env, *op),
        }
    }

    /// Handles an answer of the store.
    pub fn answered(&mut self, env: &mut Env, reply: Reply) {
        match reply {
            Reply::Answer(answer) => {
                if let Answer::Claimed { batch, lane, .. } = &answer {
                    env.tap.failing_claims.remove(&(*batch, lane.clone()));
                }
                let answer = self.on_the_wall(env, answer);
                self.feed(env, Input::Answered(answer));
            }
            Reply::Controlled(done) => self.controlled(env, done),
            Reply::Failed(Op::Verb { verb: Verb::Claim(_), .. })
                if env.has(Bug::FailedClaimForgotten) => {}
            Reply::Failed(Op::Verb { verb, .. }) => {
                if let Verb::Claim(claim) = &verb {
                    let (now, lane) = (env.now(), (claim.batch, claim.lane.clone()));
                    env.tap.failing_claims.entry(lane).or_insert((now, now)).1 = now;
                }
                self.feed(env, Input::Failed { verb, failure: Failure::Passing });
            }
            Reply::Failed(Op::Mark(attempt)) => self.feed(env, Input::Unmarked(attempt)),
            Reply::Failed(Op::Settle(settlement)) => {
                let failed =
                    Input::Unsettled { settlement: *settlement, failure: Failure::Passing };
                self.feed(env, failed);
            }
            Reply::Failed(op) => {
                let again = Event::Timer(self.life, Timer::Again(Box::new(op)));
                env.later(Duration::from_millis(100), again);
            }
            Reply::Refused => self.let_next_control(env),
            Reply::Stored => {}
        }
    }

    fn controlled(&mut self, env: &mut Env, done: Controlled) {
        let Controlled { batch, version, .. } = done;
        match &mut self.process {
            Some(process) if !env.has(Bug::PauseAnswersEarly) => {
                let ticket = process.ticket(Waits::Control(done));
                self.feed(env, Input::Await { version, batch: Some(batch), ticket });
            }
            Some(_) | None => answer_control(env, done),
        }
        self.let_next_control(env);
    }

    /// Hears that something stored changed.
    pub fn told(&mut self, env: &mut Env, version: u64) {
        self.feed(env, Input::Changed { version });
    }

    /// By a planted bug, controls are stored one after the other.
    fn let_next_control(&mut self, env: &mut Env) {
        let Some(process) = &mut self.process else { return };
        process.controls = process.controls.saturating_sub(1);
        if let Some(op) = process.held_up.pop_front() {
            self.issue(env, op);
        }
    }

    /// Whether a control has to wait for an earlier one, by a planted bug.
    fn is_held_up(&mut self, env: &Env, op: &Op) -> bool {
        let Some(process) = &mut self.process else { return false };
        if !env.has(Bug::StopHoldsUpPauses) || !matches!(op, Op::Control(..)) {
            return false;
        }
        process.controls += 1;
        if process.controls > 1 {
            process.controls -= 1;
            process.held_up.push_back(op.clone());
            return true;
        }
        false
    }

    /// The process is told to end in order. If its calls do not end soon, it is killed.
    pub fn wind_down(&mut self, env: &mut Env) {
        let Some(process) = self.process.as_mut().filter(|process| !process.ends) else { return };
        process.ends = true;
        let ticket = process.ticket(Waits::Stopped);
        let life = self.life;
        env.note("ends", life.node as i64, || format!("{life:?} in order"));
        env.disturb(LAST_CALLS + Duration::from_secs(10));
        env.later(LAST_CALLS, Event::Timer(life, Timer::GivesUp));
        if env.has(Bug::StopAnswersEarly) {
            env.tap.stopped.push((life, env.now()));
        }
        self.feed(env, Input::Stop { ticket });
    }

    /// Something holds on the wire.
    fn holds(&mut self, env: &mut Env, ticket: Ticket) {
        let life = self.life;
        let Some(process) = &mut self.process else { return };
        match process.tickets.remove(&ticket) {
            Some(Waits::Control(done)) => answer_control(env, done),
            Some(Waits::Stopped) => {
                env.tap.stopped.push((life, env.now()));
                let ticket = process.ticket(Waits::Drained);
                process.machine.handle(Input::Drain { ticket }, env.wall());
            }
            Some(Waits::Drained) => self.die(env),
            None => {}
        }
    }

    /// Converts the end of a lease from true time, which the store uses, to the wall clock, which
    /// the node uses.
    fn on_the_wall(&mut self, env: &mut Env, answer: Answer) -> Answer {
        let Some(process) = &mut self.process else { return answer };
        let offset_us = process.offset_us;
        let mut wall = |until: Timestamp| {
            process.lease_until = until;
            match env.has(Bug::DoubleClaimAfterLease) {
                true => Timestamp(i64::MAX),
                false => Timestamp(until.0 + offset_us),
            }
        };
        match answer {
            Answer::Leads { until, undialed } => {
                let until = until.map(&mut wall);
                env.disturb(Duration::from_millis(100));
                Answer::Leads { until, undialed }
            }
            Answer::Renewed(until) => Answer::Renewed(wall(until)),
            Answer::LedByAnother => {
                env.disturb(env.faults.lease.unwrap_or(Duration::from_secs(5)));
                answer
            }
            other => other,
        }
    }

    /// Sends an operation to the store.
    pub fn issue(&mut self, env: &mut Env, op: Op) {
        if self.is_held_up(env, &op) {
            return;
        }
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
        let event = match op {
            Op::Mark(_) if env.faults.drains > 0 && env.chance(0.02) => {
                env.faults.drains -= 1;
                let delay = env.up_to(env.faults.store_delay);
                return env.later(delay, Event::Drains);
            }
            Op::Mark(id) if env.faults.removals > 0 && env.chance(0.05) => {
                let prepared = self.process.as_ref().and_then(|process| process.prepared.get(id));
                let Some(attempt) = prepared else { return };
                env.faults.removals -= 1;
                let delay = env.up_to(env.faults.store_delay);
                return env.later(delay, Event::Removes(attempt.trunk, 0));
            }
            Op::Mark(id) => {
                let prepared = self.process.as_ref().and_then(|process| process.prepared.get(id));
                let Some(attempt) = prepared else { return };
                match id.0 % 4 {
                    0 => Event::Forbids(attempt.workspace, attempt.number),
                    _ => Event::Ambush(attempt.batch, Control::Pause),
                }
            }
            Op::Settle(settlement) => Event::Ambush(settlement.batch, Control::Stop),
            _ => return,
        };
        if env.chance(env.faults.ambushes) {
            let delay = env.up_to(env.faults.store_delay);
            env.later(delay, event);
        }
    }

    /// Passes an input to the dispatcher and carries out the outputs.
    fn news(&mut self, env: &mut Env, input: dispatcher::Input) {
        self.feed(env, Input::Dispatch(input));
    }

    /// Passes an input to the node and carries out the outputs.
    fn feed(&mut self, env: &mut Env, input: Input) {
        self.heed_the_clock(env);
        let wall = env.wall();
        let Some(process) = &mut self.process else { return };
        env.note("input", wall.0, || format!("{input:?}"));
        process.machine.handle(input, wall);
        self.drain(env);
    }

    /// Tells the node that the clock was set. Like the engine, the process notices this by a
    /// monotonic clock.
    fn heed_the_clock(&mut self, env: &mut Env) {
        let Some(process) = &mut self.process else { return };
        let by_us = env.offset_us - process.offset_us;
        if env.has(Bug::ClockSetUnseen) {
            return;
        }
        // Earlier corrections are no part of a later setting.
        process.offset_us = env.offset_us;
        if by_us.abs() >= CORRECTED_US {
            process.machine.handle(Input::ClockSet { by_us }, env.wall());
        }
    }

    /// Carries out outputs until nothing is left to do.
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
            let Some(process) = &mut self.process else { return };
            let output = process.machine.poll(wall);
            env.note("output", wall.0, || format!("{output:?}"));
            match output {
                Output::Ask(verb) => self.ask(env, verb),
                Output::Mark(attempt) => self.mark(env, attempt),
                Output::Settle(settlement) => self.issue(env, Op::Settle(Box::new(settlement))),
                Output::Leads => self.leads(env),
                Output::StepDown => self.die(env),
                Output::Prepare(attempt) => self.prepare(env, attempt),
                Output::Invite(attempt) => self.invite(env, attempt),
                Output::Withdraw(attempt) => {
                    process.prepared.remove(&attempt);
                }
                Output::HangUp(attempt) => self.hang_up(env, attempt),
                Output::Probe(id) => self.probe(env, id),
                Output::Holds(ticket) => self.holds(env, ticket),
                Output::Lost(ticket) => {
                    process.tickets.remove(&ticket);
                }
                Output::Wake { at, .. } => return self.sleep(env, at),
            }
        }
        env.tap.troubles.push(format!("the rules never come to an end at {now}"));
    }

    fn sleep(&mut self, env: &mut Env, at: Option<Timestamp>) {
        let Some(process) = &mut self.process else { return };
        process.wakes += 1;
        let Some(at) = at else { return };
        let mut at = env.at_wall(at);
        if env.faults.jumps > 0 {
            // The wall clock may be set, so the process looks at it regularly.
            at = at.min(env.now() + Duration::from_secs(20));
        }
        env.queue.put(at, Event::Timer(self.life, Timer::Wake(process.wakes)));
    }

    fn ask(&mut self, env: &mut Env, verb: Verb) {
        let asked_at = env.now();
        let ends = self.process.as_ref().is_some_and(|process| process.ends);
        if ends && env.has(Bug::GivenBackTwice) && matches!(verb, Verb::Release { .. }) {
            self.issue(env, Op::Verb { verb: verb.clone(), asked_at });
        }
        self.issue(env, Op::Verb { verb, asked_at });
    }

    fn mark(&mut self, env: &mut Env, attempt: AttemptId) {
        self.issue(env, Op::Mark(attempt));
        if env.has(Bug::InviteBeforeCommit) {
            self.dial_prepared(env, attempt);
        }
    }

    fn leads(&mut self, env: &mut Env) {
        let (life, now) = (self.life, env.now());
        env.note("leads", life.node as i64, || format!("{life:?}"));
        env.tap.led.push((life, now));
        if let Some(process) = &mut self.process {
            process.leads = true;
        }
    }

    fn prepare(&mut self, env: &mut Env, attempt: Attempt) {
        let clocks = (env.now(), env.wall());
        if env.tap.placed.insert(attempt.id, clocks).is_some() {
            env.tap.troubles.push(format!("{} is placed twice", attempt.id));
        }
        env.tap.placements.push((attempt.trunk, clocks.0));
        let Some(process) = &mut self.process else { return };
        if process.out.contains(&attempt.trunk) {
            env.disturb(TRIAL);
        }
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
        let id = attempt.id;
        process.prepared.insert(id, attempt);
        process.machine.handle(Input::Prepared(id), env.wall());
    }

    fn invite(&mut self, env: &mut Env, attempt: AttemptId) {
        if !env.has(Bug::InviteBeforeCommit) {
            self.dial_prepared(env, attempt);
        }
    }

    fn dial_prepared(&mut self, env: &mut Env, attempt: AttemptId) {
        let process = self.process.as_mut();
        if let Some(attempt) = process.and_then(|process| process.prepared.remove(&attempt)) {
            self.dial(env, attempt);
        }
    }

    /// Ends a call that a dead process left.
    fn hang_up(&mut self, env: &mut Env, attempt: Attempt) {
        let (life, now, call_id) = (self.life, env.now(), attempt.call_id.clone());
        if let Some(process) = &mut self.process {
            process.hanging_up.insert(call_id.clone(), attempt);
        }
        if env.has(Bug::CrashLeavesCallsRinging) {
            self.hung_up(env, &call_id);
        } else {
            env.send(life, Request::HangUp(call_id), now);
        }
    }

    /// Notes that a call of a dead process is over.
    fn hung_up(&mut self, env: &mut Env, call_id: &str) {
        let hanging_up = self.process.as_mut().map(|process| &mut process.hanging_up);
        if let Some(attempt) = hanging_up.and_then(|calls| calls.remove(call_id)) {
            let ending = Ending::interrupted(None, env.wall());
            self.news(env, dispatcher::Input::Ended { attempt: attempt.id, ending });
        }
    }
}

fn answer_control(env: &mut Env, done: Controlled) {
    let Controlled { batch, control, asked_at, stored_at, .. } = done;
    env.note("answers", batch.0, || format!("{batch} {} is done", control.as_str()));
    let at = env.now();
    env.tap.returned.push(Returned { batch, control, asked_at, stored_at, at });
}
