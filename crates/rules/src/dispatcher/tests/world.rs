//! A small world around a dispatcher: a store that answers at once, and calls that a test ends.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    attempt::{Attempt, EndReason, Ending, Evidence, Outcome},
    batch::{BatchSettings, BatchState},
    dispatcher::*,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    recipient::Due,
    retry::Next,
    time::Timestamp,
    zones::ZoneSet,
};

pub const WORKSPACE: WorkspaceId = WorkspaceId(1);
pub const TRUNK: TrunkId = TrunkId(1);

/// Monday 2026-06-01 12:00 UTC.
pub const NOON: Timestamp = Timestamp(1_780_315_200_000_000);

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub fn s(s: u64) -> Duration {
    Duration::from_secs(s)
}

/// A pending recipient, as the store keeps it.
#[derive(Debug, Clone)]
pub struct Pending {
    pub id: RecipientId,
    pub lane: LaneKey,
    pub due_at: Timestamp,
    pub charged: u32,
    pub uncharged: u32,
}

/// A call that left, and when.
#[derive(Debug, Clone)]
pub struct Call {
    pub attempt: Attempt,
    pub at: Timestamp,
}

pub struct World {
    pub dispatcher: Dispatcher,
    pub now: Timestamp,
    pub facts: BTreeMap<BatchId, BatchFacts>,
    pub pending: BTreeMap<BatchId, Vec<Pending>>,
    /// Calls in progress.
    pub live: BTreeMap<AttemptId, Attempt>,
    /// Every call that was placed.
    pub calls: Vec<Call>,
    pub settled: Vec<Settlement>,
    pub released: usize,
    /// Probes of trunks, which a test answers.
    pub probes: Vec<(TrunkId, Timestamp)>,
    /// Whether the INVITE of a placed attempt leaves automatically.
    pub dials: bool,
    /// Where the words of new batches' agents come from.
    pub agent: AgentKind,
    pub claims: Vec<Claim>,
    pub advances: Vec<(BatchId, Advance)>,
    /// The last wake-up.
    pub wake: (Option<Timestamp>, WakeReason),
    attempts: i64,
    recipients: i64,
}

impl World {
    /// A workspace with a trunk. Only a test sets limits.
    pub fn new() -> World {
        let mut world = World {
            dispatcher: Dispatcher::new(),
            now: NOON,
            facts: BTreeMap::new(),
            pending: BTreeMap::new(),
            live: BTreeMap::new(),
            calls: Vec::new(),
            settled: Vec::new(),
            released: 0,
            probes: Vec::new(),
            dials: true,
            agent: AgentKind::BuiltIn,
            claims: Vec::new(),
            advances: Vec::new(),
            wake: (None, WakeReason::Idle),
            attempts: 0,
            recipients: 0,
        };
        world.tell(Input::Workspace { id: WORKSPACE, max_concurrent_calls: 1000 });
        world.trunk(1000, 1000.0);
        world
    }

    pub fn trunk(&mut self, max_calls: u32, max_cps: f64) {
        self.tell(Input::Trunk { id: TRUNK, max_calls, max_cps });
    }

    /// Adds a running batch with this many first attempts.
    pub fn batch(&mut self, id: i64, people: usize, settings: BatchSettings) -> BatchId {
        self.batch_in(id, people, settings, "")
    }

    pub fn batch_in(
        &mut self,
        id: i64,
        people: usize,
        settings: BatchSettings,
        zones: &str,
    ) -> BatchId {
        let state = match settings.starts_at {
            Some(at) if at > self.now => BatchState::Scheduled,
            _ => BatchState::Running,
        };
        let facts = BatchFacts {
            id: BatchId(id),
            version: 0,
            workspace: WORKSPACE,
            trunk: Some(TRUNK),
            agent: self.agent,
            state,
            settings,
        };
        let lane = LaneKey { zones: ZoneSet::from_joined(zones), retry: false };
        self.load(facts, (0..people).map(|_| lane.clone()).collect())
    }

