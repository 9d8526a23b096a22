//! One outgoing call as a state machine without I/O: messages, wishes and the time go in, messages
//! and events come out (RFC 3261 §9, §12, §13, §15, §17.1, §22; RFC 6026).

mod requests;
mod responses;
mod retry;
mod session;
#[cfg(test)]
mod storm;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use campanile_rules::{attempt::Party, time::Timestamp, trunk::Transport};

pub use retry::Timers;

use crate::{
    dialog::Dialog,
    digest::{Challenges, Login, Nonces},
    message::Message,
    outcome::{CallEnd, EndKind},
    sdp::{Local, Media, Others},
    wire::Flow,
};
use retry::{Due, Retry};

/// Forked answers that are hung up; a far end that sends more is not a telephone network.
const MAX_FORKS: usize = 8;

/// One instant on both clocks: timers run on the first, records are kept on the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub mono: Instant,
    pub wall: Timestamp,
}

/// What the machine wants of the world.
#[derive(Debug)]
pub(crate) enum Output {
    Send(Flow, Bytes),
    /// The first response of any kind.
    Heard(Timestamp),
    /// Nothing came back for so long that a trunk that works would have answered.
    Silent,
    Ringing(Timestamp),
    /// A new INVITE wants to leave: store its dialog, then [`Uac::proceed`].
    Challenged(Dialog),
    /// Store the dialog, then [`Uac::accept`].
    Answered(Dialog, Timestamp, Media),
    /// The other side moved the sound.
    Media(Media),
    /// The other side pressed a key.
    Pressed(char),
    Ended(CallEnd),
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The INVITE is out, nothing came back.
    Calling,
    /// A provisional response came back.
    Proceeding,
    /// Credentials are asked for; waits for `proceed`.
    Challenged,
    /// A 2xx came; waits for `accept`.
    Picked,
    /// Acknowledged.
    Talking,
    /// Our BYE is out.
    Closing,
    /// Nothing of the main dialog is on the wire.
    Over,
}

/// What becomes of an INVITE that is no longer wanted.
#[derive(Debug)]
enum Cancel {
    /// It may not be cancelled before a provisional response (RFC 3261 §9.1).
    Wanted,
    Sent(Retry),
    Answered,
}

/// A surplus answer: acknowledged and hung up.
#[derive(Debug)]
struct Fork {
    dialog: Dialog,
    bye: Option<Retry>,
}

/// A request of the other side that we answered.
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
    retry: Retry,
    /// It has our offer, so the answer comes in its ACK (RFC 3261 §14.2).
    offered: bool,
}

/// What a call is made of.
pub(crate) struct Setup {
    pub dialog: Dialog,
    pub local: Local,
    pub login: Option<Login>,
    pub nonces: Arc<Nonces>,
    pub timers: Timers,
    pub ring_timeout: Duration,
    pub user_agent: Arc<str>,
}

pub(crate) struct Uac {
    setup: Setup,
    stage: Stage,
    end: CallEnd,
    /// The INVITE in the air.
    invite: Option<Retry>,
    /// Whether the trunk responded to anything.
    heard: bool,
    /// When it is told that nothing came back.
    silent_at: Option<Instant>,
    /// What user agents and proxies on the way asked of our INVITE.
    challenges: Challenges,
    /// The credentials of the latest INVITE; its ACK repeats them (RFC 3261 §13.2.2.4).
    credentials: String,
    cancel: Option<Cancel>,
    /// When an unanswered call is cancelled; after a CANCEL, when it is given up.
    patience_until: Option<Instant>,
    /// What the call ends as once the wire is quiet; set by whoever decided to end it.
    verdict: Option<(EndKind, Option<Party>)>,
    /// Descriptions before the answer, by the tag of the phone that sent them.
    early_media: Vec<(String, Media)>,
    bye: Option<Retry>,
    bye_cseq: u32,
    /// What they asked of our BYE.
    bye_challenges: Challenges,
    forks: Vec<Fork>,
    /// Our 2xx to a re-INVITE, until its ACK.
    change: Option<Change>,
    /// The latest requests of the other side with our responses, for when they are repeated.
    answered: VecDeque<Answered>,
    /// The number of the other side's latest request.
    remote_cseq: Option<u32>,
    /// The ACK was repeated because its stream broke.
    acknowledged_again: bool,
    session: session::Session,
    /// Our request that refreshes the session, until it is answered.
    refreshing: Option<session::Refresh>,
    /// Our latest description and its version: it grows when the description changes, and only
    /// then (RFC 3264 §8).
    described: String,
    sdp_version: u32,
    /// The sound that both sides agreed on last, and the lines beside it.
    agreed: Option<Media>,
    others: Others,
    /// This process continues what a dead one left.
    clearing: bool,
    out: Vec<Output>,
}

