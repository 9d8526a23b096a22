//! One INVITE transaction and its dialog as a state machine. Requests and the time go in; messages
//! and a call record come out (RFC 3261 §13.3, §17.2.1, RFC 6026).

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use rsipstack::sip::Method;

use crate::answers::answer;
use crate::behaviour::{Behaviour, Refusal};
use crate::cdr::CallRecord;
use crate::exchange::{Desk, Output};
use crate::media::{MediaCommand, Start, Summary, open_socket};
use crate::message::{Answer, Ask, Echo, Inquiry, Peer};
use crate::person::{Callee, Mailbox, Person, Temper};
use crate::refer::{Plan, Referral, Step};
use crate::resend::Resend;
use crate::sdp::{self, Session};

/// A ringing call repeats its 180 this often, for proxies that would otherwise time out
/// (§13.3.1.1).
const RING_AGAIN_US: u64 = 60_000_000;
pub(crate) const OK: (u16, &str) = (200, "OK");
/// The response for an unknown or finished dialog or transaction.
pub(crate) const GONE: (u16, &str) = (481, "Call/Transaction Does Not Exist");
const TERMINATED: (u16, &str) = (487, "Request Terminated");
const NOT_ACCEPTABLE: (u16, &str) = (488, "Not Acceptable Here");
pub(crate) const ALLOW: &str = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER\r\n";

enum State {
    /// 180 was sent. The call is answered at `answer_at_us`, or never.
    Ringing { answer_at_us: Option<u64>, ring_again_at_us: u64 },
    /// A final refusal was sent and its ACK has not come.
    Refused(Resend),
    /// 200 was sent; `None` once the ACK has come.
    Answered(Option<Resend>),
    /// BYE was sent and its answer has not come.
    Leaving(Resend),
    /// Nothing more is sent; the call stays to recognise retransmissions.
    Over,
}

/// One INVITE transaction.
pub(crate) struct Call {
    pub id: u64,
    pub tag: String,
    pub transaction: Arc<str>,
    /// The call's record so far.
    pub record: CallRecord,
    behaviour: Behaviour,
    state: State,
    echo: Echo,
    contact: Option<String>,
    peer: Peer,
    offer: Option<Session>,
    socket: Option<UdpSocket>,
    rtp_address: Option<SocketAddr>,
    wants_to_leave: bool,
    has_media: bool,
    is_recorded: bool,
    /// The CSeq number of our latest request.
    cseq: u32,
    referral: Option<Referral>,
    /// The timer set for this call.
    pub timer_at_us: Option<u64>,
}

impl Call {
    /// Creates a call from an INVITE outside of a dialog.
    pub fn new(id: u64, tag: String, inquiry: &Inquiry, behaviour: Behaviour, desk: &Desk) -> Call {
        Call {
            id,
            tag,
            transaction: inquiry.transaction.as_str().into(),
            record: CallRecord {
                t_invite: desk.now_s(),
                call_id: inquiry.call_id.clone(),
                from: inquiry.from_user.clone(),
                to: inquiry.dialed.clone(),
                final_status: None,
                events: Vec::new(),
                t_end: None,
            },
            behaviour,
            state: State::Over,
            echo: inquiry.echo.clone(),
            contact: inquiry.contact.clone(),
            peer: inquiry.reply_to,
            offer: None,
            socket: None,
            rtp_address: None,
            wants_to_leave: behaviour == Behaviour::HangsUpAtOnce,
            has_media: false,
            is_recorded: false,
            cseq: 0,
            referral: None,
            timer_at_us: None,
        }
    }

    /// Takes the first step of the behaviour.
    pub fn begin(&mut self, inquiry: &Inquiry, desk: &mut Desk) {
        if let Some(require) = &inquiry.require {
            let headers = format!("Unsupported: {require}\r\n");
            return self.refuse((420, "Bad Extension"), &headers, desk);
        }
        if let Behaviour::Refuses(refusal) = self.behaviour {
            let headers = match refusal {
                Refusal::Congested => format!("Retry-After: {}\r\n", desk.retry_after_s()),
                _ => String::new(),
            };
            return self.refuse(refusal.status(), &headers, desk);
        }
        self.offer = Session::parse(&inquiry.body);
        if self.offer.is_none() && !inquiry.body.is_empty() {
            return self.refuse(NOT_ACCEPTABLE, "", desk);
        }
        match self.behaviour {
            Behaviour::HangsUpAtOnce => self.answer(desk),
            Behaviour::RingsForEver => self.ring(None, desk),
            Behaviour::Person | Behaviour::Voicemail | Behaviour::Refuses(_) => {
                let wait_s = desk.rng(&self.record.to).f64() * 0.8 + 0.2;
                let wait_us = (wait_s * desk.time_scale * 1e6) as u64;
                self.ring(Some(desk.now_us + wait_us), desk);
            }
        }
    }

