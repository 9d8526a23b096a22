//! The only loop: owns the dispatcher, feeds it what happened and the time, carries out what it
//! answers.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use campanile_rules::{
    attempt::Attempt,
    batch::BatchState,
    dispatcher::{Dispatcher, Input, Output},
    ids::{AttemptId, BatchId},
    time::Timestamp,
};
use campanile_store::{CallLog, LoadedBatch};
use tokio::sync::{Mutex, mpsc, oneshot};

use campanile_metrics::{METRICS, labels::Wakeup};

use crate::{
    books, call,
    clock::Watch,
    message::{Message, Taken},
    outages::{Line, Outages},
    trunks,
    world::World,
};

/// However far the next wake-up is, the clock is looked at again after this long, because it may
/// have been set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

struct Undialed {
    batch: BatchId,
    /// Whether a call task owns it, so that its INVITE may leave at any moment.
    placed: bool,
}

/// The state of the loop.
pub(crate) struct Driver {
    dispatcher: Dispatcher,
    watch: Watch,
    world: Arc<World>,
    inbox: mpsc::UnboundedReceiver<Message>,
    /// Held while a batch's stored state changes and the dispatcher is told, so that it hears
    /// changes in the order in which they were stored.
    changes: Arc<Mutex<()>>,
    known: HashSet<BatchId>,
    /// What is known of claimed attempts that are not placed yet.
    taken: HashMap<AttemptId, Taken>,
    /// What is kept of calls that are over and not settled yet.
    logs: HashMap<AttemptId, CallLog>,
    /// Attempts between their claim and their INVITE.
    undialed: HashMap<AttemptId, Undialed>,
    /// Claims that the store has not answered, by batch.
    claiming: HashMap<BatchId, u32>,
    /// Attempts that a call task or a recovery owns, or whose settlement is not stored yet.
    open: HashSet<AttemptId>,
    /// What the log knows of outages, and whether there may be news of one.
    outages: Outages,
    look_at_outages: bool,
    /// Whether no call is placed any more.
    holding: bool,
    waiting_quiet: Vec<(Option<BatchId>, oneshot::Sender<()>)>,
    waiting_drained: Vec<oneshot::Sender<()>>,
}

impl Driver {
    pub fn new(
        world: Arc<World>,
        inbox: mpsc::UnboundedReceiver<Message>,
        changes: Arc<Mutex<()>>,
    ) -> Driver {
        Driver {
            dispatcher: Dispatcher::new(),
            watch: Watch::new(world.sip.clock().clone()),
            world,
            inbox,
            changes,
            known: HashSet::new(),
            taken: HashMap::new(),
            logs: HashMap::new(),
            undialed: HashMap::new(),
            claiming: HashMap::new(),
            open: HashSet::new(),
            outages: Outages::default(),
            look_at_outages: false,
            holding: false,
            waiting_quiet: Vec::new(),
            waiting_drained: Vec::new(),
        }
    }

    /// Runs until every handle on the engine is gone.
    pub async fn run(mut self) {
        let mut wake_at = None;
        loop {
            let message = tokio::select! {
                biased;
                message = self.inbox.recv() => match message {
                    Some(message) => Some(message),
                    None => return,
                },
                () = tokio::time::sleep(until(wake_at, self.world.now())) => None,
            };
            let cause = if message.is_some() { Wakeup::Message } else { Wakeup::Clock };
            METRICS.wakeups.of(cause).inc();
            if let Some(message) = message {
                self.receive(message);
                while let Ok(message) = self.inbox.try_recv() {
                    self.receive(message);
                }
            }
            wake_at = self.drain();
            if self.look_at_outages || self.outages.any() {
                self.tell_outages();
            }
            if self.holding {
                self.give_back();
            }
            self.answer_waiting();
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Input(input) => self.hear(input),
            Message::CallOver { attempt, ending, log } => {
                self.logs.insert(attempt, log);
                self.hear(Input::Ended { attempt, ending });
            }
            Message::Claimed { input, taken } => {
                self.taken.extend(taken);
                self.hear(input);
            }
            Message::Refresh { loaded, held } => {
                let (batch, state) = (loaded.facts.id, loaded.facts.state);
                self.refresh(*loaded);
                if matches!(state, BatchState::Running | BatchState::Scheduled) {
                    let _ = held.send(());
                } else {
                    self.waiting_quiet.push((Some(batch), held));
                }
            }
            Message::Blocker { batch, recipient, answer } => {
                let now = self.now();
                let rules = &self.dispatcher;
                let _ = answer.send(match recipient {
                    Some((lane, due_at)) => rules.recipient_blocker(batch, &lane, due_at, now),
                    None => rules.blocker(batch, now),
                });
            }
            Message::TrunkLoad { trunk, of, answer } => {
                let now = self.now();
                let (calls, backing_off) = self.dispatcher.trunk_load(trunk, of, now);
                let outage = self.dispatcher.trunk_outage(trunk);
                let _ = answer.send((calls, backing_off, outage));
            }
            Message::Load { answer } => {
                let now = self.now();
                let (trunks, blockers) =
                    (self.dispatcher.trunks(now), self.dispatcher.blockers(now));
                let _ = answer.send((trunks.collect(), blockers.collect()));
            }
            Message::Hold { held } => {
                self.hear(Input::Lease { until: Timestamp(i64::MIN) });
                self.holding = true;
                self.waiting_quiet.push((None, held));
            }
            Message::Drain { drained } => self.waiting_drained.push(drained),
        }
    }

