//! The SIP endpoint: it starts calls and routes every message that arrives.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use campanile_metrics::{METRICS, labels::SipClass};
use campanile_rules::{ladder::Ladder, phone::E164, trunk::Trunk};
use campanile_sip::{
    Dialog, Ends, Flow, Late, Local, Login, Message, Nonces, Now, Setup, Timers, Uac,
    on_late_message, to_stranger,
};
use tokio::time::timeout_at;

use crate::{
    audio::Pulse,
    call::{Call, Mail, Task},
    calls::{Calls, Known},
    clock::Clock,
    names::Names,
    ping::said,
    ports::{Port, Ports},
    wire::{Arrival, Wire},
};

/// The time to resolve a trunk's name and open its connection; after that the trunk is unreachable.
const WAY_TIMEOUT: Duration = Duration::from_secs(6);

/// Settings of the endpoint.
#[derive(Debug, Clone)]
pub struct SipConfig {
    /// The address for UDP and TCP. `[::]` means all addresses, IPv4 and IPv6; port 0 picks a free
    /// port. Keep the address the same across restarts: after a crash, answers to the dead process
    /// arrive there.
    pub listen: SocketAddr,
    /// The ports for sound; only even ones are used, one per call.
    pub rtp_ports: RangeInclusive<u16>,
    /// The User-Agent header.
    pub user_agent: String,
    /// The address at which far ends of its family reach us, if it differs from our own address.
    pub advertise_ip: Option<IpAddr>,
    /// The SIP timers; only tests change them.
    pub timers: Timers,
    /// An answered call ends after this long without a packet from the far end.
    pub rtp_timeout: Duration,
    /// The clock for timestamps, shared with the engine and the API.
    pub clock: Clock,
    /// Whether the messages of each call are recorded ([`Call::take_ladder`]).
    pub keep_ladder: bool,
}

impl Default for SipConfig {
    fn default() -> Self {
        SipConfig {
            listen: SocketAddr::from(([0, 0, 0, 0], 5060)),
            // Below the range from which Linux assigns ports by itself.
            rtp_ports: 20_000..=32_767,
            user_agent: concat!("Campanile/", env!("CARGO_PKG_VERSION")).to_owned(),
            advertise_ip: None,
            timers: Timers::default(),
            rtp_timeout: Duration::from_secs(30),
            clock: Clock::default(),
            keep_ladder: true,
        }
    }
}

/// Why a call cannot be placed.
#[derive(Debug, thiserror::Error)]
pub enum SipError {
    /// The port is taken, or the address is not ours.
    #[error("cannot listen for SIP on {addr}: {source}; choose another address or port")]
    Bind {
        /// The address that was to be bound.
        addr: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The trunk's name has no address.
    #[error("trunk host {host} has no address: {reason}; check its spelling and the name server")]
    Unresolved {
        /// The host of the trunk.
        host: String,
        /// The resolver's answer.
        reason: String,
    },
    /// The trunk's address is of a family that this server does not listen on.
    #[error(
        "the trunk is reached over {}, and this server speaks SIP over {} only; set sip_listen to \
         [::]:{port}, which serves both",
        family(.at), family(.listen)
    )]
    NoFamily {
        /// The trunk's address.
        at: IpAddr,
        /// Our listening address.
        listen: IpAddr,
        /// Our listening port.
        port: u16,
    },
    /// There is no route to the trunk's address: the network is down, or a route is missing.
    #[error("{at} cannot be reached: {} ({source}); check the network and routes of this machine", said(.source.kind()))]
    NoRoute {
        /// The address of the trunk.
        at: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The trunk refuses the connection.
    #[error("{at} takes no connection: {}; check its host and port", said(.source.kind()))]
    NoConnection {
        /// The address of the trunk.
        at: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The system has no socket left for a call, for example because no file descriptor is free.
    #[error(
        "no socket for a call: {source}; raise the limit of open files (ulimit -n), or lower the \
         calls at once"
    )]
    NoSocket {
        /// The operating system's error.
        source: io::Error,
    },
    /// Every port for sound is in use.
    #[error("no free RTP port in {first}-{last}; widen the range or lower the concurrency")]
    NoRtpPort {
        /// The first port of the range.
        first: u16,
        /// The last port of the range.
        last: u16,
    },
}

fn family(ip: &IpAddr) -> &'static str {
    if ip.is_ipv4() { "IPv4" } else { "IPv6" }
}

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

