//! Many calls at once.

use std::net::SocketAddr;

use campanile_rules::attempt::{EndReason, Outcome, Party};
use campanile_telephony::{Sip, SipConfig};
use tokio::{net::UdpSocket, task::JoinSet};

use crate::{
    network::{answered, config, dial, ended, meaning, trunk},
    peer::sdp,
};

/// A far end that answers every call and every BYE at once. It names the caller's own sound
/// address, so every caller hears itself.
async fn exchange() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_535];
        while let Ok((len, from)) = socket.recv_from(&mut buffer).await {
            let text = String::from_utf8_lossy(&buffer[..len]);
            let offered =
                text.split("m=audio ").nth(1).and_then(|m| m.split(' ').next()?.parse().ok());
            let body = match (text.split(' ').next(), offered) {
                (Some("ACK"), _) => continue,
                (_, Some(port)) => sdp(SocketAddr::from(([127, 0, 0, 1], port))),
                (_, None) => String::new(),
            };
            let mut reply = String::from("SIP/2.0 200 OK\r\n");
            for line in text.lines() {
                if ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|h| line.starts_with(h))
                {
                    let tagged = line.starts_with("To:") && !line.contains(";tag=");
                    reply += &format!("{line}{}\r\n", if tagged { ";tag=x" } else { "" });
                }
            }
            reply += &format!(
                "Contact: <sip:x@{at}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.send_to(reply.as_bytes(), from).await;
        }
    });
    at
}

async fn one_call(sip: Sip, at: SocketAddr) {
    let mut call = dial(&sip, &trunk(at)).await;
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    let end = ended(&mut call).await;
    assert_eq!(meaning(&end), (Outcome::Completed, EndReason::AgentDisconnected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_share_one_port() {
    let sip = Sip::start(SipConfig { rtp_ports: 32_000..=39_999, ..config(500) }).await.unwrap();
    let at = exchange().await;
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        calls.spawn(one_call(sip.clone(), at));
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
}