    fn refresh(&mut self, loaded: LoadedBatch) {
        if self.known.insert(loaded.facts.id) {
            let open: Vec<Attempt> = loaded.open.into_iter().map(|open| open.attempt).collect();
            self.open.extend(open.iter().map(|attempt| attempt.id));
            self.hear(Input::BatchLoaded { facts: loaded.facts, lanes: loaded.lanes, open });
        } else {
            self.hear(Input::BatchChanged(loaded.facts));
        }
    }

    fn hear(&mut self, input: Input) {
        match &input {
            Input::Dialed { attempt, .. } | Input::Ended { attempt, .. } => {
                self.undialed.remove(attempt);
            }
            Input::Released { attempt, .. } => {
                self.undialed.remove(attempt);
                self.open.remove(attempt);
                self.taken.remove(attempt);
            }
            Input::Settled { attempt } => {
                self.open.remove(attempt);
            }
            Input::Claimed { batch, attempts, .. } => {
                self.claim_answered(*batch);
                self.open.extend(attempts.iter().map(|attempt| attempt.id));
                let undialed = |a: &Attempt| (a.id, Undialed { batch: a.batch, placed: false });
                self.undialed.extend(attempts.iter().map(undialed));
            }
            Input::ClaimFailed { batch, .. } => self.claim_answered(*batch),
            Input::Undialed { .. } | Input::Probed { .. } => self.look_at_outages = true,
            Input::BatchChanged(facts) if facts.state.is_final() => self.world.forget(facts.id),
            Input::BatchChanged(_)
            | Input::Workspace { .. }
            | Input::Trunk { .. }
            | Input::TrunkDialed { .. }
            | Input::BatchLoaded { .. }
            | Input::Silent { .. }
            | Input::TrunkAnswered { .. }
            | Input::ClockSet { .. }
            | Input::DueMoved
            | Input::LimitsChanged
            | Input::Store { .. }
            | Input::Lease { .. } => {}
        }
        let now = self.now();
        self.dispatcher.handle(input, now);
    }

    /// Says in the log which outages began, go on or are over.
    fn tell_outages(&mut self) {
        self.look_at_outages = false;
        let now = self.now();
        let lines = self.outages.look(self.dispatcher.outages().collect(), now);
        lines.iter().for_each(Line::write);
    }

    /// The time. When somebody set the clock, the rules and the store hear of it first.
    fn now(&mut self) -> Timestamp {
        let (now, set_by) = self.watch.look();
        if let Some(by_us) = set_by {
            tracing::warn!(
                by_ms = by_us / 1_000,
                "somebody set the clock; retries wait as long as before"
            );
            self.dispatcher.handle(Input::ClockSet { by_us }, now);
            tokio::spawn(books::move_due(self.world.clone(), by_us));
        }
        now
    }

    fn claim_answered(&mut self, batch: BatchId) {
        if let Some(claims) = self.claiming.get_mut(&batch) {
            *claims -= 1;
            if *claims == 0 {
                self.claiming.remove(&batch);
            }
        }
    }

    /// Carries out everything the dispatcher wants, and returns when it wants to be asked again.
    fn drain(&mut self) -> Option<Timestamp> {
        loop {
            let now = self.now();
            match self.dispatcher.poll(now) {
                Output::Claim(claim) => {
                    *self.claiming.entry(claim.batch).or_default() += 1;
                    tokio::spawn(books::claim(self.world.clone(), claim));
                }
                Output::Place(attempt) => self.place(attempt),
                Output::Release { attempt, not_before } => {
                    tokio::spawn(books::release(self.world.clone(), attempt.id, not_before));
                }
                Output::Settle(settlement) => {
                    let log = self.logs.remove(&settlement.attempt).unwrap_or_default();
                    tokio::spawn(books::settle(self.world.clone(), settlement, log));
                }
                Output::Probe(id) => {
                    tokio::spawn(trunks::probe(self.world.clone(), id));
                }
                Output::Advance { batch, advance } => {
                    let changes = self.changes.clone();
                    tokio::spawn(books::advance(self.world.clone(), changes, batch, advance));
                }
                Output::Wake { at, reason } => {
                    tracing::trace!(?at, ?reason, "nothing to do");
                    return at;
                }
            }
        }
    }

    fn place(&mut self, attempt: Attempt) {
        let taken = self.taken.remove(&attempt.id).unwrap_or_default();
        self.undialed.insert(attempt.id, Undialed { batch: attempt.batch, placed: true });
        tokio::spawn(call::run(self.world.clone(), attempt, taken));
    }

    /// The dispatcher is silent for good: those who were claimed and not placed are given back
    /// here, or nobody could wait until no call is open.
    fn give_back(&mut self) {
        let waiting = self.undialed.extract_if(|_, undialed| !undialed.placed);
        for (attempt, _) in waiting {
            tokio::spawn(books::release(self.world.clone(), attempt, None));
        }
    }

    fn answer_waiting(&mut self) {
        let (undialed, claiming) = (&self.undialed, &self.claiming);
        let still = |batch: &Option<BatchId>| match batch {
            Some(batch) => {
                claiming.contains_key(batch) || undialed.values().any(|u| u.batch == *batch)
            }
            None => undialed.values().any(|u| u.placed),
        };
        let (waiting, quiet): (Vec<_>, Vec<_>) =
            self.waiting_quiet.drain(..).partition(|(batch, _)| still(batch));
        self.waiting_quiet = waiting;
        for (_, held) in quiet {
            let _ = held.send(());
        }
        if self.open.is_empty() && self.claiming.is_empty() {
            for drained in self.waiting_drained.drain(..) {
                let _ = drained.send(());
            }
        }
    }
}

/// How long to sleep.
fn until(at: Option<Timestamp>, now: Timestamp) -> Duration {
    at.map_or(LONGEST_SLEEP, |at| at.since(now).min(LONGEST_SLEEP))
}
