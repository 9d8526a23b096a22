//! One outgoing call as a state machine without I/O. Messages, commands and the time go in;
//! messages and events come out (RFC 3261 §9, §12, §13, §15, §17.1, §22; RFC 6026; RFC 3515).

mod refer;
mod requests;
mod responses;
mod session;
#[cfg(test)]
mod storm;
mod transactions;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use campanile_rules::{
    attempt::{Party, TransferResult},
    time::Timestamp,
    trunk::Transport,
};

use crate::{
    dialog::Dialog,
    digest::{Challenges, Login, Nonces},
    flow::Flow,
    message::Message,
    outcome::{CallEnd, EndKind},
    repeat::{Due, Repeat},
    request::Request,
    sdp::{Local, Media, Others},
    timers::Timers,
};
use transactions::{Purpose, Transactions};

/// The most forked answers that are hung up; a far end that sends more is not a telephone network.
const MAX_FORKS: usize = 8;

/// One instant on two clocks: timers use `mono`, records use `wall`.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// The time that only moves forward.
    pub mono: Instant,
    /// The time of day.
    pub wall: Timestamp,
}

/// An action or event that the machine asks its task to carry out.
#[derive(Debug)]
pub enum Output {
    /// Send this message.
    Send(Flow, Bytes),
    /// The first response of any kind came.
    Heard(Timestamp),
    /// No response came for so long that a working trunk would have answered.
    Silent,
    /// The first 18x came.
    Ringing(Timestamp),
    /// A new INVITE is ready: store its dialog, then call [`Uac::proceed`].
    Challenged(Dialog),
    /// The call was answered: store the dialog, then call [`Uac::accept`].
    Answered(Dialog, Timestamp, Media),
    /// The far end changed its sound.
    Media(Media),
    /// The far end pressed a key.
    Pressed(char),
    /// There is news of the transfer. After [`TransferOutcome::Accepted`] one more may come.
    Transfer(TransferResult),
    /// The call is over: the last output.
    Ended(CallEnd),
}

/// The stage of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The INVITE was sent and no response came yet.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// The trunk asked for credentials; the machine waits for `proceed`.
    Challenged,
    /// A 2xx came; the machine waits for `accept`.
    Picked,
    /// The 2xx is acknowledged.
    Talking,
    /// Our BYE was sent.
    Closing,
    /// No message of the main dialog is on the wire.
    Over,
}

/// The state of cancelling an INVITE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancel {
    /// The INVITE must not be cancelled before a provisional response (RFC 3261 §9.1).
    Wanted,
    Sent,
}

/// A request of the far end with our response.
#[derive(Debug)]
struct Answered {
    cseq: u32,
    method: String,
    flow: Flow,
    bytes: Bytes,
}

/// Our 2xx to a re-INVITE.
#[derive(Debug)]
struct Change {
    cseq: u32,
    flow: Flow,
    bytes: Bytes,
    repeat: Repeat,
    /// The 2xx holds our offer, so the answer comes in the ACK (RFC 3261 §14.2).
    offered: bool,
}

/// Everything a call is created from.
pub struct Setup {
    /// The identity of the call.
    pub dialog: Dialog,
    /// Our sound.
    pub local: Local,
    /// The trunk's credentials, if it has any.
    pub login: Option<Login>,
    /// The latest challenges of all trunks.
    pub nonces: Arc<Nonces>,
    /// The SIP timers.
    pub timers: Timers,
    /// An unanswered call is cancelled this long after its INVITE.
    pub ring_timeout: Duration,
    /// The User-Agent header.
    pub user_agent: Arc<str>,
}

