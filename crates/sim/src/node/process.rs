//! What a running process holds in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use campanile_rules::{
    attempt::Attempt,
    ids::{AttemptId, TrunkId},
    node::Ticket,
    time::Timestamp,
};

use super::calls::Call;
use crate::{
    env::Env,
    machine::Machine,
    store::{Controlled, Op},
};

/// What a ticket stands for.
#[derive(Debug, Clone, Copy)]
pub enum Waits {
    /// A control of a batch.
    Control(Controlled),
    /// The process ends, and dials nobody any more.
    Stopped,
    /// The process ends, and has no call left.
    Drained,
}

/// A process: the `Node` of the rules, and its calls on the wire.
pub struct Process {
    pub(super) machine: Machine,
    pub(super) leads: bool,
    pub(super) lease_until: Timestamp,
    /// Attempts whose call is prepared and whose INVITE has not left.
    pub(super) prepared: BTreeMap<AttemptId, Attempt>,
    pub(super) calls: BTreeMap<AttemptId, Call>,
    pub(super) hanging_up: BTreeMap<String, Attempt>,
    /// Trunks that are being probed, and the number of the probe.
    pub(super) asked: BTreeMap<TrunkId, u64>,
    pub(super) questions: u64,
    /// Trunks that did not answer the last probe.
    pub(super) out: BTreeSet<TrunkId>,
    /// What is answered when it holds on the wire.
    pub(super) tickets: BTreeMap<Ticket, Waits>,
    /// Whether it was told to end.
    pub(super) ends: bool,
    /// Controls that wait for an earlier one, by a planted bug.
    pub(super) held_up: VecDeque<Op>,
    /// Controls that are not answered yet.
    pub(super) controls: u32,
    issued: u64,
    pub(super) wakes: u64,
    /// The wall clock minus the true time, as last seen.
    pub(super) offset_us: i64,
}

impl Process {
    /// Creates a process.
    pub fn new(env: &Env) -> Process {
        Process {
            machine: Machine::new(env.faults.lease, env.bug),
            leads: false,
            lease_until: Timestamp(i64::MIN),
            prepared: BTreeMap::new(),
            calls: BTreeMap::new(),
            hanging_up: BTreeMap::new(),
            asked: BTreeMap::new(),
            questions: 0,
            out: BTreeSet::new(),
            tickets: BTreeMap::new(),
            ends: false,
            held_up: VecDeque::new(),
            controls: 0,
            issued: 0,
            wakes: 0,
            offset_us: env.offset_us,
        }
    }

    /// A ticket.
    pub fn ticket(&mut self, waits: Waits) -> Ticket {
        self.issued += 1;
        self.tickets.insert(Ticket(self.issued), waits);
        Ticket(self.issued)
    }
}