impl Uac {
    fn new(setup: Setup, stage: Stage) -> Uac {
        let bye_cseq = setup.dialog.cseq;
        Uac {
            setup,
            stage,
            end: CallEnd {
                sip_code: None,
                reason: None,
                q850: None,
                q850_at_user: false,
                retry_after: None,
                ringing_at: None,
                answered_at: None,
                talk_ended_at: None,
                ended_at: Timestamp(0),
                by: None,
                kind: EndKind::Lost,
            },
            invite: None,
            heard: false,
            silent_at: None,
            challenges: Challenges::default(),
            credentials: String::new(),
            cancel: None,
            patience_until: None,
            verdict: None,
            early_media: Vec::new(),
            bye: None,
            bye_cseq,
            bye_challenges: Challenges::default(),
            forks: Vec::new(),
            change: None,
            answered: VecDeque::new(),
            remote_cseq: None,
            acknowledged_again: false,
            session: session::Session::default(),
            refreshing: None,
            described: String::new(),
            sdp_version: 0,
            agreed: None,
            others: Others::default(),
            clearing: false,
            out: Vec::new(),
        }
    }

    /// Places the call.
    pub fn dial(setup: Setup, now: Now) -> Uac {
        let mut uac = Uac::new(setup, Stage::Calling);
        uac.patience_until = Some(now.mono + uac.setup.ring_timeout);
        uac.silent_at = Some(now.mono + uac.setup.timers.silence());
        uac.send_invite(now);
        uac
    }

    /// Ends the call that a dead process left. One that may have been answered is acknowledged
    /// again: the process may have died in between.
    pub fn clear(setup: Setup, answered: bool, now: Now) -> Uac {
        let mut uac = Uac::new(setup, Stage::Proceeding);
        uac.clearing = true;
        uac.verdict = Some((EndKind::Cancelled, Some(Party::Engine)));
        if answered && uac.setup.dialog.remote.is_some() {
            uac.bye_cseq = uac.setup.dialog.latest_cseq();
            uac.acknowledge();
            uac.send_bye(now);
        } else {
            uac.send_cancel(now);
        }
        uac
    }

    /// Watches over a call that is over: only surplus answers are ended.
    pub fn haunted(setup: Setup) -> Uac {
        let mut uac = Uac::new(setup, Stage::Over);
        uac.verdict = Some((EndKind::Cancelled, None));
        uac
    }

    /// What is to be done now, in order.
    pub fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    /// When [`Uac::on_time`] wants to be called.
    pub fn wake_at(&self) -> Option<Instant> {
        let cancel = match &self.cancel {
            Some(Cancel::Sent(retry)) => Some(retry),
            Some(Cancel::Wanted | Cancel::Answered) | None => None,
        };
        let change = self.change.as_ref().map(|change| &change.retry);
        let forks = self.forks.iter().filter_map(|fork| fork.bye.as_ref());
        let ours = self.refreshing.as_ref().map(|ours| &ours.retry);
        let retries = self.invite.iter().chain(cancel).chain(&self.bye).chain(change).chain(forks);
        let due = retries.chain(ours).map(Retry::wake_at);
        due.chain(self.patience_until).chain(self.silent_at).chain(self.session_due()).min()
    }

    /// Whether everything is said and done.
    pub fn is_done(&self) -> bool {
        self.stage == Stage::Over && self.forks.iter().all(|fork| fork.bye.is_none())
    }