/// The user agent client of one call.
pub struct Uac {
    setup: Setup,
    stage: Stage,
    end: CallEnd,
    transactions: Transactions,
    /// Whether the trunk sent any response.
    heard: bool,
    /// When [`Output::Silent`] is due.
    silent_at: Option<Instant>,
    /// The challenges to our INVITE from user agents and proxies.
    challenges: Challenges,
    /// The credentials of the latest INVITE, which its ACK repeats (RFC 3261 §13.2.2.4).
    credentials: String,
    cancel: Option<Cancel>,
    /// When an unanswered call is cancelled; after the CANCEL, when the call is given up.
    patience_until: Option<Instant>,
    /// How the call ends once the wire is quiet; set by the first decision to end it.
    verdict: Option<(EndKind, Option<Party>)>,
    /// Descriptions that came before the answer, by the tag of the phone that sent them.
    early_media: Vec<(String, Media)>,
    /// The CSeq number of our latest request within the call.
    latest_cseq: u32,
    /// The challenges to our BYE.
    bye_challenges: Challenges,
    /// The dialogs of surplus answers, which are acknowledged and hung up.
    forks: Vec<Dialog>,
    /// Our 2xx to a re-INVITE, until its ACK comes.
    change: Option<Change>,
    /// The far end's latest requests with our responses, for retransmitted requests.
    answered: VecDeque<Answered>,
    /// The CSeq number of the far end's latest request.
    remote_cseq: Option<u32>,
    /// The ACK was sent again because its stream broke.
    acknowledged_again: bool,
    session: session::Session,
    /// Our request that refreshes the session, until it is answered.
    refreshing: Option<session::Refresh>,
    /// The transfer that was asked for.
    referral: Option<refer::Referral>,
    /// Our latest description and its version. The version rises exactly when the description
    /// changes (RFC 3264 §8).
    described: String,
    sdp_version: u32,
    /// The sound agreed on last, and the other `m=` lines.
    agreed: Option<Media>,
    others: Others,
    /// This process ends a call that a dead process left.
    clearing: bool,
    out: Vec<Output>,
}

impl Uac {
    fn new(setup: Setup, stage: Stage) -> Uac {
        let latest_cseq = setup.dialog.cseq;
        Uac {
            setup,
            stage,
            end: CallEnd::lost(Timestamp(0)),
            transactions: Transactions::default(),
            heard: false,
            silent_at: None,
            challenges: Challenges::default(),
            credentials: String::new(),
            cancel: None,
            patience_until: None,
            verdict: None,
            early_media: Vec::new(),
            latest_cseq,
            bye_challenges: Challenges::default(),
            forks: Vec::new(),
            change: None,
            answered: VecDeque::new(),
            remote_cseq: None,
            acknowledged_again: false,
            session: session::Session::default(),
            refreshing: None,
            referral: None,
            described: String::new(),
            sdp_version: 0,
            agreed: None,
            others: Others::default(),
            clearing: false,
            out: Vec::new(),
        }
    }

    /// Starts a call by sending its INVITE.
    pub fn dial(setup: Setup, now: Now) -> Uac {
        let mut uac = Uac::new(setup, Stage::Calling);
        uac.patience_until = Some(now.mono + uac.setup.ring_timeout);
        uac.silent_at = Some(now.mono + uac.setup.timers.silence());
        uac.send_invite(now);
        uac
    }

    /// Ends a call that a dead process left. A call that may have been answered is acknowledged
    /// again, because the process may have died before its ACK.
    pub fn clear(setup: Setup, answered: bool, now: Now) -> Uac {
        let mut uac = Uac::new(setup, Stage::Proceeding);
        uac.clearing = true;
        uac.verdict = Some((EndKind::Cancelled, Some(Party::Engine)));
        if answered && uac.setup.dialog.remote.is_some() {
            uac.latest_cseq = uac.setup.dialog.highest_cseq();
            uac.acknowledge();
            uac.send_bye(now);
        } else {
            let Setup { dialog, timers, .. } = &uac.setup;
            uac.transactions.take_over(dialog.invite("", ""), timers);
            uac.send_cancel(now);
        }
        uac
    }

    /// Watches a finished call and ends only its surplus answers.
    pub fn after_end(setup: Setup) -> Uac {
        let mut uac = Uac::new(setup, Stage::Over);
        uac.verdict = Some((EndKind::Cancelled, None));
        uac
    }

    /// Takes the actions to carry out now, in order.
    pub fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    /// Returns when [`Uac::on_time`] must be called next.
    pub fn wake_at(&self) -> Option<Instant> {
        let change = self.change.as_ref().map(|change| change.repeat.wake_at());
        let refresh = self.refreshing.as_ref().map(|refresh| refresh.until);
        let referral = self.referral.as_ref().and_then(refer::Referral::until);
        let due = self.transactions.wake_at().into_iter();
        let due = due.chain(change).chain(refresh).chain(referral);
        due.chain(self.patience_until).chain(self.silent_at).chain(self.session_due()).min()
    }

    /// Whether the call is over and nothing more will be sent.
    pub fn is_done(&self) -> bool {
        self.stage == Stage::Over && !self.transactions.any_open()
    }

    /// Returns the current dialog.
    pub fn dialog(&self) -> &Dialog {
        &self.setup.dialog
    }

    /// Sends the INVITE with credentials, after its dialog was stored.
    pub fn proceed(&mut self, now: Now) {
        if self.stage == Stage::Challenged {
            self.stage = Stage::Calling;
            self.send_invite(now);
        }
    }

