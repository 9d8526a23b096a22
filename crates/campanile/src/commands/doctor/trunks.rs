//! Checks the trunks: that each is found, responds, and can reach our address.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _, UdpSocket},
    time::Duration,
};

use campanile_egress::is_public;
use campanile_rules::trunk::Trunk;
use campanile_telephony::{Sip, SipConfig};

use super::{
    Patient,
    finding::{Finding, Findings},
};

/// How long a trunk may take to respond.
const PATIENCE: Duration = Duration::from_secs(4);

/// Sends OPTIONS to all trunks at once.
pub async fn look(patient: &Patient, trunks: &[Trunk], found: &mut Findings) {
    if trunks.is_empty() {
        let remedy = "add one: campanile trunk create, or the dashboard under Settings";
        found.add(Finding::warning("trunk", "there is none yet: nobody can be called", remedy));
        return;
    }
    let listen = SocketAddr::new(patient.serving.settings.sip_listen.ip(), 0);
    let config = SipConfig {
        listen,
        advertise_ip: patient.serving.settings.sip_advertise_ip,
        rtp_ports: patient.serving.settings.rtp_ports.0.clone(),
        ..SipConfig::default()
    };
    let sip = match Sip::start(config).await {
        Ok(sip) => sip,
        Err(error) => {
            let remedy = "choose another sip_listen in the configuration file";
            found.add(Finding::problem("trunk", error.to_string(), remedy));
            return;
        }
    };
    let asked = trunks.iter().map(|trunk| {
        let (sip, trunk) = (sip.clone(), trunk.clone());
        tokio::spawn(async move { ask(&sip, &trunk).await })
    });
    for (asked, trunk) in asked.collect::<Vec<_>>().into_iter().zip(trunks) {
        if let Ok(finding) = asked.await {
            found.add(finding);
        }
        if let Some(finding) = address(patient, trunk) {
            found.add(finding);
        }
    }
    sip.close();
}

async fn ask(sip: &Sip, trunk: &Trunk) -> Finding {
    let check = format!("trunk {}", trunk.name);
    match sip.ping(trunk, PATIENCE).await {
        Ok(pong) => {
            let took = pong.took.as_secs_f64() * 1e3;
            let told = format!("it answers {} {} in {took:.0} ms", pong.code, pong.reason);
            match pong.code {
                403 => Finding::warning(
                    check,
                    told,
                    "it does not talk to this address: ask the carrier to let it in",
                ),
                503 => Finding::warning(check, told, "it says that it is not in service now"),
                _ => Finding::ok(check, told),
            }
        }
        Err(error) => Finding::problem(
            check,
            format!("{}:{} is not reached: {error}", trunk.host, trunk.port),
            "check its host, port and transport, and the firewalls on the way; some carriers \
             answer known addresses only",
        ),
    }
}

/// Checks that a trunk can reach the address that SIP gives to it.
fn address(patient: &Patient, trunk: &Trunk) -> Option<Finding> {
    let check = format!("address for {}", trunk.name);
    let host = trunk.host.trim_matches(['[', ']']);
    let far = (host, trunk.port).to_socket_addrs().ok()?.next()?;
    let listen = patient.serving.settings.sip_listen.ip();
    if listen.is_loopback() && !far.ip().is_loopback() {
        return Some(Finding::problem(
            check,
            format!("SIP is spoken on {listen} only, and {far} is another machine"),
            "set sip_listen to [::]:5060, or to an address that leads there",
        ));
    }
    let told = told(patient, far)?;
    if !is_public(far.ip()) || is_public(told) {
        return Some(Finding::ok(check, format!("it is told to answer to {told}")));
    }
    let remedy = match patient.serving.settings.sip_advertise_ip {
        Some(_) => "set sip_advertise_ip to the address that the Internet sees",
        None => {
            "behind NAT, set sip_advertise_ip to the address that the Internet sees, and forward \
             the SIP port and rtp_ports to this machine"
        }
    };
    Some(Finding::warning(
        check,
        format!("it is told to answer to {told}, which only this network knows"),
        remedy,
    ))
}

/// The address that SIP gives to the trunk.
fn told(patient: &Patient, far: SocketAddr) -> Option<IpAddr> {
    let advertised = patient.serving.settings.sip_advertise_ip;
    if let Some(ip) = advertised.filter(|ip| ip.is_ipv4() == far.is_ipv4()) {
        return Some(ip);
    }
    let any: IpAddr = match far {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    // Connecting a UDP socket sends nothing; it only looks up the route.
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    socket.connect(far).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
