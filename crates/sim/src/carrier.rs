//! The callee side: phones that ring, and the call records that every checker takes as the truth.

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{ids::TrunkId, phone::E164, time::Timestamp};

use crate::{
    env::{Env, Event, Life, Parties},
    plan::{Behaviour, Person, TrunkPlan},
};

/// A request of a caller.
#[derive(Debug, Clone)]
pub enum Request {
    /// A call.
    Invite {
        /// The Call-ID.
        call_id: String,
        /// The parties of the call.
        parties: Parties,
    },
    /// CANCEL: stop ringing.
    Cancel(String),
    /// BYE: end the call.
    Bye(String),
    /// OPTIONS: asks whether this trunk answers.
    Options(TrunkId),
    /// A request of a later process to end whatever is left of this call.
    HangUp(String),
}

/// A message to a caller.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The Call-ID.
    pub call_id: String,
    /// The content.
    pub kind: SignalKind,
}

/// What the carrier says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalKind {
    /// 180 Ringing.
    Ringing,
    /// 200 to the INVITE: a person or voicemail answered.
    Answered {
        /// Whether it is voicemail.
        machine: bool,
    },
    /// A failure: the status code, and the Retry-After if there is one.
    Final(u16, Option<Duration>),
    /// The callee hung up.
    Bye,
    /// The caller's BYE is answered.
    ByeDone,
    /// No state of the call is left.
    Gone,
    /// The trunk answers.
    Pong(TrunkId),
}

/// The next step that a phone takes by itself.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Sends 180 Ringing.
    Ring,
    /// Answers.
    Answer {
        /// Whether it is voicemail.
        machine: bool,
    },
    /// Fails with this status code and Retry-After.
    Fail(u16, Option<Duration>),
    /// Hangs up.
    HangUp,
}

/// The record of one INVITE transaction and its call.
#[derive(Debug, Clone)]
pub struct Record {
    /// The Call-ID that the caller chose.
    pub call_id: String,
    /// The parties of the call.
    pub parties: Parties,
    /// The node that called.
    pub node: usize,
    /// When the INVITE arrived.
    pub invited_at: Timestamp,
    /// When a person or voicemail answered.
    pub answered_at: Option<Timestamp>,
    /// Whether voicemail answered.
    pub machine: bool,
    /// Whether a later process ended the call.
    pub hung_up: bool,
    /// The final status code of the INVITE.
    pub code: Option<u16>,
    /// Whether the carrier never sent a response.
    pub mute: bool,
    /// When the call was over on the wire.
    pub ended_at: Option<Timestamp>,
    last_signal_at: Timestamp,
}

/// The telephone network.
#[derive(Debug)]
pub struct Carrier {
    /// Every call, in order of arrival.
    pub records: Vec<Record>,
    by_call_id: BTreeMap<String, usize>,
    people: BTreeMap<E164, Person>,
    trunks: Vec<TrunkPlan>,
    calls_to: BTreeMap<E164, u32>,
    /// A process that has ended together with its calls.
    ended: Option<Life>,
}

impl Carrier {
    /// Creates a network with these phones and trunks.
    pub fn new(people: BTreeMap<E164, Person>, trunks: Vec<TrunkPlan>) -> Carrier {
        Carrier {
            records: Vec::new(),
            by_call_id: BTreeMap::new(),
            people,
            trunks,
            calls_to: BTreeMap::new(),
            ended: None,
        }
    }

    /// Handles a request.
    pub fn receive(&mut self, env: &mut Env, from: Life, request: Request) {
        if self.ended == Some(from) {
            return;
        }
        match request {
            Request::Invite { call_id, parties } => self.invite(env, from.node, call_id, parties),
            Request::Cancel(call_id) => {
                let Some((index, record)) = self.find(&call_id) else { return };
                // A 200 or a failure is on its way; the caller handles the crossing.
                if record.answered_at.is_none() && record.ended_at.is_none() {
                    self.fail(env, index, 487, None);
                }
            }
            Request::Bye(call_id) => {
                let Some((index, record)) = self.find(&call_id) else { return };
                record.ended_at.get_or_insert(env.now());
                env.note("bye", index as i64, || format!("caller hangs up {call_id}"));
                self.signal(env, index, SignalKind::ByeDone);
            }
            Request::Options(trunk) => {
                if !self.is_dead(trunk, env.now()) && !self.is_deaf(trunk) {
                    let (delay, _) = env.travel();
                    let signal = Signal { call_id: String::new(), kind: SignalKind::Pong(trunk) };
                    env.later(delay, Event::Signal(from.node, signal));
                }
            }
            Request::HangUp(call_id) => self.hang_up(env, from.node, call_id),
        }
    }

    /// Notes that a process ended in order: its calls are over, and nothing more comes from it.
    pub fn ends(&mut self, life: Life, now: Timestamp) {
        self.ended = Some(life);
        for record in &mut self.records {
            record.ended_at.get_or_insert(now);
        }
    }

    /// Whether a trunk is dead at this instant.
    fn is_dead(&self, id: TrunkId, now: Timestamp) -> bool {
        let trunk = self.trunks.iter().find(|trunk| trunk.id == id);
        trunk.is_some_and(|t| t.dead.iter().any(|(from, to)| *from <= now && now < *to))
    }

