//! Cases that sipp cannot play: silence, forks, sound, strangers.

use std::{net::UdpSocket, time::Duration};

use campanile_media::{
    dtmf::{DtmfReceiver, DtmfSender},
    g711::Law,
    playout::{Item, Sound},
    rtp::{RtpPacket, RtpSender},
};
use campanile_rules::attempt::{EndReason as R, Outcome as O, Party};
use campanile_sip::EndKind;
use campanile_telephony::{CallEvent, Sip, SipConfig};

use crate::{
    network::{
        answered, config, dial, dial_for, ended, endpoint, meaning, next, trunk, with_login,
    },
    peer::Peer,
};

/// Returns the far end's socket for sound.
fn ear() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket
}

#[tokio::test]
async fn a_silent_trunk_is_unreachable() {
    let (peer, sip) = (Peer::start().await, endpoint(10).await);
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let end = ended(&mut call).await;
    assert_eq!(meaning(&end), (O::Failed, R::TrunkUnreachable));
    let first = peer.get().await;
    assert_eq!(first.first(), "INVITE");
    for _ in 0..5 {
        assert_eq!(peer.get().await, first, "repetitions are identical");
    }
}

#[tokio::test]
async fn nothing_is_cancelled_before_a_provisional_response() {
    let (peer, sip) = (Peer::start().await, endpoint(100).await);
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    call.hang_up(Party::Engine).await;
    assert!(peer.is_quiet(Duration::from_millis(300)).await);
    peer.respond(&invite, "180 Ringing", "a", "").await;
    let cancel = peer.get().await;
    assert_eq!(cancel.first(), "CANCEL");
    assert_eq!(cancel.header("Via"), invite.header("Via"));
    assert_eq!(cancel.header("CSeq"), "1 CANCEL");
    // The first CANCEL is lost; it is repeated.
    assert_eq!(peer.get().await, cancel);
    peer.respond(&cancel, "200 OK", "a", "").await;
    peer.respond(&invite, "487 Request Terminated", "a", "").await;
    assert_eq!(peer.wait_for("ACK").await.header("CSeq"), "1 ACK");
    assert_eq!(meaning(&ended(&mut call).await), (O::Interrupted, R::EngineInterrupted));
    // The ACK was lost: the refusal comes again, and we repeat the ACK although the call is over.
    peer.respond(&invite, "487 Request Terminated", "a", "").await;
    let again = peer.wait_for("ACK").await;
    assert_eq!(again.header("Via").split(';').nth(1), invite.header("Via").split(';').nth(1));
}

#[tokio::test]
async fn the_ack_waits_for_the_store() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let ear = ear();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let CallEvent::Answered { dialog, .. } = next(&mut call, "the answer").await else { panic!() };
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    assert!(peer.is_quiet(Duration::from_millis(200)).await);
    let stored = serde_json::to_string(&dialog).unwrap();
    assert!(stored.contains("sip:peer@"), "{stored}");
    let _audio = call.accept().await;
    assert_eq!(peer.get().await.first(), "ACK");
}

#[tokio::test]
async fn a_repeated_answer_is_acknowledged_each_time() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let ear = ear();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, _audio) = answered(&mut call).await;
    let ack = peer.wait_for("ACK").await;
    for _ in 0..3 {
        peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
        assert_eq!(peer.get().await, ack);
    }
}

#[tokio::test]
async fn every_surplus_answer_is_acknowledged_and_hung_up() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let ear = ear();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.answer(&invite, "first", ear.local_addr().unwrap()).await;
    let (_, mut audio) = answered(&mut call).await;
    assert!(peer.wait_for("ACK").await.header("To").ends_with("tag=first"));
    for tag in ["second", "third"] {
        peer.answer(&invite, tag, ear.local_addr().unwrap()).await;
        assert!(peer.wait_for("ACK").await.header("To").ends_with(tag));
        let bye = peer.wait_for("BYE").await;
        assert!(bye.header("To").ends_with(tag));
        peer.respond(&bye, "200 OK", "", "").await;
    }
    assert!(audio.hear().await.is_some(), "the first call goes on");
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    assert!(bye.header("To").ends_with("first"));
    peer.respond(&bye, "200 OK", "", "").await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
}

#[tokio::test]
async fn a_known_nonce_spares_the_next_call_its_challenge() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let trunk = with_login(trunk(peer.at));
    let mut call = dial(&sip, &trunk).await;
    let invite = peer.get().await;
    let ask = "401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    peer.respond(&invite, ask, "a", "").await;
    let CallEvent::Challenged(dialog) = next(&mut call, "a challenge").await else { panic!() };
    assert_ne!(serde_json::to_string(&dialog).unwrap(), "");
    assert_eq!(peer.wait_for("ACK").await.header("CSeq"), "1 ACK");
    assert!(peer.is_quiet(Duration::from_millis(100)).await, "the store comes first");
    call.proceed().await;
    let second = peer.wait_for("INVITE").await;
    assert_eq!(second.header("CSeq"), "2 INVITE");
    assert_ne!(second.header("Via"), invite.header("Via"));
    assert!(second.header("Authorization").contains("nc=00000001"));
    peer.respond(&second, "486 Busy Here", "a", "").await;
    assert_eq!(ended(&mut call).await.sip_code, Some(486));

    let mut call = dial(&sip, &trunk).await;
    let invite = peer.wait_for("INVITE").await;
    assert!(invite.header("Authorization").contains("nc=00000002"));
    let stale =
        "401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"m\", stale=TRUE, qop=\"auth\"";
    peer.respond(&invite, stale, "a", "").await;
    assert!(matches!(next(&mut call, "a challenge").await, CallEvent::Challenged(_)));
    call.proceed().await;
    let again = peer.wait_for("INVITE").await;
    assert!(again.header("Authorization").contains("nonce=\"m\""));
    peer.respond(&again, "404 Not Found", "a", "").await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Failed, R::InvalidNumber));
}

