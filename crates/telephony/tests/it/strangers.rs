//! A sender outside of any call learns nothing and leaves nothing behind.

use std::net::{SocketAddr, UdpSocket};

use campanile_media::rtp::RtpSender;
use campanile_rules::attempt::Party;
use campanile_telephony::CallAudio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    network::{PATIENCE, answered, dial, ended, endpoint, trunk},
    peer::Peer,
};

/// Returns a scanner's `n`th message; each has its own Call-ID.
fn scan(n: usize, at: SocketAddr, from: SocketAddr) -> Vec<u8> {
    let methods = ["OPTIONS", "REGISTER", "INVITE", "BYE", "CANCEL", "ACK", "PRACK", "HACK"];
    let Some(method) = methods.get(n % (methods.len() + 2)) else {
        let mut random = fastrand::Rng::with_seed(n as u64);
        let len = random.usize(..1_200);
        return (0..len).map(|_| random.u8(..)).collect();
    };
    let to = if n.is_multiple_of(3) { ";tag=known" } else { "" };
    format!(
        "{method} sip:9011442071{n:06}@{at} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {from};branch=z9hG4bK-{n};rport\r\nMax-Forwards: 70\r\n\
         From: \"100\" <sip:100@{at}>;tag=scan{n}\r\nTo: <sip:9011@{at}>{to}\r\n\
         Call-ID: scan-{n}\r\nCSeq: {n} {method}\r\nContact: <sip:100@{from}>\r\n\
         User-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_flood_of_scanners_leaves_nothing_behind_and_calls_go_on() {
    const MESSAGES: usize = 6_000;
    let (peer, scanner, sip) = (Peer::start().await, Peer::start().await, endpoint(1_000).await);
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    let known = sip.known_calls();
    for n in 0..MESSAGES {
        scanner.send(sip.local_addr(), &scan(n, sip.local_addr(), scanner.at)).await;
        if n == MESSAGES / 2 {
            peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
        }
    }
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    ended(&mut call).await;
    assert_eq!(sip.known_calls(), known, "something was kept of the flood");
    // The last request is answered last.
    let last = scan(8 * 10_000 + 80_000, sip.local_addr(), scanner.at);
    assert!(last.starts_with(b"OPTIONS"));
    scanner.send(sip.local_addr(), &last).await;
    let mut refused = 0;
    loop {
        let reply = scanner.get().await;
        assert_eq!(reply.first(), "SIP/2.0", "a scanner is asked nothing: {reply:?}");
        if reply.header("Call-ID") == "scan-160000" {
            break;
        }
        if reply.header("CSeq").ends_with("INVITE") {
            let code = reply.text.split(' ').nth(1).unwrap();
            assert!(["403", "481"].contains(&code), "an INVITE got {reply:?}");
            refused += 1;
        }
    }
    assert!(refused > 0, "no INVITE was answered at all");
}

#[tokio::test]
async fn streams_that_say_nothing_sensible_are_closed() {
    let sip = endpoint(1_000).await;
    for garbage in
        [vec![b'a'; 200_000], b"INVITE sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n".to_vec()]
    {
        let mut stream = tokio::net::TcpStream::connect(sip.local_addr()).await.unwrap();
        // The other side may hang up before it has read everything.
        let _ = stream.write_all(&garbage).await;
        let mut said = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
        let _ = read.expect("it hangs up");
        assert!(said.is_empty(), "{}", String::from_utf8_lossy(&said));
    }
    assert_eq!(sip.known_calls(), 0);
}

/// Returns the loudest sample in this many steps of 20 ms.
async fn loudest(audio: &mut CallAudio, steps: usize) -> i16 {
    let mut loudest = 0;
    for _ in 0..steps {
        let (frame, _) = audio.hear().await.expect("nobody hung up");
        loudest = loudest.max(frame.iter().copied().max().unwrap_or_default());
    }
    loudest
}

/// Sends packets with one sample value, each with another SSRC.
fn send_sound(from: &UdpSocket, to: SocketAddr, (value, packets): (u8, u32)) {
    let mut out = [0; 2_048];
    for ssrc in 0..packets {
        let mut sender = RtpSender::new(ssrc, ssrc as u16, ssrc * 160);
        let len = sender.header(0, false).write(&[value; 160], &mut out).unwrap();
        let _ = from.send_to(&out[..len], to);
    }
}

/// G.711 µ-law: the loudest sample, and silence.
const LOUD: u8 = 0x80;
const QUIET: u8 = 0xff;

#[tokio::test]
async fn sound_from_strangers_is_never_heard_and_gets_none_back() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    ear.set_read_timeout(Some(PATIENCE)).unwrap();
    let (stranger, neighbour) =
        (UdpSocket::bind("127.0.0.2:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, mut audio) = answered(&mut call).await;
    loudest(&mut audio, 1).await;
    let mut buffer = [0; 2_048];
    let (_, port) = ear.recv_from(&mut buffer).expect("sound comes every 20 ms");

    // Before the far end speaks, and after the time in which only the described address counts.
    for _ in 0..6 {
        send_sound(&stranger, port, (LOUD, 200));
        assert_eq!(loudest(&mut audio, 10).await, 0, "a stranger was heard");
    }
    // The far end speaks: from now on, even another port of its machine is not heard.
    send_sound(&ear, port, (QUIET, 1));
    loudest(&mut audio, 2).await;
    for _ in 0..5 {
        send_sound(&neighbour, port, (LOUD, 200));
        send_sound(&stranger, port, (LOUD, 200));
        send_sound(&ear, port, (QUIET, 2));
        assert_eq!(loudest(&mut audio, 4).await, 0, "a neighbour was heard");
    }
    send_sound(&ear, port, (LOUD, 3));
    assert!(loudest(&mut audio, 20).await > 10_000, "the far end is not heard any more");
    for socket in [&stranger, &neighbour] {
        socket.set_nonblocking(true).unwrap();
        assert!(socket.recv_from(&mut buffer).is_err(), "sound was sent to a stranger");
    }
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    ended(&mut call).await;
}
