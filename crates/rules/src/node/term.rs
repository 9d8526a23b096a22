//! A term of leadership: how it begins, how long it lasts, and what its leader takes up.

use std::collections::BTreeSet;

use super::{Lease, Node, Output, Snapshot, Verb, attempts::Stage};
use crate::{attempt::Attempt, dispatcher, ids::AttemptId, time::Timestamp};

/// Where a node is in its term.
#[derive(Debug)]
pub(super) struct Term {
    lease: Lease,
    state: State,
    /// Until when the store lets this node lead; none means for as long as it lives.
    until: Option<Timestamp>,
}

#[derive(Debug)]
enum State {
    /// Asking to lead, or not asking at all.
    Follows,
    /// Another node leads; when to ask again.
    TriesAt(Timestamp),
    /// Leads, and gives back what an earlier leader claimed and never dialed.
    GivesBack(BTreeSet<AttemptId>),
    /// Leads, and reads what is stored.
    Loads,
    /// Leads; when to renew the lease, unless that is being done.
    Leads { renew_at: Option<Timestamp> },
    /// Led.
    Over,
}

impl Term {
    pub fn new(lease: Lease) -> Term {
        Term { lease, state: State::Follows, until: None }
    }

    /// Whether this node leads and has taken up what is stored.
    pub fn leads(&self) -> bool {
        matches!(self.state, State::Leads { .. })
    }

    /// Whether another node may lead by now.
    pub fn is_over(&self, now: Timestamp) -> bool {
        !self.leads() || self.until.is_some_and(|until| until <= now)
    }

    /// Another node leads.
    pub fn try_later(&mut self, now: Timestamp) {
        self.state = State::TriesAt(now + self.lease.unwrap_or_default() / 2);
    }

    pub fn end(&mut self) {
        self.state = State::Over;
    }

    /// What the store is asked now to lead, or to lead on.
    pub fn next_verb(&mut self, now: Timestamp) -> Option<Verb> {
        self.next_at().filter(|at| *at <= now)?;
        match &mut self.state {
            State::TriesAt(_) => {
                self.state = State::Follows;
                Some(Verb::Lead)
            }
            State::Leads { renew_at } => renew_at.take().map(|_| Verb::Renew),
            State::Follows | State::GivesBack(_) | State::Loads | State::Over => None,
        }
    }

    pub fn next_at(&self) -> Option<Timestamp> {
        match self.state {
            State::TriesAt(at) => Some(at),
            State::Leads { renew_at } => renew_at,
            State::Follows | State::GivesBack(_) | State::Loads | State::Over => None,
        }
    }

    pub fn clock_set(&mut self, by_us: i64) {
        let moved = |at: &mut Timestamp| at.0 += by_us;
        self.until.iter_mut().for_each(moved);
        match &mut self.state {
            State::TriesAt(at) => moved(at),
            State::Leads { renew_at } => renew_at.iter_mut().for_each(moved),
            State::Follows | State::GivesBack(_) | State::Loads | State::Over => {}
        }
    }
}

impl Node {
    /// The node leads. First, everybody who was claimed and never dialed is pending again.
    pub(super) fn begin_term(&mut self, until: Option<Timestamp>, undialed: Vec<AttemptId>) {
        self.term.until = until;
        for &attempt in &undialed {
            self.ask(Verb::Release { attempt, not_before: None });
        }
        self.term.state = State::GivesBack(undialed.into_iter().collect());
        self.load_when_given_back();
    }

    /// Takes an attempt off the list of those that an earlier leader left: it is given back, or
    /// never can be. False when it is not on that list.
    pub(super) fn strike_off(&mut self, attempt: AttemptId) -> bool {
        let State::GivesBack(left) = &mut self.term.state else { return false };
        left.remove(&attempt);
        self.load_when_given_back();
        true
    }

    fn load_when_given_back(&mut self) {
        if matches!(&self.term.state, State::GivesBack(left) if left.is_empty()) {
            self.term.state = State::Loads;
            self.ask(Verb::Load);
        }
    }

    /// The node knows all that is stored: it dials from now on, and ends the calls that an earlier
    /// process left.
    pub(super) fn take_up(&mut self, snapshot: Snapshot, now: Timestamp) {
        let renew_at = self.term.lease.map(|_| now);
        self.term.state = State::Leads { renew_at };
        self.outputs.push_back(Output::Leads);
        self.tell_lease(now);
        for (id, max_concurrent_calls) in snapshot.workspaces {
            self.hear(dispatcher::Input::Workspace { id, max_concurrent_calls }, now);
        }
        for trunk in snapshot.trunks {
            let (id, max_calls, max_cps) = (trunk.id, trunk.max_calls, trunk.max_cps);
            self.hear(dispatcher::Input::Trunk { id, max_calls, max_cps }, now);
            if let Some(at) = trunk.last_dialed_at {
                self.hear(dispatcher::Input::TrunkDialed { id, at }, now);
            }
        }
        for batch in snapshot.batches {
            let open = batch.open.clone();
            self.versions.insert(batch.facts.id, batch.facts.version);
            let (facts, lanes) = (batch.facts, batch.lanes);
            self.hear(dispatcher::Input::BatchLoaded { facts, lanes, open: batch.open }, now);
            open.into_iter().for_each(|attempt| self.inherit(attempt));
        }
    }

    fn inherit(&mut self, attempt: Attempt) {
        self.open(&attempt, Stage::Dialed);
        self.outputs.push_back(Output::HangUp(attempt));
    }

    /// The node leads until then.
    pub(super) fn renewed(&mut self, until: Timestamp, now: Timestamp) {
        self.term.until = Some(until);
        if let State::Leads { renew_at } = &mut self.term.state {
            *renew_at = self.term.lease.map(|lease| now + lease / 3);
        }
        self.tell_lease(now);
    }

    /// Tells the dispatcher until when it may dial.
    pub(super) fn tell_lease(&mut self, now: Timestamp) {
        let until = if self.stopped { Some(Timestamp(i64::MIN)) } else { self.term.until };
        if let Some(until) = until {
            self.hear(dispatcher::Input::Lease { until }, now);
        }
    }
}
