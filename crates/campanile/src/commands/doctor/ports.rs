//! Checks that each port of the server is free or already the server's own.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
};

use super::{Patient, finding::Finding, sockets::Protocol};
use crate::node;

/// Checks the HTTP port.
pub fn http(patient: &Patient) -> Finding {
    let listen = patient.serving.settings.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Finding::ok("HTTP port", format!("{listen} is free")),
        Err(error) => taken(patient, ("HTTP port", "--listen"), (listen, Protocol::Tcp), &error),
    }
}

/// Checks the SIP port, over UDP and TCP.
pub fn sip(patient: &Patient) -> Finding {
    const CHECK: &str = "SIP port";
    let listen = match node::kept_or(&patient.serving.data, patient.serving.settings.sip_listen) {
        Ok(listen) => listen,
        Err(error) => {
            return Finding::problem(CHECK, format!("{error:#}"), "delete that file, or mend it");
        }
    };
    if listen.port() == 0 {
        let ports = format!("{} to {}", node::PORTS.start, node::PORTS.end - 1);
        return Finding::ok(CHECK, format!("the first start chooses a free one from {ports}"));
    }
    let both = [
        (Protocol::Udp, UdpSocket::bind(listen).map(drop)),
        (Protocol::Tcp, TcpListener::bind(listen).map(drop)),
    ];
    for (protocol, bound) in both {
        if let Err(error) = bound {
            return taken(patient, (CHECK, "sip_listen"), (listen, protocol), &error);
        }
    }
    Finding::ok(CHECK, format!("{listen} is free, UDP and TCP"))
}

/// The finding for a port that cannot be bound.
fn taken(
    patient: &Patient,
    (check, option): (&str, &str),
    (listen, protocol): (SocketAddr, Protocol),
    error: &io::Error,
) -> Finding {
    let name = match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    match (error.kind(), &patient.running) {
        (io::ErrorKind::AddrInUse, Some(running)) if running.has(protocol, listen.port()) => {
            Finding::ok(check, format!("{listen} is our own: the server that runs has it"))
        }
        (io::ErrorKind::AddrInUse, _) => Finding::problem(
            check,
            format!("another program has {listen}/{name}"),
            format!(
                "end it (ss -lnp 'sport = :{}' names it), or choose another address with {option}",
                listen.port()
            ),
        ),
        (io::ErrorKind::PermissionDenied, _) => Finding::problem(
            check,
            format!("{listen}/{name} may only be taken with more rights: {error}"),
            "choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE",
        ),
        (io::ErrorKind::AddrNotAvailable, _) => Finding::problem(
            check,
            format!("{} is no address of this machine", listen.ip()),
            format!("choose one that ip addr shows, with {option}"),
        ),
        (_, _) => Finding::problem(
            check,
            format!("{listen}/{name} cannot be taken: {error}"),
            format!("choose another address with {option}"),
        ),
    }
}

/// Checks the RTP port range. Each call needs one port.
pub fn sound(patient: &Patient, calls: u32) -> Finding {
    const CHECK: &str = "sound ports";
    let range = &patient.serving.settings.rtp_ports.0;
    let ip: IpAddr = match patient.serving.settings.sip_listen.is_ipv4() {
        true => std::net::Ipv4Addr::UNSPECIFIED.into(),
        false => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let mut usable = 0_u32;
    let mut taken = 0_u32;
    for port in range.clone().filter(|port| port % 2 == 0 && *port > 0) {
        let own = patient.running.as_ref().is_some_and(|running| running.has(Protocol::Udp, port));
        match UdpSocket::bind(SocketAddr::new(ip, port)) {
            Ok(_) => usable += 1,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && own => usable += 1,
            Err(_) => taken += 1,
        }
    }
    let (first, last) = (range.start(), range.end());
    let told = format!(
        "{usable} of {} even ports from {first} to {last} are usable, for {calls} calls at once",
        usable + taken
    );
    match usable >= calls.max(1) {
        true => Finding::ok(CHECK, told),
        false => Finding::problem(
            CHECK,
            told,
            "widen rtp_ports in the configuration file, or lower the calls at once of trunks and \
             workspaces",
        ),
    }
}
