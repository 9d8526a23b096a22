//! Requests of the far end within a call, and the session timer.

use std::net::UdpSocket;

use campanile_rules::{
    attempt::{EndReason as R, Outcome as O, Party, TransferOutcome, TransferResult},
    phone::E164,
};
use campanile_sip::EndKind;
use campanile_telephony::{Call, CallAudio, CallEvent, Sip};

use crate::{
    network::{answered, dial, ended, endpoint, meaning, next, trunk},
    peer::{Got, Peer, sdp},
};

/// A call that the peer answered with tag `a`.
struct Talk {
    sip: Sip,
    peer: Peer,
    call: Call,
    invite: Got,
    ear: UdpSocket,
    _audio: CallAudio,
}

impl Talk {
    /// `extra` are header lines of the 200.
    async fn begin(t1_ms: u64, extra: &str) -> Talk {
        let (peer, sip) = (Peer::start().await, endpoint(t1_ms).await);
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut call = dial(&sip, &trunk(peer.at)).await;
        let invite = peer.get().await;
        let line = format!("200 OK{extra}");
        peer.respond(&invite, &line, "a", &sdp(ear.local_addr().unwrap())).await;
        let (_, audio) = answered(&mut call).await;
        peer.wait_for("ACK").await;
        Talk { sip, peer, call, invite, ear, _audio: audio }
    }

    async fn ask(&self, method: &str, cseq: u32, rest: &str) -> (u16, Got) {
        self.peer.ask(&self.invite, "a", (method, cseq), rest).await;
        self.peer.told().await
    }

    fn offer(&self) -> String {
        with_body("", &sdp(self.ear.local_addr().unwrap()))
    }

    async fn hangs_up(mut self) {
        self.call.hang_up(Party::Agent).await;
        let bye = self.peer.wait_for("BYE").await;
        self.peer.respond(&bye, "200 OK", "", "").await;
        assert_eq!(meaning(&ended(&mut self.call).await), (O::Completed, R::AgentDisconnected));
    }
}

const EMPTY: &str = "Content-Length: 0\r\n\r\n";

