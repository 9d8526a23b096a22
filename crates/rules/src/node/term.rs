//! A term of leadership: how it begins, how long it lasts, and what the new leader loads.

use std::collections::BTreeSet;

use super::{Lease, Node, Output, Snapshot, Verb, attempts::Stage};
use crate::{attempt::Attempt, dispatcher, ids::AttemptId, time::Timestamp};

/// The state of a node's term.
#[derive(Debug)]
pub(super) struct Term {
    lease: Lease,
    state: State,
    /// The end of the lease that the store granted. `None` means that the lease lasts as long as
    /// the process lives.
    until: Option<Timestamp>,
}

#[derive(Debug)]
enum State {
    /// The node asks to lead, or has not asked yet.
    Follows,
    /// Another node leads. This node asks again at this instant.
    TriesAt(Timestamp),
    /// The node leads, and releases the attempts that an earlier leader claimed and never dialed.
    GivesBack(BTreeSet<AttemptId>),
    /// The node leads, and reads what is stored.
    Loads,
    /// The node leads. It renews the lease at `renew_at`; `None` while a renewal is under way.
    Leads { renew_at: Option<Timestamp> },
    /// The term is over.
    Over,
}

impl Term {
    pub fn new(lease: Lease) -> Term {
        Term { lease, state: State::Follows, until: None }
    }

    /// Whether this node leads and has loaded what is stored.
    pub fn leads(&self) -> bool {
        matches!(self.state, State::Leads { .. })
    }

    /// Whether another node may lead by now.
    pub fn is_over(&self, now: Timestamp) -> bool {
        !self.leads() || self.until.is_some_and(|until| until <= now)
    }

    /// Schedules the next try to lead, because another node leads.
    pub fn try_later(&mut self, now: Timestamp) {
        self.state = State::TriesAt(now + self.lease.unwrap_or_default() / 2);
    }

    pub fn end(&mut self) {
        self.state = State::Over;
    }

    /// The next verb that concerns the lead, if any.
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
        let moved = |at: &mut Timestamp| at.0 = at.0.saturating_add(by_us);
        self.until.iter_mut().for_each(moved);
        match &mut self.state {
            State::TriesAt(at) => moved(at),
            State::Leads { renew_at } => renew_at.iter_mut().for_each(moved),
            State::Follows | State::GivesBack(_) | State::Loads | State::Over => {}
        }
    }
}

impl Node {
    /// Begins a term: releases all attempts that were claimed and never dialed.
    pub(super) fn begin_term(&mut self, until: Option<Timestamp>, undialed: Vec<AttemptId>) {
        self.term.until = until;
        for &attempt in &undialed {
            self.ask(Verb::Release { attempt, not_before: None });
        }
        self.term.state = State::GivesBack(undialed.into_iter().collect());
        self.load_when_given_back();
    }

    /// Removes an attempt of an earlier leader from the list of attempts to release: it is
    /// released, or never can be. Returns `false` if the attempt is not on the list.
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

    /// Hands everything that is stored to the dispatcher, which dials from now on. Ends the calls
    /// that an earlier process left.
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
            self.knows_batch(&batch.facts);
            let (facts, lanes) = (batch.facts, batch.lanes);
            self.hear(dispatcher::Input::BatchLoaded { facts, lanes, open: batch.open }, now);
            open.into_iter().for_each(|attempt| self.inherit(attempt));
        }
        self.knows_all(snapshot.version, snapshot.limits);
    }

    fn inherit(&mut self, attempt: Attempt) {
        self.open(&attempt, Stage::Dialed);
        self.outputs.push_back(Output::HangUp(attempt));
    }

    /// Handles a renewed lease.
    pub(super) fn renewed(&mut self, until: Timestamp, now: Timestamp) {
        self.term.until = Some(until);
        if let State::Leads { renew_at } = &mut self.term.state {
            *renew_at = self.term.lease.map(|lease| now.max(until - lease * 2 / 3));
        }
        self.tell_lease(now);
    }

    /// Passes the end of the lease to the dispatcher.
    pub(super) fn tell_lease(&mut self, now: Timestamp) {
        let until = if self.stopped { Some(Timestamp(i64::MIN)) } else { self.term.until };
        if let Some(until) = until {
            self.hear(dispatcher::Input::Lease { until }, now);
        }
    }
}
