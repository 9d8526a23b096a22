//! The switchboard: it finds the call of each message and keeps timers and records. Messages and
//! the time go in; outputs come out. It opens no sockets except those for a call's sound.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rsipstack::sip::Method;

use crate::behaviour::{Behaviour, Refusal, behaviour, last_two_digits, remembers_attempts};
use crate::call::{ALLOW, Call, GONE, OK};
use crate::cdr::Ledger;
use crate::media::{MediaCommand, MediaEvent};
use crate::message::{Answer, Inbound, Inquiry, Peer, parse, request_of_branch};
use crate::voices::Voices;

/// The most calls known at once, including finished ones that may see a retransmission.
const MAX_CALLS: usize = 400_000;
/// The most numbers whose first attempt is remembered.
const MAX_NUMBERS: usize = 4_000_000;
/// How long a finished call is remembered: 64 × T1.
const LINGER_US: u64 = 32_000_000;

/// An action for the driver to carry out.
pub(crate) enum Output {
    Send(Peer, Vec<u8>),
    Media(MediaCommand),
}

/// The state that all calls share.
pub(crate) struct Desk {
    /// Our own address, as peers reach it.
    pub local: SocketAddr,
    pub time_scale: f64,
    pub record: Option<PathBuf>,
    pub seed: u64,
    pub press: Option<char>,
    /// Whether people answer questions.
    pub answers: bool,
    pub voices: Arc<Voices>,
    /// The time in µs since the epoch; it never goes back.
    pub now_us: u64,
    pub outputs: Vec<Output>,
}

impl Desk {
    pub fn now_s(&self) -> f64 {
        self.now_us as f64 / 1e6
    }

    /// Returns Retry-After in whole seconds. A fast sandbox may return 0, which means at once.
    pub fn retry_after_s(&self) -> u64 {
        self.time_scale.round() as u64
    }

    /// Returns a number's seed: the same in every run, in any order of calls.
    pub fn seed_of(&self, number: &str) -> u64 {
        // FNV-1a.
        number.bytes().fold(0xcbf2_9ce4_8422_2325 ^ self.seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    pub fn rng(&self, number: &str) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed_of(number))
    }

    pub fn contact(&self, peer: Peer) -> String {
        let transport = if peer.is_reliable() { ";transport=tcp" } else { "" };
        format!("Contact: <sip:sandbox@{}{transport}>\r\n", self.local)
    }

    pub fn send(&mut self, peer: Peer, message: Vec<u8>) {
        self.outputs.push(Output::Send(peer, message));
    }

    /// Sends a response without a body.
    pub fn reply(&mut self, inquiry: &Inquiry, status: (u16, &str), tag: &str) {
        let headers = if inquiry.method == Method::Options { ALLOW } else { "" };
        let answer = Answer { status, tag, headers, sdp: "" };
        self.send(inquiry.reply_to, inquiry.echo.answer(&answer));
    }
}

/// A finished call, kept small because there are tens of thousands.
struct Finished {
    tag: String,
    transaction: Arc<str>,
    was_answered: bool,
}

pub(crate) struct Exchange {
    desk: Desk,
    ledger: Ledger,
    calls: HashMap<u64, Box<Call>>,
    by_transaction: HashMap<Arc<str>, u64>,
    timers: BinaryHeap<Reverse<(u64, u64)>>,
    /// The finished calls, kept for retransmissions.
    finished: HashMap<u64, Finished>,
    /// When to forget each finished call.
    forget: VecDeque<(u64, u64)>,
    tried: HashSet<String>,
    next_id: u64,
}

impl Exchange {
    pub fn new(desk: Desk, ledger: Ledger) -> Exchange {
        Exchange {
            desk,
            ledger,
            calls: HashMap::new(),
            by_transaction: HashMap::new(),
            timers: BinaryHeap::new(),
            finished: HashMap::new(),
            forget: VecDeque::new(),
            tried: HashSet::new(),
            next_id: 1,
        }
    }