    pub fn load(&mut self, facts: BatchFacts, people: Vec<LaneKey>) -> BatchId {
        let id = facts.id;
        for lane in people {
            self.recipients += 1;
            // All recipients have been due since the import.
            let due_at = Timestamp(1);
            let id = RecipientId(self.recipients);
            let pending = Pending { id, lane, due_at, charged: 0, uncharged: 0 };
            self.pending.entry(facts.id).or_default().push(pending);
        }
        self.facts.insert(id, facts.clone());
        let lanes = self.lanes(id);
        self.tell(Input::BatchLoaded { facts, lanes, open: Vec::new() });
        id
    }

    pub fn lanes(&self, batch: BatchId) -> Vec<Lane> {
        let mut lanes: BTreeMap<LaneKey, Due> = BTreeMap::new();
        for pending in self.pending.get(&batch).into_iter().flatten() {
            let due = Due::from(pending.due_at);
            let next = lanes.entry(pending.lane.clone()).or_insert(due);
            *next = due.min(*next);
        }
        lanes.into_iter().map(|(key, next_due)| Lane { key, next_due }).collect()
    }

    /// Changes a batch as the store would, and tells the dispatcher.
    pub fn change(&mut self, batch: BatchId, change: impl FnOnce(&mut BatchFacts)) {
        let facts = self.facts.get_mut(&batch).unwrap();
        change(facts);
        let facts = facts.clone();
        if facts.state == BatchState::Cancelled {
            self.pending.remove(&batch);
        }
        self.tell(Input::BatchChanged(facts));
    }

    pub fn set_state(&mut self, batch: BatchId, state: BatchState) {
        self.change(batch, |facts| facts.state = state);
    }

    /// Passes an input to the dispatcher and carries out the outputs.
    pub fn tell(&mut self, input: Input) {
        self.dispatcher.handle(input, self.now);
        self.drain();
    }

    pub fn drain(&mut self) {
        for _ in 0..100_000 {
            match self.dispatcher.poll(self.now) {
                Output::Claim(claim) => self.claim(claim),
                Output::Place(attempt) => self.place(attempt),
                Output::Release { attempt, not_before } => self.release(attempt, not_before),
                Output::Settle(settlement) => self.settle(settlement),
                Output::Probe(trunk) => self.probes.push((trunk, self.now)),
                Output::Advance { batch, advance } => self.advance(batch, advance),
                Output::Wake { at, reason } => {
                    assert!(at.is_none_or(|at| at > self.now), "asked to be woken in the past");
                    self.wake = (at, reason);
                    return;
                }
            }
        }
        panic!("the dispatcher never comes to rest");
    }

    fn claim(&mut self, claim: Claim) {
        self.claims.push(claim.clone());
        assert!(claim.limit > 0);
        let runs = self.facts[&claim.batch].state == BatchState::Running;
        let pending = self.pending.entry(claim.batch).or_default();
        pending.sort_by_key(|pending| (pending.due_at, pending.id));
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for person in pending.drain(..) {
            let due = person.lane == claim.lane && person.due_at <= claim.due_by;
            if runs && due && taken.len() < claim.limit as usize {
                taken.push(person);
            } else {
                left.push(person);
            }
        }
        *pending = left;
        let of_lane = pending.iter().filter(|person| person.lane == claim.lane);
        let next_due = of_lane.map(|person| person.due_at.into()).min();
        let attempts = taken.into_iter().map(|person| self.attempt(claim.batch, person)).collect();
        let (batch, lane) = (claim.batch, claim.lane);
        self.dispatcher.handle(Input::Claimed { batch, lane, attempts, next_due }, self.now);
    }

    pub fn attempt(&mut self, batch: BatchId, person: Pending) -> Attempt {
        self.attempts += 1;
        let facts = &self.facts[&batch];
        Attempt {
            id: AttemptId(self.attempts),
            recipient: person.id,
            batch,
            workspace: facts.workspace,
            trunk: facts.trunk.unwrap_or(TRUNK),
            number: E164::from_digits(14_155_550_000 + person.id.0 as u64),
            number_in_row: person.charged + person.uncharged + 1,
            charged_before: person.charged,
            uncharged_before: person.uncharged,
            lane: person.lane,
            call_id: format!("{}@test", self.attempts),
        }
    }

    fn place(&mut self, attempt: Attempt) {
        let id = attempt.id;
        self.calls.push(Call { attempt: attempt.clone(), at: self.now });
        assert!(self.live.insert(id, attempt).is_none(), "{id} was placed twice");
        if self.dials {
            self.dispatcher.handle(Input::Dialed { attempt: id, at: self.now }, self.now);
        }
    }

