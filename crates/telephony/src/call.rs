//! A call as its user sees it, and the task that keeps it going.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use bytes::Bytes;
use campanile_rules::{attempt::Party, ladder::Ladder, time::Timestamp};
use futures::FutureExt;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::{
    audio::{CallAudio, Control},
    dialog::Dialog,
    message::Message,
    outcome::{CallEnd, EndKind},
    ports::Port,
    scribe::Scribe,
    sdp::Media,
    sip::Shared,
    uac::{Output, Setup, Uac},
    wire::Flow,
};

/// Messages that wait for a call to take them; more are lost like datagrams.
const MAILBOX: usize = 32;

/// News of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// The first response of any kind: the trunk is there. At most once.
    Heard {
        /// When it came.
        at: Timestamp,
    },
    /// Nothing came back for 4 s, in which a trunk that works would have answered. At most once, and
    /// the call goes on.
    Silent,
    /// The first 18x. At most once.
    Ringing {
        /// When it came.
        at: Timestamp,
    },
    /// The trunk wants credentials, so a second INVITE has to leave, under a changed identity.
    /// Store it, then call [`Call::proceed`].
    Challenged(Dialog),
    /// Somebody answered. Store the dialog, then call [`Call::accept`].
    Answered {
        /// The identity, now with the other side's.
        dialog: Dialog,
        /// When the 2xx came.
        at: Timestamp,
    },
    /// Nothing is left on the wire. The last event.
    Ended(CallEnd),
}

/// As [`CallEvent`], with what only the call's user side needs.
pub(crate) enum Event {
    News(CallEvent),
    Picked(Dialog, Timestamp, Media),
    Over(CallEnd, Ladder),
}

/// What reaches the task of a call.
pub(crate) enum Mail {
    Message(Box<Message>, Flow),
    /// The stream to this address broke.
    Broken(SocketAddr),
    Proceed,
    Accept,
    HangUp(Party),
}

/// A call that was dialed. Dropping it hangs up.
pub struct Call {
    shared: Arc<Shared>,
    mail: mpsc::Sender<Mail>,
    events: mpsc::UnboundedReceiver<Event>,
    control: Arc<Control>,
    signals_from: IpAddr,
    port: Option<Port>,
    media: Option<Media>,
    ended: Option<CallEnd>,
    ladder: Ladder,
}

impl Call {
    /// Lets the INVITE leave and starts the task that answers for the call.
    pub(crate) fn start(shared: Arc<Shared>, setup: Setup, port: Port) -> Call {
        let (mail, mailbox) = mpsc::channel(MAILBOX);
        let (sender, events) = mpsc::unbounded_channel();
        let (control, signals_from) = (Control::new(), setup.dialog.at.ip());
        shared.calls.enter(&setup.dialog.call_id, mail.clone());
        let task = Task {
            shared: shared.clone(),
            mailbox,
            events: Some(sender),
            control: control.clone(),
            dialog: setup.dialog.clone(),
            scribe: shared.config.keep_ladder.then(Scribe::default),
        };
        tokio::spawn(task.run(setup).in_current_span());
        let (port, media, ended) = (Some(port), None, None);
        let ladder = Ladder::default();
        Call { shared, mail, events, control, signals_from, port, media, ended, ladder }
    }

    /// The next event; after `Ended` that again. Safe to drop and to call anew.
    pub async fn next(&mut self) -> CallEvent {
        if let Some(end) = &self.ended {
            return CallEvent::Ended(end.clone());
        }
        let news = match self.events.recv().await {
            Some(Event::News(news)) => news,
            Some(Event::Picked(dialog, at, media)) => {
                self.media = Some(media);
                CallEvent::Answered { dialog, at }
            }
            Some(Event::Over(end, ladder)) => {
                self.ladder = ladder;
                CallEvent::Ended(end)
            }
            None => CallEvent::Ended(lost(self.shared.now().wall)),
        };
        if let CallEvent::Ended(end) = &news {
            self.ended = Some(end.clone());
        }
        news
    }

