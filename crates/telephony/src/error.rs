//! Why a call cannot be placed, and why a trunk does not answer.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

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

/// Why a ping got no answer.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// The trunk cannot be addressed or reached.
    #[error(transparent)]
    Nowhere(SipError),
    /// The OPTIONS could not be sent.
    #[error("{at} cannot be asked: {}", said(.error.kind()))]
    Unsent {
        /// Where the OPTIONS was to go.
        at: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The connection broke before an answer.
    #[error("{0} closed the connection without an answer")]
    Broken(SocketAddr),
    /// The machine is there and reports that nothing listens on that UDP port.
    #[error("nobody listens on {0}/udp, says the machine there")]
    Closed(SocketAddr),
    /// No answer came in time.
    #[error("nothing answered within {} s", .0.as_secs())]
    Silent(Duration),
}

impl PingError {
    /// Returns the operating system's own error, for readers who know it by heart.
    pub fn raw(&self) -> Option<&io::Error> {
        match self {
            PingError::Unsent { error, .. } => Some(error),
            PingError::Nowhere(_)
            | PingError::Broken(_)
            | PingError::Closed(_)
            | PingError::Silent(_) => None,
        }
    }
}

/// Describes a network error in words.
pub(crate) fn said(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "nobody listens there",
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "it broke the connection",
        io::ErrorKind::TimedOut => "it did not take the connection in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "no way leads there from this machine"
        }
        io::ErrorKind::PermissionDenied => "a rule of this machine forbids it",
        // Linux reports this when a socket bound to loopback sends to another machine.
        io::ErrorKind::InvalidInput | io::ErrorKind::AddrNotAvailable => {
            "no way leads there from the address that SIP is sent from (sip_listen)"
        }
        _ => "the network took nothing for it",
    }
}