    /// The dialog as it is now.
    pub fn dialog(&self) -> &Dialog {
        &self.setup.dialog
    }

    /// The new INVITE that a challenge asked for may leave.
    pub fn proceed(&mut self, now: Now) {
        if self.stage == Stage::Challenged {
            self.stage = Stage::Calling;
            self.send_invite(now);
        }
    }

    /// The answer is stored: acknowledge it.
    pub fn accept(&mut self) {
        if self.stage == Stage::Picked {
            self.stage = Stage::Talking;
            self.acknowledge();
        }
    }

    /// Ends the call, however far it is.
    pub fn hang_up(&mut self, by: Party, now: Now) {
        let kind = match self.stage {
            Stage::Picked | Stage::Talking => EndKind::HungUp,
            _ => EndKind::Cancelled,
        };
        self.finish_as(kind, Some(by), now);
    }

    /// No sound came for too long.
    pub fn media_died(&mut self, now: Now) {
        self.finish_as(EndKind::MediaTimeout, None, now);
    }

    /// The stream to `addr` broke. What was sent on it and is not answered may be lost, so it is sent
    /// anew, on another stream; but never an INVITE.
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
        let cancel = match &mut self.cancel {
            Some(Cancel::Sent(retry)) => Some(retry),
            Some(Cancel::Wanted | Cancel::Answered) | None => None,
        };
        let ours = self.refreshing.as_mut().map(|ours| &mut ours.retry);
        let forks = self.forks.iter_mut().filter_map(|fork| fork.bye.as_mut());
        let open = cancel.into_iter().chain(&mut self.bye).chain(ours).chain(forks);
        let lost = open.filter_map(|retry| retry.after_break(addr));
        self.out.extend(lost.map(|(flow, bytes)| Output::Send(flow, bytes)));
    }

    /// A message could not be sent.
    pub fn wire_broke(&mut self, now: Now) {
        if self.stage == Stage::Calling {
            self.over(EndKind::Unreachable, None, now);
        }
    }

    /// Takes a message of this call.
    pub fn on_message(&mut self, message: &Message, source: Flow, now: Now) {
        if message.code().is_some() {
            self.on_response(message, source, now);
        } else {
            self.on_request(message, source, now);
        }
    }

    /// Time went on.
    pub fn on_time(&mut self, now: Now) {
        if self.silent_at.is_some_and(|at| now.mono >= at) {
            self.silent_at = None;
            self.out.push(Output::Silent);
        }
        if poll(&mut self.invite, &mut self.out, now) {
            // It cannot have rung for long when nothing ever came back.
            self.verdict = self.verdict.filter(|(kind, _)| *kind != EndKind::RingTimeout);
            self.over(EndKind::Unreachable, None, now);
        }
        self.cancel = match self.cancel.take() {
            Some(Cancel::Sent(retry)) => {
                let mut retry = Some(retry);
                poll(&mut retry, &mut self.out, now);
                Some(retry.map_or(Cancel::Answered, Cancel::Sent))
            }
            other => other,
        };
        if poll(&mut self.bye, &mut self.out, now) {
            self.over(EndKind::HungUp, None, now);
        }
        for fork in &mut self.forks {
            poll(&mut fork.bye, &mut self.out, now);
        }
        if let Some(Change { cseq, retry, offered }) = self.change.take() {
            let mut retry = Some(retry);
            if poll(&mut retry, &mut self.out, now) {
                // RFC 3261 §13.3.1.4: the ACK never came, so nobody knows what was agreed.
                self.finish_as(EndKind::Abandoned, None, now);
            }
            self.change = retry.map(|retry| Change { cseq, retry, offered });
        }
        self.keep_session(now);
        if self.patience_until.is_some_and(|until| now.mono >= until) {
            self.patience_until = None;
            match self.cancel {
                Some(Cancel::Sent(_) | Cancel::Answered) => {
                    self.over(EndKind::Cancelled, None, now)
                }
                Some(Cancel::Wanted) => {}
                None => self.finish_as(EndKind::RingTimeout, None, now),
            }
        }
    }

    /// Begins to end the call as `kind`, unless its end was decided before.
    fn finish_as(&mut self, kind: EndKind, by: Option<Party>, now: Now) {
        if self.verdict.is_some() && self.stage != Stage::Over {
            return;
        }
        match self.stage {
            Stage::Calling => {
                self.verdict = Some((kind, by));
                self.patience_until = None;
                self.cancel = Some(Cancel::Wanted);
                // Should the INVITE have been lost, the phone had better not ring any more.
                if let Some(invite) = &mut self.invite {
                    invite.quieten();
                }
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

    /// Nothing of the call is left on the wire. An earlier verdict stands.
    fn over(&mut self, kind: EndKind, by: Option<Party>, now: Now) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        self.invite = None;
        self.silent_at = None;
        self.cancel = None;
        self.patience_until = None;
        self.bye = None;
        self.change = None;
        self.refreshing = None;
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
        let bytes = dialog.invite(&extra, &offer);
        let flow = self.setup.dialog.flow();
        self.invite = Some(Retry::invite(flow, bytes.clone(), &self.setup.timers, now.mono));
        self.out.push(Output::Send(flow, bytes));
    }

    /// Our description as `write` has it: with the version of the latest one when it is the same,
    /// else with the next.
    fn describe(&mut self, write: impl Fn(&Local, u32) -> String) -> String {
        if write(&self.setup.local, self.sdp_version) != self.described {
            self.sdp_version += 1;
            self.described = write(&self.setup.local, self.sdp_version);
        }
        self.described.clone()
    }

    /// What we offer within the call.
    fn offer_anew(&mut self) -> String {
        let (agreed, others) = (self.agreed, self.others.clone());
        self.describe(|local, version| match &agreed {
            Some(agreed) => local.offer_anew(agreed, &others, version),
            None => local.offer(version),
        })
    }

    /// The other side's description of the sound is in force.
    fn take_media(&mut self, media: Media) {
        self.agreed = Some(media);
        self.out.push(Output::Media(media));
    }

    fn send_cancel(&mut self, now: Now) {
        let (flow, bytes) = (self.setup.dialog.flow(), self.setup.dialog.cancel());
        let retry = Retry::other(flow, bytes.clone(), &self.setup.timers, now.mono);
        self.cancel = Some(Cancel::Sent(retry));
        self.patience_until = Some(now.mono + self.setup.timers.patience());
        self.out.push(Output::Send(flow, bytes));
    }

    /// Sends the ACK of the 2xx, as often as that comes.
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
        self.bye_cseq = self.bye_cseq.max(self.setup.dialog.cseq) + 1;
        if self.end.answered_at.is_some() {
            self.end.talk_ended_at.get_or_insert(now.wall);
        }
        let credentials = match self.bye_challenges.is_empty() {
            true => String::new(),
            false => self.authorize("BYE", &self.bye_challenges),
        };
        let bytes = self.setup.dialog.bye(self.bye_cseq, &credentials);
        let flow = self.setup.dialog.remote_flow();
        self.bye = Some(Retry::other(flow, bytes.clone(), &self.setup.timers, now.mono));
        self.out.push(Output::Send(flow, bytes));
    }

    /// The credentials of a request: what this call was asked for, else what the trunk asked of
    /// calls before.
    fn authorize(&self, method: &str, asked: &Challenges) -> String {
        let Some(login) = &self.setup.login else { return String::new() };
        let dialog = &self.setup.dialog;
        let target = dialog.remote.as_ref().map_or(&dialog.uri, |remote| &remote.target);
        self.setup.nonces.authorize(login, asked, method, target)
    }
}

/// Repeats what is due. True: it was given up.
fn poll(slot: &mut Option<Retry>, out: &mut Vec<Output>, now: Now) -> bool {
    let Some(retry) = slot else { return false };
    match retry.poll(now.mono) {
        Due::Nothing => false,
        Due::Resend => {
            out.push(Output::Send(retry.flow, retry.bytes.clone()));
            false
        }
        Due::GiveUp => {
            *slot = None;
            true
        }
    }
}