    /// After `Challenged` was stored: the INVITE with credentials leaves.
    pub async fn proceed(&mut self) {
        let _ = self.mail.send(Mail::Proceed).await;
    }

    /// After `Answered` was stored: the ACK leaves and sound begins. None when the call was not
    /// answered, or was accepted before.
    pub async fn accept(&mut self) -> Option<CallAudio> {
        let _ = self.mail.send(Mail::Accept).await;
        let (media, port) = (self.media.take()?, self.port.take()?);
        let links = (self.control.clone(), self.shared.pulse.clone());
        let far_end = (media, self.signals_from);
        Some(CallAudio::new(port, far_end, links, self.shared.config.rtp_timeout))
    }

    /// Ends the call: a CANCEL before the answer, a BYE after it. It is over when `next` says so.
    pub async fn hang_up(&mut self, by: Party) {
        let _ = self.mail.send(Mail::HangUp(by)).await;
    }

    /// After `Ended`, once: the messages of the call, without credentials and keys. Empty when
    /// they are not kept.
    pub fn take_ladder(&mut self) -> Ladder {
        std::mem::take(&mut self.ladder)
    }

    /// A way to hang up from elsewhere.
    pub fn hanger(&self) -> Hanger {
        Hanger { mail: self.mail.clone() }
    }
}

/// Hangs up a call from another task.
#[derive(Clone)]
pub struct Hanger {
    mail: mpsc::Sender<Mail>,
}

impl Hanger {
    /// As [`Call::hang_up`].
    pub async fn hang_up(&self, by: Party) {
        let _ = self.mail.send(Mail::HangUp(by)).await;
    }
}

/// What keeps one call going, whoever looks at it.
pub(crate) struct Task {
    pub shared: Arc<Shared>,
    pub mailbox: mpsc::Receiver<Mail>,
    pub events: Option<mpsc::UnboundedSender<Event>>,
    pub control: Arc<Control>,
    /// The identity as it was last seen, for the case that the machine breaks.
    pub dialog: Dialog,
    /// Writes the messages down; none when they are not kept.
    scribe: Option<Scribe>,
}

impl Task {
    /// Ends calls without anybody looking: those of a dead process and surplus answers.
    pub fn unwatched(shared: Arc<Shared>, dialog: Dialog) -> Task {
        let (mail, mailbox) = mpsc::channel(MAILBOX);
        shared.calls.enter(&dialog.call_id, mail);
        let scribe = shared.config.keep_ladder.then(Scribe::default);
        Task { shared, mailbox, events: None, control: Control::new(), dialog, scribe }
    }

    /// The messages so far.
    pub fn ladder(&self) -> Ladder {
        self.scribe.as_ref().map(Scribe::ladder).unwrap_or_default()
    }

    async fn run(mut self, setup: Setup) {
        let spare = self.shared.setup(self.dialog.clone(), setup.login.clone());
        let uac = Uac::dial(setup, self.shared.now());
        let driven = AssertUnwindSafe(self.drive(uac)).catch_unwind().await;
        let end = match driven {
            Ok(end) => end,
            Err(_) => {
                tracing::error!(call_id = %self.dialog.call_id, "the call's task broke; it is ended");
                let answered = self.dialog.remote.is_some();
                let setup = Setup { dialog: self.dialog.clone(), ..spare };
                self.drive(Uac::clear(setup, answered, self.shared.now())).await;
                Some(lost(self.shared.now().wall))
            }
        };
        if let (Some(end), Some(events)) = (end, &self.events) {
            let _ = events.send(Event::Over(end, self.ladder()));
        }
    }

