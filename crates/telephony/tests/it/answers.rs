//! Responses to our requests: which of them belong to us, and which of them count.

use std::{net::UdpSocket, time::Duration};

use campanile_rules::attempt::{EndReason as R, Outcome as O, Party};
use campanile_sip::{EndKind, outcome};
use campanile_telephony::CallEvent;

use crate::{
    network::{answered, dial, ended, endpoint, meaning, next, trunk, with_login},
    peer::{Got, Peer, sdp},
};

fn ear() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

/// Returns the request with a changed Via, so that a response to it is no longer ours.
fn with_via(request: &Got, change: impl Fn(&str) -> String) -> Got {
    let via = request.header("Via");
    Got { text: request.text.replace(via, &change(via)), from: request.from }
}

#[tokio::test]
async fn responses_to_others_requests_are_ignored() {
    let (peer, sip, ear) = (Peer::start().await, endpoint(1_000).await, ear());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    let foreign = with_via(&invite, |via| via.replace("z9hG4bK", "z9hG4bKother"));
    let passed_on =
        with_via(&invite, |via| format!("{via}, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK2"));
    for wrong in [&foreign, &passed_on] {
        peer.respond(wrong, "180 Ringing", "a", "").await;
        peer.respond(wrong, "486 Busy Here", "a", "").await;
        peer.respond(wrong, "200 OK", "a", &sdp(ear.local_addr().unwrap())).await;
    }
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    assert!(
        matches!(next(&mut call, "the answer").await, CallEvent::Answered { .. }),
        "a response of another's transaction was believed"
    );
    let _audio = call.accept().await;
    peer.wait_for("ACK").await;
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    let foreign = with_via(&bye, |via| via.replace("z9hG4bK", "z9hG4bKother"));
    peer.respond(&foreign, "200 OK", "", "").await;
    assert_eq!(peer.wait_for("BYE").await, bye, "it is repeated until it is answered");
    peer.respond(&bye, "200 OK", "", "").await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Completed, R::AgentDisconnected));
}

#[tokio::test]
async fn an_answer_of_another_phone_needs_a_description_of_its_own() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let (one, other) = (ear(), ear());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.respond(&invite, "183 Session Progress", "one", &sdp(one.local_addr().unwrap())).await;
    peer.respond(&invite, "200 OK", "other", "").await;
    assert!(peer.wait_for("ACK").await.header("To").ends_with("tag=other"));
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    let end = ended(&mut call).await;
    assert_eq!((end.kind, meaning(&end)), (EndKind::NoMedia, (O::Failed, R::NetworkFailure)));

    // A phone's own 183 description counts, although another phone's came later.
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.wait_for("INVITE").await;
    peer.respond(&invite, "183 Session Progress", "other", &sdp(other.local_addr().unwrap())).await;
    peer.respond(&invite, "183 Session Progress", "one", &sdp(one.local_addr().unwrap())).await;
    peer.respond(&invite, "200 OK", "other", "").await;
    let (_, mut audio) = answered(&mut call).await;
    other.set_nonblocking(true).unwrap();
    let mut buffer = [0; 2_048];
    loop {
        audio.hear().await.expect("nobody hung up");
        if other.recv_from(&mut buffer).is_ok() {
            break;
        }
    }
    one.set_nonblocking(true).unwrap();
    assert!(one.recv_from(&mut buffer).is_err(), "sound went to the phone that was not picked up");
}

#[tokio::test]
async fn forks_are_hung_up_in_transactions_of_their_own() {
    let (peer, sip, ear) = (Peer::start().await, endpoint(1_000).await, ear());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    for tag in ["first", "second"] {
        peer.answer(&invite, tag, ear.local_addr().unwrap()).await;
    }
    let (_, _audio) = answered(&mut call).await;
    let surplus = peer.wait_for("BYE").await;
    peer.respond(&surplus, "200 OK", "", "").await;
    call.hang_up(Party::Agent).await;
    let bye = peer.wait_for("BYE").await;
    assert_ne!(bye.header("Via"), surplus.header("Via"), "a proxy takes it for a repetition");
    peer.respond(&bye, "200 OK", "", "").await;
    ended(&mut call).await;
}

