//! The only loop: it feeds the node events and the time, and carries out the node's outputs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use campanile_metrics::{METRICS, labels::Wakeup};
use campanile_rules::{
    attempt::Attempt,
    batch::BatchState,
    dispatcher,
    ids::{AttemptId, BatchId},
    node::{self, Answer, Input, LoadedTrunk, Node, Output, Ticket, TrunkLimits, Verb},
    time::Timestamp,
    trunk::Trunk,
};
use campanile_store::{CallLog, Changes, OpenAttempt, Snapshot, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    call,
    clock::Watch,
    message::{Message, RowOfCall},
    outages::{Line, Outages},
    recovery, trunks, verbs,
    world::World,
};

/// The loop reads the clock at least this often, because the clock may have been set during a long
/// sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// A prepared call: the identity of its dialog, and the sender that lets its INVITE leave.
struct Ready {
    dialog: String,
    go: oneshot::Sender<()>,
}

/// The state of the loop: the node, and what its outputs need that the node does not know.
pub(crate) struct Driver {
    node: Node,
    watch: Watch,
    world: Arc<World>,
    inbox: mpsc::UnboundedReceiver<Message>,
    /// Answered when the node leads.
    begun: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// Whether the engine failed to start.
    is_over: bool,
    /// What the calls of claimed attempts need.
    rows: HashMap<AttemptId, RowOfCall>,
    ready: HashMap<AttemptId, Ready>,
    /// What is kept of calls that are over but not settled yet.
    logs: HashMap<AttemptId, CallLog>,
    /// Calls that an earlier process left.
    inherited: HashMap<AttemptId, OpenAttempt>,
    tickets: HashMap<Ticket, oneshot::Sender<()>>,
    issued: u64,
    /// The outages that the log knows, and whether an outage may have changed.
    outages: Outages,
    look_at_outages: bool,
}

impl Driver {
    pub fn new(
        world: Arc<World>,
        inbox: mpsc::UnboundedReceiver<Message>,
        begun: oneshot::Sender<Result<(), StoreError>>,
    ) -> Driver {
        Driver {
            node: Node::new(None),
            watch: Watch::new(world.sip.clock().clone()),
            world,
            inbox,
            begun: Some(begun),
            is_over: false,
            rows: HashMap::new(),
            ready: HashMap::new(),
            logs: HashMap::new(),
            inherited: HashMap::new(),
            tickets: HashMap::new(),
            issued: 0,
            outages: Outages::default(),
            look_at_outages: false,
        }
    }

