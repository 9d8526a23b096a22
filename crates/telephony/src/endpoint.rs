//! The SIP endpoint: it starts calls and routes every message that arrives.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use campanile_clock::Clock;
use campanile_metrics::{METRICS, labels::SipClass};
use campanile_rules::{ladder::Ladder, phone::E164, trunk::Trunk};
use campanile_sip::{
    Dialog, Ends, Flow, Late, Local, Login, Message, Setup, Uac, on_late_message, to_stranger,
};

use crate::{
    audio::Pulse,
    call::{Call, Task},
    calls::{Known, Mail},
    config::SipConfig,
    error::{PingError, SipError},
    ping::{self, Pong},
    ports::Port,
    shared::{Shared, Way, address, bracketed},
    wire::{Arrival, Wire},
};

/// The time to resolve a trunk's name and open its connection; after that the trunk is unreachable.
const WAY_TIMEOUT: Duration = Duration::from_secs(6);

/// A call to be placed.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The Call-ID. Tags and branches are derived from it, so it must be unique and hard to guess.
    pub call_id: String,
    /// The caller ID.
    pub from: E164,
    /// The number to call.
    pub to: E164,
    /// The ring timeout, counted from the INVITE.
    pub ring_timeout: Duration,
}

/// A call whose INVITE has not left yet.
pub struct PreparedCall {
    setup: Setup,
    port: Port,
}

impl PreparedCall {
    /// Returns the dialog to be stored before the INVITE leaves.
    pub fn dialog(&self) -> &Dialog {
        &self.setup.dialog
    }
}

/// The SIP endpoint. Clones share one endpoint.
#[derive(Clone)]
pub struct Sip {
    shared: Arc<Shared>,
}

impl Sip {
    /// Binds the sockets and starts to serve them.
    pub async fn start(config: SipConfig) -> Result<Sip, SipError> {
        let addr = config.listen;
        let (wire, tcp) =
            Wire::bind(addr).await.map_err(|source| SipError::Bind { addr, source })?;
        let shared = Arc::new(Shared::new(config, wire.clone()));
        let weak = Arc::downgrade(&shared);
        wire.serve(tcp, Box::new(move |arrival| sort(&weak, arrival)));
        Ok(Sip { shared })
    }