    /// Runs the machine until the call is over. None: the socket was closed under it.
    pub async fn drive(&mut self, mut uac: Uac) -> Option<CallEnd> {
        let closed = self.shared.wire.closed().clone();
        let mut end = None;
        loop {
            self.perform(&mut uac, &mut end).await;
            if uac.is_done() {
                self.control.finish();
                self.shared.calls.leave(uac.dialog(), self.shared.config.timers.patience());
                return end;
            }
            let wake = uac.wake_at().map(tokio::time::Instant::from_std);
            let sleep = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let abandoned = async {
                match &self.events {
                    Some(events) => events.closed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = closed.cancelled() => {
                    self.control.finish();
                    return None;
                }
                mail = self.mailbox.recv() => {
                    if let Some(mail) = mail {
                        if let (Some(scribe), Mail::Message(message, _)) = (&mut self.scribe, &mail) {
                            scribe.received(&message.raw, self.shared.now().wall);
                        }
                        self.hand_over(&mut uac, mail);
                    }
                }
                () = sleep => uac.on_time(self.shared.now()),
                () = self.control.died.notified() => uac.media_died(self.shared.now()),
                () = abandoned => {
                    self.events = None;
                    uac.hang_up(Party::Engine, self.shared.now());
                }
            }
        }
    }

    async fn perform(&mut self, uac: &mut Uac, end: &mut Option<CallEnd>) {
        loop {
            let outputs = uac.outputs();
            if outputs.is_empty() {
                return;
            }
            for output in outputs {
                match output {
                    Output::Send(flow, bytes) => {
                        if let Some(scribe) = &mut self.scribe {
                            scribe.sent(&bytes, self.shared.now().wall);
                        }
                        if let Err(error) = self.send(uac.dialog().flow(), flow, bytes).await {
                            tracing::debug!(to = %flow.addr, %error, "a SIP message did not leave");
                            uac.wire_broke(self.shared.now());
                        }
                    }
                    Output::Heard(at) => self.tell(Event::News(CallEvent::Heard { at })),
                    Output::Silent => self.tell(Event::News(CallEvent::Silent)),
                    Output::Ringing(at) => self.tell(Event::News(CallEvent::Ringing { at })),
                    Output::Challenged(dialog) => {
                        self.dialog = dialog.clone();
                        self.tell(Event::News(CallEvent::Challenged(dialog)));
                    }
                    Output::Answered(dialog, at, media) => {
                        self.dialog = dialog.clone();
                        self.tell(Event::Picked(dialog, at, media));
                    }
                    Output::Media(media) => self.control.move_to(media),
                    Output::Pressed(digit) => self.control.pressed(digit),
                    Output::Ended(ended) => {
                        self.control.finish();
                        *end = Some(ended);
                    }
                }
            }
        }
    }

    /// Sends a message to `flow`. Where a Contact or Record-Route names an address that takes no
    /// connection, the way of the INVITE is left.
    async fn send(&self, invited: Flow, flow: Flow, bytes: Bytes) -> io::Result<()> {
        match self.shared.wire.send(flow, bytes.clone()).await {
            Err(_) if flow != invited => self.shared.wire.send(invited, bytes).await,
            sent => sent,
        }
    }

    fn hand_over(&self, uac: &mut Uac, mail: Mail) {
        let now = self.shared.now();
        match mail {
            Mail::Message(message, source) => uac.on_message(&message, source, now),
            Mail::Broken(addr) => uac.stream_broke(addr, now),
            Mail::Proceed => uac.proceed(now),
            Mail::Accept => uac.accept(),
            Mail::HangUp(by) => uac.hang_up(by, now),
        }
    }

    fn tell(&self, event: Event) {
        if let Some(events) = &self.events {
            let _ = events.send(event);
        }
    }
}

fn lost(ended_at: Timestamp) -> CallEnd {
    CallEnd {
        sip_code: None,
        reason: None,
        q850: None,
        q850_at_user: false,
        retry_after: None,
        ringing_at: None,
        answered_at: None,
        talk_ended_at: None,
        ended_at,
        by: None,
        kind: EndKind::Lost,
    }
}