#[tokio::test]
async fn two_proxies_and_the_far_end_each_get_their_credentials() {
    let (peer, sip, ear) = (Peer::start().await, endpoint(1_000).await, ear());
    let mut call = dial(&sip, &with_login(trunk(peer.at))).await;
    let mut invite = peer.get().await;
    for (n, line) in [
        "407 No\r\nProxy-Authenticate: Digest realm=\"one, \\\"first\\\"\", nonce=\"1\", qop=\"auth,auth-int\"",
        "407 No\r\nProxy-Authenticate: Digest realm=\"two\", nonce=\"2\", algorithm=SHA-256",
        "401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"one\", nonce=\"3\"",
        "407 No\r\nProxy-Authenticate: Digest realm=\"two\", nonce=\"4\", algorithm=SHA-256, stale=TRUE",
    ]
    .into_iter()
    .enumerate()
    {
        peer.respond(&invite, line, "a", "").await;
        assert!(matches!(next(&mut call, "a challenge").await, CallEvent::Challenged(_)), "{line}");
        call.proceed().await;
        invite = peer.wait_for("INVITE").await;
        assert_eq!(invite.header("CSeq"), format!("{} INVITE", n + 2));
    }
    for part in [
        "Proxy-Authorization: Digest username=\"Mufasa\", realm=\"one, \\\"first\\\"\", nonce=\"1\"",
        "Proxy-Authorization: Digest username=\"Mufasa\", realm=\"two\", nonce=\"4\"",
        "\r\nAuthorization: Digest username=\"Mufasa\", realm=\"one\", nonce=\"3\"",
    ] {
        assert!(invite.text.contains(part), "{part}\nis not in\n{}", invite.text);
    }
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, _audio) = answered(&mut call).await;
    assert!(peer.wait_for("ACK").await.text.contains("nonce=\"4\""));
    call.hang_up(Party::Agent).await;
    for (asks, cseq) in [("one", "7 BYE"), ("two", "8 BYE"), ("", "9 BYE")] {
        let bye = peer.wait_for("BYE").await;
        if asks.is_empty() {
            peer.respond(&bye, "200 OK", "", "").await;
            assert_eq!(bye.header("CSeq"), cseq.replace('9', "8"));
            break;
        }
        let line = format!("407 No\r\nProxy-Authenticate: Digest realm=\"{asks}\", nonce=\"b\"");
        peer.respond(&bye, &line, "", "").await;
    }
    assert_eq!(ended(&mut call).await.kind, EndKind::HungUp);
}

#[tokio::test]
async fn credentials_that_one_proxy_refuses_fail_the_call() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let mut call = dial(&sip, &with_login(trunk(peer.at))).await;
    for (realm, more) in [("one", true), ("two", true), ("one", false)] {
        let invite = peer.wait_for("INVITE").await;
        let line =
            format!("407 No\r\nProxy-Authenticate: Digest realm=\"{realm}\", nonce=\"{more}\"");
        peer.respond(&invite, &line, "a", "").await;
        if more {
            assert!(matches!(next(&mut call, "a challenge").await, CallEvent::Challenged(_)));
            call.proceed().await;
        }
    }
    assert_eq!(meaning(&ended(&mut call).await), (O::Failed, R::TrunkAuthFailed));
}

#[tokio::test]
async fn a_bye_that_nobody_answers_is_no_talk_time() {
    let (peer, sip, ear) = (Peer::start().await, endpoint(10).await, ear());
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, _audio) = answered(&mut call).await;
    call.hang_up(Party::Agent).await;
    let end = ended(&mut call).await;
    let (answered_at, hung_up_at) = (end.answered_at.unwrap(), end.talk_ended_at.unwrap());
    let waited = end.ended_at.since(hung_up_at);
    assert!(waited >= Duration::from_millis(600), "the slot waits for the far end: {waited:?}");
    let talked = outcome::classify(&end).evidence.talk_ms.unwrap();
    assert_eq!(u128::from(talked), hung_up_at.since(answered_at).as_millis());
}

#[tokio::test]
async fn causes_of_a_refusal_are_believed() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    for (line, cause, wanted) in [
        ("480 Gone\r\nReason: Q.850;cause=17", Some(17), (O::Busy, R::UserBusy)),
        (
            "500 X\r\nreason: SIP;cause=200, q.850 ;cause = 34",
            Some(34),
            (O::Failed, R::TrunkCongested),
        ),
        (
            "503 X\r\nReason: Q.850;text=\"a;cause=1\";cause=19",
            Some(19),
            (O::NoAnswer, R::UserDidNotPickUp),
        ),
        ("480 X\r\nReason: X.int;cause=17", None, (O::NoAnswer, R::UserUnreachable)),
        ("480 X\r\nReason: Q.850;cause=21;location=U", Some(21), (O::Failed, R::UserDeclined)),
        ("603 Decline", None, (O::Failed, R::UserDeclined)),
    ] {
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.wait_for("INVITE").await;
        peer.respond(&invite, line, "a", "").await;
        let end = ended(&mut call).await;
        assert_eq!((end.q850, meaning(&end)), (cause, wanted), "{line}");
    }
}