    /// Sends the ACK, after the answer was stored.
    pub fn accept(&mut self) {
        if self.stage == Stage::Picked {
            self.stage = Stage::Talking;
            self.acknowledge();
        }
    }

    /// Ends the call, at any stage.
    pub fn hang_up(&mut self, by: Party, now: Now) {
        let kind = match self.stage {
            Stage::Picked | Stage::Talking => EndKind::HungUp,
            _ => EndKind::Cancelled,
        };
        self.finish_as(kind, Some(by), now);
    }

    /// Ends the call because no sound came for too long. A far end that transfers the call may have
    /// nothing to say.
    pub fn media_died(&mut self, now: Now) {
        if self.referral.as_ref().is_some_and(refer::Referral::is_open) {
            return;
        }
        self.finish_as(EndKind::MediaTimeout, None, now);
    }

    /// Handles a broken stream to `addr`. Unanswered messages sent on it may be lost, so they are
    /// sent again on another stream; an INVITE never is.
    pub fn stream_broke(&mut self, addr: SocketAddr, now: Now) {
        let flow = Flow { transport: Transport::Tcp, addr };
        if self.stage == Stage::Calling && self.setup.dialog.flow() == flow {
            return self.wire_broke(now);
        }
        if self.stage == Stage::Talking
            && self.setup.dialog.remote_flow() == flow
            && !std::mem::replace(&mut self.acknowledged_again, true)
        {
            self.acknowledge();
        }
        self.transactions.on_broken_stream(addr, &mut self.out);
    }

    /// Handles a message that could not be sent.
    pub fn wire_broke(&mut self, now: Now) {
        if self.stage == Stage::Calling {
            self.over(EndKind::Unreachable, None, now);
        }
    }

    /// Handles a message of this call.
    pub fn on_message(&mut self, message: &Message, source: Flow, now: Now) {
        if message.code().is_some() {
            self.on_response(message, source, now);
        } else {
            self.on_request(message, source, now);
        }
    }

    /// Handles the passing of time.
    pub fn on_time(&mut self, now: Now) {
        if self.silent_at.is_some_and(|at| now.mono >= at) {
            self.silent_at = None;
            self.out.push(Output::Silent);
        }
        for purpose in self.transactions.on_time(now.mono, &mut self.out) {
            self.on_timeout(purpose, now);
        }
        self.repeat_change(now);
        self.keep_session(now);
        self.give_up_referral(now);
        if self.patience_until.is_some_and(|until| now.mono >= until) {
            self.patience_until = None;
            match self.cancel {
                Some(Cancel::Sent) => self.over(EndKind::Cancelled, None, now),
                Some(Cancel::Wanted) => {}
                None => self.finish_as(EndKind::RingTimeout, None, now),
            }
        }
    }

    fn on_timeout(&mut self, purpose: Purpose, now: Now) {
        match purpose {
            Purpose::Invite => {
                // A call without any response cannot have rung, so it is no ring timeout.
                self.verdict = self.verdict.filter(|(kind, _)| *kind != EndKind::RingTimeout);
                self.over(EndKind::Unreachable, None, now);
            }
            Purpose::Bye => self.over(EndKind::HungUp, None, now),
            // A request without a response counts as refused by 408 (RFC 3261 §8.1.3.1).
            Purpose::Refer => self.on_refer_refused(408),
            // An unanswered CANCEL ends with the patience, a refresh with its own limit.
            Purpose::Cancel | Purpose::SurplusBye | Purpose::Refresh => {}
        }
    }

    /// Repeats our 2xx to a re-INVITE until its ACK comes.
    fn repeat_change(&mut self, now: Now) {
        let Some(change) = &mut self.change else { return };
        match change.repeat.poll(now.mono) {
            Due::Nothing => {}
            Due::Again => self.out.push(Output::Send(change.flow, change.bytes.clone())),
            Due::GiveUp => {
                self.change = None;
                // RFC 3261 §13.3.1.4: the ACK never came, so neither side knows what was agreed.
                self.finish_as(EndKind::Abandoned, None, now);
            }
        }
    }

    /// Begins to end the call as `kind`, unless its end was already decided.
    fn finish_as(&mut self, kind: EndKind, by: Option<Party>, now: Now) {
        if self.verdict.is_some() && self.stage != Stage::Over {
            return;
        }
        match self.stage {
            Stage::Calling => {
                self.verdict = Some((kind, by));
                self.patience_until = None;
                self.cancel = Some(Cancel::Wanted);
                // If the INVITE was lost, the phone should not start ringing now.
                self.transactions.stop_repeating_invite();
            }
            Stage::Proceeding => {
                self.verdict = Some((kind, by));
                self.send_cancel(now);
            }
            Stage::Challenged => self.over(kind, by, now),
            Stage::Picked => {
                self.verdict = Some((kind, by));
                self.acknowledge();
                self.send_bye(now);
            }
            Stage::Talking => {
                self.verdict = Some((kind, by));
                self.send_bye(now);
            }
            Stage::Closing | Stage::Over => {}
        }
    }

