//! The shell around the dispatcher, without I/O: leading, loading, placing, releasing, pausing and
//! stopping.
//!
//! The engine feeds a [`Node`] and carries out its outputs. The simulator drives the same [`Node`],
//! so that the code tested there is the code that runs here.

mod attempts;
mod changes;
mod moves;
mod repeats;
mod term;
#[cfg(test)]
mod tests;
mod types;
mod waiting;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

pub use types::*;

use crate::{
    dispatcher::{self, Advance, Dispatcher, Settlement, WakeReason},
    ids::{AttemptId, BatchId},
    time::Timestamp,
};
use attempts::Open;
use changes::Heard;
use moves::Moves;
use repeats::Repeats;
use term::Term;
use waiting::Waiting;

/// How long a recipient waits after the store did not say whether its INVITE may leave.
const UNMARKED_WAIT: Duration = Duration::from_secs(1);

/// One process that leads, dials and stores the results of its calls.
///
/// Call [`poll`](Node::poll) after every [`handle`](Node::handle), and when the instant of the last
/// wake-up has come, until `poll` returns [`Output::Wake`]. All instants are wall-clock times;
/// [`Input::ClockSet`] reports that the wall clock was set.
#[derive(Debug)]
pub struct Node {
    dispatcher: Dispatcher,
    term: Term,
    /// Which changes of what is stored the node knows.
    heard: Heard,
    /// Attempts from their claim to their settlement.
    attempts: BTreeMap<AttemptId, Open>,
    /// How many claims of each batch the store has not answered yet.
    claims: BTreeMap<BatchId, u32>,
    /// Failed requests to the store that will be made again.
    repeats: Repeats,
    /// Requests to the store that concern due instants.
    moves: Moves,
    /// Tickets that are not answered yet.
    waiting: Vec<(Ticket, Waiting)>,
    /// Whether dialing has stopped for good.
    stopped: bool,
    outputs: VecDeque<Output>,
}

impl Node {
    /// Creates a node with this duration of lease.
    pub fn new(lease: Lease) -> Node {
        Node {
            dispatcher: Dispatcher::new(),
            term: Term::new(lease),
            heard: Heard::default(),
            attempts: BTreeMap::new(),
            claims: BTreeMap::new(),
            repeats: Repeats::default(),
            moves: Moves::default(),
            waiting: Vec::new(),
            stopped: false,
            outputs: VecDeque::new(),
        }
    }