    /// Handles a datagram, or a message of a stream.
    pub fn receive(&mut self, bytes: &[u8], from: Peer, source: SocketAddr, now_us: u64) {
        self.desk.now_us = now_us;
        match parse(bytes, from, source) {
            Some(Inbound::Request(inquiry)) => self.request(&inquiry),
            Some(Inbound::Response { status, branch }) => {
                if let Some((tag, cseq)) = request_of_branch(&branch)
                    && let Some(id) = self.by_tag(tag)
                {
                    self.with(id, |call, desk| call.on_response(cseq, status, desk));
                }
            }
            None => tracing::debug!(len = bytes.len(), "not a SIP message, dropped"),
        }
    }

    /// Handles an event from a call's sound.
    pub fn media(&mut self, event: MediaEvent, now_us: u64) {
        self.desk.now_us = now_us;
        match event {
            MediaEvent::HangUp(id) => self.with(id, Call::hang_up),
            MediaEvent::Ended { id, sound } => {
                self.with(id, |call, _| call.on_media_ended(sound));
            }
        }
    }

    /// Handles everything that is due.
    pub fn tick(&mut self, now_us: u64) {
        self.desk.now_us = now_us;
        while let Some(&Reverse((at_us, id))) = self.timers.peek()
            && at_us <= now_us
        {
            self.timers.pop();
            let is_set = self.calls.get(&id).is_some_and(|c| c.timer_at_us == Some(at_us));
            if is_set {
                self.with(id, |call, desk| {
                    call.timer_at_us = None;
                    call.on_due(desk);
                });
            }
        }
        while let Some(&(at_us, id)) = self.forget.front()
            && at_us <= now_us
        {
            self.forget.pop_front();
            if let Some(call) = self.finished.remove(&id) {
                self.by_transaction.remove(&call.transaction);
            }
        }
    }

    /// Returns when `tick` must be called next.
    pub fn due_at_us(&self) -> Option<u64> {
        let timer = self.timers.peek().map(|&Reverse((at_us, _))| at_us);
        let forget = self.forget.front().map(|&(at_us, _)| at_us);
        timer.into_iter().chain(forget).min()
    }