fn with_body(extra: &str, body: &str) -> String {
    let length = body.len();
    format!("{extra}Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn a_request_that_comes_late_is_refused_and_a_repeated_one_is_answered_again() {
    let talk = Talk::begin(1_000, "").await;
    let first = talk.ask("INFO", 7, EMPTY).await;
    assert_eq!(first.0, 200);
    assert_eq!(talk.ask("OPTIONS", 8, EMPTY).await.0, 200);
    assert_eq!(talk.ask("INFO", 7, EMPTY).await, first, "a repetition gets the same");
    for (method, rest) in [
        ("INFO", EMPTY),
        ("UPDATE", EMPTY),
        ("OPTIONS", EMPTY),
        ("BYE", EMPTY),
        ("INVITE", &talk.offer()),
    ] {
        assert_eq!(talk.ask(method, 3, rest).await.0, 500, "{method}");
    }
    talk.hangs_up().await;
}

#[tokio::test]
async fn a_moved_contact_is_followed() {
    for (method, cseq) in [("INVITE", 1), ("UPDATE", 1)] {
        let talk = Talk::begin(1_000, "").await;
        let elsewhere = Peer::start().await;
        let contact = format!("Contact: <sip:moved@{}>\r\n", elsewhere.at);
        let rest = with_body(&contact, &sdp(talk.ear.local_addr().unwrap()));
        assert_eq!(talk.ask(method, cseq, &rest).await.0, 200);
        if method == "INVITE" {
            talk.peer.ask(&talk.invite, "a", ("ACK", cseq), EMPTY).await;
        }
        // A refused request changes nothing.
        let g729 = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n";
        let refused = with_body("Contact: <sip:nowhere@127.0.0.1:9>\r\n", g729);
        assert_eq!(talk.ask("UPDATE", 2, &refused).await.0, 488);
        let Talk { mut call, .. } = talk;
        call.hang_up(Party::Agent).await;
        let bye = elsewhere.wait_for("BYE").await;
        assert!(bye.text.starts_with(&format!("BYE sip:moved@{} ", elsewhere.at)), "{method}");
        elsewhere.respond(&bye, "200 OK", "", "").await;
        ended(&mut call).await;
    }
}

#[tokio::test]
async fn an_offer_before_the_answer_has_to_wait() {
    let (peer, sip) = (Peer::start().await, endpoint(1_000).await);
    let mut call = dial(&sip, &trunk(peer.at)).await;
    let invite = peer.get().await;
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
    let media = sdp(ear.local_addr().unwrap());
    peer.respond(&invite, "183 Session Progress", "a", &media).await;
    peer.ask(&invite, "a", ("UPDATE", 1), &with_body("", &media)).await;
    assert_eq!(peer.told().await.0, 491);
    peer.ask(&invite, "a", ("UPDATE", 2), EMPTY).await;
    assert_eq!(peer.told().await.0, 200, "without a description it only refreshes");
    peer.answer(&invite, "a", ear.local_addr().unwrap()).await;
    let (_, _audio) = answered(&mut call).await;
    peer.wait_for("ACK").await;
    peer.ask(&invite, "a", ("UPDATE", 3), &with_body("", &media)).await;
    let (code, answer) = peer.told().await;
    assert!(code == 200 && answer.text.contains("m=audio "), "{}", answer.text);
}

#[tokio::test]
async fn information_that_is_not_understood_is_refused_with_what_is() {
    let talk = Talk::begin(1_000, "").await;
    let info =
        |extra: &str, body: &str| format!("{extra}Content-Length: {}\r\n\r\n{body}", body.len());
    for (cseq, (extra, body, code, says)) in [
        ("Info-Package: conference\r\nContent-Type: text/plain\r\n", "x", 469, "Recv-Info:"),
        ("info-package: x\r\n", "", 469, "Recv-Info:"),
        (
            "Content-Type: application/media_control+xml\r\n",
            "<x/>",
            415,
            "Accept: application/dtmf-relay",
        ),
        ("c: text/plain\r\n", "x", 415, "Accept: application/dtmf-relay"),
        ("Content-Type: Application/DTMF-Relay; charset=utf-8\r\n", "Signal=5\r\n", 200, ""),
        ("Content-Type: application/dtmf\r\n", "5", 200, ""),
        ("", "", 200, ""),
    ]
    .into_iter()
    .enumerate()
    {
        let (told, answer) = talk.ask("INFO", cseq as u32 + 1, &info(extra, body)).await;
        assert!(told == code && answer.text.contains(says), "{extra}{}", answer.text);
    }
    talk.hangs_up().await;
}

#[tokio::test]
async fn a_change_that_is_never_acknowledged_ends_the_call() {
    let talk = Talk::begin(10, "").await;
    assert_eq!(talk.ask("INVITE", 1, &talk.offer()).await.0, 200);
    let Talk { peer, mut call, .. } = talk;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    let end = ended(&mut call).await;
    assert_eq!((end.kind, meaning(&end)), (EndKind::Abandoned, (O::Completed, R::NetworkFailure)));
}

#[tokio::test]
async fn a_session_that_we_refresh_is_refreshed_as_the_far_end_takes_it() {
    for (allow, method) in [("Allow: INVITE, UPDATE\r\n", "UPDATE"), ("", "INVITE")] {
        let extra = format!("\r\n{allow}Require: timer\r\nSession-Expires: 2;refresher=uac");
        let talk = Talk::begin(500, &extra).await;
        for _ in 0..2 {
            let refresh = talk.peer.wait_for(method).await;
            assert_eq!(refresh.header("Session-Expires"), "2;refresher=uac");
            let line = "200 OK\r\nSession-Expires: 2;refresher=uac";
            let body = if method == "INVITE" {
                sdp(talk.ear.local_addr().unwrap())
            } else {
                String::new()
            };
            assert_eq!(refresh.text.contains("m=audio"), method == "INVITE");
            talk.peer.respond(&refresh, line, "a", &body).await;
            if method == "INVITE" {
                let ack = talk.peer.wait_for("ACK").await;
                assert_eq!(ack.header("CSeq"), refresh.header("CSeq").replace("INVITE", "ACK"));
            }
        }
        talk.hangs_up().await;
    }
}

#[tokio::test]
async fn a_refresh_that_is_too_short_or_not_allowed_is_asked_anew() {
    let extra = "\r\nAllow: INVITE, UPDATE\r\nSession-Expires: 2;refresher=uac";
    let talk = Talk::begin(500, extra).await;
    let refresh = talk.peer.wait_for("UPDATE").await;
    talk.peer.respond(&refresh, "422 Too Small\r\nMin-SE: 90", "a", "").await;
    let longer = talk.peer.wait_for("UPDATE").await;
    assert_eq!(
        (longer.header("Session-Expires"), longer.header("Min-SE")),
        ("90;refresher=uac", "90")
    );
    talk.peer.respond(&longer, "501 Not Implemented", "a", "").await;
    let other = talk.peer.wait_for("INVITE").await;
    assert_eq!(other.header("Session-Expires"), "90;refresher=uac");
    talk.peer.respond(&other, "200 OK", "a", &sdp(talk.ear.local_addr().unwrap())).await;
    talk.peer.wait_for("ACK").await;
    talk.hangs_up().await;
}

#[tokio::test]
async fn a_session_that_the_far_end_forgot_is_hung_up() {
    // The far end promised to refresh the session and does not.
    let talk = Talk::begin(500, "\r\nSession-Expires: 1;refresher=uas").await;
    let Talk { peer, mut call, sip, .. } = talk;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "200 OK", "", "").await;
    assert_eq!(ended(&mut call).await.kind, EndKind::Abandoned);
    drop(sip);
    // We refresh the session, and the far end no longer knows the call.
    let talk = Talk::begin(500, "\r\nAllow: UPDATE\r\nSession-Expires: 2").await;
    let Talk { peer, mut call, .. } = talk;
    let refresh = peer.wait_for("UPDATE").await;
    peer.respond(&refresh, "481 Gone", "a", "").await;
    let bye = peer.wait_for("BYE").await;
    peer.respond(&bye, "481 Gone", "", "").await;
    assert_eq!(ended(&mut call).await.kind, EndKind::Abandoned);
}

