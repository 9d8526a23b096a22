//! The handle of a call for the code that dialed it, and the task that runs the call.

use std::{io, net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use bytes::Bytes;
use campanile_rules::{
    attempt::{Party, TransferResult},
    ladder::Ladder,
    phone::E164,
    time::Timestamp,
};
use campanile_sip::{CallEnd, Dialog, Flow, Media, Output, Recorder, Setup, Uac};
use futures::FutureExt;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::{
    audio::{CallAudio, Control},
    calls::Mail,
    ports::Port,
    shared::Shared,
};

/// Messages that may wait for the call's task; further ones are dropped, like lost datagrams.
const MAILBOX: usize = 32;

/// An event of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// The first response of any kind arrived, so the trunk is there. At most once.
    Heard {
        /// When the response came.
        at: Timestamp,
    },
    /// No response came for 4 s, although a working trunk answers sooner. At most once; the call
    /// goes on.
    Silent,
    /// The first 18x arrived. At most once.
    Ringing {
        /// When the 18x came.
        at: Timestamp,
    },
    /// The trunk asks for credentials, so a second INVITE must leave and the dialog has changed.
    /// Store the dialog, then call [`Call::proceed`].
    Challenged(Dialog),
    /// The call was answered. Store the dialog, then call [`Call::accept`].
    Answered {
        /// The dialog, now with the far end's tag and target.
        dialog: Dialog,
        /// When the 2xx came.
        at: Timestamp,
    },
    /// There is news of the transfer that [`Call::refer`] asked for. After `Accepted` one more may
    /// come.
    Transfer(TransferResult),
    /// The call is over and nothing of it is left on the wire. The last event.
    Ended(CallEnd),
}

/// A [`CallEvent`] and the data that only the [`Call`] handle needs.
pub(crate) enum Event {
    News(CallEvent),
    Picked(Dialog, Timestamp, Media),
    Over(CallEnd, Ladder),
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
    /// Sends the INVITE and starts the task that runs the call.
    pub(crate) fn start(shared: Arc<Shared>, setup: Setup, port: Port) -> Call {
        let (mail, mailbox) = mpsc::channel(MAILBOX);
        let (sender, events) = mpsc::unbounded_channel();
        let (control, signals_from) = (Control::new(), setup.dialog.flow().addr.ip());
        shared.calls.enter(setup.dialog.call_id(), mail.clone());
        let task = Task {
            shared: shared.clone(),
            mailbox,
            events: Some(sender),
            control: control.clone(),
            dialog: setup.dialog.clone(),
            recorder: shared.config.keep_ladder.then(Recorder::default),
        };
        tokio::spawn(task.run(setup).in_current_span());
        let (port, media, ended) = (Some(port), None, None);
        let ladder = Ladder::default();
        Call { shared, mail, events, control, signals_from, port, media, ended, ladder }
    }

    /// Waits for the next event; after `Ended`, returns `Ended` again. The future may be dropped
    /// and called anew without losing an event.
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
            None => CallEvent::Ended(CallEnd::lost(self.shared.now().wall)),
        };
        if let CallEvent::Ended(end) = &news {
            self.ended = Some(end.clone());
        }
        news
    }

    /// Sends the INVITE with credentials. Call it after `Challenged` was stored.
    pub async fn proceed(&mut self) {
        let _ = self.mail.send(Mail::Proceed).await;
    }

    /// Sends the ACK and starts the sound. Call it after `Answered` was stored. None when the call
    /// was not answered, or was already accepted.
    pub async fn accept(&mut self) -> Option<CallAudio> {
        let _ = self.mail.send(Mail::Accept).await;
        let (media, port) = (self.media.take()?, self.port.take()?);
        let links = (self.control.clone(), self.shared.pulse.clone());
        let far_end = (media, self.signals_from);
        Some(CallAudio::new(port, far_end, links, self.shared.config.rtp_timeout))
    }

    /// Asks the far end by REFER to call another number in our place; [`CallEvent::Transfer`] tells
    /// how it goes. Meanwhile the caller keeps the sound going, and hangs up afterwards, unless the
    /// far end does.
    pub async fn refer(&mut self, to: E164) {
        let _ = self.mail.send(Mail::Refer(to)).await;
    }

    /// Ends the call: a CANCEL before the answer, a BYE after it. The call is over when `next`
    /// returns `Ended`.
    pub async fn hang_up(&mut self, by: Party) {
        let _ = self.mail.send(Mail::HangUp(by)).await;
    }

    /// Returns the call's messages without credentials and keys: once, after `Ended`. Empty when
    /// messages are not kept.
    pub fn take_ladder(&mut self) -> Ladder {
        std::mem::take(&mut self.ladder)
    }

    /// Returns a handle that hangs up the call from another task.
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
    /// Does the same as [`Call::hang_up`].
    pub async fn hang_up(&self, by: Party) {
        let _ = self.mail.send(Mail::HangUp(by)).await;
    }
}