    /// Runs until every handle on the engine is gone, or until the engine fails to start.
    pub async fn run(mut self) {
        self.feed(Input::Begin);
        let mut wake_at = self.drain();
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
            if self.is_over {
                return;
            }
            wake_at = self.drain();
            if self.look_at_outages || self.outages.any() {
                self.tell_outages();
            }
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Input(input) => self.feed(input),
            Message::Failed { verb, error } => self.failed(verb, error),
            Message::Unsettled { settlement, log, failure } => {
                self.logs.insert(settlement.attempt, log);
                self.feed(Input::Unsettled { settlement, failure });
            }
            Message::Loaded(snapshot) => self.take_up(snapshot),
            Message::Changes(changes) => self.heard(changes),
            Message::Claimed { answer, rows } => {
                self.rows.extend(rows);
                self.feed(Input::Answered(answer));
            }
            Message::Prepared { attempt, dialog, go } => {
                self.ready.insert(attempt, Ready { dialog, go });
                self.feed(Input::Prepared(attempt));
            }
            Message::CallOver { attempt, ending, log } => {
                self.logs.insert(attempt, log);
                self.feed(Input::Dispatch(dispatcher::Input::Ended { attempt, ending }));
            }
            Message::Await { version, batch, holds } => {
                let ticket = self.ticket(holds);
                self.feed(Input::Await { version, batch, ticket });
            }
            Message::Blocker { batch, recipient, answer } => {
                let now = self.now();
                let rules = self.node.dispatcher();
                let _ = answer.send(match recipient {
                    Some((lane, due)) => rules.recipient_blocker(batch, &lane, due, now),
                    None => rules.blocker(batch, now),
                });
            }
            Message::TrunkLoad { trunk, of, answer } => {
                let now = self.now();
                let rules = self.node.dispatcher();
                let (calls, backing_off) = rules.trunk_load(trunk, of, now);
                let _ = answer.send((calls, backing_off, rules.trunk_outage(trunk)));
            }
            Message::Load { answer } => {
                let now = self.now();
                let rules = self.node.dispatcher();
                let _ = answer.send((rules.trunks(now).collect(), rules.blockers(now).collect()));
            }
            Message::Stop { stopped } => {
                let ticket = self.ticket(stopped);
                self.feed(Input::Stop { ticket });
            }
            Message::Drain { drained } => {
                let ticket = self.ticket(drained);
                self.feed(Input::Drain { ticket });
            }
        }
    }

    fn feed(&mut self, input: Input) {
        match &input {
            Input::Answered(Answer::Advanced(facts)) => {
                self.forget_if_final(facts.id, facts.state);
            }
            Input::Answered(Answer::Released(attempt, _)) => {
                self.rows.remove(attempt);
            }
            Input::Dispatch(
                dispatcher::Input::Undialed { .. } | dispatcher::Input::Probed { .. },
            ) => self.look_at_outages = true,
            _ => {}
        }
        let now = self.now();
        self.node.handle(input, now);
    }

    fn failed(&mut self, verb: Verb, error: StoreError) {
        let failure = verbs::verb_failure(&verb, &error);
        // An engine that fails to start says so, and its caller decides what to do.
        if let Some(begun) = self.begun.take() {
            let _ = begun.send(Err(error));
            self.is_over = true;
        } else {
            self.feed(Input::Failed { verb, failure });
        }
    }

    fn ticket(&mut self, holds: oneshot::Sender<()>) -> Ticket {
        self.issued += 1;
        self.tickets.insert(Ticket(self.issued), holds);
        Ticket(self.issued)
    }

    fn forget_if_final(&self, batch: BatchId, state: BatchState) {
        if state.is_final() {
            self.world.forget(batch);
        }
    }

    /// Hands everything that is stored to the node, and the settings of every trunk to the world.
    fn take_up(&mut self, snapshot: Snapshot) {
        let Snapshot { version, limits, workspaces, trunks, last_dialed_at, batches } = snapshot;
        let trunks = trunks.into_iter().map(|(id, trunk)| {
            let (max_calls, max_cps) = (trunk.max_calls, trunk.max_cps);
            self.world.set_trunk(id, trunk);
            LoadedTrunk { id, max_calls, max_cps, last_dialed_at }
        });
        let trunks = trunks.collect();
        let open = batches.iter().flat_map(|batch| &batch.open);
        self.inherited = open.map(|open| (open.attempt.id, open.clone())).collect();
        let batches = batches.into_iter().map(verbs::batch).collect();
        let snapshot = node::Snapshot { version, limits, workspaces, trunks, batches };
        self.feed(Input::Answered(Answer::Loaded(snapshot)));
        self.world.note_version(self.node.version());
    }

    /// Hands changes to the node, and to the world what calls need of them.
    fn heard(&mut self, changes: Changes) {
        let Changes { version, workspaces, trunks, batches, limits } = changes;
        for batch in &batches {
            self.world.outdate_brief(batch.facts.id, batch.facts.version, batch.facts.state);
        }
        let trunks = trunks.into_iter().map(|(id, trunk)| {
            let limits = trunk.as_ref().map(trunk_limits);
            match trunk {
                Some(trunk) => self.world.set_trunk(id, trunk),
                None => self.world.remove_trunk(id),
            }
            (id, limits)
        });
        let trunks = trunks.collect();
        let changes = node::Changes { version, workspaces, trunks, batches, limits };
        self.feed(Input::Answered(Answer::Changes(changes)));
        self.world.note_version(self.node.version());
    }

    /// Logs which outages began, last or ended.
    fn tell_outages(&mut self) {
        self.look_at_outages = false;
        let now = self.now();
        let lines = self.outages.look(self.node.dispatcher().outages().collect(), now);
        lines.iter().for_each(Line::write);
    }

    /// The time. If the clock was set, the node is told first.
    fn now(&mut self) -> Timestamp {
        let (now, set_by) = self.watch.look();
        if let Some(by_us) = set_by {
            tracing::warn!(
                by_ms = by_us / 1_000,
                "somebody set the clock; retries wait as long as before"
            );
            self.node.handle(Input::ClockSet { by_us }, now);
        }
        now
    }

    /// Carries out all outputs of the node. Returns when the node wants to be polled again.
    fn drain(&mut self) -> Option<Timestamp> {
        loop {
            let now = self.now();
            match self.node.poll(now) {
                Output::Ask(verb) => {
                    tokio::spawn(verbs::carry_out(self.world.clone(), verb));
                }
                Output::Mark(attempt) => self.mark(attempt),
                Output::Settle(settlement) => {
                    let log = self.logs.remove(&settlement.attempt).unwrap_or_default();
                    tokio::spawn(verbs::settle(self.world.clone(), settlement, log));
                }
                Output::Leads => {
                    if let Some(begun) = self.begun.take() {
                        let _ = begun.send(Ok(()));
                    }
                }
                // This process holds the lock of the data directory for as long as it lives.
                Output::StepDown => tracing::error!("another process leads; nobody is dialed"),
                Output::Prepare(attempt) => self.prepare(attempt),
                Output::Invite(attempt) => {
                    if let Some(ready) = self.ready.remove(&attempt) {
                        let _ = ready.go.send(());
                    }
                }
                Output::Withdraw(attempt) => {
                    self.ready.remove(&attempt);
                }
                Output::HangUp(attempt) => {
                    if let Some(open) = self.inherited.remove(&attempt.id) {
                        tokio::spawn(recovery::end_inherited(self.world.clone(), open));
                    }
                }
                Output::Probe(trunk) => {
                    tokio::spawn(trunks::probe(self.world.clone(), trunk));
                }
                Output::Holds(ticket) => {
                    if let Some(holds) = self.tickets.remove(&ticket) {
                        let _ = holds.send(());
                    }
                }
                Output::Lost(ticket) => {
                    self.tickets.remove(&ticket);
                }
                Output::Wake { at, reason } => {
                    tracing::trace!(?at, ?reason, "nothing to do");
                    return at;
                }
            }
        }
    }

    fn mark(&mut self, attempt: AttemptId) {
        let ready = self.ready.get_mut(&attempt);
        let dialog = ready.map(|ready| std::mem::take(&mut ready.dialog));
        tokio::spawn(verbs::mark(self.world.clone(), attempt, dialog.unwrap_or_default()));
    }

    fn prepare(&mut self, attempt: Attempt) {
        let row = self.rows.remove(&attempt.id).unwrap_or_default();
        tokio::spawn(call::run(self.world.clone(), attempt, row));
    }
}

fn trunk_limits(trunk: &Trunk) -> TrunkLimits {
    TrunkLimits { max_calls: trunk.max_calls, max_cps: trunk.max_cps }
}

/// How long to sleep.
fn until(at: Option<Timestamp>, now: Timestamp) -> Duration {
    at.map_or(LONGEST_SLEEP, |at| at.since(now).min(LONGEST_SLEEP))
}