    /// Ends the call: nothing is left on the wire. An earlier verdict stands.
    fn over(&mut self, kind: EndKind, by: Option<Party>, now: Now) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        self.transactions.close(|purpose| purpose != Purpose::SurplusBye);
        self.silent_at = None;
        self.cancel = None;
        self.patience_until = None;
        self.change = None;
        self.refreshing = None;
        self.referral = None;
        (self.end.kind, self.end.by) = self.verdict.unwrap_or((kind, by));
        self.end.ended_at = now.wall;
        self.out.push(Output::Ended(self.end.clone()));
    }

    fn send_invite(&mut self, now: Now) {
        self.credentials = self.authorize("INVITE", &self.challenges);
        let offer = self.describe(Local::offer);
        let Setup { dialog, user_agent, .. } = &self.setup;
        let (session, credentials) = (self.session.asks(), &self.credentials);
        let extra = format!("User-Agent: {user_agent}\r\n{session}{credentials}");
        let invite = dialog.invite(&extra, &offer);
        self.send(Purpose::Invite, invite, now);
    }

    /// Sends a request and opens its transaction.
    fn send(&mut self, purpose: Purpose, request: Request, now: Now) {
        self.out.push(self.transactions.open(purpose, request, &self.setup.timers, now.mono));
    }

    /// Returns our description as `write` has it. A changed description gets the next version; an
    /// unchanged one keeps its version.
    fn describe(&mut self, write: impl Fn(&Local, u32) -> String) -> String {
        if write(&self.setup.local, self.sdp_version) != self.described {
            self.sdp_version += 1;
            self.described = write(&self.setup.local, self.sdp_version);
        }
        self.described.clone()
    }

    /// Writes an offer within the call.
    fn offer_anew(&mut self) -> String {
        let (agreed, others) = (self.agreed, self.others.clone());
        self.describe(|local, version| match &agreed {
            Some(agreed) => local.offer_anew(agreed, &others, version),
            None => local.offer(version),
        })
    }

    /// Puts the far end's description of the sound into force.
    fn take_media(&mut self, media: Media) {
        self.agreed = Some(media);
        self.out.push(Output::Media(media));
    }

    fn send_cancel(&mut self, now: Now) {
        self.cancel = Some(Cancel::Sent);
        self.patience_until = Some(now.mono + self.setup.timers.patience());
        self.send(Purpose::Cancel, self.setup.dialog.cancel(), now);
    }

    /// Sends the ACK of the 2xx, each time the 2xx comes.
    fn acknowledge(&mut self) {
        let dialog = &self.setup.dialog;
        self.out.push(Output::Send(dialog.remote_flow(), dialog.ack(&self.credentials)));
    }

    fn send_bye(&mut self, now: Now) {
        self.stage = Stage::Closing;
        self.patience_until = None;
        self.refreshing = None;
        self.change = None;
        self.cancel = None;
        self.close_referral();
        self.transactions.close(|purpose| {
            matches!(purpose, Purpose::Cancel | Purpose::Refresh | Purpose::Refer)
        });
        if self.end.answered_at.is_some() {
            self.end.talk_ended_at.get_or_insert(now.wall);
        }
        let credentials = match self.bye_challenges.is_empty() {
            true => String::new(),
            false => self.authorize("BYE", &self.bye_challenges),
        };
        let cseq = self.next_cseq();
        let bye = self.setup.dialog.bye(cseq, &credentials);
        self.send(Purpose::Bye, bye, now);
    }

    /// Returns the CSeq number of our next request within the call.
    fn next_cseq(&mut self) -> u32 {
        self.latest_cseq = self.latest_cseq.max(self.setup.dialog.cseq) + 1;
        self.latest_cseq
    }

    /// Returns the credentials of a request: answers to this call's challenges, else to the trunk's
    /// earlier ones.
    fn authorize(&self, method: &str, asked: &Challenges) -> String {
        let Some(login) = &self.setup.login else { return String::new() };
        let dialog = &self.setup.dialog;
        let target = dialog.remote.as_ref().map_or(&dialog.uri, |remote| &remote.target);
        self.setup.nonces.authorize(login, asked, method, target)
    }
}