#[tokio::test]
async fn a_refresh_of_the_far_end_says_who_refreshes_next() {
    let talk = Talk::begin(500, "").await;
    let timed = |refresher: &str| {
        format!("Supported: timer\r\nSession-Expires: 1800{refresher}\r\n{EMPTY}")
    };
    for (cseq, refresher, says, requires) in
        [(1, "", "1800;refresher=uac", "timer"), (2, ";refresher=uas", "1800;refresher=uas", "")]
    {
        let (code, answer) = talk.ask("UPDATE", cseq, &timed(refresher)).await;
        assert_eq!((code, answer.header("Session-Expires")), (200, says));
        assert_eq!(answer.header("Require"), requires);
    }
    let required = format!("Require: timer\r\n{}", timed(""));
    assert_eq!(talk.ask("UPDATE", 3, &required).await.0, 200, "timers are known");
    assert_eq!(talk.ask("UPDATE", 4, &format!("Require: replaces\r\n{EMPTY}")).await.0, 420);
    talk.hangs_up().await;
}

#[tokio::test]
async fn a_call_is_transferred() {
    let mut talk = Talk::begin(1_000, "").await;
    talk.call.refer(E164::parse_strict("+14155550199").unwrap()).await;
    let refer = talk.peer.wait_for("REFER").await;
    assert_eq!(refer.header("Refer-To"), format!("<sip:+14155550199@{}>", talk.peer.at));
    assert_eq!(refer.header("Referred-By"), "<sip:+14155550100@127.0.0.1>");
    talk.peer.respond(&refer, "202 Accepted", "", "").await;
    for (cseq, state, line, outcome, sip_code) in [
        (1, "active", "SIP/2.0 100 Trying", TransferOutcome::Accepted, None),
        (2, "terminated", "SIP/2.0 486 Busy Here", TransferOutcome::Failed, Some(486)),
    ] {
        let head = format!("Event: refer\r\nSubscription-State: {state}\r\n");
        let length = line.len();
        let rest = format!("{head}Content-Length: {length}\r\n\r\n{line}");
        assert_eq!(talk.ask("NOTIFY", cseq, &rest).await.0, 200);
        let event = next(&mut talk.call, "news of the transfer").await;
        assert_eq!(event, CallEvent::Transfer(TransferResult { outcome, sip_code }));
    }
    talk.hangs_up().await;
}
