//! One server with trunks over IPv4 and over IPv6.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use campanile_rules::{
    attempt::{EndReason as R, Outcome as O, Party},
    trunk::{Transport, Trunk},
};
use campanile_telephony::{PingError, Sip, SipConfig, SipError};

use crate::{
    network::{PATIENCE, answered, config, dial, ended, free_port, meaning, outgoing, trunk},
    peer::Peer,
};

async fn listening_on(listen: impl Into<std::net::IpAddr>) -> Sip {
    let listen = SocketAddr::new(listen.into(), 0);
    Sip::start(SipConfig { listen, ..config(1_000) }).await.expect("this machine has both families")
}

#[tokio::test]
async fn one_server_serves_trunks_of_both_families() {
    let sip = listening_on(Ipv6Addr::UNSPECIFIED).await;
    for (here, host) in
        [("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"), ("127.0.0.1", "::ffff:127.0.0.1")]
    {
        let peer = Peer::at(&format!("{here}:0")).await;
        let ear = UdpSocket::bind(format!("{here}:0")).unwrap();
        ear.set_read_timeout(Some(PATIENCE)).unwrap();
        let trunk = Trunk { host: host.to_owned(), ..trunk(peer.at) };
        sip.reaches(&trunk).unwrap();
        let mut call = dial(&sip, &trunk).await;
        let invite = peer.get().await;
        let ours = format!("{here}:{}", sip.local_addr().port());
        assert_eq!(invite.from.to_string(), ours);
        assert!(invite.header("Via").contains(&format!(" {ours};")), "{}", invite.text);
        assert!(invite.header("Contact").contains(&format!("@{ours}>")), "{}", invite.text);
        let (family, ip) = if here == "[::1]" { ("IP6", "::1") } else { ("IP4", here) };
        assert!(invite.text.contains(&format!("c=IN {family} {ip}\r\n")), "{}", invite.text);
        peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
        let (_, mut audio) = answered(&mut call).await;
        peer.wait_for("ACK").await;
        audio.hear().await.expect("nobody hung up");
        let mut buffer = [0; 2_048];
        let (_, from) = ear.recv_from(&mut buffer).expect("sound comes");
        assert_eq!(from.is_ipv4(), peer.at.is_ipv4());
        // The far end asks over its own address family.
        peer.ask(&invite, "a", ("OPTIONS", 1), "Content-Length: 0\r\n\r\n").await;
        assert_eq!(peer.told().await.0, 200);
        call.hang_up(Party::Agent).await;
        let bye = peer.wait_for("BYE").await;
        peer.respond(&bye, "200 OK", "", "").await;
        assert_eq!(
            meaning(&ended(&mut call).await),
            (O::Completed, R::AgentDisconnected),
            "{host}"
        );
    }
    // The same over streams: a refused connection proves the family.
    let closed = Trunk { transport: Transport::Tcp, ..trunk(free_port()) };
    assert!(matches!(sip.ping(&closed, PATIENCE).await, Err(PingError::Unsent { .. })));
}

#[tokio::test]
async fn a_trunk_of_the_other_family_is_said_in_words() {
    let v6 = trunk("[2001:db8::1]:5060".parse().unwrap());
    let v4 = trunk("192.0.2.1:5060".parse().unwrap());
    for (listen, mine, other, words) in [
        (
            Ipv4Addr::UNSPECIFIED.into(),
            &v4,
            &v6,
            "over IPv6, and this server speaks SIP over IPv4 only",
        ),
        (
            Ipv4Addr::LOCALHOST.into(),
            &v4,
            &v6,
            "over IPv6, and this server speaks SIP over IPv4 only",
        ),
        (
            std::net::IpAddr::from(Ipv6Addr::LOCALHOST),
            &v6,
            &v4,
            "over IPv4, and this server speaks SIP over IPv6 only",
        ),
    ] {
        let sip = listening_on(listen).await;
        assert!(sip.reaches(mine).is_ok());
        let told = sip.reaches(other).unwrap_err().to_string();
        assert!(told.contains(words) && told.contains("set sip_listen to [::]:"), "{told}");
        let Err(error) = sip.prepare(other, outgoing(PATIENCE)).await else { panic!("prepared") };
        assert!(matches!(error, SipError::NoFamily { .. }));
        assert_eq!(error.to_string(), told);
        let asked = sip.ping(other, PATIENCE).await;
        assert!(matches!(&asked, Err(PingError::Nowhere(_))), "{asked:?}");
        assert_eq!(asked.unwrap_err().to_string(), told);
    }
}