    fn ring(&mut self, answer_at_us: Option<u64>, desk: &mut Desk) {
        let ring_again_at_us = desk.now_us + RING_AGAIN_US;
        self.state = State::Ringing { answer_at_us, ring_again_at_us };
        self.send_ringing(desk);
    }

    fn send_ringing(&self, desk: &mut Desk) {
        let headers = desk.contact(self.peer);
        let answer =
            Answer { status: (180, "Ringing"), tag: &self.tag, headers: &headers, sdp: "" };
        desk.send(self.peer, self.echo.answer(&answer));
    }

    pub fn refuse(&mut self, status: (u16, &str), headers: &str, desk: &mut Desk) {
        let message = self.echo.answer(&Answer { status, tag: &self.tag, headers, sdp: "" });
        desk.send(self.peer, message.clone());
        self.record.final_status = Some(status.0);
        self.record.t_end = Some(desk.now_s());
        self.state = State::Refused(Resend::new(message, self.peer, desk.now_us));
    }

    fn answer(&mut self, desk: &mut Desk) {
        let (socket, address) = match open_socket(desk.local) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::error!(%error, "no socket for the sound of a call; raise `ulimit -n`");
                return self.refuse((500, "Server Internal Error"), "", desk);
            }
        };
        let sdp = match &self.offer {
            Some(offer) => offer.answer(address),
            None => sdp::offer(address),
        };
        let headers = desk.contact(self.peer) + ALLOW;
        let answer = Answer { status: OK, tag: &self.tag, headers: &headers, sdp: &sdp };
        let message = self.echo.answer(&answer);
        desk.send(self.peer, message.clone());
        self.record.final_status = Some(OK.0);
        self.state = State::Answered(Some(Resend::new(message, self.peer, desk.now_us)));
        self.socket = Some(socket);
        self.rtp_address = Some(address);
        self.start_media(desk);
    }

    /// Starts the sound once the addresses of both sides are known.
    fn start_media(&mut self, desk: &mut Desk) {
        let seed = desk.seed_of(&self.record.to);
        let temper = Temper::new(seed, desk.time_scale);
        let callee = match self.behaviour {
            Behaviour::Person => {
                let answer = desk.answers.then(|| answer(&self.record.to));
                Callee::Person(Person::new(temper, Arc::clone(&desk.voices), answer))
            }
            Behaviour::Voicemail => match Mailbox::new(temper, &desk.voices) {
                Some(mailbox) => Callee::Mailbox(mailbox),
                None => return,
            },
            Behaviour::RingsForEver | Behaviour::HangsUpAtOnce | Behaviour::Refuses(_) => return,
        };
        let Some(session) = self.offer.clone() else { return };
        let Some(socket) = self.socket.take() else { return };
        let call_id = self.record.call_id.clone();
        let recording = desk.record.clone().map(|dir| (dir, call_id));
        let press = desk.press.filter(|_| self.behaviour == Behaviour::Person);
        let start = Start { id: self.id, socket, session, callee, recording, seed, press };
        self.has_media = true;
        desk.outputs.push(Output::Media(MediaCommand::Start(Box::new(start))));
    }

    /// Handles a retransmission of the INVITE.
    pub fn on_invite_again(&mut self, desk: &mut Desk) {
        match &self.state {
            State::Ringing { .. } => self.send_ringing(desk),
            State::Refused(resend) | State::Answered(Some(resend)) => {
                desk.send(self.peer, resend.message.clone());
            }
            State::Answered(None) | State::Leaving(_) | State::Over => {}
        }
    }

    /// Handles an INVITE or UPDATE within the dialog: takes the session in it and answers with
    /// ours.
    pub fn on_reinvite(&mut self, inquiry: &Inquiry, desk: &mut Desk) {
        let (State::Answered(_), Some(address)) = (&self.state, self.rtp_address) else {
            return desk.reply(inquiry, GONE, &self.tag);
        };
        let session = Session::parse(&inquiry.body);
        let sdp = match &session {
            Some(session) => session.answer(address),
            None if !inquiry.body.is_empty() => {
                return desk.reply(inquiry, NOT_ACCEPTABLE, &self.tag);
            }
            None if inquiry.method == Method::Invite => sdp::offer(address),
            None => String::new(),
        };
        let headers = desk.contact(self.peer) + ALLOW;
        let answer = Answer { status: OK, tag: &self.tag, headers: &headers, sdp: &sdp };
        desk.send(inquiry.reply_to, inquiry.echo.answer(&answer));
        self.contact = inquiry.contact.clone().or(self.contact.take());
        if let Some(session) = session {
            desk.outputs.push(Output::Media(MediaCommand::Redirect(self.id, session)));
        }
    }

    /// Handles an ACK, of a refusal or of the 200.
    pub fn on_ack(&mut self, body: &[u8], desk: &mut Desk) {
        match &mut self.state {
            State::Refused(_) => {
                self.note("ack");
                self.state = State::Over;
            }
            State::Answered(resend @ Some(_)) => {
                *resend = None;
                self.note("ack");
                if self.offer.is_none() {
                    self.offer = Session::parse(body);
                    self.start_media(desk);
                }
                if self.wants_to_leave {
                    self.leave(desk);
                }
            }
            State::Ringing { .. } | State::Answered(None) | State::Leaving(_) | State::Over => {}
        }
    }

    /// Handles a CANCEL, which is already answered. A CANCEL that comes too late changes nothing.
    pub fn on_cancel(&mut self, desk: &mut Desk) {
        if !self.record.has("cancel") {
            self.note("cancel");
        }
        if let State::Ringing { .. } = self.state {
            self.refuse(TERMINATED, "", desk);
        }
    }

    /// Handles a BYE. It is always answered, even when it crosses ours or is repeated.
    pub fn on_bye(&mut self, inquiry: &Inquiry, desk: &mut Desk) {
        match self.state {
            State::Ringing { .. } => {
                desk.reply(inquiry, OK, &self.tag);
                self.note("bye-in");
                self.refuse(TERMINATED, "", desk);
            }
            State::Answered(_) => {
                desk.reply(inquiry, OK, &self.tag);
                self.note("bye-in");
                self.end(State::Over, desk);
            }
            State::Leaving(_) | State::Over => desk.reply(inquiry, OK, &self.tag),
            State::Refused(_) => desk.reply(inquiry, GONE, &self.tag),
        }
    }

    /// Hangs up for the callee: at once, or as soon as the 200 is acknowledged (§15). A callee who
    /// is being transferred stays.
    pub fn hang_up(&mut self, desk: &mut Desk) {
        self.wants_to_leave = true;
        let stays = self.referral.as_ref().is_some_and(Referral::keeps_the_callee);
        if !stays && matches!(self.state, State::Answered(None)) {
            self.leave(desk);
        }
    }

    fn leave(&mut self, desk: &mut Desk) {
        let bye = self.ask("BYE", "", "", desk);
        self.note("bye-out");
        self.end(State::Leaving(Resend::new(bye, self.peer, desk.now_us)), desk);
    }

    /// Sends a request within the dialog and returns it.
    fn ask(&mut self, method: &str, headers: &str, body: &str, desk: &mut Desk) -> Vec<u8> {
        self.cseq += 1;
        let target = self.contact.clone().unwrap_or_else(|| "sip:caller@invalid".to_owned());
        let (reliable, tag) = (self.peer.is_reliable(), &self.tag);
        let ask = Ask { method, cseq: self.cseq, target: &target, tag, headers, body };
        let message = self.echo.ask(&ask, desk.local, reliable);
        if let (Peer::Udp(_), Some(address)) = (self.peer, self.echo.next_hop(&target)) {
            self.peer = Peer::Udp(address);
        }
        desk.send(self.peer, message.clone());
        message
    }

    /// Handles a REFER: the far end wants the callee to be connected with another number.
    pub fn on_refer(&mut self, inquiry: &Inquiry, desk: &mut Desk) {
        if let Some(status) = self.referral.as_ref().and_then(|known| known.response_to(inquiry)) {
            return desk.reply(inquiry, status, &self.tag);
        }
        let Some(number) = inquiry.refer_to.as_ref().filter(|number| !number.is_empty()) else {
            return desk.reply(inquiry, (400, "No Refer-To"), &self.tag);
        };
        if !matches!(self.state, State::Answered(None)) {
            return desk.reply(inquiry, GONE, &self.tag);
        }
        if self.referral.as_ref().is_some_and(Referral::keeps_the_callee) {
            return desk.reply(inquiry, (491, "Request Pending"), &self.tag);
        }
        self.note(&format!("refer={number}"));
        let plan = Plan::of(number, desk);
        desk.reply(inquiry, plan.status, &self.tag);
        self.referral = Some(Referral::new(inquiry, plan));
    }

    /// Takes the next step of a transfer.
    fn go_on_transferring(&mut self, desk: &mut Desk) {
        let Some(referral) = &mut self.referral else { return };
        match referral.step(self.peer, desk) {
            Some(Step::Notify { status, is_last }) => {
                let state = if is_last { "terminated;reason=noresource" } else { "active" };
                let headers = format!(
                    "{}Event: refer\r\nSubscription-State: {state}\r\n\
                     Content-Type: message/sipfrag\r\n",
                    desk.contact(self.peer)
                );
                let body = format!("SIP/2.0 {} {}\r\n", status.0, status.1);
                let notify = self.ask("NOTIFY", &headers, &body, desk);
                let notify = Resend::new(notify, self.peer, desk.now_us);
                if let Some(referral) = &mut self.referral {
                    referral.notified(self.cseq, notify);
                }
            }
            Some(Step::Leave) => self.leave(desk),
            None => self.leave_late(desk),
        }
    }

    fn end(&mut self, state: State, desk: &mut Desk) {
        self.state = state;
        self.record.t_end = Some(desk.now_s());
        if self.has_media {
            desk.outputs.push(Output::Media(MediaCommand::Stop(self.id)));
        }
    }

    /// Handles the response to our request with this CSeq number.
    pub fn on_response(&mut self, cseq: u32, status: u16, desk: &mut Desk) {
        if status < 200 {
            return;
        }
        if matches!(self.state, State::Leaving(_)) && cseq == self.cseq {
            self.state = State::Over;
        }
        if let Some(referral) = &mut self.referral {
            referral.on_response(cseq);
        }
        self.leave_late(desk);
    }

    /// Hangs up for a callee who wanted to leave during a transfer that is over now.
    fn leave_late(&mut self, desk: &mut Desk) {
        if self.wants_to_leave {
            self.hang_up(desk);
        }
    }

    /// Records the end of the sound.
    pub fn on_media_ended(&mut self, sound: Summary) {
        self.has_media = false;
        if !sound.digits.is_empty() {
            self.note(&format!("digits={}", sound.digits));
        }
        self.record.events.extend(sound.events);
        if let Some(name) = sound.recorded {
            self.note(&format!("recorded={name}"));
        }
    }

    /// Acts when the time of `due_at_us` has come.
    pub fn on_due(&mut self, desk: &mut Desk) {
        match &mut self.state {
            State::Ringing { answer_at_us: Some(at_us), .. } if *at_us <= desk.now_us => {
                self.answer(desk);
            }
            State::Ringing { ring_again_at_us, .. } => {
                *ring_again_at_us = desk.now_us + RING_AGAIN_US;
                self.send_ringing(desk);
            }
            State::Refused(resend) | State::Leaving(resend) => {
                if resend.is_given_up(self.peer, desk) {
                    self.state = State::Over;
                }
            }
            State::Answered(Some(resend)) => {
                if resend.is_given_up(self.peer, desk) {
                    self.leave(desk);
                }
            }
            State::Answered(None) => self.go_on_transferring(desk),
            State::Over => {}
        }
    }

    /// Returns when the call must act without a message.
    pub fn due_at_us(&self) -> Option<u64> {
        match &self.state {
            State::Ringing { answer_at_us, ring_again_at_us } => {
                Some(answer_at_us.unwrap_or(u64::MAX).min(*ring_again_at_us))
            }
            State::Refused(resend) | State::Leaving(resend) | State::Answered(Some(resend)) => {
                Some(resend.at_us)
            }
            State::Answered(None) => self.referral.as_ref().and_then(Referral::due_at_us),
            State::Over => None,
        }
    }

    /// Returns the record once, when the call is over and its sound has ended.
    pub fn take_record(&mut self) -> Option<CallRecord> {
        let is_over = matches!(self.state, State::Over | State::Leaving(_));
        (is_over && !self.has_media && !std::mem::replace(&mut self.is_recorded, true))
            .then(|| self.record.clone())
    }

    /// Returns the record of a call that is still alive when the sandbox stops.
    pub fn into_last_record(self) -> Option<CallRecord> {
        (!self.is_recorded).then_some(self.record)
    }

    /// Whether the sound has not ended yet.
    pub fn has_media(&self) -> bool {
        self.has_media
    }

    /// Whether the call is recorded and only retransmissions can still come.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over) && self.is_recorded
    }

    fn note(&mut self, event: &str) {
        self.record.events.push(event.to_owned());
    }
}