    /// Takes the actions to carry out now.
    pub fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.desk.outputs)
    }

    /// Ends the sound of all calls; the recordings are complete when no call has `has_media`.
    pub fn stop_media(&mut self) {
        let playing = self.calls.values().filter(|call| call.has_media());
        let stops = playing.map(|call| Output::Media(MediaCommand::Stop(call.id)));
        self.desk.outputs.extend(stops);
    }

    pub fn has_media(&self) -> bool {
        self.calls.values().any(|call| call.has_media())
    }

    /// Appends the calls without a record, in the order of their arrival.
    pub fn write_live(&mut self) {
        let mut calls: Vec<Box<Call>> = self.calls.drain().map(|(_, call)| call).collect();
        calls.sort_by_key(|call| call.id);
        for record in calls.into_iter().filter_map(|call| call.into_last_record()) {
            self.ledger.append(record);
        }
    }

    fn request(&mut self, inquiry: &Inquiry) {
        if inquiry.method == Method::Bye && self.was_answered(inquiry) {
            // This BYE crossed ours, or is a retransmission.
            return self.desk.reply(inquiry, OK, "");
        }
        let dialog = inquiry.to_tag.as_deref().map(|tag| (tag, self.by_tag(tag)));
        match (inquiry.method, dialog) {
            (Method::Ack, Some((_, Some(id)))) => {
                self.with(id, |call, desk| call.on_ack(&inquiry.body, desk));
            }
            (Method::Ack, _) => {}
            (Method::Cancel, _) => self.cancel(inquiry),
            (Method::Invite, None) => self.invite(inquiry),
            (Method::Options, None) => {
                let tag = self.new_tag();
                self.desk.reply(inquiry, OK, &tag);
            }
            (Method::Invite | Method::Update, Some((_, Some(id)))) => {
                self.with(id, |call, desk| call.on_reinvite(inquiry, desk));
            }
            (Method::Bye, Some((_, Some(id)))) => {
                self.with(id, |call, desk| call.on_bye(inquiry, desk));
            }
            (Method::Refer, Some((_, Some(id)))) => {
                self.with(id, |call, desk| call.on_refer(inquiry, desk));
            }
            (Method::Options | Method::Info, Some((tag, Some(_)))) => {
                self.desk.reply(inquiry, OK, tag);
            }
            (Method::Bye | Method::Update | Method::Info | Method::Refer, None)
            | (_, Some((_, None))) => {
                let tag = self.new_tag();
                self.desk.reply(inquiry, GONE, &tag);
            }
            (_, None | Some((_, Some(_)))) => {
                let tag = self.new_tag();
                let answer = Answer {
                    status: (405, "Method Not Allowed"),
                    tag: &tag,
                    headers: ALLOW,
                    sdp: "",
                };
                self.desk.send(inquiry.reply_to, inquiry.echo.answer(&answer));
            }
        }
    }

    fn invite(&mut self, inquiry: &Inquiry) {
        if let Some(&id) = self.by_transaction.get(inquiry.transaction.as_str()) {
            return self.with(id, Call::on_invite_again);
        }
        let id = self.next_id;
        let tag = self.new_tag();
        let behaviour = self.behaviour_of(&inquiry.dialed);
        let mut call = Call::new(id, tag, inquiry, behaviour, &self.desk);
        if self.by_transaction.len() >= MAX_CALLS {
            call.refuse((503, "Service Unavailable"), "", &mut self.desk);
        } else {
            call.begin(inquiry, &mut self.desk);
        }
        self.by_transaction.insert(Arc::clone(&call.transaction), id);
        self.calls.insert(id, Box::new(call));
        self.with(id, |_, _| {});
    }

    /// Handles a CANCEL, which has the branch of its INVITE (§9.2).
    fn cancel(&mut self, inquiry: &Inquiry) {
        let id = self.by_transaction.get(inquiry.transaction.as_str()).copied();
        if let Some(finished) = id.and_then(|id| self.finished.get(&id)) {
            return self.desk.reply(inquiry, OK, &finished.tag);
        }
        match id {
            Some(id) => self.with(id, |call, desk| {
                desk.reply(inquiry, OK, &call.tag);
                call.on_cancel(desk);
            }),
            None => {
                let tag = self.new_tag();
                self.desk.reply(inquiry, GONE, &tag);
            }
        }
    }

    fn behaviour_of(&mut self, number: &str) -> Behaviour {
        let Some(ending) = last_two_digits(number) else {
            return Behaviour::Refuses(Refusal::NotFound);
        };
        let is_first = remembers_attempts(ending)
            && self.tried.len() < MAX_NUMBERS
            && self.tried.insert(number.to_owned());
        behaviour(ending, is_first)
    }

    /// Returns a tag that identifies the call and is not guessed by accident.
    fn new_tag(&mut self) -> String {
        let id = self.next_id;
        self.next_id += 1;
        format!("{id:x}-{:08x}", self.desk.seed_of(&id.to_string()) as u32)
    }

    fn by_tag(&self, tag: &str) -> Option<u64> {
        self.calls.get(&id_of_tag(tag)?).filter(|call| call.tag == tag).map(|call| call.id)
    }

    fn was_answered(&self, inquiry: &Inquiry) -> bool {
        let tag = inquiry.to_tag.as_deref().unwrap_or("");
        let finished = id_of_tag(tag).and_then(|id| self.finished.get(&id));
        finished.is_some_and(|call| call.tag == tag && call.was_answered)
    }

    /// Lets a call act, then updates its timer, its record and its place.
    fn with(&mut self, id: u64, act: impl FnOnce(&mut Call, &mut Desk)) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        act(call, &mut self.desk);
        if let Some(record) = call.take_record() {
            self.ledger.append(record);
        }
        let due_at_us = call.due_at_us();
        if call.timer_at_us != due_at_us {
            call.timer_at_us = due_at_us;
            self.timers.extend(due_at_us.map(|at_us| Reverse((at_us, id))));
        }
        if call.is_over()
            && let Some(call) = self.calls.remove(&id)
        {
            let was_answered = call.record.final_status == Some(OK.0);
            let Call { tag, transaction, .. } = *call;
            self.finished.insert(id, Finished { tag, transaction, was_answered });
            self.forget.push_back((self.desk.now_us + LINGER_US, id));
        }
    }
}

fn id_of_tag(tag: &str) -> Option<u64> {
    u64::from_str_radix(tag.split_once('-')?.0, 16).ok()
}