    fn is_deaf(&self, id: TrunkId) -> bool {
        self.trunks.iter().any(|trunk| trunk.id == id && trunk.deaf)
    }

    fn invite(&mut self, env: &mut Env, node: usize, call_id: String, parties: Parties) {
        let now = env.now();
        let trunk = self.trunks.iter().find(|trunk| trunk.id == parties.trunk);
        if self.is_dead(parties.trunk, now) {
            return;
        }
        let refusal = trunk.and_then(|t| {
            t.congested.iter().find(|(from, to, _)| *from <= now && now < *to).map(|span| span.2)
        });
        let nth = self.calls_to.entry(parties.to).or_default();
        let person = self.people[&parties.to];
        let behaviour = person.behaviour(*nth);
        *nth += u32::from(refusal.is_none());
        let index = self.records.len();
        env.note("invited", index as i64, || {
            format!("{call_id} to +{} gets {behaviour:?}", parties.to.digits())
        });
        self.by_call_id.insert(call_id.clone(), index);
        self.records.push(Record {
            call_id,
            parties,
            node,
            invited_at: now,
            answered_at: None,
            machine: false,
            hung_up: false,
            code: None,
            mute: refusal.is_none() && behaviour == Behaviour::Mute,
            ended_at: None,
            last_signal_at: now,
        });
        let rings = person.rings;
        let ring_then = |env: &mut Env, step| {
            env.later(rings / 8, Event::Carrier(index, Step::Ring));
            env.later(rings, Event::Carrier(index, step));
        };
        if let Some(retry_after) = refusal {
            return self.fail(env, index, 503, retry_after);
        }
        match behaviour {
            Behaviour::Person => ring_then(env, Step::Answer { machine: false }),
            Behaviour::Brief => {
                ring_then(env, Step::Answer { machine: false });
                env.later(rings, Event::Carrier(index, Step::HangUp));
            }
            Behaviour::Voicemail => ring_then(env, Step::Answer { machine: true }),
            Behaviour::Silent => env.later(rings / 8, Event::Carrier(index, Step::Ring)),
            Behaviour::Busy => self.fail(env, index, 486, None),
            Behaviour::Declined => ring_then(env, Step::Fail(603, None)),
            Behaviour::Congested => {
                let seconds = env.rng.u64(1..6);
                self.fail(env, index, 503, Some(Duration::from_secs(seconds)));
            }
            Behaviour::Broken => self.fail(env, index, 500, None),
            Behaviour::Unknown => self.fail(env, index, 404, None),
            Behaviour::Forbidden => self.fail(env, index, 403, None),
            // The far end gives up before the caller's Timer B (RFC 3261 §17.1.1.2, 32 s).
            Behaviour::Mute => {
                env.later(Duration::from_secs(20), Event::Carrier(index, Step::Fail(408, None)));
            }
        }
    }

    /// Carries out the next step of a phone.
    pub fn step(&mut self, env: &mut Env, index: usize, step: Step) {
        let record = &mut self.records[index];
        if record.ended_at.is_some() {
            return;
        }
        match step {
            Step::Ring => self.signal(env, index, SignalKind::Ringing),
            Step::Answer { machine } => {
                record.answered_at = Some(env.now());
                record.machine = machine;
                record.code = Some(200);
                let talks = match machine {
                    true => Duration::from_secs(60),
                    false => self.people[&record.parties.to].talks,
                };
                env.note("picks up", index as i64, || format!("call {index} machine={machine}"));
                self.signal(env, index, SignalKind::Answered { machine });
                env.later(talks, Event::Carrier(index, Step::HangUp));
            }
            Step::Fail(code, retry_after) => self.fail(env, index, code, retry_after),
            Step::HangUp => {
                record.ended_at = Some(env.now());
                env.note("hangs up", index as i64, || format!("callee hangs up call {index}"));
                self.signal(env, index, SignalKind::Bye);
            }
        }
    }

    fn fail(&mut self, env: &mut Env, index: usize, code: u16, retry_after: Option<Duration>) {
        let record = &mut self.records[index];
        record.code = Some(code);
        record.ended_at = Some(env.now());
        env.note("refuses", index as i64, || format!("call {index} with {code} {retry_after:?}"));
        self.signal(env, index, SignalKind::Final(code, retry_after));
    }

    fn hang_up(&mut self, env: &mut Env, node: usize, call_id: String) {
        if let Some((index, record)) = self.find(&call_id) {
            record.hung_up |= record.ended_at.is_none();
            record.ended_at.get_or_insert(env.now());
            env.note("hung up", index as i64, || format!("a successor ends {call_id}"));
        }
        let (delay, _) = env.travel();
        env.later(delay, Event::Signal(node, Signal { call_id, kind: SignalKind::Gone }));
    }

    fn signal(&mut self, env: &mut Env, index: usize, kind: SignalKind) {
        let (delay, _) = env.travel();
        let record = &mut self.records[index];
        if record.mute {
            return;
        }
        let at = (env.now() + delay).max(record.last_signal_at + Duration::from_micros(1));
        record.last_signal_at = at;
        let signal = Signal { call_id: record.call_id.clone(), kind };
        env.queue.put(at, Event::Signal(record.node, signal));
    }

    fn find(&mut self, call_id: &str) -> Option<(usize, &mut Record)> {
        let index = *self.by_call_id.get(call_id)?;
        Some((index, &mut self.records[index]))
    }
}