    /// Returns the listening address with its real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.shared.wire.local()
    }

    /// Returns, in words, the address families that the endpoint listens on.
    pub fn families(&self) -> &'static str {
        let has = |ip: IpAddr| self.shared.wire.local_for(ip).is_some();
        match (has(Ipv4Addr::UNSPECIFIED.into()), has(Ipv6Addr::UNSPECIFIED.into())) {
            (true, true) => "IPv4 and IPv6",
            (true, false) => "IPv4",
            (false, _) => "IPv6",
        }
    }

    /// Whether a trunk whose host is an IP address is reachable over a family that we listen on.
    /// Host names are looked up only when a call is dialed.
    pub fn reaches(&self, trunk: &Trunk) -> Result<(), SipError> {
        match address(&trunk.host) {
            Some(ip) => self.shared.local_for(ip).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Prepares a call: its sound port, the trunk's address, and the connection. It opens a stream
    /// if there is none; no message leaves.
    pub async fn prepare(&self, trunk: &Trunk, call: Outgoing) -> Result<PreparedCall, SipError> {
        let until = Instant::now() + WAY_TIMEOUT;
        let Way { at, ours, sent_by, port } = self.shared.way_to(trunk, until).await?;
        let host = bracketed(&trunk.host);
        let Outgoing { call_id, from, to, ring_timeout } = call;
        let ends = Ends {
            uri: format!("sip:{to}@{host}:{}", trunk.port),
            from: format!("sip:{from}@{host}"),
            to: format!("sip:{to}@{host}"),
        };
        let flow = Flow { transport: trunk.transport, addr: at };
        let dialog = Dialog::new(call_id, ends, flow, sent_by.to_string());
        let mut setup = self.shared.setup(dialog, login_of(trunk));
        setup.ring_timeout = ring_timeout;
        setup.local = Local {
            addr: SocketAddr::new(ours, port.number()),
            codecs: trunk.codecs.clone(),
            session: u64::from(fastrand::u32(..)),
        };
        Ok(PreparedCall { setup, port })
    }

    /// Sends the INVITE.
    pub async fn dial(&self, prepared: PreparedCall) -> Call {
        Call::start(self.shared.clone(), prepared.setup, prepared.port)
    }

    /// Ends a call that a dead process left, and returns the messages exchanged. Returns when the
    /// wire is quiet: at once when the far end answers, else 32 s after the last request, when the
    /// far end must have given up.
    pub async fn clear(&self, trunk: &Trunk, dialog: Dialog, answered: bool) -> Ladder {
        let setup = self.shared.setup(dialog.clone(), login_of(trunk));
        let mut task = Task::unwatched(self.shared.clone(), dialog);
        task.drive(Uac::clear(setup, answered, self.shared.now())).await;
        task.ladder()
    }

    /// Asks a trunk whether it is there, from the address that calls come from and with everything
    /// that a call needs. Any response counts. Takes at most `patience`.
    pub async fn ping(&self, trunk: &Trunk, patience: Duration) -> Result<Pong, PingError> {
        ping::ping(&self.shared, trunk, patience).await
    }

    /// Returns the sound steps of all calls since the start, and how many of them were late.
    pub fn media_steps(&self) -> (u64, u64) {
        let Pulse { steps, late } = &*self.shared.pulse;
        (steps.load(Ordering::Relaxed), late.load(Ordering::Relaxed))
    }

    /// Returns the clock that calls use for their timestamps.
    pub fn clock(&self) -> &Clock {
        &self.shared.config.clock
    }

    /// Returns how many calls are in progress or over but still remembered. Nothing else that
    /// others send is kept.
    pub fn known_calls(&self) -> usize {
        self.shared.calls.count()
    }

    /// Closes the sockets at once, as if the process had died; calls are not ended.
    pub fn close(&self) {
        self.shared.wire.close();
    }
}

/// Routes an arrival: to its call, to `answer_late` if the call is over, else to `to_stranger`.
fn sort(shared: &Weak<Shared>, arrival: Arrival) {
    let Some(shared) = shared.upgrade() else { return };
    let (message, source) = match arrival {
        Arrival::Message(message, source) => (message, source),
        Arrival::Broken(addr) => {
            for mail in shared.calls.live() {
                let _ = mail.try_send(Mail::Broken(addr));
            }
            return;
        }
    };
    if let Some(class) = message.code().and_then(SipClass::of) {
        METRICS.sip_responses.of(class).inc();
    }
    let Some(call_id) = message.call_id() else { return };
    enum Place {
        Live(tokio::sync::mpsc::Sender<Mail>),
        Over(Arc<str>),
    }
    let place = shared.calls.find(call_id, |known| match known {
        Known::Live(mail) => Place::Live(mail.clone()),
        Known::Over { uri } => Place::Over(uri.clone()),
    });
    match place {
        Some(Place::Live(mail)) => {
            // A full mailbox drops the message, as the network might; the far end repeats it.
            let _ = mail.try_send(Mail::Message(message, source));
        }
        Some(Place::Over(uri)) => answer_late(&shared, &message, source, &uri),
        None => {
            METRICS.sip_strangers.inc();
            if let Some((flow, bytes)) = to_stranger(&message, source) {
                shared.wire.send_or_drop(flow, bytes);
            }
        }
    }
}

/// Answers a message of a call that is over.
fn answer_late(shared: &Arc<Shared>, message: &Message, source: Flow, uri: &str) {
    let sent_by = || {
        let ip = shared.our_ip(source.addr).unwrap_or(shared.wire.local().ip());
        SocketAddr::new(ip, shared.wire.local().port()).to_string()
    };
    match on_late_message(message, source, uri, sent_by) {
        Some(Late::Send(flow, bytes)) => shared.wire.send_or_drop(flow, bytes),
        Some(Late::Answered(dialog)) => {
            let mut task = Task::unwatched(shared.clone(), dialog.as_ref().clone());
            let mut uac = Uac::after_end(shared.setup(*dialog, None));
            uac.on_message(message, source, shared.now());
            tokio::spawn(async move { task.drive(uac).await });
        }
        None => {}
    }
}

fn login_of(trunk: &Trunk) -> Option<Login> {
    let (username, password) = (trunk.username.clone()?, trunk.password.clone()?);
    Some(Login { username, password, trunk: format!("{}:{}", trunk.host, trunk.port) })
}