#[tokio::test]
async fn a_session_that_is_too_short_for_a_proxy_is_asked_for_longer() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    assert_eq!(invite.header("Supported"), "timer");
    peer.respond(&invite, "422 Session Interval Too Small\r\nMin-SE: 600", "a", "").await;
    assert!(matches!(next(&mut call, "another try").await, CallEvent::Challenged(_)));
    call.proceed().await;
    let longer = peer.wait_for("INVITE").await;
    assert_eq!(longer.header("CSeq"), "2 INVITE");
    assert_eq!((longer.header("Session-Expires"), longer.header("Min-SE")), ("600", "600"));
    // A second 422 with the same interval would go on for ever.
    peer.respond(&longer, "422 Session Interval Too Small\r\nMin-SE: 600", "a", "").await;
    assert_eq!(meaning(&ended(&mut call).await), (O::Failed, R::NetworkFailure));
}

#[tokio::test]
async fn answers_in_any_dress_are_read() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let compact = |text: String| {
        [
            ("Via: ", "v : "),
            ("From: ", "F:"),
            ("To: ", "t:\r\n "),
            ("Call-ID: ", "i: "),
            ("CSeq: ", "CSEQ:\t"),
            ("Contact: <", "m: \"A, B\" <"),
            ("Content-Type: ", "c: "),
            ("Content-Length: ", "L: "),
        ]
        .into_iter()
        .fold(text, |text, (long, short)| text.replace(long, short))
    };
    let two_contacts = |text: String| {
        text.replacen(">\r\nContent-Type", ">;q=1, <sip:nobody@127.0.0.1:9>\r\nContent-Type", 1)
    };
    let too_long = |text: String| text.replace("Content-Length: ", "Content-Length: 9");
    let without = |text: String| {
        let (head, rest) = text.split_once("Content-Length").unwrap();
        format!("{head}{}", rest.split_once("\r\n").unwrap().1)
    };
    let no_end = |text: String| text.trim_end().to_owned();
    let no_kind = |text: String| text.replace("Content-Type: application/sdp\r\n", "");
    let dresses: [(&str, &dyn Fn(String) -> String); 6] = [
        ("compact and folded", &compact),
        ("two contacts", &two_contacts),
        ("a length beyond the datagram", &too_long),
        ("no length", &without),
        ("no line end", &|text| no_end(without(text))),
        ("no content type", &no_kind),
    ];
    for (name, dress) in dresses {
        let ear = ear();
        ear.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.wait_for("INVITE").await;
        // We did not ask for reliable provisional responses; a far end that sends one is still
        // heard.
        let ringing = "180 Ringing\r\nRequire: 100rel\r\nRSeq: 1";
        peer.respond(&invite, ringing, "a", "").await;
        let body = sdp(ear.local_addr().unwrap());
        let text = crate::peer::response(&invite, peer.at, ("200 OK", "a"), &body);
        peer.send(invite.from, dress(text).as_bytes()).await;
        let (_, mut audio) = answered(&mut call).await;
        assert!(peer.wait_for("ACK").await.header("To").ends_with("tag=a"), "{name}");
        audio.hear().await.expect("nobody hung up");
        ear.recv(&mut [0; 2_048]).unwrap_or_else(|_| panic!("{name}: no sound"));
        call.hang_up(Party::Agent).await;
        let bye = peer.wait_for("BYE").await;
        peer.respond(&bye, "481 Gone", "", "").await;
        assert_eq!(
            meaning(&ended(&mut call).await),
            (O::Completed, R::AgentDisconnected),
            "{name}"
        );
    }
}

#[tokio::test]
async fn refusals_that_ask_for_something_else_fail_the_call_once() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    for line in [
        "302 Moved\r\nContact: <sip:elsewhere@127.0.0.1:9>",
        "420 Bad Extension\r\nUnsupported: timer",
        "421 Extension Required\r\nRequire: 100rel",
        "422 Session Interval Too Small",
        "423 Interval Too Brief\r\nMin-Expires: 90",
    ] {
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.wait_for("INVITE").await;
        peer.respond(&invite, line, "a", "").await;
        assert_eq!(peer.wait_for("ACK").await.header("CSeq"), "1 ACK", "{line}");
        assert_eq!(meaning(&ended(&mut call).await), (O::Failed, R::NetworkFailure), "{line}");
    }
}