#[tokio::test]
async fn sound_and_digits_go_both_ways() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let ear = ear();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    assert!(invite.text.contains("m=audio ") && invite.text.contains("RTP/AVP 0 8 101"));
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, mut audio) = answered(&mut call).await;
    audio.playout().play(Item(0), Sound::Linear(&[8_000; 1_600]));
    audio.press('7');
    let mouth = ear.try_clone().unwrap();
    let far = std::thread::spawn(move || far_end(&ear, &mouth));
    let (mut loudest, mut digits) = (0, String::new());
    while digits.is_empty() || loudest < 5_000 {
        let (frame, digit) = audio.hear().await.expect("nobody hung up");
        loudest = loudest.max(frame.iter().copied().max().unwrap());
        digits.extend(digit);
    }
    assert_eq!(digits, "5");
    while !far.is_finished() {
        audio.hear().await.expect("nobody hung up");
    }
    let (loud_frames, heard) = far.join().unwrap();
    assert!(loud_frames >= 8, "{loud_frames} loud frames of ten");
    assert_eq!(heard, "7");
    assert_eq!(audio.playout().unplayed(), 0);
}

/// Sends one sound packet for each one received, and a digit in between.
fn far_end(ear: &UdpSocket, mouth: &UdpSocket) -> (usize, String) {
    let (mut sender, mut keys, mut presses) =
        (RtpSender::new(1, 2, 3), DtmfSender::new(), DtmfReceiver::new());
    let (mut loud, mut heard, mut buffer, mut out) = (0, String::new(), [0; 2_048], [0; 2_048]);
    keys.queue('5');
    for _ in 0..40 {
        let (len, from) = ear.recv_from(&mut buffer).expect("sound comes every 20 ms");
        let packet = RtpPacket::parse(&buffer[..len]).unwrap();
        match packet.header.payload_type {
            0 => loud += usize::from(Law::Mu.decode(packet.payload[80]) > 5_000),
            101 => heard.extend(presses.push(packet.header.timestamp, packet.payload)),
            other => panic!("payload type {other}"),
        }
        let len = match keys.tick(sender.timestamp()) {
            Some(event) => {
                sender.header_at(101, event.marker, event.timestamp).write(&event.payload, &mut out)
            }
            None => sender.header(0, false).write(&[Law::Mu.encode(9_000); 160], &mut out),
        };
        sender.advance(160);
        mouth.send_to(&out[..len.unwrap()], from).unwrap();
    }
    (loud, heard)
}

#[tokio::test]
async fn a_line_that_goes_dead_is_hung_up() {
    let rtp_timeout = Duration::from_millis(200);
    let sip = Sip::start(SipConfig { rtp_timeout, ..config(1_000) }).await.unwrap();
    let peer = Peer::start().await;
    let ear = ear();
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, mut audio) = answered(&mut call).await;
    let listening = tokio::spawn(async move { while audio.hear().await.is_some() {} });
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    let end = ended(&mut call).await;
    assert_eq!((end.kind, meaning(&end).1), (EndKind::MediaTimeout, R::NetworkFailure));
    listening.await.unwrap();
}

#[tokio::test]
async fn an_answer_without_sound_that_we_speak_is_hung_up() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    let g729 = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n";
    peer.respond(&invite, "200 OK", "a", g729).await;
    assert_eq!(peer.wait_for("ACK").await.header("CSeq"), "1 ACK");
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Failed, R::NetworkFailure));
}

#[tokio::test]
async fn a_bye_that_wants_credentials_gets_them() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let ear = ear();
    let mut call = dial(&sip, &with_login(trunk(peer.at))).await;
    let invite = peer.get().await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    let ask = "407 No\r\nProxy-Authenticate: Digest realm=\"r\", nonce=\"n\"";
    peer.respond(&bye, ask, "", "").await;
    let bye = peer.wait_for("BYE").await;
    assert_eq!(bye.header("CSeq"), "3 BYE");
    assert!(bye.header("Proxy-Authorization").starts_with("Digest username=\"Mufasa\""));
    peer.respond(&bye, "200 OK", "", "").await;
    assert_eq!(ended(&mut call).await.kind, EndKind::HungUp);
}

#[tokio::test]
async fn strangers_are_told_no() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    for (method, wanted) in [
        ("INVITE", "403"),
        ("OPTIONS", "200"),
        ("REGISTER", "405"),
        ("BYE", "481"),
        ("DANCE", "501"),
    ] {
        let request = format!(
            "{method} sip:1000@{at} SIP/2.0\r\nVia: SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bK1;rport\r\n\
             From: <sip:scanner@h>;tag=1\r\nTo: <sip:1000@h>\r\nCall-ID: scan-{method}\r\n\
             CSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n",
            at = sip.local_addr()
        );
        peer.send(sip.local_addr(), request.as_bytes()).await;
        let reply = peer.get().await;
        assert_eq!(reply.text.split(' ').nth(1), Some(wanted), "{method}");
    }
}

#[tokio::test]
async fn a_call_that_nobody_follows_any_more_is_hung_up() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let call = dial_for(&sip, &trunk(peer.at), Duration::from_secs(60)).await;
    let invite = peer.get().await;
    peer.respond(&invite, "180 Ringing", "a", "").await;
    drop(call);
    assert_eq!(peer.wait_for("CANCEL").await.header("CSeq"), "1 CANCEL");
}