    fn release(&mut self, attempt: Attempt, not_before: Option<Timestamp>) {
        self.released += 1;
        self.live.remove(&attempt.id);
        let over = self.facts[&attempt.batch].state.is_final();
        let due_at = (!over).then_some(not_before.unwrap_or(self.now));
        if let Some(due_at) = due_at {
            self.repend(&attempt, attempt.lane.clone(), due_at);
        }
        self.dispatcher.handle(Input::Released { attempt: attempt.id, due_at }, self.now);
    }

    fn repend(&mut self, attempt: &Attempt, lane: LaneKey, due_at: Timestamp) {
        self.pending.entry(attempt.batch).or_default().push(Pending {
            id: attempt.recipient,
            lane,
            due_at,
            charged: attempt.charged_before,
            uncharged: attempt.uncharged_before,
        });
    }

    fn settle(&mut self, settlement: Settlement) {
        let mut attempt = self.live.remove(&settlement.attempt).unwrap();
        if settlement.charged {
            attempt.charged_before += 1;
        } else if !settlement.excused {
            attempt.uncharged_before += 1;
        }
        let over = self.facts[&attempt.batch].state == BatchState::Cancelled;
        if let Next::Retry { at, .. } = settlement.next
            && !over
        {
            let lane = LaneKey { retry: true, ..attempt.lane.clone() };
            self.repend(&attempt, lane, at);
        }
        let id = settlement.attempt;
        self.settled.push(settlement);
        self.dispatcher.handle(Input::Settled { attempt: id }, self.now);
    }

    fn advance(&mut self, batch: BatchId, advance: Advance) {
        self.advances.push((batch, advance));
        let facts = self.facts.get_mut(&batch).unwrap();
        facts.state = match advance {
            Advance::Begin => BatchState::Running,
            Advance::Complete => BatchState::Completed,
            Advance::End => BatchState::Cancelled,
        };
        if facts.state == BatchState::Cancelled {
            self.pending.remove(&batch);
        }
        let facts = facts.clone();
        self.dispatcher.handle(Input::BatchChanged(facts), self.now);
    }

    /// Ends a call in progress.
    pub fn end(&mut self, id: AttemptId, ending: Ending) {
        self.tell(Input::Ended { attempt: id, ending });
    }

    /// Ends every call in progress.
    pub fn end_all(&mut self, outcome: Outcome) {
        for id in self.live.keys().copied().collect::<Vec<_>>() {
            self.end(id, ending(outcome, self.now));
        }
    }

    /// Lets time pass, waking the dispatcher exactly when it asks.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.wake.0.filter(|&at| at <= until) {
            self.now = at;
            self.drain();
        }
        self.now = until;
    }

    /// The number of calls of a batch in progress.
    pub fn on_line(&self, batch: BatchId) -> usize {
        self.live.values().filter(|attempt| attempt.batch == batch).count()
    }

    /// Why a batch is not dialing.
    pub fn blocker(&self, batch: BatchId) -> Option<crate::blocker::Blocked> {
        self.dispatcher.blocker(batch, self.now)
    }
}

/// A typical ending with this outcome.
pub fn ending(outcome: Outcome, at: Timestamp) -> Ending {
    let end_reason = match outcome {
        Outcome::Completed => EndReason::UserDisconnected,
        Outcome::NoAnswer => EndReason::UserDidNotPickUp,
        Outcome::Voicemail => EndReason::VoicemailDetected,
        Outcome::Busy => EndReason::UserBusy,
        Outcome::Failed => EndReason::NetworkFailure,
        Outcome::RejectedByRoute => EndReason::DestinationForbidden,
        Outcome::Interrupted => EndReason::EngineInterrupted,
    };
    Ending {
        outcome,
        end_reason,
        permanent: false,
        retry_after: None,
        ended_at: at,
        evidence: Evidence::default(),
    }
}

/// The refusal of a call by a full trunk.
pub fn congestion(retry_after: Option<Duration>, at: Timestamp) -> Ending {
    let end_reason = EndReason::TrunkCongested;
    Ending { end_reason, retry_after, ..ending(Outcome::Failed, at) }
}