/// The task that runs one call, whether or not its handle still exists.
pub(crate) struct Task {
    pub shared: Arc<Shared>,
    pub mailbox: mpsc::Receiver<Mail>,
    pub events: Option<mpsc::UnboundedSender<Event>>,
    pub control: Arc<Control>,
    /// The latest dialog, kept in case the state machine panics.
    pub dialog: Dialog,
    /// Records the messages; None when messages are not kept.
    recorder: Option<Recorder>,
}

impl Task {
    /// Creates a task for a call without a handle: one that a dead process left, or one with
    /// surplus answers.
    pub fn unwatched(shared: Arc<Shared>, dialog: Dialog) -> Task {
        let (mail, mailbox) = mpsc::channel(MAILBOX);
        shared.calls.enter(dialog.call_id(), mail);
        let recorder = shared.config.keep_ladder.then(Recorder::default);
        Task { shared, mailbox, events: None, control: Control::new(), dialog, recorder }
    }

    /// Returns the messages recorded so far.
    pub fn ladder(&self) -> Ladder {
        self.recorder.as_ref().map(Recorder::ladder).unwrap_or_default()
    }

    async fn run(mut self, setup: Setup) {
        let spare = self.shared.setup(self.dialog.clone(), setup.login.clone());
        let uac = Uac::dial(setup, self.shared.now());
        let driven = AssertUnwindSafe(self.drive(uac)).catch_unwind().await;
        let end = match driven {
            Ok(end) => end,
            Err(_) => {
                tracing::error!(call_id = %self.dialog.call_id(), "the call's task broke; it is ended");
                let answered = self.dialog.is_answered();
                let setup = Setup { dialog: self.dialog.clone(), ..spare };
                self.drive(Uac::clear(setup, answered, self.shared.now())).await;
                Some(CallEnd::lost(self.shared.now().wall))
            }
        };
        if let (Some(end), Some(events)) = (end, &self.events) {
            let _ = events.send(Event::Over(end, self.ladder()));
        }
    }

    /// Runs the state machine until the call is over. None: the socket was closed meanwhile.
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
                        if let (Some(recorder), Mail::Message(message, _)) = (&mut self.recorder, &mail) {
                            recorder.received(&message.raw, self.shared.now().wall);
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
                        if let Some(recorder) = &mut self.recorder {
                            recorder.sent(&bytes, self.shared.now().wall);
                        }
                        if let Err(error) = self.send(uac.dialog().flow(), flow, bytes).await {
                            tracing::debug!(to = %flow.addr, %error, "a SIP message did not leave");
                            uac.wire_broke(self.shared.now());
                        }
                    }
                    Output::Heard(at) => self.emit(Event::News(CallEvent::Heard { at })),
                    Output::Silent => self.emit(Event::News(CallEvent::Silent)),
                    Output::Ringing(at) => self.emit(Event::News(CallEvent::Ringing { at })),
                    Output::Challenged(dialog) => {
                        self.dialog = dialog.clone();
                        self.emit(Event::News(CallEvent::Challenged(dialog)));
                    }
                    Output::Answered(dialog, at, media) => {
                        self.dialog = dialog.clone();
                        self.emit(Event::Picked(dialog, at, media));
                    }
                    Output::Media(media) => self.control.move_to(media),
                    Output::Pressed(digit) => self.control.pressed(digit),
                    Output::Transfer(result) => {
                        self.emit(Event::News(CallEvent::Transfer(result)));
                    }
                    Output::Ended(ended) => {
                        self.control.finish();
                        *end = Some(ended);
                    }
                }
            }
        }
    }

    /// Sends a message to `flow`. When a Contact or Record-Route names an address that refuses the
    /// connection, the message goes where the INVITE went.
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
            Mail::Refer(to) => uac.refer(to, now),
        }
    }

    fn emit(&self, event: Event) {
        if let Some(events) = &self.events {
            let _ = events.send(event);
        }
    }
}
