//! What all calls of an endpoint share, and the way to a trunk.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

use campanile_rules::trunk::Trunk;
use campanile_sip::{Dialog, Flow, Local, Login, Nonces, Now, Setup};
use tokio::time::timeout_at;

use crate::{
    audio::Pulse,
    calls::Calls,
    config::SipConfig,
    error::SipError,
    names::Names,
    ports::{Port, Ports},
    wire::Wire,
};

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

/// What all calls of an endpoint share.
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

/// Closes the sockets when the last endpoint and the last call are gone.
impl Drop for Shared {
    fn drop(&mut self) {
        self.wire.close();
    }
}

impl Shared {
    /// Creates what the calls of an endpoint share.
    pub fn new(config: SipConfig, wire: Arc<Wire>) -> Shared {
        Shared {
            ports: Ports::new(config.rtp_ports.clone()),
            user_agent: config.user_agent.replace(|c: char| c.is_control(), " ").into(),
            config,
            wire,
            calls: Calls::default(),
            pulse: Arc::default(),
            nonces: Arc::default(),
            names: Names::default(),
        }
    }

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

/// Whether the system lacks something that every socket needs: a descriptor of this process
/// (EMFILE) or of the machine (ENFILE), or memory.
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| lacks.contains(&errno))
}

/// Returns the IP address that a host is written as; IPv4 mapped in IPv6 becomes IPv4.
pub(crate) fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Returns a host as it is written in a URI.
pub(crate) fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