/// What a call holds before its INVITE leaves.
pub(crate) struct Way {
    /// The trunk's address.
    pub at: SocketAddr,
    /// Our address, as the trunk reaches it.
    pub ours: IpAddr,
    /// Our address with our SIP port.
    pub sent_by: SocketAddr,
    /// The port for sound.
    pub port: Port,
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

pub(crate) struct Shared {
    pub config: SipConfig,
    pub wire: Arc<Wire>,
    pub calls: Calls,
    pub pulse: Arc<Pulse>,
    user_agent: Arc<str>,
    nonces: Arc<Nonces>,
    ports: Arc<Ports>,
    pub names: Names,
}

impl Sip {
    /// Binds the sockets and starts to serve them.
    pub async fn start(config: SipConfig) -> Result<Sip, SipError> {
        let addr = config.listen;
        let (wire, tcp) =
            Wire::bind(addr).await.map_err(|source| SipError::Bind { addr, source })?;
        let shared = Arc::new(Shared {
            ports: Ports::new(config.rtp_ports.clone()),
            user_agent: config.user_agent.replace(|c: char| c.is_control(), " ").into(),
            config,
            wire: wire.clone(),
            calls: Calls::default(),
            pulse: Arc::default(),
            nonces: Arc::default(),
            names: Names::default(),
        });
        let weak = Arc::downgrade(&shared);
        wire.serve(tcp, Box::new(move |arrival| sort(&weak, arrival)));
        Ok(Sip { shared })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
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

/// Runs when the last endpoint and the last call are gone.
impl Drop for Shared {
    fn drop(&mut self) {
        self.wire.close();
    }
}

impl Shared {
    /// Returns the current time. Only this function reads the clocks.
    pub fn now(&self) -> Now {
        Now { mono: Instant::now(), wall: self.config.clock.now() }
    }

    /// Builds the setup that all calls share, without any codec.
    pub fn setup(&self, dialog: Dialog, login: Option<Login>) -> Setup {
        Setup {
            dialog,
            local: Local { addr: self.wire.local(), codecs: Vec::new(), session: 0 },
            login,
            nonces: self.nonces.clone(),
            timers: self.config.timers,
            ring_timeout: Duration::ZERO,
            user_agent: self.user_agent.clone(),
        }
    }

    /// Acquires everything that a call needs before its INVITE leaves, or fails at `until`.
    /// Dropping the result releases it.
    pub async fn way_to(&self, trunk: &Trunk, until: Instant) -> Result<Way, SipError> {
        let at = self.resolve(&trunk.host, trunk.port, until).await?;
        let local = self.local_for(at.ip())?;
        let (first, last) = self.config.rtp_ports.clone().into_inner();
        let port = self.ports.take(local.ip()).map_err(|source| SipError::NoSocket { source })?;
        let port = port.ok_or(SipError::NoRtpPort { first, last })?;
        let ours = self.our_ip(at).map_err(|source| match is_shortage(&source) {
            true => SipError::NoSocket { source },
            false => SipError::NoRoute { at, source },
        })?;
        let flow = Flow { transport: trunk.transport, addr: at };
        let reached = timeout_at(until.into(), self.wire.reach(flow)).await;
        let reached = reached.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        reached.map_err(|source| match is_shortage(&source) {
            true => SipError::NoSocket { source },
            false => SipError::NoConnection { at, source },
        })?;
        Ok(Way { at, ours, sent_by: SocketAddr::new(ours, local.port()), port })
    }

    async fn resolve(&self, host: &str, port: u16, until: Instant) -> Result<SocketAddr, SipError> {
        if let Some(ip) = address(host) {
            self.local_for(ip)?;
            return Ok(SocketAddr::new(ip, port));
        }
        let found = timeout_at(until.into(), self.names.lookup(host, port)).await;
        let found = found.unwrap_or_else(|_| Err("the name server does not answer".into()));
        let addrs = found.map_err(|reason| {
            // Without a free descriptor the resolver cannot ask, and reports the name as unknown.
            let shortage = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).err().filter(is_shortage);
            match shortage {
                Some(source) => SipError::NoSocket { source },
                None => SipError::Unresolved { host: host.to_owned(), reason: reason.to_string() },
            }
        })?;
        let is_ours = |addr: &&SocketAddr| self.wire.local_for(addr.ip()).is_some();
        let addr = addrs.iter().find(is_ours).or(addrs.first()).copied();
        let addr = addr.ok_or_else(|| SipError::Unresolved {
            host: host.to_owned(),
            reason: "the name server knows none".to_owned(),
        })?;
        self.local_for(addr.ip())?;
        Ok(addr)
    }

    /// Returns the local address for far ends of this family.
    pub fn local_for(&self, far: IpAddr) -> Result<SocketAddr, SipError> {
        let local = self.wire.local();
        let (listen, port) = (local.ip(), local.port());
        self.wire.local_for(far).ok_or(SipError::NoFamily { at: far, listen, port })
    }

    /// Returns the address at which the far end at `to` reaches us. Errors: there is no route, or
    /// the system has no socket left to ask with.
    pub fn our_ip(&self, to: SocketAddr) -> io::Result<IpAddr> {
        let local = self.wire.local_for(to.ip()).unwrap_or(self.wire.local()).ip();
        // Connecting a datagram socket sends nothing; it only looks up the route.
        let socket = UdpSocket::bind(SocketAddr::new(local, 0))?;
        socket.connect(to)?;
        match self.config.advertise_ip.filter(|ip| ip.is_ipv4() == to.is_ipv4()) {
            Some(ip) => Ok(ip),
            None => Ok(socket.local_addr()?.ip()),
        }
    }
}

/// Routes an arrival: to its call, to `answer_late` if the call is over, else to
/// `to_stranger`.
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
            let mut task = Task::unwatched(shared.clone(), dialog.clone());
            let mut uac = Uac::after_end(shared.setup(dialog, None));
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

/// Whether the system lacks something that every socket needs: a descriptor of this process
/// (EMFILE) or of the machine (ENFILE), or memory.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| lacks.contains(&errno))
}

/// Returns the IP address that a host is written as; IPv4 mapped in IPv6 becomes IPv4.
fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Returns a host as it is written in a URI.
pub(crate) fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