    /// The dispatcher of this node.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Processes one input.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        match input {
            Input::Begin => self.ask(Verb::Lead),
            Input::Answered(answer) => self.answered(answer, now),
            Input::Failed { verb, failure } => self.failed(verb, failure, now),
            Input::Prepared(attempt) => self.prepared(attempt, now),
            Input::Dispatch(input) => self.hear(input, now),
            Input::Changed { version } => self.told(version),
            Input::Await { version, batch, ticket } => self.await_changes(ticket, version, batch),
            // The store finishes a stop whenever it is asked to advance a stopped batch.
            Input::Unsure(batch) => self.ask(Verb::Advance(batch, Advance::Complete)),
            Input::Unmarked(attempt) => self.unmarked(attempt, now),
            Input::Unsettled { settlement, failure } => self.unsettled(settlement, failure, now),
            Input::ClockSet { by_us } => self.clock_set(by_us, now),
            Input::Stop { ticket } => self.stop(ticket, now),
            Input::Drain { ticket } => self.waiting.push((ticket, Waiting::Drained)),
        }
    }

    /// Returns the next thing to do at `now`, or [`Output::Wake`] when nothing is left to do.
    pub fn poll(&mut self, now: Timestamp) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                match self.moves.pass(output) {
                    Some(output) => return output,
                    None => continue,
                }
            }
            if let Some(request) = self.moves.next() {
                return request;
            }
            if let Some(request) = self.repeats.next(now) {
                return request;
            }
            if let Some(verb) = self.term.next_verb(now) {
                return Output::Ask(verb);
            }
            if !self.term.leads() {
                return Output::Wake { at: self.next_at(None), reason: WakeReason::Store };
            }
            match self.dispatcher.poll(now) {
                dispatcher::Output::Claim(claim) => {
                    *self.claims.entry(claim.batch).or_default() += 1;
                    self.ask(Verb::Claim(claim));
                }
                dispatcher::Output::Place(attempt) => return self.place(attempt),
                dispatcher::Output::Release { attempt, not_before } => {
                    self.give_back(attempt.id, not_before);
                }
                dispatcher::Output::Settle(settlement) => {
                    self.outputs.push_back(Output::Settle(settlement));
                }
                dispatcher::Output::Probe(trunk) => return Output::Probe(trunk),
                dispatcher::Output::Advance { batch, advance } => {
                    return Output::Ask(Verb::Advance(batch, advance));
                }
                dispatcher::Output::Wake { at, reason } => {
                    if !self.answer_waiting() {
                        return Output::Wake { at: self.next_at(at), reason };
                    }
                }
            }
        }
    }

    /// The next instant at which the node has something to do; `at` is the dispatcher's next
    /// instant.
    fn next_at(&self, at: Option<Timestamp>) -> Option<Timestamp> {
        [at, self.repeats.next_at(), self.term.next_at()].into_iter().flatten().min()
    }

    fn ask(&mut self, verb: Verb) {
        self.outputs.push_back(Output::Ask(verb));
    }

    fn answered(&mut self, answer: Answer, now: Timestamp) {
        self.moves.answered(&answer);
        match answer {
            Answer::Leads { until, undialed } => self.begin_term(until, undialed),
            Answer::LedByAnother => self.term.try_later(now),
            Answer::LeadsNoMore => {
                self.term.end();
                self.moves.end();
                self.outputs.push_back(Output::StepDown);
            }
            Answer::Renewed(until) => self.renewed(until, now),
            Answer::Loaded(snapshot) => self.take_up(snapshot, now),
            Answer::Changes(changes) => self.heard(changes, now),
            Answer::Claimed { batch, lane, attempts, next_due } => {
                self.claimed((batch, lane), attempts, next_due, now);
            }
            Answer::Marked(attempt, may) => self.marked(attempt, may, now),
            Answer::Released(attempt, due_at) => self.released(attempt, due_at, now),
            Answer::WasDialed(attempt) => self.was_dialed(attempt, now),
            Answer::Settled(attempt) => {
                self.hear(dispatcher::Input::Settled { attempt }, now);
            }
            Answer::LimitedWoken => self.hear(dispatcher::Input::LimitsChanged, now),
            Answer::DueMoved => self.hear(dispatcher::Input::DueMoved, now),
            Answer::Advanced(facts) => self.advanced(facts, now),
        }
    }

    /// Handles a verb that the store did not carry out. After a passing failure the verb is asked
    /// again. After a permanent one the node enters a state in which no recipient is called twice.
    fn failed(&mut self, verb: Verb, failure: Failure, now: Timestamp) {
        if matches!(verb, Verb::LoadChanges { .. }) {
            self.heard_nothing();
        }
        let repeats = failure == Failure::Passing && !matches!(verb, Verb::Claim(_));
        if !repeats {
            self.moves.given_up(&Output::Ask(verb.clone()));
        }
        match (verb, failure) {
            (Verb::Claim(claim), _) => {
                let (batch, lane) = (claim.batch, claim.lane);
                self.claim_answered(batch);
                self.hear(dispatcher::Input::ClaimFailed { batch, lane }, now);
            }
            (verb, Failure::Passing) => self.repeats.put(Output::Ask(verb), failure, now),
            (
                verb @ (Verb::Lead | Verb::Renew | Verb::Load | Verb::LoadChanges { .. }),
                Failure::Permanent,
            ) => self.repeats.put(Output::Ask(verb), failure, now),
            (Verb::Release { attempt, .. }, Failure::Permanent) => {
                if !self.strike_off(attempt) {
                    self.keep_for_good(attempt);
                }
            }
            (Verb::MoveDue(_), Failure::Permanent) => self.hear(dispatcher::Input::DueMoved, now),
            (Verb::Advance(..) | Verb::WakeLimited, Failure::Permanent) => {}
        }
    }

    /// Handles a prepared call about which the store did not say whether it may be dialed.
    fn unmarked(&mut self, attempt: AttemptId, now: Timestamp) {
        self.outputs.push_back(Output::Withdraw(attempt));
        self.give_back(attempt, Some(now + UNMARKED_WAIT));
    }

    /// Handles an ending that the store did not store.
    fn unsettled(&mut self, settlement: Settlement, failure: Failure, now: Timestamp) {
        match failure {
            Failure::Passing => self.repeats.put(Output::Settle(settlement), failure, now),
            Failure::Permanent => {
                let attempt = settlement.attempt;
                self.moves.given_up(&Output::Settle(settlement));
                self.keep_for_good(attempt);
            }
        }
    }

    /// Passes an input to the dispatcher, once the node leads.
    fn hear(&mut self, input: dispatcher::Input, now: Timestamp) {
        if let dispatcher::Input::Store { works } = &input {
            self.repeats.store_works(*works);
        }
        if !self.term.leads() {
            return;
        }
        self.follow(&input);
        self.dispatcher.handle(input, now);
    }

    fn clock_set(&mut self, by_us: i64, now: Timestamp) {
        self.repeats.clock_set(by_us);
        self.term.clock_set(by_us);
        if self.term.leads() {
            self.dispatcher.handle(dispatcher::Input::ClockSet { by_us }, now);
            self.ask(Verb::MoveDue(by_us));
        }
    }
}
